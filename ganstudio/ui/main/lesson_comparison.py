"""A step of a lesson that compares runs: the comparison in a window with the lesson's prose beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ganstudio.core.lessons.lesson import Step
from ganstudio.ui.comparison.window import ComparisonWindow
from ganstudio.ui.lessons.view import LessonView
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.lesson_player import LessonPlayer
from ganstudio.ui.theme import Theme

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

LETTERS, MOST = 46, 0.45  # of a line of prose at least, but no more than this share of the window's width


class LessonComparison(QObject):
    """Opens and closes the comparison for the player of a lesson."""

    def __init__(self, window: Window, player: LessonPlayer) -> None:
        """Makes it.

        Args:
            window: With its comparisons.
            player: Asks for a comparison, and says when it is over.
        """
        super().__init__(window)
        self._window, self._player = window, player
        self._theme: Theme | None = None
        self._prose: LessonView | None = None
        self.titles: dict[str, str] = {}  # of all lessons, by name
        player.open_comparison = self._open
        player.close_comparison = self._close

    def _open(self, step: Step) -> Comparison:
        """Shows the runs of a step, held at their beginning."""
        prose = self._prose = LessonView(self._player)
        prose.titles = self.titles
        view = self._window.comparisons.show([(asked.spec(), "") for asked in step.compare], playing=False, prose=prose)
        view.closing.connect(self._forget)
        view.prefer_panel(step.look_at or next(iter(step.layout), ""))
        self._add_menu(view, prose)
        if self._theme is not None:
            self.apply_theme(self._theme)
        QTimer.singleShot(0, prose, prose.next.setFocus)  # once there is a window that keys go to
        return view.comparison

    def _close(self) -> None:
        self._window.comparisons.close()
        self._window.raise_()
        self._window.activateWindow()

    def _forget(self) -> None:
        self._prose = None

    def _add_menu(self, view: ComparisonWindow, prose: LessonView) -> None:
        """What the menu Lessons has in the main window, with the same keys."""
        player = self._player
        menu = QMenu("&Lesson", view)
        menu.setObjectName("comparison.lesson")
        view.menuBar().addMenu(menu)
        lines: list[tuple[str, str, Callable[[], object]]] = [
            ("&Next step", "PgDown", lambda: player.go_by(1)), ("Step &before", "PgUp", lambda: player.go_by(-1)),
            ("Show or fold the &answer", "F4", prose.answer.click), ("&Play this step again", "Ctrl+F5", player.again),
            ("&Leave the lesson", "", player.leave),
        ]
        for title, key, act in lines:
            action = QAction(title, view)
            action.setShortcut(QKeySequence(key))
            # the line or its key closes this window: not before Qt is done with them
            action.triggered.connect(lambda _=False, act=act: QTimer.singleShot(0, self, act))
            menu.addAction(action)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and gives the prose room for the text's size."""
        self._theme = theme
        if self._prose is None:
            return
        self._prose.apply_theme(theme)
        letters = self._window.fontMetrics().averageCharWidth() * LETTERS
        self._prose.setMinimumWidth(round(min(letters, MOST * self._window.width())))
