"""The window: puts panels, transport and menus together, and tells what goes wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QInputDialog, QMainWindow, QMenu, QToolBar, QWidget

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.messages import Failed, Refused, Started, Welcome
from ganstudio.core.system.resources import asset
from ganstudio.ui.docks.layouts import LAYOUTS, arrange, foremost
from ganstudio.ui.docks.sizes import Proportions
from ganstudio.ui.export.menu import Exporting
from ganstudio.ui.library.dialog import Library
from ganstudio.ui.library.trash import Trash
from ganstudio.ui.main.loading_indicator import Preparing
from ganstudio.ui.main.pickers import Chooser
from ganstudio.ui.main.recovery import Trouble
from ganstudio.ui.main.snapshot_scheduler import Looking
from ganstudio.ui.main.timeline import Timeline
from ganstudio.ui.main.transport import Transport
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.history import Hindsight
from ganstudio.ui.state.preferences import Keeping
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.undo import Undoing
from ganstudio.ui.theme import THEMES, Theme, apply
from ganstudio.ui.widgets.fixed_label import StillLine
from ganstudio.ui.widgets.notice_bar import Notice

T = TypeVar("T")
SCALES = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5)


class Window(QMainWindow):
    """GAN Studio's window."""

    closing = Signal()

    def __init__(self, commands: RunCommands, keeping: Keeping) -> None:
        super().__init__()
        self.commands = commands
        session, run = commands.session, commands.run
        self.session, self.run = session, run
        self._keeping = keeping
        self._kind: str | None = None
        self._variant = ""  # that ran last
        self.setWindowTitle("GAN Studio")
        self.setWindowIcon(QIcon(str(asset("icons", "ganstudio.svg"))))
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() & ~QMainWindow.DockOption.AnimatedDocks)
        nothing = QWidget()
        nothing.setMaximumSize(0, 0)
        self.setCentralWidget(nothing)
        self.chooser = Chooser(commands, self)
        self.transport = Transport(commands)
        self.notice = Notice()
        notice_bar = QToolBar("Notice")
        notice_bar.setObjectName("notice-bar")
        notice_bar.setMovable(False)
        self._notice_action = notice_bar.addWidget(self.notice)
        self.notice.wanted.connect(self._show_notice)
        self.addToolBar(self.chooser)
        self.addToolBar(self.transport)
        self.addToolBarBreak()
        self.addToolBar(notice_bar)
        self._notice_bar = notice_bar
        self._notice_action.setVisible(False)
        self.scale = keeping.number("look/scale", 1.0)
        self.theme_name = keeping.text("look/theme", "dark")
        self._apply_theme()  # first, so that panels measure themselves with the text they will have
        self.panels: dict[str, Panel] = {
            name: panel(run, commands) for name, panel in leaves("ganstudio.ui.panels", Panel).items()
        }
        self.docks = {name: self._dock(panel) for name, panel in self.panels.items()}
        self.proportions = Proportions(self, self.docks)
        self.hindsight = Hindsight(commands)
        self.timeline = Timeline(commands, self.hindsight)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.timeline)
        self.looking = Looking(
            commands, list(self.panels.values()), lambda: self.isVisible() and not self.isMinimized(), self.hindsight)
        self.undoing = Undoing(run, commands.sender)
        self._trash = Trash()  # here, so that what was thrown away can be taken back after the dialog was closed
        self.exporting = Exporting(commands, self.hindsight, self.panels, keeping, self, self._tell)
        self._menus()
        self._preparing = Preparing(commands)
        self.statusBar().addPermanentWidget(self.exporting.bar)
        self.statusBar().addPermanentWidget(self.exporting.bar.cancel)
        self.statusBar().addPermanentWidget(self._preparing)
        self.statusBar().addPermanentWidget(self._preparing.cancel)
        self.statusBar().addPermanentWidget(StillLine(self.transport.readout))
        self.statusBar().showMessage("Starting the engine…")
        run.began.connect(self._begin)
        run.refused.connect(self._refused)
        run.notice_came.connect(self._tell)
        self.timeline.pin.triggered.connect(lambda _: self.statusBar().showMessage(
            "Pinned: this moment stays in the run's file, and under the blue mark on the timeline", 6000))
        self._trouble = Trouble(commands, self.hindsight, self._tell)
        self.transport.driven.connect(self._come_back)
        run.failed.connect(self._failed)
        session.engine_lost.connect(lambda _: self.statusBar().showMessage("No engine"))
        session.welcomed.connect(self._welcomed)
        self.resize(1600, 1000)
        state = keeping.state("window/geometry")
        if state is not None:
            self.restoreGeometry(state)
        self.set_theme(self.theme_name)
        self.lay_out("plane")

    # Panels and layouts --------------------------------------------------------------------------------------

    def _dock(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self)
        dock.setObjectName(f"dock.{panel.name}")
        dock.setWidget(panel)
        dock.setToolTip(panel.help)
        panel.setToolTip("")
        dock.visibilityChanged.connect(lambda _: self.looking.refresh() if hasattr(self, "looking") else None)
        return dock

    def lay_out(self, kind: str, *, anew: bool = False) -> None:
        """Shows the layout of a kind: as it was left, or as it stands at first."""
        if kind not in LAYOUTS:
            kind = "plane"
        if self._kind is not None and self._kind != kind:
            self._keeping.keep(f"layout/{self._kind}", self.proportions.state())
        self._kind = kind
        self.setUpdatesEnabled(False)
        state = None if anew else self._keeping.state(f"layout/{kind}")
        arrange(self, self.docks, kind)
        if state is not None:
            self.proportions.restore(state)
        else:
            self.proportions.arranged()
        for name, dock in self.docks.items():
            dock.toggleViewAction().setVisible(kind in self.panels[name].kinds)
        self._show_notice(self._notice_action.isVisible())
        self.setUpdatesEnabled(True)

    def reset_layout(self) -> None:
        """Back to how the panels stood at first."""
        if self._kind is not None:
            self._keeping.forget(f"layout/{self._kind}")
            self.lay_out(self._kind, anew=True)

    def set_theme(self, name: str) -> None:
        """Dark or light."""
        self.theme_name = name
        theme = self._apply_theme()
        for panel in self.panels.values():
            panel.dress(theme)
        self.transport.dress(theme)
        self.timeline.dress(theme)
        self._keeping.keep("look/theme", theme.name)

    def _apply_theme(self) -> Theme:
        """Dresses the application."""
        theme = THEMES.get(self.theme_name, THEMES["dark"])
        self.theme_name = theme.name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply(app, theme, self.scale)
        return theme

    def set_scale(self, scale: float) -> None:
        """Of all text, 1 being the usual size."""
        self.scale = scale
        self._keeping.keep("look/scale", scale)
        self.set_theme(self.theme_name)

    # Menus ---------------------------------------------------------------------------------------------------

    def _menus(self) -> None:
        run = self.menuBar().addMenu("&Run")
        for action in (self.transport.play, self.transport.step, self.transport.step_d, self.transport.step_g,
                       self.transport.restart):
            run.addAction(action)
        run.addSeparator()
        run.addAction(self._action("&Runs…", "Ctrl+O", self._show_library))
        run.addAction(self._action("&Back to a step…", "Ctrl+B", self._go_back))
        run.addActions([self.timeline.again, self.timeline.now, self.timeline.go_on, self.timeline.pin])
        run.addSeparator()
        run.addAction(self._action("&Copy as command", "Ctrl+Shift+C", self._copy_command))
        run.addAction(self._action("Weights' &hash into the log", "Ctrl+H", self._fingerprint))
        run.addSeparator()
        run.addAction(self._action("&Quit", "Ctrl+Q", self.quit))
        edit = self.menuBar().addMenu("Ed&it")
        self._undo = self._action("&Undo", "Ctrl+U", functools.partial(self._in_the_present, self.undoing.undo))
        self._redo = self._action("&Redo", "Ctrl+Shift+U", functools.partial(self._in_the_present, self.undoing.redo))
        edit.addActions([self._undo, self._redo])
        self.undoing.changed.connect(self._name_changes)
        self._name_changes()
        self.menuBar().addMenu(self.exporting.menu)
        view = self.menuBar().addMenu("&View")
        for dock in self.docks.values():
            view.addAction(dock.toggleViewAction())
        view.addSeparator()
        view.addAction(self._action("&Reset layout", "Ctrl+0", self.reset_layout))
        self._choices(view, "&Palette", [("Dark", "dark"), ("Light", "light")],
                      self._keeping.text("look/theme", "dark"), self.set_theme)
        self._choices(view, "&Text size", [(f"{scale:.0%}", scale) for scale in SCALES],
                      self._keeping.number("look/scale", 1.0), self.set_scale)
        view.addAction(self._action("&Full screen", "F11", self._full_screen))
        self._devices = self.menuBar().addMenu("&Device")

    def _choices(
        self, menu: QMenu, title: str, entries: list[tuple[str, T]], now: T, act: Callable[[T], None]
    ) -> None:
        submenu = menu.addMenu(title)
        group = QActionGroup(submenu)
        for label, value in entries:
            action = submenu.addAction(label)
            action.setCheckable(True)
            action.setChecked(value == now)
            action.triggered.connect(functools.partial(lambda value, _=False: act(value), value))
            group.addAction(action)

    def _action(self, text: str, key: str, act: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _=False: act())
        return action

    def _name_changes(self) -> None:
        """What Undo and Redo would do, in their own words."""
        for action, verb, text, key in ((self._undo, "&Undo", self.undoing.undo_text, "Ctrl+Z"),
                                        (self._redo, "&Redo", self.undoing.redo_text, "Ctrl+Shift+Z")):
            action.setText(f"{verb} {text}\t{key}" if text else f"{verb}\t{key}")
            action.setEnabled(bool(text))

    def _copy_command(self) -> None:
        """The command that repeats the run, into the clipboard."""
        command = self.commands.next_run.command
        if command:
            QApplication.clipboard().setText(command)
            self.statusBar().showMessage("Copied: the command that repeats this run up to here", 8000)

    def _fingerprint(self) -> None:
        self.docks["log"].show()
        self.docks["log"].raise_()
        self.commands.hash_weights()

    def quit(self) -> None:
        """Closes the window; in the middle of an export, after a question."""
        if self.exporting.busy:
            self.exporting.ask_to_leave(self.close)
        else:
            self.close()

    def _come_back(self) -> None:
        """The run goes on at the present: a hand that looks back would see nothing move."""
        if self.hindsight.at is not None:
            self.hindsight.now()
            self.statusBar().showMessage("Back at the present, where the run goes on; Continue from here (Ctrl+K) "
                                         "goes on from a moment that has passed", 8000)

    def _in_the_present(self, act: Callable[[], None]) -> None:
        """What changes the run on screen is seen to change it."""
        if self.hindsight.at is not None:
            self.hindsight.now()
            self.statusBar().showMessage("Back at the present: that is what changes", 8000)
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
        if started.spec.variant != self._variant and self._kind is not None:
            foremost(self.docks, self._kind, self._variant, started.spec.variant)
            self._variant = started.spec.variant
        variant, data = self.run.variant, self.run.data
        title = f"{variant.title if variant else started.spec.variant} on {data.title if data else started.spec.data}"
        self.setWindowTitle(f"{title} – GAN Studio")
        for panel in self.panels.values():
            panel.begin(started)
        self.statusBar().showMessage(variant.advice if variant else "")
        remarks = [sentence for sentence in (self.commands.next_run.remark, *started.warnings) if sentence]
        if remarks:
            self._tell(" ".join(remarks))

    def _show_notice(self, on: bool) -> None:
        self._notice_action.setVisible(on)
        self._notice_bar.setVisible(on)

    def _tell(self, text: str, *actions: tuple[str, Callable[[], None]]) -> None:
        self.notice.tell(text, actions)
        self.notice.setToolTip(text)

    def _refused(self, refused: Refused) -> None:
        self._tell(f"Not done: {refused.reason}. Nothing was changed.")

    def _go_back(self) -> None:
        """Asks for a step of the run on screen, and branches off there."""
        progress, started = self.run.progress, self.run.started
        if progress is None or started is None or not self.run.source:
            self._tell("There is nothing to go back to: the run on screen is not recorded.")
            return
        steps, sure = QInputDialog.getInt(
            self, "Back to a step", "A new run starts there, held; this one is kept as it is.\nStep:",
            progress.position.steps, 0, progress.position.steps)
        if sure:
            self.commands.next_run.go_back(steps)

    def _show_library(self) -> None:
        """The runs that were kept; the one chosen is shown where it stands, held."""
        if self.commands.next_run.folder is None:
            self._tell("Runs are not recorded here.")
            return
        started = self.run.started
        self._library = Library(self.commands.next_run.folder, self, running=started.record if started else "",
                                trash=self._trash)
        self._library.chosen.connect(lambda path, spec: self.commands.next_run.start(spec, file=path, playing=False))
        self._library.open()

    def _failed(self, failed: Failed) -> None:
        self._tell(
            f"The run failed and was ended: {failed.reason}. The log has the details; the studio is unharmed.",
            ("Restart", self.commands.next_run.restart),
        )

    # Qt ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Undo and redo come here only from a place that has none of its own: a shortcut would take them from drawings.
        if event.matches(QKeySequence.StandardKey.Undo):
            self._undo.trigger()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self._redo.trigger()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.looking.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.exporting.busy:  # a hand at the window is asked; a signal or a script has no eyes
            event.ignore()
            (self.exporting.ask_to_leave if event.spontaneous() else self.exporting.leave)(self.close)
            return
        if self._kind is not None:
            self._keeping.keep(f"layout/{self._kind}", self.proportions.state())
        self._keeping.keep("window/geometry", self.saveGeometry())
        super().closeEvent(event)
        self.closing.emit()
