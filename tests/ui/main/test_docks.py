"""Where panels are: the layout of each kind of data, what is kept of it, and what is not visible."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from studio_kit import RING, Stage, landscape_view, layouts, offered, points_view, snapshot
from window_kit import IMAGE, KINDS, LINE, House

from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.window import Window
from ganstudio.ui.panel import abilities_of

pytest_plugins = ["window_fixtures"]


def test_a_variant_brings_its_panel_to_the_front(fresh: House) -> None:
    fresh.begin(IMAGE)
    fresh.qtbot.waitUntil(lambda: "interpolation" in on_top(fresh.window))
    fresh.begin(Spec(variant="progan", data="digits"))
    fresh.qtbot.waitUntil(lambda: "progressive" in on_top(fresh.window))
    fresh.window.docks["gradients"].raise_()
    fresh.begin(Spec(variant="progan", data="digits", seed=1))
    fresh.qtbot.waitUntil(lambda: "gradients" in on_top(fresh.window))
    fresh.window.docks["progressive"].raise_()
    fresh.qtbot.waitUntil(lambda: "progressive" in on_top(fresh.window))
    fresh.begin(IMAGE)
    fresh.qtbot.waitUntil(lambda: "interpolation" in on_top(fresh.window))


def test_a_layout_does_without_panels_that_are_not_there() -> None:
    whole = layouts()["image"]
    assert whole.among(whole.names) == whole
    part = whole.among({"controls", "interpolation", "progressive", "log", "balance"})
    assert part.upper == (("interpolation", "progressive"),)
    assert part.side == ("log",)
    assert part.lower == (("balance",),)
    assert len(part.shares) == len(part.upper)


def test_each_kind_of_data_has_its_layout(house: House) -> None:
    house.begin()
    assert house.visible() == offered("plane")
    for _ in range(2):  # as it stands at first, and as it was left
        house.begin(LINE)
        assert house.visible() == offered("line")
        house.begin()
        assert house.visible() == offered("plane")


def test_what_is_arranged_is_kept_between_kinds_and_between_starts(fresh: House) -> None:
    fresh.begin()
    fresh.window.docks["log"].hide()
    fresh.window.docks["curves"].setFloating(True)
    fresh.begin(LINE)
    assert "log" in fresh.visible()
    fresh.window.docks["wasserstein"].hide()
    fresh.begin()
    assert "log" not in fresh.visible()
    fresh.again()
    fresh.begin()
    assert "log" not in fresh.visible()
    assert fresh.window.docks["curves"].isFloating()
    fresh.begin(LINE)
    assert "wasserstein" not in fresh.visible()


def test_reset_brings_the_first_layout_back(fresh: House) -> None:
    fresh.begin()
    fresh.window.docks["log"].hide()
    fresh.window.docks["curves"].setFloating(True)
    fresh.window.reset_layout()
    assert fresh.visible() == offered("plane")
    assert not fresh.window.docks["curves"].isFloating()
    fresh.again()
    fresh.begin()
    assert fresh.visible() == offered("plane")


def on_top(window: Window) -> set[str]:
    """The panels that can be seen."""
    return {name for name, dock in window.docks.items() if not dock.visibleRegion().isEmpty()}


def firsts(kind: str) -> set[str]:
    """The panels that are on top of their stacks at first."""
    layout = layouts()[kind]
    return {"controls", *(stack[0] for stack in (*layout.upper, layout.side, *layout.lower))}


@KINDS
def test_the_first_of_each_stack_is_on_top_at_first_and_after_a_reset(fresh: House, kind: str, spec: Spec) -> None:
    fresh.begin(spec)
    fresh.qtbot.waitUntil(lambda: on_top(fresh.window) == firsts(kind))
    layout = layouts()[kind].among(offered(kind))
    lasts = {stack[-1] for stack in (*layout.upper, layout.side, *layout.lower)}
    for name in lasts:
        fresh.window.docks[name].raise_()
    fresh.qtbot.waitUntil(lambda: on_top(fresh.window) == {"controls", *lasts})
    fresh.window.reset_layout()
    fresh.qtbot.waitUntil(lambda: on_top(fresh.window) == firsts(kind))


def stands(window: Window, name: str) -> bool:
    """Whether a panel lies in the window, with room, and not over nothing at its corner."""
    dock = window.docks[name]
    return (dock.isVisible() and not dock.isFloating() and dock.width() >= 150 and dock.height() >= 120
            and window.rect().contains(dock.geometry())
            and window.dockWidgetArea(dock) != Qt.DockWidgetArea.NoDockWidgetArea)


@KINDS
def test_every_panel_of_a_kind_stands_in_its_layout_and_is_in_the_view_menu(
    house: House, kind: str, spec: Spec
) -> None:
    house.begin(spec)
    started = house.window.run.started
    assert started is not None
    has = abilities_of(started, house.window.run.variant)
    for name, panel in house.window.panels.items():
        dock = house.window.docks[name]
        assert dock.toggleViewAction().isVisible() == panel.fits(kind, has), name
        assert (name in layouts()[kind].names) == (kind in panel.kinds), name
        if not panel.fits(kind, has):
            continue
        dock.raise_()
        house.qtbot.waitUntil(functools.partial(stands, house.window, name))
        dock.close()
        dock.toggleViewAction().trigger()
        dock.raise_()
        house.qtbot.waitUntil(functools.partial(stands, house.window, name))
    house.window.reset_layout()


def test_a_panel_that_the_kept_layout_does_not_know_stands_where_it_stands_at_first(fresh: House) -> None:
    """Settings of an older version name fewer panels."""
    fresh.begin()
    for name in ("manifold", "phase"):
        fresh.window.removeDockWidget(fresh.window.docks[name])
    fresh.window.docks["log"].hide()
    fresh.again()
    fresh.begin()
    assert "log" not in fresh.visible(), "what was kept is kept"
    for name, neighbour in (("manifold", "points"), ("phase", "landscape")):
        dock = fresh.window.docks[name]
        assert fresh.window.docks[neighbour] in fresh.window.tabifiedDockWidgets(dock)
        dock.raise_()
        fresh.qtbot.waitUntil(functools.partial(stands, fresh.window, name))


def test_nonsense_in_the_settings_is_put_up_with(fresh: House, tmp_path: Path) -> None:
    fresh.close()
    (tmp_path / "studio.ini").write_text(
        "[window]\ngeometry=@ByteArray(nonsense)\n[layout]\nplane=@ByteArray(\\x1\\x2)\nline=7\n"
        "[look]\ntheme=chartreuse\nscale=huge\n"
    )
    fresh.stage = Stage(welcomed=False)
    fresh.window = fresh.built()
    fresh.begin()
    assert fresh.visible() == offered("plane")
    assert fresh.window.preferences.theme == "dark"
    assert fresh.window.preferences.scale == 1.0


def test_a_panel_that_is_closed_is_not_looked_at_any_more(house: House) -> None:
    run = house.begin()
    house.qtbot.waitUntil(lambda: bool(house.stage.link.told(SnapshotRequest)))
    assert house.stage.link.told(SnapshotRequest)[-1].views == ["boundary", "landscape", "points"]
    house.window.docks["landscape"].close()
    house.stage.link.say(snapshot(run, points_view(RING), steps=2))
    house.qtbot.waitUntil(lambda: house.stage.link.told(SnapshotRequest)[-1].views == ["gradients", "points"])
    house.window.docks["landscape"].toggleViewAction().trigger()
    house.window.docks["landscape"].raise_()  # what lay behind it was seen in the meantime
    house.qtbot.waitUntil(
        lambda: house.stage.link.told(SnapshotRequest)[-1].views == ["boundary", "landscape", "points"])


def test_pictures_follow_each_other_only_when_painted(house: House) -> None:
    """The real panels, painted by Qt: a picture, then the next look, and so on."""
    run = house.begin()
    grid, slopes = np.outer(np.linspace(-1, 1, 40), np.ones(40)), np.ones((8, 2))
    for steps in range(1, 6):
        house.qtbot.waitUntil(functools.partial(house.looks_are, steps))
        house.stage.link.say(snapshot(run, points_view(RING * steps / 6), landscape_view(grid * steps, slopes),
                                      steps=steps))
        house.qtbot.waitUntil(functools.partial(house.pictures_are, steps))
    assert house.window.scheduler.shown_steps == 5


def test_a_minimised_window_looks_at_nothing(fresh: House) -> None:
    run = fresh.begin()
    fresh.qtbot.waitUntil(lambda: bool(fresh.stage.link.told(SnapshotRequest)))
    fresh.window.showMinimized()
    fresh.stage.link.say(snapshot(run, points_view(RING), steps=2))
    fresh.qtbot.waitUntil(lambda: not fresh.window.scheduler._next.isActive())
    count = len(fresh.stage.link.told(SnapshotRequest))
    fresh.window.showNormal()
    fresh.qtbot.waitUntil(lambda: len(fresh.stage.link.told(SnapshotRequest)) > count)


def test_a_panel_for_some_data_alone_is_there_with_it_and_in_front(fresh: House) -> None:
    fresh.begin()
    assert "line-theory" not in fresh.visible()
    fresh.window.reset_layout()
    assert fresh.visible() == offered("plane")
    fresh.begin(Spec(variant="gan", data="lines"))
    fresh.qtbot.waitUntil(lambda: "line-theory" in on_top(fresh.window))
    assert fresh.visible() == offered("plane", "parallel lines")
    fresh.begin(Spec(variant="gan", data="moons"))
    assert fresh.visible() == offered("plane")
    fresh.again()  # the layout was kept without it
    fresh.begin(Spec(variant="gan", data="lines"))
    fresh.qtbot.waitUntil(lambda: "line-theory" in on_top(fresh.window))
