"""`ganstudio video A B …`: films of two to six runs side by side, decoded again; and what cannot be filmed so."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtWidgets import QApplication

from ganstudio.cli import main
from ganstudio.commands import studio
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.export import comparison_sheet
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import CELLS, probes_of
from ganstudio.ui.widgets.image_grid import ImageGrid

Pixels = NDArray[np.uint8]


@functools.cache
def real_catalog() -> Catalog:
    return catalogue()


@pytest.fixture(autouse=True)
def unchanged_look(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sheets dress the one application; and the catalogue is built once."""
    monkeypatch.setattr(studio, "kept_catalog", real_catalog)
    font, palette, sheet = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield
    qapp.setFont(font)
    qapp.setPalette(palette)
    qapp.setStyleSheet(sheet)


def record(path: Path, variant: str, steps: int = 8, *, data: str = "ring", every: int = 1, moved: int = 0) -> Path:
    """A run in whose file each of its steps can be seen; ``moved``: the step before which G's rate is changed."""
    tiny: dict[str, Any] = {"width": 8} if data == "digits" else {"width": 4, "depth": 1}
    trainer = Trainer(Spec(variant=variant, data=data, threads=1, controls={"batch_size": 4}, network_controls=tiny))
    recorder = Recorder(path, trainer)
    probes = probes_of(trainer)
    for step in range(1, steps + 1):
        if step == moved:
            trainer.apply(Change(name="learning_rate_g", value=0.02))
        trainer.step()
        if step % every == 0:
            recorder.seen(trainer.position, {name: probe.look(trainer.view, CELLS) for name, probe in probes.items()})
    recorder.note(trainer.flush())
    recorder.close()
    return path


NAMES = ("gan", "wgan", "wgan-gp", "lsgan", "r1-gan", "hinge-gan")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six runs on the ring; of the second every other step was recorded, and the third ended earlier."""
    folder = tmp_path_factory.mktemp("runs")
    steps, every = {"wgan-gp": 5}, {"wgan": 2}
    return [record(folder / f"c-{at} {name}.ganrun", name, steps.get(name, 8), every=every.get(name, 1),
                   moved=4 if name == "gan" else 0) for at, name in enumerate(NAMES, 1)]


@pytest.fixture
def screens(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The screens that are made, each with what it has shown: head step, cells' words, and ranges."""
    made: list[Any] = []
    usual, usual_init = comparison_sheet.ComparisonScreen.show, comparison_sheet.ComparisonScreen.__init__

    def init(self: Any, *words: Any, **named: Any) -> None:
        usual_init(self, *words, **named)
        self.seen = []
        made.append(self)

    def show(self: Any, shown: Any, times: int = 1) -> Pixels:
        picture = usual(self, shown, times)
        plots = [cell.panel.plot for cell in self._grid.cells if cell.panel.plot is not None]
        self.seen.append((tuple(moment.position.steps for moment, _ in shown), times, list(self._wheres),
                          [(plot.x_range(), plot.y_range()) for plot in plots],
                          [getattr(cell.panel, "_drawn", None) for cell in self._grid.cells], self._captions()[0]))
        return picture

    monkeypatch.setattr(comparison_sheet.ComparisonScreen, "__init__", init)
    monkeypatch.setattr(comparison_sheet.ComparisonScreen, "show", show)
    return made


def film(runs: list[Path], out: Path, *words: str, size: str = "640x480", frames: int = 6) -> None:
    assert main(["video", *map(str, runs), "--out", str(out), "--size", size, "--fps", "30", "--seconds",
                 str(frames / 30), *words]) == 0


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["video", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "Traceback" not in err
    return str(err)


def pictures(folder: Path, frames: int) -> list[Pixels]:
    return [np.asarray(Image.open(folder / f"f-{n:05}.png").convert("RGB")) for n in range(1, frames + 1)]


@pytest.mark.parametrize(("count", "columns", "rows"), [(2, 2, 1), (3, 3, 1), (4, 2, 2), (6, 3, 2)])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_cells_lie_in_a_grid_differ_and_have_the_same_axes_and_colours(
    count: int, columns: int, rows: int, theme: str, runs: list[Path], tmp_path: Path, screens: list[Any],
) -> None:
    film(runs[:count], tmp_path / "f.png", "--theme", theme)
    (screen,) = screens
    places = [cell.geometry().translated(screen._grid.pos()) for cell in screen._grid.cells]
    assert len({place.x() for place in places}) == columns and len({place.y() for place in places}) == rows
    assert len({(place.width(), place.height()) for place in places}) == 1  # to the pixel
    assert not any(a.intersects(b) for a in places for b in places if a is not b)
    shots = pictures(tmp_path, 6)
    cells = [shots[-1][at.top() : at.bottom() + 1, at.left() : at.right() + 1] for at in places]
    assert not any(np.array_equal(a, b) for n, a in enumerate(cells) for b in cells[:n])
    assert not np.array_equal(shots[0], shots[-1])
    for *_, ranges, ends, _ in screen.seen:
        assert np.allclose(ranges, [ranges[0]] * count, rtol=1e-6)
        logits = [at for at, name in enumerate(NAMES[:count]) if name in ("gan", "r1-gan")]
        assert len({ends[at] for at in logits}) == 1
        spans = [ends[at][1] - ends[at][0] for at, name in enumerate(NAMES[:count]) if name in ("wgan", "wgan-gp")]
        assert spans == pytest.approx([spans[0]] * len(spans))


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".gif"])
def test_a_film_of_three_has_its_frames_and_says_what_it_is(
    ending: str, runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / f"f{ending}"
    film(runs[:3], out, "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["runs"] == [str(path) for path in runs[:3]] and "run" not in report
    assert (report["frames"], report["width"], report["height"]) == (6, 640, 480)
    if ending == ".gif":
        with Image.open(out) as picture:
            lengths = []
            for frame in range(getattr(picture, "n_frames", 1)):
                picture.seek(frame)
                lengths.append(picture.info["duration"])
        assert sum(lengths) == 200
    else:
        with av.open(str(out)) as container:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert [frame.shape for frame in frames] == [(480, 640, 3)] * 6


def test_each_run_shows_its_moment_at_the_step_and_stays_where_it_ended(
    runs: list[Path], tmp_path: Path, screens: list[Any],
) -> None:
    film(runs[:3], tmp_path / "f.gif", "--from", "1", frames=8)
    seen = screens[0].seen
    assert [steps for steps, times, *_ in seen for _ in range(times)] == [
        (1, 2, 1), (2, 2, 2), (3, 2, 3), (4, 4, 4), (5, 4, 5), (6, 6, 5), (7, 6, 5), (8, 8, 5)]
    assert seen[2][2] == ["step 3", "step 2", "step 3"]
    assert seen[-1][2] == ["step 8", "step 8", "ended at step 5"]
    assert seen[1][5][1] is False and seen[2][5] == ("G rate α_G = 0.0005 / 0.0005 / 0.002 → 0.02 / 0.0005 / 0.002",
                                                     True)


def test_runs_seen_at_the_same_steps_say_them_once(runs: list[Path], tmp_path: Path, screens: list[Any]) -> None:
    film([runs[0], runs[3]], tmp_path / "f.gif", "--smooth", frames=3)
    assert all(wheres == ["", ""] for _, _, wheres, *_ in screens[0].seen)


def test_what_is_repeated_is_what_was_recorded(runs: list[Path], tmp_path: Path) -> None:
    """All but the words in the corner, and without the steps of the cells."""
    for name, words in (("a", ()), ("b", ("--smooth",))):
        (tmp_path / name).mkdir()
        film([runs[0], runs[3]], tmp_path / name / "f.png", "--from", "2", "--layout", "landscape", *words, frames=3)
    for one, other in zip(pictures(tmp_path / "a", 3), pictures(tmp_path / "b", 3), strict=True):
        assert np.array_equal(one[:440], other[:440])


def test_a_run_that_diverged_says_so_and_leaves_the_axes_of_the_others(tmp_path: Path, screens: list[Any]) -> None:
    good = record(tmp_path / "good.ganrun", "gan")
    trainer = Trainer(Spec(variant="wgan", data="ring", threads=1, controls={"batch_size": 4, "learning_rate_d": 1.0},
                           network_controls={"width": 4, "depth": 1}))
    recorder = Recorder(tmp_path / "bad.ganrun", trainer)
    probes = probes_of(trainer)
    trainer.step()
    recorder.seen(trainer.position, {name: probe.look(trainer.view, CELLS) for name, probe in probes.items()})
    recorder.note([batch_with_nan(batch) for batch in trainer.flush()])
    recorder.close()
    film([good, tmp_path / "bad.ganrun"], tmp_path / "f.gif", "--layout", "points-over-landscape")
    assert screens[0].seen[-1][2][1].startswith("diverged at step 1")
    assert screens[0]._members[1].run.last_diverged is not None
    assert len(screens[0]._grid._links["points-over-landscape"]._plots) == 1


def batch_with_nan(batch: Any) -> Any:
    import msgspec

    from ganstudio.core.protocol.views import Array

    values = batch.values.numpy().copy()
    values[-1] = np.nan
    return msgspec.structs.replace(batch, values=Array.of(values))


def test_a_folder_with_the_runs_of_a_comparison_is_filmed(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    words = ["--data", "ring", "--steps", "3", "--net-set", "width=4", "--net-set", "depth=1", "--set", "batch_size=8"]
    assert main(["train", "--compare", "gan,wgan", *words, "--run", str(folder)]) == 0
    capsys.readouterr()
    film([folder], tmp_path / "f.mp4", "--json", frames=3)
    assert [Path(name).name for name in json.loads(capsys.readouterr().out)["runs"]] == [
        "comparison-1 gan.ganrun", "comparison-2 wgan.ganrun"]


@pytest.mark.parametrize(("layout", "panel", "curves"), [
    ("whole", "points-over-landscape", 3), ("landscape", "landscape", 0), ("loss", "points-over-landscape", 1),
    ("quality, landscape,loss", "landscape", 2)])
def test_layouts_name_a_panel_and_curves(
    layout: str, panel: str, curves: int, runs: list[Path], tmp_path: Path, screens: list[Any],
) -> None:
    film(runs[:2], tmp_path / "f.gif", "--layout", layout, frames=3)
    assert screens[0]._grid.chosen == panel and len(screens[0]._overlays) == curves


def test_images_are_filmed_side_by_side_without_the_users_anchors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], screens: list[Any],
) -> None:
    found = [record(tmp_path / f"{name}.ganrun", name, 2, data="digits") for name in ("dcgan", "wgan-gp")]
    film(found, tmp_path / "f.png", frames=3)
    shot = pictures(tmp_path, 3)[-1]
    assert not np.array_equal(shot[60:300, 10:310], shot[60:300, 330:630])
    grids = screens[0]._grid.findChildren(ImageGrid)
    assert len(grids) == 4 and all(grid._marks == {} for grid in grids)
    ring = record(tmp_path / "ring.ganrun", "gan", 1)
    assert ("ring.ganrun one on points on the plane: runs that are filmed side by side are on data of one kind"
            in refused(capsys, str(found[0]), str(ring), "--out", str(tmp_path / "x.gif")))


def test_what_cannot_be_is_said_in_a_sentence(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sqlite3

    monkeypatch.chdir(tmp_path)
    first, second = map(str, runs[:2])
    blind = record(tmp_path / "blind.ganrun", "gan", 2)
    with sqlite3.connect(blind) as db:
        db.execute("DELETE FROM frames")
    db.close()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.ganrun").symlink_to(runs[0])
    for words, named in [
        ([first, first], "is given twice: each cell of the film shows another run"),
        ([first, "link.ganrun"], "is given twice, also as"),
        ([*map(str, runs), str(blind)], "7 runs are given: a film shows one run, or 2 to 6 side by side"),
        ([first, "nowhere.ganrun"], "nowhere.ganrun is not there"),
        ([first, str(blind)], "blind.ganrun holds no pictures: --smooth makes them"),
        (["empty"], "empty is a folder: a run is a file, whose name ends in .ganrun, and none is in it"),
        ([first, "empty"], "empty is a folder"),
        ([first, second, "--interpolate"], "the latents of one run, and 2 are given"),
        ([first, second, "--to", "9"], "--to = 9 is out of range: allowed is 0 to 8"),
        ([first, second, "--from", "5", "--to", "4"], "--to 4 is before --from 5"),
        ([first, second, "--layout", "controls"], "unknown panel of a comparison 'controls'"),
        ([first, second, "--layout", "points,landscape"], "names 2 panels: the cells of a comparison all show one"),
        ([first, second, "--layout", "loss,whole"], "is given alone"),
    ]:
        assert named in refused(capsys, *words, "--out", "x.gif"), words
    assert not list(tmp_path.glob("x*"))
    kept = runs[1].read_bytes()
    assert refused(capsys, first, second, "--out", second)
    assert runs[1].read_bytes() == kept
