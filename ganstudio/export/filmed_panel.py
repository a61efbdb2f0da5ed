"""A panel that is filmed: fed moment by moment, without what can be clicked, and its words cut to their room."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton

from ganstudio.core.protocol.messages import Snapshot
from ganstudio.export.run_story import Moment
from ganstudio.ui.panel import Panel
from ganstudio.ui.widgets.image_grid import ImageGrid

BARE = "QCheckBox { spacing: 0px } QCheckBox::indicator { width: 0px; height: 0px; border: 0px }"
SHREDS = 3  # words of a sentence that are not worth showing without the rest
CLOSE = 2  # frames of a moment: if moments follow each other as fast, colours and axes follow too, and do not jump


class FilmedPanel:
    """Feeds a panel, which is on a sheet; it changes only if what it shows does."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._pictures = panel.findChildren(ImageGrid)
        self._buttons = panel.findChildren(QPushButton)
        self._known: tuple[object, ...] | None = None  # what its picture was painted from
        self._fitted = ""  # the words that were cut to their room
        leave_names(panel)

    def settle(self) -> None:
        """Takes its place as final, once it knows what is true of the whole run."""
        panel = self.panel
        self._label, self._room = _words_of(panel)
        if panel.cursor_at(0) is not None:  # it shows the whole run: its words must not be those of the end
            panel.set_headline(panel.help)
        _fit_words(self._label, self._room)

    def take(self, moment: Moment, times: int) -> bool:
        """Shows a moment for that many frames; returns whether the picture is another."""
        panel, steps = self.panel, moment.position.steps
        seen = tuple(moment.views.get(name) for name in panel.views) or (
            () if panel.cursor_at(steps) is not None else (moment.measured,))
        first = self._known is None
        if self._known is not None and all(a is b for a, b in zip(seen, self._known, strict=True)):
            return False
        self._known = seen
        if seen and (first or times > CLOSE or not panel.views):
            measured = None if moment.measured is None else panel.run.in_user_units(moment.measured)
            panel.show_past(steps, measured)
        if panel.views:
            panel.show_snapshot(Snapshot(run=panel.run.number, position=moment.position, views=moment.views,
                                         seconds=0.0))
        if first or any(not button.isHidden() for button in self._buttons):
            leave_names(panel)
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        if self._label.text() != self._fitted:
            _fit_words(self._label, self._room)
            self._fitted = self._label.text()
        for pictures in self._pictures:
            pictures.mark({})  # anchors are the user's, and come with the first picture
        return True


def leave_names(panel: Panel) -> None:
    """Leaves out what can be clicked; of switches that are the only legend of a plot, the names stay."""
    panel.hide_controls()
    for button in panel.findChildren(QPushButton):
        button.hide()
    if panel.legend:
        for box in panel.findChildren(QCheckBox):
            if not box.icon().isNull() and box.isEnabled():
                box.setStyleSheet(BARE)
                box.show()


def _words_of(panel: Panel) -> tuple[QLabel, int]:
    """The label of a panel's words, and the height that they may have: half a line above it is empty anyway."""
    label = next(child for child in panel.findChildren(QLabel) if child.property("headline"))
    return label, label.height() + label.fontMetrics().height() // 2


def _fit_words(label: QLabel, room: int) -> None:
    """Cuts the text after the last whole sentence that fits, or else after the last word that fits."""
    text = label.text()
    words = text.split(" ")
    while len(words) > 1 and label.heightForWidth(label.width()) > room:
        words.pop()
        text = " ".join(words).rstrip(".,:; ") + "…"
        label.setText(text)
    whole, _, rest = text.rpartition(". ")
    if text.endswith("…") and whole and rest.count(" ") < SHREDS:
        label.setText(f"{whole}.")
