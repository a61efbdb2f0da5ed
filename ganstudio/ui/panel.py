"""The contract of a panel: one dock that shows one thing, and says in plain words what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtCore import QLineF, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QDockWidget, QLabel, QPushButton, QToolTip, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.leaves import RunLeaf
from ganstudio.core.missing_abilities import what_is_missing
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.system.printable import printable
from ganstudio.ui.docks.layouts import FRAMES, Layout, Place, composed
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.fixed_label import FixedLabel
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.legend import LegendEntry
from ganstudio.ui.widgets.plain_text import plain_tip

WAITING = "The engine is starting…"
LAST = 100  # in the order of a place: of a panel that names none
USUAL = frozenset({"latent", "scores"})
"""What nearly every run has of `core.leaves.ABILITIES`."""
WORDS_FROM = (8, 11)  # lines of text: a panel as high as that has one line of words, or two
NARROW, HIGH = 48, 20  # letters and lines: a panel that is narrower and higher has a third one


class Panel(QWidget, RunLeaf):
    """A dock's content. Subclasses state name, title, kinds and help as plain literals: the catalogue reads them.

    Beside these a panel states its place, the views that it asks for, what it needs of a run (``needs``), and in a
    sentence or two each how to read it and what healthy and sick runs look like there: *What is this?* (F1) shows them.
    """

    kinds: ClassVar[tuple[str, ...]]
    help: ClassVar[str]
    views: ClassVar[tuple[str, ...]] = ()  # what it asks of the engine while it is visible
    measures: ClassVar[bool] = False  # whether it wants measures while it is visible
    pictures: ClassVar[bool] = False  # whether it is painted again with every snapshot
    place: ClassVar[dict[str, Place]] = {}  # kind -> where it lies; if a kind is left out: behind the others
    interactive: ClassVar[bool] = False  # whether it shows what the user does, not the run: it is not filmed
    legend: ClassVar[bool] = False  # whether its switches name the lines of its plot: a film keeps them
    measured: ClassVar[str] = ""  # the measure without which it is empty
    reading: ClassVar[str] = ""  # how to read it: what to look at, and what each mark means
    healthy: ClassVar[str] = ""  # what a run that goes well looks like here
    sick: ClassVar[str] = ""  # and what one that goes wrong does
    formula: ClassVar[str] = ""  # of what it shows, LaTeX
    papers: ClassVar[str] = ""  # where that is from

    painted = Signal()

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        """Makes the panel.

        Args:
            run: What it shows; it begins again whenever another run takes its place on screen.
            commands: What the user can do to that run. Panels that only show it do not use them.
        """
        super().__init__()
        self.run = run
        self.commands = commands
        self.theme: Theme = DARK
        self.setObjectName(f"panel.{self.name}")
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.help)
        self._nothing = QLabel(self)  # over all else: why it has nothing for the run on screen
        self._nothing.setObjectName(f"{self.name}.nothing")
        self._nothing.setProperty("nothing", True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setAutoFillBackground(True)
        self._nothing.setContentsMargins(Space.FAR, Space.FAR, Space.FAR, Space.FAR)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        self._headline = ElidedLabel()
        self._headline.setProperty("headline", True)
        self._headline.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._headline.setText(WAITING)
        self._words_room = FixedLabel(self._headline)
        self._tools = FlowLayout()
        self._tools.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, 0)
        self._tools.setSpacing(Space.USUAL)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._body.addLayout(self._tools)
        self._body.addWidget(self._words_room)

    @classmethod
    def place_on(cls, kind: str) -> Place:
        """Where it lies at first for data of a kind."""
        return cls.place.get(kind, Place("upper", len(FRAMES[kind].shares) - 1, LAST))

    @property
    def plot(self) -> Plot | None:
        """Its plot, if it has one that stands for it: a comparison links the axes of those of several runs."""
        found = getattr(self, "_plot", None)
        return found if isinstance(found, Plot) else None

    def set_headline(self, text: str) -> None:
        """Sets the sentence above the picture: what is to be seen, in plain words."""
        if text != self._headline.text():
            self._headline.setText(text)
            self._headline.setToolTip(plain_tip(text))

    def add_toggle(self, what: str, key: str) -> QCheckBox:
        """A box above the picture that shows or hides something, with a shortcut of its own."""
        box = QCheckBox(what)
        box.setChecked(True)
        box.setObjectName(f"{self.name}.{what}")
        box.setShortcut(f"Alt+{key}")
        box.setToolTip(f"Show or hide: {what} (Alt+{key})")
        box.setAccessibleName(f"Show {what}")
        self._tools.addWidget(box)
        return box

    def add_button(self, name: str, text: str, tip: str) -> QPushButton:
        """A button above the picture."""
        button = QPushButton(text)
        button.setObjectName(f"{self.name}.{name}")
        button.setToolTip(tip)
        button.setAutoDefault(False)
        self._tools.addWidget(button)
        return button

    def show_hover_value(self, value: str) -> None:
        """Shows the value under the pointer, beside the pointer."""
        self.setStatusTip(printable(value))
        QToolTip.showText(QCursor.pos(), plain_tip(value), self)

    @property
    def seen(self) -> bool:
        """Whether it can be seen. Qt calls a panel behind a tab visible."""
        behind_a_tab = isinstance(self.parentWidget(), QDockWidget) and self.visibleRegion().isEmpty()
        watched = self.isVisible() and not behind_a_tab
        if not watched:
            self._watched = False
        return watched

    def on_first_shown(self) -> None:
        """Called when the panel can be seen and could not before: the place to build what takes time."""

    def set_body(self, widget: QWidget) -> None:
        """Adds what the panel shows below its words."""
        self._body.addWidget(widget, 1)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        self.theme = theme
        self._fit_words()

    def _fit_words(self) -> None:
        """Always keeps as many lines for the words: else the plot would jump whenever a sentence grows.

        Two lines are usual. A panel of a few lines of text keeps its room for what it shows.
        """
        line, letter = self.fontMetrics().lineSpacing(), self.fontMetrics().averageCharWidth()
        narrow = self.width() < NARROW * letter and self.height() >= HIGH * line
        lines = narrow + sum(self.height() >= enough * line for enough in WORDS_FROM)
        self._words_room.setFixedHeight(lines * line + Space.APART if lines else 0)

    def hide_controls(self) -> None:
        """Hides what can be clicked, but keeps the names of lines: for films."""
        for index in range(self._tools.count()):
            item = self._tools.itemAt(index)
            tool = item.widget() if item is not None else None
            if tool is not None and not isinstance(tool, LegendEntry):
                tool.hide()

    def cursor_at(self, steps: int) -> QLineF | None:
        """Where a step is in a panel of curves over the run, in its own pixels; None in all others."""
        return None

    def begin_run(self, started: Started) -> None:
        """A run has begun. A panel that has nothing for it, and is shown all the same, says what the run lacks."""
        self.begin(started)
        missing = what_is_missing(self.needs, abilities_of(started, self.run.variant))
        title = self.run.variant.title if self.run.variant is not None else started.spec.variant
        self._nothing.setText(f"Nothing to show of this run of {title}: {missing}." if missing else "")
        self._nothing.setVisible(bool(missing))
        self._nothing.raise_()
        self.setEnabled(not missing)  # what lies below is not reached by Tab

    def begin(self, started: Started) -> None:
        """A run has begun. A panel that says nothing of its own says what it is for."""
        if self._headline.text() == WAITING:
            self.set_headline(self.help)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """A picture has come; called while the panel is visible."""

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        """The window shows the run as it was at that step, with those numbers; None: as it is. A picture follows."""

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._nothing.setGeometry(self.rect())
        self._fit_words()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.seen:
            self._watched = True
            self.on_first_shown()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._watched:  # its tab was raised
            self._watched = True
            QTimer.singleShot(0, self, self.on_first_shown)

    _watched = False


def layout_of(kind: str, panels: Mapping[str, type[Panel]]) -> Layout:
    """How the panels lie at first for data of a kind.

    Args:
        kind: One of `docks.layouts.FRAMES`.
        panels: All there are, by name.
    """
    return composed(kind, {name: panel.place_on(kind) for name, panel in panels.items() if kind in panel.kinds})


def abilities_of(started: Started, variant: VariantInfo | None) -> frozenset[str]:
    """What a run has that a panel may need. An old run file does not say; then its variant does."""
    if started.has:
        return frozenset(started.has)
    return USUAL | {"phases"} if variant is not None and variant.phases else USUAL
