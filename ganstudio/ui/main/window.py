"""The window: an empty frame at first, then panels, transport and menus; it says what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from ganstudio.core.design import First
from ganstudio.core.system.resources import asset
from ganstudio.ui.docks.layouts import FRAMES, Layout, arrange, composed, foremost
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.theme import THEMES, Theme, apply

if TYPE_CHECKING:  # what the window holds is imported by `window_parts`, when the empty window is on screen
    from ganstudio.core.protocol.messages import Failed, Started
    from ganstudio.ui.docks.sizes import Proportions
    from ganstudio.ui.export.menu import ExportMenu
    from ganstudio.ui.main.action_registry import ActionRegistry
    from ganstudio.ui.main.announcer import Announcer
    from ganstudio.ui.main.comparisons import Comparisons
    from ganstudio.ui.main.explainer import Explainer
    from ganstudio.ui.main.intake import Intake
    from ganstudio.ui.main.lessons import Lessons
    from ganstudio.ui.main.menu_bar import MenuBar
    from ganstudio.ui.main.menus import UndoActions
    from ganstudio.ui.main.navigation import Navigation
    from ganstudio.ui.main.offered_panels import OfferedPanels
    from ganstudio.ui.main.panel_alone import PanelAlone
    from ganstudio.ui.main.past_runs import PastRuns
    from ganstudio.ui.main.pickers import Pickers
    from ganstudio.ui.main.presentation import Presentation
    from ganstudio.ui.main.preset_files import PresetFiles
    from ganstudio.ui.main.recovery import RecoveryNotices
    from ganstudio.ui.main.reports import Reports
    from ganstudio.ui.main.run_naming import RunNaming
    from ganstudio.ui.main.snapshot_scheduler import SnapshotScheduler
    from ganstudio.ui.main.timeline import Timeline
    from ganstudio.ui.main.transport import Transport
    from ganstudio.ui.main.welcome import Welcome
    from ganstudio.ui.panel import Panel
    from ganstudio.ui.state.history import RunHistory
    from ganstudio.ui.state.run_commands import RunCommands
    from ganstudio.ui.state.run_model import RunModel
    from ganstudio.ui.state.session import Session
    from ganstudio.ui.state.undo import UndoStack
    from ganstudio.ui.widgets.focus_frame import FocusFrame
    from ganstudio.ui.widgets.hint_bar import HintBar
    from ganstudio.ui.widgets.notice_bar import Notice


class Window(QMainWindow):
    """GAN Studio's window."""

    closing = Signal()

    commands: RunCommands
    session: Session
    run: RunModel
    panels: dict[str, Panel]
    docks: dict[str, QDockWidget]
    proportions: Proportions
    offered: OfferedPanels
    pickers: Pickers
    transport: Transport
    history: RunHistory
    timeline: Timeline
    scheduler: SnapshotScheduler
    undo_stack: UndoStack
    notice: Notice
    intake: Intake
    focus_frame: FocusFrame
    navigation: Navigation
    announcer: Announcer
    export_menu: ExportMenu
    naming: RunNaming
    past_runs: PastRuns
    presets: PresetFiles
    reports: Reports
    alone: PanelAlone
    presentation: Presentation
    lessons: Lessons
    registry: ActionRegistry
    explainer: Explainer
    comparisons: Comparisons
    welcome: Welcome
    menus: MenuBar
    undo_actions: UndoActions
    hints: HintBar
    recovery: RecoveryNotices

    def __init__(self, commands: RunCommands | None, preferences: Preferences) -> None:
        """Makes the window.

        Args:
            commands: What the user can do to the run on screen; None: the window is empty until ``fill``.
            preferences: What is kept between starts.
        """
        super().__init__()
        self.preferences = preferences
        self.complete = False
        self.to_close = False  # the user has closed it before it was complete
        self._kind: str | None = None
        self._ran = "", ""  # the variant and the data that ran last
        self._brought = ""  # the panel that they brought to the front
        self.setWindowTitle("GAN Studio")
        self.setWindowIcon(QIcon(str(asset("icons", "ganstudio.svg"))))
        self._apply_theme(preferences.scale)  # before the panels: they measure themselves with their text
        self.resize(*First.MAIN)
        if (state := preferences.state("window/geometry")) is not None:
            self.restoreGeometry(state)
        if commands is not None:
            self.fill(commands)

    def fill(self, commands: RunCommands) -> None:
        """Puts panels, transport and menus into the empty window."""
        from ganstudio.ui.main.window_parts import make_parts  # plots take longer to import than Qt

        self.commands = commands
        self.session, self.run = commands.session, commands.run
        make_parts(self)
        self.complete = True
        self.set_theme(self.preferences.theme)
        self.lay_out("plane")

    # Panels and layouts --------------------------------------------------------------------------------------

    def _layout(self, kind: str) -> Layout:
        return composed(
            kind, {name: panel.place_on(kind) for name, panel in self.panels.items() if kind in panel.kinds})

    def lay_out(self, kind: str, *, afresh: bool = False) -> None:
        """Shows the layout of a kind: as it was left, or as it is at first."""
        if kind not in FRAMES:
            kind = "plane"
        self.alone.leave()
        if self._kind != kind:
            self.keep_layout()
        self._kind = kind
        self.setUpdatesEnabled(False)
        state = None if afresh else self.preferences.state(f"layout/{kind}")
        arrange(self, self.docks, self._layout(kind))
        if state is not None:
            self.proportions.restore(state)
        else:
            self.proportions.arranged()
        for name, dock in self.docks.items():
            dock.toggleViewAction().setVisible(kind in self.panels[name].kinds)
        self.offered.offer(kind, self.run.started, self.run.variant)
        self.presentation.rearranged()
        self.setUpdatesEnabled(True)

    @property
    def kind(self) -> str:
        """The kind of data that the docks are laid out for."""
        return self._kind or "plane"

    def keep_layout(self) -> None:
        """Keeps the layout as the user has arranged it; that of a lesson is not the user's."""
        if self._kind is not None and not self.lessons.open:
            self.preferences.keep(f"layout/{self._kind}", self.presentation.layout)

    def reset_layout(self) -> None:
        """Back to how the panels were at first."""
        if self._kind is not None:
            self.preferences.forget(f"layout/{self._kind}")
            self.lay_out(self._kind, afresh=True)

    def show_hint(self) -> None:
        """What can be tried now: advice on the variant, or what a lesson lets one do."""
        advice = self.run.variant.advice if self.run.variant else ""
        self.hints.set_hint(self.lessons.HINT if self.lessons.open else advice)

    def set_theme(self, name: str) -> None:
        """Dark, light or high contrast."""
        self.preferences.theme = name
        theme = self.presentation.dressed(self._apply_theme(self.presentation.scale))
        for panel in self.panels.values():
            panel.apply_theme(theme)
        self.transport.apply_theme(theme)
        self.timeline.apply_theme(theme)
        self.focus_frame.apply_theme(theme)
        self.lessons.apply_theme(theme)
        self.presentation.apply_theme(theme)
        self.comparisons.apply_theme(theme)
        self.menus.show_look()

    def _apply_theme(self, scale: float) -> Theme:
        """Gives the application its palette, and its text a size."""
        theme = THEMES.get(self.preferences.theme, THEMES["dark"])
        self.preferences.theme = theme.name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply(app, theme, scale)
        return theme

    def set_scale(self, scale: float) -> None:
        """Of all text, 1 being the usual size; that of a presentation is a size of its own."""
        self.presentation.set_scale(scale)
        self.set_theme(self.preferences.theme)

    # What the menus do ---------------------------------------------------------------------------------------

    def quit(self) -> None:
        """Closes the window; in the middle of an export, after a question."""
        if self.export_menu.busy:
            self.export_menu.ask_to_leave(self.close)
        else:
            self.close()

    def come_back(self) -> None:
        """Returns to the live run when the run goes on: a user who looks back would see nothing move."""
        if self.history.at is not None:
            self.history.to_live()
            self.statusBar().showMessage(retold("Back to live, where the run goes on. Continue from here (Ctrl+K) goes "
                                                "on from an earlier moment."), 8000)

    def in_live(self, act: Callable[[], None]) -> None:
        """Returns to the live run before the run is changed, so that the user sees the effect."""
        if self.history.at is not None:
            self.history.to_live()
            self.statusBar().showMessage("Back to live: your change applies to the live run.", 8000)
        act()

    def full_screen(self) -> None:
        """Fills the screen, or no longer."""
        if self.presentation.on:
            self.presentation.leave()
            return
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # What happens --------------------------------------------------------------------------------------------

    def begin_run(self, started: Started) -> None:
        """A run has begun: its panels are shown, and the others are put away."""
        self.notice.dismiss()
        with self.alone.lifted(again=started.kind == self._kind):
            if started.kind != self._kind:
                self.lay_out(started.kind)
            # Before panels are withheld: Qt puts any other one in the place of a panel that is hidden.
            there = self.docks.get(self._brought)
            last = self._brought if there is not None and not there.visibleRegion().isEmpty() else ""
            self.offered.offer(started.kind, started, self.run.variant)
            ran = started.spec.variant, started.spec.data
            if ran != self._ran and self._kind is not None:
                brings = next((owner.panel for owner in (self.run.variant, self.run.data) if owner and owner.panel), "")
                foremost(self.docks, self._layout(self._kind), last, brings)
                self._ran, self._brought = ran, brings
        self.naming.begin(started)
        for panel in self.panels.values():
            panel.begin_run(started)
        self.lessons.arrange()
        self.show_hint()
        if remarks := [sentence for sentence in (self.commands.next_run.remark, *started.warnings) if sentence]:
            self.tell(" ".join(remarks))
        self.presets.begin()

    def tell(self, text: str, *actions: tuple[str, Callable[[], None]], fault: str = "") -> None:
        """Says something in the notice, with buttons for what can be done about it."""
        self.notice.tell(text, actions, fault=fault)
        self.reports.heard(text)
        self.announcer.say(text, urgent=True)

    def say_failed(self, failed: Failed) -> None:
        """Says why a run was ended."""
        self.tell(
            f"The run failed and was ended: {failed.reason}. The log has the details; the studio goes on.",
            ("Restart", self.commands.next_run.restart),
        )

    # Qt ------------------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.complete and self.navigation.tab(forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.complete:
            return
        # Undo and redo come here only from a place that has none of its own: a shortcut would take them from drawings.
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_actions.undo.trigger()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.undo_actions.redo.trigger()
        elif event.key() == Qt.Key.Key_Escape and self.welcome.isVisible():
            self.welcome.leave()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self.complete:
            self.scheduler.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.complete:  # the studio is opening, and closes the window when that is done
            event.ignore()
            self.to_close = True
            return
        if self.export_menu.busy:  # the user is asked; a signal or a script cannot answer
            event.ignore()
            (self.export_menu.ask_to_leave if event.spontaneous() else self.export_menu.leave)(self.close)
            return
        self.presentation.leave()
        self.alone.leave()
        self.keep_layout()
        self.comparisons.close()
        self.preferences.keep("window/geometry", self.saveGeometry())
        super().closeEvent(event)
        self.closing.emit()
