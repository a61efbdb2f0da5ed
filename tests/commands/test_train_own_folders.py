"""``ganstudio train`` on folders of the user's: what is skipped is listed, and what cannot be is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.cli import main
from ganstudio.training.measuring import Measured

SYSTEMS = {"paired-folder": ("pix2pix", []), "unpaired-folders": ("cyclegan", ["--net-set", "blocks=1"]),
           "labelled-folder": ("stargan", ["--net-set", "blocks=1"])}
every_folder = pytest.mark.parametrize("data", SYSTEMS)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a training measures at its end is of no interest here, and takes most of its time."""
    monkeypatch.setattr("ganstudio.commands.train._measured", lambda _: Measured(measures={}, floors={}))
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("GANSTUDIO_HOME", str(home))
    return home


def picture(path: Path, size: tuple[int, int] = (20, 20), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = (0, 255, 255) if mode == "RGB" else (255, 0, 0, 0)  # cyan, in light and in ink
    Image.new(mode, size, colour).save(path)


def train(data: str, folder: Path, run: Path, *words: str) -> int:
    variant, network = SYSTEMS[data]
    return main(["train", "--variant", variant, "--data", data, "--data-set", f"path={folder}", "--data-set",
                 "resolution=16", "--steps", "1", "--set", "batch_size=2", "--net-set", "width=4", "--net-set",
                 "width_d=4", "--device", "cpu", "--threads", "1", *network, "--run", str(run), *words])


@every_folder
def test_what_was_skipped_is_listed_with_its_reason(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "own"
    for n in range(3):
        picture(root / "A" / f"{n}.png")
        picture(root / "B" / f"{n}.png")
    picture(root / "A" / "ink.jpg", mode="CMYK")
    picture(root / "B" / "ink.tif", mode="CMYK")
    picture(root / "A" / "alone.png")
    picture(root / "A" / "wide.png", (30, 20))
    picture(root / "B" / "wide.png")
    (root / "B" / "notes.txt").write_text("none")
    (root / "B" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "B" / "empty.png").write_bytes(b"")
    skipped = ["B/empty.png is empty", "B/notes.txt is not an image", "B/torn.png is not an image"]
    if data == "paired-folder":
        skipped = ["A/alone.png has no partner in B", "A/wide.png is 30 x 20 px and its partner 20 x 20 px",
                   "B/empty.png has no partner in A", "B/notes.txt is not an image", "B/torn.png has no partner in A"]
    sentence = f"{len(skipped)} files were skipped: {'; '.join(skipped)}"
    assert train(data, root, tmp_path / "x.ganrun", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["notes"] == [sentence]
    assert f"note: {sentence}\n" in err
    assert train(data, root, tmp_path / "y.ganrun") == 0, "the pixels come from the cache now"
    assert f"note: {sentence}\n" in capsys.readouterr().err


@every_folder
@pytest.mark.parametrize("case", ["nowhere", "empty", "text", "one", "damaged"])
def test_where_nothing_is_left_one_sentence_says_so_and_nothing_is_made(
    data: str, case: str, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "own"
    if case != "nowhere":
        root.mkdir()
    if case == "text":
        (root / "notes.txt").write_text("none")
    if case == "one":
        picture(root / "A" / "0.png")
    if case == "damaged":
        for side in "AB":
            for n in range(3):
                (root / side).mkdir(exist_ok=True)
                (root / side / f"{n}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert train(data, root, tmp_path / "x.ganrun", "--json") == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith(f"ganstudio: the {data.partition('-')[0]} folder ")
    assert str(root) in err and ("does not exist" in err or "need" in err)
    assert [path.name for path in tmp_path.iterdir() if path != root] == []
    assert [path for path in home.rglob("*") if path.is_file() and path.stat().st_size > 0] == []


@every_folder
@pytest.mark.parametrize("ending", ["jpg", "tif"])
def test_ink_is_read_as_it_looks(data: str, ending: str, tmp_path: Path) -> None:
    from ganstudio.core.control import validated
    from ganstudio.training.resolve_spec import datasets

    for side in "AB":
        for n in range(2):
            picture(tmp_path / side / f"{n}.{ending}", mode="CMYK")
    leaf = datasets()[data]
    made: Any = leaf(validated(leaf.controls_type(), {"path": str(tmp_path), "resolution": "16"}, of="data"))
    batch = made.batch(made.draw(4, torch.Generator().manual_seed(0)))
    assert np.abs(batch.x.numpy() - np.array([-1, 1, 1], np.float32)[:, None, None]).max() < 0.05
    assert made.warnings == ()
