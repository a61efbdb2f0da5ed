"""Files and folders that are dropped onto the window, with a hint over it that says what will be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from ganstudio.core.design import Pen, Space, Text
from ganstudio.ui.state.dropped import judge


class DropHint(QLabel):
    """Lies over the whole window while something hovers there."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setObjectName("drop-hint")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_text(self, text: str) -> None:
        """Says what will be done."""
        palette = QApplication.palette()  # its own has what its style sheet says
        window, accent = palette.window().color(), palette.highlight().color()
        size = Text.DISPLAY * QApplication.font().pointSizeF()
        self.setStyleSheet(
            f"#drop-hint {{ background: rgba({window.red()}, {window.green()}, {window.blue()}, 225); "
            f"color: {palette.windowText().color().name()}; "
            f"border: {Pen.HEAVY:.0f}px dashed {accent.name()}; padding: {Space.FAR}px; "
            f"font-size: {size:.0f}pt; font-weight: 600; }}")
        self.setText(text)
        self.setAccessibleName(text)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()


class DropTarget(QObject):
    """Takes what is dropped anywhere onto a window.

    Plots and fields would take the events first, so they are caught where they enter the window. What is no file, such
    as text that is dragged into a field, goes on to the widget below it.
    """

    def __init__(self, window: QMainWindow, take: Callable[[Sequence[str]], None]) -> None:
        """``take`` is given the paths of what was dropped."""
        super().__init__(window)
        self._window, self._take = window, take
        self.hint = DropHint(window)
        self._watched: QObject | None = None
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            assert isinstance(event, QDropEvent)  # as Enter and Move are
            return self._over(event, kind)
        if kind == QEvent.Type.DragLeave:
            self.hint.hide()
        elif kind == QEvent.Type.Show and watched is self._window:
            self._watch()
        return False

    def _watch(self) -> None:
        """The system's own window exists once this one is shown; it hands events to the widget below the pointer."""
        handle = self._window.windowHandle()
        if handle is not None and handle is not self._watched:
            handle.installEventFilter(self)
            self._watched = handle

    def _over(self, event: QDropEvent, kind: QEvent.Type) -> bool:
        if not event.mimeData().hasUrls():
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if kind == QEvent.Type.Drop:
            self.hint.hide()
            self._take(local_paths(event.mimeData()))
        elif kind == QEvent.Type.DragEnter:
            assert isinstance(event, QDragEnterEvent)
            self.hint.show_text(judge(local_paths(event.mimeData())).hint)
        return True


def local_paths(data: QMimeData) -> list[str]:
    """The files and folders of this machine among what is dragged."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
