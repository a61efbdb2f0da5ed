"""The film dialog: its words are the command's, what is wrong stands beside the field, and choices are remembered."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QDialogButtonBox, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot
from studio_kit import Stage, measured, started

from ganstudio.commands import video
from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.messages import Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.export.film_dialog import OWN, FilmDialog
from ganstudio.ui.export.film_plan import FORMATS, SPARSE
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.theme import THEMES

MOMENTS = [0, 1, 2, 5, 10, 20, 50, 100]


class Desk:
    """Dialogs over one run."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self.stage = Stage()
        self.run = self.stage.begin()
        self.preferences = Preferences()
        self.said: list[tuple[str, list[str]]] = []

    def dialog(self, *, walk: bool = False, rate: float = 10.0) -> FilmDialog:
        dialog = FilmDialog(
            self.stage.run, leaves("ganstudio.ui.panels", Panel), self.preferences, moments=MOMENTS, end=100,
            rate=rate, target=self.folder / "wgan-gp ring step 100", palette=THEMES["dark"], walk=walk)
        dialog.chosen.connect(lambda path, words: self.said.append((path, words)))
        self.qtbot.addWidget(dialog)
        dialog.show()
        return dialog


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    (tmp_path / "out").mkdir()
    yield Desk(qtbot, tmp_path / "out")


def parsed(words: list[str]) -> argparse.Namespace:
    """As the command reads them."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    video.add(parser)
    return parser.parse_args(["x.ganrun", "--out", "x.mp4", *words])


def ok(dialog: FilmDialog) -> QAbstractButton:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)


def wrong(dialog: FilmDialog) -> dict[str, str]:
    """What the dialog says is wrong, by line."""
    return {name: label.text() for name, label in dialog._form.errors.items() if label.isVisible()}


def test_formats_are_the_commands_own(desk: Desk) -> None:
    assert set(video.ENDINGS) == set(FORMATS)
    from ganstudio.export import video as filming

    assert filming.SPARSE == SPARSE


def test_untouched_it_films_the_whole_run_as_the_command_would(desk: Desk) -> None:
    dialog = desk.dialog()
    args = parsed(dialog.plan.words)
    assert (args.first, args.last, args.smooth, args.interpolate) == (None, None, False, False)
    assert (args.fps, args.seconds, args.size, args.pace, args.theme) == ("30", "10", "1280x720", "steps", "dark")
    assert args.layout == "points,landscape,curves"  # nothing was measured: the Wasserstein panel would stand empty
    assert dialog.plan.frames == 300
    assert "300 frames, 10 s, of 8 recorded moments" in dialog.summary.text()
    assert ok(dialog).isEnabled()
    ok(dialog).click()
    assert desk.said == [(str(desk.folder / "wgan-gp ring step 100.mp4"), dialog.plan.words)]


def test_once_measured_the_wasserstein_panel_is_ticked(desk: Desk) -> None:
    desk.stage.link.say(measured(desk.run, 5, {"w1": 0.1}, {"w1": 0.1}))
    dialog = desk.dialog()
    assert dialog.panels["wasserstein"].isChecked()


def test_every_choice_reaches_the_command(desk: Desk) -> None:
    dialog = desk.dialog()
    dialog.fps.setValue(24)
    dialog.seconds.setValue(2.5)
    dialog.size_box.setCurrentIndex(dialog.size_box.findData(OWN))
    dialog.width_box.setValue(640)
    dialog.height_box.setValue(480)
    dialog.first.setValue(10)
    dialog.last.setValue(50)
    dialog.pace.setCurrentIndex(dialog.pace.findData("log"))
    dialog.palette_box.setCurrentIndex(dialog.palette_box.findData("light"))
    dialog.smooth.setChecked(True)
    for name, box in dialog.panels.items():
        box.setChecked(name == "manifold")
    args = parsed(dialog.plan.words)
    assert (args.fps, args.seconds, args.size, args.first, args.last) == ("24", "2.5", "640x480", "10", "50")
    assert (args.pace, args.theme, args.smooth, args.layout) == ("log", "light", True, "manifold")


def test_smooth_says_what_it_costs(desk: Desk) -> None:
    assert "about 10 s" in desk.dialog(rate=10.0).cost.text()  # 100 steps at 10 a second
    assert "as long as the training" in desk.dialog(rate=0.0).cost.text()


def test_sparse_moments_are_told_before_the_film_is_made(desk: Desk) -> None:
    dialog = desk.dialog()
    assert "Each is shown for 38 frames" in dialog.summary.text()  # 300 / 8
    dialog.seconds.setValue(0.5)  # 15 frames of 8 moments
    assert "Each is shown" not in dialog.summary.text()
    dialog.first.setValue(60)
    dialog.last.setValue(90)
    assert "0 recorded moments" in dialog.summary.text()


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [("", "file", "a name"), ("film.mp4", "file", "Give the folder"), ("/no/such/film.mp4", "file", "no folder"),
     ("{out}/film.avi", "file", "must end in .mp4"), ("{out}/\0.mp4", "file", "a name")])
def test_a_file_that_cannot_be_is_told_beside_the_field(desk: Desk, name: str, line: str, says: str) -> None:
    dialog = desk.dialog()
    dialog.file.setText(name.format(out=desk.folder))
    assert says in wrong(dialog)[line]
    assert not ok(dialog).isEnabled()
    dialog.accept()
    assert desk.said == []
    dialog.file.setText(str(desk.folder / "film.mp4"))
    assert wrong(dialog) == {}
    assert ok(dialog).isEnabled()


def test_what_does_not_go_together_is_told_beside_the_field(desk: Desk) -> None:
    dialog = desk.dialog()
    dialog.size_box.setCurrentIndex(dialog.size_box.findData(OWN))
    dialog.width_box.setValue(641)
    dialog.first.setValue(60)
    dialog.last.setValue(50)
    for box in dialog.panels.values():
        box.setChecked(False)
    assert set(wrong(dialog)) == {"size", "steps", "panels"}
    dialog.format.setCurrentIndex(dialog.format.findData(".gif"))
    dialog.fps.setValue(60)
    assert set(wrong(dialog)) == {"pace", "steps", "panels"}  # a GIF may be odd


def test_what_is_there_is_replaced_with_a_word_and_numbered_pictures_are_not(desk: Desk) -> None:
    dialog = desk.dialog()
    (desk.folder / "x.mp4").touch()
    dialog.file.setText(str(desk.folder / "x.mp4"))
    assert "will be replaced" in wrong(dialog)["file"]
    assert ok(dialog).isEnabled()
    (desk.folder / "x-00001.png").touch()
    dialog.format.setCurrentIndex(dialog.format.findData(".png"))
    assert dialog.file.text() == str(desk.folder / "x.png")  # the ending follows the format
    assert "already" in wrong(dialog)["file"]
    assert not ok(dialog).isEnabled()


def test_browsing_takes_name_and_format(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = desk.dialog()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(desk.folder / "a.webm"), ""))
    dialog._browse()
    assert (dialog.ending, dialog.file.text()) == (".webm", str(desk.folder / "a.webm"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(desk.folder / "b"), ""))
    dialog._browse()
    assert dialog.file.text() == str(desk.folder / "b.webm")


def test_choices_are_remembered(desk: Desk) -> None:
    dialog = desk.dialog()
    dialog.format.setCurrentIndex(dialog.format.findData(".gif"))
    dialog.fps.setValue(25)
    dialog.smooth.setChecked(True)
    dialog.panels["points"].setChecked(False)
    dialog.accept()
    again = desk.dialog()
    assert (again.ending, again.fps.value(), again.smooth.isChecked()) == (".gif", 25, True)
    assert not again.panels["points"].isChecked()
    assert again.file.text().endswith(".gif")
    unkept = desk.dialog()
    unkept.fps.setValue(50)
    unkept.reject()
    assert desk.dialog().fps.value() == 25


def test_a_walk_is_one_moment_of_images(desk: Desk) -> None:
    desk.stage.begin(Spec(variant="dcgan", data="digits"))
    dialog = desk.dialog(walk=True)
    args = parsed(dialog.plan.words)
    assert (args.interpolate, args.layout, args.first, args.last, args.smooth) == (True, "", None, None, False)
    dialog.last.setValue(40)
    assert parsed(dialog.plan.words).last == "40"
    assert "after 40 steps" in dialog.summary.text()
    assert not dialog.smooth.isVisible()


def test_every_field_is_named_and_can_be_reached_by_the_keyboard(desk: Desk) -> None:
    dialog = desk.dialog()
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox):
        for widget in dialog.findChildren(kind):
            if widget.isVisible() and not widget.objectName().startswith("qt_"):
                assert widget.objectName().startswith("film."), widget
                assert widget.toolTip(), widget.objectName()
                assert widget.accessibleName(), widget.objectName()
                assert widget.focusPolicy(), widget.objectName()
    assert dialog.findChild(QLineEdit, "film.file") is dialog.file


def test_nothing_sticks_out_at_twice_the_text(desk: Desk) -> None:
    dialog = desk.dialog()
    font = dialog.font()
    font.setPointSizeF(20)
    dialog.setFont(font)
    big = desk.dialog()
    big.setFont(font)
    big.resize(640, 500)
    big._form.fit()
    lines = big._form.widget()
    assert lines is not None
    assert lines.width() == big._form.viewport().width()
    for box in [*big.panels.values(), big.fps, big.last, big.file]:
        right = box.mapTo(lines, box.rect().topRight()).x()
        assert right <= lines.width(), box.objectName()


def test_a_walk_of_a_generator_of_styles_can_go_through_w(desk: Desk) -> None:
    plain = desk.dialog(walk=True)
    assert plain.space.parentWidget() is None or not plain.space.isVisible()
    desk.stage.commands.next_run.start(Spec(variant="dcgan", data="digits"))
    asked = desk.stage.link.told(Start)[-1]
    desk.stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), has=["latent", "scores", "styles"]))
    dialog = desk.dialog(walk=True)
    assert dialog.space.isVisible() and parsed(dialog.plan.words).space == "z"
    dialog.space.setCurrentIndex(dialog.space.findData("w"))
    assert parsed(dialog.plan.words).space == "w" and parsed(dialog.plan.words).interpolate
