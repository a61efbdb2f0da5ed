"""The window of a comparison: cells, curves over each other, one set of controls, one timeline."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QIcon, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu, QSplitter, QVBoxLayout, QWidget

from ganstudio.core.design import First, Space
from ganstudio.core.system.resources import asset
from ganstudio.ui.comparison.controls import ComparisonControls
from ganstudio.ui.comparison.grid import CURVES_SHARE, FIRST, ComparisonGrid, has_room_for_curves
from ganstudio.ui.comparison.overlays import RunLegend, make_overlays
from ganstudio.ui.comparison.scheduler import ComparisonScheduler
from ganstudio.ui.comparison.timeline import ComparisonTimeline
from ganstudio.ui.comparison.transport import ComparisonTransport
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_history import ComparisonHistory
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.fixed_label import GrowOnlyLabel
from ganstudio.ui.widgets.focus_frame import FocusFrame
from ganstudio.ui.widgets.hint_bar import HintBar
from ganstudio.ui.widgets.menu import Menu
from ganstudio.ui.widgets.notice_bar import COMMAND, Notice
from ganstudio.ui.widgets.reading_order import next_stop
from ganstudio.ui.widgets.tool_bar_room import fit_tool_bars

DRAW_MS = 300  # between two drawings of the curves
PROSE_MOST = 0.36  # of the width, if its letters need no more
HINT = ("All runs have the same data set and seed. With the clock “same steps” each is at the same step. Close this "
        "window to go back to the run in the main window.")
STORED = "Each run is shown at its last moment. Play continues it as a new run; its file is kept as it is."


class ComparisonWindow(QMainWindow):
    """Two to six runs, driven together."""

    closing = Signal()
    opened = Signal(object, bool)  # Member, and whether it is to train on: it is wanted in the main window

    def __init__(self, comparison: Comparison, panels: Mapping[str, type[Panel]], preferences: Preferences) -> None:
        """Makes the window.

        Args:
            comparison: The runs.
            panels: All panels of the studio, by name.
            preferences: Where the window's place is kept.
        """
        super().__init__()
        self.setObjectName("comparison")
        self.setWindowTitle("Comparison – GAN Studio")
        self.setWindowIcon(QIcon(str(asset("icons", "ganstudio.svg"))))
        self.comparison, self._preferences = comparison, preferences
        self.history = ComparisonHistory(comparison)
        self.transport = ComparisonTransport(comparison)
        self.timeline = ComparisonTimeline(comparison, self.history)
        self.controls = ComparisonControls(comparison)
        self.grid = ComparisonGrid(comparison, panels)
        self.overlays = list(make_overlays(comparison).values())
        self.legend = RunLegend(comparison)
        self.focus_frame = FocusFrame(self)
        self.notice = Notice(self)
        self.notice.hide()
        self.notice.wanted.connect(self.notice.setVisible)
        self._chosen = ""  # the panel that the user chose
        self._wants_curves: bool | None = None  # None: as there is room
        self._shared_by_hand = False  # the user has said how high the curves are
        self._prose: QWidget | None = None  # of a lesson
        self._lay_out()
        self._add_menus()
        self.scheduler = ComparisonScheduler(
            comparison, self.history, self.grid.cells, lambda: self.isVisible() and not self.isMinimized(),
            lambda: self._curves.isVisible())
        self._draw = QTimer(self, singleShot=True, interval=DRAW_MS)
        self._draw.timeout.connect(self._draw_curves)
        self._listen()
        self.resize(*First.COMPARISON)
        if (state := preferences.state("comparison/geometry")) is not None:
            self.restoreGeometry(state)

    def _lay_out(self) -> None:
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.transport)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.transport.look)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.timeline)
        plots = QSplitter(Qt.Orientation.Horizontal)
        for overlay in self.overlays:
            plots.addWidget(overlay)
        self._curves = QWidget()
        lower = QVBoxLayout(self._curves)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(0)
        lower.addWidget(self.legend)
        lower.addWidget(plots, 1)
        self._upright = QSplitter(Qt.Orientation.Vertical)
        self._upright.addWidget(self.grid)
        self._upright.addWidget(self._curves)
        self._upright.setChildrenCollapsible(False)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, Space.TIGHT, 0)
        column.setSpacing(Space.HAIR)
        column.addWidget(self.notice)
        column.addWidget(self._upright, 1)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(self.controls)
        self._across.addWidget(right)
        self._across.setStretchFactor(0, 0)
        self._across.setStretchFactor(1, 1)
        self._upright.splitterMoved.connect(lambda *_: setattr(self, "_shared_by_hand", True))
        self._across.setChildrenCollapsible(False)
        self.setCentralWidget(self._across)
        self.readout = QLabel("Getting ready…")
        self.readout.setObjectName("comparison.readout")
        self.readout.setAccessibleName("How far the runs are")
        self.readout.setToolTip("Steps done, and steps per second of each run")
        self._hints = HintBar()
        self.setStatusBar(self._hints)
        self._hints.addPermanentWidget(GrowOnlyLabel(self.readout))
        self._hints.set_hint("Getting the runs ready…")

    def put_beside(self, prose: QWidget, width: int) -> None:
        """Shows the prose of a lesson on the left, in the place of the controls, which can be shown beside it.

        Args:
            prose: What is read.
            width: Its pixels at first.
        """
        self._prose = prose
        self._across.insertWidget(0, prose)
        for at, stretch in enumerate((0, 0, 1)):
            self._across.setStretchFactor(at, stretch)
        self._toggle_controls()
        self._across.setSizes([width, 0, max(self.width() - width, 1)])

    def _add_menus(self) -> None:
        runs = self.menuBar().addMenu("&Runs")
        runs.addActions([self.transport.play, self.transport.step, self.transport.restart])
        runs.addSeparator()
        runs.addActions([self.timeline.again, self.timeline.live])
        runs.addSeparator()
        self.film_action = self._entry(runs, "&Film of these runs…", "Ctrl+M", None)
        self._entry(runs, "&Close the comparison", "Ctrl+W", self.close)
        view = self.view_menu = Menu("&View", self)
        self.menuBar().addMenu(view)
        self.panels_menu = view.add_menu("Pa&nel in all cells")
        self.curves_action = self._entry(view, "&Curves", "F7", self._toggle_curves, checkable=True)
        self.controls_action = self._entry(view, "C&ontrols", "F8", self._toggle_controls, checkable=True)
        self.controls_action.setChecked(True)
        self.colours_action = self._entry(view, "One &range of colours", "F9", self._toggle_colours, checkable=True)
        self.colours_action.setChecked(True)
        self._entry(view, "&Fit axes", "Home", self._fit_axes)
        view.addSeparator()
        self._entry(view, "F&ull screen", "F11", lambda: self.setWindowState(
            self.windowState() ^ Qt.WindowState.WindowFullScreen))
        self._cells_menu = self.menuBar().addMenu("&Alone")
        for cell in self.grid.cells:
            one = self._cells_menu.addMenu(f"Run &{cell.member.index + 1}")
            one.addActions([cell.alone, cell.go_on])

    def _entry(self, menu: QMenu, title: str, key: str, act: object, *, checkable: bool = False) -> QAction:
        action = QAction(title, self)
        action.setShortcut(QKeySequence(key))
        action.setCheckable(checkable)
        action.triggered.connect(lambda _=False: act() if callable(act) else None)
        menu.addAction(action)
        return action

    def _listen(self) -> None:
        comparison = self.comparison
        comparison.began.connect(self._begin)
        comparison.changed.connect(self._tell)
        comparison.moved.connect(self._move)
        comparison.refused.connect(lambda text: self.notice.tell(text, fault=COMMAND))
        comparison.control_applied.connect(lambda _: self.notice.over(COMMAND))
        self.history.moved.connect(self._look_back)
        self.transport.driven.connect(self.history.to_live)
        self.transport.panel_chosen.connect(self.choose_panel)
        self.grid.opened.connect(self._open_alone)
        comparison.session.engine_lost.connect(self._lose_engine)

    # What happens ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._offer()
        for overlay in self.overlays:
            overlay.plot.following = True
        self._tell()
        self._draw_curves()
        names = ", ".join(member.label for member in self.comparison.members)
        first = self.comparison.first
        self.setWindowTitle(f"{names} on {first.run.data_name} – GAN Studio" if first is not None else
                            "Comparison – GAN Studio")
        stored = any(member.file for member in self.comparison.members)
        self._hints.set_hint(STORED if stored else HINT)
        if why := self.comparison.why_held:
            self.notice.tell(why)

    def _offer(self) -> None:
        """The panels that can be shown, and one of them in all cells."""
        offered = self.grid.offered()
        names = [name for _, name in offered]
        usual = FIRST.get(self.comparison.kind, "")
        chosen = next((name for name in (self._chosen, usual, *names) if name in names), "")
        self.transport.offer_panels(offered, chosen)
        self.panels_menu.clear()
        for title, name in offered:
            self.panels_menu.addAction(title, functools.partial(self.choose_panel, name))
        if chosen:
            self.grid.show_panel(chosen)

    def prefer_panel(self, name: str) -> None:
        """Has all cells show a panel at first, once the runs have begun; nothing if they have nothing for it."""
        self._chosen = name

    def choose_panel(self, name: str) -> None:
        """Shows a panel in all cells."""
        self._chosen = name
        self.transport.panels.setCurrentIndex(max(self.transport.panels.findData(name), 0))
        self.grid.show_panel(name)
        if self.history.at is not None:
            for cell in self.grid.cells:
                cell.show_past()
        self.scheduler.refresh()

    def _tell(self) -> None:
        self.grid.tell(self.history.at)
        self.legend.name_runs()

    def _move(self) -> None:
        self.grid.tell(self.history.at)
        if not self._draw.isActive():
            self._draw.start()
        self._write()

    def _write(self) -> None:
        """How far the runs are: one step, as long as all are at the same."""
        members = [member for member in self.comparison.members if member.alive]
        if not members:
            self.readout.setText("all runs have ended" if self.comparison.first is not None else "no run")
            return
        steps = [member.steps for member in members]
        progress = [member.run.progress for member in members if member.run.progress is not None]
        rate = max((each.steps_per_second for each in progress), default=0.0)
        speed = f"{rate:,.1f} steps/s each" if self.comparison.playing else "paused"
        if self.comparison.clock == "step" and (self.comparison.playing or len(set(steps)) == 1):
            self.readout.setText(f"step {max(steps):,}, {speed}")
        else:
            trained = min((each.trained_s for each in progress), default=0.0)
            time = f", {trained:,.1f} s of training each" if self.comparison.clock == "time" else ""
            paused = "" if self.comparison.playing else ", paused"
            self.readout.setText(f"steps {min(steps):,} to {max(steps):,}{time}{paused}")

    def _draw_curves(self) -> None:
        if self._curves.isVisible():
            for overlay in self.overlays:
                overlay.draw()

    def _look_back(self) -> None:
        at = self.history.at
        self.grid.tell(at)
        self.controls.lock(at is not None)
        for overlay in self.overlays:
            overlay.show_at(at)

    def _open_alone(self, member: object, on: bool) -> None:
        self.comparison.play(False)
        self.opened.emit(member, on)

    def _lose_engine(self, why: str) -> None:
        self.notice.tell(f"The engine stopped: {why}. The runs are kept up to here, and the curves stay on screen.",
                         [("Start again from step 0", self.comparison.restart)])

    # The look --------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        self.transport.apply_theme(theme)
        self.focus_frame.apply_theme(theme)
        self.grid.apply_theme(theme)
        self.legend.apply_theme(theme)
        for overlay in self.overlays:
            overlay.apply_theme(theme)
        self.controls.rebuild()
        self._make_room()
        self._tell()

    def _make_room(self) -> None:
        """Shows the curves if the user wants them, or else if there is room below the cells; breaks the tool bars."""
        fit_tool_bars(self, self.transport, self.transport.look)
        room = has_room_for_curves(len(self.grid.cells), self.height(), self.fontMetrics().lineSpacing())
        wanted = room if self._wants_curves is None else self._wants_curves
        if wanted == self._curves.isHidden():
            self._curves.setVisible(wanted)
            self.scheduler.refresh()
        if self._prose is not None:
            self._prose.setMaximumWidth(max(self._prose.minimumWidth(), round(PROSE_MOST * self.width())))
        if wanted and not self._shared_by_hand:
            high = self._upright.height()
            self._upright.setSizes([round((1 - CURVES_SHARE) * high), round(CURVES_SHARE * high)])
        self.curves_action.setChecked(wanted)

    def _toggle_curves(self) -> None:
        self._wants_curves = self._curves.isHidden()
        self._make_room()
        self._draw_curves()

    def _toggle_controls(self) -> None:
        self.controls.setVisible(self.controls.isHidden())
        self.controls_action.setChecked(not self.controls.isHidden())

    def _toggle_colours(self) -> None:
        self.grid.link_colours(self.colours_action.isChecked())

    def _fit_axes(self) -> None:
        self.grid.fit_axes()
        for overlay in self.overlays:
            overlay.fit()

    # Qt --------------------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        stop = next_stop(self, forward=forward)
        if stop is not None:
            reasons = Qt.FocusReason
            self.focus_frame.reach(stop, reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        return stop is not None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and hasattr(self, "scheduler"):
            self.scheduler.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._prose is None:  # else it has the size of the main window
            self._preferences.keep("comparison/geometry", self.saveGeometry())
        self.scheduler.pause()
        self.timeline.stop()
        self.comparison.close()
        super().closeEvent(event)
        self.closing.emit()
