"""A form of lines: a name, fields that wrap when it is narrow, and below them room for what is wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLayout, QScrollArea, QSizePolicy, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.plain_text import PlainLabel


class FormArea(QScrollArea):
    """Lines as wide as there is room; it scrolls if the text is large and the screen small.

    Qt's own ``widgetResizable`` asks for the height that the lines have at their narrowest, wrapped.
    """

    def __init__(self, name: str, colour: str) -> None:
        """Makes an empty form.

        Args:
            name: Of the dialog, with which object names begin.
            colour: Behind the lines.
        """
        super().__init__()
        self.errors: dict[str, QLabel] = {}  # by the names of lines
        self._name = name
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._inner = QWidget()
        self._inner.setLayout(self._grid)
        self._inner.setObjectName(f"{name}-lines")
        self.setWidget(self._inner)
        self.setObjectName(f"{name}-form")
        self.setStyleSheet(f"#{name}-form, #{name}-lines {{ background: {colour}; }}")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def add_line(self, name: str, label: str, *widgets: QWidget, stretch: QWidget | None = None) -> None:
        """Adds a line.

        Args:
            name: Of the line, for ``errors``.
            label: What is written before it.
            widgets: Its fields.
            stretch: The one that takes what is left of the width.
        """
        at = self._grid.rowCount()
        if label:
            words = QLabel(label)
            words.setBuddy(widgets[0])
            self._grid.addWidget(words, at, 0, Qt.AlignmentFlag.AlignTop)
            words.setMinimumHeight(widgets[0].sizeHint().height())
        line = QWidget()
        row = FlowLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.USUAL)
        for widget in widgets:
            row.addWidget(widget, int(widget is stretch))
        line.setLayout(row)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        line.setSizePolicy(policy)
        self._grid.addWidget(line, at, 1)
        error = self.errors[name] = PlainLabel()
        error.setObjectName(f"{self._name}.{name}.wrong")
        error.setWordWrap(True)
        error.hide()
        self._grid.addWidget(error, at + 1, 1)

    def add_text(self, label: QLabel) -> None:
        """Adds words below the last line."""
        self._grid.addWidget(label, self._grid.rowCount(), 1)

    def height_at(self, width: int) -> int:
        """How high all lines are together if they are that wide."""
        return self._grid.heightForWidth(width)

    def fit(self) -> None:
        """Takes the height that the lines have now."""
        self._grid.invalidate()
        width = self.viewport().width()
        self._inner.resize(width, self._grid.heightForWidth(width))

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
