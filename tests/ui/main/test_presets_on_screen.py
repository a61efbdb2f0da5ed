"""Presets in the window: saved, copied, opened, dropped; a hand-out hides controls, and the user shows them again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from test_intake import drop
from window_kit import House

from ganstudio.core.presets.layout import panels_of, parsed, written
from ganstudio.core.presets.preset_code import from_code, to_code
from ganstudio.core.presets.preset_file import SavedPreset, read_preset, write_preset
from ganstudio.core.protocol.messages import Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.preset_dialogs import OpenPresetDialog, SavePresetDialog
from ganstudio.ui.panels.controls import ControlsPanel

pytest_plugins = ["window_fixtures"]

LAYOUT = "row(20 controls, 80 column(60 row(50 points+samples, 50 landscape), 40 curves))"


def started(house: House) -> Start:
    return house.stage.link.told(Start)[-1]


def controls(house: House) -> ControlsPanel:
    panel = house.window.panels["controls"]
    assert isinstance(panel, ControlsPanel)
    return panel


def test_what_is_saved_starts_the_same_run(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house.begin(Spec(variant="wgan-gp", data="grid", seed=5, controls={"gp_weight": 0.5}))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "p.ganpreset"), ""))
    house.window.presets.save.trigger()
    dialog = house.window.presets.dialog
    assert isinstance(dialog, SavePresetDialog)
    dialog.title.setText("Cliffs")
    row = next(row for row in range(dialog.controls.count())
               if dialog.controls.item(row).data(Qt.ItemDataRole.UserRole) == "beta1_d")
    dialog.controls.item(row).setCheckState(Qt.CheckState.Unchecked)
    code = dialog.code.toPlainText()
    dialog.accept()
    kept = read_preset(tmp_path / "p.ganpreset")
    assert from_code(code) == kept
    assert (kept.variant, kept.data, kept.seed, kept.controls) == ("wgan-gp", "grid", 5, {"gp_weight": 0.5})
    assert (kept.title, kept.hidden) == ("Cliffs", ("beta1_d",))
    assert kept.layout is not None
    assert "points" in panels_of(kept.layout)


def test_a_dropped_preset_starts_its_run_with_its_layout_and_without_what_it_hides(
    house: House, tmp_path: Path,
) -> None:
    house.begin()
    path = tmp_path / "few.ganpreset"
    preset = SavedPreset(title="Few", note="Drag λ.", variant="wgan-gp", data="ring", until=800, layout=parsed(LAYOUT),
                         controls={"gp_weight": 2.0}, hidden=("beta1_d", "beta2_d"))
    write_preset(path, preset)
    drop(house, path)
    command = started(house)
    assert command.spec == preset.spec
    assert command.until == 800
    assert house.visible() != {"controls", "points", "samples", "landscape", "curves"}  # until the run has begun
    house.stage.begin(preset.spec)
    assert house.visible() == {"controls", "points", "samples", "landscape", "curves"}
    assert house.said() == "Preset: Few: Drag λ."
    assert controls(house).field_of("beta1_d").isHidden()
    assert not controls(house).field_of("gp_weight").isHidden()
    button = controls(house).findChild(QPushButton, "control.show-hidden")
    assert isinstance(button, QPushButton)
    assert button.text() == "Show 2 hidden controls"
    button.click()
    assert not controls(house).field_of("beta1_d").isHidden()
    assert button.isHidden()


def test_the_layout_of_the_window_comes_back(house: House) -> None:
    house.begin()
    preset = SavedPreset(layout=parsed(LAYOUT))
    house.window.presets.start(preset)
    house.stage.begin(preset.spec)
    QApplication.processEvents()
    found = house.window.presets.present().layout
    assert found is not None
    assert list(panels_of(found)) == list(panels_of(parsed(LAYOUT)))
    assert written(found).count("(") == LAYOUT.count("(")


def test_every_control_has_a_menu_that_hides_it(house: House) -> None:
    house.begin()
    field = controls(house).field_of("gp_weight")
    [act] = field.actions()
    assert act.text().startswith("Hide ")
    act.trigger()
    assert house.window.commands.hidden.names == ("gp_weight",)
    assert controls(house).field_of("gp_weight").isHidden()
    assert house.window.presets.present().hidden == ("gp_weight",)
    house.window.commands.hidden.show_all()
    assert not controls(house).field_of("gp_weight").isHidden()


def test_a_code_is_typed_by_keys(house: House) -> None:
    house.begin()
    house.window.presets.open.trigger()
    dialog = house.window.presets.dialog
    assert isinstance(dialog, OpenPresetDialog)
    dialog.line.setText("GAN1-0000-000")
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.words.text().startswith("Not opened: the code")
    assert dialog.line.text() == "GAN1-0000-000"
    preset = SavedPreset(variant="gan", data="lines")
    dialog.line.setText(to_code(preset).lower())
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert started(house).spec == preset.spec


def test_the_code_of_the_screen_is_copied(house: House) -> None:
    house.begin(Spec(variant="gan", data="lines", seed=3))
    house.window.presets.copy.trigger()
    copied = from_code(QApplication.clipboard().text())
    assert msgspec.structs.replace(copied, layout=None) == SavedPreset(
        variant="gan", data="lines", seed=3, network=copied.network)


@pytest.mark.parametrize(("preset", "said"), [
    (SavedPreset(variant="gam"), "unknown variant 'gam': did you mean 'gan'?"),
    (SavedPreset(data="rings"), "unknown data set 'rings': did you mean 'ring'?"),
    (SavedPreset(preset="toys"), "unknown preset of wgan-gp 'toys'"),
    (SavedPreset(hidden=("clip",)), "unknown control of wgan-gp 'clip'"),
    (SavedPreset(layout=parsed("pionts")), "unknown panel 'pionts': did you mean 'points'?"),
])
def test_a_preset_of_what_is_not_here_is_told(house: House, preset: SavedPreset, said: str) -> None:
    house.begin()
    before = len(house.stage.link.told(Start))
    house.window.presets.start(preset)
    assert house.said().startswith(f"The preset was not opened: {said}")
    assert len(house.stage.link.told(Start)) == before


def test_a_broken_file_changes_nothing(house: House, tmp_path: Path) -> None:
    house.begin()
    path = tmp_path / "b.ganpreset"
    path.write_text("format = 9\n", encoding="utf-8")
    drop(house, path)
    assert house.said() == ("The preset was not opened: preset file b.ganpreset: it has format 9: this version of GAN "
                            "Studio reads 1. Nothing was changed.")


def test_data_that_lies_beside_the_file_moves_with_it(house: House, tmp_path: Path) -> None:
    data = tmp_path / "one" / "p.csv"
    data.parent.mkdir()
    data.write_text("1,2\n3,4\n5,7\n", encoding="utf-8")
    from ganstudio.ui.state.preset_of_run import beside, found_from

    preset = SavedPreset(data="points", data_controls={"file": str(data)})
    near = beside(preset, data.parent)
    assert near.data_controls == {"file": "p.csv"}
    data.parent.rename(tmp_path / "two")
    assert found_from(near, tmp_path / "two").data_controls == {"file": str(tmp_path / "two" / "p.csv")}
    assert found_from(near, tmp_path).data_controls == {"file": "p.csv"}
