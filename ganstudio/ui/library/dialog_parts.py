"""Small parts of the library's dialog: labels, buttons that say why they are off, lists of sentences."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from ganstudio.ui.widgets.plain_text import PlainLabel

MOST_SAID = 3  # refusals that are listed one by one


def wrapped_label(name: str) -> PlainLabel:
    """A label that wraps: names of files may look like mark-up."""
    label = PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def allow(button: QPushButton, why_not: str = "", tip: str = "") -> None:
    """Switches a button and its action, and says why if they are off."""
    action = button.actions()[0]
    action.setEnabled(not why_not)
    action.setToolTip(why_not or tip or str(action.property("tip")))
    button.setEnabled(not why_not)
    button.setToolTip(action.toolTip())


def first_sentences(sentences: list[str]) -> str:
    """The first few of these sentences, and how many are left out."""
    more = len(sentences) - MOST_SAID
    return " ".join([*sentences[:MOST_SAID], *([f"And {more:,} more."] if more > 0 else [])])
