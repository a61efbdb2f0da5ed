"""Films the comparison on screen: the dialog, and the command beside the window that makes the film."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from ganstudio.ui.comparison.overlays import OVERLAYS
from ganstudio.ui.comparison.window import ComparisonWindow
from ganstudio.ui.export.film_dialog import CellChoice, FilmDialog
from ganstudio.ui.export.live_checkpoint import LiveCheckpoint
from ganstudio.ui.export.menu import ExportMenu
from ganstudio.ui.export.queue import Export, ExportBar
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.state.comparison_plan import FEWEST
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.theme import THEMES

TOO_FEW = "There is nothing to film yet: fewer than two of these runs are recorded and have made an update."


class ComparisonFilm(QObject):
    """The film action of a comparison's window."""

    def __init__(self, view: ComparisonWindow, exports: ExportMenu, preferences: Preferences) -> None:
        """Adds the action to the window, and to its status bar how far exports are.

        Args:
            view: The window.
            exports: Of the main window: all films are made there, one after the other.
            preferences: Where the last choices are.
        """
        super().__init__(view)
        self._view, self._exports, self._preferences = view, exports, preferences
        self.dialog: FilmDialog | None = None  # the last one
        self.action = view.film_action
        self.action.triggered.connect(lambda _=False: self.ask())
        self._live = [LiveCheckpoint(member.commands, self) for member in view.comparison.members]
        bar = ExportBar(exports.exports)
        for widget, name in ((bar, "comparison.export"), (bar.cancel, "comparison.export.cancel")):
            widget.setObjectName(name)
            view.statusBar().addPermanentWidget(widget)

    def ask(self) -> None:
        """Asks what the film is to be."""
        view, members = self._view, self._recorded()
        if len(members) < FEWEST:
            view.notice.tell(TOO_FEW)
            return
        for member in members:
            member.history.refresh()
        first = members[0].run
        progress = [member.run.progress.steps_per_second for member in members if member.run.progress is not None]
        data = re.sub(r"[^\w .-]", "_", Path(first.data_name).stem)
        variants = ", ".join(member.run.spec.variant for member in members)
        stem = " ".join([variants, data, "step", str(view.history.end)])
        cells = CellChoice(
            runs=len(members), panels=view.grid.offered(), chosen=view.grid.chosen, curves=OVERLAYS,
            curves_shown=view.curves_action.isChecked())
        self.dialog = FilmDialog(
            first, {}, self._preferences, view, moments=view.history.moments, end=view.history.end,
            rate=min(progress, default=0.0), target=self._exports.folder / stem,
            palette=THEMES.get(self._preferences.theme, THEMES["dark"]), cells=cells)
        self.dialog.chosen.connect(lambda target, words: self._start(Path(target), tuple(words)))
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def _recorded(self) -> list[Member]:
        """The runs that have a file."""
        return [member for member in self._view.comparison.members if member.run.started is not None
                and member.run.source]

    def _start(self, target: Path, words: tuple[str, ...]) -> None:
        """Has the runs' files contain the live moments, then starts the command on them."""
        members = self._recorded()
        sources: dict[int, str] = {}  # by the place of the run
        late: list[str] = []  # runs whose newest moment is not in their files

        def go(member: Member, source: str, there: bool) -> None:
            sources[member.index] = source
            if not there:
                late.append(member.label)
            if len(sources) < len(members):
                return
            if late:
                self._view.notice.tell(f"The newest moment did not reach the disk in time ({', '.join(late)}). The "
                                       "film ends with the last moment in the run's file.")
            run, *beside = (sources[at] for at in sorted(sources))
            self._exports.exports.add(
                Export(f"film of {len(members)} runs", "video", target, words, beside=tuple(beside)), run)

        for member in members:
            self._live[member.index].settle(functools.partial(go, member))

    def tell(self, text: str, *actions: tuple[str, Callable[[], None]], fault: str = "") -> None:
        """Says in the comparison's window what came of a film."""
        self._view.notice.tell(text, actions, fault=fault)
