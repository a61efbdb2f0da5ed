"""Looks at tables, arrays and folders before they are trained on, against what the reader then makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.core.images import images_of
from ganstudio.core.system.errors import BadInput
from ganstudio.files import folder_preview
from ganstudio.files.folder_preview import list_images, preview_folder, suggested_resolution
from ganstudio.files.image_decoding import ENDINGS, Square
from ganstudio.files.image_folder import read_folder
from ganstudio.files.point_file import SUFFIXES, find_points
from ganstudio.files.table_preview import preview_table
from ganstudio.ui.state import dropped


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "usable", "chosen", "ask"), [
    ("x,y\n1,2\n3,4\n", ["x", "y"], ["x", "y"], False),
    ("1 2\n3 4\n", ["1", "2"], ["1", "2"], False),
    ("v\n1\n2\n", ["v"], ["v"], False),
    ("a,b,c\n1,2,3\n4,5,6\n", ["a", "b", "c"], ["a", "b"], True),
    ("b,y,x\n1,2,3\n4,5,6\n", ["b", "y", "x"], ["x", "y"], True),
    ("name;a;b\nu;1,5;2\nv;3,5;4\n", ["a", "b"], ["a", "b"], True),
    ("a,b,c\n1,,3\n4,5,6\n7,8,9\n", ["a", "c"], ["a", "c"], True),
    ("a,b,c\n1,nan,3\n4,5,6\n", ["a", "c"], ["a", "c"], True),
    (",x\n0,1.5\n1,2.5\n", ["x"], ["x"], False),
    (",x,y,z\n0,1,2,3\n1,4,5,6\n", ["x", "y", "z"], ["x", "y"], True),
    ("x,y,\n1,2,\n3,4,\n", ["x", "y"], ["x", "y"], False),
    ("a,a,b\n1,2,3\n4,5,6\n", ["1", "2", "b"], ["1", "2"], True),
])
def test_columns_that_can_be_points(tmp_path: Path, text: str, usable: list[str], chosen: list[str], ask: bool) -> None:
    path = written(tmp_path / "t.csv", text)
    found = preview_table(path)
    assert [name for name, fits in zip(found.names, found.usable, strict=True) if fits] == usable
    assert [found.names[at] for at in found.chosen] == chosen
    assert found.ask == ask
    points = find_points(path, ",".join(chosen) if ask else "").points
    np.testing.assert_array_equal(found.sample.doubles()[:, found.chosen], points)


def test_what_keeps_a_column_from_being_points_is_said(tmp_path: Path) -> None:
    found = preview_table(written(tmp_path / "t.csv", "who,n,gap\nann,1,2\nbob,2,\n"))
    assert dict(zip(found.names, found.reasons, strict=True)) == {
        "who": "holds “ann” in row 1, and no number in 2 of 2 rows", "n": "", "gap": "has an empty cell in row 2"}
    with pytest.raises(BadInput, match="who holds “ann” in row 1, and no number in 2 of 2 rows"):
        preview_table(written(tmp_path / "w.csv", "who\nann\nbob\n"))
    with pytest.raises(BadInput, match="NUL byte"):
        preview_table(written(tmp_path / "b.csv", "a\0b\n"))


def test_only_the_first_rows_of_a_long_table_are_looked_at(tmp_path: Path) -> None:
    found = preview_table(written(tmp_path / "t.csv", "a,b,c\n" + "1,2,3\n" * 5000))
    assert (found.looked_at, found.whole, len(found.rows)) == (999, False, 8), "a thousand lines, one of them a header"


def test_columns_of_wide_arrays(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 5))
    np.save(tmp_path / "w.npy", values)
    found = preview_table(tmp_path / "w.npy")
    assert (found.names, found.chosen, found.ask) == (["1", "2", "3", "4", "5"], [0, 1], True)
    np.testing.assert_array_equal(find_points(tmp_path / "w.npy", "5,2").points, values[:, [4, 1]])
    with pytest.raises(BadInput, match=r"choose one or two columns, as in columns=1,2 \(known are 1, 2, 3, 4, 5\)"):
        find_points(tmp_path / "w.npy")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_columns_of_named_arrays(tmp_path: Path, save: object) -> None:
    rng = np.random.default_rng(0)
    x, y, m = rng.normal(size=50), rng.integers(0, 9, 50), rng.normal(size=(50, 2))
    path = tmp_path / "a.npz"
    save(path, Y=y, X=x, m=np.asfortranarray(m), image=np.zeros((3, 4, 5)), word="no numbers")  # type: ignore[operator]
    found = preview_table(path)
    assert (set(found.names), found.ask) == ({"X", "Y", "m.1", "m.2"}, False)
    np.testing.assert_array_equal(find_points(path).points, np.c_[x, y])
    np.testing.assert_array_equal(find_points(path, "m.2, X").points, np.c_[m[:, 1], x])
    np.savez(path, one=m)
    np.testing.assert_array_equal(find_points(path).points, m)
    np.savez(path, a=x, b=y)
    with pytest.raises(BadInput, match="holds 2 arrays: choose one or two columns, as in columns=a,b"):
        find_points(path)
    np.savez(path, a=x, b=y[:9])
    with pytest.raises(BadInput, match="a has 50 rows and b has 9: allowed are columns of the same length"):
        find_points(path, "a,b")


def test_odd_files_of_arrays_are_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, o=np.array([{}], dtype=object))
    with pytest.raises(BadInput, match="pickled Python objects, which are never run"):
        find_points(path)
    whole = path.read_bytes()
    np.savez_compressed(path, x=np.arange(1000.0))
    packed = path.read_bytes()
    for damaged in (whole[:40], b"", b"PK\3\4" + bytes(50), packed[:-30], packed[:80] + bytes(40) + packed[120:]):
        path.write_bytes(damaged)
        with pytest.raises(BadInput):
            find_points(path)
        with pytest.raises(BadInput):
            preview_table(path)


def test_pictures_are_those_that_a_run_is_given(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(3):
        Image.fromarray(rng.integers(0, 255, (30, 50 + at, 3), dtype=np.uint8)).save(tmp_path / f"{at}.png")
    (tmp_path / "x.heic").write_bytes(b"x")
    (tmp_path / "._0.png").write_bytes(b"hidden")
    for square in (Square(16), Square(8, "fit", "grey"), Square(16, "stretch")):
        listing = list_images(tmp_path, "it")
        found = preview_folder(tmp_path, square, listing, "it")
        run = read_folder(tmp_path, square)
        np.testing.assert_array_equal(images_of(found.pictures).transpose(0, 3, 1, 2), run.pixels)
        assert (found.count, found.smallest, found.largest) == (3, [50, 30], [52, 30])
        assert sum(found.others.values()) == 1


def test_classes_are_counted(tmp_path: Path) -> None:
    for name, count in (("cats", 3), ("dogs", 2)):
        (tmp_path / name).mkdir()
        for at in range(count):
            Image.new("L", (9, 9)).save(tmp_path / name / f"{at}.png")
    found = preview_folder(tmp_path, None, list_images(tmp_path, "it"), "it")
    assert found.classes == {"cats": 3, "dogs": 2}
    assert (found.resolution, found.smallest) == ("8", [9, 9])


@pytest.mark.parametrize(("sides", "suggested"), [
    ([640] * 5, "64"), ([64], "64"), ([63], "32"), ([28] * 9, "16"), ([4], "8"), ([300, 20, 20], "16"), ([], "64"),
])
def test_the_resolution_that_is_suggested(sides: list[int], suggested: str) -> None:
    assert suggested_resolution([(side, side + 3) for side in sides]) == suggested


def test_a_very_large_folder_is_looked_at_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so is one that answers slowly."""
    for at in range(600):
        (tmp_path / f"{at}.png").write_bytes(b"")
    Image.new("L", (9, 9)).save(tmp_path / "000.png")
    monkeypatch.setattr(folder_preview, "MOST_LISTED", 500)
    listing = list_images(tmp_path, "it")
    assert (len(listing.names), listing.whole) == (512, False)
    monkeypatch.setattr(folder_preview, "LISTING_S", -1.0)
    (tmp_path / "below").mkdir()
    with pytest.raises(BadInput, match="holds no images"):
        list_images(tmp_path / "below", "it")


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    Image.new("L", (9, 9)).save(tmp_path / "a" / "x.png")
    assert list_images(tmp_path, "it").names == ["a/x.png"]


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"no zip")],
                         ids=["empty", "no archive"])
def test_what_holds_no_images_is_said(tmp_path: Path, make: object) -> None:
    make(tmp_path / "it.zip")  # type: ignore[operator]
    with pytest.raises(BadInput, match="it "):
        list_images(tmp_path / "it.zip", "it")


def test_the_window_knows_the_endings_that_are_read() -> None:
    assert set(dropped.TABLES) == set(SUFFIXES)
    assert set(dropped.IMAGES) == ENDINGS
