"""Drawings: points fall as the density says, strokes can be taken back, and files that are not ours are refused."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ganstudio.core.drawing import (
    CELLS,
    HIGHEST,
    LARGEST_FILE,
    LEVELS,
    SIDE,
    Brush,
    Drawing,
    Drawings,
    Floats,
    Kind,
    centres,
    checked_name,
    density_of,
    sample,
    table,
    write,
)
from ganstudio.core.system.errors import BadInput

BOTH: tuple[Kind, ...] = ("plane", "line")
DOT = Brush(radius=0.3, strength=1.0)
RUBBER = Brush(radius=0.3, erase=True)


def drawn(kind: Kind, *ways: list[tuple[float, float]], brush: Brush = DOT) -> Drawing:
    """A drawing of one stroke for each way, through its points."""
    made = Drawing(kind)
    for way in ways:
        stroke(made, way, brush)
    return made


def stroke(drawing: Drawing, way: list[tuple[float, float]], brush: Brush = DOT) -> None:
    drawing.begin(brush, *way[0])
    for at in way[1:]:
        drawing.move(*at)
    drawing.end()


def value_at(drawing: Drawing, x: float, y: float = 0.0) -> float:
    """The density of the cell at a point."""
    if drawing.kind == "line":
        return float(drawing.density[int((x + 3) / 6 * CELLS)])
    return float(drawing.density[int((y + 2) / 4 * SIDE), int((x + 2) / 4 * SIDE)])


# Strokes on the plane ----------------------------------------------------------------------------------------------


def test_a_blob_has_the_shape_of_its_kernel() -> None:
    """(1 - d²/r²)² has the integral pi r² / 3."""
    blob = drawn("plane", [(0.5, -0.5)], brush=Brush(radius=0.6, strength=0.4))
    mass = float(blob.density.sum()) * (4 / SIDE) ** 2
    assert mass == pytest.approx(0.4 * np.pi * 0.6**2 / 3, rel=1e-3)
    rows, columns = np.nonzero(blob.density)
    x, y = centres("plane")[columns], centres("plane")[rows]
    assert np.hypot(x - 0.5, y + 0.5).max() < 0.6
    assert (blob.density * centres("plane")[:, None]).sum() / blob.density.sum() == pytest.approx(-0.5, abs=1e-3)


def test_a_fast_stroke_leaves_no_gaps_and_a_slow_one_adds_no_more() -> None:
    fast = drawn("plane", [(-1.5, 0.3), (1.5, 0.3)])
    slow = drawn("plane", [(x, 0.3) for x in np.linspace(-1.5, 1.5, 50)])
    np.testing.assert_allclose(fast.density, slow.density, atol=1e-5)
    assert min(value_at(fast, x, 0.3) for x in np.linspace(-1.5, 1.5, 100)) > 0.98


def test_strokes_add_up_and_the_eraser_takes_all_of_it_away() -> None:
    twice = drawn("plane", [(0, 0)], [(0, 0)])
    assert twice.density.max() == pytest.approx(2.0, rel=0.01)
    stroke(twice, [(-1, 0), (1, 0)], RUBBER)
    assert value_at(twice, 0, 0) == 0
    assert twice.density.max() < 0.4  # what is left lies at the edge of the eraser
    stroke(twice, [(-1, 0), (1, 0)], Brush(radius=0.5, erase=True))
    assert twice.empty


def test_a_stroke_beyond_the_edge_paints_what_it_touches() -> None:
    assert value_at(drawn("plane", [(2.2, 0), (2.2, 1)]), 1.99, 0.5) > 0
    for far in ([(5.0, 5.0), (9.0, -40.0)], [(-5.0, -5.0)], [(-1e6, 0.0), (-1e5, 3.0)]):
        assert drawn("plane", far).empty
    assert value_at(drawn("plane", [(-1e4, 0), (1e4, 0)]), 1.0, 0.0) > 0.9


def test_a_density_stays_within_what_can_be_kept() -> None:
    many = Drawing("plane")
    many.replace(np.full((SIDE, SIDE), HIGHEST, dtype=np.float32))
    stroke(many, [(0, 0)])
    assert many.density.max() == HIGHEST


# Strokes on the line -----------------------------------------------------------------------------------------------


def test_a_curve_is_straight_between_pointer_positions() -> None:
    tent = drawn("line", [(-1, 0.0), (0, 1.0), (2, 0.5)])
    at = centres("line")
    inside = (at > -1 + 0.02) & (at < 2 - 0.02)
    np.testing.assert_allclose(tent.density[inside], np.interp(at[inside], [-1, 0, 2], [0, 1, 0.5]), atol=0.011)
    assert not tent.density[(at < -1.02) | (at > 2.02)].any()


def test_a_curve_replaces_what_was_there_and_stays_between_0_and_1() -> None:
    curve = drawn("line", [(-2, 0.8), (2, 0.8)], [(1, -3.0), (-1, -3.0)], [(1.5, 40.0), (1.9, 40.0)])
    assert (value_at(curve, 0), value_at(curve, 1.7)) == (0, 1)
    assert value_at(curve, 1.2) == pytest.approx(0.8)


def test_a_click_on_the_line_sets_a_bump_and_a_drag_leaves_none() -> None:
    bump = drawn("line", [(1.0, 0.5), (1.02, 0.6)])
    assert bump.density.max() == pytest.approx(0.6, rel=0.01)
    assert value_at(bump, 1.15) == pytest.approx(0.6 * (1 - 0.25) ** 2, abs=0.02)
    dragged = drawn("line", [(1.0, 0.5), (1.02, 0.5), (2.0, 0.5)])
    assert value_at(dragged, 0.9) == 0
    assert value_at(dragged, 1.01) == pytest.approx(0.5)


def test_the_eraser_on_the_line_sets_0() -> None:
    curve = drawn("line", [(-2, 0.8), (2, 0.8)])
    stroke(curve, [(-0.5, 0.9), (0.5, 0.1)], RUBBER)
    at = centres("line")
    assert not curve.density[np.abs(at) < 0.79].any()
    assert value_at(curve, 0.85) == pytest.approx(0.8)


# Points ------------------------------------------------------------------------------------------------------------


def test_two_equal_blobs_get_equal_shares() -> None:
    points = sample("plane", drawn("plane", [(-1, 0)], [(1, 0.5)]).density, 20_000)
    right = points[:, 0] > 0
    assert stats.binomtest(int(right.sum()), 20_000, 0.5).pvalue > 0.01
    np.testing.assert_allclose(points[right].mean(axis=0), [1, 0.5], atol=0.005)
    # Along one axis the kernel (1 - d²/r²)² has the variance r²/8.
    np.testing.assert_allclose(points[right].var(axis=0), 0.3**2 / 8, rtol=0.05)


def test_a_blob_of_three_strokes_gets_three_times_the_points_of_one() -> None:
    points = sample("plane", drawn("plane", *[[(-1.0, 0.0)]] * 3, [(1, 0)]).density, 20_000)
    assert stats.binomtest(int((points[:, 0] < 0).sum()), 20_000, 0.75).pvalue > 0.01


def test_points_lie_anywhere_in_their_cells() -> None:
    density = np.zeros((SIDE, SIDE), dtype=np.float32)
    density[SIDE - 1, 0] = 1e-30
    points = sample("plane", density, 5_000)
    cell = 4 / SIDE
    for column, low in ((0, -2.0), (1, 2.0 - cell)):
        assert stats.kstest(points[:, column], stats.uniform(low, cell).cdf).pvalue > 0.01


def test_points_on_the_line_follow_the_distribution_function_of_the_curve() -> None:
    curve = drawn("line", [(-2, 0.2), (-1, 1.0), (0, 0.0)], [(1, 0.4), (2, 0.4)])
    points = sample("line", curve.density, 20_000)
    assert points.shape == (20_000, 1)
    edges = np.linspace(-3, 3, CELLS + 1)
    whole = np.concatenate([[0], np.cumsum(curve.density, dtype=np.float64)])
    assert stats.kstest(points[:, 0], lambda x: np.interp(x, edges, whole / whole[-1])).pvalue > 0.01
    assert not ((points > 0.02) & (points < 0.98)).any()


@pytest.mark.parametrize("kind", BOTH)
def test_the_same_drawing_gives_the_same_points(kind: Kind) -> None:
    density = drawn(kind, [(0, 0.5), (1, 0.7)]).density
    np.testing.assert_array_equal(sample(kind, density, 500), sample(kind, density, 500))
    assert not np.array_equal(sample(kind, density, 500), sample(kind, density, 500, seed=1))


@pytest.mark.parametrize("kind", BOTH)
def test_an_empty_drawing_gives_no_points(kind: Kind) -> None:
    with pytest.raises(BadInput, match="the drawing is empty"):
        sample(kind, Drawing(kind).density, 500)


def test_a_table_names_its_columns_and_keeps_six_digits() -> None:
    assert table(np.array([[1.23456789, -2.0]])) == "x,y\n1.23457,-2\n"
    assert table(np.array([[1e-7], [0.5]])) == "x\n1e-07\n0.5\n"


# Undo --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BOTH)
def test_each_stroke_can_be_taken_back_and_made_again(kind: Kind) -> None:
    drawing = Drawing(kind)
    stages = [drawing.density]
    for x in (-1.0, 0.0, 1.0):
        stroke(drawing, [(x, 0.5), (x + 0.4, 0.6)])
        stages.append(drawing.density)
    drawing.clear()
    stages.append(drawing.density)
    assert drawing.empty
    for stage in stages[-2::-1]:
        drawing.undo()
        np.testing.assert_array_equal(drawing.density, stage)
    drawing.undo()
    assert not drawing.can_undo
    for stage in stages[1:]:
        drawing.redo()
        np.testing.assert_array_equal(drawing.density, stage)
    drawing.redo()
    assert not drawing.can_redo


def test_another_stroke_ends_what_could_be_made_again() -> None:
    drawing = drawn("plane", [(0, 0)], [(1, 1)])
    drawing.undo()
    assert drawing.can_redo
    stroke(drawing, [(-1, -1)])
    assert not drawing.can_redo


def test_what_changed_nothing_is_not_undone() -> None:
    drawing = drawn("plane", [(0, 0)])
    stroke(drawing, [(1.5, 1.5)], RUBBER)
    drawing.replace(drawing.density.copy())
    drawing.undo()
    assert drawing.empty


def test_undo_in_the_middle_of_a_stroke_takes_that_stroke_back() -> None:
    drawing = Drawing("line")
    drawing.begin(DOT, 0, 0.5)
    drawing.move(1, 0.5)
    drawing.undo()
    assert drawing.empty
    drawing.move(2, 0.5)
    assert drawing.empty


def test_undo_goes_back_many_levels_but_not_for_ever() -> None:
    drawing = Drawing("line")
    for index in range(LEVELS + 10):
        stroke(drawing, [(-2, (index + 1) / 100), (2, (index + 1) / 100)])
    for _ in range(LEVELS + 10):
        drawing.undo()
    assert value_at(drawing, 0) == pytest.approx(0.10)


# Keeping -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawings(tmp_path: Path) -> Drawings:
    return Drawings(tmp_path / "drawings")


def kept(drawings: Drawings, name: str, kind: Kind = "plane") -> Floats:
    density = drawn(kind, [(0, 0.5), (1, 0.7)]).density
    drawings.keep(name, density, sample(kind, density, 500))
    return density


@pytest.mark.parametrize("kind", BOTH)
def test_what_is_kept_comes_back(drawings: Drawings, kind: Kind) -> None:
    density = kept(drawings, " two moons_1-a ", kind)
    assert drawings.names() == ["two moons_1-a"]
    found, loaded = drawings.load("two moons_1-a")
    assert found == kind
    np.testing.assert_array_equal(loaded, density)
    points = np.loadtxt(drawings.folder / "two moons_1-a.csv", delimiter=",", skiprows=1, ndmin=2)
    np.testing.assert_allclose(points, sample(kind, density, 500), rtol=1e-5, atol=1e-6)
    assert sorted(path.name for path in drawings.folder.iterdir()) == ["two moons_1-a.csv", "two moons_1-a.npy"]


def test_what_is_used_without_being_kept_is_not_listed(drawings: Drawings) -> None:
    assert drawings.names() == []
    path = drawings.use_unkept("plane", np.zeros((2, 2)))
    assert path.parent == drawings.folder
    (drawings.folder / "un.kept.npy").write_bytes(b"")
    assert drawings.names() == []


@pytest.mark.parametrize("name", [
    "", "   ", "../up", "..", ".", "a/b", "a\\b", "/etc/passwd", "a.b", "a\0b", "a\nb", "naïve", "x" * 41, "C:", "~",
    "nul", "COM1", "٣",
])
def test_a_name_that_is_not_allowed_touches_no_file(drawings: Drawings, name: str) -> None:
    density = drawn("plane", [(0, 0)]).density
    points = sample("plane", density, 500)
    for act in (
        lambda: checked_name(name), lambda: drawings.keep(name, density, points), lambda: drawings.use(name, points),
        lambda: drawings.load(name), lambda: drawings.delete(name), lambda: drawings.put_back(name),
    ):
        with pytest.raises(BadInput) as fault:
            act()
        assert "name" in str(fault.value)
    assert list(drawings.folder.parent.iterdir()) == []


def test_a_deleted_drawing_can_be_put_back(drawings: Drawings) -> None:
    density = kept(drawings, "one")
    kept(drawings, "two", "line")
    drawings.delete("two")
    drawings.delete("one")
    assert drawings.names() == []
    drawings.put_back("one")
    assert drawings.names() == ["one"]
    np.testing.assert_array_equal(drawings.load("one")[1], density)
    assert (drawings.folder / "one.csv").exists()
    with pytest.raises(BadInput, match="cannot be moved"):
        drawings.put_back("two")
    with pytest.raises(BadInput, match="'two' does not exist: kept are one"):
        drawings.load("two")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "target.csv"
    target.mkdir()
    (target / "inside").touch()
    with pytest.raises(BadInput, match=r"target\.csv' cannot be written"):
        write(target, b"x\n1\n")
    assert [path.name for path in tmp_path.iterdir()] == ["target.csv"]
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written"):
        write(tmp_path / "file" / "below.csv", b"")


# Files that are not ours -------------------------------------------------------------------------------------------


def npy(values: object, **options: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(values), **options)
    return file.getvalue()


def with_header(header: bytes, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + bytes(4 * CELLS)


class Trap:
    """Sets a mark when it is unpickled."""

    sprung = False

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _spring, ("sprung",)


def _spring(_: str) -> None:
    Trap.sprung = True


GOOD = np.ones(CELLS, dtype=np.float32)
HOSTILE = {
    "nothing": b"", "text": b"hello", "cut short": npy(GOOD)[:-1], "cut in the header": npy(GOOD)[:50],
    "with a tail": npy(GOOD) + b"x", "objects": npy([Trap()] * CELLS, allow_pickle=True),
    "another shape": npy(np.ones((SIDE, SIDE + 1), dtype=np.float32)), "no shape": npy(np.float32(1)),
    "doubles": npy(GOOD.astype(np.float64)), "a big-endian file": npy(GOOD.astype(">f4")),
    "a zip": b"PK\x03\x04" + bytes(100), "a pickle": b"\x80\x04\x95" + bytes(100),
    "NaN": npy(np.where(np.arange(CELLS) == 7, np.nan, GOOD)),
    "infinite": npy(GOOD * np.float32(np.inf)), "negative": npy(-GOOD), "too high": npy(GOOD * 2000),
    "a shape beyond all memory": with_header(
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999,), }\n"),
    "a negative shape": with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-600,), }\n"),
    "a huge header": with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (600,), }" + b" " * 65000 + b"\n"),
    "a deep header": with_header(b"(" * 9000 + b"\n"), "code in the header": with_header(b"__import__('os')\n"),
    "version 2": with_header(b"", b"\x02\x00"), "version 3": with_header(b"", b"\x03\x00"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_is_not_a_drawing_is_refused_with_a_sentence(drawings: Drawings, what: str) -> None:
    drawings.folder.mkdir()
    (drawings.folder / "bad.npy").write_bytes(HOSTILE[what])
    with pytest.raises(BadInput, match=r"the drawing 'bad' (is|cannot)") as fault:
        drawings.load("bad")
    assert len(str(fault.value)) < 250
    assert not Trap.sprung


def test_each_hostile_number_is_refused_for_its_value_not_for_its_type() -> None:
    for what in ("NaN", "infinite", "negative", "too high"):
        values = np.load(io.BytesIO(HOSTILE[what])).astype(np.float32)
        with pytest.raises(BadInput, match="values outside 0 to 1000"):
            density_of(npy(values), "the drawing 'bad'")
    assert density_of(npy(GOOD), "the drawing 'good'")[0] == "line"


def test_a_file_too_long_to_be_a_drawing_is_not_read(drawings: Drawings) -> None:
    drawings.folder.mkdir()
    with (drawings.folder / "long.npy").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(BadInput, match=r"1,048,577 bytes, and a drawing has at most 1,048,576"):
        drawings.load("long")
    (drawings.folder / "folder.npy").mkdir()
    with pytest.raises(BadInput, match="does not exist"):
        drawings.load("folder")
