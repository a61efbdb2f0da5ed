"""A picture of a panel or of the window: PNG for slides, SVG and PDF for print; written whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMarginsF, QObject, QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QRegion,
    QTransform,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput

ENDINGS = {".png": "PNG picture", ".svg": "SVG drawing", ".pdf": "PDF page"}
SHARP = 2  # pixels of a PNG for each of the widget's
POINTS_AN_INCH = 72.0
NUMBER = r"[-+]?[\d.]+(?:e[-+]?\d+)?"
DRAWN = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren


def save(widget: QWidget, path: Path, title: str, paper: str) -> None:
    """Draws a widget as it is shown into a file.

    Args:
        widget: What is to be seen.
        path: ``.png`` at twice the widget's pixels, ``.svg``, or ``.pdf`` on a page of the widget's shape. What stands
            there is replaced once the picture is whole.
        title: Kept in the file.
        paper: Behind the widget, ``#rrggbb``.

    Raises:
        BadInput: The ending is another one, or nothing can be written there.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(f"picture {path} ends in '{ending}': allowed are {', '.join(ENDINGS)}")
    draw = {".png": _png, ".svg": _svg, ".pdf": _pdf}[ending]
    with atomic_write(path) as (fresh,):
        if not draw(widget, fresh, title, paper) or not fresh.stat().st_size:
            raise BadInput(f"picture {path} cannot be written: is the disk full?")


def _paint(widget: QWidget, painter: QPainter, paper: str) -> None:
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(QRect(QPoint(0, 0), widget.size()), QColor(paper))
    widget.render(painter, QPoint(0, 0), QRegion(), DRAWN)


def _png(widget: QWidget, path: Path, title: str, paper: str) -> bool:
    image = QImage(widget.size() * SHARP, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARP)
    image.setText("Title", title)
    painter = QPainter(image)
    _paint(widget, painter, paper)
    painter.end()
    return image.save(str(path), "PNG")  # type: ignore[call-overload, no-any-return, unused-ignore]


def _svg(widget: QWidget, path: Path, title: str, paper: str) -> bool:
    """As a drawing whose curves end where their plots end.

    SVG Tiny, Qt's default, knows no clipping. In SVG 1.1 Qt writes the clips of child widgets where these would stand
    without their parents, which hides words. So plots are drawn by themselves, and the others' clips are left out.
    """
    plots = [view for view in widget.findChildren(QGraphicsView) if view.isVisibleTo(widget)]
    away = _Unpainted()
    for view in plots:
        view.viewport().installEventFilter(away)
    try:
        rest = _drawing(widget, title, paper, [])
        whole = _drawing(widget, title, paper, plots)
    finally:
        for view in plots:
            view.viewport().removeEventFilter(away)
    if not rest or not whole:
        return False
    wrong = rest.count(b"<clipPath ")

    def kept(clip: re.Match[bytes]) -> bytes:
        return b"" if int(clip[1]) <= wrong else clip[0]

    clipped = re.sub(rb' ?clip-path="url\(#clipPath(\d+)\)"', kept, whole).decode()
    path.write_text(_with_fonts(_with_plain_strokes(clipped)), encoding="utf-8")
    return True


def _with_plain_strokes(drawing: str) -> str:
    """The drawing with lines as wide as they are said to be, for programs that know no ``vector-effect``.

    Qt keeps a line's width by that word alone, in a group that stretches data units to pixels: slides and word
    processors, which do not know it, would draw lines as wide as the plot. Points are put down in pixels instead.
    """
    there = QTransform()

    def placed(found: re.Match[str]) -> str:
        nonlocal there
        if found["matrix"]:
            a, b, c, d, e, f = (float(number) for number in found["matrix"].split(","))
            there = QTransform(a, b, c, d, e, f)
            return found[0]
        back, invertible = there.inverted()  # type: ignore[misc, unused-ignore]  # PySide's stub says one value
        if not invertible:
            return found[0]
        numbers = (back.m11(), back.m12(), back.m21(), back.m22(), back.dx(), back.dy())

        def moved(pair: re.Match[str]) -> str:
            at = there.map(QPointF(float(pair[1]), float(pair[2])))
            return f"{at.x():.8g},{at.y():.8g}"

        shape = re.sub(rf"({NUMBER}),({NUMBER})", moved, found["shape"])
        matrix = ",".join(f"{number:.12g}" for number in numbers)
        words = f'{found["before"]}{found["middle"]}'
        return f'<{found["what"]} transform="matrix({matrix})"{words} {found["key"]}="{shape}"'

    group = r'<g [^>]*?transform="matrix\((?P<matrix>[^)]*)\)"'
    line = (r'<(?P<what>path|polyline)(?P<before>[^>]*?) vector-effect="non-scaling-stroke"(?P<middle>[^>]*?) '
            r'(?P<key>d|points)="(?P<shape>[^"]*)"')
    return re.sub(f"{group}|{line}", placed, drawing)


def _with_fonts(drawing: str) -> str:
    """The drawing with its words in a font that there is, and in any without serifs where it is not."""
    def named(found: re.Match[str]) -> str:
        return f'font-family="{QFontInfo(QFont(found[1])).family()}, sans-serif"'

    return re.sub('font-family="([^"]*)"', named, drawing)


def _drawing(widget: QWidget, title: str, paper: str, plots: list[QGraphicsView]) -> bytes:
    """SVG 1.1 of a widget, with plots above it; empty where that cannot be drawn."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    drawing.setOutputDevice(buffer)
    drawing.setResolution(widget.logicalDpiX())  # so that text keeps its size beside what is drawn
    drawing.setSize(widget.size())
    drawing.setViewBox(QRect(QPoint(0, 0), widget.size()))
    drawing.setTitle(title)
    painter = QPainter()
    if not painter.begin(drawing):
        return b""
    _paint(widget, painter, paper)
    for view in plots:
        field = view.viewport()
        view.render(painter, QRectF(QRect(field.mapTo(widget, QPoint(0, 0)), field.size())), field.rect(),
                    Qt.AspectRatioMode.IgnoreAspectRatio)
    painter.end()
    return bytes(buffer.data().data())


class _Unpainted(QObject):
    """Keeps what it watches from painting."""

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() == QEvent.Type.Paint


def _pdf(widget: QWidget, path: Path, title: str, paper: str) -> bool:
    page = QPdfWriter(str(path))
    dots = widget.logicalDpiX()
    page.setResolution(dots)
    page.setTitle(title)
    page.setCreator("GAN Studio")
    size = QSizeF(widget.size()) * (POINTS_AN_INCH / dots)
    page.setPageLayout(QPageLayout(
        QPageSize(size, QPageSize.Unit.Point, "panel", QPageSize.SizeMatchPolicy.ExactMatch),
        QPageLayout.Orientation.Portrait, QMarginsF()))
    painter = QPainter()
    if not painter.begin(page):
        return False
    _paint(widget, painter, paper)
    return painter.end()
