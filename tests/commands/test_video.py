"""`ganstudio video`: films are decoded again by PyAV and Pillow; what was cancelled or refused leaves nothing."""

from __future__ import annotations

import functools
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from ganstudio.cli import main
from ganstudio.commands import studio
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import Change, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Array, Points, Samples
from ganstudio.core.runs.view_frames import Frame, packed, unpacked
from ganstudio.export import latent_walk_film, panel_sheet
from ganstudio.export.film import Film
from ganstudio.export.run_story import Moment
from ganstudio.export.video import sparse
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import CELLS, probes_of

TINY: dict[str, Any] = {"width": 4, "depth": 1}


@pytest.fixture(autouse=True)
def unchanged_look(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sheets dress the one application; and the catalogue is built once."""
    monkeypatch.setattr(studio, "kept_catalog", real_catalog)
    font, palette, sheet = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield
    qapp.setFont(font)
    qapp.setPalette(palette)
    qapp.setStyleSheet(sheet)


@functools.cache
def real_catalog() -> Catalog:
    return catalogue()


def record(path: Path, spec: Spec, steps: int = 8, every: int = 1, hands: dict[int, Any] | None = None) -> Path:
    """A run in whose file every so-manieth step can be seen; ``hands`` is done after that many updates."""
    trainer = Trainer(spec)
    recorder = Recorder(path, trainer)
    probes = probes_of(trainer)
    done = dict(hands or {})
    while trainer.game.steps < steps:
        before = trainer.game.steps
        command = done.pop(trainer.game.updates, None)
        if command is not None:
            trainer.apply(command)
        if not isinstance(command, SingleStep):
            trainer.update()
        if trainer.game.steps > before and trainer.game.steps % every == 0:
            recorder.seen(trainer.position, {name: probe.look(trainer.view, CELLS) for name, probe in probes.items()})
    recorder.note(trainer.flush())
    recorder.close()
    return path


def ring(path: Path, **words: Any) -> Path:
    spec = Spec(variant="wgan-gp", data="ring", threads=1, controls={"batch_size": 8}, network_controls=TINY)
    return record(path, spec, **words)


def digits(path: Path, **controls: Any) -> Path:
    spec = Spec(variant="dcgan", data="digits", threads=1, controls={"batch_size": 4, **controls},
                network_controls={"width": 8})
    return record(path, spec, steps=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight steps of WGAN-GP on the ring, each of which can be seen; λ is moved in the middle."""
    return ring(tmp_path_factory.mktemp("runs") / "ring.ganrun", hands={18: Change(name="gp_weight", value=3.0)})


def film(run: Path, out: Path, *words: str, size: str = "320x240", frames: int = 6, status: int = 0) -> None:
    assert main(["video", str(run), "--out", str(out), "--size", size, "--fps", "30", "--seconds", str(frames / 30),
                 *words]) == status


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["video", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "Traceback" not in err
    return str(err)


def decoded(path: Path) -> list[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


# The contract ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_a_film_has_the_frames_the_size_and_the_rate_that_were_asked_for(
    ending: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"film{ending}"
    assert main(["video", str(run), "--out", str(out), "--size", "322x240", "--fps", "24", "--seconds", "0.5",
                 "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["frames"], report["fps"], report["width"], report["height"]) == (12, 24, 322, 240)
    assert report["moments"] == 8
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 24
        frames = list(container.decode(stream))
    assert [(frame.width, frame.height) for frame in frames] == [(322, 240)] * 12
    times = [frame.pts * frame.time_base for frame in frames if frame.pts is not None and frame.time_base is not None]
    assert max(abs(time - Fraction(n, 24)) for n, time in enumerate(times)) <= Fraction(1, 1000)  # WebM counts in ms


def test_a_gif_and_a_sequence_of_pngs(run: Path, tmp_path: Path) -> None:
    film(run, tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as picture:
        assert picture.size == (320, 240)
        lengths = []
        for frame in range(getattr(picture, "n_frames", 1)):
            picture.seek(frame)
            lengths.append(picture.info["duration"])
    assert sum(lengths) == 200
    film(run, tmp_path / "film.png", frames=3)
    names = [f"film-0000{n}.png" for n in (1, 2, 3)]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == names
    with Image.open(tmp_path / names[0]) as picture:
        assert picture.size == (320, 240)


def test_a_part_of_a_run_is_filmed(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []
    usual = panel_sheet.Screen.show

    def show(self: panel_sheet.Screen, moment: Moment, times: int = 1) -> Any:
        shown.extend([moment.position.steps] * times)
        return usual(self, moment, times)

    monkeypatch.setattr(panel_sheet.Screen, "show", show)
    film(run, tmp_path / "film.gif", "--from", "3", "--to", "5")
    assert shown == [3, 3, 4, 4, 5, 5]
    shown.clear()
    film(run, tmp_path / "film.gif", "--pace", "log", frames=4)
    assert shown == [1, 2, 4, 8]


@pytest.mark.parametrize("layout", ["whole", "points", "landscape, curves", "manifold"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_layout_fills_the_sheet(layout: str, theme: str, run: Path, tmp_path: Path) -> None:
    film(run, tmp_path / "film.png", "--layout", layout, "--theme", theme, frames=3)
    first, last = (np.asarray(Image.open(tmp_path / f"film-0000{n}.png").convert("RGB")) for n in (1, 3))
    assert not np.array_equal(first, last)
    assert (first[0, 0] < 128).all() == (theme == "dark")


def test_without_a_kept_catalogue_one_is_built_and_kept(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(studio, "kept_catalog", lambda: None)
    monkeypatch.setattr(studio, "keep_catalog", kept.append)
    film(run, tmp_path / "film.gif", frames=3)
    assert len(kept) == 1


def test_a_film_of_one_step(tmp_path: Path) -> None:
    film(ring(tmp_path / "one.ganrun", steps=1), tmp_path / "film.mp4", frames=5)
    assert len(decoded(tmp_path / "film.mp4")) == 5


def test_a_run_that_is_being_recorded_is_filmed(tmp_path: Path) -> None:
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", threads=1, controls={"batch_size": 8},
                           network_controls=TINY))
    path = tmp_path / "run.ganrun"
    recorder = Recorder(path, trainer)
    try:
        probes = probes_of(trainer)
        for _ in range(3):
            trainer.step()
            recorder.seen(trainer.position, {n: probe.look(trainer.view, CELLS) for n, probe in probes.items()})
        recorder.note(trainer.flush())
        for _ in range(200):  # it commits twice a second
            if sqlite3.connect(path).execute("SELECT count(*) FROM frames WHERE steps = 3").fetchone()[0]:
                break
            threading.Event().wait(0.02)
        film(path, tmp_path / "film.mp4", frames=3)
    finally:
        recorder.close()
    assert len(decoded(tmp_path / "film.mp4")) == 3


# Where little was recorded ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("targets", "moments", "told"), [
    (range(1, 301), range(1, 301, 3), ""),
    (range(1, 301), range(1, 301, 4), "75 moments from step 1 to 300 were recorded, for 300 frames: the film jumps"),
    ([0, 100, 200, 300], [1, 85, 163, 229], "4 moments from step 0 to 300 were recorded, for 4 frames: the film jumps"),
    ([0, 300] * 150, [1], "1 moment from step 0 to 300 was recorded, for 300 frames: the film does not move"),
    ([0, 1, 2, 3], [1, 2, 3], ""),
    ([12] * 30, [1, 12], ""),
    ([12] * 30, [1, 11], "no moment of step 12 was recorded: the film shows the one before"),
    (range(1000, 1100), [1, 900], "no moment from step 1,000 to 1,099 was recorded: the film shows the one before"),
])
def test_a_film_says_what_it_lacks(targets: Sequence[int], moments: Sequence[int], told: str) -> None:
    said = sparse(targets, list(moments))
    assert said.startswith(told) and bool(said) == bool(told)


def test_a_film_of_few_moments_names_the_way_to_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ring(tmp_path / "run.ganrun", steps=12, every=6)
    film(path, tmp_path / "film.gif", "--layout", "points")
    assert capsys.readouterr().err.startswith("note: 2 moments from step 0 to 12 were recorded, for 6 frames: the film "
                                              "jumps from one to the next; --smooth repeats the run")
    film(path, tmp_path / "film.gif", "--layout", "points", "--smooth")
    assert "note" not in capsys.readouterr().err


def test_a_run_that_was_killed_is_filmed_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its terms are committed twice a second, its last checkpoint may be much older."""
    path = ring(tmp_path / "run.ganrun", steps=12)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM checkpoints WHERE id > 1")
        db.execute("DELETE FROM frames WHERE steps > 3")
    db.close()
    film(path, tmp_path / "film.gif", "--layout", "points", "--smooth", "--json", frames=12)
    assert json.loads(capsys.readouterr().out)["moments"] == 12


# Again by replay ---------------------------------------------------------------------------------------------


def test_what_is_done_again_is_what_was_recorded(tmp_path: Path) -> None:
    from ganstudio.core.runs.history import Past
    from ganstudio.export.video import recorded, replayed

    hands = {8: Change(name="gp_weight", value=3.0), 13: SingleStep(player="discriminator"),
             21: Change(name="learning_rate_g", value=0.002), 22: SingleStep(player="generator")}
    path = ring(tmp_path / "run.ganrun", steps=12, hands=hands)
    past = Past(path)
    past.refresh()
    targets = [2, 3, 5, 8, 12, 12]
    names = {"points", "landscape", "boundary"}
    again = list(replayed(path, targets, names, past))
    before = list(recorded(past, targets))
    assert [times for _, times in again] == [times for _, times in before] == [1, 1, 1, 1, 2]
    for (done, _), (seen, _) in zip(again, before, strict=True):
        assert done.position == seen.position
        for name in names:
            assert msgspec.msgpack.encode(done.views[name]) == msgspec.msgpack.encode(seen.views[name])


def test_every_frame_of_a_smooth_film_is_a_moment_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ring(tmp_path / "run.ganrun", steps=12, every=6)
    film(path, tmp_path / "film.png", "--smooth", "--from", "4", "--to", "9", "--json", "--layout", "points")
    assert json.loads(capsys.readouterr().out)["moments"] == 6
    frames = [(tmp_path / f"film-0000{n}.png").read_bytes() for n in range(1, 7)]
    assert len(set(frames)) == 6


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_images_are_done_again_with_and_without_a_running_mean(decay: float, tmp_path: Path) -> None:
    path = digits(tmp_path / "digits.ganrun", ema_decay=decay)
    film(path, tmp_path / "again.png", "--smooth", "--layout", "samples", "--to", "2", "--from", "2", frames=3)
    film(path, tmp_path / "seen.png", "--layout", "samples", "--to", "2", "--from", "2", frames=3)
    again, seen = (np.asarray(Image.open(tmp_path / f"{name}-00001.png").convert("RGB")) for name in ("again", "seen"))
    assert np.array_equal(again[30:200], seen[30:200])  # all but the corner that says which it is
    assert not np.array_equal(again, seen)


# A walk ------------------------------------------------------------------------------------------------------


def test_a_walk_comes_home(tmp_path: Path) -> None:
    path = digits(tmp_path / "digits.ganrun", ema_decay=0.9)
    film(path, tmp_path / "film.mp4", "--interpolate", frames=8)
    assert len(decoded(tmp_path / "film.mp4")) == 8
    walking = latent_walk_film.Walking(path, None)
    assert np.array_equal(walking.images(0.0), walking.images(1.0))


@pytest.mark.parametrize("words", [["--smooth"], ["--layout", "samples"], ["--from", "1"]])
def test_a_walk_films_one_moment(
    words: list[str], run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--interpolate" in refused(capsys, str(run), "--out", str(tmp_path / "x.gif"), "--interpolate", *words)


# Ended before the end ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--smooth"]])
@pytest.mark.parametrize("request_", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "film.png"])
def test_a_film_that_is_ended_leaves_nothing_and_what_was_there(
    name: str, request_: signal.Signals, words: list[str], run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / name
    out.write_bytes(b"old")
    shown = 0
    usual = panel_sheet.Screen.show

    def show(self: panel_sheet.Screen, moment: Moment, times: int = 1) -> Any:
        nonlocal shown
        shown += 1
        if shown == 4:
            os.kill(os.getpid(), request_)
        return usual(self, moment, times)

    monkeypatch.setattr(panel_sheet.Screen, "show", show)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    film(run, out, *words, status=128 + request_)
    assert shown == 4  # the frame was painted to its end, and none after it
    assert [path.name for path in tmp_path.iterdir()] == [name] and out.read_bytes() == b"old"
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_film_that_is_ended_while_it_is_finished_leaves_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganstudio.export import film_gif

    usual, usual_end = film_gif.chosen, Film._end
    films: list[Film] = []

    def end(self: Film) -> None:
        films.append(self)
        usual_end(self)

    def chosen(*words: Any) -> Any:
        """On the film's thread: the request is made, and has reached the first thread, before it goes on."""
        os.kill(os.getpid(), signal.SIGTERM)
        until = time.monotonic() + 30
        while not films[0]._cancelled and time.monotonic() < until:
            time.sleep(0.001)
        return usual(*words)

    monkeypatch.setattr(Film, "_end", end)
    monkeypatch.setattr(film_gif, "chosen", chosen)
    film(run, tmp_path / "film.gif", status=143)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_in_a_sentence(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganstudio.export import film_png

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(film_png, "encoded", full)
    assert "No space left on device" in refused(capsys, str(run), "--out", str(tmp_path / "film.png"), "--size",
                                                "320x240", "--seconds", "0.2")
    assert not list(tmp_path.iterdir())


# What cannot be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "named"), [
    (["nowhere.ganrun"], "nowhere.ganrun is not there"),
    (["RUN", "--out", "x.avi"], "has the ending '.avi'"),
    (["RUN", "--out", "nowhere/x.mp4"], "a folder that does not exist"),
    (["RUN", "--fps", "0"], "--fps = 0 is out of range"),
    (["RUN", "--fps", "1.5"], "--fps takes a whole number"),
    (["RUN", "--fps", "60"], "too many for a GIF"),
    (["RUN", "--seconds", "nan"], "--seconds = nan is out of range"),
    (["RUN", "--seconds", "0"], "--seconds = 0 is out of range"),
    (["RUN", "--size", "big"], "--size takes WIDTHxHEIGHT"),
    (["RUN", "--size", "100x100"], "the width of --size = 100 is out of range"),
    (["RUN", "--size", "321x240", "--out", "x.mp4"], "even widths and heights"),
    (["RUN", "--from", "9"], "--from = 9 is out of range: allowed is 0 to 8"),
    (["RUN", "--from", "5", "--to", "4"], "--to 4 is before --from 5"),
    (["RUN", "--to", "99"], "--to = 99 is out of range: allowed is 0 to 8"),
    (["RUN", "--layout", "nothing"], "nothing"),
    (["RUN", "--layout", "samples"], "cannot be filmed for plane data: allowed are"),
    (["RUN", "--layout", "controls"], "cannot be filmed"),
    (["RUN", "--layout", "points,"], "panel"),
    (["RUN", "--layout", "nothing"], "known are whole, "),
    (["RUN", "--layout", "samples"], ", or 'whole'"),
    (["RUN", "--layout", "points,whole"], "is given alone"),
    (["RUN", "--theme", "pink"], "pink"),
    (["RUN", "--pace", "slow"], "slow"),
    (["RUN", "--interpolate"], "makes no images"),
    (["RUN", "--nonsense"], "--nonsense"),
])
def test_what_cannot_be_is_said_in_a_sentence(
    words: list[str], named: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(run) if word == "RUN" else word for word in words]
    assert named in refused(capsys, *given, *([] if "--out" in words else ["--out", "x.gif"]))
    assert not list(tmp_path.iterdir())


def test_a_film_does_not_take_the_place_of_its_run(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.mp4"
    path.write_bytes(run.read_bytes())
    other = tmp_path / "other.mp4"
    other.symlink_to(path)
    assert "is the run itself" in refused(capsys, str(path), "--out", str(path))
    assert "is the run itself" in refused(capsys, str(path), "--out", str(other))
    assert path.read_bytes() == run.read_bytes()


# Files from anybody ------------------------------------------------------------------------------------------


def changed(run: Path, path: Path, statement: str, *values: Any) -> Path:
    path.write_bytes(run.read_bytes())
    with sqlite3.connect(path) as db:
        db.execute(statement, values)
    db.close()
    return path


def scene_with(run: Path, path: Path, **words: Any) -> Path:
    with sqlite3.connect(run) as db:
        scene = json.loads(db.execute("SELECT value FROM meta WHERE key = 'scene'").fetchone()[0])
    db.close()
    return changed(run, path, "UPDATE meta SET value = ? WHERE key = 'scene'", json.dumps({**scene, **words}))


@pytest.mark.parametrize("words", [
    {"kind": "cube"}, {"low": 2.0, "high": -2.0}, {"low": 0.0, "high": 0.0}, {"low": -1e308, "high": 1e308},
    {"kind": ""},
])
def test_a_scene_that_cannot_be_is_refused(
    words: dict[str, Any], run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scene_with(run, tmp_path / "run.ganrun", **words)
    assert "damaged scene" in refused(capsys, str(path), "--out", str(tmp_path / "x.gif"))


@pytest.mark.parametrize("words", [
    {"kind": "image"}, {"kind": "line"}, {"settings": {}}, {"settings": {"gp_weight": "much", "ema_decay": "x"}},
    {"preset_controls": {"generator_steps": "none"}}, {"units": "x" * 100_000}, {"shape": [1 << 40] * 9},
])
def test_a_scene_of_another_run_is_filmed_as_far_as_it_goes(words: dict[str, Any], run: Path, tmp_path: Path) -> None:
    film(scene_with(run, tmp_path / "run.ganrun", **words), tmp_path / "film.mp4", "--layout", "whole", frames=3)
    assert len(decoded(tmp_path / "film.mp4")) == 3


def frame_as(run: Path, path: Path, view: Any) -> Path:
    """The run with another view under the name of the points' first."""
    body = packed(Frame(name="points", position=Position(steps=1), view=view))
    return changed(run, path, "UPDATE frames SET body = ? WHERE view = 'points' AND steps = 1", body)


def test_views_of_another_kind_and_of_nothing_but_nan_are_shown_as_far_as_they_go(run: Path, tmp_path: Path) -> None:
    pixels = Array.of(np.zeros((3, 8, 8, 1), dtype=np.uint8))
    nothing = Array.of(np.full((5, 2), np.nan, dtype=np.float32))
    far = Array.of(np.full((5, 2), 3e38, dtype=np.float32))
    for view in (Samples(real=pixels, fake=pixels, averaged=False), Points(real=nothing, fake=nothing),
                 Points(real=far, fake=far)):
        path = frame_as(run, tmp_path / "run.ganrun", view)
        film(path, tmp_path / "film.mp4", "--to", "2", "--layout", "points,landscape", frames=3)
        assert len(decoded(tmp_path / "film.mp4")) == 3


def test_more_than_a_panel_can_compare_is_refused_and_not_held(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, many = (Array.of(np.zeros((n, 8, 8, 1), dtype=np.uint8)) for n in (1, 60_000))
    path = frame_as(run, tmp_path / "run.ganrun", Samples(real=one, fake=many, averaged=False))  # 27 GB each with each
    assert "has the shape (60000, 8, 8, 1)" in refused(capsys, str(path), "--out", str(tmp_path / "x.gif"))


def test_damaged_frames_are_said_in_a_sentence(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "x.gif"), "--size", "320x240", "--seconds", "0.2"]
    path = changed(run, tmp_path / "run.ganrun", "UPDATE frames SET body = x'00'")
    assert "damaged frame" in refused(capsys, str(path), *out)
    path = changed(run, tmp_path / "run.ganrun", "DELETE FROM frames")
    assert "--smooth" in refused(capsys, str(path), *out)
    path.write_bytes(b"no run at all")
    assert "is not a GAN Studio run" in refused(capsys, str(path), *out)
    assert [left.name for left in tmp_path.iterdir()] == ["run.ganrun"]


def test_a_landscape_of_nothing_but_nan_is_filmed(run: Path, tmp_path: Path) -> None:
    with sqlite3.connect(run) as db:
        body = db.execute("SELECT body FROM frames WHERE view = 'landscape' AND steps = 2").fetchone()[0]
    db.close()
    frame = unpacked(body)
    view: Any = frame.view
    nan = msgspec.structs.replace(view, values=Array.of(np.full_like(view.values.numpy(), np.nan)),
                                  gradient=Array.of(np.full_like(view.gradient.numpy(), np.inf)))
    path = changed(run, tmp_path / "run.ganrun", "UPDATE frames SET body = ? WHERE view = 'landscape' AND steps = 2",
                   packed(msgspec.structs.replace(frame, view=nan)))
    film(path, tmp_path / "film.mp4", "--from", "1", "--to", "3", frames=3)
    assert len(decoded(tmp_path / "film.mp4")) == 3


def test_a_panel_of_which_nothing_was_recorded_is_left_out_unless_the_run_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Styles lies in front of StyleGAN's runs, and is recorded only while somebody looks at it."""
    shown: list[list[str]] = []

    class Watched(panel_sheet.Screen):
        def __init__(self, story: Any, panels: Any, names: list[str], *rest: Any) -> None:
            shown.append(list(names))
            super().__init__(story, panels, names, *rest)

    monkeypatch.setattr(panel_sheet, "Screen", Watched)
    small: dict[str, Any] = {"latent_dim": 4, "w_dim": 4, "width": 4, "mapping_layers": 1, "resolution": 8}
    path = record(tmp_path / "styles.ganrun", Spec(
        variant="stylegan2", data="digits", threads=1, dtype="float32", memory="contiguous",
        controls={"batch_size": 4}, data_controls={"count": 100}, network_controls=small), steps=2)
    film(path, tmp_path / "film.gif")
    film(path, tmp_path / "smooth.gif", "--smooth")
    assert "styles" not in shown[0] and "samples" in shown[0]
    assert "styles" in shown[1]
