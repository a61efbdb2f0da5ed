"""The graph of the game on screen: parts with small pictures, arrows between them, and one part that keys move."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.core.design import DARK, Pen, Theme
from ganstudio.core.game_graph import Edge, GameGraph, Node
from ganstudio.ui.panels.parts.overview_pictures import Picture, paint
from ganstudio.ui.widgets.focus_frame import TAKES_SPACE
from ganstudio.ui.widgets.image_grid import ARROWS
from ganstudio.ui.widgets.plain_text import plain_tip

TALL = 1.25  # times as high as wide: the game runs downwards
SHARE, HIGH = 0.78, 0.84  # of its cell that a part takes, across and along its column
SIZES = (1.0, 0.9, 0.8, 0.7, 0.6)  # of the text: the largest at which each part has room for one of its titles
LARGEST = 190.0  # logical pixels at 10 points of text
ROUND, RIM, SIDE = 6.0, 5.0, 3.0
HEAD = 6.0  # length of an arrow's head
FAINT = 70  # of 255: what is not at work
EMPTY = GameGraph((), ())


class GameView(QWidget):
    """Paints the graph. The user points at a part, moves to it with the arrow keys, and chooses it."""

    chosen = Signal(str)  # the name of a part: a click, Enter or Space
    pointed = Signal(str)  # the part under the pointer, or that the keys are on; empty: none
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("overview.game")
        self.setAccessibleName("The game as a graph")
        self.setToolTip("Arrow keys go from part to part; a click or Enter shows the panel of a part")
        self.setProperty(TAKES_SPACE, True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.theme: Theme = DARK
        self.graph = EMPTY
        self.at = ""  # the part that the keys are on
        self._under = ""
        self._titles: Mapping[str, tuple[str, ...]] = {}
        self._tips: Mapping[str, str] = {}
        self._pictures: Mapping[str, Picture] = {}
        self._colours: Mapping[str, str] = {}
        self._lit: frozenset[str] | None = None

    # What is shown -------------------------------------------------------------------------------------------

    def show_graph(self, graph: GameGraph, titles: Mapping[str, tuple[str, ...]], tips: Mapping[str, str]) -> None:
        """Takes a graph; titles from the longest to the shortest, and a sentence for each part."""
        self.graph, self._titles, self._tips = graph, titles, tips
        if self.at not in tips:
            self.at = graph.nodes[0].name if graph.nodes else ""
        self._describe()
        self.update()

    def show_pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Takes the pictures of the parts."""
        self._pictures = pictures
        self.update()

    def light(self, players: frozenset[str] | None) -> None:
        """Lights what is at work in the updates of these players; None: all of it."""
        if players != self._lit:
            self._lit = players
            self.update()

    def apply_theme(self, theme: Theme, colours: Mapping[str, str]) -> None:
        """Takes a palette, and the colour of each player."""
        self.theme, self._colours = theme, colours
        self.update()

    def is_lit(self, node: Node) -> bool:
        """Whether a part is at work."""
        return self._lit is None or bool(node.players & self._lit)

    # Where things are ----------------------------------------------------------------------------------------

    @property
    def tall(self) -> bool:
        """Whether the game runs downwards, because the panel is narrow."""
        return self.height() > TALL * self.width()

    def places(self) -> dict[str, QRectF]:
        """The area of each part, in logical pixels."""
        columns = max(self.graph.columns, 1)
        counts = [sum(node.column == column for node in self.graph.nodes) for column in range(columns)]
        sides = (self.height(), self.width()) if self.tall else (self.width(), self.height())
        long, wide = (max(side - 2 * RIM, 1.0) for side in sides)
        largest = LARGEST * max(self.font().pointSizeF() / 10, 1)
        found = {}
        for node in self.graph.nodes:
            along = RIM + (node.column + 0.5) * long / columns
            across = RIM + node.row * wide
            size = (min(SHARE * long / columns, largest), min(HIGH * wide / max(counts[node.column], 1), largest))
            if self.tall:
                centre, (high, broad) = QPointF(across, along), size
            else:
                centre, (broad, high) = QPointF(along, across), size
            found[node.name] = QRectF(centre.x() - broad / 2, centre.y() - high / 2, broad, high)
        return found

    def part_at(self, point: QPointF) -> str:
        """The part at a point; empty if there is none."""
        return next((name for name, area in self.places().items() if area.contains(point)), "")

    def _sized(self, places: Mapping[str, QRectF]) -> QFont:
        """The font in which each part has room for one of its titles."""
        for size in SIZES:
            font = QFont(self.font())
            font.setPointSizeF(size * self.font().pointSizeF())
            metrics = QFontMetricsF(font)
            if all(any(metrics.horizontalAdvance(text) <= places[name].width() - 2 * SIDE for text in titles)
                   for name, titles in self._titles.items() if name in places):
                break
        return font

    # Painting ------------------------------------------------------------------------------------------------

    def _paint_edge(self, painter: QPainter, edge: Edge, places: Mapping[str, QRectF]) -> None:
        start, end = places[edge.origin], places[edge.target]
        lit = self._lit is None or bool(edge.players & self._lit)
        colour = QColor(self._colours.get(next(iter(edge.players)), self.theme.quiet) if edge.gradient
                        else self.theme.quiet)
        colour.setAlpha(255 if lit else FAINT)
        aside = (5.0 if edge.gradient else -2.0)
        if self.tall:
            a = QPointF(start.center().x() + aside, start.bottom())
            b = QPointF(end.center().x() + aside, end.top())
            if b.y() < a.y():  # back to a part that comes before
                a = QPointF(start.right(), start.center().y() + aside)
                b = QPointF(end.right(), end.center().y() + aside)
        else:
            a = QPointF(start.right(), start.center().y() + aside)
            b = QPointF(end.left(), end.center().y() + aside)
            if b.x() < a.x():
                a = QPointF(start.center().x() + aside, start.top())
                b = QPointF(end.center().x() + aside, end.top())
        path = QPainterPath(a)
        if self.tall:
            bend = (b.y() - a.y()) / 2
            path.cubicTo(QPointF(a.x(), a.y() + bend), QPointF(b.x(), b.y() - bend), b)
        else:
            bend = (b.x() - a.x()) / 2
            path.cubicTo(QPointF(a.x() + bend, a.y()), QPointF(b.x() - bend, b.y()), b)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = 1.6 if lit else 1.0
        painter.setPen(QPen(colour, width, Qt.PenStyle.DashLine if edge.gradient else Qt.PenStyle.SolidLine))
        painter.drawPath(path)
        if edge.gradient:
            self._paint_head(painter, QLineF(path.pointAtPercent(0.12), a), colour)
        else:
            self._paint_head(painter, QLineF(path.pointAtPercent(0.88), b), colour)

    def _paint_head(self, painter: QPainter, line: QLineF, colour: QColor) -> None:
        if line.length() < 1e-6:
            return
        along = math.atan2(line.dy(), line.dx())
        tip = line.p2()
        corners = [tip] + [tip - QPointF(HEAD * math.cos(along + turn), HEAD * math.sin(along + turn))
                           for turn in (-0.45, 0.45)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF(corners))

    def _colour(self, node: Node) -> str:
        t = self.theme
        own = self._colours.get(node.owner, t.quiet)
        return {"data": t.real, "source": t.real, "made": t.generated, "latent": t.quiet, "label": t.quiet,
                "noise": t.quiet}.get(node.role, own)

    def _paint_part(self, painter: QPainter, node: Node, area: QRectF) -> None:
        lit, colour = self.is_lit(node), QColor(self._colour(node))
        painter.setBrush(QColor(self.theme.raised if lit else self.theme.base))
        edge = QColor(colour)
        edge.setAlpha(255 if lit else 130)
        painter.setPen(QPen(edge, Pen.USUAL if lit else Pen.FINE))
        painter.drawRoundedRect(area, ROUND, ROUND)
        if node.name == self._under or (self.hasFocus() and node.name == self.at):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.accent), Pen.USUAL))
            painter.drawRoundedRect(area.adjusted(-3, -3, 3, 3), ROUND + 2, ROUND + 2)
        inner = area.adjusted(SIDE, RIM - 1, -SIDE, -RIM)
        metrics = painter.fontMetrics()
        line = metrics.lineSpacing()
        if inner.height() < line:
            return
        title = next((text for text in self._titles.get(node.name, ())
                      if metrics.horizontalAdvance(text) <= inner.width()), "")
        picture = self._pictures.get(node.name)
        alone = picture is None or inner.height() < 2 * line
        top = inner.center().y() - line / 2 if alone else inner.top()
        painter.setPen(QColor(self.theme.text if lit else self.theme.quiet))
        painter.drawText(QPointF(inner.center().x() - metrics.horizontalAdvance(title) / 2, top + metrics.ascent()),
                         title)
        if picture is not None and not alone:
            painter.setOpacity(1.0 if lit else 0.6)
            paint(painter, inner.adjusted(2, line + 1, -2, 0), picture, self.theme)
            painter.setOpacity(1.0)

    # What the user does --------------------------------------------------------------------------------------

    def go_to(self, name: str) -> None:
        """Moves the mark of the keys to a part."""
        self.at = name
        self._describe()
        self.pointed.emit(name)
        self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self._tips.get(self.at, ""))

    def neighbour(self, right: int, down: int) -> str:
        """The nearest part of the next column, or the next part of the same one; the part itself if there is none."""
        places = self.places()
        if self.at not in places:
            return self.at
        along, across = (down, right) if self.tall else (right, down)
        here, centre = self.graph.node(self.at), places[self.at].center()

        def aside(node: Node) -> float:
            away = places[node.name].center() - centre
            return float(away.x() if self.tall else away.y())

        if along:
            ahead = [node for node in self.graph.nodes if (node.column - here.column) * along > 0]
            found = min(ahead, key=lambda node: (abs(node.column - here.column), abs(aside(node))), default=here)
        else:
            beside = [node for node in self.graph.nodes if node.column == here.column and aside(node) * across > 0]
            found = min(beside, key=lambda node: abs(aside(node)), default=here)
        return found.name

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.places()
        painter.setFont(self._sized(places))
        dull = [edge for edge in self.graph.edges if self._lit is not None and not edge.players & self._lit]
        for edge in (*dull, *(edge for edge in self.graph.edges if edge not in dull)):
            self._paint_edge(painter, edge, places)
        for node in self.graph.nodes:
            self._paint_part(painter, node, places[node.name])
        painter.end()
        self.painted.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self.part_at(event.position())
        if under != self._under:
            self._under = under
            self.setCursor(Qt.CursorShape.PointingHandCursor if under else Qt.CursorShape.ArrowCursor)
            self.pointed.emit(under)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        if self._under:
            self._under = ""
            self.pointed.emit("")
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        name = self.part_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and name:
            self.go_to(name)
            self.chosen.emit(name)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in ARROWS:
            self.go_to(self.neighbour(*ARROWS[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.at:
            self.chosen.emit(self.at)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            name = self.part_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), plain_tip(self._tips.get(name, self.toolTip())), self)
            return True
        return super().event(event)
