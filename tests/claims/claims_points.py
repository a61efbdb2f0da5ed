"""Claims on points: WGAN-GP finds the ring, NS-GAN collapses, runs repeat, looking changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial

from claim import Claim, Outcome, train

RING = ("--variant", "wgan-gp", "--data", "ring")
SHORT = (*RING, "--steps", "260")
COLLAPSE = ("--variant", "ns-gan", "--data", "ring", "--preset", "collapse")
R1_COLLAPSE = ("--variant", "r1-gan", "--data", "ring", "--preset", "collapse", "--steps")


def ring(seed: int) -> Outcome:
    """WGAN-GP on the ring with the defaults for points."""
    report = train(*RING, "--seed", str(seed))
    m = report["measures"]
    holds = (m["modes"] == 8 and m["high_quality"] >= 0.75 and m["reverse_kl"] <= 0.05 and report["seconds"] <= 60)
    return Outcome(holds, f"{m['modes']:.0f} modes, HQ {m['high_quality']:.3f}, rKL {m['reverse_kl']:.4f}, "
                          f"W1 {m['w1']:.3f}, {report['seconds']:.1f} s")


def collapse(seed: int) -> Outcome:
    """NS-GAN with a discriminator twenty times as fast as its generator: the points lie on one mode or two."""
    m = train(*COLLAPSE, "--seed", str(seed))["measures"]
    return Outcome(1 <= m["modes"] <= 2 and m["high_quality"] >= 0.5 and m["reverse_kl"] >= 1.3,
                   f"{m['modes']:.0f} modes, HQ {m['high_quality']:.3f}, reverse KL {m['reverse_kl']:.3f} "
                   "(ln 8 = 2.079)")


def cured(seed: int) -> Outcome:
    """R1-GAN without its penalty collapses; with gamma 0.1 from step 2,000 on the modes come back."""
    before = train(*R1_COLLAPSE, "2000", "--seed", str(seed))["measures"]
    after = train(*R1_COLLAPSE, "8000", "--seed", str(seed), "--at", "2000:gamma=0.1")["measures"]
    return Outcome(before["modes"] <= 2 and after["modes"] >= 5,
                   f"{before['modes']:.0f} modes (HQ {before['high_quality']:.3f}) at step 2,000, "
                   f"{after['modes']:.0f} ({after['high_quality']:.3f}) at step 8,000")


def repeats() -> Outcome:
    """The same command twice, and another seed."""
    first, second, other = (train(*SHORT, "--seed", seed)["hash"] for seed in ("0", "0", "1"))
    return Outcome(first == second != other, f"{first[:12]} {second[:12]}, seed 1: {other[:12]}")


def moments() -> Outcome:
    """A control moved at step 0, 200, 259 or never."""
    hashes = [train(*SHORT, *(("--at", f"{at}:gp_weight=0") if at is not None else ()))["hash"]
              for at in (None, 0, 200, 259)]
    return Outcome(len(set(hashes)) == 4, " ".join(digest[:10] for digest in hashes))


WATCH = """
import asyncio, json, sys
from ganstudio.commands.studio import link_maker
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.application import open_studio

async def script(studio):
    told = asyncio.get_running_loop().create_future()
    studio.run.weights_hashed.connect(lambda event: told.done() or told.set_result(event))
    while studio.run.progress is None or studio.run.progress.playing:
        await asyncio.sleep(0.02)
    studio.commands.hash_weights()
    event = await told
    print(json.dumps({"hash": event.hash, "steps": event.position.steps, "pictures": studio.window.looking.pictures}))
    return 0

sys.exit(open_studio(link_maker("process"), None, Spec(), until=260, script=script))
"""


def watched() -> Outcome:
    """A run with a window attached, and the same run without."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "GANSTUDIO_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-c", WATCH]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    seen = json.loads(done.stdout)
    alone = train(*SHORT)["hash"]
    return Outcome(seen["hash"] == alone and seen["steps"] == 260 and seen["pictures"] > 10,
                   f"{alone[:12]} headless, {seen['hash'][:12]} after {seen['pictures']} pictures")


CLAIMS = [
    *(Claim(f"wgan-gp on the ring, seed {seed}", "8 modes, HQ ≥ .75, rKL ≤ .05, ≤ 60 s", partial(ring, seed))
      for seed in (0, 1, 2, 17, 404, 31337)),
    *(Claim(f"ns-gan collapses, seed {seed}", "1 or 2 modes, HQ ≥ .5, reverse KL near ln 8", partial(collapse, seed))
      for seed in (0, 1, 2, 3, 4)),
    *(Claim(f"gamma cures r1-gan, seed {seed}", "at most 2 modes without it, at least 5 with it", partial(cured, seed))
      for seed in (0, 1, 2, 3, 4)),
    Claim("a run repeats bit for bit", "same seed same hash, other seed another", repeats),
    Claim("the moment of a change matters", "--at 0, 200, 259 and none: four hashes", moments),
    Claim("looking changes nothing", "same hash with and without a window", watched),
]
