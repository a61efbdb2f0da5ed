"""Arrays kept on disk: made once, made again where the file is damaged or something else, and never in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ganstudio.datasets import digits as digits_file
from ganstudio.datasets.parts.stroke_digits import digits
from ganstudio.maths import kept_arrays as kept_arrays_file
from ganstudio.maths.kept_arrays import Arrays, Promise, folder, kept_arrays

PROMISED = {"x": Promise("uint8", (3, 4)), "y": Promise("<f4", (2,))}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Maker:
    """Counts how often it makes."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {"x": np.arange(12, dtype=np.uint8).reshape(3, 4), "y": np.array([0.5, -2], np.float32)}


def test_they_are_made_once(home: Path) -> None:
    make = Maker()
    first, second = kept_arrays("a", PROMISED, make), kept_arrays("a", PROMISED, make)
    assert make.times == 1
    assert [path.name for path in folder().iterdir()] == ["a.safetensors"]
    for name in PROMISED:
        assert np.array_equal(first[name], second[name]) and first[name].dtype == second[name].dtype
        assert second[name].flags.writeable
    kept_arrays("b", PROMISED, make)
    assert make.times == 2, "another key is another set"


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_words(path: Path) -> None:
    path.write_text("this is no safetensors file, and much longer than its header says")


def other_shape(path: Path) -> None:
    save_file({**load_file(path), "x": np.zeros((4, 3), np.uint8)}, path)


def without_its_hash(path: Path) -> None:
    save_file(load_file(path), path)


@pytest.mark.parametrize("damage", [flip_a_byte, cut_short, empty, other_words, other_shape, without_its_hash])
def test_what_is_damaged_is_made_again(damage: Callable[[Path], None]) -> None:
    make = Maker()
    kept_arrays("a", PROMISED, make)
    damage(folder() / "a.safetensors")
    assert np.array_equal(kept_arrays("a", PROMISED, make)["x"], make()["x"])
    kept_arrays("a", PROMISED, make)
    assert make.times == 3, "made, made again, and once here to compare"


def test_where_nothing_can_be_written_it_only_takes_the_time_again(home: Path) -> None:
    home.mkdir()
    (home / "cache").write_text("a file where the folder would be")
    make = Maker()
    kept_arrays("a", PROMISED, make)
    assert np.array_equal(kept_arrays("a", PROMISED, make)["x"], make()["x"])
    assert make.times == 3


def test_the_sets_longest_unused_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_arrays_file, "MOST_BYTES", 0)
    kept_arrays("a", PROMISED, Maker())
    kept_arrays("b", PROMISED, Maker())
    assert [path.name for path in folder().iterdir()] == ["b.safetensors"]


def test_digits_come_from_the_disk_as_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    digits_file._drawn.cache_clear()
    drawn = digits_file._drawn(150)
    digits_file._drawn.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(digits_file, "digits", None)  # not drawn a second time
        read = digits_file._drawn(150)
    digits_file._drawn.cache_clear()
    assert read.labels is not None and drawn.labels is not None
    assert np.array_equal(read.images, drawn.images) and np.array_equal(read.labels, drawn.labels)
    assert read.images.shape == (150, 1, 32, 32) and read.labels.dtype == np.int64


def test_digits_that_are_drawn_otherwise_have_another_number() -> None:
    """Who changes how strokes are drawn raises ``DRAWING`` and writes the new figure here."""
    assert (digits_file.DRAWING, digits(400, seed=0)[0].mean()) == (1, pytest.approx(35.325, abs=0.05))
