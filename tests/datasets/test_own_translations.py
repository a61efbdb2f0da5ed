"""A user's own pairs, two kinds and classes of images: what is read, what is left out, and what is said of it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.core.control import validated
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.core.runs.moved_data import NeedsData, images_may_be_absent, missing
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.labelled_folder import LabelledFolder
from ganstudio.datasets.paired_folder import PairedFolder
from ganstudio.datasets.unpaired_folders import UnpairedFolders
from ganstudio.measures.attributes import AttributesMeasure
from ganstudio.measures.translation import TranslationMeasure
from ganstudio.measures.true_error import TrueErrorMeasure

SOURCE = frozenset({"source"})
N = 6


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))


def made(leaf: Any, path: Path, **controls: str) -> Any:
    return leaf(validated(leaf.controls_type(), {"path": str(path), "resolution": "16", **controls}, of="data"))


def plain(path: Path, level: int, size: tuple[int, int] = (20, 20)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (level, level, level)).save(path)


def two_folders(root: Path, a: str = "A", b: str = "B") -> Path:
    """Pairs of which the second is 100 levels lighter."""
    for n in range(N):
        plain(root / a / f"{n}.png", 10 * n)
        plain(root / b / f"{n}.png", 10 * n + 100)
    return root


def side_by_side(root: Path) -> Path:
    for n in range(N):
        picture = np.full((20, 40, 3), 10 * n, np.uint8)
        picture[:, 20:] += 100
        root.mkdir(exist_ok=True)
        Image.fromarray(picture).save(root / f"{n}.png")
    return root


def levels(images: torch.Tensor) -> list[int]:
    """The level of each plain image."""
    bytes_ = ((images + 1) * 127.5).round()
    assert torch.equal(bytes_.amin((1, 2, 3)), bytes_.amax((1, 2, 3)))
    return bytes_[:, 0, 0, 0].int().tolist()


@pytest.mark.parametrize("lay", [two_folders, side_by_side,
                                 lambda root: two_folders(root, "trainA", "trainB")])
@pytest.mark.parametrize(("direction", "apart"), [("a to b", 100), ("b to a", -100)])
def test_an_image_goes_with_its_own_source(tmp_path: Path, lay: Any, direction: str, apart: int) -> None:
    data = made(PairedFolder, lay(tmp_path / "pairs"), direction=direction)
    assert data.shape == data.source_shape == (3, 16, 16) and data.warnings == () and data.pairs
    batch = data.batch(data.draw(50, torch.Generator().manual_seed(0), SOURCE), SOURCE)
    images, sources = levels(batch.x), levels(batch.source)
    assert [image - source for image, source in zip(images, sources, strict=True)] == [apart] * 50
    assert len(set(images)) == N
    assert data.examples(4, "unseen", SOURCE) is None, "the truth of a source of the user's is made up by nobody"
    small = data.resized(8)
    assert small.batch(torch.tensor([1]), SOURCE).source.shape == (1, 3, 8, 8)


def test_nothing_of_one_half_comes_into_the_other(tmp_path: Path) -> None:
    """Half a picture black, half white: scaling down must mix nothing across the middle."""
    for n in range(2):
        picture = np.zeros((64, 128, 3), np.uint8)
        picture[:, 64:] = 255
        Image.fromarray(picture).save(tmp_path / f"{n}.png")
    data = made(PairedFolder, tmp_path, resolution="8")
    assert data.sources.max() == 0 and data.pixels.images.min() == 255


def test_both_of_a_pair_are_cut_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for n in range(2):
        picture = rng.integers(0, 256, (30, 48, 3), dtype=np.uint8)
        for side in "AB":
            (tmp_path / side).mkdir(exist_ok=True)
            Image.fromarray(picture).save(tmp_path / side / f"{n}.png")
    for crop in ("centre", "fit", "stretch"):
        data = made(PairedFolder, tmp_path, crop=crop)
        assert np.array_equal(data.sources, data.pixels.images)


def test_partners_may_have_other_endings_and_lie_in_an_archive(tmp_path: Path) -> None:
    folder = two_folders(tmp_path / "pairs")
    Image.open(folder / "B" / "0.png").save(folder / "B" / "0.bmp")
    (folder / "B" / "0.png").unlink()
    packed = tmp_path / "pairs.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, f"pairs/{file.relative_to(folder)}")
    loose, from_archive = made(PairedFolder, folder), made(PairedFolder, packed)
    assert len(loose.sources) == N
    assert np.array_equal(loose.sources, from_archive.sources)
    assert np.array_equal(loose.pixels.images, from_archive.pixels.images)
    assert loose.identity() == from_archive.identity()


def test_what_is_no_pair_is_left_out_and_said(tmp_path: Path) -> None:
    root = two_folders(tmp_path / "pairs")
    plain(root / "A" / "wide.png", 5, (30, 20))
    plain(root / "B" / "wide.png", 5)
    plain(root / "A" / "alone.png", 5)
    plain(root / "B" / "single.png", 5)
    plain(root / "A" / "torn.png", 5)
    plain(root / "B" / "torn.png", 5)
    torn = (root / "B" / "torn.png")
    torn.write_bytes(torn.read_bytes()[:30])
    (root / "A" / "notes.txt").write_text("none")
    data = made(PairedFolder, root)
    said = dict(data.skipped)
    assert len(data.sources) == len(data.pixels.images) == N
    assert said["A/wide.png"] == "is 30 x 20 px and its partner 20 x 20 px"
    assert said["A/alone.png"] == "has no partner in B" and said["B/single.png"] == "has no partner in A"
    assert said["A/torn.png"] == "has a partner that cannot be used" and said["B/torn.png"].startswith("is ")
    assert said["A/notes.txt"] == "is not an image"
    assert len(said) == 6 and data.warnings[0].startswith("6 files were skipped: ")
    assert made(PairedFolder, root).skipped == data.skipped, "from the cache as well"


def test_cmyk_and_16_bit_are_read(tmp_path: Path) -> None:
    for n in range(2):
        (tmp_path / "A").mkdir(exist_ok=True)
        (tmp_path / "B").mkdir(exist_ok=True)
        Image.new("CMYK", (20, 20), (0, 0, 0, 0)).save(tmp_path / "A" / f"{n}.tif")
        Image.fromarray(np.full((20, 20), 4095 * (1 - n), np.uint16)).save(tmp_path / "B" / f"{n}.png")
    data = made(PairedFolder, tmp_path)
    assert data.sources.min() == 255, "no ink is white"
    assert data.pixels.images[0].min() == 255 and data.pixels.images[1].max() == 0
    assert len(data.warnings) == 1 and "16" in data.warnings[0]


def test_an_odd_width_cannot_be_halved(tmp_path: Path) -> None:
    root = side_by_side(tmp_path / "pairs")
    plain(root / "odd.png", 3, (41, 20))
    assert dict(made(PairedFolder, root).skipped) == {
        "odd.png": "is 41 px wide: two pictures side by side have an even width"}


def refused(leaf: Any, path: Path, sentence: str) -> None:
    with pytest.raises(BadInput) as fault:
        made(leaf, path)
    assert sentence in str(fault.value) and "\n" not in str(fault.value)


def test_folders_that_hold_no_pairs_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(PairedFolder, tmp_path / "empty", "holds no pair of images that can be used: at least 2 are needed")
    (tmp_path / "empty" / "notes.txt").write_text("none")
    refused(PairedFolder, tmp_path / "empty", "at least 2 are needed; 1 file was skipped: notes.txt is not an image")
    both = two_folders(tmp_path / "both")
    plain(both / "beside.png", 3, (40, 20))
    refused(PairedFolder, both, "images beside them (beside.png): it is laid out in one way or the other")
    plain(tmp_path / "one" / "0.png", 3, (40, 20))
    refused(PairedFolder, tmp_path / "one", "holds only one pair of images that can be used")
    plain(tmp_path / "other" / "A" / "0.png", 3)
    plain(tmp_path / "other" / "B" / "1.png", 3)
    refused(PairedFolder, tmp_path / "other", "holds no pair of images that can be used: at least 2 are needed; 2 "
                                              "files were skipped: A/0.png has no partner in B; B/1.png has no partner")
    plain(tmp_path / "half" / "A" / "0.png", 3)
    refused(PairedFolder, tmp_path / "half", "none in a folder B: both need images")
    mixed = two_folders(two_folders(tmp_path / "mixed"), "trainA", "trainB")
    refused(PairedFolder, mixed, "holds A and trainA: give a folder that holds one pair of folders")
    for n in range(3):
        plain(tmp_path / "sizes" / "A" / f"{n}.png", 3)
        plain(tmp_path / "sizes" / "B" / f"{n}.png", 3, (30, 30))
    refused(PairedFolder, tmp_path / "sizes", "holds no pair of images that can be used: at least 2 are needed; 3 fi")
    refused(PairedFolder, tmp_path / "nowhere", "does not exist")


def test_two_kinds_are_drawn_apart(tmp_path: Path) -> None:
    for n in range(40):
        plain(tmp_path / "horses" / f"{n}.png", n)
    for n in range(30):
        plain(tmp_path / "zebras" / f"{n}.png", 100 + n)
    data = made(UnpairedFolders, tmp_path)
    assert len(data.sources) == 40 and len(data.pixels.images) == 30
    drawn = data.draw(4000, torch.Generator().manual_seed(0), SOURCE)
    assert drawn.shape == (4000, 2)
    assert abs(np.corrcoef(drawn.numpy().T)[0, 1]) < 0.05
    batch = data.batch(drawn, SOURCE)
    assert set(levels(batch.source)) == set(range(40)) and set(levels(batch.x)) == set(range(100, 130))
    assert torch.equal(data.draw(50, torch.Generator().manual_seed(1)),
                       data.draw(50, torch.Generator().manual_seed(1), SOURCE)[:, 0])
    assert not data.pairs
    plain(tmp_path / "beside.png", 3)
    refused(UnpairedFolders, tmp_path, "does not hold its images in two folders: it needs two folders A and B, or ")


def test_images_in_folders_beside_the_two_are_told_of(tmp_path: Path) -> None:
    """testA and testB, as the published sets have them."""
    root = two_folders(two_folders(tmp_path / "set", "trainA", "trainB"), "testA", "testB")
    (root / "notes.txt").write_text("none")
    for leaf in (PairedFolder, UnpairedFolders):
        data = made(leaf, root)
        assert len(data.sources) == N and dict(data.skipped) == {"notes.txt": "is not an image"}
        assert data.warnings[1:] == ("12 images in testA, testB were not read: images are taken from trainA and "
                                     "trainB",)


def test_folders_that_hold_no_two_kinds_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    refused(UnpairedFolders, tmp_path, "holds no images: it needs two folders A and B, or trainA and trainB, or two of "
                                       "other names and nothing else; 1 file was skipped: notes.txt is not an image")
    for n in range(2):
        plain(tmp_path / "horses" / f"{n}.png", n)
    plain(tmp_path / "zebras" / "0.png", 3)
    refused(UnpairedFolders, tmp_path, "holds only one image that can be read in zebras: at least 2 are needed in each "
                                       "of its two folders")
    for n in range(2):
        (tmp_path / "zebras" / f"{n}.png").write_bytes(b"no")
    refused(UnpairedFolders, tmp_path, "holds no image that can be read in zebras: at least 2 are needed in each of "
                                       "its two folders; 2 files were skipped: zebras/0.png is not an image")


def test_an_exchanged_source_is_noticed(tmp_path: Path) -> None:
    before = made(UnpairedFolders, two_folders(tmp_path)).identity()
    plain(tmp_path / "A" / "0.png", 77)
    assert made(UnpairedFolders, tmp_path).identity() != before


def test_classes_are_labels_and_an_attribute(tmp_path: Path) -> None:
    for n in range(4):
        plain(tmp_path / "cats" / f"{n}.png", n)
        plain(tmp_path / "dogs" / f"{n}.png", 100 + n)
    plain(tmp_path / "loose.png", 9)
    data = made(LabelledFolder, tmp_path)
    assert data.label_names == ["cats", "dogs"] and data.attribute_values == {"class": ["cats", "dogs"]}
    assert dict(data.skipped) == {"loose.png": "is outside every class's folder"}
    needs = frozenset({"label", "source", "attributes"})
    batch = data.batch(data.draw(40, torch.Generator().manual_seed(0), needs), needs)
    assert torch.equal(batch.x, batch.source) and torch.equal(batch.attributes[:, 0], batch.label)
    assert [level >= 100 for level in levels(batch.x)] == batch.label.bool().tolist()
    two = data.batch(data.draw(40, torch.Generator().manual_seed(0), SOURCE), SOURCE)
    assert min(levels(two.x)) >= 100 > max(levels(two.source))
    needed = "it needs two or more folders of images, one for each class"
    refused(LabelledFolder, tmp_path / "cats", f"does not hold its images in folders: {needed}")
    for n in range(4):
        (tmp_path / "dogs" / f"{n}.png").write_bytes(b"no")
    refused(LabelledFolder, tmp_path, f"holds images that can be read in one folder alone: {needed}; 5 files were")
    (tmp_path / "none").mkdir()
    refused(LabelledFolder, tmp_path / "none", f"holds no images: {needed}")


def test_a_folder_that_is_gone_is_stood_in_for_and_a_moved_one_is_found(tmp_path: Path) -> None:
    """Networks can be rebuilt from what the run keeps; what needs the images says where they were."""
    for leaf, lay in ((PairedFolder, two_folders), (UnpairedFolders, two_folders), (LabelledFolder, two_folders)):
        root = lay(tmp_path / leaf.name)
        known = made(leaf, root)
        with images_may_be_absent(known.identity):
            stand_in = made(leaf, tmp_path / "gone")
        assert stand_in.shape == known.shape and stand_in.source_shape == known.source_shape
        assert stand_in.has == known.has and stand_in.attribute_values == known.attribute_values
        assert missing(stand_in) is not None and missing(known) is None
        for needs in (SOURCE, frozenset({"source", "attributes"})):
            drawn = stand_in.draw(7, torch.Generator().manual_seed(0), needs)
            assert drawn.shape == known.draw(7, torch.Generator().manual_seed(0), needs).shape
            with pytest.raises(NeedsData):
                stand_in.batch(drawn, needs)


def test_measures_of_a_truth_that_is_not_known_are_none(tmp_path: Path) -> None:
    data = made(PairedFolder, two_folders(tmp_path))
    images = np.zeros((4, 3, 16, 16), np.float64)
    none = Scores(np.zeros(0), np.zeros(0))
    seen = MeasureInput(real=images, fake=images, real_scores=none, fake_scores=none, data=data)
    for measure in (TranslationMeasure, TrueErrorMeasure, AttributesMeasure):
        numbers = measure().compute(seen)
        assert numbers and set(numbers.values()) == {None}


def test_two_kinds_are_called_by_their_folders_unless_these_are_a_and_b(tmp_path: Path) -> None:
    assert made(UnpairedFolders, two_folders(tmp_path / "named", "photos", "paintings")).domains == (
        "paintings", "photos")
    assert made(UnpairedFolders, two_folders(tmp_path / "plain", "trainA", "trainB")).domains == ("", "")
