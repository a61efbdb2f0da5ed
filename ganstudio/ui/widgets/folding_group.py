"""A group of widgets below a title that folds them away: by a click, or by Space or Enter while it has the focus."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.system.wording import counted


class FoldingGroup(QWidget):
    """A title and what lies below it; ``folded_by_user`` is sent when the user folds it or opens it."""

    folded_by_user = Signal(bool)

    def __init__(self, name: str, title: str) -> None:
        """Makes an empty group that is open.

        Args:
            name: The title button's object name is ``group.`` and that.
            title: What the user reads.
        """
        super().__init__()
        self.title = title
        self._button = QToolButton()
        self._button.setObjectName(f"group.{name}")
        self._button.setText(title)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setProperty("folds", True)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._turn)
        self._body = QWidget()
        self._rows = QVBoxLayout(self._body)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(Space.HAIR)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.HAIR)
        column.addWidget(self._button)
        column.addWidget(self._body)
        self._folded = False
        self.fold(False)

    @property
    def folded(self) -> bool:
        """Whether only the title is seen."""
        return self._folded

    def add(self, widget: QWidget) -> None:
        """Adds a widget below the others."""
        self._rows.addWidget(widget)

    def fold(self, on: bool) -> None:
        """Folds the group, or opens it; a folded one says how much is in it."""
        self._folded = on
        self._body.setVisible(not on)
        count = sum(not each.isHidden() for each in self._body.findChildren(
            QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly))
        self._button.setArrowType(Qt.ArrowType.RightArrow if on else Qt.ArrowType.DownArrow)
        self._button.setText(f"{self.title} ({count})" if on else self.title)
        self._button.setToolTip(f"{'Shows' if on else 'Folds away'} the controls of this group")
        self._button.setAccessibleName(f"{self.title}, {counted(count, 'control')}, {'folded' if on else 'open'}")

    def _turn(self) -> None:
        self.fold(not self._folded)
        self.folded_by_user.emit(self._folded)
