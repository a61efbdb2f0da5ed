"""The window of a comparison by mouse and keys: cells, linked axes and colours, one set of controls, one timeline."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from comparison_kit import LAMBDAS, SIX, TWO, Shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QSlider, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import landscape_view, line_view, measured, points_view, scalars, snapshot

from ganstudio.core.protocol.messages import Diverged, Play, Refused, SetClock, SetControl, SnapshotRequest, Start, Stop
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.ui.comparison.points_over_landscape import PointsOverLandscape
from ganstudio.ui.plotting.items import Curve
from ganstudio.ui.theme import DARK, LIGHT, THEMES, apply

Make = Callable[..., Shown]
RAMP = np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)
SLOPES = np.ones((8, 2), dtype=np.float32)


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Windows that are closed after the test."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    made: list[Shown] = []

    def made_with(specs: Sequence[Spec] = TWO, **how: object) -> Shown:
        made.append(Shown(qtbot, specs, **how))  # type: ignore[arg-type]
        return made[-1]

    apply(qapp, DARK, 1.0)
    yield made_with
    for each in made:
        each.end()
    qapp.setStyleSheet("")


def picture(shown: Shown, at: int, steps: int = 1, values: object = RAMP, kind: str = "value") -> None:
    """A picture of points over a landscape comes for a run."""
    shown.stage.link.say(snapshot(
        shown.numbers()[at], points_view(np.zeros((5, 2))), landscape_view(values, SLOPES, kind=kind), steps=steps))


def child(shown: Shown, name: str) -> QWidget:
    found = shown.view.findChild(QWidget, name)
    assert isinstance(found, QWidget), name
    return found


def more_looks(shown: Shown, than: int) -> bool:
    return len(shown.together(SnapshotRequest)) > than


def drawn(curve: Curve) -> tuple[list[float], list[float]]:
    x, y = curve._item.getData()
    return ([] if x is None else list(x)), ([] if y is None else list(y))


# Cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("runs", "rows"), [(2, 1), (3, 1), (4, 2), (6, 2)])
def test_there_is_a_cell_for_each_run_with_the_usual_panel(make: Make, runs: int, rows: int) -> None:
    shown = make(SIX[:runs])
    cells = shown.view.grid.cells
    assert len(cells) == runs
    assert shown.view.grid.rows == rows
    assert {cell.y() // max(cells[0].height(), 1) for cell in cells} == set(range(rows))
    assert all(isinstance(cell.panel, PointsOverLandscape) and cell.panel.isVisible() for cell in cells)
    assert [cell.accessibleName() for cell in cells][:2] == ["Run 1: GAN (minimax)".replace(" (minimax)", ""),
                                                             "Run 2: LSGAN"]


@pytest.mark.parametrize(("spec", "panel"), [
    (Spec(variant="gan", data="mixture"), "line"), (Spec(variant="dcgan", data="digits"), "samples")])
def test_other_data_has_another_panel_at_first(make: Make, spec: Spec, panel: str) -> None:
    shown = make((spec, spec))
    assert shown.view.grid.chosen == panel


def test_a_panel_is_chosen_for_all_cells(make: Make) -> None:
    shown = make()
    box = shown.view.transport.panels
    names = [box.itemData(at) for at in range(box.count())]
    assert {"points-over-landscape", "points", "landscape", "curves", "measures", "wasserstein"} <= set(names)
    assert not {"controls", "draw", "workshop", "samples", "line"} & set(names)
    box.setFocus()
    box.setCurrentIndex(names.index("curves"))
    box.activated.emit(box.currentIndex())
    assert [cell.panel.name if cell.panel else "" for cell in shown.view.grid.cells] == ["curves", "curves"]
    shown.qtbot.waitUntil(lambda: shown.told(SnapshotRequest) != [] and shown.told(SnapshotRequest)[-1].views == [])


def test_cells_say_what_became_of_their_run(make: Make) -> None:
    shown = make()
    shown.stage.link.say(Diverged(run=shown.numbers()[0], good_settings={}, what=Divergence(
        term="critic", value="nan", at=12.0)))
    state = child(shown, "cell.1.state")
    assert state.text() == "Diverged at step 12: “critic” became nan."  # type: ignore[attr-defined]
    assert state.height() > 0
    assert child(shown, "cell.2.state").parentWidget().height() == 0  # type: ignore[union-attr]


def test_all_runs_are_looked_at_together_and_once(make: Make) -> None:
    shown = make()
    shown.qtbot.waitUntil(lambda: len(shown.together(SnapshotRequest)) > 0)
    asked = len(shown.together(SnapshotRequest))
    assert [look.run for look in shown.together(SnapshotRequest)[-1]] == shown.numbers()
    QTest.qWait(120)
    assert len(shown.together(SnapshotRequest)) == asked  # one request is outstanding
    picture(shown, 0)
    QTest.qWait(120)
    assert len(shown.together(SnapshotRequest)) == asked  # the other run has not answered
    picture(shown, 1)
    shown.qtbot.waitUntil(lambda: len(shown.together(SnapshotRequest)) == asked + 1)
    shown.qtbot.waitUntil(lambda: shown.view.scheduler.plots == [1, 1])


def test_a_run_that_plays_no_more_is_not_waited_for(make: Make) -> None:
    shown = make()
    shown.qtbot.waitUntil(lambda: len(shown.together(SnapshotRequest)) > 0)
    asked = len(shown.together(SnapshotRequest))
    shown.stage.link.say(Diverged(run=shown.numbers()[0], good_settings={}, what=Divergence(
        term="critic", value="nan", at=1.0)))
    shown.go(2)
    picture(shown, 1, 2)
    shown.qtbot.waitUntil(lambda: len(shown.together(SnapshotRequest)) > asked)


def test_a_picture_counts_once_however_often_it_is_painted(make: Make) -> None:
    shown = make()
    for steps in (3, 3):
        before = len(shown.together(SnapshotRequest))
        for at in (0, 1):
            picture(shown, at, steps)
        shown.qtbot.waitUntil(functools.partial(more_looks, shown, before))
    assert shown.view.scheduler.plots == [1, 1]


# Links -----------------------------------------------------------------------------------------------------------


def test_moving_the_axes_of_one_cell_moves_all(make: Make) -> None:
    shown = make(SIX[:3])
    plots = [cell.panel.plot for cell in shown.view.grid.cells if cell.panel is not None]
    first = plots[0]
    assert first is not None
    first._box.setRange(xRange=(-0.5, 0.5), yRange=(-0.5, 0.5), padding=0)
    first._box.sigRangeChangedManually.emit([True, True])
    for plot in plots[1:]:
        assert plot is not None
        assert not plot.following
        assert plot.x_range()[0] == pytest.approx(first.x_range()[0], abs=0.05)
        assert plot.y_range()[1] == pytest.approx(first.y_range()[1], abs=0.05)
    shown.view._fit_axes()
    assert all(plot is not None and plot.following and plot.x_range()[0] <= -1.9 for plot in plots)


def test_curves_in_cells_have_the_axes_that_all_of_them_need(make: Make) -> None:
    shown = make()
    shown.view.choose_panel("curves")
    at = np.arange(1.0, 30.0)
    for number, height in zip(shown.numbers(), (1.0, 50.0), strict=True):
        shown.stage.link.say(scalars(number, "discriminator", at, critic=np.full(29, height) + at / 100))
    for number in shown.numbers() * 2:  # each is drawn once more, for what the other wants
        shown.stage.link.say(snapshot(number, steps=29))
    ranges = [cell.panel.plot.y_range() for cell in shown.view.grid.cells if cell.panel and cell.panel.plot]
    assert ranges[0] == pytest.approx(ranges[1])
    assert ranges[0][0] < 1.1
    assert ranges[0][1] > 50


def test_critics_have_one_span_of_colours_and_logits_one_reach(make: Make) -> None:
    shown = make((Spec(variant="wgan"), Spec(variant="wgan-gp"), Spec(variant="gan"), Spec(variant="ns-gan")))
    for at, (values, kind) in enumerate(((RAMP + 100, "value"), (3 * RAMP - 7, "value"), (RAMP, "logit"),
                                         (4 * RAMP, "logit"))):
        picture(shown, at, 1, values, kind)
    for at, (values, kind) in enumerate(((RAMP + 100, "value"), (3 * RAMP - 7, "value"), (RAMP, "logit"),
                                         (4 * RAMP, "logit"))):
        picture(shown, at, 2, values, kind)
    panels = [cell.panel for cell in shown.view.grid.cells]
    ends = [panel._bar._range for panel in panels if isinstance(panel, PointsOverLandscape)]
    assert ends[0] == pytest.approx((97, 103), abs=0.5)
    assert ends[1] == pytest.approx((-10, -4), abs=0.1)
    assert ends[2] == ends[3]
    assert ends[2][1] == pytest.approx(4, rel=0.1)
    shown.view.colours_action.trigger()
    ends = [panel._bar._range for panel in panels if isinstance(panel, PointsOverLandscape)]
    assert ends[0] == pytest.approx((99, 101), abs=0.5)
    assert ends[2][1] == pytest.approx(1, rel=0.1)


def test_a_run_that_diverged_has_no_say_in_the_colours_of_the_others(make: Make) -> None:
    shown = make(LAMBDAS[:2])
    picture(shown, 0, 1, 1e20 * RAMP)
    shown.stage.link.say(Diverged(run=shown.numbers()[0], good_settings={}, what=Divergence(
        term="critic", value="nan", at=1.0)))
    picture(shown, 1, 2)
    panel = shown.view.grid.cells[1].panel
    assert isinstance(panel, PointsOverLandscape)
    assert panel._bar._range == pytest.approx((-1, 1))


# Curves ----------------------------------------------------------------------------------------------------------


def test_the_curves_of_all_runs_are_drawn_over_each_other(make: Make) -> None:
    shown = make()
    shown.view.resize(1920, 1080)
    at = np.arange(1.0, 40.0)
    for number, height in zip(shown.numbers(), (1.0, 2.0), strict=True):
        shown.stage.link.say(scalars(number, "discriminator", at, real=np.full(39, height), fake=np.full(39, height)))
        shown.stage.link.say(measured(number, 10, {"w1": height, "modes": 3}, {"w1": 0.1, "modes": 8}))
        shown.stage.link.say(measured(number, 30, {"w1": height / 2, "modes": 8}, {"w1": 0.1, "modes": 8}))
    loss, distance, quality = shown.view.overlays
    loss.draw()
    assert loss.choice.currentText() == "D: loss"
    assert [drawn(curve)[1][-1] for curve in loss._curves] == [2.0, 4.0]
    assert distance.choice.currentText() == "W1"
    assert [drawn(curve) for curve in distance._curves] == [([10, 30], [1.0, 0.5]), ([10, 30], [2.0, 1.0])]
    assert set(drawn(distance._floor)[1]) == {0.1}
    assert quality.choice.currentText() == "modes found"
    names = [loss.choice.itemText(at) for at in range(loss.choice.count())]
    assert names == ["D: loss", "real", "fake"]
    loss.choice.setCurrentIndex(1)
    loss.choice.activated.emit(1)
    assert [drawn(curve)[1][-1] for curve in loss._curves] == [1.0, 2.0]


def test_runs_have_the_colour_of_their_cells_in_the_curves(make: Make) -> None:
    shown = make(SIX, theme=LIGHT)
    for overlay in shown.view.overlays:
        colours = [curve._item.opts["pen"].color().name() for curve in overlay._curves]
        assert colours == [cell._colour for cell in shown.view.grid.cells]
        assert len(set(colours)) == 6
    assert [entry.accessibleName() for entry in shown.view.legend.entries][3] == "Run 4: WGAN-GP"


def test_where_there_is_no_room_the_curves_come_when_they_are_asked_for(make: Make) -> None:
    shown = make(SIX)
    shown.view.resize(1000, 560)
    assert shown.view._curves.isHidden()
    shown.view.curves_action.trigger()
    assert not shown.view._curves.isHidden()
    assert shown.view.curves_action.isChecked()
    shown.view.curves_action.trigger()
    assert shown.view._curves.isHidden()


# Controls --------------------------------------------------------------------------------------------------------


def slider(shown: Shown, name: str) -> QSlider:
    found = shown.view.findChild(QSlider, f"control.{name}")
    assert isinstance(found, QSlider)
    return found


def test_a_slider_moves_all_runs_that_have_the_control(make: Make) -> None:
    shown = make((Spec(variant="gan"), *LAMBDAS[1:]))
    moved = slider(shown, "gp_weight")
    moved.setFocus()
    QTest.keyClick(moved, Qt.Key.Key_Right)
    sent = shown.together(SetControl)[-1]
    assert [each.run for each in sent] == shown.numbers()[1:]
    assert len({each.value for each in sent}) == 1
    assert shown.view.controls._notes["gp_weight"].text().startswith("only runs 2 and 3")


def test_a_slider_moves_one_run_if_that_was_chosen(make: Make) -> None:
    shown = make(LAMBDAS)
    assert "now 0 in run 1, 1 in run 2, 10 in run 3" in shown.view.controls._notes["gp_weight"].text()
    box = shown.view.controls.target
    assert [box.itemText(at) for at in range(box.count())] == [
        "all runs", "1  WGAN-GP, λ 0", "2  WGAN-GP, λ 1", "3  WGAN-GP, λ 10"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    moved = slider(shown, "gp_weight")
    QTest.keyClick(moved, Qt.Key.Key_Right)
    assert [each.run for each in shown.together(SetControl)[-1]] == [shown.numbers()[1]]


def test_controls_are_those_of_any_run_and_say_what_all_share(make: Make) -> None:
    shown = make((Spec(variant="gan"), Spec(variant="wgan"), Spec(variant="wgan-gp")))
    names = set(shown.view.controls._fields)
    assert {"gp_weight", "clip", "learning_rate_d", "critic_steps"} <= names
    assert "width" not in names  # it is not live
    said = child(shown, "comparison.shared").text()  # type: ignore[attr-defined]
    assert "seed 0" in said
    assert "batch size 128 (that of run 1)" in said


def test_a_refusal_is_said_and_the_slider_goes_back(make: Make) -> None:
    shown = make(LAMBDAS[:2])
    moved = slider(shown, "gp_weight")
    before = moved.value()
    QTest.keyClick(moved, Qt.Key.Key_Right)
    for each in shown.told(SetControl):
        shown.stage.link.say(Refused(run=each.run, reason="it does not fit", id=each.id))
    assert "it does not fit" in shown.view.notice.text
    shown.qtbot.waitUntil(lambda: slider(shown, "gp_weight").value() == before)


# Transport -------------------------------------------------------------------------------------------------------


def press(shown: Shown, key: str) -> None:
    shown.view.activateWindow()
    shown.qtbot.waitUntil(shown.view.isActiveWindow)
    shown.view.setFocus()
    QTest.keySequence(shown.view, key)


def test_keys_drive_all_runs(make: Make) -> None:
    shown = make()
    press(shown, "Space")
    assert [(play.run, play.on) for play in shown.together(Play)[-1]] == [(run, False) for run in shown.numbers()]
    shown.go(8, playing=False)
    shown.qtbot.waitUntil(lambda: shown.view.transport.play.text() == "Play")
    press(shown, "Space")
    assert all(play.on for play in shown.together(Play)[-1])
    press(shown, "Ctrl+R")
    assert [start.replaces for start in shown.together(Start)[-1]] == [[run] for run in shown.numbers()]


def test_the_step_is_said_once_as_long_as_all_are_at_the_same(make: Make) -> None:
    shown = make()
    shown.go(1204)
    shown.qtbot.waitUntil(lambda: shown.view.readout.text().startswith("step 1,204, "))
    assert child(shown, "cell.1.where").isHidden()
    clock = shown.view.transport.clock
    clock.setCurrentIndex(1)
    clock.activated.emit(1)
    assert [each.clock for each in shown.together(SetClock)[-1]] == ["time", "time"]
    shown.go(1300)
    shown.stage.link.say(__import__("studio_kit").progress(shown.numbers()[0], 2000))
    shown.qtbot.waitUntil(lambda: shown.view.readout.text().startswith("steps 1,300 to 2,000"))
    assert child(shown, "cell.1.where").text() == "step 2,000"  # type: ignore[attr-defined]


def test_another_seed_restarts_all(make: Make) -> None:
    shown = make()
    seed = child(shown, "comparison.seed")
    assert isinstance(seed, QLineEdit)
    seed.setText("7")
    seed.editingFinished.emit()
    assert [start.spec.seed for start in shown.together(Start)[-1]] == [7, 7]
    shown.begin()
    seed.setText("x7")
    seed.editingFinished.emit()
    assert seed.text() == "7"
    assert "is not a seed" in seed.statusTip()


# Looking back ----------------------------------------------------------------------------------------------------


def test_closing_ends_the_runs(make: Make) -> None:
    shown = make()
    numbers = shown.numbers()
    shown.view.close()
    assert [stop.run for stop in shown.together(Stop)[-1]] == numbers


# The look --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("specs", [TWO, SIX], ids=["two", "six"])
def test_every_part_is_named_and_explained_and_reached_by_tab(make: Make, specs: Sequence[Spec]) -> None:
    shown = make(specs)
    parts = [part for part in shown.view.findChildren(QWidget)
             if isinstance(part, QSlider | QAbstractButton | QComboBox | QLineEdit)
             and part.isVisible() and not part.objectName().startswith("qt_")]
    assert len(parts) > 20
    for part in parts:
        where = f"{type(part).__name__} {part.objectName()}"
        assert part.objectName(), part.parent()
        assert part.accessibleName() or part.text(), where  # type: ignore[union-attr]
        assert part.toolTip(), where
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, where
    names = [part.objectName() for part in parts]
    assert len(names) == len(set(names))


def test_tab_goes_through_the_window_and_gets_stuck_nowhere(make: Make) -> None:
    shown = make()
    shown.view.activateWindow()
    shown.qtbot.waitUntil(shown.view.isActiveWindow)
    wanted = {"comparison.play", "comparison.seed", "comparison.clock", "comparison.panel", "comparison.target",
              "control.learning_rate_d", "cell.1.more", "cell.2.more", "overlay.loss.show"}
    if shown.view._curves.isHidden():
        shown.view.curves_action.trigger()
    seen: set[str] = set()
    child(shown, "comparison.play").setFocus()
    for _ in range(300):
        focus = QApplication.focusWidget()
        assert focus is not None
        seen.add(focus.objectName())
        if wanted <= seen:
            break
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert wanted <= seen


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_the_window_fits_the_screens_it_is_made_for(
    make: Make, qapp: QApplication, theme: str, scale: float, size: tuple[int, int]) -> None:
    apply(qapp, THEMES[theme], scale)
    shown = make(SIX, theme=THEMES[theme])
    shown.view.resize(*size)
    QApplication.processEvents()
    assert (shown.view.width(), shown.view.height()) == size
    for cell in shown.view.grid.cells:
        assert cell.panel is not None
        assert cell.panel.theme is THEMES[theme]
        assert cell.height() > 60
        assert shown.view.rect().contains(cell.mapTo(shown.view, cell.rect().bottomRight()))
    assert not shown.view.grab().isNull()


def test_the_line_is_shown_for_two_runs(make: Make) -> None:
    shown = make((Spec(variant="gan", data="mixture"), Spec(variant="wgan", data="mixture")))
    for at in (0, 1):
        shown.stage.link.say(snapshot(shown.numbers()[at], line_view(np.ones(9), np.ones(9), np.ones(9))))
    shown.qtbot.waitUntil(lambda: shown.view.scheduler.plots == [1, 1])
