"""The library shows the runs of a folder, also those that cannot be read, and harms none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QFile
from PySide6.QtWidgets import QApplication

from ganstudio.core.errors import BadInput
from ganstudio.core.library import renamed, runs
from ganstudio.core.run_file import Checkpoint, RunWriter
from ganstudio.core.spec import Parent, Position, Spec
from ganstudio.ui.library import Library


def kept(path: Path, variant: str, steps: int, parent: Parent | None = None) -> Path:
    writer = RunWriter(path, Spec(variant=variant, data="ring", seed=4), parent=parent)
    writer.add_checkpoint(Checkpoint(position=Position(steps=steps), tensors=b""))
    writer.close()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept(tmp_path / "a.ganrun", "wgan", 1200)
    kept(tmp_path / "b.ganrun", "wgan-gp", 7, Parent(file="a.ganrun", position=Position(steps=5)))
    (tmp_path / "c.ganrun").write_bytes(b"this is no run")
    (tmp_path / "notes.txt").write_text("not a run either")
    return tmp_path


@pytest.fixture
def library(qapp: QApplication, folder: Path) -> Iterator[Library]:
    made = Library(folder)
    yield made
    made.close()


def lines(library: Library) -> list[str]:
    table = library.table
    return [" | ".join(cell(library, row, column) for column in range(table.columnCount()))
            for row in range(table.rowCount()) if not table.isRowHidden(row)]


def cell(library: Library, row: int, column: int) -> str:
    item = library.table.item(row, column)
    assert item is not None
    return item.text()


def select(library: Library, name: str) -> None:
    row = next(row for row in range(library.table.rowCount())
               if cell(library, row, library.table.columnCount() - 1) == name)
    library.table.selectRow(row)


def test_runs_are_read_from_their_files(folder: Path) -> None:
    found = {one.path.name: one for one in runs(folder)}
    assert found.keys() == {"a.ganrun", "b.ganrun", "c.ganrun"}
    assert (found["a.ganrun"].steps, found["b.ganrun"].steps) == (1200, 7)
    assert found["b.ganrun"].parent == Parent(file="a.ganrun", position=Position(steps=5))
    assert found["c.ganrun"].spec is None and "is not a GAN Studio run" in found["c.ganrun"].fault
    assert runs(folder / "nowhere") == []


def test_each_run_has_a_line(library: Library) -> None:
    assert len(lines(library)) == 3
    assert any("wgan | ring | toy | 4 | 1,200 |" in line for line in lines(library))
    assert any("step 5 of a.ganrun" in line for line in lines(library))
    assert "3 of 3 runs" in library.words.text()


def test_words_narrow_it(library: Library) -> None:
    library.search.setText("wgan 1,200")
    assert len(lines(library)) == 1
    library.search.setText("wgan nothing")
    assert lines(library) == [] and "No run holds" in library.words.text()
    library.search.setText("")
    assert len(lines(library)) == 3


def test_a_run_is_opened(library: Library, folder: Path) -> None:
    told: list[tuple[str, Spec]] = []
    library.chosen.connect(lambda path, spec: told.append((path, spec)))
    select(library, "b.ganrun")
    library.opening.click()
    assert [(path, spec.variant) for path, spec in told] == [(str(folder / "b.ganrun"), "wgan-gp")]


def test_what_is_no_run_says_why_and_is_not_opened(library: Library) -> None:
    select(library, "c.ganrun")
    assert not library.opening.isEnabled() and library.trash.isEnabled()
    assert "cannot be opened" in library.words.text()


def test_the_run_on_screen_keeps_its_name(qapp: QApplication, folder: Path) -> None:
    library = Library(folder, running=str(folder / "a.ganrun"))
    select(library, "a.ganrun")
    assert not library.rename.isEnabled() and not library.trash.isEnabled() and library.opening.isEnabled()
    library.close()


@pytest.mark.parametrize("name", ["", "  ", "../x", "x/y", "x\\y", ".x", "x\ny", "b", "b.ganrun"])
def test_a_name_that_cannot_be_is_refused(folder: Path, library: Library, name: str) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(BadInput):
        renamed(folder / "a.ganrun", name)
    select(library, "a.ganrun")
    selected = library.selected
    assert selected is not None
    library.name(selected, name)
    assert "Not done" in library.words.text()
    assert sorted(folder.iterdir()) == before


def test_a_run_is_renamed(folder: Path, library: Library) -> None:
    select(library, "a.ganrun")
    selected = library.selected
    assert selected is not None
    library.name(selected, "Collapse, 3rd try")
    assert (folder / "Collapse, 3rd try.ganrun").exists() and not (folder / "a.ganrun").exists()
    assert any("Collapse, 3rd try.ganrun" in line for line in lines(library))


def test_what_the_trash_does_not_take_stays(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFile, "moveToTrash", lambda self: False)
    select(library, "a.ganrun")
    library.trash.click()
    assert "trash does not take a.ganrun" in library.words.text() and (folder / "a.ganrun").exists()


def test_an_empty_folder_says_what_will_come(qapp: QApplication, tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert "No run is kept yet" in library.words.text() and not library.opening.isEnabled()
    library.close()
