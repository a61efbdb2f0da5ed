"""Makes the small pictures of the data menu from samples of the data sets: ``python tests/data_pictures.py``.

Data sets that are fetched, or that the user brings, have none: the menu shows no picture of what is not here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from ganstudio.core.control import Controls, FilePath, declared
from ganstudio.core.dataset import Dataset
from ganstudio.training.resolve_spec import datasets

FOLDER = Path(__file__).parents[1] / "assets" / "icons" / "data"
SIDE, FINE = 64, 4  # pixels of a picture; drawn this many times as large, and shrunk
BLUE = (0x3d, 0x8f, 0xd1, 255)  # between the two palettes' blues: it is seen on both
POINTS, SAMPLES = 350, 20_000


def picture(data: Dataset[Any]) -> Image.Image:
    """A square picture of samples."""
    rng = torch.Generator().manual_seed(0)
    if data.kind == "image":
        images = data.sample(4, rng).numpy()
        levels = np.rint((images + 1) * 127.5).clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
        if "one image" in data.abilities:  # its left square
            high = levels.shape[1]
            return Image.fromarray(levels[0, :, :high]).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet = np.concatenate([np.concatenate(list(levels[row : row + 2]), axis=1) for row in (0, 2)], axis=0)
        return Image.fromarray(np.repeat(sheet, 4 - sheet.shape[2], axis=2)[:, :, :3]).resize(
            (SIDE, SIDE), Image.Resampling.LANCZOS)
    made = Image.new("RGBA", (SIDE * FINE, SIDE * FINE), (0, 0, 0, 0))
    draw, span = ImageDraw.Draw(made), data.extent.high - data.extent.low
    if data.kind == "line":
        counts, _ = np.histogram(data.sample(SAMPLES, rng).numpy()[:, 0], 40, (data.extent.low, data.extent.high))
        width = SIDE * FINE / len(counts)
        for index, high in enumerate(counts / counts.max() * 0.9 * SIDE * FINE):
            draw.rectangle((index * width, SIDE * FINE - high, (index + 1) * width, SIDE * FINE), fill=BLUE)
    else:
        for x, y in (data.sample(POINTS, rng).numpy() - data.extent.low) / span * SIDE * FINE:
            draw.ellipse((x - 5, SIDE * FINE - y - 5, x + 5, SIDE * FINE - y + 5), fill=BLUE)
    return made.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def main() -> int:
    """Writes a picture of each data set that is here without internet and without a file of the user's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, leaf in datasets().items():
        controls: type[Controls] = leaf.controls_type()
        paths = [control for control, _ in declared(controls).values() if isinstance(control, FilePath)]
        if not paths or "one image" in leaf.abilities:
            made: Dataset[Any] = leaf(controls())
            picture(made).save(FOLDER / f"{name}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
