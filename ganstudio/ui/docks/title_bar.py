"""The title of a dock, with the buttons that explain it, take it out of the window and close it, as large as the text.

Qt's own buttons keep their few pixels at every size of text.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from ganstudio.core.design import Icon, Space, icon_side
from ganstudio.ui.theme import icon


class TitleBar(QWidget):
    """The title bar of a dock in the window; one that is taken out has that of the desktop."""

    asked = Signal()  # what the panel shows
    enlarged = Signal()  # by a double click: the panel is wanted alone

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.setObjectName("dock.title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = QLabel(dock.windowTitle())
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.WIDE, Space.HAIR, Space.TIGHT, Space.HAIR)
        row.setSpacing(0)
        row.addWidget(self._title, 1)
        self._buttons: list[QToolButton] = []
        self._icons: list[str] = []  # the name of each one's
        self._colour = ""  # that they are drawn in
        for name, what, where in (
            ("dock-help", "What is this?", "F1 for the panel with the focus"),
            ("dock-float", "Take out of the window", "View menu"), ("dock-close", "Close", "View menu"),
        ):
            button = QToolButton()
            button.setObjectName(f"{dock.objectName()}.{name.removeprefix('dock-')}")
            said = f"{what} {dock.windowTitle()}" if what.endswith("?") else f"{what}: {dock.windowTitle()}"
            button.setToolTip(f"{said} ({where})")
            button.setAccessibleName(said)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # menus do the same with keys
            row.addWidget(button)
            self._buttons.append(button)
            self._icons.append(name)
        self._title.setToolTip(f"{dock.toolTip()} A double click here shows it alone.".strip())
        self._buttons[0].clicked.connect(self.asked)
        self._buttons[1].clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._buttons[2].clicked.connect(dock.close)
        dock.topLevelChanged.connect(self._floated)
        dock.setTitleBarWidget(self)
        self._fit()

    def needed(self) -> int:
        """The width at which the title can be read whole, pixels; without the button that a key does as well (F1)."""
        buttons = sum(button.sizeHint().width() for button in self._buttons[1:])
        return self._title.sizeHint().width() + buttons + Space.WIDE + 2 * Space.TIGHT

    def _fit(self) -> None:
        """Icons in the size of the text, in the palette's colour of what is secondary."""
        colour = QApplication.palette().placeholderText().color().name()
        if colour != self._colour:
            self._colour = colour
            for button, name in zip(self._buttons, self._icons, strict=True):
                button.setIcon(icon(name, colour))
        side = icon_side(Icon.TITLE, self.fontMetrics().height())
        for button in self._buttons:
            button.setIconSize(QSize(side, side))
        self._make_room()

    def _make_room(self) -> None:
        """Shows the first button if there is room for it beside the whole title."""
        self._buttons[0].setVisible(self.width() >= self.needed() + self._buttons[0].sizeHint().width())

    def _floated(self, floating: bool) -> None:
        """Leaves a dock that was taken out to the desktop's own frame, by which it can be moved and maximised."""
        self._dock.setTitleBarWidget(None if floating else self)  # type: ignore[arg-type]
        self.setVisible(not floating)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else Qt takes the dock out of the window; its button does that
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarged.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_buttons"):
            self._fit()
