"""Answers "What is this?": for the panel at hand, and for whatever has the focus."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from ganstudio.ui.main.explanation import of_panel, of_widget, panel_at_hand
from ganstudio.ui.main.explanation_dialog import ExplanationDialog
from ganstudio.ui.main.navigation import panels_of
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme


class Explainer(QObject):
    """Keeps one dialog, in which the last answer is."""

    def __init__(
        self, window: QMainWindow, docks: Mapping[str, QDockWidget], panels: Mapping[str, Panel], run: RunModel,
        theme: Callable[[], Theme],
    ) -> None:
        """``theme`` gives the palette as it is."""
        super().__init__(window)
        self._window, self._docks, self._panels, self._run, self._theme = window, docks, panels, run, theme
        self._dialog: ExplanationDialog | None = None

    @property
    def dialog(self) -> ExplanationDialog:
        """The dialog; made when it is wanted first."""
        if self._dialog is None:
            self._dialog = ExplanationDialog(self._window)
        return self._dialog

    def at_hand(self) -> Panel | None:
        """The panel with the focus, else the one under the pointer, else the first that can be seen."""
        under = QApplication.widgetAt(QCursor.pos())
        found = panel_at_hand(self._window, QApplication.focusWidget(), under)
        return found if found is not None else next(iter(panels_of(self._window)), None)

    def explain_panel(self, name: str = "") -> None:
        """Explains a panel; without a name, the one at hand."""
        panel = self._panels[name] if name else self.at_hand()
        if panel is not None:
            self.dialog.show_explanation(of_panel(panel), self._theme())

    def explain_focus(self) -> None:
        """Explains the control or button that has the focus; if it is no part of a panel, the panel at hand."""
        focus: QWidget | None = QApplication.focusWidget()
        if focus is None or focus is self._window:
            self.explain_panel()
        else:
            self.dialog.show_explanation(of_widget(focus, self._run), self._theme())
