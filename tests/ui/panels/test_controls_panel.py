"""The controls panel: a widget for each control, what restarts and what does not."""

from __future__ import annotations

import pytest
import shiboken6
from panel_kit import Shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    applied,
    progress,
    real_catalog,
)

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Refused, SetControl, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panels.controls import ControlsPanel
from ganstudio.ui.theme import DARK, apply
from ganstudio.ui.widgets.control_fields import Field
from ganstudio.ui.widgets.folding_group import FoldingGroup


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def controls_of(shown: Shown) -> ControlsPanel:
    assert isinstance(shown.panel, ControlsPanel)
    return shown.panel


def moved(made: Field, value: Value) -> None:
    """What a hand does to a field, whatever its kind."""
    made.show_value(value)
    made.moved.emit(made.info.name, value)


def runs_with_every_control() -> list[tuple[str, str]]:
    """Each variant with a data set of each kind, which decides what is shown, each data set, and each common name."""
    catalog = real_catalog()
    kinds = {data.kind or "plane": data.name for data in catalog.data}
    found = [(variant.name, data) for variant in catalog.variants for data in kinds.values()]
    found += [(catalog.variants[0].name, data.name) for data in catalog.data]
    found += [(variant.name, data.name) for variant in catalog.variants for data in catalog.data
              if {info.name for info in variant.controls} & {info.name for info in data.controls}]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(("variant", "data"), runs_with_every_control())
def test_every_control_of_a_run_has_its_widget(qtbot: QtBot, stage: Stage, variant: str, data: str) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant=variant, data=data))
    catalog, spec = real_catalog(), stage.run.spec
    for owner, infos, values in (
        ("variant", catalog.variant(variant).controls, spec.controls),
        ("network", catalog.network("mlp").controls, spec.network_controls),
        ("data", catalog.data_set(data).controls, spec.data_controls),
    ):
        for info in infos:
            if info.kinds and stage.run.kind not in info.kinds:
                continue
            made = controls_of(shown).field_of(info.name, owner)
            assert made.isVisibleTo(shown.panel), info.name
            assert made.value == values[info.name], info.name


def test_a_live_control_goes_to_the_run_and_restarts_nothing(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    moved(controls_of(shown).field_of("gp_weight"), 33.0)
    assert [(command.name, command.value) for command in stage.link.told(SetControl)] == [("gp_weight", 33.0)]
    assert len(stage.link.told(Start)) == 1


@pytest.mark.parametrize(("owner", "name", "value"), [("network", "width", 64), ("data", "radius", 2.0)])
def test_a_control_that_is_not_live_restarts_with_the_settings_as_they_stand(
    qtbot: QtBot, stage: Stage, owner: str, name: str, value: Value
) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    stage.link.say(applied(shown.run, 1, "gp_weight", 33.0))
    moved(controls_of(shown).field_of(name, owner), value)
    asked = stage.link.told(Start)[-1].spec
    assert asked.controls["gp_weight"] == 33.0
    assert {"network": asked.network_controls, "data": asked.data_controls}[owner][name] == value


def test_a_restart_keeps_what_the_engine_has_not_confirmed_yet(qtbot: QtBot, stage: Stage) -> None:
    """λ is dragged, and right after it another width is chosen."""
    shown = Shown(qtbot, stage, ControlsPanel)
    moved(controls_of(shown).field_of("gp_weight"), 33.0)
    moved(controls_of(shown).field_of("gp_weight"), 44.0)
    moved(controls_of(shown).field_of("width", "network"), 64)
    asked = stage.link.told(Start)[-1].spec
    assert asked.controls["gp_weight"] == 44.0
    assert asked.network_controls["width"] == 64


def test_two_restarts_in_a_row_keep_both_changes(qtbot: QtBot, stage: Stage) -> None:
    """The second comes before the first one's run stands."""
    shown = Shown(qtbot, stage, ControlsPanel)
    moved(controls_of(shown).field_of("width", "network"), 64)
    moved(controls_of(shown).field_of("depth", "network"), 2)
    asked = stage.link.told(Start)[-1].spec
    assert (asked.network_controls["width"], asked.network_controls["depth"]) == (64, 2)


def test_a_slider_under_a_hand_is_not_pulled_back(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    made = controls_of(shown).field_of("gp_weight")
    moved(made, 33.0)
    first = stage.link.told(SetControl)[-1]
    moved(made, 34.0)
    stage.link.say(applied(shown.run, first.id, "gp_weight", 33.0))
    assert made.value == 34.0
    qtbot.waitUntil(lambda: stage.link.told(SetControl)[-1].value == 34.0)
    stage.link.say(applied(shown.run, stage.link.told(SetControl)[-1].id, "gp_weight", 34.0))
    assert made.value == 34.0


def test_what_is_refused_is_shown_as_it_stands(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    made = controls_of(shown).field_of("width", "network")
    before = made.value
    moved(made, 4096)
    stage.link.say(Refused(run=stage.link.told(Start)[-1].run, reason="too wide"))
    assert made.value == before
    live = controls_of(shown).field_of("batch_size")
    before = live.value
    moved(live, 7)
    stage.link.say(Refused(run=shown.run, reason="no", id=stage.link.told(SetControl)[-1].id))
    assert live.value == before


def test_a_preset_restarts_with_its_own_settings(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="wgan", seed=7))
    box = shown.panel.findChild(QComboBox, "control.preset")
    assert isinstance(box, QComboBox)
    presets = real_catalog().variant("wgan").presets
    assert [box.itemData(index) for index in range(box.count())] == [preset.name for preset in presets]
    momentum = box.findData("momentum")
    box.setCurrentIndex(momentum)
    box.activated.emit(momentum)
    asked = stage.link.told(Start)[-1].spec
    assert (asked.preset, asked.seed, asked.controls) == ("momentum", 7, {})
    stage.stand()
    assert box.currentData() == "momentum"
    source = [label.text() for label in shown.panel.findChildren(QLabel)]
    assert next(preset.source for preset in presets if preset.name == "momentum") in source


def test_reset_goes_to_the_presets_value(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="wgan-gp", preset="toy"))
    preset = next(p for p in real_catalog().variant("wgan-gp").presets if p.name == "toy")
    for name, value in preset.controls.items():
        assert controls_of(shown).field_of(name).default == value
    for name, value in preset.network.items():
        assert controls_of(shown).field_of(name, "network").default == value


def test_the_fields_grow_and_shrink_with_the_text(qtbot: QtBot, qapp: QApplication, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    stage.link.say(applied(shown.run, 1, "gp_weight", 33.0))
    before = qapp.font()
    widths = []
    try:
        for scale in (1.0, 2.5, 1.0):
            apply(qapp, DARK, scale)
            shown.panel.apply_theme(DARK)
            area = shown.panel.findChild(QScrollArea)
            assert isinstance(area, QScrollArea)
            content = area.widget()
            assert content is not None
            assert area.minimumSizeHint().width() > content.minimumSizeHint().width()
            assert controls_of(shown).field_of("gp_weight").value == 33.0
            widths.append(area.minimumSizeHint().width())
    finally:
        qapp.setFont(before)
        qapp.setStyleSheet("")
    assert widths[1] > 1.8 * widths[0]
    assert widths[2] < 1.1 * widths[0]


def test_the_fields_of_another_variant_replace_the_old(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    old = controls_of(shown).field_of("gp_weight")
    stage.begin(Spec(variant="wgan"))
    qtbot.waitUntil(lambda: not shiboken6.isValid(old))
    with pytest.raises(KeyError):
        controls_of(shown).field_of("gp_weight")
    assert controls_of(shown).field_of("clip").isVisibleTo(shown.panel)


def test_dragging_does_not_rebuild_the_panel(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    old = controls_of(shown).field_of("gp_weight")
    stage.begin(Spec(variant="wgan-gp", seed=3))
    assert controls_of(shown).field_of("gp_weight") is old


def test_a_control_that_does_nothing_looks_so_and_says_why(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="f-gan"))
    panel = controls_of(shown)
    stage.link.say(applied(shown.run, 1, "divergence", "js"))
    alpha, pi, f, kind = (panel.field_of(name) for name in ("alpha", "pi", "f", "divergence"))
    assert not any(each.isEnabled() for each in (alpha, pi, f)) and kind.isEnabled()
    for part in (alpha, *(each for each in alpha.findChildren(QWidget) if not each.objectName().startswith("reset"))):
        assert part.toolTip().startswith("No effect now: divergence is js, not alpha.") or not part.toolTip()
    assert "No effect now" in alpha.findChildren(QSlider)[0].accessibleDescription()
    grey = alpha.grab().toImage()
    moved(kind, "alpha")  # at once, not only when the engine has answered
    assert alpha.isEnabled() and not pi.isEnabled() and "No effect" not in alpha.toolTip()
    assert alpha.grab().toImage() != grey
    assert "No effect" not in alpha.findChildren(QSlider)[0].accessibleDescription()
    moved(kind, "custom")
    assert f.isEnabled() and not alpha.isEnabled()


def test_a_schedule_that_is_over_and_a_held_player_grey_what_they_silence(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="wgan-gp"))
    panel = controls_of(shown)
    settings: dict[str, Value] = {"schedule": "linear", "horizon": 100, "rate_floor": 0.0}
    for at, (name, value) in enumerate(settings.items()):
        stage.link.say(applied(shown.run, at + 1, name, value))
    stage.link.say(progress(shown.run, 99))
    assert panel.field_of("learning_rate_g").isEnabled()
    stage.link.say(progress(shown.run, 100))
    assert not panel.field_of("learning_rate_g").isEnabled() and panel.field_of("horizon").isEnabled()
    assert "step 100" in panel.field_of("learning_rate_g").toolTip()
    panel.show_past(50, None)  # at that moment they acted
    assert "No effect" not in panel.field_of("learning_rate_g").toolTip()
    panel.show_past(None, None)
    stage.link.say(applied(shown.run, 9, "schedule", "constant"))
    assert panel.field_of("learning_rate_g").isEnabled() and not panel.field_of("horizon").isEnabled()
    stage.link.say(applied(shown.run, 10, "critic_steps", 0))
    silent = {name for owner, name in panel._fields if owner == "variant" and not panel.field_of(name).isEnabled()}
    assert silent == {"horizon", "rate_floor", "gp_weight", "gp_sides", "learning_rate_d", "optimiser_d", "beta1_d",
                      "beta2_d"}


def test_a_live_control_of_the_data_lies_on_top_and_restarts_nothing(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="gan", data="lines"))
    boxes = [box.title for box in shown.panel.findChildren(FoldingGroup)]
    assert boxes[0] == "Data" and boxes.count("Data") == 1
    theta = controls_of(shown).field_of("theta", "data")
    moved(theta, 2.5)
    assert [(command.name, command.value) for command in stage.link.told(SetControl)] == [("data.theta", 2.5)]
    assert len(stage.link.told(Start)) == 1
    stage.link.say(applied(shown.run, stage.link.told(SetControl)[-1].id, "data.theta", 2.4, steps=30))
    assert theta.value == 2.4
    shown.panel.show_past(10, None)
    assert theta.value == 0.5
    shown.panel.show_past(None, None)
    assert theta.value == 2.4


def test_data_without_a_live_control_lies_below(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="gan", data="ring"))
    assert [box.title for box in shown.panel.findChildren(FoldingGroup)][-1] == "Data"


# Few, or all --------------------------------------------------------------------------------------------------------


def seen_fields(panel: ControlsPanel) -> set[str]:
    return {each.info.name for each in panel.findChildren(Field) if each.isVisibleTo(panel)}


@pytest.mark.parametrize("data", ["ring", "mixture", "lines", "digits"])
@pytest.mark.parametrize("variant", [variant.name for variant in real_catalog().variants])
def test_a_newcomer_sees_a_dozen_controls_at_most(qtbot: QtBot, stage: Stage, variant: str, data: str) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant=variant, data=data))
    panel = controls_of(shown)
    everything = seen_fields(panel)
    panel.show_few(True)
    few = seen_fields(panel)
    assert {"critic_steps", "learning_rate_d", "learning_rate_g"} <= few < everything and len(few) <= 12
    own = {info.name for info in real_catalog().variant(variant).controls if info.group == "objective"}
    assert own <= few


def test_all_controls_are_one_click_away(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    panel = controls_of(shown)
    everything = seen_fields(panel)
    wanted: list[bool] = []
    panel.show_few(True)
    panel.all_wanted.connect(wanted.append)
    for expected in (True, False):
        button = panel.findChild(QPushButton, "control.all")
        assert isinstance(button, QPushButton)
        button.click()
        assert wanted[-1] is expected and (seen_fields(panel) == everything) is expected
    stage.begin(Spec(variant="wgan"))
    assert seen_fields(panel) == {"clip", "warm_up", "critic_steps", "learning_rate_d", "learning_rate_g"}


# Groups that are folded one by one ----------------------------------------------------------------------------------


def title_of(panel: ControlsPanel, group: str) -> QToolButton:
    found = panel.findChild(QToolButton, f"group.{group}")
    assert isinstance(found, QToolButton)
    return found


def of_group(panel: ControlsPanel, group: str) -> set[str]:
    return {each.info.name for each in panel.findChildren(Field) if each.info.group == group}


def test_a_group_is_folded_by_a_click_or_by_keys_and_all_open_by_one_click(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    panel = controls_of(shown)
    everything, kept = seen_fields(panel), list[str]()
    panel.folds_changed.connect(kept.append)
    title_of(panel, "optimisers").click()
    assert seen_fields(panel) == everything - of_group(panel, "optimisers")
    QTest.keyClick(title_of(panel, "players"), Qt.Key.Key_Space)
    assert seen_fields(panel) == everything - of_group(panel, "optimisers") - of_group(panel, "players")
    assert kept == ["optimisers", "optimisers,players"]
    count = len(of_group(panel, "players"))
    assert title_of(panel, "players").accessibleName() == f"Players, {count} controls, folded"
    assert title_of(panel, "players").text() == f"Players ({count})"
    title_of(panel, "optimisers").click()
    assert seen_fields(panel) == everything - of_group(panel, "players") and kept[-1] == "players"
    button = panel.findChild(QPushButton, "control.all")
    assert isinstance(button, QPushButton) and button.text() == f"All {len(everything)} controls"
    button.click()
    assert seen_fields(panel) == everything and kept[-1] == "" and button.text() == "Fewer controls"
    assert title_of(panel, "players").accessibleName() == f"Players, {count} controls, open"


def test_folded_groups_stay_folded_for_another_variant_and_with_few_controls(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    panel = controls_of(shown)
    panel.fold_groups("players,growth")  # as kept; growth is no group of this variant
    stage.begin(Spec(variant="wgan"))
    qtbot.waitUntil(lambda: ("variant", "clip") in panel._fields)
    assert not seen_fields(panel) & of_group(panel, "players") and "clip" in seen_fields(panel)
    panel.show_few(True)
    assert seen_fields(panel) == {"clip", "warm_up"} | ({"learning_rate_d"} - of_group(panel, "players"))
    panel.uncover("learning_rate_g")
    assert "learning_rate_g" in seen_fields(panel) and "batch_size" not in seen_fields(panel)
    panel.uncover("beta1_d")
    assert "beta1_d" in seen_fields(panel)
