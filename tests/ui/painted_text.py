"""What text a window really paints, and which of it is cut.

Each widget is painted onto a device that draws nothing and notes every piece of text, where it is and how it is
clipped. So whatever writes is covered: labels, buttons, tabs, headers, cells, axes of plots, and painted captions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainter,
    QRegion,
    QTextItem,
    QTransform,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QDockWidget,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QTabBar,
    QToolButton,
    QWidget,
)

from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.hint_bar import HintBar

SLACK = 1.5  # pixels: a glyph may reach beyond its advance by that much, and metrics are rounded
OVER = 3.0  # pixels in both directions: texts that share more than that cannot be read
MORE = ("qt_toolbar_ext_button", "qt_menubar_ext_button")  # Qt's names for what hides that there is no room for
ELLIPSIS = "…"
NUMBER = 14  # characters: a field with as many or fewer is to show them all


@dataclass(frozen=True)
class Text:
    """A piece of text as it was painted, in the pixels of its widget."""

    text: str
    box: QRectF
    clip: QRectF | None  # what of the widget could be seen of it; None: all


class _Engine(QPaintEngine):
    """Notes text, and draws nothing."""

    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.texts: list[Text] = []
        self._transform = QTransform()
        self._clip: QRectF | None = None

    # Qt ------------------------------------------------------------------------------------------------------

    def begin(self, pdev: QPaintDevice) -> bool:
        self.setActive(True)
        return True

    def end(self) -> bool:
        self.setActive(False)
        return True

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def updateState(self, state: QPaintEngineState) -> None:
        flags, dirty = state.state(), QPaintEngine.DirtyFlag
        if flags & dirty.DirtyTransform:
            self._transform = QTransform(state.transform())
        area = None
        if flags & dirty.DirtyClipRegion:
            area = QRectF(state.clipRegion().boundingRect())
        elif flags & dirty.DirtyClipPath:
            area = state.clipPath().boundingRect()
        if area is not None:
            there = state.transform().mapRect(area)
            within = state.clipOperation() == Qt.ClipOperation.IntersectClip and self._clip is not None
            self._clip = there.intersected(self._clip) if within and self._clip is not None else there
        if flags & (dirty.DirtyClipEnabled | dirty.DirtyClipRegion | dirty.DirtyClipPath) and (
                not state.isClipEnabled() or state.clipOperation() == Qt.ClipOperation.NoClip):
            self._clip = None

    def drawTextItem(self, p: QPointF, textItem: QTextItem) -> None:  # type: ignore[override]
        if textItem.text().strip():
            tight = QFontMetricsF(textItem.font()).tightBoundingRect(textItem.text())
            box = QRectF(p.x(), p.y() + tight.top(), textItem.width(), tight.height())
            self.texts.append(Text(textItem.text(), self._transform.mapRect(box), self._clip))

    def drawPixmap(self, *_: object) -> None:
        pass



for name in ("Image", "TiledPixmap", "Path", "Polygon", "Rects", "Lines", "Points", "Ellipse"):
    setattr(_Engine, f"draw{name}", _Engine.drawPixmap)  # before the class is used: Qt asks for them once


class _Device(QPaintDevice):
    """As large as a widget, and as dense as its screen."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.engine = _Engine()
        self._widget = widget

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEngine(self) -> QPaintEngine:
        return self.engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        kinds = QPaintDevice.PaintDeviceMetric
        size, dots = self._widget.size(), self._widget.logicalDpiX()
        known = {
            kinds.PdmWidth: size.width(), kinds.PdmHeight: size.height(), kinds.PdmNumColors: 1 << 24,
            kinds.PdmWidthMM: size.width() // 4, kinds.PdmHeightMM: size.height() // 4, kinds.PdmDepth: 32,
            kinds.PdmDpiX: dots, kinds.PdmDpiY: dots, kinds.PdmPhysicalDpiX: dots, kinds.PdmPhysicalDpiY: dots,
            kinds.PdmDevicePixelRatioScaled: 1 << 16,
        }
        return known.get(metric, 1)


def painted(widget: QWidget) -> list[Text]:
    """The text that a widget paints itself, without its children."""
    device = _Device(widget)
    painter = QPainter(device)
    widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag(0))
    painter.end()
    return device.engine.texts


def seen(window: QWidget) -> Iterator[QWidget]:
    """The widgets of a window of which there is something to be seen."""
    for widget in [window, *window.findChildren(QWidget)]:
        if widget.window() is window.window() and widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def cut_texts(window: QWidget) -> list[str]:
    """Every text in a window that is cut, hidden or written over another one, with the widget that paints it."""
    found: list[str] = []
    boxes: list[tuple[QRectF, str, QWidget]] = []
    for widget in seen(window):
        if widget.objectName() in MORE:
            found.append(f"{called(widget)} hides what {called(widget.parentWidget())} has no room for")
            continue
        texts = painted(widget)
        room = _room(widget)
        for text in texts:
            there = room if text.clip is None else room.intersected(text.clip)
            shown = text.box.intersected(there).intersected(_shown(widget))
            if shown.width() > 1 and shown.height() > 1:
                offset = QPointF(widget.mapTo(window, QPoint()))
                boxes.append((shown.translated(offset), text.text, widget))
            over = _over(text.box, there, _scrolls(widget))
            if over:
                found.append(f"{called(widget)}: “{text.text}” is cut {over}")
            elif text.text.rstrip().endswith(ELLIPSIS) and not _may_end_so(widget, text.text):
                found.append(f"{called(widget)}: “{text.text}” is shortened")
        if not texts and (own := _own_text(widget)):
            found.append(f"{called(widget)}: nothing of “{own}” is to be seen")
    found += _written_over(boxes)
    found += _lie_over(window)
    return found


def called(widget: QWidget | None) -> str:
    """A name for a widget, with the nearest one above it that has a name."""
    if widget is None:
        return "nothing"
    above = widget
    while not above.objectName() or above.objectName().startswith("qt_"):
        parent = above.parentWidget()
        if parent is None:
            break
        above = parent
    kind = type(widget).__name__
    return f"{above.objectName()}" if above is widget else f"{above.objectName()}/{kind}"


def _room(widget: QWidget) -> QRectF:
    """The part of a widget that can be seen, or scrolled to, in its own pixels."""
    room = QRectF(widget.rect())
    child, above = widget, widget.parentWidget()
    sideways = up = False  # whether an area around it scrolls: then what lies beyond can be seen too
    while above is not None and not child.isWindow():
        corner = QPointF(widget.mapTo(above, QPoint()))
        area = above.parentWidget()
        if isinstance(area, QScrollArea) and above is area.viewport():
            across, down = _bars(area)
            sideways, up = sideways or across, up or down
        frame = QRectF(above.rect()).translated(-corner)
        if sideways:
            frame = QRectF(room.left(), frame.top(), room.width(), frame.height())
        if up:
            frame = QRectF(frame.left(), room.top(), frame.width(), room.height())
        room = room.intersected(frame)
        child, above = above, above.parentWidget()
    return room


def _shown(widget: QWidget) -> QRectF:
    """The part of a widget that is on screen, in its own pixels."""
    return QRectF(widget.visibleRegion().boundingRect())


def _bars(area: QAbstractScrollArea) -> tuple[bool, bool]:
    """Whether one can scroll sideways, and up and down."""
    across, down = area.horizontalScrollBar(), area.verticalScrollBar()
    return across.isVisible() and across.maximum() > 0, down.isVisible() and down.maximum() > 0


def _scrolls(widget: QWidget) -> tuple[bool, bool]:
    """Whether what a widget paints can be scrolled to: it is the viewport of an area that scrolls."""
    if isinstance(widget, QLineEdit):
        return len(widget.text()) > NUMBER, False  # a path or a formula is as long as it is: the arrow keys show it all
    if isinstance(widget, QTabBar):
        return widget.usesScrollButtons() and widget.elideMode() == Qt.TextElideMode.ElideNone, False
    area = widget.parentWidget()
    if isinstance(area, QAbstractScrollArea) and not isinstance(area, QGraphicsView) and widget is area.viewport():
        return _bars(area)
    return False, False


def _over(box: QRectF, room: QRectF, scrolls: tuple[bool, bool]) -> str:
    """On which side a text reaches beyond its room; empty if it does not."""
    left, right = room.left() - box.left(), box.right() - room.right()
    top, bottom = room.top() - box.top(), box.bottom() - room.bottom()
    if not scrolls[0] and max(left, right) > SLACK:
        return f"by {max(left, right):.0f} px of {box.width():.0f} at the {'left' if left > right else 'right'}"
    if not scrolls[1] and max(top, bottom) > SLACK:
        return f"by {max(top, bottom):.0f} px of {box.height():.0f} at the {'top' if top > bottom else 'bottom'}"
    return ""


def _own_text(widget: QWidget) -> str:
    match widget:
        case QLabel() if not isinstance(widget, ElidedLabel):
            return re.sub("<[^>]*>|&nbsp;", "", widget.text()).strip()
        case QToolButton() if widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly:
            return ""
        case QAbstractButton():
            return widget.text().strip()
        case QComboBox():
            return widget.currentText().strip()
    return ""


def _may_end_so(widget: QWidget, text: str) -> bool:
    """Whether three dots are a text's own, or end a sentence that is shown whole as the widget's tooltip."""
    if isinstance(widget, ElidedLabel):
        return widget.toolTip() == widget.text() or text in widget.text()
    return text.strip() in _plain(widget)


def _plain(widget: QWidget) -> str:
    match widget:
        case QLabel() | QAbstractButton():
            return widget.text()
        case QComboBox():
            return widget.currentText()
        case QLineEdit():
            return widget.placeholderText()
        case HintBar():
            return widget.shown() if widget.toolTip() == widget.currentMessage() else ""
    return ""


def _written_over(boxes: list[tuple[QRectF, str, QWidget]]) -> list[str]:
    """Texts that lie on each other."""
    found = []
    for index, (box, text, widget) in enumerate(boxes):
        for other, words, beside in boxes[index + 1 :]:
            shared = box.intersected(other)
            if shared.width() > OVER and shared.height() > OVER + 0.25 * min(box.height(), other.height()):
                found.append(f"{called(widget)}: “{text}” and “{words}” of {called(beside)} lie on each other")
    return found


def _lie_over(window: QWidget) -> list[str]:
    """Tab bars that lie on each other, or on a dock."""
    if not isinstance(window, QMainWindow):
        return []

    def place(widget: QWidget) -> QRect:
        return QRect(widget.mapTo(window, QPoint()), QSize(widget.size()))

    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible() and bar.count() and bar.parent() is window]
    docks = [dock for dock in window.findChildren(QDockWidget) if not dock.visibleRegion().isEmpty()]
    found = []
    for index, bar in enumerate(bars):
        names = ", ".join(bar.tabText(tab) for tab in range(bar.count()))
        if not window.rect().contains(place(bar)):
            found.append(f"the tabs {names} lie outside the window")
        for other in bars[index + 1 :]:
            if place(bar).intersects(place(other)):
                found.append(f"the tabs {names} lie on other tabs")
        current = bar.tabRect(bar.currentIndex())
        arrows = [QRect(button.geometry()) for button in bar.findChildren(QToolButton) if button.isVisible()]
        whole = bar.rect().adjusted(-2, -2, 2, 2).contains(current)
        if not whole or any(current.intersects(arrow) for arrow in arrows):
            found.append(f"the tab {bar.tabText(bar.currentIndex())} is on top, and cannot be read")
        found += [f"the tabs {names} lie on {dock.windowTitle()}" for dock in docks
                  if place(bar).intersects(place(dock))]
    return found
