"""The slim bar of a presentation: play and pause, step, what runs and how far it is, and the keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar

from ganstudio.core.design import Space
from ganstudio.ui.main.shortcut_list import named
from ganstudio.ui.main.transport import PLAY_WORDS, Transport
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.plain_text import PlainLabel, plain_tip

GAP = "   "  # between the parts of the transport's words
DOT = " · "  # between the keys
SPACING = Space.USUAL  # between two parts, at most
FEWEST = "Page Down: next panel"  # the keys have room for as much


class KeysLabel(ElidedLabel):
    """Keys with a few words for each, the most important first: those that have no room are left out whole."""

    def _lines(self) -> tuple[bool, list[str]]:
        parts, room = self.text().split(DOT), self.contentsRect().width()
        count = len(parts)
        while count and self.fontMetrics().horizontalAdvance(DOT.join(parts[:count])) > room:
            count -= 1
        return count == len(parts), [DOT.join(parts[:count])] if count else []


class StageBar(QToolBar):
    """Lies below the panels while the window is in front of a class."""

    def __init__(self, run: RunModel, transport: Transport) -> None:
        super().__init__("Presentation")
        self.setObjectName("stage")
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._run, self._transport = run, transport
        self.note = ""  # said in the place of what runs
        self._keys: Sequence[tuple[QAction, str]] = ()
        for action in (transport.play, transport.step):
            self.addAction(action)
            button = self.widgetForAction(action)
            button.setObjectName(f"stage.{action.objectName().removeprefix('transport.')}")
            button.setAccessibleName(action.text() or PLAY_WORDS[0])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.what, self.how, self.keys = ElidedLabel(), PlainLabel(), KeysLabel()
        for label, name, said, stretch in (
            (self.what, "what", "What runs", 0), (self.how, "how", "How far it is", 0), (self.keys, "keys", "Keys", 1),
        ):
            label.setObjectName(f"stage.{name}")
            label.setAccessibleName(said)
            label.setContentsMargins(Space.USUAL, 0, Space.USUAL, 0)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            if stretch:
                policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                policy.setHorizontalStretch(stretch)
                label.setSizePolicy(policy)
            self.addWidget(label)
        self.how.setToolTip("Steps done, and steps per second")
        self.keys.setProperty("quiet", True)
        run.began.connect(self.write)
        run.progressed.connect(self.write)
        self.hide()

    def list_keys(self, keys: Sequence[tuple[QAction, str]]) -> None:
        """Takes the actions whose keys are named, with a few words for each."""
        self._keys = keys
        self.write()

    def write(self, _: object = None) -> None:
        """Writes what runs, how far it is, and the keys as they are now."""
        if self.isHidden():
            return
        self._say(self.what, self.note or (self._run.title if self._run.started is not None else "No run"))
        # The transport's own words, so that the two say the same; without the samples and the device.
        self.how.setText(GAP.join(self._transport.readout.text().split(GAP)[:1]))
        self._say(self.keys, DOT.join(f"{named(action.shortcuts()[0])}: {words}" for action, words in self._keys
                                        if action.shortcuts()))

    def _say(self, label: ElidedLabel, text: str) -> None:
        if text != label.text():
            label.setText(text)
            label.setToolTip(plain_tip(text))
            self._share()

    def _share(self) -> None:
        """Room for what runs, as far as there is any, and the rest for the keys."""
        margins, metrics = self.what.contentsMargins(), self.what.fontMetrics()
        sides = margins.left() + margins.right() + 2
        beside = [self.widgetForAction(action) for action in self.actions()]
        taken = sum(part.sizeHint().width() + SPACING for part in beside if part not in (self.what, self.keys))
        room = self.width() - taken - metrics.horizontalAdvance(FEWEST) - 2 * (sides + SPACING)
        self.what.setFixedWidth(max(min(metrics.horizontalAdvance(self.what.text()) + sides, room), 0))

    def fit(self) -> None:
        """Sizes that follow the text."""
        metrics = self.fontMetrics()
        self.setIconSize(self._transport.iconSize())
        for label in (self.what, self.keys):
            label.setFixedHeight(metrics.height() + Space.HAIR)
        self._share()
        self.how.setMinimumWidth(metrics.horizontalAdvance("step 100,000, 1,000 steps/s") + Space.APART)
        button = self.widgetForAction(self._transport.play)
        button.setMinimumWidth(0)
        now = metrics.horizontalAdvance(self._transport.play.text())
        widest = max(map(metrics.horizontalAdvance, PLAY_WORDS)) - now
        button.setMinimumWidth(button.sizeHint().width() + max(widest, 0))

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "keys"):
            self.fit()
