"""What the welcome page offers: lessons, a first experiment, the user's own data, comparisons, presets, kept runs.

Actions of the window whose names begin with ``lesson.``, ``preset.`` or ``compare.`` are offered here by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QAction

from ganstudio.core.lessons.shelf import shelf
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs import library
from ganstudio.core.system.printable import printable
from ganstudio.core.system.wording import counted
from ganstudio.ui.library.columns import data_name, when
from ganstudio.ui.main.shortcut_list import plain

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

MOST_RUNS, MOST_LESSONS = 5, 3
KINDS = {"plane": "Points on the plane: every quantity can be drawn, and is learnt in a minute.",
         "line": "Numbers on a line: both densities and the best possible D are drawn.",
         "image": "Small images that need no internet; some minutes on a CPU."}


class Entry(NamedTuple):
    """A button of the page, and a line that says what it leads to."""

    name: str  # of the button
    title: str
    detail: str
    act: Callable[[], object]


class Section(NamedTuple):
    """Entries under a heading."""

    title: str
    entries: list[Entry]


def sections(window: Window) -> list[Section]:
    """All that is offered now, without headings that have nothing below them."""
    catalog = window.session.catalog
    found = [
        Section("Recent runs", _runs(window)),
        Section("Lessons", [*_lessons(window), *_actions(window, "lesson.")]),
        Section("A first experiment", _experiments(window, catalog) if catalog is not None else []),
        Section("Compare runs", _actions(window, "compare.")),
        Section("Your own", _own(window)),
        Section("Presets of the variant on screen", [*_presets(window), *_actions(window, "preset.")]),
    ]
    return [section for section in found if section.entries]


def _actions(window: Window, prefix: str) -> list[Entry]:
    """What other parts of the window offer, by the names of their actions."""
    return [Entry(action.objectName(), plain(action.text()),
                  action.toolTip() if action.toolTip() != plain(action.text()).rstrip("…") else "", action.trigger)
            for action in window.findChildren(QAction) if action.objectName().startswith(prefix) and action.isEnabled()]


def _lessons(window: Window) -> list[Entry]:
    """The first lessons; the menu Lessons has all of them."""
    return [Entry(f"lesson.{lesson.name}", lesson.title, f"{lesson.minutes:g} minutes. {lesson.summary}",
                  partial(window.lessons.start, lesson)) for lesson in shelf().lessons[:MOST_LESSONS]]


def _own(window: Window) -> list[Entry]:
    catalog = window.session.catalog
    entries = [Entry("draw", "Draw your own points", "Paint data; G learns it at once.",
                     partial(window.navigation.go, "draw"))]
    for name, title, detail in (
            ("points", "Open a table of points…", "CSV, NPY or NPZ with one or two columns of numbers."),
            ("folder", "Open a folder of images…", "Any pictures; they are cut to squares.")):
        data = next((data for data in catalog.data if data.name == name), None) if catalog is not None else None
        if data is not None:
            entries.append(Entry(name, title, detail, partial(window.intake.choose, data)))
    return entries


def _experiments(window: Window, catalog: Catalog) -> list[Entry]:
    """The usual variant on the usual data, for each kind of data; and presets that go wrong and know what helps."""
    entries = []
    for kind, detail in KINDS.items():
        variant = next((variant for variant in catalog.variants if kind in variant.usual_on), None)
        data = next((data for data in catalog.data if data.usual and kind in data.kinds), None)
        if variant is not None and data is not None:
            spec = Spec(variant=variant.name, data=data.name)
            entries.append(Entry(kind, f"{variant.title} on {data.title}", detail,
                                 partial(window.commands.next_run.start, spec)))
    usual = next((data for data in catalog.data if data.usual and data.kind == "plane"), None)
    for variant in catalog.variants:
        for preset in variant.presets:
            data = next((data for data in catalog.data if data.name == preset.data), usual)
            if preset.cure and data is not None:
                spec = Spec(variant=variant.name, data=data.name, preset=preset.name)
                detail = f"{variant.title} on {data.title}. {preset.source}"
                entries.append(Entry(f"cure.{variant.name}.{preset.name}", f"{preset.title} and its cure", detail,
                                     partial(window.commands.next_run.start, spec)))
    return entries


def _presets(window: Window) -> list[Entry]:
    variant, started = window.run.variant, window.run.started
    if variant is None or started is None:
        return []
    return [Entry(preset.name, preset.title, preset.source, partial(window.commands.next_run.start_preset, preset.name))
            for preset in variant.presets if preset.name != started.spec.preset]


def _runs(window: Window) -> list[Entry]:
    next_run, started = window.commands.next_run, window.run.started
    if next_run.folder is None:
        return []
    running = started.record if started is not None else ""
    entries = []
    for index, kept in enumerate(library.newest(next_run.folder, MOST_RUNS, running)):
        what = f"{kept.spec.variant if kept.spec else ''} on {data_name(kept)}, {counted(kept.steps, 'step')}"
        entries.append(Entry(f"run.{index}", printable(what), f"{printable(kept.name)}, {when(kept.changed)}",
                             partial(next_run.start, kept.spec or Spec(), file=str(kept.path), playing=False)))
    if entries:
        entries.append(
            Entry("runs", "All runs…", "Search, tag and rename what was kept.", window.past_runs.show_library))
    return entries
