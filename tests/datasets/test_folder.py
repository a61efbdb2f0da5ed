"""A user's own images: the controls, what is said, and samples that are the files' own pixels."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.folder import Folder, FolderControls


@pytest.fixture(autouse=True)
def _few_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence lists five files here, so that few are enough to overflow it."""
    monkeypatch.setattr("ganstudio.files.image_folder.LISTED", 5)



@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))


def folder(path: Path, **controls: str) -> Folder:
    return Folder(validated(FolderControls, {"path": str(path), **controls}, of="data set folder"))


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    for n in range(10):
        Image.new("L", (20 + n, 30), 25 * n).save(tmp_path / f"{n}.png")
    return tmp_path


@pytest.mark.parametrize("resolution", ["8", "16", "32", "64", "128", "256"])
@pytest.mark.parametrize(("colour", "channels"), [("rgb", 3), ("grey", 1)])
def test_samples_are_the_pixels_of_the_files(greys: Path, resolution: str, colour: str, channels: int) -> None:
    data = folder(greys, resolution=resolution, colour=colour)
    assert data.kind == "image" and data.shape == (channels, int(resolution), int(resolution))
    assert data.labels is None and not data.warnings and data.skipped == []
    drawn = data.draw(64, torch.Generator().manual_seed(0))
    x = data.gather(drawn)
    assert x.dtype == torch.float32 and x.shape == (64, *data.shape)
    expected = torch.from_numpy(25 * drawn.numpy() / 127.5 - 1).float()[:, None, None, None].expand_as(x)
    torch.testing.assert_close(x, expected, atol=1e-6, rtol=0)
    assert torch.equal(data.sample(64, torch.Generator().manual_seed(0)), x)


def test_the_second_reading_gives_the_same_samples(greys: Path) -> None:
    first, second = (folder(greys).sample(32, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(first, second)


def test_a_mapped_set_is_scaled_for_growing_networks(greys: Path) -> None:
    folder(greys)
    small = folder(greys).resized(4)
    assert small.shape == (3, 4, 4)
    np.testing.assert_array_equal(small.pixels.images[:, 0, 0, 0], 25 * np.arange(10))


def test_what_was_skipped_is_said(greys: Path) -> None:
    for n in range(7):
        (greys / f"bad{n}.jpg").write_text("no picture")
    data = folder(greys)
    assert [name for name, _ in data.skipped] == [f"bad{n}.jpg" for n in range(7)]
    (said,) = data.warnings
    assert said.startswith("7 files were skipped: bad0.jpg is not an image") and said.endswith("; and 2 more")


def test_sub_folders_give_labels(tmp_path: Path) -> None:
    for name in ("oak", "elm"):
        (tmp_path / name).mkdir()
        for n in range(3):
            Image.new("RGB", (9, 9)).save(tmp_path / name / f"{n}.png")
    data = folder(tmp_path, resolution="8")
    assert data.classes == ["elm", "oak"]
    assert data.labels is not None and data.labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_no_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"needs a folder with images: give path=FOLDER"):
        Folder(FolderControls())
    for path, words in ((tmp_path / "none", "does not exist"), (tmp_path, "holds no image that can be read")):
        with pytest.raises(BadInput, match=words):
            folder(path)
    with pytest.raises(BadInput, match="known are 8, 16, 32, 64, 128, 256"):
        folder(tmp_path, resolution="48")


def test_an_archive_gives_the_same_pixels_as_its_folder(greys: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    packed = Path(shutil.make_archive(str(tmp_path_factory.mktemp("packed") / "greys"), "zip", greys))
    np.testing.assert_array_equal(
        folder(packed, resolution="8").pixels.images, folder(greys, resolution="8").pixels.images)
    packed.write_bytes(b"no archive")
    with pytest.raises(BadInput, match="not a ZIP archive"):
        folder(packed)
