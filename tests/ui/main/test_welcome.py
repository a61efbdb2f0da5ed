"""The welcome page and the tour: what is offered, that nothing is stopped, and that every place is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from painted_text import cut_texts
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QToolButton, QWidget
from studio_kit import RING, points_view, snapshot
from window_kit import IMAGE, KINDS, House
from window_poses import settle, take_pose

from ganstudio.core.lessons.shelf import shelf
from ganstudio.core.protocol.messages import Play, Start, Stop
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.tour import STOPS, beside
from ganstudio.ui.main.welcome_entries import sections

pytest_plugins = ["window_fixtures"]


def button(house: House, name: str) -> QToolButton | QPushButton:
    found = house.window.findChild(QWidget, f"welcome.{name}")
    assert isinstance(found, QToolButton | QPushButton)
    return found


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def test_it_opens_at_the_first_start_and_not_once_that_is_unwanted(fresh: House) -> None:
    fresh.window.welcome.open_at_start()
    assert fresh.window.welcome.isVisible()
    box = fresh.window.findChild(QCheckBox, "welcome.at-start")
    assert isinstance(box, QCheckBox) and box.isChecked()
    box.click()
    fresh.again()
    fresh.window.welcome.open_at_start()
    assert not fresh.window.welcome.isVisible()
    fresh.window.welcome.open_page()
    assert fresh.window.welcome.isVisible(), "the Help menu opens it all the same"


def test_the_points_can_be_seen_beside_it_and_the_run_goes_on(house: House) -> None:
    run = house.begin()
    take_pose(house.window, 1.0, 1366, 768)
    house.stage.link.sent.clear()
    house.window.welcome.open_at_start()
    settle()
    points, page = house.window.docks["points"], house.window.welcome
    covered = points.geometry().intersected(page.geometry())
    assert covered.width() * covered.height() < 0.5 * points.width() * points.height()
    house.stage.link.say(snapshot(run, points_view(RING)))
    assert not house.stage.link.told(Play) and not house.stage.link.told(Stop)
    for bar in (house.window.transport, house.window.pickers, house.window.timeline):
        assert not bar.geometry().intersects(page.geometry())
    page.leave()


@KINDS
def test_what_is_offered_leads_somewhere(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    names = [entry.name for section in sections(house.window) for entry in section.entries]
    assert len(set(names)) == len(names)
    assert {"draw", "points", "folder", "plane", "line", "image"} <= set(names)
    variant = house.stage.run.variant
    others = {preset.name for preset in variant.presets} - {house.stage.run.spec.preset} if variant else set()
    assert others and others <= set(names)


def test_a_first_experiment_starts_and_the_page_is_left(house: House) -> None:
    house.begin()
    house.window.welcome.open_page()
    button(house, "line").click()
    asked = house.stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data) == ("wgan-gp", "mixture") and not house.window.welcome.isVisible()
    house.window.welcome.open_page()
    button(house, "draw").click()
    assert not house.window.docks["draw"].visibleRegion().isEmpty()


def test_the_first_lessons_and_what_other_parts_of_the_window_offer_have_sections_of_their_own(house: House) -> None:
    house.begin()
    window, taken = house.window, []
    action = QAction("&Two players", window)
    action.setObjectName("lesson.two-players")
    action.setToolTip("What each of the two wants")
    action.triggered.connect(lambda: taken.append(1))
    found = {section.title: [entry.title for entry in section.entries] for section in sections(window)}
    first = shelf().lessons[:3]
    assert found["Lessons"] == [*(one.title for one in first), "Two players"]
    compare = sections(window)[[*found].index("Compare runs")]
    assert compare.entries and all(entry.name.startswith("compare.") for entry in compare.entries)
    assert all(entry.detail != entry.title.rstrip("…") for section in sections(window) for entry in section.entries)
    window.welcome.open_page()
    button(house, "lesson.two-players").click()
    assert taken == [1]
    action.setParent(None)
    window.welcome.open_page()
    button(house, f"lesson.{first[0].name}").click()
    assert window.lessons.player.lesson is not None and window.lessons.player.lesson.name == first[0].name
    window.lessons.player.leave()


def test_recent_runs_are_offered_but_the_one_on_screen_and_damaged_ones(
    fresh: House, small_run: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    shutil.copy(small_run, runs / "mine.ganrun")
    (runs / "damaged.ganrun").write_bytes(b"no run")
    fresh.stage.next_run.folder = runs
    fresh.begin()
    found = next(section for section in sections(fresh.window) if section.title == "Recent runs")
    assert [entry.name for entry in found.entries] == ["run.0", "runs"] and "mine" in found.entries[0].detail
    fresh.window.welcome.open_page()
    button(fresh, "run.0").click()
    asked = fresh.stage.link.told(Start)[-1]
    assert asked.file == str(runs / "mine.ganrun") and not asked.playing


def test_it_is_used_without_a_mouse(house: House) -> None:
    house.begin()
    house.window.welcome.open_page()
    seen = []
    for _ in range(60):
        focus = focused()
        assert house.window.welcome.isAncestorOf(focus)
        seen.append(focus.objectName())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        if focused().objectName() == seen[0]:
            break
    assert {"welcome.tour", "welcome.draw", "welcome.at-start", "welcome.close"} <= set(seen)
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    assert not house.window.welcome.isVisible()


def test_all_of_it_has_names_and_words(house: House) -> None:
    house.begin()
    house.window.welcome.open_page()
    for widget in house.window.welcome.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            assert widget.objectName() and widget.accessibleName() and widget.toolTip(), widget
    house.window.welcome.leave()


@pytest.mark.parametrize(("scale", "width", "height"), [(1.0, 1366, 768), (2.0, 1366, 768), (2.0, 1920, 1080)])
def test_no_word_of_it_is_cut(house: House, scale: float, width: int, height: int) -> None:
    house.begin()
    take_pose(house.window, scale, width, height)
    house.window.welcome.open_page()
    settle()
    assert cut_texts(house.window.welcome) == []
    house.window.welcome.leave()
    house.window.set_scale(1.0)


# The tour -----------------------------------------------------------------------------------------------------------


@KINDS
def test_every_place_of_the_tour_is_there(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    take_pose(house.window, 1.0, 1366, 768)
    tour = house.window.welcome.tour
    assert len(STOPS) == 5
    for stop in STOPS:
        anchor = tour.anchor(stop)
        settle()
        assert anchor is not None and not anchor.visibleRegion().isEmpty(), stop.title


@pytest.mark.parametrize(("scale", "width", "height"), [(1.0, 1366, 768), (2.0, 1366, 768)])
def test_the_tour_goes_on_back_and_away(house: House, scale: float, width: int, height: int) -> None:
    house.begin(IMAGE)
    take_pose(house.window, scale, width, height)
    tour = house.window.welcome.tour
    card: object = None
    tour.start()
    for at in range(len(STOPS)):
        settle()
        card = house.window.findChild(QWidget, "tour")
        assert isinstance(card, QWidget) and card.isVisible() and tour.at == at
        assert house.window.rect().contains(card.geometry())
        assert cut_texts(card) == []
        title = card.findChild(QLabel, "tour.title")
        assert isinstance(title, QLabel) and title.text() == f"{at + 1} of 5: {STOPS[at].title}"
        if at < len(STOPS) - 1:
            QTest.keyClick(focused(), Qt.Key.Key_PageDown)
    back = house.window.findChild(QPushButton, "tour.back")
    assert isinstance(back, QPushButton)
    back.click()
    assert tour.at == 3
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    assert isinstance(card, QWidget) and tour.at == -1 and not card.isVisible()
    tour.start()
    assert tour.at == 0, "it can be shown again"
    for _ in STOPS:
        tour.go(1)
    assert tour.at == -1
    house.window.set_scale(1.0)


@pytest.mark.parametrize("area", [QRect(10, 10, 200, 300), QRect(700, 10, 290, 600), QRect(0, 0, 1000, 80)])
def test_a_card_lies_beside_its_place(area: QRect) -> None:
    room, size = QRect(0, 0, 1000, 700), QRect(0, 0, 250, 150).size()
    placed = QRect(beside(area, size, room), size)
    assert room.contains(placed) and not placed.intersects(area)
    assert room.contains(QRect(beside(room, size, room), size)), "over it if nothing is free"
    assert beside(room, size, room) != QPoint(-1, -1)


def test_the_studio_begins_with_few_controls_until_all_are_wanted(fresh: House) -> None:
    fresh.begin()

    def all_button() -> QPushButton:
        found = fresh.window.panels["controls"].findChild(QPushButton, "control.all")
        assert isinstance(found, QPushButton)
        return found

    assert all_button().text() == "Fewer controls", "a script sees all of them"
    fresh.window.welcome.begin(page=False)
    assert all_button().text().startswith("All ") and not fresh.window.welcome.isVisible()
    all_button().click()
    fresh.again()
    fresh.window.welcome.begin(page=True)
    fresh.begin()
    assert all_button().text() == "Fewer controls" and fresh.window.welcome.isVisible()


def test_folded_groups_are_folded_again_at_the_next_start(fresh: House) -> None:
    def players() -> QToolButton:
        found = fresh.window.panels["controls"].findChild(QToolButton, "group.players")
        assert isinstance(found, QToolButton)
        return found

    fresh.window.welcome.begin(page=False)
    fresh.begin()
    assert players().accessibleName().endswith("open")
    players().click()
    fresh.again()
    fresh.window.welcome.begin(page=False)
    fresh.begin()
    assert players().accessibleName().endswith("folded")


def test_the_palette_shows_a_control_that_is_folded_away(fresh: House) -> None:
    fresh.window.welcome.begin(page=False)
    fresh.begin()
    field = fresh.window.panels["controls"].findChild(QWidget, "control.beta1_d")
    assert isinstance(field, QWidget) and not field.isVisible()
    line = next(line for line in fresh.window.registry.lines("beta1_d") if line.text.startswith("Control › "))
    assert line.act is not None
    line.act()
    assert field.isVisible()


def test_a_panel_that_comes_to_the_front_does_not_cover_the_page(house: House) -> None:
    house.begin()
    take_pose(house.window, 1.0, 1366, 768)
    house.window.welcome.open_at_start()
    for name in ("theory", "overview", "landscape"):
        house.window.navigation.bring_forward(name)
    settle()
    page = house.window.welcome
    middle = page.geometry().center()
    found = house.window.childAt(middle)
    assert found is not None and (found is page or page.isAncestorOf(found))
    page.leave()
