"""The box in which the user chooses the class that a panel shows; hidden if the game has no labels."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.state.shown_class import ShownClass


class ClassChooser(QWidget):
    """A label and a list of the classes. All choosers of a run show the same choice."""

    def __init__(self, chosen: ShownClass, panel: str, label: str, tip: str) -> None:
        """Makes the chooser.

        Args:
            chosen: The choice that all panels of a run share.
            panel: The panel's name.
            label: Stands before the list.
            tip: What the choice does in this panel.
        """
        super().__init__()
        self._chosen = chosen
        self.label = QLabel(label)
        self.label.setToolTip(tip)
        self.box = QComboBox()
        self.box.setObjectName(f"{panel}.class")
        self.box.setAccessibleName("Class")
        self.box.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.CLOSE)
        row.addWidget(self.label)
        row.addWidget(self.box)
        chosen.changed.connect(self._follow)
        self.box.activated.connect(chosen.choose)
        self._follow()

    def _follow(self) -> None:
        names = self._chosen.names
        with QSignalBlocker(self.box):
            if [self.box.itemText(at) for at in range(self.box.count())] != names:
                self.box.clear()
                self.box.addItems(names)
            self.box.setCurrentIndex(self._chosen.label if names else -1)
        self.setVisible(bool(names))
