"""``ganstudio translate``: each system's generator over files of the user's, and a sentence for what cannot be."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.cli import main
from ganstudio.commands.run_at import trainer_at
from ganstudio.core.images import pixels
from ganstudio.datasets.scenes import Scenes
from ganstudio.export.translated_files import tasks_of
from ganstudio.training.measuring import Measured

SMALL = {"pix2pix": ["--net-set", "width=4", "--net-set", "width_d=4"],
         "cyclegan": ["--net-set", "width=4", "--net-set", "width_d=4", "--net-set", "blocks=1"],
         "spade": ["--net-set", "width=4", "--net-set", "width_d=4"],
         "stargan": ["--net-set", "width=4", "--net-set", "width_d=4", "--net-set", "blocks=1"]}


@pytest.fixture(scope="module", autouse=True)
def _unmeasured() -> Iterator[None]:
    """What a training measures at its end is of no interest here, and takes most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganstudio.commands.train._measured", lambda _: Measured(measures={}, floors={}))
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("translate")


@pytest.fixture(scope="module")
def own(home: Path) -> Path:
    """Pairs, two kinds and classes in one: a folder with A and B, ten pictures each, of which the second is lighter."""
    rng = np.random.default_rng(0)
    for n in range(10):
        picture = rng.integers(0, 150, (24, 30, 3), dtype=np.uint8)
        for side, more in (("A", 0), ("B", 100)):
            (home / "own" / side).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture + np.uint8(more)).save(home / "own" / side / f"{n}.png")
    return home / "own"


@pytest.fixture(scope="module")
def run_of(home: Path, own: Path) -> Callable[[str, str], str]:
    """A run of three steps of a variant on a data set, trained once."""

    def trained(variant: str, data: str) -> str:
        run = home / f"{variant}-{data}.ganrun"
        if not run.exists():
            of_data = (["--data-set", f"path={own}", "--data-set", "resolution=16"] if "folder" in data else
                       ["--data-set", "count=100"])
            assert main(["train", "--variant", variant, "--data", data, "--steps", "3", "--seed", "1",
                         "--run", str(run), "--set", "batch_size=4", *SMALL[variant], *of_data]) == 0
        return str(run)

    return trained


def made(folder: Path, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(folder / name))


def test_pix2pix_translates_a_folder(run_of: Callable[[str, str], str], own: Path, tmp_path: Path,
                                     capsys: pytest.CaptureFixture[str]) -> None:
    run, source = run_of("pix2pix", "paired-folder"), tmp_path / "in"
    shutil.copytree(own / "A", source / "deep")
    (source / "notes.txt").write_text("none")
    (source / "torn.png").write_bytes((source / "deep" / "0.png").read_bytes()[:40])
    capsys.readouterr()
    assert main(["translate", run, "--input", str(source), "--out", str(tmp_path / "new" / "out")]) == 0
    said = capsys.readouterr()
    assert "10 pictures by the generator of step 3" in said.out
    assert "2 files were skipped: notes.txt is not an image; torn.png is " in said.err
    found = sorted(str(path.relative_to(tmp_path / "new" / "out")) for path in (tmp_path / "new" / "out").rglob("*.*"))
    assert found == [f"deep/{n}.png" for n in range(10)]
    # What is made of a picture is what the run's generator makes of the same one in its data, whatever else is there.
    trainer = trainer_at(Path(run), None)
    source_of_3 = trainer.game.data.batch(torch.tensor([3]), frozenset({"source"})).source
    assert source_of_3 is not None
    expected = pixels(trainer.view.translation.translate(source_of_3).numpy())[0]
    assert np.array_equal(made(tmp_path / "new" / "out", "deep/3.png"), expected) and expected.std() > 0
    assert main(["translate", run, "--input", str(source / "deep" / "3.png"), "--out", str(tmp_path / "one")]) == 0
    assert np.array_equal(made(tmp_path / "one", "3.png"), expected)
    assert main(["translate", run, "--input", str(source / "deep" / "3.png"), "--out", str(tmp_path / "first"),
                 "--at", "0"]) == 0
    assert not np.array_equal(made(tmp_path / "first", "3.png"), expected)


def test_cyclegan_goes_both_ways_at_any_size(run_of: Callable[[str, str], str], own: Path, tmp_path: Path) -> None:
    run = run_of("cyclegan", "unpaired-folders")
    for direction in ("ab", "ba"):
        assert main(["translate", run, "--input", str(own / "A" / "0.png"), "--out", str(tmp_path / direction),
                     "--direction", direction]) == 0
    there, back = made(tmp_path / "ab", "0.png"), made(tmp_path / "ba", "0.png")
    assert there.shape == (16, 16, 3) and not np.array_equal(there, back)
    assert main(["translate", run, "--input", str(own / "A" / "0.png"), "--out", str(tmp_path / "large"),
                 "--size", "24"]) == 0
    assert made(tmp_path / "large", "0.png").shape == (24, 24, 3)


@pytest.mark.parametrize("variant", ["spade", "pix2pix"])
def test_label_maps_are_read_by_the_nearest_brush(run_of: Callable[[str, str], str], variant: str, tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(variant, "scenes")
    labels = np.random.default_rng(0).integers(0, 5, (32, 32))
    painted = np.array(Scenes.brushes, np.uint8)[labels]
    off = painted.astype(int) + np.array([9, -7, 5])
    (tmp_path / "in").mkdir()
    Image.fromarray(painted).save(tmp_path / "in" / "exact.png")
    Image.fromarray(np.repeat(np.repeat(painted, 3, 0), 3, 1)).save(tmp_path / "in" / "large.png")
    Image.fromarray(off.clip(0, 255).astype(np.uint8)).save(tmp_path / "in" / "off.png")
    capsys.readouterr()
    assert main(["translate", run, "--input", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert "nearest brush (sky #78b4f0, water #285ab4" in said and "33.3% of the pixels" in said
    trainer = trainer_at(Path(run), None)
    planes = torch.nn.functional.one_hot(torch.from_numpy(labels), 5).permute(2, 0, 1)[None].float()
    expected = pixels(trainer.view.translation.translate(planes).numpy())[0]
    for name in ("exact.png", "large.png", "off.png"):
        assert np.array_equal(made(tmp_path / "out", name), expected), name


def test_stargan_is_asked_for_attributes(run_of: Callable[[str, str], str], own: Path, tmp_path: Path,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    run, picture = run_of("stargan", "faces"), str(own / "A" / "0.png")
    words = {"a": ["--set", "hair=red", "--set", "glasses=no"], "b": ["--attributes", "hair=3,glasses=no glasses"],
             "c": ["--set", "hair=red", "--set", "glasses=glasses"], "d": ["--set", "beard=beard"]}
    for name, asked in words.items():
        assert main(["translate", run, "--input", picture, "--out", str(tmp_path / name), *asked]) == 0
    a, b, c = (made(tmp_path / name, "0.png") for name in "abc")
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    for wrong, sentence in ((["--set", "hair=green"], "hair = green fits none"), ([], "needs --set NAME=VALUE"),
                            (["--set", "hat=red"], "hat"), (["--direction", "ba", "--set", "hair=red"], "--direction")):
        capsys.readouterr()
        assert main(["translate", run, "--input", picture, "--out", str(tmp_path / "x"), *wrong]) == 2
        said = capsys.readouterr().err
        assert sentence in said.splitlines()[-1]
    assert not (tmp_path / "x").exists()


def test_classes_of_the_users_are_changed(run_of: Callable[[str, str], str], own: Path, tmp_path: Path) -> None:
    run = run_of("stargan", "labelled-folder")
    for name in "AB":
        assert main(["translate", run, "--input", str(own / "A" / "0.png"), "--out", str(tmp_path / name),
                     "--set", f"class={name}"]) == 0
    assert not np.array_equal(made(tmp_path / "A", "0.png"), made(tmp_path / "B", "0.png"))


def test_nothing_is_written_over_and_bad_input_is_a_sentence(
    run_of: Callable[[str, str], str], own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    run, before = run_of("pix2pix", "paired-folder"), {path: path.read_bytes() for path in own.rglob("*.png")}
    empty = tmp_path / "empty"
    empty.mkdir()
    text = tmp_path / "words.txt"
    text.write_text("none")
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "0.png").write_bytes(b"none")
    linked = tmp_path / "linked"
    (linked / "in").mkdir(parents=True)
    shutil.copytree(own / "A", linked / "out")
    shutil.copy(own / "B" / "1.png", linked / "in")
    (linked / "in" / "further").symlink_to(linked / "out")
    long = tmp_path / "long"
    long.mkdir()
    for ending in (".gif", ".png"):
        shutil.copy(own / "A" / "0.png", long / ("x" * 250 + ending))
    picture = str(own / "A" / "0.png")
    for words, sentence in (
        (["--input", str(own / "A"), "--out", str(own / "A")], "is the input folder or inside it"),
        (["--input", str(own), "--out", str(own / "A" / "out")], "is the input folder or inside it"),
        (["--input", picture, "--out", str(own / "A")], "would write over 0.png"),
        (["--input", str(linked / "in"), "--out", str(linked / "out")], "would write over further/1.png"),
        (["--input", str(long), "--out", str(tmp_path / "o")], "a name of more than 255 bytes"),
        (["--input", picture, "--out", ""], "--out takes a path, not ''"),
        (["--input", "", "--out", str(tmp_path / "o")], "--input takes a path, not ''"),
        (["--input", str(empty), "--out", str(tmp_path / "o")], "holds no pictures"),
        (["--input", str(tmp_path / "gone"), "--out", str(tmp_path / "o")], "does not exist"),
        (["--input", str(text), "--out", str(tmp_path / "o")], "cannot be read as a picture"),
        (["--input", str(torn), "--out", str(tmp_path / "o")], "holds no picture that can be translated"),
        (["--input", picture, "--out", str(text)], "is a file: it takes a folder"),
        (["--input", picture, "--out", str(tmp_path / "o"), "--direction", "ba"], "has none: use cyclegan"),
        (["--input", picture, "--out", str(tmp_path / "o"), "--set", "hair=red"], "pix2pix does not"),
        (["--input", picture, "--out", str(tmp_path / "o"), "--size", "22"], "--size 22 does not suit network u-net"),
        (["--input", picture, "--out", str(tmp_path / "o"), "--size", "many"], "--size takes a whole number"),
    ):
        capsys.readouterr()
        assert main(["translate", run, *words]) == 2, words
        said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ganstudio: ")]
        assert len(said) == 1 and sentence in said[0], (words, said)
    assert {path: path.read_bytes() for path in own.rglob("*.png")} == before
    assert (linked / "out" / "1.png").read_bytes() == before[own / "A" / "1.png"]
    assert not (tmp_path / "o").exists()


def test_names_that_differ_in_ending_or_capitals_have_files_of_their_own(tmp_path: Path) -> None:
    names = ["A.gif.bmp", "A.jpg", "a.gif", "a.png"]
    for name in names:
        (tmp_path / name).touch()
    tasks, _ = tasks_of(tmp_path, tmp_path.parent / "out")
    assert [task.name for task in tasks] == names
    assert len({str(task.target).lower() for task in tasks}) == len(names)


def test_a_run_that_translates_nothing_says_so(home: Path, own: Path, tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    run = home / "plain.ganrun"
    assert main(["train", "--variant", "gan", "--data", "ring", "--steps", "1", "--run", str(run)]) == 0
    capsys.readouterr()
    assert main(["translate", str(run), "--input", str(own / "A"), "--out", str(tmp_path / "o")]) == 2
    assert "makes no images of other images" in capsys.readouterr().err


def test_a_run_whose_data_is_gone_translates_still(
    run_of: Callable[[str, str], str], own: Path, tmp_path: Path,
) -> None:
    kept = run_of("pix2pix", "paired-folder")
    away = tmp_path / "pairs"
    shutil.copytree(own, away)
    run = tmp_path / "moved.ganrun"
    assert main(["train", "--variant", "pix2pix", "--data", "paired-folder", "--steps", "3", "--seed", "1", "--run",
                 str(run), "--set", "batch_size=4", *SMALL["pix2pix"], "--data-set", f"path={away}",
                 "--data-set", "resolution=16"]) == 0
    shutil.rmtree(away)
    for name, file in (("kept", kept), ("moved", str(run))):
        assert main(["translate", file, "--input", str(own / "A" / "0.png"), "--out", str(tmp_path / name)]) == 0
    assert np.array_equal(made(tmp_path / "kept", "0.png"), made(tmp_path / "moved", "0.png"))
