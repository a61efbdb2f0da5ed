"""The library shows the runs of a folder, also those that cannot be read, and harms none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLineEdit, QMenu, QProgressDialog, QPushButton

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Parent, Position, Spec
from ganstudio.core.protocol.views import Array, Samples, View
from ganstudio.core.runs import library as files
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.library import renamed, runs, set_tags
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.ui.library.columns import COLUMNS, MEASURES
from ganstudio.ui.library.dialog import LibraryDialog
from ganstudio.ui.library.trash import Trash

NOON = 1_700_000_000.0  # 14 November 2023


@pytest.fixture(autouse=True)
def dialogs_are_deleted(qapp: QApplication) -> Iterator[None]:
    """A dialog that is only closed stays, and whatever dresses the application walks over its 35 widgets."""
    yield
    for widget in qapp.topLevelWidgets():
        if isinstance(widget, LibraryDialog):
            widget.close()
            widget.deleteLater()


def kept(path: Path, variant: str, steps: int, parent: Parent | None = None) -> Path:
    writer = RunWriter(path, Spec(variant=variant, data="ring", seed=4), parent=parent)
    writer.add_checkpoint(Checkpoint(position=Position(steps=steps), tensors=b""))
    writer.close()
    os.utime(path, (NOON - ord(path.stem[0]), NOON - ord(path.stem[0])))  # a before b before c
    return path


@pytest.fixture(autouse=True)
def bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trash that is nobody's."""
    data = tmp_path / "a fresh account" / "share"
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    return data / "Trash"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "runs"
    made.mkdir()
    kept(made / "a.ganrun", "wgan", 1200)
    kept(made / "b.ganrun", "wgan-gp", 7, Parent(file="a.ganrun", position=Position(steps=5)))
    (made / "c.ganrun").write_bytes(b"this is no run")
    os.utime(made / "c.ganrun", (NOON, NOON))
    (made / "notes.txt").write_text("not a run either")
    return made


@pytest.fixture
def library(qapp: QApplication, folder: Path) -> Iterator[LibraryDialog]:
    made = LibraryDialog(folder)
    yield made
    made.close()


def add(path: Path, what: MeasuredNow | Frame) -> None:
    """Goes on with a run and adds something to it."""
    writer = RunWriter.reopened(path)
    if isinstance(what, Frame):
        writer.add_frame(what)
    else:
        writer.add_measures(what)
    writer.commit()
    writer.close()


def lines(library: LibraryDialog) -> list[str]:
    model = library.table.runs
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.UserRole)
    return [" | ".join(str(model.data(model.index(row, column), role)) for column in range(len(COLUMNS))
                       for role in roles) for row in range(model.rowCount())]


def names(library: LibraryDialog) -> list[str]:
    return [one.path.stem for one in library.table.runs.shown]


def marked(library: LibraryDialog) -> list[str]:
    return [one.path.stem for one in library.table.selected]


def select(library: LibraryDialog, *stems: str) -> None:
    library.table.select(one.path for one in library.table.runs.shown if one.path.stem in stems)
    assert set(marked(library)) == set(stems)


def stems(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.ganrun")}


def on_top(library: LibraryDialog) -> None:
    """Keys go to the window that is active."""
    library.show()
    library.activateWindow()
    assert QTest.qWaitForWindowActive(library)


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (text, True))


# What is shown ----------------------------------------------------------------------------------------------------


def test_runs_are_read_from_their_files(folder: Path) -> None:
    found = {one.path.name: one for one in runs(folder)}
    assert found.keys() == {"a.ganrun", "b.ganrun", "c.ganrun"}
    assert (found["a.ganrun"].steps, found["b.ganrun"].steps) == (1200, 7)
    assert found["b.ganrun"].parent == Parent(file="a.ganrun", position=Position(steps=5))
    assert found["c.ganrun"].spec is None and "is not a GAN Studio run" in found["c.ganrun"].fault
    assert runs(folder / "nowhere") == []


def test_each_run_has_a_line(library: LibraryDialog) -> None:
    assert names(library) == ["c", "a", "b"]  # the last one first
    assert lines(library)[1].startswith("a |  | wgan | toy, seed 4 | ring |  | 1,200 |")
    assert "b | from step 5 of a | wgan-gp" in lines(library)[2]
    assert "c | Cannot be read |" in lines(library)[0]
    assert marked(library) == ["a"]  # the first that can be opened
    assert "3 of 3 runs" in library.words.text()


def test_words_narrow_it(library: LibraryDialog) -> None:
    library.search.setText("wgan 1,200")
    assert names(library) == marked(library) == ["a"]
    library.search.setText("wgan nothing")
    assert names(library) == [] and "No run contains" in library.empty.text()
    assert library.empty.isVisibleTo(library) and not library.opening.isEnabled()
    library.search.setText("2023-11")
    assert len(names(library)) == 3 and library.table.isVisibleTo(library)


def test_a_click_on_a_header_sorts_numbers_as_numbers(qapp: QApplication, tmp_path: Path) -> None:
    for name, steps in (("run 9", 1000), ("run 10", 90), ("run 1", 200)):
        kept(tmp_path / f"{name}.ganrun", "wgan", steps)
    library = LibraryDialog(tmp_path)
    select(library, "run 10")
    titles = [column.title for column in COLUMNS]
    for title, order in (("Steps", ["run 10", "run 1", "run 9"]), ("Run", ["run 1", "run 9", "run 10"])):
        library.table.sortByColumn(titles.index(title), Qt.SortOrder.AscendingOrder)
        assert names(library) == order and marked(library) == ["run 10"]
    library.table.sortByColumn(titles.index("Steps"), Qt.SortOrder.DescendingOrder)
    assert names(library) == ["run 9", "run 1", "run 10"]
    library.close()


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_any_column_can_be_sorted_by(library: LibraryDialog, folder: Path, column: int) -> None:
    set_tags(folder / "a.ganrun", ["good"])
    library.refresh()
    library.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    upwards = names(library)
    library.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    assert sorted(names(library)) == sorted(upwards) == ["a", "b", "c"]


def test_measures_have_a_column_once_there_are_any(library: LibraryDialog, folder: Path) -> None:
    assert library.table.isColumnHidden(MEASURES)
    add(folder / "a.ganrun", MeasuredNow(
        run=1, steps=9, samples=2500, measures={"w1": 0.123456, "high_quality": 0.5, "modes": 7.0, "jsd": None},
        floors={"w1": 0.04, "modes": None}))
    library.refresh()
    assert not library.table.isColumnHidden(MEASURES)
    assert "| modes 7 | W1 0.123 (0.04) |" in next(line for line in lines(library) if line.startswith("a |"))


def test_pictures_are_made_after_their_rows_were_painted(
    library: LibraryDialog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = np.zeros((4, 8, 8, 3), np.uint8)
    red[..., 0] = 255
    add(folder / "a.ganrun", Frame(name="samples", position=Position(steps=3), view=Samples(
        real=Array.of(red), fake=Array.of(red), averaged=False)))
    asked: list[str] = []
    really = files.newest_view

    def newest_view(path: Path) -> View | None:
        asked.append(path.stem)
        return really(path)

    monkeypatch.setattr(files, "newest_view", newest_view)
    library.refresh()
    row = library.table.visualRect(library.table.runs.index(names(library).index("a"), 0))
    at = library.table.viewport().mapTo(library.table, QPoint(row.left() + 22, row.center().y()))
    assert library.table.grab().toImage().pixelColor(at).name() != "#ff0000" and asked == []
    for _ in range(5):
        QApplication.processEvents()
        image = library.table.grab().toImage()
    assert image.pixelColor(at).name() == "#ff0000"
    assert sorted(asked) == ["a", "b"]  # once each; what cannot be read has none


def test_an_empty_folder_says_what_will_come(qapp: QApplication, tmp_path: Path) -> None:
    library = LibraryDialog(tmp_path)
    assert "No run has been recorded yet" in library.empty.text() and library.empty.isVisibleTo(library)
    assert not library.opening.isEnabled() and library.importing.isEnabled()
    library.close()


def test_names_that_look_like_markup_are_shown_as_they_are(qapp: QApplication, tmp_path: Path) -> None:
    kept(tmp_path / "<b>x<img src=y>.ganrun", "wgan", 1)
    library = LibraryDialog(tmp_path)
    tip = str(library.table.runs.data(library.table.runs.index(0, 0), Qt.ItemDataRole.ToolTipRole))
    assert "&lt;b&gt;x&lt;img" in tip and "<b>" not in tip
    assert library.words.textFormat() == library.empty.textFormat() == Qt.TextFormat.PlainText
    library.close()


def test_everything_has_a_name_and_a_tip(library: LibraryDialog) -> None:
    for widget in [*library.findChildren(QPushButton), library.search, library.table]:
        assert isinstance(widget, QPushButton | QLineEdit) or widget is library.table
        assert widget.objectName().startswith("library.") and widget.toolTip() and widget.accessibleName()


# Opening and renaming ---------------------------------------------------------------------------------------------


def opened(library: LibraryDialog) -> list[str]:
    told: list[str] = []
    library.chosen.connect(lambda path, spec: told.append(f"{Path(path).stem} {spec.variant}"))
    return told


def test_a_run_is_opened(library: LibraryDialog) -> None:
    told = opened(library)
    select(library, "b")
    library.opening.click()
    assert told == ["b wgan-gp"]


def test_keys_alone_open_a_run(library: LibraryDialog) -> None:
    told = opened(library)
    on_top(library)
    library.search.setFocus()
    QTest.keyClicks(library.search, "wgan")
    assert marked(library) == ["a"]
    QTest.keyClick(library.search, Qt.Key.Key_Down)
    assert library.table.hasFocus()
    QTest.keyClick(library.table, Qt.Key.Key_Down)
    QTest.keyClick(library.table, Qt.Key.Key_Return)
    assert told == ["b wgan-gp"] and not library.isVisible()


def test_what_is_no_run_says_why_and_is_not_opened(library: LibraryDialog) -> None:
    select(library, "c")
    assert not library.opening.isEnabled() and not library.tags.isEnabled() and library.trash.isEnabled()
    assert "cannot be opened" in library.words.text() and "cannot be read" in library.opening.toolTip()


def test_the_run_on_screen_is_marked_and_left_alone(qapp: QApplication, folder: Path) -> None:
    library = LibraryDialog(folder, running=str(folder / "a.ganrun"))
    select(library, "a")
    assert library.opening.isEnabled() and "a | on screen |" in lines(library)[1]
    for button in (library.trash, library.copy):
        assert not button.isEnabled() and "on screen" in button.toolTip()
    assert library.rename.isEnabled() and library.tags.isEnabled()
    select(library, "a", "b")
    assert not library.opening.isEnabled() and "a single run" in library.opening.toolTip()
    library.throw_away()
    assert stems(folder) == {"a", "c"} and (
        "a.ganrun was not moved to the trash: it is the run on screen." in library.words.text())
    select(library, "a", "c")
    library.tag("good")
    assert tags(folder) == {"a": ("good",)} and "Not done" in library.words.text()  # c is no run
    library.close()


def test_runs_of_an_open_comparison_are_left_alone_until_it_is_closed(
    qapp: QApplication, folder: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = {folder / "a.ganrun"}
    library = LibraryDialog(folder, compared=lambda: compared)
    select(library, "a")
    assert not library.trash.isEnabled() and "in the open comparison" in library.trash.toolTip()
    assert "once that window is closed" in library.words.text() and library.opening.isEnabled()
    select(library, "a", "b")
    library.throw_away()
    assert stems(folder) == {"a", "c"}
    assert ("a.ganrun was not moved to the trash: the open comparison shows it; close that window first."
            in library.words.text())
    select(library, "a")
    answer(monkeypatch, "Better")
    library.rename.click()
    assert (folder / "a.ganrun").exists(), "its file keeps its name"
    compared.clear()
    library.throw_away()
    assert stems(folder) == {"c"}
    library.close()


@pytest.mark.parametrize("shown", [False, True], ids=["recorded", "opened"])
def test_the_run_on_screen_is_named_and_tagged_and_its_file_stays(
    qapp: QApplication, folder: Path, shown: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = folder / "d.ganrun" if not shown else folder / "a.ganrun"
    writer = None
    if not shown:
        writer = RunWriter(path, Spec(variant="wgan", data="ring", seed=4))
        writer.commit()
    library = LibraryDialog(folder, running="" if shown else str(path), shown=str(path))
    select(library, path.stem)
    answer(monkeypatch, "Collapse, 3rd try")
    library.rename.click()
    answer(monkeypatch, "lecture 3")
    library.tags.click()
    line = next(line for line in lines(library) if "Collapse, 3rd try" in line)
    assert "lecture 3" in line and path.exists() and marked(library) == [path.stem]
    library.search.setText("3rd try")
    assert names(library) == [path.stem]
    if writer is not None:
        writer.close()
    library.close()
    again = LibraryDialog(folder)  # at rest: its file takes the name
    select(again, path.stem)
    answer(monkeypatch, "Collapse, 4th try")
    again.rename.click()
    assert not path.exists() and "Collapse, 4th try" in stems(folder)
    assert {one.path.stem: one.title for one in runs(folder)}["Collapse, 4th try"] == ""
    again.close()


@pytest.mark.parametrize("name", ["", "  ", "../x", "x/y", "x\\y", ".x", "x\ny", "b", "b.ganrun"])
def test_a_name_that_cannot_be_is_refused(
    folder: Path, library: LibraryDialog, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(BadInput):
        renamed(folder / "a.ganrun", name)
    select(library, "a")
    answer(monkeypatch, name)
    library.rename.click()
    assert "Not done" in library.words.text()
    assert sorted(folder.iterdir()) == before


def test_a_run_is_renamed(folder: Path, library: LibraryDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    select(library, "a")
    answer(monkeypatch, "Collapse, 3rd try")
    library.rename.click()
    assert stems(folder) == {"Collapse, 3rd try", "b", "c"}
    assert marked(library) == ["Collapse, 3rd try"]


# Tags -------------------------------------------------------------------------------------------------------------


def tags(folder: Path) -> dict[str, tuple[str, ...]]:
    return {one.path.stem: one.tags for one in runs(folder) if one.spec}


def test_tags_are_edited_in_a_line(library: LibraryDialog, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    select(library, "a")
    answer(monkeypatch, "good, lecture 3")
    library.tags.click()
    assert tags(folder) == {"a": ("good", "lecture 3"), "b": ()}
    assert names(library) == ["c", "a", "b"] and marked(library) == ["a"]  # a tag does not make a run newer
    assert "good, lecture 3" in lines(library)[1]
    library.search.setText("tag:lecture")
    assert names(library) == ["a"]
    answer(monkeypatch, "")
    library.tags.click()
    assert tags(folder) == {"a": (), "b": ()}


def test_several_runs_are_tagged_and_keep_what_is_their_own(library: LibraryDialog, folder: Path) -> None:
    set_tags(folder / "a.ganrun", ["mine", "old"])
    set_tags(folder / "b.ganrun", ["old"])
    library.refresh()
    select(library, "a", "b")
    library.tag("new")  # in the place of "old", which both have
    assert tags(folder) == {"a": ("mine", "new"), "b": ("new",)}
    assert set(marked(library)) == {"a", "b"}


def test_a_tag_that_cannot_be_is_refused(library: LibraryDialog, folder: Path) -> None:
    select(library, "a")
    library.tag("x" * 41)
    assert "41 letters" in library.words.text() and tags(folder) == {"a": (), "b": ()}


# Copies -----------------------------------------------------------------------------------------------------------


def test_a_run_is_duplicated(library: LibraryDialog, folder: Path) -> None:
    select(library, "a")
    library.copy.click()
    assert stems(folder) == {"a", "a copy", "b", "c"} and marked(library) == ["a copy"]
    assert "a copy.ganrun was added" in library.words.text()


@pytest.fixture
def stick(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "z.ganrun").write_bytes(b"no run")
    return [kept(folder / "a.ganrun", "began", 3), folder / "z.ganrun", kept(folder / "d.ganrun", "sn-gan", 5)]


def test_files_from_elsewhere_are_copied_in_and_refused_one_by_one(
    library: LibraryDialog, folder: Path, stick: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path) for path in stick], ""))
    library.search.setText("wgan")  # which the new ones do not hold
    library.importing.click()
    assert stems(folder) == {"a", "a 2", "b", "c", "d"} and set(marked(library)) == {"a 2", "d"}
    assert "2 runs were added." in library.words.text() and "z.ganrun is not a GAN Studio run" in library.words.text()
    assert all(path.exists() for path in stick)


def test_files_are_dropped_on_it(library: LibraryDialog, folder: Path, stick: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(stick[2])), QUrl("https://example.org/e.ganrun")])
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *keys)
    library.dragEnterEvent(enter)
    assert enter.isAccepted()
    library.dropEvent(QDropEvent(QPointF(5, 5), *keys))
    assert stems(folder) == {"a", "b", "c", "d"}


def test_a_long_copy_can_be_cancelled(library: LibraryDialog, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def duplicated(path: Path) -> Path:
        library.findChildren(QProgressDialog)[-1].cancel()
        report("copying", 1, 2)
        raise AssertionError("it goes on")

    monkeypatch.setattr(files, "duplicated", duplicated)
    select(library, "a")
    library.copy.click()
    assert "Cancelled: a.ganrun was not copied" in library.words.text()


# The trash --------------------------------------------------------------------------------------------------------


def test_what_is_thrown_away_comes_back_the_last_first(library: LibraryDialog, folder: Path, bin: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert not library.undo.isEnabled()
    select(library, "a", "c")
    library.trash.click()
    assert stems(folder) == {"b"} and marked(library) == ["b"] and "2 runs are in the trash" in library.words.text()
    library.trash.click()
    assert stems(folder) == set() and library.empty.isVisibleTo(library)
    library.undo.click()
    assert stems(folder) == {"b"} and marked(library) == ["b"]
    library.undo.click()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert set(marked(library)) == {"a", "c"} and not library.undo.isEnabled()
    assert [path for path in bin.rglob("*") if path.is_file()] == []  # nor is it in the trash's own list


def test_keys_throw_away_and_take_back(library: LibraryDialog, folder: Path) -> None:
    on_top(library)
    library.table.setFocus()
    select(library, "b")
    QTest.keyClick(library.table, Qt.Key.Key_Delete)
    assert stems(folder) == {"a", "c"}
    QTest.keyClick(library.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert stems(folder) == {"a", "b", "c"}
    library.search.setFocus()
    library.search.setText("ab")
    QTest.keyClick(library.search, Qt.Key.Key_Delete)  # is the text's
    assert stems(folder) == {"a", "b", "c"}


def test_a_name_that_was_given_meanwhile_is_not_taken(library: LibraryDialog, folder: Path) -> None:
    select(library, "a")
    library.trash.click()
    kept(folder / "a.ganrun", "began", 1)
    library.undo.click()
    assert {one.path.stem: one.spec.variant for one in runs(folder) if one.spec} == {
        "a": "began", "a 2": "wgan", "b": "wgan-gp"}


def test_what_is_not_in_the_trash_any_more_cannot_be_taken_back(
    library: LibraryDialog, folder: Path, bin: Path
) -> None:
    select(library, "a")
    library.trash.click()
    (bin / "files" / "a.ganrun").unlink()
    library.undo.click()
    assert "a.ganrun cannot be taken back: it is no longer in the trash" in library.words.text()
    assert not library.undo.isEnabled()


def test_what_the_trash_does_not_take_stays(
    library: LibraryDialog, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file" / "share"))  # where no folder can be made
    select(library, "a")
    library.trash.click()
    assert "trash does not accept a.ganrun" in library.words.text() and (folder / "a.ganrun").exists()
    assert not library.undo.isEnabled()


def test_a_run_that_another_program_writes_is_not_thrown_away(library: LibraryDialog, folder: Path) -> None:
    writer = RunWriter(folder / "live.ganrun", Spec())
    writer.commit()
    library.refresh()
    select(library, "live")
    library.trash.click()
    assert "is being written" in library.words.text() and "live" in stems(folder)
    writer.close()


def test_undo_outlives_the_dialog_with_a_trash_that_does(qapp: QApplication, folder: Path) -> None:
    trash = Trash()
    for act in (LibraryDialog.throw_away, LibraryDialog.take_back):
        library = LibraryDialog(folder, trash=trash)
        act(library)
        library.close()
    assert stems(folder) == {"a", "b", "c"}


def test_the_menu_offers_what_the_buttons_do(library: LibraryDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: shown.append(menu))
    select(library, "c")
    library.table.customContextMenuRequested.emit(QPoint(3, 3))
    offered = {action.text(): action.isEnabled() for action in shown[0].actions()}
    assert offered == {"Open": False, "Compare": False, "Rename…": True, "Tags…": False, "Duplicate": False,
                       "Move to trash": True, "Undo": False, "Free room…": True, "Import…": True}


BUTTONS: dict[str, Callable[[LibraryDialog], QPushButton]] = {
    "rename": lambda library: library.rename, "tags": lambda library: library.tags}


@pytest.mark.parametrize("name", BUTTONS)
def test_a_question_that_is_cancelled_changes_nothing(
    library: LibraryDialog, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("other", False))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    BUTTONS[name](library).click()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


# Beside each other -------------------------------------------------------------------------------------------------


def test_two_runs_and_more_can_be_shown_beside_each_other(library: LibraryDialog) -> None:
    said: list[list[tuple[str, Spec]]] = []
    library.compared.connect(said.append)
    select(library, "a")
    assert not library.compare.isEnabled()
    assert "Mark 2 to 6 runs" in library.compare.toolTip()
    select(library, "a", "c")
    assert not library.compare.isEnabled()
    assert "cannot be read" in library.compare.toolTip()
    select(library, "a", "b")
    library.compare.click()
    assert sorted((Path(path).stem, spec.variant) for path, spec in said[0]) == [("a", "wgan"), ("b", "wgan-gp")]
    assert library.result() == LibraryDialog.DialogCode.Accepted
