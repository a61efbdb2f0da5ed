"""Images of more than 8 bits have one scale for all of a folder; files of several pictures are told."""

from __future__ import annotations

import struct
import sys
import types
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from ganstudio.files import image_decoding
from ganstudio.files.image_decoding import Square, Unreadable, decoded_file, prepare
from ganstudio.files.image_folder import read_folder

GREY, COLOUR = Square(16, colour="grey"), Square(16)
RAMP = np.linspace(0, 1, 16)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))
    prepare()


def ramp(top: float, dtype: str = "uint16", low: float = 0.0) -> NDArray[Any]:
    """``(16, 16)``: from ``low`` to ``top``, left to right."""
    row = low + (top - low) * RAMP
    return np.repeat((row if dtype.startswith("f") else np.rint(row)).astype(dtype)[None], 16, axis=0)


def png16(values: NDArray[Any]) -> bytes:
    """A PNG of 16 bits, ``(h, w, 1 to 4)``, by its specification."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    h, w, channels = values.shape
    head = struct.pack(">IIBBBBB", w, h, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff16(path: Path, values: NDArray[np.uint16], packing: str) -> None:
    """A TIFF of 16 bits of colour, ``(h, w, 3)``, by FFmpeg."""
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as file:
        stream = file.add_stream("tiff", rate=1, options={"compression_algo": packing})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = values.shape[1], values.shape[0], "rgb48le"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(values), format="rgb48le")
        file.mux([*stream.encode(frame), *stream.encode(None)])


def expected(values: NDArray[Any], black: float, white: float) -> NDArray[np.float64]:
    return (values.astype(np.float64) - black) / (white - black) * 255


@pytest.mark.parametrize(("top", "bits"), [(255, 8), (1023, 10), (4095, 12), (3000, 12), (16383, 14), (5000, 14)])
def test_one_scale_of_the_bits_that_are_filled_for_all_files(tmp_path: Path, top: int, bits: int) -> None:
    arrays = [ramp(top // 5), ramp(top), ramp(top // 2)]
    for index, values in enumerate(arrays):
        Image.fromarray(values).save(tmp_path / f"{index}.{'png' if index else 'tif'}")
    images = read_folder(tmp_path, GREY)
    for got, values in zip(images.pixels, arrays, strict=True):
        assert abs(got[0] - expected(values, 0, 2**bits - 1)).max() <= 0.51
    assert images.notes == [
        f"the images in 16 bits or more hold values from 0 to {top}: all are scaled alike, as data of {bits} bits, "
        f"from 0 (black) to {2**bits - 1} (white)"]
    again = read_folder(tmp_path, GREY)
    assert (again.pixels == images.pixels).all() and again.notes == images.notes, "from the cache"


def test_the_scale_depends_on_the_files_and_not_on_their_order(tmp_path: Path) -> None:
    for name, order in (("there", (4095, 1000, 2000)), ("back", (2000, 1000, 4095))):
        (tmp_path / name).mkdir()
        for index, top in enumerate(order):
            Image.fromarray(ramp(top)).save(tmp_path / name / f"{index}.png")
    there, back = (read_folder(tmp_path / name, GREY).pixels for name in ("there", "back"))
    assert (there == back[::-1]).all()
    Image.fromarray(ramp(60_000)).save(tmp_path / "there" / "3.png")
    darker = read_folder(tmp_path / "there", GREY)
    assert darker.notes == [], "16 bits are what such a file means"
    assert abs(darker.pixels[0, 0] - expected(ramp(4095), 0, 65535)).max() <= 0.51


def test_bytes_beside_them_stay_as_they_are(tmp_path: Path) -> None:
    Image.fromarray(ramp(200, "uint8")).save(tmp_path / "a.png")
    Image.fromarray(ramp(4095)).save(tmp_path / "b.png")
    images = read_folder(tmp_path, GREY)
    assert (images.pixels[0, 0] == ramp(200, "uint8")).all()
    assert images.pixels[1, 0].max() == 255 and images.notes[0].startswith("1 of 2 images in 16 bits")


@pytest.mark.parametrize(("low", "high", "black", "white"), [
    (0, 1, 0, 1), (0, 0.4, 0, 1), (0, 255, 0, 255), (-1, 1, -1, 1), (-0.3, 0.9, -1, 1), (0, 2, 0, 2),
    (0, 4095, 0, 4095), (-500, 3000, -500, 3000),
])
def test_reals_have_one_scale_too(tmp_path: Path, low: float, high: float, black: float, white: float) -> None:
    arrays = [ramp(high, "float32", low), ramp(low + (high - low) / 3, "float32", low)]
    for index, values in enumerate(arrays):
        Image.fromarray(values).save(tmp_path / f"{index}.tif")
    images = read_folder(tmp_path, GREY)
    for got, values in zip(images.pixels, arrays, strict=True):
        assert abs(got[0] - expected(values, black, white)).max() <= 0.51
    assert len(images.notes) == ((black, white) != (0, 1))


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_colour_of_12_bits_is_not_nearly_black(tmp_path: Path, channels: int) -> None:
    """Pillow gives the upper byte of 16 bits of colour alone."""
    colours = np.stack([ramp(top) for top in (4095, 2000, 1000, 4095)][:channels], axis=-1)
    if channels in (2, 4):
        colours[..., -1] = 65535  # opaque
    for name in "ab":
        (tmp_path / f"{name}.png").write_bytes(png16(colours))
    images = read_folder(tmp_path, COLOUR)
    for channel in range(3):
        of = colours[..., 0 if channels == 2 else channel]
        assert abs(images.pixels[0, channel] - expected(of, 0, 4095)).max() <= 0.51


@pytest.mark.parametrize("packing", ["raw", "lzw", "deflate"])
def test_colour_of_12_bits_in_a_tiff(tmp_path: Path, packing: str) -> None:
    colours = np.stack([ramp(4095), ramp(3000), ramp(500)], axis=-1)
    tiff16(tmp_path / "x.tif", colours, packing)
    got = decoded_file(tmp_path / "x.tif", COLOUR)
    assert abs(got.transpose(1, 2, 0) - expected(colours, 0, 4095)).max() <= 0.51


def test_a_file_that_is_damaged_or_not_finite_is_listed_and_changes_no_scale(tmp_path: Path) -> None:
    for name in "abc":
        Image.fromarray(ramp(4095)).save(tmp_path / f"{name}.png")
    whole = png16(np.full((64, 64, 3), 60_000, np.uint16))
    (tmp_path / "d.png").write_bytes(whole[:60])
    Image.fromarray(np.full((16, 16), np.inf, np.float32)).save(tmp_path / "e.tif")
    images = read_folder(tmp_path, GREY)
    assert images.names == ["a.png", "b.png", "c.png"] and images.pixels.max() == 255
    assert [name for name, _ in images.skipped] == ["d.png", "e.tif"]
    with pytest.raises(Unreadable, match="not finite"):
        decoded_file(tmp_path / "e.tif", GREY)


# Further pictures ---------------------------------------------------------------------------------------------------


def test_further_pages_and_frames_are_told(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (16, 16), (60 * index, 90, 200)) for index in range(4)]
    for name in ("a.gif", "b.png", "c.webp", "d.tif", "f.avif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True, quality=100)
    for name in ("g.gif", "h.png", "i.webp", "j.tif"):
        frames[0].save(tmp_path / name)
    images = read_folder(tmp_path, COLOUR)
    assert images.notes == [
        "5 files hold several pages or frames, of which the first alone is learnt from: a.gif (4), b.png (4), "
        "c.webp (4), d.tif (4), f.avif (4)"]
    assert (abs(images.pixels.astype(int) - np.array([0, 90, 200])[:, None, None]) <= 6).all(), "the first of each"


def test_smaller_copies_in_a_tiff_are_no_pages_and_a_stack_of_12_bits_is_told_too(tmp_path: Path) -> None:
    large, small = Image.fromarray(ramp(4095)), Image.fromarray(ramp(4095)[:8, :8])
    for name, kind in (("copies.tif", 1), ("stack.tif", 0)):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[254] = kind
        small.encoderinfo = {"tiffinfo": tags}
        large.save(tmp_path / name, save_all=True, append_images=[small, small])
    images = read_folder(tmp_path, GREY)
    assert images.notes[-1].endswith("learnt from: stack.tif (3)")
    assert abs(images.pixels[1, 0] - expected(ramp(4095), 0, 4095)).max() <= 0.51


# HEIC ---------------------------------------------------------------------------------------------------------------


def test_heic_is_read_where_the_plugin_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the plugin, which opens such files as Pillow opens a PNG."""
    plugin = types.ModuleType("stand_in_for_heif")
    plugin.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]

    def register() -> None:
        Image.register_open("HEIF", Image.OPEN["PNG"][0], lambda prefix: prefix.startswith(b"\x89PNG"))

    plugin.register_heif_opener = register  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    monkeypatch.setattr(image_decoding, "HEIF_PLUGIN", plugin.__name__)
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    for name in ("IMG_1.HEIC", "IMG_2.heif", "c.png"):
        Image.new("RGB", (16, 16), (200, 30, 20)).save(tmp_path / name, "PNG")
    images = read_folder(tmp_path, COLOUR)
    assert images.names == ["IMG_1.HEIC", "IMG_2.heif", "c.png"] and images.skipped == []
