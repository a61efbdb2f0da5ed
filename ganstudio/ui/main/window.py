"""The window: puts panels, transport and menus together, and says what goes wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QInputDialog, QMainWindow, QToolBar, QWidget

from ganstudio.core.leaves import broken_leaves, leaves
from ganstudio.core.protocol.messages import Failed, Refused, Started, Welcome
from ganstudio.core.system.resources import asset
from ganstudio.ui.docks.layouts import FRAMES, Layout, arrange, foremost
from ganstudio.ui.docks.sizes import Proportions
from ganstudio.ui.export.menu import ExportMenu
from ganstudio.ui.library.dialog import LibraryDialog
from ganstudio.ui.library.trash import Trash
from ganstudio.ui.main.loading_indicator import LoadingIndicator
from ganstudio.ui.main.menus import Entry, UndoActions, add_choices, broken_lines, fill_menu
from ganstudio.ui.main.offered_panels import OfferedPanels, make_dock
from ganstudio.ui.main.pickers import Pickers
from ganstudio.ui.main.recovery import RecoveryNotices
from ganstudio.ui.main.run_naming import RunNaming
from ganstudio.ui.main.snapshot_scheduler import SnapshotScheduler
from ganstudio.ui.main.timeline import Timeline
from ganstudio.ui.main.transport import Transport
from ganstudio.ui.panel import Panel, layout_of
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.undo import UndoStack
from ganstudio.ui.theme import THEMES, Theme, apply
from ganstudio.ui.widgets.fixed_label import GrowOnlyLabel
from ganstudio.ui.widgets.hint_bar import HintBar
from ganstudio.ui.widgets.notice_bar import Notice

SCALES = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5)


class Window(QMainWindow):
    """GAN Studio's window."""

    closing = Signal()

    def __init__(self, commands: RunCommands, preferences: Preferences) -> None:
        super().__init__()
        self.commands = commands
        self.session, self.run = commands.session, commands.run
        self.preferences = preferences
        self._kind: str | None = None
        self._variant = ""  # the variant that ran last
        self._brought = ""  # the panel that it brought to the front
        self._trash = Trash()  # kept here, so that undo works after the dialog was closed
        self.setWindowTitle("GAN Studio")
        self.setWindowIcon(QIcon(str(asset("icons", "ganstudio.svg"))))
        self.pickers = Pickers(commands, self)
        self.transport = Transport(commands)
        self.notice = Notice()
        self._apply_theme()  # before the panels, so that they measure themselves with the text they will have
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
        self.export_menu = ExportMenu(commands, self.history, self.panels, preferences, self, self._tell)
        self._naming = RunNaming(commands, self, self._tell)
        self._add_bars()
        self._add_menus()
        self._fill_status_bar()
        self._recovery = RecoveryNotices(commands, self.history, self._tell)
        self._listen()
        self.resize(1600, 1000)
        if (state := preferences.state("window/geometry")) is not None:
            self.restoreGeometry(state)
        self.set_theme(preferences.theme)
        self.lay_out("plane")

    def _add_bars(self) -> None:
        self._notice_bar = QToolBar("Notice")
        self._notice_bar.setObjectName("notice-bar")
        self._notice_bar.setMovable(False)
        self._notice_action = self._notice_bar.addWidget(self.notice)
        self._notice_action.setVisible(False)
        self.addToolBar(self.pickers)
        self.addToolBar(self.transport)
        self.addToolBarBreak()
        self.addToolBar(self._notice_bar)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.timeline)

    def _fill_status_bar(self) -> None:
        loading, exports = LoadingIndicator(self.commands), self.export_menu.bar
        self._hints = HintBar()
        self.setStatusBar(self._hints)
        for widget in (exports, exports.cancel, loading, loading.cancel, GrowOnlyLabel(self.transport.readout)):
            self._hints.addPermanentWidget(widget)
        self._hints.showMessage("Starting the engine…")

    def _listen(self) -> None:
        """Connects signals to what the window says and does."""
        self.notice.wanted.connect(self._show_notice)
        self.run.began.connect(self._begin)
        self.run.refused.connect(self._refused)
        self.run.failed.connect(self._failed)
        self.run.notice_came.connect(self._tell)
        self.session.engine_lost.connect(lambda _: self.statusBar().showMessage("The engine is not running."))
        self.session.welcomed.connect(self._welcomed)
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

    def _layout(self, kind: str) -> Layout:
        return layout_of(kind, {name: type(panel) for name, panel in self.panels.items()})

    def lay_out(self, kind: str, *, afresh: bool = False) -> None:
        """Shows the layout of a kind: as it was left, or as it is at first."""
        if kind not in FRAMES:
            kind = "plane"
        if self._kind is not None and self._kind != kind:
            self.preferences.keep(f"layout/{self._kind}", self.proportions.state())
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
        self._show_notice(self._notice_action.isVisible())
        self.setUpdatesEnabled(True)

    def reset_layout(self) -> None:
        """Back to how the panels were at first."""
        if self._kind is not None:
            self.preferences.forget(f"layout/{self._kind}")
            self.lay_out(self._kind, afresh=True)

    def set_theme(self, name: str) -> None:
        """Dark or light."""
        self.preferences.theme = name
        theme = self._apply_theme()
        for panel in self.panels.values():
            panel.apply_theme(theme)
        self.transport.apply_theme(theme)
        self.timeline.apply_theme(theme)

    def _apply_theme(self) -> Theme:
        """Gives the application its palette and its size of text."""
        theme = THEMES.get(self.preferences.theme, THEMES["dark"])
        self.preferences.theme = theme.name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply(app, theme, self.preferences.scale)
        return theme

    def set_scale(self, scale: float) -> None:
        """Of all text, 1 being the usual size."""
        self.preferences.scale = scale
        self.set_theme(self.preferences.theme)

    # Menus ---------------------------------------------------------------------------------------------------

    def _add_menus(self) -> None:
        transport, timeline, bar = self.transport, self.timeline, self.menuBar()
        self._run_menu = bar.addMenu("&Run")
        transport.players_changed.connect(self._list_player_steps)
        fill_menu(self._run_menu, self, [
            transport.play, transport.step, *transport.player_steps, transport.restart,
            None,
            Entry("&Runs…", "Ctrl+O", self._show_library),
            Entry("Na&me and tags…", "F2", self._naming.ask),
            Entry("&Back to a step…", "Ctrl+B", self._go_back),
            timeline.again, timeline.live, timeline.go_on, timeline.pin,
            None,
            Entry("&Copy as command", "Ctrl+Shift+C", self._copy_command),
            Entry("Log a c&hecksum of the weights", "Ctrl+H", self._hash_weights),
            None,
            Entry("&Quit", "Ctrl+Q", self.quit),
        ])
        self.undo_actions = UndoActions(self, self.undo_stack, self._in_live)
        fill_menu(bar.addMenu("Ed&it"), self, [self.undo_actions.undo, self.undo_actions.redo])
        bar.addMenu(self.export_menu.menu)
        view = bar.addMenu("&View")
        fill_menu(view, self, [
            *(dock.toggleViewAction() for dock in self.docks.values()),
            *broken_lines(view, broken_leaves("ganstudio.ui.panels", Panel)),
            None,
            Entry("&Reset layout", "Ctrl+0", self.reset_layout),
        ])
        add_choices(view, "&Palette", [("Dark", "dark"), ("Light", "light")], self.preferences.theme, self.set_theme)
        add_choices(view, "&Text size", [(f"{scale:.0%}", scale) for scale in SCALES], self.preferences.scale,
                    self.set_scale)
        fill_menu(view, self, [Entry("&Full screen", "F11", self._full_screen)])
        self._devices = bar.addMenu("&Device")

    def _list_player_steps(self) -> None:
        """The run's players, in the menu too."""
        for action in self.transport.player_steps:
            self._run_menu.insertAction(self.transport.restart, action)

    def _copy_command(self) -> None:
        """The command that repeats the run, into the clipboard."""
        command = self.commands.next_run.command
        if command:
            QApplication.clipboard().setText(command)
            self.statusBar().showMessage("Copied the command that repeats this run up to here.", 8000)

    def _hash_weights(self) -> None:
        self.docks["log"].show()
        self.docks["log"].raise_()
        self.commands.hash_weights()

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
            self.statusBar().showMessage("Back to live, where the run goes on. Continue from here (Ctrl+K) goes on "
                                         "from an earlier moment.", 8000)

    def _in_live(self, act: Callable[[], None]) -> None:
        """Returns to the live run before the run is changed, so that the user sees the effect."""
        if self.history.at is not None:
            self.history.to_live()
            self.statusBar().showMessage("Back to live: your change applies to the live run.", 8000)
        act()

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # What happens --------------------------------------------------------------------------------------------

    def _welcomed(self, welcome: Welcome) -> None:
        self._devices.clear()
        for device in welcome.devices:
            label = f"Automatic ({welcome.device})" if device == "auto" else device.upper()
            self._devices.addAction(label, functools.partial(self._use_device, device))

    def _use_device(self, device: str) -> None:
        self.commands.next_run.use_device(device)

    def _begin(self, started: Started) -> None:
        self.notice.dismiss()
        if started.kind != self._kind:
            self.lay_out(started.kind)
        self._offered.offer(started, self.run.variant)
        if started.spec.variant != self._variant and self._kind is not None:
            brings = self.run.variant.panel if self.run.variant else ""
            foremost(self.docks, self._layout(self._kind), self._brought, brings)
            self._variant, self._brought = started.spec.variant, brings
        self._naming.begin(started)
        for panel in self.panels.values():
            panel.begin(started)
        self._hints.set_hint(self.run.variant.advice if self.run.variant else "")
        if remarks := [sentence for sentence in (self.commands.next_run.remark, *started.warnings) if sentence]:
            self._tell(" ".join(remarks))

    def _show_notice(self, on: bool) -> None:
        self._notice_action.setVisible(on)
        self._notice_bar.setVisible(on)

    def _tell(self, text: str, *actions: tuple[str, Callable[[], None]]) -> None:
        self.notice.tell(text, actions)

    def _refused(self, refused: Refused) -> None:
        self._tell(f"Not done: {refused.reason}. Nothing was changed.")

    def _go_back(self) -> None:
        """Asks for a step of the run on screen, and branches off there."""
        progress, started = self.run.progress, self.run.started
        if progress is None or started is None or not self.run.source:
            self._tell("You cannot go back to a step: the run on screen is not recorded.")
            return
        steps, sure = QInputDialog.getInt(
            self, "Back to a step", "A new run starts there, paused. This run is kept as it is.\nStep:",
            progress.position.steps, 0, progress.position.steps)
        if sure:
            self.commands.next_run.go_back(steps)

    def _show_library(self) -> None:
        """The runs that were kept; the one chosen is shown at its last moment, paused."""
        if self.commands.next_run.folder is None:
            self._tell("Runs are not recorded in this session.")
            return
        started = self.run.started
        self._library = LibraryDialog(self.commands.next_run.folder, self, running=started.record if started else "",
                                      shown=self.run.source, trash=self._trash)
        self._library.chosen.connect(lambda path, spec: self.commands.next_run.start(spec, file=path, playing=False))
        self._library.open()

    def _failed(self, failed: Failed) -> None:
        self._tell(
            f"The run failed and was ended: {failed.reason}. The log has the details; the studio goes on.",
            ("Restart", self.commands.next_run.restart),
        )

    # Qt ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Undo and redo come here only from a place that has none of its own: a shortcut would take them from drawings.
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_actions.undo.trigger()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.undo_actions.redo.trigger()
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
        if self._kind is not None:
            self.preferences.keep(f"layout/{self._kind}", self.proportions.state())
        self.preferences.keep("window/geometry", self.saveGeometry())
        super().closeEvent(event)
        self.closing.emit()
