"""A layout that puts widgets beside each other, and begins a new line if there is no room left."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QWidget


class FlowLayout(QLayout):
    """Widgets beside each other, on as many lines as it takes: large text must not make a panel wide."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[tuple[QLayoutItem, int]] = []  # with its share of what is left over

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """Adds a widget; one with a stretch takes what its line leaves over."""
        super().addWidget(widget)
        self._items[-1] = (self._items[-1][0], stretch)

    def addStretch(self, stretch: int = 0) -> None:
        """Pushes what follows to the right."""
        spacer = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._items.append((spacer, max(stretch, 1)))

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, int]]]:
        """The items that can be seen, by the lines that they are on."""
        lines: list[list[tuple[QLayoutItem, int]]] = [[]]
        used = 0
        for item, stretch in self._items:
            if item.isEmpty() and item.widget() is not None:
                continue
            needs = self._width(item)
            if lines[-1] and item.widget() is not None and used + needs > width:
                lines.append([])
                used = 0
            lines[-1].append((item, stretch))
            used += needs + (self.spacing() if item.widget() is not None else 0)
        return lines

    def _width(self, item: QLayoutItem) -> int:
        return item.sizeHint().width() if item.widget() is not None else 0

    def _place(self, area: QRect, *, move: bool) -> int:
        """Puts the items in their places, and returns the height that this takes."""
        margins = self.contentsMargins()
        inner = area.marginsRemoved(margins)
        y = inner.y()
        for line in self._lines(inner.width()):
            shown = sum(item.widget() is not None for item, _ in line)
            taken = sum(min(self._width(item), inner.width()) for item, _ in line)
            over = max(inner.width() - taken - self.spacing() * max(shown - 1, 0), 0)
            whole = sum(stretch for _, stretch in line)
            height = max((item.sizeHint().height() for item, _ in line), default=0)
            x = inner.x()
            for item, stretch in line:
                width = min(self._width(item), inner.width()) + (over * stretch // whole if whole else 0)
                if move and item.widget() is not None:
                    tall = min(item.sizeHint().height(), height)
                    item.setGeometry(QRect(QPoint(x, y + (height - tall) // 2), QSize(width, tall)))
                x += width + (self.spacing() if item.widget() is not None else 0)
            y += height + (self.spacing() // 2 if height else 0)
        return y - (self.spacing() // 2 if y > inner.y() else 0) - inner.y() + margins.top() + margins.bottom()

    # Qt ------------------------------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append((item, 0))

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index][0] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index)[0] if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._place(area, move=True)

    def minimumSize(self) -> QSize:
        return self._bounds([item.minimumSize() for item, _ in self._items if not item.isEmpty()])

    def sizeHint(self) -> QSize:
        return self._bounds([item.sizeHint() for item, _ in self._items if not item.isEmpty()])

    def _bounds(self, sizes: list[QSize]) -> QSize:
        margins = self.contentsMargins()
        width = max((size.width() for size in sizes), default=0)
        height = max((size.height() for size in sizes), default=0)
        return QSize(width + margins.left() + margins.right(), height + margins.top() + margins.bottom())
