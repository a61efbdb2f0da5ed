// Draws the avatars as SVG, one JSON object a line on standard output: {"svg": ..., "choices": {part: index}}.
//
//     node build.mjs 8192 | python rasterise.py ../../assets/data/avatars.npz
//     node build.mjs 1000 8192 | python rasterise.py ../../assets/data/avatars-changed.npz
//
// The second number is how many avatars are passed over: those drawn then are in no other file, and each is drawn
// again with one part changed, {..., "changed": {part: {"svg": ..., "choice": index}}}: its glasses put on or taken
// off, and its hair in the next colour.
//
// Every choice is a hash of the seed, the avatar's number and the part's name: the same avatars on every machine,
// and a part that is added or taken away leaves the other parts as they were. DiceBear's own draw is not used: its
// neighbouring seeds choose alike.
import { createHash } from "node:crypto";
import { createAvatar } from "@dicebear/core";
import * as lorelei from "@dicebear/lorelei";

const SEED = "gan-studio-avatars-1";
const OFF = ["beard", "earrings", "freckles", "hairAccessories"];

// Parts that are still told apart at 64 px: open eyes, strong brows, mouths wide enough to be more than a dot.
const variants = (...numbers) => numbers.map((number) => `variant${String(number).padStart(2, "0")}`);
const HIDES_AN_EYE = variants(40, 41, 45);
const HAIR = lorelei.schema.properties.hair.items.enum.filter((name) => !HIDES_AN_EYE.includes(name)).sort();

const PARTS = {
  background: ["b6e3f4", "cdbdf0", "ffd0da", "ffe0b8", "c9efc2"],
  skin: ["fad7b5", "eab68b", "cd9060", "aa6e46", "8a5738"],
  hairColour: ["33231f", "7a4526", "c2602c", "e8b13f", "d7382c", "3d74cf", "e0609f", "2ba383", "8d5bcb", "f3ece2"],
  hair: HAIR,
  head: variants(1, 2),
  eyes: variants(1, 4, 6, 8, 10, 14, 16, 17, 20, 21, 22, 24),
  brows: variants(2, 3, 5, 8, 9, 10, 12, 13),
  nose: variants(1, 4, 5, 6),
  mouth: ["happy01", "happy02", "happy03", "happy05", "happy06", "happy16", "happy18", "sad01", "sad05", "sad06"],
  glasses: ["none", ...variants(1, 2, 3, 4)],
};
const ONE_IN = { glasses: 5 }; // how few avatars wear the part at all; the others take its first choice

function hashed(number, what, below) {
  const digest = createHash("sha256").update(`${SEED}/${number}/${what}`).digest();
  return digest.readUIntBE(0, 6) % below;
}

function choose(number, part, options) {
  if (!(part in ONE_IN)) return hashed(number, part, options.length);
  if (hashed(number, `wears ${part}`, ONE_IN[part]) !== 0) return 0;
  return 1 + hashed(number, part, options.length - 1);
}

function chosen(number) {
  return Object.fromEntries(Object.entries(PARTS).map(([part, options]) => [part, choose(number, part, options)]));
}

// What one part of an avatar is changed to. Glasses are taken off, or a pair is put on, which the hash chooses as it
// does for avatars that wear some; hair takes the next colour, the first after the last.
function changes(number, choices) {
  return {
    glasses: choices.glasses === 0 ? 1 + hashed(number, "glasses", PARTS.glasses.length - 1) : 0,
    hairColour: (choices.hairColour + 1) % PARTS.hairColour.length,
  };
}

function draw(choices) {
  const of = (part) => PARTS[part][choices[part]];
  const avatar = createAvatar(lorelei, {
    seed: SEED,
    backgroundColor: [of("background")],
    skinColor: [of("skin")],
    hairColor: [of("hairColour")],
    mouthColor: ["8c1f26"],
    hair: [of("hair")],
    head: [of("head")],
    eyes: [of("eyes")],
    eyebrows: [of("brows")],
    nose: [of("nose")],
    mouth: [of("mouth")],
    glasses: PARTS.glasses.slice(1).filter((name) => name === of("glasses")),
    glassesProbability: of("glasses") === "none" ? 0 : 100,
    ...Object.fromEntries(OFF.map((part) => [`${part}Probability`, 0])),
  });
  return avatar.toString();
}

function line(number, withChanges) {
  const choices = chosen(number);
  const drawn = { svg: draw(choices), choices };
  if (!withChanges) return drawn;
  const changed = Object.entries(changes(number, choices)).map(([part, choice]) => [
    part,
    { svg: draw({ ...choices, [part]: choice }), choice },
  ]);
  return { ...drawn, changed: Object.fromEntries(changed) };
}

const count = Number(process.argv[2] ?? 8192);
const passed = Number(process.argv[3] ?? 0);
process.stdout.on("error", () => process.exit(1)); // the reader has gone: its own message says why
for (let number = passed; number < passed + count; number += 1) {
  if (!process.stdout.write(JSON.stringify(line(number, passed > 0)) + "\n")) {
    await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}
