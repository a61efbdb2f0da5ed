"""A picture of the user's, read from a file as a translation is given it."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QImageReader, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from ganstudio.core.images import Bytes
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.printable import printable
from ganstudio.ui.widgets.last_folder import last_folder, remember_folder

WHITE = 0xFFFFFFFF  # below what is see-through, as where images of folders are read; no colour of the window's


def choose_picture(parent: QWidget) -> Path | None:
    """The file that the user chooses; None: they chose none."""
    endings = sorted({bytes(name.data()).decode() for name in QImageReader.supportedImageFormats()})
    pictures = " ".join(f"*.{ending}" for ending in endings)
    chosen, _ = QFileDialog.getOpenFileName(
        parent, "Choose a picture", str(last_folder("pictures")), f"Pictures ({pictures});;All files (*)")
    if not chosen:
        return None
    remember_folder("pictures", Path(chosen).parent)
    return Path(chosen)


def square_of(path: Path, side: int, *, smooth: bool) -> Bytes:
    """The middle square of a picture ``(side, side, 3)``, what is transparent on a white ground.

    Args:
        path: A file.
        side: px.
        smooth: Whether scaling may mix colours. It may not if each colour stands for a class.

    Raises:
        BadInput: It cannot be read as a picture.
    """
    _need_file(path)
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    image = reader.read()
    if image.isNull():
        raise BadInput(f"{printable(path.name)} cannot be read as a picture: {reader.errorString().rstrip('.')}")
    size = min(image.width(), image.height())
    middle = image.copy((image.width() - size) // 2, (image.height() - size) // 2, size, size)
    ground = QImage(size, size, QImage.Format.Format_RGB32)
    ground.fill(WHITE)
    painter = QPainter(ground)
    painter.drawImage(0, 0, middle)
    painter.end()
    how = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
    small = ground.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, how).convertToFormat(
        QImage.Format.Format_RGB888)
    rows = np.frombuffer(small.constBits(), np.uint8).reshape(side, small.bytesPerLine())
    return rows[:, : 3 * side].reshape(side, side, 3).copy()


def _need_file(path: Path) -> None:
    """Raises BadInput if a path is of no file: a pipe would keep the window waiting for ever."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or fault
        raise BadInput(f"{printable(path.name)} cannot be read as a picture: {why}") from None
    if stat.S_ISDIR(kind):
        raise BadInput(f"{printable(path.name)} is a folder: choose a picture in it")
    if not stat.S_ISREG(kind):
        raise BadInput(f"{printable(path.name)} is not a regular file: choose a picture")
