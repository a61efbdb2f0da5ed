"""Choosing a variant and data: by menus, by the search field, and what else changes with it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QWidgetAction
from studio_kit import real_catalog
from window_kit import House

from ganstudio.core.protocol.messages import InspectData, Start
from ganstudio.ui.main.intake import FILES, FOLDERS

pytest_plugins = ["window_fixtures"]


def actions(menu: QMenu) -> dict[str, QAction]:
    return {action.objectName(): action for action in menu.actions() if action.objectName()}


def test_every_variant_and_data_set_has_its_entry(house: House) -> None:
    house.begin()
    catalog = real_catalog()
    assert set(actions(house.window.pickers.variants.menu())) == {f"variant.{v.name}" for v in catalog.variants}
    assert set(actions(house.window.pickers.data.menu())) == {f"data.{d.name}" for d in catalog.data}
    lines = house.window.pickers.variants.menu().actions()
    families = {action.text() for action in lines if isinstance(action, QWidgetAction)}
    assert families >= {variant.family for variant in catalog.variants}


@pytest.mark.parametrize("name", [variant.name for variant in real_catalog().variants])
def test_choosing_a_variant_restarts(house: House, name: str) -> None:
    house.begin()
    actions(house.window.pickers.variants.menu())[f"variant.{name}"].trigger()
    assert house.stage.link.told(Start)[-1].spec.variant == name


@pytest.mark.parametrize(
    "name", [data.name for data in real_catalog().data if data.name not in (*FILES, *FOLDERS)])
def test_choosing_a_data_set_restarts(house: House, name: str) -> None:
    house.begin()
    actions(house.window.pickers.data.menu())[f"data.{name}"].trigger()
    assert house.stage.link.told(Start)[-1].spec.data == name


@pytest.mark.parametrize(("name", "dialog"), [("points", "getOpenFileName"), ("folder", "getExistingDirectory")])
@pytest.mark.parametrize("chosen", ["somewhere", ""], ids=["chosen", "cancelled"])
def test_data_of_ones_own_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str, dialog: str, chosen: str
) -> None:
    monkeypatch.setattr(QFileDialog, dialog, lambda *_: chosen if name == "folder" else (chosen, ""))
    house.begin()
    actions(house.window.pickers.data.menu())[f"data.{name}"].trigger()
    looks = house.stage.link.told(InspectData)
    assert [(look.path, look.data) for look in looks] == ([(chosen, name)] if chosen else [])
    assert len(house.stage.link.told(Start)) == 1, "it is looked at first"


def test_what_a_choice_changed_beside_is_said_once_the_run_stands(house: House) -> None:
    house.begin()
    house.stage.next_run.choose_variant("began")
    assert not house.said()
    house.stage.stand()
    assert "needs images" in house.said()
    assert "Digits" in house.said()


@pytest.mark.parametrize(("typed", "variant", "data"), [
    ("moons", "wgan-gp", "moons"), ("non-saturating", "ns-gan", "ring"), ("MIXTURE", "wgan-gp", "mixture"),
])
def test_the_search_takes_the_first_that_fits(house: House, typed: str, variant: str, data: str) -> None:
    house.begin()
    search = house.window.findChild(QLineEdit, "menu.search")
    assert isinstance(search, QLineEdit)
    search.setFocus()
    QTest.keyClicks(search, typed)
    QTest.keyClick(search, Qt.Key.Key_Return)
    asked = house.stage.link.told(Start)
    assert len(asked) == 2
    assert (asked[-1].spec.variant, asked[-1].spec.data) == (variant, data)
    house.qtbot.waitUntil(lambda: search.text() == "")


def test_a_search_for_nothing_changes_nothing(house: House) -> None:
    house.begin()
    search = house.window.findChild(QLineEdit, "menu.search")
    assert isinstance(search, QLineEdit)
    for typed in ("", "no such thing"):
        search.clear()
        QTest.keyClicks(search, typed)
        QTest.keyClick(search, Qt.Key.Key_Return)
        assert search.statusTip() == (f"No variant and no data set is called “{typed}”" if typed else "")
    assert len(house.stage.link.told(Start)) == 1


def test_the_menus_say_what_each_entry_is_and_show_the_data_that_is_here(house: House) -> None:
    house.begin()
    catalog = real_catalog()
    variants, data = (actions(menu.menu()) for menu in (house.window.pickers.variants, house.window.pickers.data))
    for variant in catalog.variants:
        title, _, line = variants[f"variant.{variant.name}"].text().partition("\t")
        assert title == variant.title and line.endswith(")") and len(line) > 20
        assert ("images" in line.rpartition("(")[2]) == ("image" in variant.kinds)
    for each in catalog.data:
        action = data[f"data.{each.name}"]
        assert action.text().split("\t")[1]
        fetched = each.name not in (*FILES, *FOLDERS) and any(control.kind == "folder" for control in each.controls)
        assert action.icon().isNull() == fetched
