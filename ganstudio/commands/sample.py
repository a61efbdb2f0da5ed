"""``ganstudio sample``: draws samples from a run's generator into a picture, a table or an archive."""

from __future__ import annotations

import argparse
import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ganstudio.commands import arguments, canvas, terminal
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.commands.run_at import AT, moment, trainer_at
from ganstudio.core.dataset import Extent
from ganstudio.core.images import grid, pixels
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from ganstudio.training.game import Game
    from ganstudio.training.game_view import ReadOnlyGame

Floats = NDArray[np.float32]
SIDE = 720  # pixels of the picture
GAP = 2  # pixels between two images
FAR = 1e30  # of a point: beyond it a pixel's place is no number any more
LONGEST = 60  # letters of a label in a message
IMAGES_AT_ONCE, POINTS_AT_ONCE = 64, 65536
BLOCK = 64  # latents that are drawn together
REAL, GENERATED, PAPER = (90, 140, 200), (230, 126, 34), (255, 255, 255)


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("run", metavar="RUN", help="a .ganrun file; if its device is not here, the CPU is used")
    parser.add_argument("--n", default="64", metavar="N", help="number of samples (default: 64)")
    parser.add_argument("--seed", default="0", metavar="S",
                        help="seed of the latents (default: 0); another kind of device draws others")
    parser.add_argument("--label", default=None, metavar="K",
                        help="the class to draw, an index from 0 or its name (default: by their frequency in the data)")
    parser.add_argument("--psi", default="1", metavar="P",
                        help="truncation of a generator of styles, 0 to 2: w is drawn towards its mean (default: 1, "
                             "none)")
    canvas.add(parser)
    parser.add_argument("--at", default=None, metavar="STEP", help=AT)
    arguments.add_data_path(parser)
    parser.add_argument("--out", required=True, metavar="FILE",
                        help=f"a .png, .csv or .npz file; {arguments.REPLACED}")


def run(args: argparse.Namespace) -> int:
    """Draws."""
    n = arguments.whole("--n", args.n, 1, 10_000_000)
    psi = arguments.number("--psi", args.psi, 0, 2)
    seed, variation = arguments.seed(args.seed), canvas.asked(args.canvas, args.from_scale)
    path, at = arguments.run_file(args.run), moment(args.at)
    out = arguments.output(args.out, (".png", ".csv", ".npz"), path)

    import torch

    from ganstudio.export.generator import check_truncation
    from ganstudio.export.nan_message import why_not_finite
    from ganstudio.maths.latents import draw_latents
    from ganstudio.training.streams import generator_for

    tell_device(path, "and the same --seed draws other latents")
    with show_spinner(f"reading {path.name}"):
        trainer = trainer_at(path, at)
    check_truncation(trainer, psi)
    game, view = trainer.game, trainer.view
    wanted = asked_label(args.label, game)
    rng = generator_for(seed, "sample", game.device)
    pictures = game.data.kind == "image"
    if pictures and out.suffix.lower() == ".csv":
        raise BadInput(f"--out {out} is a table, and the run makes images: allowed are .png and .npz")
    if variation is not None:
        made = canvas.samples(trainer, variation, n, rng)
        write_images(out, pixels(made), np.zeros((n, 0), np.float32))
        terminal.say(f"{counted(n, 'sample')} of step {game.steps:,} in {out}")
        return 0
    # In blocks of one size, however many are asked for: so the first ones are the same for every n.
    blocks = range(0, n, BLOCK)
    z = torch.cat([draw_latents(game.network_controls, BLOCK, rng) for _ in blocks])[:n]
    label = None
    if game.frequencies is not None:
        of_labels = generator_for(seed, "sample labels", game.device)
        label = torch.cat([drawn_labels(game.frequencies, BLOCK, wanted, of_labels) for _ in blocks])[:n]
    at_once = IMAGES_AT_ONCE if pictures else POINTS_AT_ONCE
    samples = np.concatenate([
        _made(view, z[at:at + at_once], None if label is None else label[at:at + at_once], psi)
        for at in range(0, n, at_once)])
    latents, labels = z.cpu().numpy(), None if label is None else label.cpu().numpy()
    if pictures:
        write_images(out, pixels(samples), latents, labels)
    else:
        real, of_class = view.real, view.real_labels(len(view.real))
        if wanted is not None and of_class is not None:
            real = real[of_class == wanted]
        _write(out, samples, game.data.to_user_units(samples), latents, real.cpu().numpy(), game.data.extent, labels)
    lost = n - int(np.isfinite(samples.reshape(n, -1)).all(axis=1).sum())
    if lost:
        shown = {".png": "the picture shows " + ("them black" if pictures else "only real points" if lost == n else
                                                 "the others"),
                 ".csv": "they are in the table as they are", ".npz": "they are in the file as they are"}
        why = why_not_finite(path, trainer) or "some samples are not finite"
        lost_text = f"{lost:,} of {counted(n, 'sample')}"
        terminal.remark(f"note: {lost_text} cannot be drawn, {shown[out.suffix.lower()]}: {why}")
    terminal.say(f"{counted(n, 'sample')} of step {game.steps:,} in {out}")
    return 0


def asked_label(asked: str | None, game: Game) -> int | None:
    """The class of ``--label``; None: by frequency.

    Raises:
        BadInput: The run has no labels, or none of that index or name.
    """
    if asked is None:
        return None
    if game.frequencies is None:
        raise BadInput(f"--label {asked}: variant {game.variant.name} does not take labels")
    names = game.data.label_names
    if asked in names:
        return names.index(asked)
    last = len(game.frequencies) - 1
    if asked.isdecimal() and len(asked) <= len(str(last)) and int(asked) <= last:
        return int(asked)
    spoken = [name for index, name in enumerate(names) if name != str(index)]
    allowed = (f"0 to {last}" if last else "0") + (f", or {', '.join(spoken)}" if spoken else "")
    said = asked if 0 < len(asked) <= LONGEST else repr(asked[:LONGEST]) + ("…" if asked else "")
    raise BadInput(f"--label {said} is not a label of data set {game.data.name}: allowed is {allowed}")


def drawn_labels(frequencies: Tensor, n: int, wanted: int | None, rng: Generator) -> Tensor:
    """Labels ``(n,)``: all of one class, or by frequency."""
    import torch

    if wanted is not None:
        return torch.full((n,), wanted, device=frequencies.device)
    return torch.multinomial(frequencies, n, replacement=True, generator=rng)


def _made(view: ReadOnlyGame, z: Tensor, label: Tensor | None, psi: float) -> Floats:
    """Samples; of images those of the running mean of the generator's weights, where there is one."""
    if psi != 1:
        from ganstudio.networks.parts.style_look import truncated_samples

        with view.at_rest() as modules:
            truncated: Floats = truncated_samples(modules["G"], z, psi).float().cpu().numpy()
        return truncated
    averaged = view.average(z, label)
    made: Floats = (view.generate(z, label) if averaged is None else averaged).cpu().numpy()
    return made


def _archive(samples: NDArray[Any], latents: Floats, labels: NDArray[np.int64] | None) -> dict[str, NDArray[Any]]:
    """What an .npz file holds."""
    return {"samples": samples, "latents": latents, **({} if labels is None else {"labels": labels})}


def write_images(
    out: Path, images: NDArray[np.uint8], latents: Floats, labels: NDArray[np.int64] | None = None,
) -> None:
    """Images ``(n, h, w, c)`` as one picture of them all, or as an archive with their latents; BadInput where not."""
    with _writing(out) as file:
        if out.suffix.lower() == ".npz":
            np.savez_compressed(file, allow_pickle=False, **_archive(images, latents, labels))
            return
        from PIL import Image

        picture = Image.fromarray(grid(images, math.ceil(math.sqrt(len(images))), gap=GAP, colour=PAPER))
        picture.save(file, "PNG")


@contextlib.contextmanager
def _writing(out: Path) -> Iterator[BinaryIO]:
    """The file, there when all is in it and not before."""
    from ganstudio.core.system.atomic_write import atomic_write

    with atomic_write(out) as (fresh,), fresh.open("wb") as file:
        yield file


def _write(
    out: Path, samples: Floats, original: Floats, latents: Floats, real: Floats, extent: Extent,
    labels: NDArray[np.int64] | None,
) -> None:
    suffix = out.suffix.lower()
    with _writing(out) as file:
        if suffix == ".csv":
            names, columns = list("xy"[: samples.shape[1]]), [original.astype(np.float64)]
            if labels is not None:
                names, columns = [*names, "label"], [*columns, labels[:, None].astype(np.float64)]
            np.savetxt(file, np.hstack(columns), delimiter=",", fmt="%.7g", header=",".join(names), comments="")
        elif suffix == ".npz":
            np.savez_compressed(file, allow_pickle=False, **_archive(original, latents, labels))
        else:
            _picture(file, real, samples, extent)


def _picture(out: BinaryIO, real: Floats, fake: Floats, extent: Extent) -> None:
    """Real points as small rings below, generated ones as discs; on the line, height is only there to part them."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(image)
    heights = np.random.default_rng(0)
    for points, colour, filled in ((real, REAL, False), (fake, GENERATED, True)):
        if points.shape[1] == 1:
            middle = 0.35 if filled else -0.35
            jitter = (middle + heights.uniform(-0.25, 0.25, len(points))) * (extent.high - extent.low) / 2
            points = np.stack([points[:, 0], jitter + (extent.low + extent.high) / 2], axis=1)
        inside = (np.abs(points) < FAR).all(axis=1)  # no NaN is
        pixels = (points[inside] - extent.low) / (extent.high - extent.low) * SIDE
        for x, y in pixels.tolist():
            if -9 < x < SIDE + 9 and -9 < y < SIDE + 9:
                box = (x - 2.5, SIDE - y - 2.5, x + 2.5, SIDE - y + 2.5)
                draw.ellipse(box, fill=colour if filled else None, outline=colour)
    image.save(out, "PNG")
