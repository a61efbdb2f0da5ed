"""A lesson in the window: its menu, its keys, its panels, and the layout that comes back after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lesson_kit import TINY, write
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QPushButton
from studio_kit import layouts, progress, started
from window_kit import House

from ganstudio.cli import main
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.protocol.messages import MeasureQuantities, QuantitiesMeasured, Start, Together
from ganstudio.core.protocol.spec import Position
from ganstudio.core.system.resources import lessons_folder
from ganstudio.ui.docks.chosen import rows_of
from ganstudio.ui.lessons.view import LessonView

pytest_plugins = ["window_fixtures"]

TEXT = TINY.replace("until = 4\n[[", 'until = 4\nlayout = ["landscape", "wasserstein"]\nlook_at = "landscape"\n[[')


@pytest.fixture
def lesson(house: House) -> Iterator[House]:
    """A window with the tiny lesson among the user's own, and a run on screen."""
    write(lessons_folder(), TEXT)
    house.begin()
    yield house
    house.window.lessons.player.leave()
    house.window.preferences.forget("lesson/tiny")


def menu_action(house: House, name: str) -> QAction:
    house.window.lessons.menu.aboutToShow.emit()
    found = next((action for action in house.window.lessons.menu.actions() if action.objectName() == name), None)
    assert found is not None
    return found


def open_tiny(house: House) -> None:
    menu_action(house, "lessons.open.tiny").trigger()


def test_the_menu_lists_the_lessons_with_their_minutes(lesson: House) -> None:
    action = menu_action(lesson, "lessons.open.tiny")
    assert "Tiny (your own)" in action.text() and "5 min" in action.text()
    assert "Two steps." in action.toolTip()
    assert not menu_action(lesson, "lessons.next").isEnabled()


def test_page_keys_turn_the_pages(lesson: House) -> None:
    open_tiny(lesson)
    player, window = lesson.window.lessons.player, lesson.window
    assert player.page == 0
    for key, page in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageDown, 2), (Qt.Key.Key_PageDown, 2),
                      (Qt.Key.Key_PageUp, 1)):
        QTest.keyClick(window.focusWidget() or window, key)
        assert player.page == page
    view = window.lessons.view
    assert view is not None
    view.prose.setFocus()  # which scrolls by these keys elsewhere
    for key, page in ((Qt.Key.Key_PageDown, 2), (Qt.Key.Key_PageUp, 1)):
        QTest.keyClick(view.prose, key)
        assert player.page == page
    assert "Step 1 of 2" in view._where.text()
    assert "Why?" in view.prose.toPlainText() and "Because." not in view.prose.toPlainText()
    QTest.keyClick(window, Qt.Key.Key_F4)
    assert "Because." in view.prose.toPlainText()
    QTest.keyClick(window, Qt.Key.Key_F4)
    assert "Because." not in view.prose.toPlainText()


def test_a_step_shows_its_panels_and_frames_one(lesson: House) -> None:
    open_tiny(lesson)
    lesson.window.lessons.player.go(1)
    assert lesson.visible() == {"landscape", "wasserstein"}
    frame = lesson.window.lessons.frame
    assert frame.widget is lesson.window.docks["landscape"] and frame.isVisible()
    lesson.window.lessons.player.go(2)
    assert lesson.visible() == {"landscape", "wasserstein"} and not frame.isVisible()


def test_after_a_lesson_the_layout_is_the_users_again(lesson: House) -> None:
    lesson.window.docks["theory"].hide()
    before = lesson.visible()
    open_tiny(lesson)
    lesson.window.lessons.player.go(1)
    assert lesson.visible() != before
    button = lesson.window.findChild(QPushButton, "lesson.leave")
    assert isinstance(button, QPushButton)
    button.click()
    assert lesson.visible() == before
    assert lesson.window.lessons.view is None and not menu_action(lesson, "lessons.leave").isEnabled()


def test_a_window_that_is_closed_in_a_lesson_opens_with_the_users_layout(fresh: House, tmp_path: Path) -> None:
    write(tmp_path / "lessons", TEXT)
    fresh.begin()
    before = fresh.visible()
    open_tiny(fresh)
    fresh.window.lessons.player.go(1)
    fresh.again()
    fresh.begin()
    assert fresh.visible() == before
    open_tiny(fresh)
    assert fresh.window.lessons.player.page == 1


def test_another_run_does_not_change_the_panels_of_the_step(lesson: House) -> None:
    open_tiny(lesson)
    lesson.window.lessons.player.go(1)
    lesson.stage.stand()
    assert lesson.visible() == {"landscape", "wasserstein"}


@pytest.mark.parametrize(("size", "scale"), [((1366, 768), 2.0), ((1920, 1080), 1.0)])
def test_buttons_and_prose_can_be_read(lesson: House, size: tuple[int, int], scale: float) -> None:
    window = lesson.window
    window.resize(*size)
    open_tiny(lesson)
    window.lessons.player.go(1)
    window.set_scale(scale)
    lesson.qtbot.waitUntil(lambda: window.lessons.view is not None and window.lessons.view.prose.width() > 200)
    view = window.lessons.view
    assert view is not None
    for button in view.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width() and view.rect().contains(button.geometry())
            assert button.accessibleName() and button.toolTip() and button.objectName()
    assert view.prose.horizontalScrollBar().maximum() == 0


def test_tab_goes_to_the_lesson(lesson: House) -> None:
    open_tiny(lesson)
    lesson.window.lessons.player.go(1)
    view = lesson.window.lessons.view
    assert view is not None
    lesson.qtbot.waitUntil(lambda: not view.visibleRegion().isEmpty() and view.again.isVisible())
    names = []
    for _ in range(60):
        QTest.keyClick(lesson.window.focusWidget() or lesson.window, Qt.Key.Key_Tab)
        focus = lesson.window.focusWidget()
        names.append(focus.objectName() if focus is not None else "")
    assert {"lesson.prose", "lesson.next", "lesson.leave"} <= set(names)


def test_a_lesson_is_written_from_the_run_on_screen(lesson: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("What λ does!", True))
    menu_action(lesson, "lessons.write").trigger()
    written = read_lesson(lessons_folder() / "what-does")
    assert written.title == "What λ does!"
    assert written.steps[0].run is not None and written.steps[0].run.variant == "wgan-gp"
    assert set(written.steps[0].layout) <= set(layouts()["plane"].names) and written.steps[0].layout
    assert "A lesson to write in is at" in lesson.said()
    menu_action(lesson, "lessons.write").trigger()
    assert "exists already" in lesson.said()


@pytest.mark.parametrize(("count", "wide", "rows"), [
    (0, True, []), (1, True, [1]), (2, True, [2]), (2, False, [1, 1]), (3, True, [1, 2]), (3, False, [1, 1, 1]),
    (4, True, [2, 2]), (5, True, [3, 2]), (6, False, [2, 2, 2]), (8, True, [3, 3, 2]),
])
def test_rows(count: int, wide: bool, rows: list[int]) -> None:
    found = rows_of([str(n) for n in range(count)], wide=wide)
    assert [len(row) for row in found] == rows
    assert [name for row in found for name in row] == [str(n) for n in range(count)]


def test_the_report_is_written_by_a_command_that_knows_what_was_played(
    lesson: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    open_tiny(lesson)
    player = lesson.window.lessons.player
    player.go(1)
    assert player.notes is not None
    player.notes.note(1, 0, 0, 9.0)
    out = tmp_path / "page.html"
    monkeypatch.setattr("ganstudio.ui.main.lessons.ask_where", lambda *_: out)
    asked: list[list[str]] = []
    monkeypatch.setattr(lesson.window.export_menu.exports, "add",
                        lambda export, run: asked.append(export.line(run, export.target)))
    menu_action(lesson, "lessons.report").trigger()
    assert main(asked[0]) == 0
    page = out.read_text(encoding="utf-8")
    assert "✗ does not hold" in page and "Played to step 1 of 2" in page


COMPARED = TEXT.replace(
    'run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, '
    'network_controls = { width = 4, depth = 1 } }',
    'compare = [ { variant = "gan", data = "ring" }, { variant = "wgan-gp", data = "ring" } ]').replace(
    "+++\nIntroduction", '\n[[step]]\nrun = { variant = "gan", data = "ring" }\nlayout = ["points"]\n+++\nIntroduction'
).replace("## Second\n\nMore.", "## Second\n\nMore.\n\n## Third\n\nAlone.")


def begin_all(house: House) -> None:
    """The runs of the comparison begin, as an engine would let them."""
    view = house.window.comparisons.view
    assert view is not None
    while any(member.waiting for member in view.comparison.members):
        for sent in list(house.stage.link.sent):
            for asked in sent.commands if isinstance(sent, Together) else [sent]:
                if isinstance(asked, Start) and asked.run in house.stage.session._starts:
                    house.stage.link.say(started(asked.run, asked.spec))
                    house.stage.link.say(progress(asked.run, 0, playing=False))


def arrive(house: House, steps: int) -> None:
    """The runs of the comparison get to a step, and what is asked of the first is measured."""
    view = house.window.comparisons.view
    assert view is not None
    for member in view.comparison.members:
        house.stage.link.say(progress(member.run.number, steps, playing=False))
    ask = next(one for sent in reversed(house.stage.link.sent) if isinstance(sent, Together)
               for one in sent.commands if isinstance(one, MeasureQuantities))
    house.stage.link.say(QuantitiesMeasured(run=ask.run, id=ask.id, position=Position(steps=steps), values=[4.0]))


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_a_step_that_compares_runs_opens_the_comparison_with_the_prose_beside_it(
    lesson: House, size: tuple[int, int],
) -> None:
    write(lessons_folder(), COMPARED)
    window = lesson.window
    window.resize(*size)
    open_tiny(lesson)
    window.lessons.player.go(1)
    view = window.comparisons.view
    assert view is not None and view.isVisible() and view.size() == window.size()
    begin_all(lesson)
    assert [member.label for member in view.comparison.members] == ["GAN", "WGAN-GP"]
    assert view.grid.chosen == "landscape"
    assert lesson.visible() == set()
    prose = view.findChild(LessonView, "lesson")
    assert isinstance(prose, LessonView)
    lesson.qtbot.waitUntil(lambda: not prose.visibleRegion().isEmpty())
    assert "Four steps were made." in prose.prose.toPlainText() and view.controls.isHidden()
    assert prose.prose.horizontalScrollBar().maximum() == 0
    for button in prose.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width() and prose.rect().contains(button.geometry())
    QTest.keyClick(view, Qt.Key.Key_F4)
    lesson.qtbot.waitUntil(lambda: "Because." in prose.prose.toPlainText())
    arrive(lesson, 4)
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    lesson.qtbot.waitUntil(lambda: window.lessons.player.page == 2)
    assert window.comparisons.view is view  # the runs go on
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    lesson.qtbot.waitUntil(lambda: window.comparisons.view is None)
    assert window.lessons.player.page == 3 and lesson.visible() == {"points"}


def test_a_window_with_a_comparison_of_a_lesson_is_closed_whole(lesson: House) -> None:
    write(lessons_folder(), COMPARED)
    open_tiny(lesson)
    lesson.window.lessons.player.go(1)
    begin_all(lesson)
    lesson.window.lessons.player.leave()
    assert lesson.window.comparisons.view is None
    assert not lesson.window.lessons.open and lesson.visible()
