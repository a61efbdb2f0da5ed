"""A folder of images as people have them: every kind of file, and every kind of file that is none."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, listening
from ganstudio.files import image_decoding, image_folder, pixel_cache, system_folders
from ganstudio.files.image_decoding import Crop, Read, Square, Unreadable, decoded_file, read_file
from ganstudio.files.image_folder import HEIC, read_folder, read_zip, skipped_sentence
from ganstudio.files.wide_pixels import Scales

RED, BLUE, WHITE = (200, 30, 20), (10, 40, 220), (255, 255, 255)


@pytest.fixture(autouse=True)
def _few_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence lists five files here, so that few are enough to overflow it."""
    monkeypatch.setattr("ganstudio.files.image_folder.LISTED", 5)



@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))
    image_decoding.prepare()


def plain(colour: tuple[int, ...] | int = RED, size: tuple[int, int] = (24, 16), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def is_all(pixels: NDArray[np.uint8], colour: tuple[int, ...], within: int = 3) -> bool:
    """Whether every pixel of ``(3, h, w)`` has a colour."""
    return bool((abs(pixels.astype(int) - np.array(colour)[:, None, None]) <= within).all())


def blank_png(path: Path, width: int, height: int) -> None:
    """A PNG of one bit a pixel, all black, written row by row."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(1)
    rows = packer.compress(bytes((width + 7) // 8 + 1) * height) + packer.flush()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
                     + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


# One file -----------------------------------------------------------------------------------------------------------


def palette_with_a_hole() -> Image.Image:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, *RED])
    image.paste(0, (0, 0, 16, 8))
    image.info["transparency"] = 0
    return image


KINDS: dict[str, tuple[Callable[[], Image.Image], str, tuple[int, int, int], int]] = {
    "rgb png": (plain, "x.png", RED, 0),
    "rgb jpeg": (plain, "x.jpg", RED, 3),
    "bmp": (plain, "x.bmp", RED, 0),
    "webp": (plain, "x.webp", RED, 6),
    "tiff": (plain, "x.tiff", RED, 0),
    "ppm": (plain, "x.ppm", RED, 0),
    "tga": (plain, "x.tga", RED, 0),
    "grey": (lambda: plain(77, mode="L"), "x.png", (77, 77, 77), 0),
    "one bit": (lambda: plain(1, mode="1"), "x.png", WHITE, 0),
    "palette": (lambda: plain().convert("P", palette=Image.Palette.ADAPTIVE), "x.png", RED, 0),
    "cmyk jpeg": (lambda: plain().convert("CMYK"), "x.jpg", RED, 4),
    "cmyk tiff": (lambda: plain().convert("CMYK"), "x.tif", RED, 1),
    "16 bits": (lambda: Image.fromarray(np.full((16, 16), 100 * 257, np.uint16)), "x.png", (100, 100, 100), 0),
    "16 bits tiff": (lambda: Image.fromarray(np.full((16, 16), 100 * 257, np.uint16)), "x.tif", (100, 100, 100), 0),
    "reals": (lambda: Image.fromarray(np.full((16, 16), 0.5, np.float32)), "x.tif", (128, 128, 128), 0),
    "half transparent": (lambda: plain((0, 0, 0, 51), mode="RGBA"), "x.png", (204, 204, 204), 1),
    "transparent grey": (lambda: plain((0, 51), mode="LA"), "x.png", (204, 204, 204), 1),
    "wholly transparent": (lambda: plain((9, 9, 9, 0), mode="RGBA"), "x.webp", WHITE, 0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_as_it_looks_on_white(tmp_path: Path, kind: str) -> None:
    make, name, colour, within = KINDS[kind]
    make().save(tmp_path / name)
    pixels = decoded_file(tmp_path / name, Square(8))
    assert pixels.shape == (3, 8, 8) and pixels.dtype == np.uint8 and pixels.flags.c_contiguous
    assert is_all(pixels, colour, within)


def test_a_hole_in_a_palette_is_white(tmp_path: Path) -> None:
    palette_with_a_hole().save(tmp_path / "x.png", transparency=0)
    pixels = decoded_file(tmp_path / "x.png", Square(4))
    assert is_all(pixels[:, :1], WHITE, 12) and is_all(pixels[:, -1:], RED, 12)  # Lanczos rings beside an edge


def test_transparent_pixels_colour_nothing_when_scaled(tmp_path: Path) -> None:
    """The black below full transparency must not darken the rim: scaled before it is laid on white, with weights."""
    drawn = np.zeros((64, 64, 4), np.uint8)
    drawn[:, 32:] = 255  # the left half: transparent black
    Image.fromarray(drawn).save(tmp_path / "x.png")
    assert decoded_file(tmp_path / "x.png", Square(8)).min() >= 253


def test_sixteen_bits_keep_their_order_and_odd_ranges_their_ends(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 65535, 16).astype(np.uint16)[None], 16, axis=0)
    Image.fromarray(ramp).save(tmp_path / "x.png")
    grey = decoded_file(tmp_path / "x.png", Square(16, colour="grey"))
    np.testing.assert_array_equal(grey[0, 0], np.rint(ramp[0] / 257))
    Image.fromarray((ramp.astype(np.float32) - 1000) * 7).save(tmp_path / "y.tif")
    wide = decoded_file(tmp_path / "y.tif", Square(16, colour="grey"))
    assert abs(wide[0, 0].astype(int) - np.rint(np.linspace(0, 255, 16))).max() <= 1
    Image.fromarray(np.full((8, 8), np.nan, np.float32)).save(tmp_path / "z.tif")
    with pytest.raises(Unreadable, match="not finite"):
        decoded_file(tmp_path / "z.tif", Square(8))
    Image.fromarray(np.full((8, 8), 300.0, np.float32)).save(tmp_path / "c.tif")
    assert len(np.unique(decoded_file(tmp_path / "c.tif", Square(8)))) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_puts_a_picture_upright(tmp_path: Path, orientation: int) -> None:
    """Each orientation, made from its definition: which side of the scene the file's row 0 and column 0 are."""
    scene = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    stored = {1: scene, 2: scene[:, ::-1], 3: scene[::-1, ::-1], 4: scene[::-1], 5: scene.T, 6: np.rot90(scene),
              7: scene[::-1, ::-1].T, 8: np.rot90(scene, -1)}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(decoded_file(tmp_path / "x.png", Square(8, colour="grey"))[0], scene)


def test_an_animation_gives_its_first_picture(tmp_path: Path) -> None:
    plain().save(tmp_path / "x.gif", save_all=True, append_images=[plain(BLUE), plain(WHITE)])
    assert is_all(decoded_file(tmp_path / "x.gif", Square(8)), RED, 1)


@pytest.mark.parametrize(("crop", "expected"), [
    ("centre", [RED, RED, RED, RED]), ("stretch", [BLUE, RED, RED, BLUE]), ("fit", [BLUE, RED, RED, BLUE]),
])
def test_three_ways_to_a_square(tmp_path: Path, crop: Crop, expected: list[tuple[int, int, int]]) -> None:
    image = plain(BLUE, (32, 16))
    image.paste(RED, (8, 0, 24, 16))
    image.save(tmp_path / "x.png")
    pixels = decoded_file(tmp_path / "x.png", Square(16, crop))
    row = pixels[:, 8, 1::4]  # the middle of each quarter
    for column, colour in zip(row.T, expected, strict=True):
        assert abs(column.astype(int) - colour).max() <= 12  # Lanczos rings beside an edge
    assert is_all(pixels[:, :4], WHITE) == (crop == "fit") == is_all(pixels[:, -4:], WHITE)


def test_scaling_is_anti_aliased(tmp_path: Path) -> None:
    """A chequerboard of single pixels is grey from afar, not black, white or moiré; a JPEG's shortcut too."""
    board = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    for name in ("x.png", "x.jpg"):
        Image.fromarray(board).save(tmp_path / name, quality=100)
        inner = decoded_file(tmp_path / name, Square(16))[:, 1:-1, 1:-1]
        assert abs(inner.astype(int) - 127.5).max() <= 4


def test_jpegs_shortcut_is_no_other_picture(tmp_path: Path) -> None:
    y, x = np.mgrid[0:512, 0:768] / 512
    drawn = np.stack([127 + 120 * np.sin(5 * x), 255 * y, 127 + 120 * np.cos(7 * x * y)], axis=-1).astype(np.uint8)
    Image.fromarray(drawn).save(tmp_path / "x.jpg", quality=98, subsampling=0)
    Image.fromarray(drawn).save(tmp_path / "x.png")
    for crop in ("centre", "fit", "stretch"):
        drafted, whole = (decoded_file(tmp_path / name, Square(32, crop)) for name in ("x.jpg", "x.png"))
        assert abs(drafted.astype(int) - whole.astype(int)).mean() < 2


# What is no image ---------------------------------------------------------------------------------------------------


def truncated_jpeg(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:-900])


BAD: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "truncated": (truncated_jpeg, "x.jpg", "is damaged: .*truncated"),
    "text": (lambda path: path.write_text("not a picture\n" * 9), "x.png", "is not an image"),
    "empty": (lambda path: path.touch(), "x.png", "is empty"),
    "one pixel": (lambda path: plain(size=(1, 1)).save(path), "x.png", "is 1 x 1 px: allowed are at least 4"),
    "thin": (lambda path: plain(size=(900, 3)).save(path), "x.png", "is 900 x 3 px"),
    "vast": (lambda path: blank_png(path, 20_000, 20_000), "x.png", "is too large: allowed are 50,000,000 pixels"),
    "large": (lambda path: blank_png(path, 8_000, 8_000), "x.png", "is 8,000 x 8,000 px: allowed are 50,000,000"),
    "program": (lambda path: path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "x.png", "not an"),
    "folder": (lambda path: path.mkdir(), "x.png", "is a folder"),
    "broken link": (lambda path: path.symlink_to("nowhere"), "x.png", "cannot be opened: No such file"),
    "circle": (lambda path: path.symlink_to(path), "x.png", "cannot be opened: Too many levels"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_image_has_its_reason(tmp_path: Path, kind: str) -> None:
    make, name, reason = BAD[kind]
    make(tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as the pool does
        with pytest.raises(Unreadable, match=reason) as caught:
            decoded_file(tmp_path / name, Square(16))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_a_vast_jpeg_is_decoded_at_an_eighth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(size=(1600, 1600)).save(tmp_path / "x.jpg")
    plain(size=(1600, 1600)).save(tmp_path / "p.jpg", progressive=True)
    monkeypatch.setattr(image_decoding, "MAX_PIXELS", 250 * 250)
    assert is_all(decoded_file(tmp_path / "x.jpg", Square(16)), RED)
    with pytest.raises(Unreadable, match="1,600 x 1,600"):  # its coefficients are held whole
        decoded_file(tmp_path / "p.jpg", Square(16))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(Unreadable, match="not a regular file"):
        decoded_file(tmp_path / "x.png", Square(8))


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.gif", "x.tif", "x.webp", "x.bmp"])
def test_damage_anywhere_is_an_image_or_a_reason(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    plain(size=(40, 30)).save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    outcomes = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n in range(120):
            broken = bytearray(whole[: int(rng.integers(1, len(whole)))] if n % 2 else whole)
            for at in rng.integers(0, len(broken), 4):
                broken[at] = int(rng.integers(256))
            path.write_bytes(broken)
            try:
                assert decoded_file(path, Square(8)).shape == (3, 8, 8)
                outcomes.add("image")
            except Unreadable as reason:
                assert "\n" not in str(reason)
                outcomes.add("reason")
    assert "reason" in outcomes


# Folders ------------------------------------------------------------------------------------------------------------


def hostile(folder: Path) -> dict[str, str]:
    """Eight good images among everything else; gives name -> a word of the reason for the others."""
    plain().save(folder / "rgb.png")
    plain().convert("CMYK").save(folder / "cmyk.jpg")
    Image.fromarray(np.full((9, 9), 30000, np.uint16)).save(folder / "sixteen.png")
    plain((*RED, 90), mode="RGBA").save(folder / "alpha.png")
    plain().save(folder / "moving.gif", save_all=True, append_images=[plain(BLUE)])
    (folder / "below" / "deeper").mkdir(parents=True)
    plain().save(folder / "below" / "deeper" / "PHOTO.JPEG", format="JPEG")
    exif = Image.Exif()
    exif[0x0112] = 6
    plain(size=(12, 30)).save(folder / "turned.jpg", exif=exif)
    meta = PngImagePlugin.PngInfo()
    meta.add_text("note", "ü" * 100)
    plain().save(folder / "größe 你好.png", pnginfo=meta)
    for name in (".hidden.png", "notes.txt", "Thumbs.db"):
        (folder / name).write_text("nothing to see")
    (folder / "folder.png").mkdir()
    truncated_jpeg(folder / "cut.jpg")
    (folder / "text.png").write_text("no picture")
    plain(size=(1, 1)).save(folder / "dot.png")
    blank_png(folder / "vast.png", 20_000, 20_000)
    (folder / "below" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.png").symlink_to(folder / "self.png")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    plain().save(folder / "secret.png")
    return {"cut.jpg": "damaged", "text.png": "not an image", "dot.png": "1 x 1", "vast.png": "too large",
            "below/loop": "links to a folder", "self.png": "levels of symbolic links", "gone.png": "links to nothing",
            "secret.png": "Permission denied"}


def guarded(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file that may not be read, for root too."""
    really = Path.open

    def opened(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == name:
            raise PermissionError(13, "Permission denied")
        return really(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opened)


def test_a_hostile_folder_gives_its_good_images_and_lists_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = hostile(tmp_path)
    guarded(monkeypatch, "secret.png")
    images = read_folder(tmp_path, Square(16))
    assert images.pixels.shape == (8, 3, 16, 16) and images.labels is None
    found = dict(images.skipped)
    assert set(found) == set(expected)
    for name, word in expected.items():
        assert word in found[name], found[name]
    said = skipped_sentence(images.skipped)
    assert said.startswith("8 files were skipped: below/loop links to a folder") and said.endswith("; and 3 more")
    again = read_folder(tmp_path, Square(16))
    assert again.skipped == images.skipped
    np.testing.assert_array_equal(again.pixels, images.pixels)


def test_images_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for n in range(100):
        plain(n, mode="L").save(tmp_path / f"{n:03}.png")
    images = read_folder(tmp_path, Square(4, colour="grey"))
    assert images.names == [f"{n:03}.png" for n in range(100)]
    assert images.pixels.shape == (100, 1, 4, 4)
    np.testing.assert_array_equal(images.pixels[:, 0, 0, 0], np.arange(100))


def test_sub_folders_are_labels_where_every_image_lies_in_one(tmp_path: Path) -> None:
    for name in ("dog", "cat/old", "cat"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        plain().save(tmp_path / name / "a.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "zebra").mkdir()
    (tmp_path / "zebra" / "bad.png").write_text("no picture")
    images = read_folder(tmp_path, Square(8))
    assert images.classes == ["cat", "dog"] and images.labels is not None
    assert images.labels.tolist() == [0, 0, 1] and images.labels.dtype == np.int64
    again = read_folder(tmp_path, Square(8))
    assert again.labels is not None and again.labels.tolist() == [0, 0, 1]
    plain().save(tmp_path / "loose.png")
    assert read_folder(tmp_path, Square(8)).labels is None


def test_a_link_to_another_folder_is_followed_once(tmp_path: Path) -> None:
    real, front = tmp_path / "real", tmp_path / "front"
    real.mkdir()
    front.mkdir()
    plain().save(real / "a.png")
    plain().save(real / "b.png")
    (front / "one").symlink_to(real, target_is_directory=True)
    (front / "two").symlink_to(real, target_is_directory=True)
    images = read_folder(front, Square(8))
    assert len(images.pixels) == 2 and [name for name, _ in images.skipped] == ["two"]


def test_a_real_folder_keeps_its_name_beside_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "other").mkdir()
    for name in ("real/a.png", "real/b.png", "other/c.png"):
        plain().save(tmp_path / name)
    (tmp_path / "alias").symlink_to(tmp_path / "real", target_is_directory=True)
    images = read_folder(tmp_path, Square(8))
    assert images.names == ["other/c.png", "real/a.png", "real/b.png"]
    assert images.classes == ["other", "real"]
    assert images.skipped == [("alias", "links to a folder that is read already")]


@pytest.fixture
def without_heif(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_decoding, "HEIF_PLUGIN", "no_such_plugin")


@pytest.mark.usefixtures("without_heif")
def test_pictures_of_other_kinds_are_counted_and_told_and_other_files_are_not(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        plain().save(tmp_path / name)
    for name in ("readme.txt", "Thumbs.db", "labels.csv", ".DS_Store"):
        (tmp_path / name).write_text("x")
    assert read_folder(tmp_path, Square(8)).skipped == []
    for name in ("IMG_0001.HEIC", "IMG_0002.heic", "clip.mov"):
        (tmp_path / name).write_text("x")
    images = read_folder(tmp_path, Square(8))
    assert len(images.pixels) == 2
    assert dict(images.skipped) == {
        "IMG_0001.HEIC": HEIC,
        "IMG_0002.heic": HEIC,
        "clip.mov": "is a video, which is not read: save it as PNG or JPEG",
    }
    (tmp_path / "clip.mov").unlink()
    assert "clip.mov" not in dict(read_folder(tmp_path, Square(8)).skipped), "not what the cache remembers"


@pytest.mark.usefixtures("without_heif")
def test_what_a_mac_keeps_beside_each_file_of_an_archive_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(3):
            held = io.BytesIO()
            plain().save(held, "PNG")
            archive.writestr(f"faces/{index}.png", held.getvalue())
            archive.writestr(f"__MACOSX/faces/._{index}.png", b"x")
        archive.writestr("faces/3.heic", b"x")
    images = read_zip(path, Square(8), "the archive")
    assert images.names == ["faces/0.png", "faces/1.png", "faces/2.png"]
    assert [name for name, _ in images.skipped] == ["faces/3.heic"]


@pytest.mark.parametrize(("good", "bad", "words"), [
    (0, 0, "holds no image that can be read: at least 2 are needed$"),
    (1, 0, "holds only one image that can be read: at least 2 are needed$"),
    (1, 1, "only one image that can be read: at least 2 are needed; 1 file was skipped: bad0.png is not an image"),
    (0, 7, "no image that can be read: .*; 7 files were skipped: bad0.png .*; and 2 more$"),
])
def test_a_folder_with_too_few_images_is_one_sentence(tmp_path: Path, good: int, bad: int, words: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for n in range(good):
        plain().save(folder / f"good{n}.png")
    for n in range(bad):
        (folder / f"bad{n}.png").write_text("no picture")
    with pytest.raises(BadInput, match=words) as caught:
        read_folder(folder, Square(8))
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)
    assert not list(pixel_cache.folder().glob("*"))


def test_what_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="mine' does not exist"):
        read_folder(tmp_path / "mine", Square(8))
    (tmp_path / "mine").write_text("x")
    with pytest.raises(BadInput, match="mine' is a file: give the path of the folder"):
        read_folder(tmp_path / "mine", Square(8))


def test_names_that_no_folder_has_are_one_sentence() -> None:
    for odd in ("a\0b", "\ud800", "~nobody-of-that-name/x"):
        with pytest.raises(BadInput, match="does not exist"):
            read_folder(odd, Square(8))
    with pytest.raises(BadInput, match="cannot be read"):
        read_folder("x" * 5000, Square(8))


def test_a_name_that_cannot_be_printed_is_listed(tmp_path: Path) -> None:
    plain().save(tmp_path / "a.png")
    plain().save(tmp_path / "b.png")
    (tmp_path / "odd\nname\udc80.png").write_text("no picture")
    images = read_folder(tmp_path, Square(8))
    assert [name for name, _ in images.skipped] == [r"odd\nname\udc80.png"]
    assert read_folder(tmp_path, Square(8)).skipped == images.skipped


# The cache ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were decoded."""
    names: list[str] = []

    def decode(path: Path, square: Square, scales: Scales | None) -> Read:
        names.append(path.name)
        return read_file(path, square, scales)

    monkeypatch.setattr(image_folder, "read_file", decode)
    return names


@pytest.fixture
def three(tmp_path: Path) -> Path:
    folder = tmp_path / "three"
    folder.mkdir()
    for name, colour in (("a.png", RED), ("b.png", BLUE), ("c.png", WHITE)):
        plain(colour).save(folder / name)
    return folder


def test_a_folder_is_decoded_once(three: Path, counted: list[str]) -> None:
    first = read_folder(three, Square(8))
    assert sorted(counted) == ["a.png", "b.png", "c.png"]
    second = read_folder(three, Square(8))
    assert len(counted) == 3
    np.testing.assert_array_equal(first.pixels, second.pixels)
    read_folder(three, Square(4))
    assert len(counted) == 6
    plain(WHITE, (50, 50)).save(three / "a.png")
    assert is_all(read_folder(three, Square(8)).pixels[0], WHITE)
    (three / "b.png").unlink()
    assert len(read_folder(three, Square(8)).pixels) == 2
    assert not list(pixel_cache.folder().glob("*.part"))


def test_pixels_that_are_changed_change_no_file(three: Path) -> None:
    read_folder(three, Square(8))
    read_folder(three, Square(8)).pixels[:] = 7
    assert is_all(read_folder(three, Square(8)).pixels[0], RED, 0)


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01\x00", b"no array"])
def test_a_damaged_cache_is_made_anew(three: Path, counted: list[str], damage: bytes) -> None:
    read_folder(three, Square(8))
    for file in ("*.json", "*.npy"):
        (entry,) = pixel_cache.folder().glob(file)
        entry.write_bytes(damage)
        del counted[:]
        assert is_all(read_folder(three, Square(8)).pixels[0], RED, 0)
        assert len(counted) == 3


def test_where_nothing_can_be_written_pixels_are_held(
    three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("GANSTUDIO_HOME", str(file))  # below a file there can be no folder
    assert is_all(read_folder(three, Square(8)).pixels[0], RED, 0)
    monkeypatch.setattr(pixel_cache, "MOST_MEMORY", 100)
    with pytest.raises(BadInput, match=r"3 images of 8 px take .* choose a lower resolution or make room"):
        read_folder(three, Square(8))


def test_the_longest_unused_entries_are_dropped(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_cache, "MOST_BYTES", 2 * 3 * 3 * 8 * 8)
    keys: list[str] = []
    for age, side in ((40, 4), (30, 8), (20, 5)):
        read_folder(three, Square(side))
        (new,) = {file.stem for file in pixel_cache.folder().glob("*.json")} - set(keys)
        keys.append(new)
        os.utime(pixel_cache.folder() / f"{new}.json", (age, -age + 100))
    monkeypatch.setattr(pixel_cache, "MOST_BYTES", 3 * 3 * (5 * 5 + 8 * 8) + 2 * 128)
    read_folder(three, Square(16))
    left = {file.stem for file in pixel_cache.folder().glob("*.json")}
    assert keys[0] not in left and {keys[1], keys[2]} < left
    assert {file.stem for file in pixel_cache.folder().glob("*.npy")} == left


def test_a_reading_that_is_ended_leaves_nothing(three: Path) -> None:
    heard: list[tuple[str, int, int]] = []

    def stop(what: str, done: int, total: int) -> bool:
        heard.append((what, done, total))
        return what != "reading images"

    with pytest.raises(Cancelled), listening(stop):
        read_folder(three, Square(8))
    assert heard[-1] == ("reading images", 3, 3)
    assert not list(pixel_cache.folder().glob("*"))
    assert len(read_folder(three, Square(8)).pixels) == 3


# Folders that are none of images --------------------------------------------------------------------------------------


def test_the_whole_file_system_is_not_walked() -> None:
    with pytest.raises(BadInput, match="the image folder '/' is the whole file system"):
        read_folder("/", Square(8, "centre", "rgb"))


def test_what_the_system_makes_up_is_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mounts"
    table.write_text("23 28 0:5 / /dev/x rw - tmpfs tmpfs rw\n24 28 7:9 / /proc rw,nosuid shared:12 - proc proc rw\n"
                     "x\n25 28 8:1 / / rw - ext4 /dev/sda1 rw\n")
    monkeypatch.setattr(system_folders, "MOUNTS", table)
    assert system_folders.made_by_system() == frozenset((os.makedev(7, 9),))
    plain().save(tmp_path / "a.png")
    monkeypatch.setattr(image_folder, "made_by_system", lambda: frozenset((tmp_path.stat().st_dev,)))
    with pytest.raises(BadInput, match="is made by the system and holds no files of a disk"):
        read_folder(tmp_path, Square(8, "centre", "rgb"))
    if Path("/proc/self").is_dir():
        monkeypatch.undo()
        with pytest.raises(BadInput, match="is made by the system"):
            read_folder("/proc", Square(8, "centre", "rgb"))


def test_a_link_to_what_the_system_makes_up_is_passed_over(tmp_path: Path) -> None:
    for number in range(2):
        plain((number, 2, 3)).save(tmp_path / f"{number}.png")
    (tmp_path / "link").symlink_to("/proc")
    images = read_folder(tmp_path, Square(8, "centre", "rgb"))
    assert len(images.pixels) == 2
    assert images.skipped == [("link", "links to what the system makes, no folder of a disk")]


def test_a_walk_among_other_files_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        plain((number, 2, 3)).save(tmp_path / f"{number}.png")
    for number in range(60):
        (tmp_path / f"n{number}.txt").touch()
    monkeypatch.setattr(image_folder, "LOOKED", 50)
    monkeypatch.setattr(image_folder, "LEAST_SHARE", 0.1)
    with pytest.raises(BadInput, match="holds 2 images among the first 50 files: give the path of the folder"):
        read_folder(tmp_path, Square(8, "centre", "rgb"))
    monkeypatch.setattr(image_folder, "LEAST_SHARE", 0.01)
    assert len(read_folder(tmp_path, Square(8, "centre", "rgb")).pixels) == 2
    monkeypatch.setattr(image_folder, "MOST_FILES", 1)
    with pytest.raises(BadInput, match="holds more than 1 images"):
        read_folder(tmp_path, Square(16, "centre", "rgb"))
