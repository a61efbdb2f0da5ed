"""When a run goes wrong: what is said of it, and the ways back that are offered."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QFileDialog

from ganstudio.core.divergence_cause import suspect
from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.messages import Diverged, Refused
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import format_value
from ganstudio.ui.state.collapse_watch import CollapseWatch
from ganstudio.ui.state.curve_store import CurveStore
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.widgets.notice_bar import COMMAND

Act = tuple[str, Callable[[], None]]
WILD = 100  # a term is diverging once it is this many times its usual size
MARGIN_STEPS = 50  # before that, at least
MARGIN_SHARE = 0.01  # or this share of the way from step 0
MOST_NAMED = 2  # settings
UNLESS = "From step {:,} on, the run repeats itself unless you change a control first"


def calm_until(store: CurveStore, at: float) -> float:
    """The last step before a divergence at which every term had about its usual size."""
    calm = at
    for series in store.series.values():
        count = int(np.searchsorted(series.x, at))
        size = np.abs(series.y[:count])
        usual = float(np.median(size)) if count else 0.0
        if usual > 0 and len(quiet := np.flatnonzero(size <= WILD * usual)):
            calm = min(calm, float(series.x[quiet[-1]]))
    return calm


def last_good(at: float, calm: float, moves: Sequence[tuple[str, int]], moments: Sequence[int]) -> int:
    """The moment to go back to after a divergence: as late as possible, so that little training is lost.

    If a control was moved shortly before, that move is taken for the cause: the result is the last moment before the
    move, and the run goes on from there as it would have without it. If nothing was moved, or long ago, the settings
    worked for most of the run and the user does not want them undone: the result is a moment shortly before the terms
    diverged, so that a control can be changed there.

    Args:
        at: Step of the first term that was not finite. A term is computed from the weights that the update
            before it left: so the weights were finite after all steps but the last two.
        calm: Until when the terms had their usual size.
        moves: Control and step of each change.
        moments: Steps that were recorded, ascending; the latest of them that is early enough is taken.
    """
    first = suspect(moves, at)
    wanted = min(calm, at) - max(MARGIN_STEPS, MARGIN_SHARE * at) if first is None else min(calm, moves[first][1] - 1)
    return recorded(max(min(math.floor(wanted), math.ceil(at) - 2), 0), moments)


def recorded(steps: int, moments: Sequence[int]) -> int:
    """The last recorded moment by then; if there is none, that step itself, which can be rebuilt."""
    return max((moment for moment in moments if moment <= steps), default=steps)


def last_step(file: str) -> int | None:
    """How many steps a run file holds; None if there is none to go on from."""
    try:
        reader = RunReader(Path(file))
        try:
            done = [float(batch.at.doubles()[-1]) for batch in reader.scalars() if batch.at.shape[0]]
            done += [position.steps for _, position in reader.moments()]
        finally:
            reader.close()
    except BadInput:
        return None
    return math.floor(max(done)) if done else None


class RecoveryNotices(QObject):
    """Reports divergences, collapses and an engine that is lost, with the ways back."""

    def __init__(
        self, commands: RunCommands, history: RunHistory, tell: Callable[..., None],
        tell_missing: Callable[[Refused], bool] = lambda _: False, show_report: Callable[[], None] | None = None,
    ) -> None:
        """Listens to the run on screen.

        Args:
            commands: All that can be done to it.
            history: What was recorded of it.
            tell: Is given what to say, and a button's text and act for each thing that can be done.
            tell_missing: Tells of data that is not on this machine, and says whether that is why it was refused.
            show_report: Shows what can be copied of an engine that was lost.
        """
        super().__init__()
        self._commands = commands
        run = self._run = commands.run
        self._history = history
        self._tell, self._tell_missing, self._show_report = tell, tell_missing, show_report
        self._watch = CollapseWatch(run)
        run.refused.connect(self._refused)
        run.diverged.connect(self._diverged)
        run.collapsed.connect(self._collapsed)
        run.collapse_ended.connect(self._collapse_ended)
        commands.session.engine_lost.connect(self._lost)

    @property
    def _moves(self) -> list[tuple[str, int]]:
        return [(change.name, change.position.steps) for change in self._run.changes]

    def _back(self, steps: int) -> list[Act]:
        """A button to go back to that step, if the run is recorded."""
        if not self._run.source:
            return []
        return [(f"Back to step {steps:,}", functools.partial(self._commands.next_run.go_back, steps))]

    # A refusal -----------------------------------------------------------------------------------------------

    def _refused(self, refused: Refused) -> None:
        if self._tell_missing(refused):
            return
        which = "file" if refused.one_file else "folder"
        find: list[Act] = [(f"Choose the {which}…", functools.partial(self._find_data, one_file=refused.one_file))]
        find = find if refused.needs_data else []
        self._tell(f"Not done: {refused.reason}. Nothing was changed.", *find, fault=COMMAND)

    def _find_data(self, *, one_file: bool) -> None:
        """Has the user show where the data of the run lies that was asked for last, and asks for it once more."""
        window, title = QApplication.activeWindow(), "Where the data of the run lies now"
        path = (QFileDialog.getOpenFileName(window, title)[0] if one_file else
                QFileDialog.getExistingDirectory(window, title))
        if path:
            self._commands.next_run.start_with_data_at(path)

    # A divergence --------------------------------------------------------------------------------------------

    def _diverged(self, diverged: Diverged) -> None:
        self._history.refresh()
        what, moves = diverged.what, self._moves
        steps = last_good(what.at, calm_until(self._run.store, what.at), moves, self._history.moments)
        first = suspect(moves, what.at)
        text = f"The run diverged: the term “{what.term}” became {what.value} at step {what.at:,.0f}. It is paused. "
        good = dict(diverged.good_settings)
        better = self._better(good)
        back = self._back(steps)
        if first is not None:
            name, moved = moves[first]
            text += f"You changed {self._run.called(name)} shortly before, at step {moved:,}."
            if steps >= moved:
                back = []  # the move is there too: only a restart takes it back
        elif back:
            text += f"{UNLESS.format(steps)}{better or ', such as the rate of D or G'}."
        else:
            text += f"If you start it again as it is, it repeats itself unless you change a control first{better}."
        restart: list[Act] = []
        if better or first is not None:
            which = "the earlier settings" if first is not None else "the preset's settings"
            restart = [(f"Restart with {which}", functools.partial(self._commands.next_run.restart, settings=good))]
        self._tell(text, *back, *restart)

    def _better(self, good: Mapping[str, object]) -> str:
        """What the preset has instead, as the rest of a sentence; empty if it is the same, or of another form."""
        now = self._run.settings
        other = [name for name, value in good.items() if name in now and now[name] != value]
        rates_first = sorted(other, key=lambda name: not name.startswith("learning_rate"))
        named = [f"{self._run.called(name)} {format_value(good[name])} instead of {format_value(now[name])}"
                 for name in rates_first[:MOST_NAMED]]
        return f" (the preset has {', '.join(named)})" if named else ""

    # A collapse ----------------------------------------------------------------------------------------------

    def _collapsed(self, collapse: Collapse) -> None:
        text = f"Mode collapse since step {collapse.at:,}: at step {collapse.seen_at:,}, {collapse.words}"
        self._history.refresh()
        cure = self._cure()
        if collapse.well_at is None:
            before = recorded(collapse.at - 1, self._history.moments) if self._history.moments else 0
            back = self._back(before) if 0 < before < collapse.at else []
            since = f" The last moment kept from before it is step {before:,}." if back else ""
            advice = "" if cure else " Try other rates, or a penalty on D's slope (R1-GAN, WGAN-GP)."
            self._tell(f"{text}.{since}{advice}", *cure, *back)
            return
        moves = self._moves
        first = suspect(moves, collapse.at)
        wanted, since = collapse.well_at, ""
        if first is not None and collapse.well_from is not None and moves[first][1] > collapse.well_from:
            name, moved = moves[first]
            wanted = min(wanted, moved - 1)
            since = f"; you changed {self._run.called(name)} at step {moved:,}."
        steps = recorded(wanted, self._history.moments)
        back = self._back(steps)
        if not since and back:
            since = f". {UNLESS.format(steps)}."
        self._tell(f"{text}. The last good moment is step {collapse.well_at:,}{since or '.'}", *cure, *back)

    def _cure(self) -> list[Act]:
        """A button for what takes the collapse back, if the preset on screen knows that and it is not set already."""
        run = self._run
        presets = run.variant.presets if run.variant is not None else []
        cure = next((preset.cure for preset in presets if preset.name == run.spec.preset), {})
        cure = {name: value for name, value in cure.items() if run.settings.get(name) != value}
        if not cure:
            return []
        named = ", ".join(f"{run.called(name)} {format_value(value)}" for name, value in cure.items())

        def set_them() -> None:
            for name, value in cure.items():
                self._commands.sender.set_control(name, value)

        return [(f"Cure it: {named}", set_them)]

    def _collapse_ended(self, steps: int) -> None:
        self._tell(f"The mode collapse ended at step {steps:,}.")

    # An engine that is lost ----------------------------------------------------------------------------------

    def _lost(self, why: str) -> None:
        run, next_run = self._run, self._commands.next_run
        steps = last_step(run.source) if run.source else None
        on: list[Act] = []
        if steps:
            on = [(f"Go on from step {steps:,}", functools.partial(next_run.go_back, steps, playing=True))]
            kept = f"The run is kept up to step {steps:,}. Going on from there makes a branch."
        else:
            kept = "The pictures and curves so far stay on screen."
        again = ("Start again from step 0", next_run.start_on_another_engine)
        show = self._show_report

        def tell() -> None:
            self._tell(f"The engine stopped: {why}. {kept}", *on, again, *report)

        def show_and_stay() -> None:  # a notice goes with the press of its button, and the ways back are still wanted
            assert show is not None
            show()
            tell()

        report: list[Act] = [("Show the report", show_and_stay)] if show is not None else []
        tell()
