"""The Compare menu: two clicks to a comparison, the run on screen paused meanwhile, and what comes back from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import progress, real_catalog, started
from window_kit import House

from ganstudio.core.protocol.messages import CheckpointSaved, Play, Start, Stop, Together
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.comparison.choose_dialog import ChooseDialog, typed_controls
from ganstudio.ui.comparison.film import TOO_FEW, ComparisonFilm
from ganstudio.ui.export.film_dialog import FilmDialog
from ganstudio.ui.export.queue import Export
from ganstudio.ui.main.comparisons import PAUSED
from ganstudio.ui.state.comparison_plan import READY, Entry, Plan
from ganstudio.ui.theme import THEMES

pytest_plugins = ["window_fixtures"]


@pytest.fixture
def studio(house: House) -> Iterator[House]:
    """The shared window, without a comparison before and after."""
    yield house
    house.window.comparisons.close()
    house.stage.next_run.folder = None


def sent(house: House, kind: type) -> list[object]:
    each: list[object] = []
    for command in house.stage.link.sent:
        each += command.commands if isinstance(command, Together) else [command]
    return [command for command in each if isinstance(command, kind)]


def stand(house: House) -> None:
    """All runs that were asked for begin and play."""
    for _ in range(3):
        for asked in sent(house, Start):
            assert isinstance(asked, Start)
            if asked.run in house.stage.session._starts:
                begun = started(asked.run, asked.spec)
                house.stage.link.say(msgspec.structs.replace(begun, record=asked.record))
                house.stage.link.say(progress(asked.run, 1))


def action(house: House, name: str) -> QAction:
    found = house.window.findChild(QAction, name)
    assert isinstance(found, QAction), name
    return found


def test_gan_against_wgan_is_two_clicks(studio: House) -> None:
    run = studio.begin()
    studio.stage.link.sent.clear()
    button = studio.window.findChild(QToolButton, "menu.compare")
    assert isinstance(button, QToolButton)
    assert button.menu() is studio.window.comparisons.menu
    assert studio.window.comparisons.menu.menuAction() in studio.window.menuBar().actions()
    action(studio, "compare.ready.1").trigger()
    assert [(play.run, play.on) for play in sent(studio, Play) if isinstance(play, Play)] == [(run, False)]
    stand(studio)
    specs = [start.spec for start in sent(studio, Start) if isinstance(start, Start)]
    assert [(spec.variant, spec.data) for spec in specs] == [("gan", "lines"), ("wgan", "lines")]
    view = studio.window.comparisons.view
    assert view is not None
    assert view.isVisible()
    assert view.windowTitle().startswith("GAN, WGAN on ")
    assert studio.said() == PAUSED


def test_closing_ends_its_runs_and_the_run_on_screen_goes_on(studio: House) -> None:
    run = studio.begin()
    studio.window.comparisons.open(READY[2])
    stand(studio)
    view = studio.window.comparisons.view
    assert view is not None
    numbers = [member.run.number for member in view.comparison.members]
    studio.stage.link.say(progress(run, 1, playing=False))
    studio.stage.link.sent.clear()
    view.close()
    assert [stop.run for stop in sent(studio, Stop) if isinstance(stop, Stop)] == numbers
    assert [(play.run, play.on) for play in sent(studio, Play) if isinstance(play, Play)] == [(run, True)]
    assert studio.window.comparisons.view is None
    assert studio.said() == ""
    assert list(studio.stage.session.runs) == [run]


def test_a_run_that_was_paused_before_stays_paused(studio: House) -> None:
    run = studio.begin()
    studio.stage.link.say(progress(run, 5, playing=False))
    studio.window.comparisons.open(READY[0])
    stand(studio)
    studio.window.comparisons.close()
    assert [play for play in sent(studio, Play) if isinstance(play, Play) and play.run == run] == []


def test_closing_the_studio_closes_the_comparison(studio: House) -> None:
    studio.begin()
    studio.window.comparisons.open(READY[0])
    stand(studio)
    studio.window.close()
    studio.window.show()
    assert studio.window.comparisons.view is None
    assert len(sent(studio, Stop)) == 2


def test_another_comparison_takes_the_place_of_the_open_one(studio: House) -> None:
    studio.begin()
    studio.window.comparisons.open(READY[0])
    stand(studio)
    first = studio.window.comparisons.view
    studio.window.comparisons.open(READY[1])
    stand(studio)
    assert studio.window.comparisons.view is not first
    assert len(sent(studio, Stop)) == 2


def test_the_run_on_screen_beside_another_variant(studio: House) -> None:
    studio.begin(Spec(variant="wgan-gp", data="grid", seed=3, controls={"gp_weight": 2.0}))
    studio.stage.link.sent.clear()
    beside = next(each.menu() for each in studio.window.comparisons.menu.actions() if each.menu() is not None)
    assert beside is not None
    next(each for each in beside.actions() if each.text() == "GAN").trigger()  # type: ignore[attr-defined]
    stand(studio)
    mine, other = (start.spec for start in sent(studio, Start) if isinstance(start, Start))
    assert (mine.variant, mine.data, mine.seed, mine.controls["gp_weight"]) == ("wgan-gp", "grid", 3, 2.0)
    assert (other.variant, other.data, other.seed) == ("gan", "grid", 3)
    assert other.controls["batch_size"] == mine.controls["batch_size"]


@pytest.mark.parametrize("on", [False, True])
def test_a_run_is_opened_alone_in_the_main_window(studio: House, tmp_path: Path, on: bool) -> None:
    studio.stage.next_run.folder = tmp_path
    studio.begin()
    studio.window.comparisons.open(READY[0])
    stand(studio)
    view = studio.window.comparisons.view
    assert view is not None
    member = view.comparison.members[1]
    assert member.run.started is not None
    Path(member.run.started.record).touch()
    studio.stage.link.say(progress(member.run.number, 40))
    view.grid.tell(None)
    cell = view.grid.cells[1]
    (cell.go_on if on else cell.alone).trigger()
    asked = sent(studio, Start)[-1]
    assert isinstance(asked, Start)
    assert (asked.file, asked.at, asked.playing, asked.group) == (member.run.started.record, 40, on, 0)
    assert not any(play.on for play in sent(studio, Play)[-2:] if isinstance(play, Play))


def test_runs_of_the_library_are_shown_paused(studio: House) -> None:
    studio.begin()
    studio.stage.link.sent.clear()
    studio.window.comparisons.show_stored([("a.ganrun", Spec(variant="gan")), ("b.ganrun", Spec(variant="wgan"))])
    stand(studio)
    asked = [start for start in sent(studio, Start) if isinstance(start, Start)]
    assert [(start.file, start.playing) for start in asked] == [("a.ganrun", False), ("b.ganrun", False)]
    assert "batch_size" not in asked[1].spec.controls
    assert not any(play.on for play in sent(studio, Play) if isinstance(play, Play))


def test_the_files_of_the_open_comparison_are_known_until_it_is_closed(studio: House, tmp_path: Path) -> None:
    studio.stage.next_run.folder = tmp_path
    studio.begin()
    assert studio.window.comparisons.files() == set()
    studio.window.comparisons.show_stored([("a.ganrun", Spec(variant="gan")), ("b.ganrun", Spec(variant="wgan"))])
    stand(studio)
    assert {Path("a.ganrun"), Path("b.ganrun")} <= studio.window.comparisons.files()
    studio.window.comparisons.open(READY[0])
    assert studio.window.comparisons.files() == set()
    stand(studio)
    view = studio.window.comparisons.view
    assert view is not None
    records = {Path(member.run.started.record) for member in view.comparison.members if member.run.started is not None}
    assert len(records) == 2 and studio.window.comparisons.files() == records
    view.close()
    assert studio.window.comparisons.files() == set()


def test_palette_and_text_size_are_those_of_the_studio(studio: House) -> None:
    studio.begin()
    studio.window.comparisons.open(READY[0])
    stand(studio)
    view = studio.window.comparisons.view
    assert view is not None
    studio.window.set_theme("light")
    assert all(cell.panel is not None and cell.panel.theme is THEMES["light"] for cell in view.grid.cells)
    texts = [each.text() for each in view.view_menu.actions()]
    next(each for each in view.view_menu.actions() if each.text() == "&Larger text").trigger()
    assert "&Palette" in texts
    assert studio.window.preferences.scale == 1.25
    assert view.font().pointSizeF() == pytest.approx(12.5)
    studio.window.set_theme("dark")
    studio.window.set_scale(1.0)


# Choosing --------------------------------------------------------------------------------------------------------


def test_the_users_own_choice(studio: House) -> None:
    studio.begin()
    studio.stage.link.sent.clear()
    studio.window.comparisons.choose()
    dialog = studio.window.comparisons.dialog
    assert isinstance(dialog, ChooseDialog)
    dialog.add_row.click()
    third = dialog.findChild(QComboBox, "compare.variant.3")
    assert isinstance(third, QComboBox)
    third.setCurrentIndex(third.findData("lsgan"))
    third.activated.emit(third.currentIndex())
    line = dialog.findChild(QLineEdit, "compare.controls.1")
    seed = dialog.findChild(QLineEdit, "compare.seed")
    assert isinstance(line, QLineEdit)
    assert isinstance(seed, QLineEdit)
    line.setText("gp_weight = 3, critic_steps=2")
    seed.setText("11")
    dialog.go.click()
    stand(studio)
    specs = [start.spec for start in sent(studio, Start) if isinstance(start, Start)]
    assert [(spec.variant, spec.seed) for spec in specs] == [("wgan-gp", 11), ("gan", 11), ("lsgan", 11)]
    assert (specs[0].controls["gp_weight"], specs[0].controls["critic_steps"]) == ("3", "2")


@pytest.mark.parametrize(("text", "said"), [
    ("gp_weigth=3", "has no control “gp_weigth”"), ("gp_weight", "is not a setting"),
    ("gp_weight=", "is not a setting"),
])
def test_a_setting_that_is_none_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        typed_controls(text, real_catalog().variant("wgan-gp"))


def test_a_dialog_says_what_is_wrong_and_stays(qtbot: QtBot) -> None:
    dialog = ChooseDialog(real_catalog(), Plan("", "ring", (Entry("gan"), Entry("wgan"))))
    qtbot.addWidget(dialog)
    seed = dialog.findChild(QLineEdit, "compare.seed")
    assert isinstance(seed, QLineEdit)
    seed.setText("-1")
    chosen: list[object] = []
    dialog.chosen.connect(chosen.append)
    dialog.go.click()
    assert "“-1” is not a seed" in dialog.words.text()
    assert chosen == []
    for part in dialog.findChildren(QWidget):
        if isinstance(part, QComboBox | QLineEdit | QToolButton | QPushButton) and (
                not part.objectName().startswith("qt_") and part.parentWidget() is not None
                and not isinstance(part.parentWidget(), QComboBox | QLineEdit)):
            assert part.objectName().startswith("compare."), part
            assert part.toolTip(), part.objectName()


# A film ------------------------------------------------------------------------------------------------------


def asked(film: ComparisonFilm) -> list[FilmDialog]:
    return [film.dialog] if film.dialog is not None else []


def test_ctrl_m_films_the_comparison_and_its_window_says_what_came_of_it(
    studio: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    studio.begin()
    studio.stage.next_run.folder = tmp_path
    studio.window.comparisons.open(READY[1])
    stand(studio)
    view = studio.window.comparisons.view
    assert view is not None
    film = view.findChild(ComparisonFilm)
    assert film is not None and film.action.shortcut().toString() == "Ctrl+M"
    assert film.action in [entry for menu in view.menuBar().findChildren(QMenu) for entry in menu.actions()]
    film.action.trigger()
    assert not asked(film) and view.notice.text == TOO_FEW

    runs = [member.run for member in view.comparison.members]
    for run in runs:
        assert run.started is not None
        Path(run.started.record).touch()
        studio.stage.link.say(progress(run.number, 40))
    film.action.trigger()
    (dialog,) = asked(film)
    assert dialog.windowTitle() == "Film of 3 runs side by side"
    offered = {name for _, name in view.grid.offered()}
    assert {dialog.cell_panel.itemData(at) for at in range(dialog.cell_panel.count())} == offered
    assert dialog.cell_panel.currentData() == view.grid.chosen
    for name, box in dialog.panels.items():
        box.setChecked(name == "loss")
    dialog.file.setText(str(tmp_path / "f.mp4"))
    assert dialog.plan.words[-2:] == ["--layout", f"{view.grid.chosen},loss"]
    assert dialog.plan.end == 40

    queued: list[tuple[Export, str]] = []
    monkeypatch.setattr(studio.window.export_menu.exports, "add", lambda *export: queued.append(export))
    dialog.accept()
    for run in runs:
        assert not queued  # until every run's newest moment is in its file
        studio.stage.link.say(CheckpointSaved(run=run.number, position=Position(steps=40), file=run.source))
    ((export, first),) = queued
    files = [run.source for run in runs]
    assert export.line(first, tmp_path / "f.mp4")[:4] == ["video", *files]
    main = studio.said()
    studio.window.export_menu.exports.over.emit(export, "")
    assert view.notice.text == "Exported: film of 3 runs, to f.mp4." and studio.said() == main
    studio.window.export_menu.exports.over.emit(export, "the disk is full")
    assert view.notice.text == ("Not exported: film of 3 runs. The disk is full. The runs are not affected.")
    studio.window.comparisons.close()
    studio.window.export_menu.exports.over.emit(export, "")  # it was not over when the window was closed
    assert studio.said() == "Exported: film of 3 runs, to f.mp4."
