"""``ganstudio sample``: draws samples from a run's generator into a picture, a table or an archive."""

from __future__ import annotations

import argparse
import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ganstudio.commands import arguments
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.commands.run_at import AT, moment, trainer_at
from ganstudio.core.dataset import Extent
from ganstudio.core.images import grid, pixels
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.training.game_view import ReadOnlyGame

Floats = NDArray[np.float32]
SIDE = 720  # pixels of the picture
GAP = 2  # pixels between two images
IMAGES_AT_ONCE, POINTS_AT_ONCE = 64, 65536
REAL, GENERATED, PAPER = (90, 140, 200), (230, 126, 34), (255, 255, 255)


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("run", metavar="RUN", help="a .ganrun file; if its device is not here, the CPU is used")
    parser.add_argument("--n", default="64", metavar="N", help="how many (default: 64)")
    parser.add_argument("--seed", default="0", metavar="S",
                        help="of the latents (default: 0); on another kind of device it draws others")
    parser.add_argument("--at", default=None, metavar="STEP", help=AT)
    parser.add_argument("--out", required=True, metavar="FILE",
                        help=f"a .png, .csv or .npz file; {arguments.REPLACED}")


def run(args: argparse.Namespace) -> int:
    """Draws."""
    n = arguments.whole("--n", args.n, 1, 10_000_000)
    seed = arguments.seed(args.seed)
    path, at = arguments.run_file(args.run), moment(args.at)
    out = arguments.output(args.out, (".png", ".csv", ".npz"), path)

    from ganstudio.export.nan_message import why_not_finite
    from ganstudio.maths.latents import draw_latents
    from ganstudio.training.streams import generator_for

    tell_device(path, "and the same --seed draws other latents")
    with show_spinner(f"reading {path.name}"):
        trainer = trainer_at(path, at)
    game, view = trainer.game, trainer.view
    rng = generator_for(seed, "sample", game.device)
    pictures = game.data.kind == "image"
    if pictures and out.suffix.lower() == ".csv":
        raise BadInput(f"--out {out} is a table, and the run makes images: allowed are .png and .npz")
    at_once = IMAGES_AT_ONCE if pictures else POINTS_AT_ONCE
    parts = [draw_latents(game.network_controls, min(at_once, n - done), rng) for done in range(0, n, at_once)]
    samples = np.concatenate([_made(view, z) for z in parts])
    latents = np.concatenate([z.cpu().numpy() for z in parts])
    if pictures:
        write_images(out, pixels(samples), latents)
    else:
        _write(out, samples, game.data.to_user_units(samples), latents, view.real.cpu().numpy(), game.data.extent)
    lost = n - int(np.isfinite(samples.reshape(n, -1)).all(axis=1).sum())
    if lost:
        shown = {".png": "the picture shows " + ("them black" if pictures else "real points alone" if lost == n else
                                                 "the others"),
                 ".csv": "they are in the table as they are", ".npz": "they are in the file as they are"}
        why = why_not_finite(path, trainer) or "what the generator makes is not always finite"
        lost_text = f"{lost:,} of {counted(n, 'sample')}"
        arguments.remark(f"note: {lost_text} cannot be drawn, {shown[out.suffix.lower()]}: {why}")
    print(f"{counted(n, 'sample')} of step {game.steps} in {out}")
    return 0


def _made(view: ReadOnlyGame, z: Tensor) -> Floats:
    """Samples; of images those of the running mean of the generator's weights, if there is one."""
    averaged = view.average(z)
    made: Floats = (view.generate(z) if averaged is None else averaged).cpu().numpy()
    return made


def write_images(out: Path, images: NDArray[np.uint8], latents: Floats) -> None:
    """Images ``(n, h, w, c)`` as one picture of them all, or as an archive with their latents; BadInput if not."""
    with _writing(out) as file:
        if out.suffix.lower() == ".npz":
            np.savez_compressed(file, samples=images, latents=latents)
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
    out: Path, samples: Floats, original: Floats, latents: Floats, real: Floats, extent: Extent
) -> None:
    suffix = out.suffix.lower()
    with _writing(out) as file:
        if suffix == ".csv":
            header = ",".join("xy"[: samples.shape[1]])
            np.savetxt(file, original, delimiter=",", fmt="%.7g", header=header, comments="")
        elif suffix == ".npz":
            np.savez_compressed(file, samples=original, latents=latents)
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
        inside = np.isfinite(points).all(axis=1)
        pixels = (points[inside] - extent.low) / (extent.high - extent.low) * SIDE
        for x, y in pixels.tolist():
            if -9 < x < SIDE + 9 and -9 < y < SIDE + 9:
                box = (x - 2.5, SIDE - y - 2.5, x + 2.5, SIDE - y + 2.5)
                draw.ellipse(box, fill=colour if filled else None, outline=colour)
    image.save(out, "PNG")
