"""Keeps from standard error what Qt says of a screen that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ganstudio.commands.terminal import remark

IDLE = "This plugin does not support propagateSizeHints()"  # of the offscreen plugin, once a dialog or dock


@contextmanager
def without_idle_words() -> Iterator[None]:
    """Inside the block the one sentence is dropped; other messages of Qt go the usual way."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def hear(kind: QtMsgType, context: QMessageLogContext, words: str) -> None:
        if words == IDLE:
            return
        if before is not None:
            before(kind, context, words)
        else:
            remark(words)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
