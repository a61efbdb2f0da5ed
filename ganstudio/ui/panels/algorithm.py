"""Algorithm: the variant's algorithm box, line by line, with the numbers of one update as it was made."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QTextBrowser, QToolButton

from ganstudio.core.algorithm_box import BoxLine, Moment, box_lines, moments
from ganstudio.core.protocol.messages import LastUpdate, MeasuredNow, Progress, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.algorithm_page import page
from ganstudio.ui.panels.parts.algorithm_text import FAST, IDLE, PAST, headline, sentence
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

SLOWEST_MS, FASTEST_MS = 1500, 60  # that a line is shown while the run plays in slow motion
KNOWN_S = 3.0  # without an update: then a run that plays is too fast to be followed
MOST_WAITING = 64  # updates that one command made and that were not gone through yet


class AlgorithmPanel(Panel):
    """An update is made first, and then gone through: so each number is the one that was used."""

    name = "algorithm"
    title = "Algorithm"
    kinds = ("line", "plane", "image")
    help = ("The variant's algorithm, line by line. N makes the next update and goes through its lines with the "
            "numbers of that update; in slow motion they run by themselves.")
    reading = ("The marked line is at work. Below it are the numbers of one update, which was made before it is gone "
               "through: each number is the one that was used.")
    healthy = "The gradient has a length that stays much the same, and the weights move a little at each update."
    sick = "A length is nan, 0, or grows from update to update; or most weights are clipped after each step."
    place = dict.fromkeys(kinds, Place("lower", order=3))
    interactive = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._lines: list[BoxLine] = []
        self._made: LastUpdate | None = None  # that is gone through
        self._waiting: deque[LastUpdate] = deque()  # made by the same command, not gone through yet
        self._moments: list[Moment] = []
        self._at = 0  # of the moments
        self._came_s = 0.0  # when the last update came
        self._past = False
        self._next = QToolButton()
        self._next.setText("Next line")
        self._next.setObjectName("algorithm.next")
        self._next.setAccessibleName("Next line of the algorithm")
        self._next.setShortcut("N")
        self._next.setToolTip("Goes to the next line. After the last one, or while the run plays: pauses the run and "
                              "makes the next update (N).")
        self._next.clicked.connect(self.go_on)
        self._back = QToolButton()
        self._back.setText("Line before")
        self._back.setObjectName("algorithm.back")
        self._back.setAccessibleName("Line before")
        self._back.setShortcut("Shift+N")
        self._back.setToolTip("Goes back by one line of this update (Shift+N)")
        self._back.clicked.connect(self._go_back)
        for button in (self._next, self._back):
            self._tools.addWidget(button)
        self._tools.addStretch(1)
        self._page = QTextBrowser()
        self._page.setObjectName("algorithm.page")
        self._page.setAccessibleName("Algorithm with the numbers of one update")
        self._page.setToolTip("The text is that of the variant's file. Page up and page down scroll.")
        self._page.setOpenLinks(False)
        self._page.setTabChangesFocus(True)
        self.set_body(self._page)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._run_on)
        self._allow()
        run.updated.connect(self._take)
        run.progressed.connect(self._progressed)
        run.failed.connect(lambda _: self._allow())
        commands.session.engine_lost.connect(lambda _: self._allow())

    # What happens --------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        variant = self.run.variant
        self._lines = box_lines(variant.algorithm, variant.players) if variant is not None else []
        self._made, self._past = None, False
        self._waiting.clear()
        self._timer.stop()
        self.set_headline(IDLE)
        self._show()

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._past = steps is not None
        self._show()

    def _take(self, made: LastUpdate) -> None:
        now = time.monotonic()
        since, self._came_s = now - self._came_s, now
        if self._playing:
            self._waiting.clear()
            self._walk(made)
            share = 1000 * since / max(len(self._moments), 1)
            self._timer.start(round(min(max(share, FASTEST_MS), SLOWEST_MS)))
            return
        self._timer.stop()
        if made.first:
            self._waiting.clear()
            self._walk(made)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting.append(made)
            self._say()

    def _progressed(self, progress: Progress) -> None:
        fast = progress.playing and time.monotonic() - self._came_s > KNOWN_S
        if fast and (self._made is not None or self._headline.text() != FAST):
            self._made = None
            self._waiting.clear()
            self._show()

    @property
    def _playing(self) -> bool:
        return self.run.progress is not None and self.run.progress.playing

    # The walk ------------------------------------------------------------------------------------------------

    def _walk(self, made: LastUpdate) -> None:
        """Goes through an update from its first line."""
        self._made, self._at = made, 0
        self._moments = moments(self._lines, made.player, self._chosen())
        self._show()

    def _chosen(self) -> list[str]:
        """What is chosen in the controls that choose between lines."""
        variant = self.run.variant
        controls = variant.controls if variant is not None else []
        names = [info.name for info in controls if info.choices and info.group == "objective"]
        return [str(self.run.settings[name]) for name in names if name in self.run.settings]

    def go_on(self) -> None:
        """Goes to the next line; after the last one, the next update is made."""
        if self._past or self.run.started is None:
            return
        if self._made is None or self._playing:
            self.commands.step("next")
        elif self._at + 1 < len(self._moments):
            self._at += 1
            self._show()
        elif self._waiting:
            self._walk(self._waiting.popleft())
        else:
            self.commands.step("next")

    def _go_back(self) -> None:
        if self._made is not None and self._at > 0:
            self._at -= 1
            self._show()

    def _run_on(self) -> None:
        """In slow motion the lines run by themselves, as far as the next update leaves them time."""
        if self._playing and self._at + 1 < len(self._moments):
            self._at += 1
            self._show()
            self._timer.start()

    # What is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        self._allow()
        self._say()
        made = None if self._past else self._made
        players = self.run.started.players if self.run.started is not None else []
        said = [] if made is None else [sentence(each, self._lines, made, players) for each in self._moments]
        self._page.setHtml(page(self._lines, self._moments if made is not None else [], said, self._at, self.theme))
        self._page.scrollToAnchor("now")

    def _say(self) -> None:
        started = self.run.started
        if self._past:
            self.set_headline(PAST)
        elif self._made is not None and started is not None:
            self.set_headline(headline(self._made, started.players, self._at, len(self._moments), len(self._waiting)))
        elif started is not None:
            self.set_headline(FAST if self._playing else IDLE)

    def _allow(self) -> None:
        live = self.run.started is not None and not self._past
        self._next.setEnabled(live)
        self._back.setEnabled(live and self._made is not None and self._at > 0)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._show()

    # Qt ------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_timer"):
            self._show()
