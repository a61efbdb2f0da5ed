"""Films as GIFs: one palette for the whole film, no dither, and of each frame only what changed.

As pictures come, their colours are cut to six bits a channel and counted, and what changed is laid aside, compressed,
in a file without a name. At the end the counts of all frames give the palette, and one table takes the laid-aside
colours to it. So the palette knows every frame, none is held in memory, and a frame takes a look-up, not a search.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.atomic_write import PartFile
from ganstudio.core.system.errors import BadInput
from ganstudio.export.film import Film, Picture

MOST_FPS = 50  # browsers show a delay under 2/100 s as 10/100 s
LONGEST = 65535  # 1/100 s that one frame can last
CELLS = 1 << 18  # six bits each of red, green and blue
KEPT = 64  # of the commonest colours that stay as they are: backgrounds, axes, text
TRANSPARENT = 255  # a pixel that stays as it was
SAMPLE = 400_000  # pixels that median cut sees
AT_ONCE = 1024  # colours compared with the palette


class Laid(msgspec.Struct):
    """What one frame changed, as it lies in the unnamed file."""

    size: int  # bytes
    left: int
    top: int
    width: int
    height: int
    times: int


class GifFilm(Film):
    """Loops for ever. Its delays are whole 1/100 s that add up: at 30 frames a second 3, 4, 3, 3, 4, 3, ..."""

    def __init__(self, path: Path, width: int, height: int, fps: int, title: str) -> None:
        """BadInput or OSError if nothing can be written beside ``path``."""
        super().__init__(path, width, height, fps)
        if fps > MOST_FPS:
            raise BadInput(f"film {path}: {fps} frames per second are too many for a GIF: allowed is 1 to {MOST_FPS}")
        self._title = title
        self._counts = np.zeros(CELLS, dtype=np.int64)
        self._colours = np.zeros(CELLS, dtype=np.uint32)  # one of each cell, 0x00RRGGBB
        self._before: NDArray[np.uint32] | None = None  # (height, width), cells
        self._laid: list[Laid] = []
        self._aside: IO[bytes] = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115  # closed by both endings
        self._part = PartFile(path)

    def _write(self, picture: Picture, times: int) -> None:
        from PIL import Image

        if picture.shape[2] == 3:
            picture = np.asarray(Image.frombuffer("RGB", (self.width, self.height), picture).convert("RGBX"))
            words = picture.view(">u4")[..., 0].astype(np.uint32) >> 8
        else:
            words = picture.view("<u4")[..., 0].astype(np.uint32, copy=False)
        cells = ((words >> 6 & 0x3F000) | (words >> 4 & 0xFC0) | (words >> 2 & 0x3F)).astype(np.uint32, copy=False)
        self._counts += np.bincount(cells.ravel(), minlength=CELLS)
        self._colours[cells] = words & 0xFFFFFF
        rows, columns = _changed(cells, self._before)
        self._before = cells
        if rows.stop == 0:
            self._laid[-1].times += times
            return
        data = zlib.compress(np.ascontiguousarray(cells[rows, columns]).data, 1)
        self._aside.write(data)
        width, height = columns.stop - columns.start, rows.stop - rows.start
        self._laid.append(Laid(len(data), columns.start, rows.start, width, height, times))

    def _complete(self) -> None:
        used = np.flatnonzero(self._counts)
        colours = _bytes_of(self._colours[used])
        palette = chosen(colours, self._counts[used])
        table = np.zeros(CELLS, dtype=np.uint8)
        table[used] = nearest(colours, palette)
        shown = np.full((self.height, self.width), TRANSPARENT, dtype=np.uint8)
        self._aside.seek(0)
        with self._part.path.open("wb") as file:
            file.write(_head(self.width, self.height, palette, self._title))
            for laid in self._laid:
                self._go_on()
                cells = np.frombuffer(zlib.decompress(self._aside.read(laid.size)), dtype=np.uint32)
                part = table[cells].reshape(laid.height, laid.width)
                place = shown[laid.top : laid.top + laid.height, laid.left : laid.left + laid.width]
                news = np.where(part == place, np.uint8(TRANSPARENT), part)
                place[:] = part
                file.write(_frame(news, laid.left, laid.top, self._delay(laid.times)))
                self.written += laid.times
            file.write(b";")
        self._aside.close()
        self._go_on()
        self._part.place()

    def _delay(self, times: int) -> int:
        """1/100 s from the frame that comes to the one ``times`` later, both rounded: so the sum never drifts."""
        return round((self.written + times) * 100 / self.fps) - round(self.written * 100 / self.fps)

    def _discard(self) -> None:
        self._aside.close()
        self._part.drop()


def _changed(cells: NDArray[np.uint32], before: NDArray[np.uint32] | None) -> tuple[slice, slice]:
    """Rows and columns of the smallest box around what changed; empty if nothing did."""
    if before is None:
        return slice(0, cells.shape[0]), slice(0, cells.shape[1])
    changed = cells != before
    rows = np.flatnonzero(changed.any(axis=1))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    columns = np.flatnonzero(changed[rows[0] : rows[-1] + 1].any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _bytes_of(words: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Red, green and blue ``(n, 3)`` of ``0x00RRGGBB`` ``(n,)``."""
    return np.ascontiguousarray(words.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:])


def chosen(colours: NDArray[np.uint8], counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """At most 255 colours for a film.

    Few enough stay as they are. Else the commonest do, and median cut divides the rest, in which a colour weighs as the
    root of its count: a thousand dots would otherwise have no say beside a background.

    Args:
        colours: ``(n, 3)``, all different.
        counts: ``(n,)``, how many pixels of the film have each.

    Returns:
        ``(m, 3)``, m from 1 to 255.
    """
    if len(colours) <= TRANSPARENT:
        return colours
    from PIL import Image

    order = np.argsort(-counts, kind="stable")
    kept, rest = order[:KEPT], order[KEPT:]
    weights = np.sqrt(counts[rest])
    repeats = np.ceil(weights * (SAMPLE / weights.sum())).astype(np.intp)
    sample = np.repeat(colours[rest], repeats, axis=0)
    cut = Image.fromarray(sample[None]).quantize(TRANSPARENT - KEPT, method=Image.Quantize.MEDIANCUT, kmeans=1)
    found = np.asarray(cut.getpalette() or [], dtype=np.uint8).reshape(-1, 3)
    return np.concatenate([colours[kept], found[: TRANSPARENT - KEPT]])


def nearest(colours: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Which entry of ``palette`` ``(m, 3)`` is nearest to each of ``colours`` ``(n, 3)``: indices ``(n,)``."""
    entries = palette.astype(np.float32)
    lengths = np.square(entries).sum(axis=1)
    found = np.empty(len(colours), dtype=np.uint8)
    for at in range(0, len(colours), AT_ONCE):
        some = colours[at : at + AT_ONCE].astype(np.float32)
        found[at : at + AT_ONCE] = (lengths - 2 * (some @ entries.T)).argmin(axis=1)
    return found


def _head(width: int, height: int, palette: NDArray[np.uint8], title: str) -> bytes:
    """Signature, screen, a palette of 256, the wish to loop for ever, and the title as a comment.

    Source: GIF89a specification, CompuServe 1990, sections 17 to 19 and 24; the loop is Netscape's extension.
    """
    screen = struct.pack("<HHBBB", width, height, 0xF7, 0, 0)
    table = palette.tobytes().ljust(768, b"\0")
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", 0) + b"\0"
    words = title.encode()[:255]
    comment = b"!\xfe" + bytes([len(words)]) + words + b"\0" if words else b""
    return b"GIF89a" + screen + table + loop + comment


def _frame(pixels: NDArray[np.uint8], left: int, top: int, delay: int) -> bytes:
    """One frame, in 1/100 s; if it lasts longer than one can, empty ones follow."""
    from PIL import GifImagePlugin, Image

    image = b"".join(GifImagePlugin.getdata(Image.fromarray(pixels), (left, top)))
    parts = [_stands(min(delay, LONGEST)), image]
    while (delay := delay - LONGEST) > 0:
        nothing = Image.fromarray(np.full((1, 1), TRANSPARENT, dtype=np.uint8))
        parts += [_stands(min(delay, LONGEST)), *GifImagePlugin.getdata(nothing)]
    return b"".join(parts)


def _stands(delay: int) -> bytes:
    """The delay of the image that follows; it is left in place, and its transparent pixels change nothing."""
    return b"!\xf9\x04" + struct.pack("<BHBB", 0b00000101, delay, TRANSPARENT, 0)
