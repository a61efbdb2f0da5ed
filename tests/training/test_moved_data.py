"""A run whose images were moved: the user says where they lie now, and what needs no image needs no folder."""

from __future__ import annotations

import queue
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli import main
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.format import KeptData
from ganstudio.core.runs.reader import RunReader, are_images
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.measuring import Measured

SIZE = ["--data", "folder", "--data-set", "resolution=16", "--net-set", "width=4", "--dtype", "float32", "--memory",
        "contiguous", "--set", "batch_size=4", "--steps", "6"]
WAY_OUT = "say with --data-path FOLDER where they lie now"


@pytest.fixture(scope="module", autouse=True)
def _unmeasured() -> Iterator[None]:
    """What a training measures at its end is of no interest here, and takes most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganstudio.commands.train._measured", lambda _: Measured(measures={}, floors={}))
        yield


def fill(place: Path, blue: int) -> None:
    place.mkdir(parents=True)
    for index in range(6):
        Image.new("RGB", (20, 20), (20 * index, 255 - 20 * index, blue)).save(place / f"img{index:03}.png")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, k without and lab with labels, whose images have been moved since; in ``here`` they were."""
    place = tmp_path_factory.mktemp("moved")
    fill(place / "here" / "k", 60)
    for blue, name in ((60, "first"), (200, "second")):
        fill(place / "here" / "lab" / name, blue)
    for name, variant in (("k", "dcgan"), ("lab", "cgan")):
        assert main(["train", "--variant", variant, *SIZE, "--data-set", f"path={place / 'here' / name}",
                     "--run", str(place / f"{name}.ganrun")]) == 0
    for name in ("k", "lab"):
        assert main(["sample", str(place / f"{name}.ganrun"), "--n", "40", "--out", str(place / f"{name}.npz")]) == 0
    shutil.move(place / "here", place / "there")
    fill(place / "other", 90)
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """Copies of the runs, each test's own; the images lie in ``there``."""
    for name in ("k", "lab"):
        shutil.copy(made / f"{name}.ganrun", tmp_path)
    (tmp_path / "there").symlink_to(made / "there")
    return tmp_path


def test_what_needs_the_images_names_the_option(place: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(place / "k.ganrun")
    before = Path(run).read_bytes()
    for words in (["train", "--resume", run, "--steps", "2"], ["replay", run], ["measure", run, "--samples", "100"],
                  ["branch", run, "--at", "6", "--run", str(place / "b.ganrun")],
                  ["sample", run, "--at", "3", "--out", str(place / "s.png")],
                  ["video", run, "--smooth", "--out", str(place / "f.gif")],
                  ["export", run, "--out", str(place / "r.html")]):
        capsys.readouterr()
        assert main(words) == 2, words
        said = capsys.readouterr().err
        assert str(made / "here" / "k") in said and WAY_OUT in said and said.count("\n") == 1, words
    assert Path(run).read_bytes() == before and not list(place.glob("b.ganrun*"))


def test_what_needs_no_image_works_without_the_folder(place: Path, made: Path) -> None:
    for name in ("k", "lab"):
        run = str(place / f"{name}.ganrun")
        assert main(["sample", run, "--n", "40", "--out", str(place / f"{name}.npz")]) == 0
        with np.load(place / f"{name}.npz") as now, np.load(made / f"{name}.npz") as then:
            assert set(now) == set(then)
            assert all((now[key] == then[key]).all() for key in now), "as with the folder"
    assert main(["sample", str(place / "lab.ganrun"), "--label", "second", "--out", str(place / "s.png")]) == 0
    assert main(["export", str(place / "k.ganrun"), "--out", str(place / "g.safetensors")]) == 0
    walk = ["--interpolate", "--seconds", "0.1", "--fps", "10", "--size", "320x240", "--out", str(place / "w.gif")]
    assert main(["video", str(place / "k.ganrun"), *walk]) == 0


def test_the_new_place_is_checked_and_kept(place: Path, made: Path, capsys: pytest.CaptureFixture[str],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    run, new = str(place / "k.ganrun"), ["--data-path", "there/k"]
    monkeypatch.chdir(place)
    for folder, said in (("other", "holds other images"), ("there/lab", "which were 6 images, and these are 12"),
                         ("nowhere", "--data-path nowhere is not there")):
        capsys.readouterr()
        target = str(made / folder) if folder == "other" else folder
        assert main(["sample", run, "--out", str(place / "s.png"), "--data-path", target]) == 2
        assert said in capsys.readouterr().err
    assert main(["replay", run, *new]) == 0
    assert main(["branch", run, "--at", "3", "--run", str(place / "b.ganrun"), *new]) == 0
    assert main(["train", "--resume", run, "--steps", "2", *new]) == 0
    monkeypatch.chdir(made)
    for name in ("k", "b"):
        reader = RunReader(place / f"{name}.ganrun")
        assert reader.spec().data_controls["path"] == str(place / "there" / "k")
        reader.close()
        assert main(["replay", str(place / f"{name}.ganrun")]) == 0, "it remembers the new place"


def test_runs_that_read_no_files_and_new_ones_have_no_such_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    run = str(tmp_path / "ring.ganrun")
    small = ["train", "--variant", "gan", "--data", "ring", "--net-set", "width=8", "--steps", "2"]
    assert main([*small, "--data-path", str(tmp_path)]) == 2
    assert "goes with --resume" in capsys.readouterr().err
    assert main([*small, "--run", run]) == 0
    assert main(["replay", run, "--data-path", str(tmp_path)]) == 2
    assert "its data set ring reads no files of yours" in capsys.readouterr().err
    assert main(["--data-path", str(tmp_path)]) == 2
    assert "goes with RUN.ganrun" in capsys.readouterr().err


def test_many_own_points_are_found_where_they_lie_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ganstudio.files.own_points.MAX_POINTS", 100)  # these are too many to be kept
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).normal(size=(50, 2)))
    np.save(tmp_path / "others.npy", np.random.default_rng(1).normal(size=(50, 2)))
    run = str(tmp_path / "p.ganrun")
    assert main(["train", "--variant", "gan", "--data", "points", "--data-set", f"file={tmp_path / 'mine.npy'}",
                 "--net-set", "width=8", "--steps", "2", "--run", run]) == 0
    (tmp_path / "new").mkdir()
    shutil.move(tmp_path / "mine.npy", tmp_path / "new" / "mine.npy")
    capsys.readouterr()
    assert main(["replay", run]) == 2
    assert "say with --data-path FILE" in capsys.readouterr().err
    assert main(["replay", run, "--data-path", str(tmp_path / "others.npy")]) == 2
    assert "holds other points" in capsys.readouterr().err
    assert main(["replay", run, "--data-path", str(tmp_path / "new")]) == 0, "the folder of the file"


def test_the_engine_says_that_data_is_missing_and_takes_the_new_place(place: Path) -> None:
    events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    thread = TrainingThread(events.put)
    thread.start()
    try:
        for number, path, kind in ((1, "", m.Refused), (2, str(place / "there" / "k"), m.Started)):
            thread.post(m.Start(run=number, spec=Spec(), playing=False, file=str(place / "k.ganrun"), data_path=path))
            event = events.get(timeout=30)
            while isinstance(event, m.Loading):
                event = events.get(timeout=30)
            assert isinstance(event, kind), event
            if isinstance(event, m.Refused):
                assert event.needs_data and "--data-path" not in event.reason
            elif isinstance(event, m.Started):
                assert event.spec.data_controls["path"] == str(place / "there" / "k")
    finally:
        thread.end()
        thread.join()


@pytest.mark.parametrize("kept", [
    KeptData(count=2, sha256="", shape=[3, 1 << 40, 1 << 40]), KeptData(count=2, sha256="", shape=[3, 16]),
    KeptData(count=2, sha256="", shape=[1, 16, 16], counts=[-1, 3]), KeptData(count=2, sha256="", counts=[7]),
    KeptData(count=2, sha256="", classes=["\x1b[2J"]), KeptData(count=2, sha256="", shape=[3, 0, 0]),
], ids=str)
def test_words_on_images_that_cannot_be_are_refused(kept: KeptData) -> None:
    assert not are_images(kept)


def test_a_run_of_one_picture_asks_for_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    for name in ("mine", "other"):
        Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(tmp_path / f"{name}.png")
    run, own = str(tmp_path / "s.ganrun"), tmp_path / "mine.png"
    assert main(["train", "--variant", "singan", "--data", "one-image", "--data-set", f"path={own}", "--data-set",
                 "longest_side=24", "--set", "iterations_per_scale=2", "--net-set", "width=4", "--dtype", "float32",
                 "--memory", "contiguous", "--steps", "4", "--run", run]) == 0
    (tmp_path / "new").mkdir()
    moved = shutil.move(own, tmp_path / "new" / "me.png")

    def refused(*words: str) -> str:
        capsys.readouterr()
        assert main(["replay", run, *words]) == 2, words
        return capsys.readouterr().err

    said = refused()
    assert f"the picture that this run was trained on is not at {own} any more: say with --data-path FILE" in said
    said = refused("--data-path", str(tmp_path / "other.png"))
    assert "is another picture than" in said and "--data-path takes the file of that one" in said
    assert main(["replay", run, "--data-path", str(moved)]) == 0
    shutil.copy(tmp_path / "other.png", own)
    assert "put the earlier one back, or say with --data-path FILE where it lies now" in refused()
