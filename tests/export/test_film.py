"""Films are decoded again by PyAV and Pillow, and a film that failed or was cancelled leaves nothing."""

from __future__ import annotations

import errno
import itertools
import sys
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ganstudio.commands import doctor
from ganstudio.core.system.errors import BadInput
from ganstudio.export import film_gif, film_png, film_video
from ganstudio.export.film import Film
from ganstudio.export.film_formats import open_film

WIDTH, HEIGHT = 64, 48
VIDEO = (".mp4", ".webm")
SINGLE = (*VIDEO, ".gif")
ALL = (*SINGLE, ".png")
Picture = NDArray[np.uint8]


def picture(n: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A slow gradient with a patch that walks, ``(height, width, 3)``."""
    made = np.empty((height, width, 3), dtype=np.uint8)
    made[..., 0] = np.linspace(40, 200, width)
    made[..., 1] = np.linspace(60, 180, height)[:, None]
    made[..., 2] = 120
    made[16:32, 2 * n : 2 * n + 16] = (230, 126, 34)
    return made


def as_qt(rgb: Picture) -> Picture:
    """As a QImage of RGB32 has it: blue, green, red and a byte that means nothing."""
    return np.concatenate([rgb[..., ::-1], np.full_like(rgb[..., :1], 77)], axis=2)


def make(path: Path, count: int = 12, fps: int = 30, times: int = 1) -> None:
    with open_film(path, WIDTH, HEIGHT, fps) as film:
        for n in range(count):
            film.add(picture(n), times)


def decoded(path: Path) -> tuple[list[Picture], list[Fraction]]:
    """Frames and when they come, in seconds."""
    frames, at = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            frames.append(np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8))
            at.append(frame.pts * frame.time_base)
    return frames, at


def shown(path: Path) -> list[tuple[Picture, int]]:
    """A GIF's frames and for how many ms each stands."""
    frames = []
    with Image.open(path) as image:
        for n in range(getattr(image, "n_frames", 1)):
            image.seek(n)
            frames.append((np.asarray(image.convert("RGB")), int(image.info["duration"])))
    return frames


def difference(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What is in the file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", VIDEO)
@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_film_has_its_frames_size_rate_and_duration(tmp_path: Path, ending: str, fps: int) -> None:
    path = tmp_path / f"film{ending}"
    make(path, count=15, fps=fps)
    frames, at = decoded(path)
    assert [frame.shape for frame in frames] == [(HEIGHT, WIDTH, 3)] * 15
    exact = [Fraction(n, fps) for n in range(15)]
    worst = max(abs(a - b) for a, b in zip(at, exact, strict=True))
    assert worst == 0 if ending == ".mp4" else worst <= Fraction(1, 2000)  # WebM counts in ms
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == {".mp4": "h264", ".webm": "vp9"}[ending]
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == fps
        assert container.duration == pytest.approx(15 / fps * 1e6, abs=1100)  # microseconds
    assert left_in(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", VIDEO)
def test_pictures_come_back_as_they_were_given(tmp_path: Path, ending: str) -> None:
    """Within what half the colour resolution costs at the patch's edges; a wrong matrix or range costs 5 and more."""
    make(tmp_path / f"film{ending}")
    frames, _ = decoded(tmp_path / f"film{ending}")
    for n, frame in enumerate(frames):
        assert difference(frame, picture(n)) < 2.5
        assert difference(frame[20:28, 2 * n + 4 : 2 * n + 12], picture(n)[20:28, 2 * n + 4 : 2 * n + 12]) < 4


@pytest.mark.parametrize("ending", VIDEO)
def test_players_are_told_the_colours_are_bt709(tmp_path: Path, ending: str) -> None:
    make(tmp_path / f"film{ending}", count=2)
    with av.open(str(tmp_path / f"film{ending}")) as container:
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (film_video.BT709, film_video.LIMITED)


@pytest.mark.parametrize("ending", ALL)
def test_qt_pictures_and_rgb_pictures_make_the_same_film(tmp_path: Path, ending: str) -> None:
    for name, seen in (("rgb", picture), ("qt", lambda n: as_qt(picture(n)))):
        (tmp_path / name).mkdir()
        with open_film(tmp_path / name / f"film{ending}", WIDTH, HEIGHT, 25) as film:
            for n in range(4):
                film.add(seen(n))
    for rgb, qt in zip(sorted((tmp_path / "rgb").iterdir()), sorted((tmp_path / "qt").iterdir()), strict=True):
        if ending in VIDEO:
            pairs = list(zip(decoded(rgb)[0], decoded(qt)[0], strict=True))
            assert len(pairs) == 4 and all(difference(a, b) < 1.5 for a, b in pairs)
        else:
            assert rgb.read_bytes() == qt.read_bytes()


@pytest.mark.parametrize("ending", VIDEO)
def test_a_picture_can_stand_for_many_frames(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    with open_film(path, WIDTH, HEIGHT, 30) as film:
        film.add(picture(0), 7)
        film.add(picture(12), 4)
        assert film.frames == 11
    frames, _ = decoded(path)
    assert len(frames) == 11
    for n, frame in enumerate(frames):
        right, wrong = (picture(0), picture(12)) if n < 7 else (picture(12), picture(0))
        assert difference(frame, right) < difference(frame, wrong) / 3


def test_a_picture_can_be_drawn_over_as_soon_as_it_is_taken(tmp_path: Path) -> None:
    canvas = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    with open_film(tmp_path / "x.png", WIDTH, HEIGHT, 30) as film:
        for n in range(12):
            canvas[:] = picture(n)
            film.add(canvas)
            canvas[:] = 0
    for n, name in enumerate(left_in(tmp_path)):
        assert np.array_equal(np.asarray(Image.open(tmp_path / name)), picture(n))


def test_rows_may_be_padded(tmp_path: Path) -> None:
    wide = np.zeros((HEIGHT, WIDTH + 3, 3), dtype=np.uint8)
    wide[:, :WIDTH] = picture(3)
    with open_film(tmp_path / "x.png", WIDTH, HEIGHT, 30) as film:
        film.add(wide[:, :WIDTH])
    assert np.array_equal(np.asarray(Image.open(tmp_path / "x-00001.png")), picture(3))


def test_a_title_is_kept_in_the_file(tmp_path: Path) -> None:
    for ending in ALL:
        with open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30, title="Ring, λ = 10") as film:
            film.add(picture(0))
    for ending in VIDEO:
        with av.open(str(tmp_path / f"film{ending}")) as container:
            assert {key.lower(): value for key, value in container.metadata.items()}["title"] == "Ring, λ = 10"
    with Image.open(tmp_path / "film.gif") as image:
        assert image.info["comment"].decode() == "Ring, λ = 10"
    with Image.open(tmp_path / "film-00001.png") as image:
        assert image.info["Title"] == "Ring, λ = 10"


# GIF -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fps", "delays"), [(30, {30, 40}), (24, {40, 50}), (25, {40}), (50, {20})])
def test_a_gifs_delays_are_even_and_add_up(tmp_path: Path, fps: int, delays: set[int]) -> None:
    make(tmp_path / "x.gif", count=20, fps=fps)
    frames = shown(tmp_path / "x.gif")
    assert len(frames) == 20
    assert {ms for _, ms in frames} == delays
    assert sum(ms for _, ms in frames) == round(20 * 100 / fps) * 10
    with Image.open(tmp_path / "x.gif") as image:
        assert image.size == (WIDTH, HEIGHT)
        assert image.info["loop"] == 0  # for ever


def test_a_gif_of_few_colours_is_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    colours = rng.permutation(np.arange(200, dtype=np.uint8))[:, None] * np.array([1, 0, 1], np.uint8) + np.uint8(3)
    colours = np.unique(colours // 4 * 4 + 1, axis=0)  # one to a cell of six bits
    pictures = [colours[rng.integers(0, len(colours), (HEIGHT, WIDTH))] for _ in range(6)]
    with open_film(tmp_path / "x.gif", WIDTH, HEIGHT, 25) as film:
        for each in pictures:
            film.add(each)
    for (seen, _), given in zip(shown(tmp_path / "x.gif"), pictures, strict=True):
        assert np.array_equal(seen, given)


def test_a_gifs_palette_knows_colours_that_come_late_and_are_few(tmp_path: Path) -> None:
    """Thousands of colours, and a green dot in the last frame only: it is not lost among them."""
    rng = np.random.default_rng(0)
    with open_film(tmp_path / "x.gif", WIDTH, HEIGHT, 25) as film:
        for n in range(10):
            noisy = picture(n)
            noisy[..., 2] = rng.integers(0, 256, (HEIGHT, WIDTH))
            noisy[:, :, 1] //= 2
            if n == 9:
                noisy[4:10, 4:10] = (10, 250, 10)
            film.add(noisy)
    frames = shown(tmp_path / "x.gif")
    assert difference(frames[-1][0], noisy) < 12
    assert difference(frames[-1][0][4:10, 4:10], noisy[4:10, 4:10]) < 12
    assert difference(frames[0][0], frames[-1][0]) > 12  # else this test could not fail


def test_a_gif_takes_a_picture_that_stands_as_one_frame(tmp_path: Path) -> None:
    with open_film(tmp_path / "x.gif", WIDTH, HEIGHT, 30) as film:
        film.add(picture(0), 30)
        film.add(picture(0), 15)
        film.add(picture(5), 3)
    assert [ms for _, ms in shown(tmp_path / "x.gif")] == [1500, 100]


def test_a_gifs_frame_can_stand_longer_than_the_format_can_say(tmp_path: Path) -> None:
    with open_film(tmp_path / "x.gif", WIDTH, HEIGHT, 1) as film:
        film.add(picture(0), 700)
        film.add(picture(5), 2)
    frames = shown(tmp_path / "x.gif")
    assert sum(ms for _, ms in frames) == 702_000
    assert difference(frames[-1][0], picture(5)) < 3
    assert np.array_equal(frames[0][0], frames[1][0])


def test_nearest_is_the_nearest() -> None:
    rng = np.random.default_rng(1)
    colours, palette = (rng.integers(0, 256, (n, 3)).astype(np.uint8) for n in (3000, 200))
    distances = np.square(colours[:, None].astype(np.int64) - palette).sum(axis=2)
    found = film_gif.nearest(colours, palette)
    assert np.array_equal(distances[np.arange(3000), found], distances.min(axis=1))


# PNG -------------------------------------------------------------------------------------------------------------


def test_png_frames_are_numbered_and_exact(tmp_path: Path) -> None:
    odd = [picture(n, 51, 47) for n in range(3)]
    with open_film(tmp_path / "x.png", 51, 47, 30) as film:
        film.add(odd[0])
        film.add(as_qt(odd[1]), 2)
        film.add(odd[2])
    assert left_in(tmp_path) == [f"x-0000{n}.png" for n in range(1, 5)]
    for n, given in enumerate([odd[0], odd[1], odd[1], odd[2]], start=1):
        with Image.open(tmp_path / f"x-0000{n}.png") as image:
            assert image.mode == "RGB"
            assert np.array_equal(np.asarray(image), given)


def test_png_frames_that_are_there_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "x-00007.png").write_bytes(b"mine")
    with pytest.raises(BadInput, match=r"x-00007\.png is there already"):
        open_film(tmp_path / "x.png", WIDTH, HEIGHT, 30)
    film = open_film(tmp_path / "y.png", WIDTH, HEIGHT, 30)
    (tmp_path / "y-00002.png").write_bytes(b"came in between")
    film.add(picture(0), 3)
    with pytest.raises(BadInput, match="cannot be written"):
        film.finish()
    assert left_in(tmp_path) == ["x-00007.png", "y-00002.png"]
    assert (tmp_path / "y-00002.png").read_bytes() == b"came in between"


def test_png_bytes_read_back_for_any_picture() -> None:
    import io

    rng = np.random.default_rng(2)
    for shape in ((1, 1, 3), (5, 7, 4), (33, 16, 3)):
        given = rng.integers(0, 256, shape).astype(np.uint8)
        with Image.open(io.BytesIO(film_png.encoded(given))) as image:
            image.load()
            assert np.array_equal(np.asarray(image), given if shape[2] == 3 else given[..., 2::-1])


# Nothing is left -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ALL)
@pytest.mark.parametrize("pictures", [0, 1, 9])
def test_cancel_leaves_an_empty_folder(tmp_path: Path, ending: str, pictures: int) -> None:
    film = open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30)
    for n in range(pictures):
        film.add(picture(n), 2)
    film.cancel()
    film.cancel()
    assert left_in(tmp_path) == []
    with pytest.raises(BadInput, match="was cancelled"):
        film.add(picture(0))
    with pytest.raises(BadInput, match="was cancelled"):
        film.finish()
    assert not any(thread.name == "film" for thread in threading.enumerate())


@pytest.mark.parametrize("ending", SINGLE)
def test_a_film_that_is_replaced_stands_until_the_new_one_is_whole(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    path.write_bytes(b"the old one")
    film = open_film(path, WIDTH, HEIGHT, 30)
    film.add(picture(0), 3)
    assert path.read_bytes() == b"the old one"
    film.cancel()
    assert (left_in(tmp_path), path.read_bytes()) == ([path.name], b"the old one")
    make(path, count=3)
    assert left_in(tmp_path) == [path.name]
    assert len(shown(path) if ending == ".gif" else decoded(path)[0]) == 3


@pytest.mark.parametrize("ending", ALL)
def test_an_exception_inside_cancels(tmp_path: Path, ending: str) -> None:
    with pytest.raises(KeyboardInterrupt), open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30) as film:
        film.add(picture(0))
        raise KeyboardInterrupt
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("ending", ALL)
def test_a_finished_film_stays_when_it_is_cancelled(tmp_path: Path, ending: str) -> None:
    film = open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30)
    film.add(picture(0))
    film.finish()
    film.finish()
    there = left_in(tmp_path)
    film.cancel()
    assert left_in(tmp_path) == there != []
    with pytest.raises(ValueError, match="after the end"):
        film.add(picture(1))


@pytest.mark.parametrize("ending", ALL)
def test_a_film_without_a_picture_is_none(tmp_path: Path, ending: str) -> None:
    with pytest.raises(BadInput, match="no pictures"):
        make(tmp_path / f"film{ending}", count=0)
    assert left_in(tmp_path) == []


def test_finish_tells_how_far_it_is_and_can_be_stopped_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    with open_film(tmp_path / "a.gif", WIDTH, HEIGHT, 30) as film:
        for n in range(8):
            film.add(picture(n))
        film.finish(lambda *far: told.append(far))
    assert told[-1] == (8, 8)

    let_go = threading.Event()
    whole = film_gif._frame
    monkeypatch.setattr(film_gif, "_frame", lambda *a: let_go.wait(10) and whole(*a))

    def stop(written: int, frames: int) -> None:
        let_go.set()
        raise InterruptedError

    film = open_film(tmp_path / "b.gif", WIDTH, HEIGHT, 30)
    film.add(picture(0))
    film.add(picture(1))
    with pytest.raises(InterruptedError):
        film.finish(stop)
    assert left_in(tmp_path) == ["a.gif"]


# Faults ----------------------------------------------------------------------------------------------------------


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("ending", ALL)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30)
    film.add(picture(0))
    kept = film._write
    calls = itertools.count()
    monkeypatch.setattr(film, "_write", lambda *a: full() if next(calls) else kept(*a))
    with pytest.raises(BadInput, match=r"cannot be written: No space left on device$"):
        for n in range(50):  # more than the queue holds: nobody waits for ever
            film.add(picture(n % 12))
        film.finish()
    with pytest.raises(BadInput, match="No space left"):
        film.finish()
    film.cancel()
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("ending", ALL)
def test_a_disk_that_is_full_at_the_end_likewise(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    film = open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30)
    monkeypatch.setattr(film, "_complete", full)
    film.add(picture(0))
    with pytest.raises(BadInput, match="No space left on device"):
        film.finish()
    assert left_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on a file's size")
@pytest.mark.parametrize("ending", ALL)
def test_what_the_system_says_while_writing_arrives(tmp_path: Path, ending: str) -> None:
    """Files may grow to 20 kB, and the film is larger: a fault that no line of ours has made up."""
    import resource

    rng = np.random.default_rng(0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    film = open_film(tmp_path / f"film{ending}", 256, 192, 30)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(BadInput, match=r"cannot be written: File too large$"):
            for _ in range(8):
                film.add(rng.integers(0, 256, (192, 256, 3)).astype(np.uint8))
            film.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_in(tmp_path) == []
    assert not any(thread.name == "film" for thread in ended(threading.enumerate()))


def ended(threads: list[threading.Thread]) -> list[threading.Thread]:
    """Those that go on: a film that failed must not keep the program from ending, even where nobody cancels it."""
    for thread in threads:
        if thread.name == "film":
            thread.join(10)
    return [thread for thread in threads if thread.is_alive()]


@pytest.mark.parametrize("ending", SINGLE)
def test_a_folder_named_like_an_address_is_a_folder(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("http:").mkdir()
    make(Path("http:", f"film{ending}"), count=2)
    assert left_in(tmp_path / "http:") == [f"film{ending}"]


@pytest.mark.parametrize("ending", ALL)
def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path, ending: str) -> None:
    with pytest.raises(BadInput, match=r"cannot be written: No such file or directory$"):
        open_film(tmp_path / "nowhere" / f"film{ending}", WIDTH, HEIGHT, 30)


@pytest.mark.parametrize("ending", SINGLE)
def test_a_folder_in_the_films_place_is_one_sentence(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"film{ending}").mkdir()
    with pytest.raises(BadInput, match="there is a folder of that name"):
        open_film(tmp_path / f"film{ending}", WIDTH, HEIGHT, 30)
    assert left_in(tmp_path) == [f"film{ending}"]


def test_a_missing_encoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str, mode: str) -> None:
        raise av.codec.codec.UnknownCodecError(name)

    monkeypatch.setattr(av.codec, "Codec", none)
    with pytest.raises(BadInput, match=r"no encoder for H\.264 \(libx264\); \.gif and \.png need none$"):
        open_film(tmp_path / "film.mp4", WIDTH, HEIGHT, 30)
    assert left_in(tmp_path) == []


def test_the_doctor_says_which_films_there_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._video().found.startswith("mp4 (H.264, libx264), webm (VP9, libvpx-vp9), gif, png sequence; PyAV ")
    kept = av.codec.Codec

    def no_h264(name: str, mode: Literal["r", "w"]) -> av.codec.Codec:
        return kept("nothing" if name == "libx264" else name, mode)

    monkeypatch.setattr(av.codec, "Codec", no_h264)
    check = doctor._video()
    assert (check.status, check.found) == ("warning", "webm (VP9, libvpx-vp9), gif, png sequence")
    assert check.advice.startswith("No mp4: this build of PyAV has no encoder for H.264")


@pytest.mark.parametrize(
    ("name", "size", "fps", "sentence"),
    [
        ("film.avi", (64, 48), 30, "allowed are .mp4, .webm, .gif, .png"),
        ("film", (64, 48), 30, "allowed are .mp4"),
        ("film.mp4", (65, 48), 30, "H.264 needs even widths and heights, such as 64x48"),
        ("film.webm", (64, 49), 30, "VP9 needs even"),
        ("film.gif", (8, 48), 30, "width = 8 is out of range"),
        ("film.mp4", (64, 10**6), 30, "height = 1000000 is out of range"),
        ("film.mp4", (64, 48), 0, "allowed is 1 to 120"),
        ("film.gif", (64, 48), 60, "too many for a GIF: allowed is 1 to 50"),
        ("fi\0lm.mp4", (64, 48), 30, "cannot be written"),
    ],
)
def test_what_is_not_possible_is_said_before_anything_is_written(
    tmp_path: Path, name: str, size: tuple[int, int], fps: int, sentence: str
) -> None:
    with pytest.raises(BadInput) as caught:
        open_film(tmp_path / name, *size, fps)
    assert sentence in str(caught.value)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("ending", [".gif", ".png"])
def test_odd_sizes_go_where_they_can(tmp_path: Path, ending: str) -> None:
    with open_film(tmp_path / f"film{ending}", 51, 47, 30) as film:
        film.add(picture(0, 51, 47))
    with Image.open(next(tmp_path.iterdir())) as image:
        assert image.size == (51, 47)


def test_a_picture_of_another_size_is_the_callers_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    with pytest.raises(ValueError, match="in a film of 64x48"), open_film(path, WIDTH, HEIGHT, 30) as film:
        film.add(picture(0, 66, 48))
    assert left_in(tmp_path) == []


# Two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", SINGLE)
def test_two_films_at_once_do_not_disturb_each_other(tmp_path: Path, ending: str) -> None:
    """One of them even to the same name, and cancelled."""
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    films: list[Film] = [open_film(path, WIDTH, HEIGHT, 30) for path in (one, two, one)]
    for n in range(6):
        films[0].add(picture(n))
        films[1].add(picture(11 - n))
        films[2].add(picture(0))
    films[2].cancel()
    for film in films[:2]:
        film.finish()
    assert left_in(tmp_path) == [one.name, two.name]
    for path, given in ((one, [picture(n) for n in range(6)]), (two, [picture(11 - n) for n in range(6)])):
        frames = [frame for frame, _ in shown(path)] if ending == ".gif" else decoded(path)[0]
        assert [difference(a, b) < 3 for a, b in zip(frames, given, strict=True)] == [True] * 6
