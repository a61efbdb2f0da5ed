"""Overview: the game as a graph, alive. What is at work is lit, and each part leads to the panel that shows it."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QTimer, Signal

from ganstudio.core.design import Space
from ganstudio.core.game_graph import GameGraph, game_graph
from ganstudio.core.protocol.messages import LastUpdate, MeasuredNow, Progress, Snapshot, Started
from ganstudio.core.protocol.views import Balance, View
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel, abilities_of
from ganstudio.ui.panels.parts.overview_facts import facts_of, pictures_of
from ganstudio.ui.panels.parts.overview_text import SHOWN_BY, describe, titles, words
from ganstudio.ui.panels.parts.overview_view import EMPTY, GameView
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.fixed_label import FixedLabel

VIEWS = {"plane": ("points", "landscape"), "line": ("line",)}
REFRESH_MS = 200  # numbers that change faster than this cannot be read
SENTENCE_FROM = 14  # lines of text: a panel as high as that has room for the sentence on a part


class OverviewPanel(Panel):
    """z, G, what it makes, the data, D, what it says, the losses, and the gradients back: of whatever plays."""

    name = "overview"
    title = "Overview"
    kinds = ("line", "plane", "image")
    help = ("The game as a graph: what goes into the networks, what they make and say, and the gradients back "
            "(dashed). What is at work is lit. A click shows the panel of a part.")
    reading = ("From left to right: what goes in, the networks, what they make and say, the losses. Dashed arrows are "
               "the gradients. Blue is the data, orange is what G makes.")
    healthy = "The picture of what is made resembles that of the data more and more, and D becomes unsure of both."
    sick = "D is sure of all real and all generated samples, or what G makes does not change any more."
    place = dict.fromkeys(kinds, Place("lower", column=1, order=2))
    views: ClassVar[tuple[str, ...]] = ("points", "landscape", "line", "samples-average", "balance")
    pictures = True

    leads_to = Signal(object)  # tuple of panels, of which the first that the run has something for is to be shown

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._graph: GameGraph = EMPTY
        self._seen: dict[str, View] = {}  # the last of each view that came
        self._made: LastUpdate | None = None  # the last update, while single updates are known
        self._next = ""  # the player that moves next
        self._past = False
        self._view = GameView()
        self._view.painted.connect(self.painted.emit)
        self._view.chosen.connect(self._choose)
        self._view.pointed.connect(self._explain)
        self._sentence = ElidedLabel()
        self._sentence.setObjectName("overview.sentence")
        self._sentence.setProperty("quiet", True)
        self._sentence.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.HAIR)
        self._sentence_room = FixedLabel(self._sentence)
        self.set_body(self._view)
        self._body.addWidget(self._sentence_room)
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        run.scalars_came.connect(self._later)
        run.progressed.connect(self._progressed)
        run.updated.connect(self._updated)
        run.control_applied.connect(lambda _: self._tell())

    # What happens --------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._seen, self._made, self._next, self._past = {}, None, "", False
        has = abilities_of(started, self.run.variant)
        self._graph = game_graph(started.players, started.flows, has)
        averaged = started.settings.get("ema_decay", 0)
        keeps = isinstance(averaged, int | float) and averaged > 0
        images = ("samples-average" if keeps else "samples", *(("balance",) if "scores" in has else ()))
        self.views = VIEWS.get(started.kind, images)  # type: ignore[misc]  # what it asks for depends on the run
        self._colour()
        self._view.light(None)
        self._describe()
        self._refresh()
        self._say()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        redraws = self._redraws
        self._seen.update({name: view for name, view in snapshot.views.items() if name in self.views})
        if self._redraws != redraws:
            self._describe()
        self._refresh()

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._past, self._made = steps is not None, None
        self._at = steps
        self._light()
        self._say()
        self._refresh()

    _at: int | None = None  # the step that the window shows, if that is not the live one

    def _updated(self, made: LastUpdate) -> None:
        self._made, self._next = made, made.next
        self._tell()

    def _progressed(self, progress: Progress) -> None:
        if self._made is not None and self._made.position != progress.position:
            self._made = None  # the run went on without telling of single updates
        self._next = progress.next or self._next
        self._tell()

    def _tell(self) -> None:
        """Lights and says what is going on, if the panel can be seen."""
        if self.seen:
            self._light()
            self._say()

    def _later(self) -> None:
        if self.seen and not self._timer.isActive():
            self._timer.start()

    @property
    def _playing(self) -> bool:
        return self.run.progress is not None and self.run.progress.playing

    @property
    def _redraws(self) -> bool:
        return any(isinstance(view, Balance) and view.kind == "reconstruction" for view in self._seen.values())

    # What is shown -------------------------------------------------------------------------------------------

    def _light(self) -> None:
        """While it plays, the player that made the last update; paused, the one that moves next; else all."""
        if self._past:
            self._view.light(None)
        elif self._playing:
            self._view.light(frozenset({self._made.player}) if self._made is not None else None)
        else:
            self._view.light(frozenset({self._next}) if self._next else None)

    def _describe(self) -> None:
        facts = facts_of(self.run, redraws=self._redraws)
        self._view.show_graph(self._graph, {node.name: titles(node, facts) for node in self._graph.nodes},
                              {node.name: describe(node, self._graph, facts) for node in self._graph.nodes})
        self._explain(self._view.at)

    def _refresh(self) -> None:
        """Paints the parts' pictures again."""
        self._view.show_pictures(pictures_of(self.run, self._graph, self._seen, self._at, self.theme))

    def _say(self) -> None:
        if self.run.started is None:
            return
        if self._past and self._at is not None:
            self.set_headline(f"The game as it was at step {self._at:,}.")
            return
        facts = facts_of(self.run, redraws=self._redraws)
        self.set_headline(words(self._graph, facts, self.run.settings, playing=self._playing, made=self._made,
                                next_=self._next))

    def _explain(self, name: str) -> None:
        """Says what the part is that is pointed at, or that the keys are on."""
        name = name or self._view.at
        known = {node.name: node for node in self._graph.nodes}
        text = describe(known[name], self._graph, facts_of(self.run, redraws=self._redraws)) if name in known else ""
        self._sentence.setText(text)
        self._sentence.setToolTip(text)

    def _choose(self, name: str) -> None:
        self.leads_to.emit((*SHOWN_BY.get(self._graph.node(name).role, ()), "theory"))

    # Qt ------------------------------------------------------------------------------------------------------

    def on_first_shown(self) -> None:
        self._describe()
        self._light()
        self._refresh()
        self._say()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._colour()
        self._refresh()

    def _colour(self) -> None:
        theme = self.theme
        others = iter((*theme.others, *theme.curves))
        known = {"discriminator": theme.discriminator, "generator": theme.generator}
        players = [player.name for player in self.run.started.players] if self.run.started is not None else []
        self._view.apply_theme(theme, {**known, **{name: next(others) for name in players if name not in known}})

    def _fit_words(self) -> None:
        super()._fit_words()
        line = self.fontMetrics().lineSpacing()
        shown = self.height() >= SENTENCE_FROM * line
        self._sentence_room.setVisible(shown)
        self._sentence_room.setFixedHeight(2 * line + Space.TIGHT if shown else 0)
