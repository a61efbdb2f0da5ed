"""A run on the user's own images notices that they have changed, says how, and is left as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ganstudio.cli import main
from ganstudio.training.measuring import Measured

WORDS = ["--variant", "dcgan", "--data", "folder", "--data-set", "resolution=16", "--net-set", "width=4", "--dtype",
         "float32", "--memory", "contiguous", "--set", "batch_size=4"]


@pytest.fixture(scope="module", autouse=True)
def _unmeasured() -> Iterator[None]:
    """What a training measures at its end is of no interest here, and takes most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganstudio.commands.train._measured", lambda _: Measured(measures={}, floors={}))
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "k"
    place.mkdir()
    for index in range(12):
        Image.new("RGB", (40, 40), (20 * index, 255 - 20 * index, 60)).save(place / f"img{index:03}.png")
    return place


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "k.ganrun"
    assert main(["train", *WORDS, "--data-set", f"path={folder}", "--steps", "10", "--run", str(path)]) == 0
    return path


def resumed_hash(run: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["train", "--resume", str(run), "--steps", "2"]) == 0
    return capsys.readouterr().out.split("hash ")[1][:16]


@pytest.mark.parametrize("change", ["fewer", "more", "other"])
def test_what_needs_the_images_is_refused_and_nothing_is_lost(
    change: str, run: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    unharmed = Path(shutil.copy(run, tmp_path / "unharmed.ganrun"))
    kept = Path(shutil.move(folder / "img003.png", tmp_path / "keep.png"))
    if change == "more":
        shutil.copy(kept, folder / "img003.png")
        shutil.copy(kept, folder / "img999.png")
    elif change == "other":
        Image.new("RGB", (40, 40), (1, 2, 3)).save(folder / "img003.png")
    how = {"fewer": "there were 12, and there are 11", "more": "there were 12, and there are 13",
           "other": "there are still 12, but others"}[change]
    before = run.read_bytes()
    for words in (["train", "--resume", str(run), "--steps", "5"], ["replay", str(run)],
                  ["branch", str(run), "--at", "10", "--run", str(tmp_path / "b.ganrun")],
                  ["branch", str(run), "--at", "4", "--run", str(tmp_path / "b.ganrun")]):
        capsys.readouterr()
        assert main(words) == 2
        said = capsys.readouterr().err
        assert str(folder) in said and how in said and "put the earlier ones back" in said
    assert run.read_bytes() == before
    assert main(["sample", str(run), "--n", "4", "--out", str(tmp_path / "s.png")]) == 0, "a checkpoint is served"
    (folder / "img999.png").unlink(missing_ok=True)
    shutil.move(kept, folder / "img003.png")
    capsys.readouterr()
    assert main(["replay", str(run)]) == 0
    assert "identical" in capsys.readouterr().out
    assert resumed_hash(run, capsys) == resumed_hash(unharmed, capsys)


def test_a_folder_is_found_from_anywhere_and_beside_the_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", *WORDS, "--data-set", "path=k", "--steps", "3", "--run", "k.ganrun"]) == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert main(["replay", str(tmp_path / "k.ganrun")]) == 0, "from another folder"
    shutil.move(folder, elsewhere / "k")
    shutil.move(tmp_path / "k.ganrun", elsewhere / "k.ganrun")
    monkeypatch.chdir(tmp_path)
    assert main(["replay", str(elsewhere / "k.ganrun")]) == 0, "both were moved together"
