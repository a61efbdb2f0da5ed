"""A picture of a panel or of the window: PNG for slides, SVG and PDF for print; written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPoint, QRect, QSizeF
from PySide6.QtGui import QColor, QImage, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from ganstudio.core.errors import BadInput

ENDINGS = {".png": "PNG picture", ".svg": "SVG drawing", ".pdf": "PDF page"}
SHARP = 2  # pixels of a PNG for each of the widget's
POINTS_AN_INCH = 72.0
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
    fresh = path.with_name(f".{path.name[:80]}.{os.getpid()}.part")
    try:
        try:
            fresh.touch(exist_ok=False)  # says why where nothing can be written: Qt only says that
            drawn = {".png": _png, ".svg": _svg, ".pdf": _pdf}[ending](widget, fresh, title, paper)
            if not drawn or not fresh.stat().st_size:
                raise BadInput(f"picture {path} cannot be written: is the disk full?")
            fresh.replace(path)
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
    except OSError as fault:
        raise BadInput(f"picture {path} cannot be written: {fault.strerror or fault}") from None


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
    drawing = QSvgGenerator()
    drawing.setFileName(str(path))
    drawing.setResolution(widget.logicalDpiX())  # so that text keeps its size beside what is drawn
    drawing.setSize(widget.size())
    drawing.setViewBox(QRect(QPoint(0, 0), widget.size()))
    drawing.setTitle(title)
    return _drawn(widget, drawing, paper)


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
    return _drawn(widget, page, paper)


def _drawn(widget: QWidget, device: QSvgGenerator | QPagedPaintDevice, paper: str) -> bool:
    painter = QPainter()
    if not painter.begin(device):
        return False
    _paint(widget, painter, paper)
    return painter.end()
