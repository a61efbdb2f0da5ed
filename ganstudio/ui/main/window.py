"""The window: puts panels, transport and menus together, and says what goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from ganstudio.core.design import First
from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.messages import Failed, Started
from ganstudio.core.system.resources import asset
from ganstudio.ui.docks.layouts import FRAMES, Layout, arrange, foremost
from ganstudio.ui.docks.sizes import Proportions
from ganstudio.ui.docks.tabs import DockTabs
from ganstudio.ui.docks.title_bar import TitleBar
from ganstudio.ui.export.menu import ExportMenu
from ganstudio.ui.main.action_registry import ActionRegistry
from ganstudio.ui.main.announcer import Announcer
from ganstudio.ui.main.comparisons import Comparisons
from ganstudio.ui.main.explainer import Explainer
from ganstudio.ui.main.intake import Intake
from ganstudio.ui.main.lessons import HINT as LESSON_HINT
from ganstudio.ui.main.lessons import Lessons
from ganstudio.ui.main.loading_indicator import LoadingIndicator
from ganstudio.ui.main.menu_bar import MenuBar
from ganstudio.ui.main.navigation import Navigation
from ganstudio.ui.main.notice_overlay import NoticeOverlay
from ganstudio.ui.main.offered_panels import OfferedPanels, make_dock
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
from ganstudio.ui.main.toolbar_lines import ToolbarLines
from ganstudio.ui.main.transport import Transport
from ganstudio.ui.main.welcome import Welcome
from ganstudio.ui.panel import Panel, layout_of
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.undo import UndoStack
from ganstudio.ui.theme import THEMES, Theme, apply
from ganstudio.ui.widgets.fixed_label import GrowOnlyLabel
from ganstudio.ui.widgets.focus_frame import FocusFrame
from ganstudio.ui.widgets.hint_bar import HintBar
from ganstudio.ui.widgets.notice_bar import COMMAND, Notice


class Window(QMainWindow):
    """GAN Studio's window."""

    closing = Signal()

    def __init__(self, commands: RunCommands, preferences: Preferences) -> None:
        super().__init__()
        self.commands = commands
        self.session, self.run = commands.session, commands.run
        self.preferences = preferences
        self._kind: str | None = None
        self._ran = "", ""  # the variant and the data that ran last
        self._brought = ""  # the panel that they brought to the front
        self.setWindowTitle("GAN Studio")
        self.setWindowIcon(QIcon(str(asset("icons", "ganstudio.svg"))))
        self.pickers = Pickers(commands, self)
        self.transport = Transport(commands)
        self.notice = Notice(self)
        self.intake = Intake(commands, preferences, self, self._tell)
        self.pickers.data_chosen.connect(self.intake.choose)
        self._apply_theme(preferences.scale)  # before the panels: they measure themselves with their text
        self.panels: dict[str, Panel] = {
            name: panel(self.run, commands) for name, panel in leaves("ganstudio.ui.panels", Panel).items()
        }
        self._make_docks()
        self.history = RunHistory(commands)
        self.timeline = Timeline(commands, self.history)
        self.scheduler = SnapshotScheduler(
            commands, list(self.panels.values()), lambda: self.isVisible() and not self.isMinimized(), self.history)
        for dock in self.docks.values():
            dock.visibilityChanged.connect(lambda _: self.scheduler.refresh())
        self.undo_stack = UndoStack(self.run, commands.sender)
        self.focus_frame = FocusFrame(self)
        self.proportions.focus_taken.connect(self.focus_frame.regain)
        self.navigation = Navigation(self, self.docks, self.panels, self.focus_frame)
        self._announcer = Announcer(commands, self)
        self.export_menu = ExportMenu(commands, self.history, self.panels, preferences, self, self._tell)
        self.naming = RunNaming(commands, self, self._tell)
        self.past_runs = PastRuns(self, self._tell)
        self.presets = PresetFiles(self, self._tell)
        self.reports = Reports(commands, self, self._tell, self.notice.over)
        self.alone = PanelAlone(self, self.docks, self.proportions)
        self.presentation = Presentation(self)
        self.lessons = Lessons(self, self._tell, self._announcer.say)
        self.registry = ActionRegistry(self, preferences)
        self.explainer = Explainer(self, self.docks, self.panels, self.run, lambda: THEMES[preferences.theme])
        self.comparisons = Comparisons(self, self._tell)
        self._add_bars()
        self.welcome = Welcome(self)
        self.menus = MenuBar(self)
        self.undo_actions = self.menus.undo
        self._fill_status_bar()
        self._recovery = RecoveryNotices(commands, self.history, self._tell, self.intake.tell_missing,
                                         self.reports.show_loss)
        self._listen()
        self.resize(*First.MAIN)
        if (state := preferences.state("window/geometry")) is not None:
            self.restoreGeometry(state)
        self.set_theme(preferences.theme)
        self.lay_out("plane")

    def _add_bars(self) -> None:
        bars = (self.pickers, self.transport, self.transport.pace)
        self.proportions.restored.connect(ToolbarLines(self, bars).arrange)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.timeline)
        for name, dock in self.docks.items():
            title = dock.findChild(TitleBar)
            assert title is not None
            title.asked.connect(lambda name=name: self.explainer.explain_panel(name))
            title.enlarged.connect(lambda name=name: self.alone.toggle(name))
        NoticeOverlay(self, self.notice, bars)

    def _fill_status_bar(self) -> None:
        loading, exports = LoadingIndicator(self.commands), self.export_menu.bar
        loading.cancellable.connect(self.presentation.yield_escape)
        self._hints = HintBar()
        self.setStatusBar(self._hints)
        for widget in (exports, exports.cancel, loading, loading.cancel, GrowOnlyLabel(self.transport.readout)):
            self._hints.addPermanentWidget(widget)
        self._hints.showMessage("Starting the engine…")

    def _listen(self) -> None:
        """Connects signals to what the window says and does."""
        self.run.began.connect(self._begin)
        self.run.failed.connect(self._failed)
        self.run.notice_came.connect(self._tell)
        self.run.control_applied.connect(lambda _: self.notice.over(COMMAND))
        self.run.collapse_ended.connect(lambda _: self.notice.pass_with(COMMAND))  # after it was told
        self.session.engine_lost.connect(lambda _: self.statusBar().showMessage("The engine is not running."))
        self.session.welcomed.connect(self.menus.show_devices)
        self.transport.driven.connect(self._come_back)
        self.timeline.pin.triggered.connect(lambda _: self.statusBar().showMessage(
            "Pinned. This moment stays in the run's file; a blue mark on the timeline shows it.", 6000))

    # Panels and layouts --------------------------------------------------------------------------------------

    def _make_docks(self) -> None:
        nothing = QWidget()
        nothing.setMaximumSize(0, 0)
        self.setCentralWidget(nothing)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() & ~QMainWindow.DockOption.AnimatedDocks)
        self.docks = {name: make_dock(self, panel) for name, panel in self.panels.items()}
        self._offered = OfferedPanels(self.docks, self.panels)
        self.proportions = Proportions(self, self.docks)
        DockTabs(self)

    def _layout(self, kind: str) -> Layout:
        return layout_of(kind, {name: type(panel) for name, panel in self.panels.items()})

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
        self._offered.offer(kind, self.run.started, self.run.variant)
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
        self._hints.set_hint(LESSON_HINT if self.lessons.open else advice)

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

    def _come_back(self) -> None:
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

    def _begin(self, started: Started) -> None:
        self.notice.dismiss()
        with self.alone.lifted(again=started.kind == self._kind):
            if started.kind != self._kind:
                self.lay_out(started.kind)
            # Before panels are withheld: Qt puts any other one in the place of a panel that is hidden.
            there = self.docks.get(self._brought)
            last = self._brought if there is not None and not there.visibleRegion().isEmpty() else ""
            self._offered.offer(started.kind, started, self.run.variant)
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
            self._tell(" ".join(remarks))
        self.presets.begin()

    def _tell(self, text: str, *actions: tuple[str, Callable[[], None]], fault: str = "") -> None:
        self.notice.tell(text, actions, fault=fault)
        self.reports.heard(text)
        self._announcer.say(text, urgent=True)

    def _failed(self, failed: Failed) -> None:
        self._tell(
            f"The run failed and was ended: {failed.reason}. The log has the details; the studio goes on.",
            ("Restart", self.commands.next_run.restart),
        )

    # Qt ------------------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.navigation.tab(forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
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
        if event.type() == QEvent.Type.WindowStateChange:
            self.scheduler.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
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
