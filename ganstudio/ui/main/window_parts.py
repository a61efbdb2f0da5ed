"""Puts panels, transport, timeline and menus into the empty window, and connects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from ganstudio.core.leaves import leaves
from ganstudio.ui.docks.sizes import Proportions
from ganstudio.ui.docks.tabs import DockTabs
from ganstudio.ui.docks.title_bar import TitleBar
from ganstudio.ui.export.menu import ExportMenu
from ganstudio.ui.main.action_registry import ActionRegistry
from ganstudio.ui.main.announcer import Announcer
from ganstudio.ui.main.comparisons import Comparisons
from ganstudio.ui.main.explainer import Explainer
from ganstudio.ui.main.intake import Intake
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
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.undo import UndoStack
from ganstudio.ui.theme import THEMES
from ganstudio.ui.widgets.fixed_label import GrowOnlyLabel
from ganstudio.ui.widgets.focus_frame import FocusFrame
from ganstudio.ui.widgets.hint_bar import HintBar
from ganstudio.ui.widgets.notice_bar import COMMAND, Notice

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window


def make_parts(window: Window) -> None:
    """Makes all that the window holds; the order is that in which the parts need each other."""
    commands, preferences = window.commands, window.preferences
    window.pickers = Pickers(commands, window)
    window.transport = Transport(commands)
    window.notice = Notice(window)
    window.intake = Intake(commands, preferences, window, window.tell)
    window.pickers.data_chosen.connect(window.intake.choose)
    window.panels = {
        name: panel(window.run, commands) for name, panel in leaves("ganstudio.ui.panels", Panel).items()
    }
    _make_docks(window)
    window.history = RunHistory(commands)
    window.timeline = Timeline(commands, window.history)
    window.scheduler = SnapshotScheduler(
        commands, list(window.panels.values()), lambda: window.isVisible() and not window.isMinimized(),
        window.history)
    for dock in window.docks.values():
        dock.visibilityChanged.connect(lambda _: window.scheduler.refresh())
    window.undo_stack = UndoStack(window.run, commands.sender)
    window.focus_frame = FocusFrame(window)
    window.proportions.focus_taken.connect(window.focus_frame.regain)
    window.navigation = Navigation(window, window.docks, window.panels, window.focus_frame)
    window.announcer = Announcer(commands, window)
    window.export_menu = ExportMenu(commands, window.history, window.panels, preferences, window, window.tell)
    window.naming = RunNaming(commands, window, window.tell)
    window.past_runs = PastRuns(window, window.tell)
    window.presets = PresetFiles(window, window.tell)
    window.reports = Reports(commands, window, window.tell, window.notice.over)
    window.alone = PanelAlone(window, window.docks, window.proportions)
    window.presentation = Presentation(window)
    window.lessons = Lessons(window, window.tell, window.announcer.say)
    window.registry = ActionRegistry(window, preferences)
    window.explainer = Explainer(
        window, window.docks, window.panels, window.run, lambda: THEMES[preferences.theme])
    window.comparisons = Comparisons(window, window.tell)
    _add_bars(window)
    window.welcome = Welcome(window)
    window.menus = MenuBar(window)
    window.undo_actions = window.menus.undo
    _fill_status_bar(window)
    window.recovery = RecoveryNotices(
        commands, window.history, window.tell, window.intake.tell_missing, window.reports.show_loss)
    _listen(window)


def _make_docks(window: Window) -> None:
    nothing = QWidget()
    nothing.setMaximumSize(0, 0)
    window.setCentralWidget(nothing)
    window.setDockNestingEnabled(True)
    window.setDockOptions(window.dockOptions() & ~QMainWindow.DockOption.AnimatedDocks)
    window.docks = {name: make_dock(window, panel) for name, panel in window.panels.items()}
    window.offered = OfferedPanels(window.docks, window.panels)
    window.proportions = Proportions(window, window.docks)
    DockTabs(window)


def _add_bars(window: Window) -> None:
    bars = (window.pickers, window.transport, window.transport.pace)
    window.proportions.restored.connect(ToolbarLines(window, bars).arrange)
    window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, window.timeline)
    for name, dock in window.docks.items():
        title = dock.findChild(TitleBar)
        assert title is not None
        title.asked.connect(lambda name=name: window.explainer.explain_panel(name))
        title.enlarged.connect(lambda name=name: window.alone.toggle(name))
    NoticeOverlay(window, window.notice, bars)


def _fill_status_bar(window: Window) -> None:
    loading, exports = LoadingIndicator(window.commands), window.export_menu.bar
    loading.cancellable.connect(window.presentation.yield_escape)
    window.hints = HintBar()
    window.setStatusBar(window.hints)
    for widget in (exports, exports.cancel, loading, loading.cancel, GrowOnlyLabel(window.transport.readout)):
        window.hints.addPermanentWidget(widget)
    window.hints.showMessage("Starting the engine…")


def _listen(window: Window) -> None:
    """Connects signals to what the window says and does."""
    run, notice = window.run, window.notice
    run.began.connect(window.begin_run)
    run.failed.connect(window.say_failed)
    run.notice_came.connect(window.tell)
    run.control_applied.connect(lambda _: notice.over(COMMAND))
    run.collapse_ended.connect(lambda _: notice.pass_with(COMMAND))  # once it was announced
    window.session.engine_lost.connect(lambda _: window.statusBar().showMessage("The engine is not running."))
    window.session.welcomed.connect(window.menus.show_devices)
    window.transport.driven.connect(window.come_back)
    window.timeline.pin.triggered.connect(lambda _: window.statusBar().showMessage(
        "Pinned. This moment stays in the run's file; a blue mark on the timeline shows it.", 6000))
