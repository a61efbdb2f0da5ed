"""Every view there is: its arrays have shapes, a panel asks for it, a probe makes it, and the panel has a place."""

from __future__ import annotations

import typing

import pytest
from panel_kit import PANELS, Shown
from pytestqt.qtbot import QtBot
from studio_kit import Stage, layouts
from views import VIEWS

from ganstudio.core.leaves import ABILITIES
from ganstudio.core.protocol.any_view import VIEWS as KINDS
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.core.runs.view_shapes import check, shapes_of
from ganstudio.training.resolve_spec import probes

RUN_ON = {
    "plane": Spec(), "line": Spec(variant="ns-gan", data="mixture"), "image": Spec(variant="dcgan", data="digits"),
}


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def names_of(tag: str) -> list[str]:
    """The names under which views with a tag are asked for: probes of one kind of view have names of their own."""
    return [name for name in probes() if name == tag or name.startswith(f"{tag}-")]


@pytest.mark.parametrize("tag", KINDS)
def test_a_view_has_shapes_a_probe_a_panel_and_a_place(tag: str) -> None:
    hints = typing.get_type_hints(KINDS[tag])
    arrays = {field for field, hint in hints.items() if Array in (hint, *typing.get_args(hint))}
    assert set(shapes_of(KINDS[tag])) == arrays
    names = names_of(tag)
    assert names
    asking = [panel for panel in PANELS.values() if set(names) & set(panel.views)]
    assert asking
    for panel in asking:
        for kind in panel.kinds:
            assert panel.name in layouts()[kind].names
            assert panel.place_on(kind).row in ("left", "upper", "side", "lower")


@pytest.mark.parametrize("name", VIEWS)
def test_a_sample_of_a_view_is_one_that_a_probe_could_have_made(name: str) -> None:
    check(VIEWS[name])


@pytest.mark.parametrize("name", PANELS)
def test_no_view_breaks_a_panel(qtbot: QtBot, stage: Stage, name: str) -> None:
    """Panels are given whole snapshots: what is not theirs they leave alone, and what is theirs may be odd."""
    shown = Shown(qtbot, stage, PANELS[name], RUN_ON[PANELS[name].kinds[-1]])
    for view in VIEWS.values():
        for asked in names_of(str(type(view).__struct_config__.tag)):
            shown.show(stage, (asked, view))
        assert not shown.panel.grab().isNull()
    assert shown.words


@pytest.mark.parametrize("kind", layouts())
def test_each_panel_lies_where_its_kinds_say_and_once(kind: str) -> None:
    names = list(layouts()[kind].names)
    assert sorted(names) == sorted(name for name, panel in PANELS.items() if kind in panel.kinds)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_is_offered_to_runs_that_have_what_it_needs(name: str) -> None:
    panel = PANELS[name]
    everything = set(ABILITIES)
    assert panel.needs <= everything
    for kind in panel.kinds:
        assert panel.fits(kind, everything)
        assert panel.fits(kind, ()) == (not panel.needs)
    assert not panel.fits("sound", everything)
