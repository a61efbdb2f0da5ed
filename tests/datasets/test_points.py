"""The user's points: what is read, and the sentence for each fault."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.points import Points, PointsControls
from ganstudio.files import point_file
from ganstudio.files.point_file import find_points, read_points

EXPECTED = np.array([[1.0, 2.0], [-3.5, 4e2], [0.25, 6.0]])


def points(path: Path) -> Points:
    return Points(validated(PointsControls, {"file": str(path)}, of="data set points"))


def sentence(path: Path) -> str:
    """What is said about a faulty file: one line that names it."""
    with pytest.raises(BadInput) as caught:
        points(path)
    text = str(caught.value)
    assert path.name in text and "\n" not in text and len(text) < 500
    assert "allowed" in text or "needed" in text or "read" in text or "does not exist" in text or "cut short" in text
    return text


@pytest.mark.parametrize("text", [
    "1,2\n-3.5,4e2\n.25,6.\n",
    "x,y\n1,2\n-3.5,4E2\n.25,6\n",
    "# x, y\n1, 2\n-3.5 , 400\n 0.25,6",
    "x;y\r\n1;2\r\n-3.5;400\r\n0.25;6\r\n",
    "\ufeffgröße\tbreite\n1\t2\n-3.5\t400\n0.25\t6\n",
    "\n1 2\n\n-3.5   4e2\n  .25 6 \n\n",
    "two words here\n1 2\n-3.5 400\n.25 6\n",
    "x,y\r1,2\r-3.5,400\r.25,6\r",
])
@pytest.mark.parametrize("suffix", [".csv", ".txt", ".TSV"])
def test_tables_of_every_custom_read_alike(tmp_path: Path, text: str, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(text.encode())
    np.testing.assert_array_equal(read_points(path), EXPECTED)


@pytest.mark.parametrize("header", ["", "height\n", "height in cm\n"])
def test_one_column_lies_on_a_line(tmp_path: Path, header: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{header}1\n2\n4\n")
    np.testing.assert_array_equal(read_points(path), [[1], [2], [4]])
    data = points(path)
    assert data.kind == "line" and data.shape == (1,)


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2", "<i4", "u1", "g"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_numbers_read_alike(tmp_path: Path, dtype: str, order: str) -> None:
    path = tmp_path / "x.npy"
    expected = np.array([[1.0, 2.0], [3.0, 200.0], [0.0, 6.0]])
    np.save(path, np.array(expected, dtype=dtype, order="F" if order == "F" else "C"))
    found = read_points(path)
    assert found.dtype == np.float64 and found.flags.c_contiguous
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_a_single_row_of_numbers_is_one_column(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.array([1.0, 2.0, 4.0]).reshape(shape))
    np.testing.assert_array_equal(read_points(path), [[1], [2], [4]])


def test_the_scale_is_common_to_both_columns_and_kept(tmp_path: Path) -> None:
    original = np.random.default_rng(0).normal([1000.0, -5.0], [30.0, 3.0], (500, 2))
    path = tmp_path / "x.npy"
    np.save(path, original)
    data = points(path)
    x = data.sample(4000, torch.Generator().manual_seed(0)).numpy().astype(np.float64)
    back = x * data.scale + data.shift
    nearest = abs(back[:, None, :] - original).max(axis=-1).min(axis=1)
    assert nearest.max() < 1e-4  # float32 of 30
    np.testing.assert_allclose(data.to_user_units(x.astype(np.float32)), back, atol=1e-4)  # float32 of 1000
    assert data.scale == pytest.approx(np.sqrt(original.var(axis=0).mean()))
    np.testing.assert_allclose(data.shift, original.mean(axis=0))
    assert x.std(axis=0)[0] / x.std(axis=0)[1] == pytest.approx(10, rel=0.1)
    assert f"{data.scale:.6g}" in data.units and f"{data.shift[0]:.6g}" in data.units


def test_rows_are_drawn_with_replacement_and_evenly(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("0\n1\n2\n3\n")
    x = points(path).sample(8000, torch.Generator().manual_seed(0))
    found, counts = np.unique(x.numpy(), return_counts=True)
    assert len(found) == 4
    assert abs(counts - 2000).max() < 5 * np.sqrt(8000 * 0.25 * 0.75)


def test_a_far_offset_costs_no_digits(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.array([1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3]))
    data = points(path)
    x = np.unique(data.sample(100, torch.Generator().manual_seed(0)).numpy().astype(np.float64))
    np.testing.assert_allclose(x * data.scale + data.shift, [1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3], atol=1e-6, rtol=0)


def test_a_stray_point_does_not_shrink_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    cloud = np.random.default_rng(0).normal(size=(5000, 2))
    cloud[0] = 1e4
    np.save(path, cloud)
    data = points(path)
    assert (data.extent.high - data.extent.low) * data.scale < 50
    np.save(path, np.array([0.0] * 5000 + [1.0]))  # the middle 99.8 % is one point
    data = points(path)
    assert data.extent.low < data.extent.high


HEART = [[1.5, 2.5], [-3.25, 4.75]]
COLUMN = [[1.5], [2.75], [3.25], [4.5]]
WRITTEN_BY: dict[str, tuple[str | bytes, list[list[float]]]] = {
    "a spreadsheet with decimal commas": ("x;y\r\n1,5;2,5\r\n-3,25;4,75\r\n", HEART),
    "the same with a byte order mark": ("\ufeffx;y\r\n1,5;2,5\r\n-3,25;4,75\r\n", HEART),
    "the same after its own hint": ("sep=;\r\nx;y\r\n1,5;2,5\r\n-3,25;4,75\r\n", HEART),
    "decimal commas and tabs": ("x\ty\n1,5\t2,5\n-3,25\t4,75\n", HEART),
    "decimal commas and blanks": ("1,5 2,5\n-3,25   4,75\n", HEART),
    "decimal commas in quotes": ('"x","y"\n"1,5","2,5"\n"-3,25","4,75"\n', HEART),
    "a column with decimal commas": ("value\r\n1,5\r\n2,75\r\n3,25\r\n4,5\r\n", COLUMN),
    "decimal commas in the first row alone": ("1,5;2,5\n3;4\n5;6\n", [[1.5, 2.5], [3, 4], [5, 6]]),
    "whole numbers, then a decimal comma": ("3;4\n5;6\n1,5;2,5\n", [[3, 4], [5, 6], [1.5, 2.5]]),
    "quotes around all": ('"x","y"\r\n"1.5","2.5"\r\n"-3.25","4.75"\r\n', HEART),
    "Unicode text of a spreadsheet": ("x\ty\r\n1.5\t2.5\r\n-3.25\t4.75\r\n".encode("utf-16"), HEART),
    "the same, big-endian": (b"\xfe\xff" + "x,y\n1.5,2.5\n-3.25,4.75\n".encode("utf-16-be"), HEART),
    "an empty last column": ("x,y,\r\n1.5,2.5,\r\n-3.25,4.75,\r\n", HEART),
    "an empty last column without a header": ("1.5,2.5,\n-3.25,4.75,\n", HEART),
    "pandas with its index": (",x\n0,1.5\n1,2.75\n2,3.25\n3,4.5\n", COLUMN),
    "pandas with its index, two columns": (",x,y\n0,1.5,2.5\n1,-3.25,4.75\n", HEART),
    "R with row names": ('"x" "y"\n"1" 1.5 2.5\n"2" -3.25 4.75\n', HEART),
    "a comment on top and below": ("# Milliseconds, Reading\n1.5,2.5\n-3.25,4.75\n# footer\n", HEART),
    "a comment between and behind": ("1.5,2.5  # first\n# note\n-3.25,4.75\n", HEART),
    "commas with blanks around": ("1 ,2\n3 ,4\n", [[1, 2], [3, 4]]),
    "commas and blanks, with points": ("1.5, 2\n3, 4.5\n", [[1.5, 2], [3, 4.5]]),
    "a separator in a comment": ("1,2\n3,4 # a; b\n5,6\n", [[1, 2], [3, 4], [5, 6]]),
    "a comment behind the first of blank-separated rows": ("1.5 2.5 # note\n-3.25 4.75\n", HEART),
    "a hint of tabs": ("sep=\t\nx\ty\n1.5\t2.5\n-3.25\t4.75\n", HEART),
    "blanks as a row": ("1.5,2.5\n  \n-3.25,4.75\n", HEART),
}


@pytest.mark.parametrize("name", WRITTEN_BY)
def test_what_other_programs_write_is_read(tmp_path: Path, name: str) -> None:
    content, values = WRITTEN_BY[name]
    path = tmp_path / "x.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    np.testing.assert_array_equal(read_points(path), values)


def test_an_index_that_is_left_out_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",x\n0,1.5\n1,2.5\n")
    assert points(path).warnings[0] == "Its first column numbers the rows, and is left out."
    path.write_text("k,x\n0,1.5\n1,2.5\n")  # it has a name: it may be data
    found = find_points(path)
    assert (found.points.tolist(), found.notes) == ([[0, 1.5], [1, 2.5]], ())


@pytest.mark.parametrize(("columns", "values"), [
    ("b,d", [[2, 4], [6, 8]]), ("d,b", [[4, 2], [8, 6]]), ("c", [[3], [7]]), ("1,4", [[1, 4], [5, 8]]),
    (" b , 3 ", [[2, 3], [6, 7]]),
])
def test_columns_are_chosen_by_name_or_number(tmp_path: Path, columns: str, values: list[list[float]]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    np.testing.assert_array_equal(find_points(path, columns).points, values)
    path.write_text("name;a;b;c;d\nx;1;2;3;4\ny;5;6;7;8\n")  # a column of text is no fault if it is not chosen
    if "4" not in columns and "3" not in columns:
        np.testing.assert_array_equal(find_points(path, columns).points, values)


@pytest.mark.parametrize(("columns", "said"), [
    ("e", "no column 'e': allowed are a, b, c, d, or the numbers 1 to 4"), ("a,b,c", "names 3 columns"),
    ("a,a", "twice"), ("5", "no column '5'"), ("0", "no column '0'"), ("a,,b", "names 3 columns"),
])
def test_columns_that_are_not_there_are_refused(tmp_path: Path, columns: str, said: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    with pytest.raises(BadInput, match=re.escape(said)):
        find_points(path, columns)
    array = tmp_path / "x.npy"
    np.save(array, np.zeros((3, 2)))
    with pytest.raises(BadInput, match="is an array"):
        find_points(array, columns)


TABLES = {
    "text": ("x,y\n1,2\n3,four\n", ["line 3", "'four'"]),
    "text in the first row": ("1,two\n3,4\n", ["line 1", "'two'"]),
    "hexadecimal": ("1,2\n0x10,3\n", ["line 2", "'0x10'"]),
    "underscore": ("1,2\n1_000,3\n", ["line 2", "'1_000'"]),
    "other digits": ("1,2\n٣,3\n", ["line 2", "'٣'"]),
    "empty cell": ("1,2\n3,\n", ["line 2", "empty cell"]),
    "nan": ("1,2\n\n3,NaN\n", ["line 3", "NaN", "finite"]),
    "infinite": ("1,2\n-inf,4\n", ["line 2", "-inf", "finite"]),
    "overflow": ("1,2\n1e999,4\n", ["line 2", "1e999", "finite"]),
    "a number in another form on top": ("1'000;2'000\n3;4\n5;6\n", ["line 1", "1'000"]),
    "decimal commas and points": ("1,5;2.5\n3;4\n", ["line 1", "'1,5'"]),
    "a title above two columns": ("My data\n1,2\n3,4\n", ["header of 1 column", "line 2 has 2 columns"]),
    "a title above the header": ("Sales of 2024\nfrom the shop\n\nx,y\n1,2\n3,4\n", ["3 lines of words", "'Sales of "
                                "2024'", "'x,y'", "line 5", "allowed is one", "begin them with #"]),
    "a title that a spreadsheet has filled up": ("Report;\n;\na;b\n1;2\n4;5\n", ["2 lines of words", "'Report;'",
                                                                               "line 4"]),
    "units below the names": ("x,y\nm,s\n1,2\n3,4\n", ["2 lines of words", "'m,s'", "line 3"]),
    "some empty cells": ("x,y\n1,2\n3,\n5,6\n,\n7,8\n", ["line 3", "an empty cell in column 'y'", "2 of 5 rows",
                                                          "allowed are numbers", "fill them in or delete them"]),
    "one empty cell": ("x,y\n1,2\n3,\n5,6\n", ["1 of 3 rows", "fill it in or delete it"]),
    "dates beside numbers": ("date,v\n2024-01-01,2\n2024-01-02,4\n", ["line 2", "'2024-01-01'", "'date'", "2 of 2 "
                             "rows", "the other column alone: columns=v"]),
    "dates with decimal commas": ("01.02.2024;2,5\n02.02.2024;3\n", ["line 1", "in column 1", "2 of 2", "columns=2"]),
    "a header of one cell above two": ("value\n1,2.5\n2,7.5\n", ["header of 1 column", "line 2 has 2 columns"]),
    "a German thousand far below decimal commas": ("x;y\n" + "1,5;2,5\n" * 300 + "1.234;5\n", ["line 302", "1.234"]),
    "a long quoted cell": ("\"" + "1" * 200_000 + "\",2\n3,4\n", ["line"]),
    "thousands in a column": ("x;y\n1.234,5;2\n2;3\n", ["line 2", "'1.234,5'"]),
    "three columns": ("a,b,c\n1,2,3\n4,5,6\n", ["line 2", "3 columns", "1 or 2"]),
    "three columns later": ("1,2\n4,5,6\n", ["line 2", "3 columns", "1 or 2"]),
    "ragged": ("1,2\n3,4\n5\n", ["line 3", "has 1 column ", "2"]),
    "ragged the other way": ("1\n3,4\n", ["line 2", "1"]),
    "empty": ("", ["no rows"]),
    "blank": ("\n\n  \n", ["no rows"]),
    "header only": ("x,y\n", ["no rows", "'x,y'"]),
    "one row": ("1,2\n", ["one point", "2 different"]),
    "one point": ("1,2\n1,2\n1,2\n", ["3 times", "2 different"]),
    "huge": ("1,2\n1e200,2\n", ["1e+200", "1e+100"]),
    "tiny spread": ("1\n1.000000000000001\n", ["spread"]),
    "subnormal spread": ("0\n5e-324\n", ["spread"]),
    "NUL": ("1,2\n3,\x004\n", ["line 2", "NUL", "UTF-8"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_each_fault_of_a_table_has_its_sentence(tmp_path: Path, name: str) -> None:
    text, words = TABLES[name]
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode())
    said = sentence(path)
    for word in words:
        assert word in said, said


def test_the_way_out_names_a_column_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("date,t,v\n2024-01-01,1,2\n2024-01-02,5,4\n")
    assert "as in columns=t,v (known are date, t, v)" in sentence(path)
    with pytest.raises(BadInput, match=r"2 of 2 rows hold no number there.*another column, as in columns=t$"):
        find_points(path, "date,v")


def test_how_many_rows_have_a_fault_is_counted_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("1,x\n" * 20)
    monkeypatch.setattr(point_file, "MOST_COUNTED", 8)
    assert "8 of the first 8 rows" in sentence(path)


@pytest.mark.parametrize(("rows", "said"), [
    (["1,2", "3,4"], ["only 2 different points:"]),
    (["1,2", "3,4"] * 40, ["only 2 different points in 80 rows:"]),
    ([f"{at},5" for at in range(30)], ["second coordinate is 5 in all 30 rows"]),
    ([f"-0.25,{at}" for at in range(30)], ["first coordinate is −0.25 in all 30 rows"]),
    ([f"{at},{at * at}" for at in range(30)], []), ([f"{at}" for at in range(30)], []),
])
def test_points_that_train_to_little_use_are_remarked_on(tmp_path: Path, rows: list[str], said: list[str]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(rows))
    found = points(path).warnings
    assert len(found) == len(said)
    for sentence_, words in zip(found, said, strict=True):
        assert words in sentence_


def test_other_encodings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes("x,y\n1,2\n3,größe\n".encode("latin-1"))
    said = sentence(path)
    assert "line 3" in said and "0xF6" in said and "UTF-8" in said
    path.write_bytes("1,2\n3,ö".encode()[:-1])
    assert "line 2" in sentence(path)
    path.write_bytes("1,2\n3,4\n".encode("utf-16") + b"\x00\xd8")
    assert "UTF-16" in sentence(path)


def test_a_fault_far_into_a_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    lines = ["1.5,2.5"] * 300_000
    lines[250_000] = "1.5,x"
    path.write_text("\n".join(lines))
    assert "line 250001 " in sentence(path)
    lines[250_000] = "1.5,\0"
    path.write_text("\n".join(lines))
    assert "line 250001 " in sentence(path)


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("1," * 2_000_000)
    assert "longer than 1,048,576 bytes" in sentence(path)


def test_limits_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, array = tmp_path / "mine.csv", tmp_path / "mine.npy"
    table.write_text("x\n" + "1\n2\n" * 6)
    np.save(array, np.arange(12.0))
    monkeypatch.setattr(point_file, "MAX_ROWS", 12)
    assert len(read_points(table)) == len(read_points(array)) == 12
    monkeypatch.setattr(point_file, "MAX_ROWS", 11)
    for path in (table, array):
        assert "at most 11" in sentence(path)
    monkeypatch.setattr(point_file, "MAX_BYTES", 10)
    for path in (table, array):
        assert "at most 10" in sentence(path)


def test_no_file_and_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"points needs a file"):
        Points(PointsControls())
    assert "does not exist" in sentence(tmp_path / "mine.csv")
    assert "does not exist" in sentence(tmp_path / "nowhere" / "mine.npy")
    for odd in ("a\0b.csv", "\ud800.csv", "~nobody-of-that-name/x.csv"):
        with pytest.raises(BadInput, match="does not exist"):
            read_points(odd)
    with pytest.raises(BadInput, match="cannot be read"):
        read_points("x" * 5000 + ".csv")


def test_folders_pipes_and_unknown_suffixes(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").mkdir()
    assert "is a folder" in sentence(tmp_path / "mine.csv")
    for name in ("mine.xlsx", "mine"):
        (tmp_path / name).write_text("1,2\n3,4\n")
        said = sentence(tmp_path / name)
        assert ".csv" in said and ".npy" in said
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        assert "regular file" in sentence(tmp_path / "pipe.csv")


@pytest.mark.parametrize("suffix", [".csv", ".npy"])
def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    path.write_text("1,2\n3,4\n")

    def refused(*_: object, **__: object) -> None:  # root may read everything, and containers run as root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    assert "cannot be read: Permission denied" in sentence(path)


class Trap:
    """Unpickling it would leave a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self.trace),)


def test_pickles_are_never_run(tmp_path: Path) -> None:
    path, trace = tmp_path / "mine.npy", tmp_path / "trace"
    np.save(path, np.array([Trap(trace), Trap(trace)], dtype=object), allow_pickle=True)
    assert "pickled" in sentence(path)
    path.write_bytes(pickle.dumps(Trap(trace)))
    assert "numpy.save" in sentence(path)
    assert not trace.exists()


def test_faults_of_arrays_have_their_sentences(tmp_path: Path) -> None:
    path = tmp_path / "mine.npy"
    bad = np.ones((4, 2))
    bad[2, 1] = np.nan
    cases: list[tuple[np.ndarray[tuple[int, ...], np.dtype[np.generic]], str]] = [
        (bad, "row 3, column 2 holds nan"),
        (np.array([1.0, -np.inf]), "row 2, column 1 holds -inf"),
        (np.ones((4, 3)), "(4, 3)"),
        (np.ones((4, 0)), "(4, 0)"),
        (np.ones((2, 2, 2)), "(2, 2, 2)"),
        (np.array(5.0), "()"),
        (np.ones((0, 2)), "no rows"),
        (np.ones((9, 2)), "9 times"),
        (np.array(["1", "2"]), "<U1"),
        (np.array([1j, 2]), "complex128"),
        (np.array([True, False]), "bool"),
        (np.zeros(3, dtype=[("x", "f8"), ("y", "f8")]), "'x'"),
        (np.zeros(3, dtype="M8[s]"), "datetime64"),
    ]
    for array, words in cases:
        np.save(path, array)
        assert words in sentence(path)


def test_a_damaged_array_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.npy"
    np.save(path, np.random.default_rng(0).normal(size=(100, 2)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-800])
    assert re.search(r"cut short: it holds 800 bytes .* promises 1,600", sentence(path))
    for length in range(0, 128, 7):
        path.write_bytes(whole[:length])
        assert "NPY" in sentence(path)
    np.savez(tmp_path / "archive.npz", x=np.ones(3))
    path.write_bytes((tmp_path / "archive.npz").read_bytes())
    assert "NPY" in sentence(path)


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text.encode()).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize("text", [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 2)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 2)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (True, 2)}",
    "{'descr': '(2,)f8', 'fortran_order': False, 'shape': (4,)}",
    "{'descr': '|O', 'fortran_order': False, 'shape': (4, 2)}",
    "{'descr': '\\q', 'fortran_order': False, 'shape': (4, 2)}",
    "{'descr': (), 'fortran_order': False, 'shape': ()}",
    "{'descr': [()], 'fortran_order': False, 'shape': (4,)}",
    "{'descr': 5, 'fortran_order': 3, 'shape': 'x'}",
    "(" * 9000,
    "['",
    "4L " * 50 + "'''",
    "-" * 9999 + "1",
    "{" * 100,
    "",
])
def test_hostile_headers_are_only_bad_input(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.npy"
    path.write_bytes(header(text) + b"\0" * 64)
    sentence(path)


QUIET = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def only_bad_input(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        data = points(path)
    except BadInput as fault:
        assert path.name in str(fault) and "\n" not in str(fault)
        return
    assert torch.isfinite(data.sample(16, torch.Generator().manual_seed(0))).all()
    assert data.extent.low < data.extent.high


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_as_a_table_are_points_or_bad_input(tmp_path: Path, content: bytes) -> None:
    only_bad_input(tmp_path / "mine.csv", content)


@QUIET
@given(st.text(alphabet="0123456789.,;+-einaf xNT\"#_\t\n\r\v\x1c\x85\u2028\ufeff\xa0٣", max_size=60))
def test_anything_like_a_table_is_points_or_bad_input(tmp_path: Path, content: str) -> None:
    only_bad_input(tmp_path / "mine.csv", content.encode())


@QUIET
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00"]))
def test_any_bytes_as_an_array_are_points_or_bad_input(tmp_path: Path, content: bytes, start: bytes) -> None:
    only_bad_input(tmp_path / "mine.npy", start + content)


DESCRIPTIONS = st.one_of(
    st.booleans(), st.integers(), st.lists(st.integers(-3, 2**63), max_size=3).map(tuple),
    st.sampled_from(["<f8", "|O", "V8", "S0", ">i2", "f", "(0,)f8", "f8,,", (), [()], ("<f8", 2), [("x",)]]))
HEADERS = st.dictionaries(st.sampled_from(["descr", "fortran_order", "shape"]), DESCRIPTIONS).map(repr)


@QUIET
@given(st.text(max_size=80) | HEADERS, st.binary(max_size=64))
def test_any_header_of_an_array_is_points_or_bad_input(tmp_path: Path, text: str, content: bytes) -> None:
    only_bad_input(tmp_path / "mine.npy", header(text) + content)
