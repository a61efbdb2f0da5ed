"""The bar of long work on files, which the user can cancel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressDialog, QWidget

from ganstudio.core.system.progress import listening

PATIENCE_MS = 400  # the user waits this long before a bar is shown


@contextmanager
def working_bar(parent: QWidget, name: str, title: str) -> Iterator[None]:
    """Shows how far the work in the block is, if it takes a while; raises Cancelled in it if the user cancels.

    Args:
        parent: The dialog that waits.
        name: The bar's object name.
        title: The bar's window title.
    """
    bar = QProgressDialog("", "Cancel", 0, 0, parent)
    bar.setObjectName(name)
    bar.setWindowTitle(title)
    bar.setWindowModality(Qt.WindowModality.WindowModal)
    bar.setMinimumDuration(PATIENCE_MS)
    bar.setAutoReset(False)

    def listen(what: str, done: int, total: int) -> bool:
        bar.setMaximum(total)
        bar.setLabelText(what)
        bar.setValue(done)
        return not bar.wasCanceled()

    try:
        with listening(listen):
            yield
    finally:
        bar.reset()
        bar.deleteLater()
