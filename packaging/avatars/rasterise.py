"""Turns the avatars that build.mjs draws into the files that GAN Studio ships.

Reads build.mjs's lines from standard input, so that the build needs no folder of its own:

    node build.mjs 8192 | QT_QPA_PLATFORM=offscreen python rasterise.py ../../assets/data/avatars.npz

The file holds plain arrays and is read with ``allow_pickle=False``:

    indices   (n, 64, 64)  uint8   each pixel's place in its avatar's own palette
    palettes  (n, 64, 3)   uint8   RGB, from dark to light; unused places are black
    choices   (n, parts)   uint8   what each avatar is made of, as places in build.mjs's lists
    parts     (parts,)     text    the names of those lists

Avatars that are drawn again with one part changed make a file of another name, with the changed ones beside each:

    indices   (n, 1 + c, 64, 64)  uint8  the avatar as it is, then with each change; one palette for all of them, so
                                         that what is not changed is the same to the pixel
    palettes  (n, 128, 3)         uint8
    choices   (n, parts), parts (parts,)  as above, of the avatar as it is
    changed   (c,)                text   the part that each change is of
    changed_to (n, c)             uint8  what it is changed to, as places in build.mjs's lists

A palette of its own for each avatar keeps flat drawings within 43 dB of the painted ones at 1.3 kB each; lossless
WebP takes 3.2 kB, and twice as long to read. Needs PySide6-Essentials (QtSvg), NumPy and Pillow, which the
studio has anyway. Another release of Qt or Pillow may paint some edges a few grey levels apart.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIDE = 64  # px
PAINTED = 256  # px; four to a side of each shipped pixel, so that LANCZOS and not the painter decides the edges
FACE = QRectF(108, 54, 764, 764)  # of the style's 980 x 980: hair to chin, the bust left out
COLOURS = 64
COLOURS_OF_CHANGES = 128  # of an avatar and its changed ones together
BRIGHTNESS = np.array([299, 587, 114])  # Rec. 601, thousandths

Bytes = NDArray[np.uint8]


def paint(svg: str) -> Image.Image:
    """The face of one avatar, SIDE x SIDE, RGB."""
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    if not renderer.isValid():
        raise SystemExit(f"Qt cannot read this drawing: {svg[:80]}...")
    renderer.setViewBox(FACE)
    image = QImage(PAINTED, PAINTED, QImage.Format.Format_RGB888)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(PAINTED, PAINTED, 3)
    return Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def with_palette(picture: Image.Image, colours: int = COLOURS) -> tuple[Bytes, Bytes]:
    """Indices ``(height, width)`` and palette ``(colours, 3)``, sorted by brightness: neighbours compress better."""
    reduced = picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    found = np.array(reduced.getpalette(), np.uint8).reshape(-1, 3)[:colours]
    order = np.argsort(found @ BRIGHTNESS, kind="stable")
    place = np.empty(len(found), np.uint8)
    place[order] = np.arange(len(found))
    palette = np.zeros((colours, 3), np.uint8)
    palette[: len(found)] = found[order]
    return place[np.asarray(reduced)], palette


def with_changes(drawn: dict[str, Any]) -> tuple[Bytes, Bytes]:
    """Indices ``(1 + c, SIDE, SIDE)`` of an avatar and its changed ones, and their one palette."""
    pictures = [paint(svg) for svg in (drawn["svg"], *(change["svg"] for change in drawn["changed"].values()))]
    row = Image.fromarray(np.concatenate([np.asarray(picture) for picture in pictures]))
    indices, palette = with_palette(row, COLOURS_OF_CHANGES)
    return indices.reshape(len(pictures), SIDE, SIDE), palette


def main(target: Path) -> None:
    """Reads standard input, writes ``target``."""
    application = QGuiApplication([])
    indices, palettes, choices, changed = [], [], [], []
    for line in sys.stdin:
        drawn = json.loads(line)
        index, palette = with_changes(drawn) if "changed" in drawn else with_palette(paint(drawn["svg"]))
        indices.append(index)
        palettes.append(palette)
        choices.append(drawn["choices"])
        changed.append({part: change["choice"] for part, change in drawn.get("changed", {}).items()})
    of_changes = {"changed": np.array(list(changed[0])),
                  "changed_to": np.array([list(change.values()) for change in changed], np.uint8)}
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        target,
        indices=np.stack(indices),
        palettes=np.stack(palettes),
        choices=np.array([list(choice.values()) for choice in choices], np.uint8),
        parts=np.array(list(choices[0])),
        **(of_changes if changed[0] else {}),
    )
    del application


if __name__ == "__main__":
    main(Path(sys.argv[1]))
