"""Reports of what went wrong, to be copied: of an engine that is lost or does not answer, and after a crash."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.life_record import Left, LifeRecord
from ganstudio.core.system.problem_report import report
from ganstudio.core.system.wording import format_value
from ganstudio.ui.main.text_dialog import TextDialog
from ganstudio.ui.state.run_commands import RunCommands

TICK_MS = 5000
HANG_S = 30.0  # a window that has not answered for so long has its stacks written
SILENT_S = 60.0  # an engine that plays and has said nothing for so long may hang
MOST = 20  # changes and notices in a report
SILENT = "silent engine"  # what the notice is over with
SAID = ("Nothing is sent. Copy the text and attach it where you report the problem, with the run's file if it may be "
        "seen by others.")
BY_HAND = "A report that you asked for."


class Reports(QObject):
    """Collects what a report holds, and offers it."""

    def __init__(self, commands: RunCommands, window: QWidget, tell: Callable[..., None],
                 over: Callable[[str], None] = lambda _: None) -> None:
        """Listens to the run on screen.

        Args:
            commands: Of it.
            window: Over which a report is shown.
            tell: Is given what to say, and a button's text and act for each thing that can be done.
            over: Is given what is not so any more of what was told.
        """
        super().__init__(window)
        self._commands, self._window = commands, window
        self._tell, self._over = tell, over
        self._record: LifeRecord | None = None
        self._told: deque[str] = deque(maxlen=MOST)
        self._why = ""  # the last engine was lost
        self._silent = False
        self._noted: object = None
        self.dialog: TextDialog | None = None
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self.look)
        commands.session.engine_lost.connect(self._lost)
        commands.run.began.connect(lambda _: self.note())

    def heard(self, text: str) -> None:
        """Something was said in the window's notice: it belongs into a report."""
        self._told.append(f"{time.strftime('%H:%M:%S')} {text}")

    # What is known -------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, object]:
        """The run in a few values."""
        run = self._commands.run
        spec, progress = run.spec, run.progress
        return {
            "variant": spec.variant, "data": spec.data, "network": spec.network, "preset": spec.preset,
            "seed": spec.seed, "device": spec.device, "threads": spec.threads,
            "step": progress.position.steps if progress is not None else 0, "recorded": bool(run.source),
        }

    def sections(self) -> list[tuple[str, str]]:
        """What else a report holds: headings and texts."""
        run, session = self._commands.run, self._commands.session
        changes = [f"step {change.position.steps:,}: {change.name} = {format_value(change.value)}"
                   for change in run.changes[-MOST:]]
        settings = [f"{name} = {format_value(value)}" for name, value in sorted(run.settings.items())]
        spec = msgspec.json.format(msgspec.json.encode(run.spec), indent=1).decode()
        return [
            ("Settings at the end", "\n".join(settings)), ("Last changes", "\n".join(changes)), ("Spec", spec),
            ("What the window said", "\n".join(self._told)),
            ("What the engine wrote", session.engine_words() or session.last_words),
            ("Stacks of the window", self._record.stacks() if self._record is not None else ""),
        ]

    def text(self, what: str = BY_HAND) -> str:
        """The report as it is now."""
        return report(what, self.facts(), self.sections())

    def show(self, what: str = BY_HAND) -> None:
        """Shows it, to be read and copied."""
        self._open(self.text(what))

    def _open(self, text: str) -> None:
        self.dialog = TextDialog(self._window, "report", "Report of a problem", SAID, text)
        self.dialog.open()

    # An engine that is lost, or silent -----------------------------------------------------------------------

    def _lost(self, why: str) -> None:
        self._why, self._silent = why, False
        self.note()

    def show_loss(self) -> None:
        """The report of the engine that was lost last."""
        self.show(f"The engine stopped: {self._why}.")

    def look(self) -> None:
        """Notes what is new; says so if an engine that plays has not answered for a long time."""
        if self._record is not None:
            self._record.alive(HANG_S)
        self.note()
        session, progress = self._commands.session, self._commands.run.progress
        playing = session.engine is not None and progress is not None and progress.playing
        silent = playing and time.monotonic() - session.heard_at > SILENT_S
        if silent and not self._silent:
            self._silent = True
            self._ask_for_stacks()
            end = [("End the engine", self._end_engine)] if session.process_id is not None else []
            self._say(f"The engine has not answered for {SILENT_S:.0f} seconds. It may be computing one long update, "
                      "or hang. If you end it, the run can be continued from its last recorded step.",
                      lambda: self.show("The engine did not answer."), end, fault=SILENT)
        elif self._silent and not silent:
            self._silent = False
            self._over(SILENT)

    def _ask_for_stacks(self) -> None:
        """Has the engine write where each of its threads is, if the system has such a signal."""
        pid = self._commands.session.process_id
        if pid is not None and hasattr(signal, "SIGUSR1"):
            os.kill(pid, signal.SIGUSR1)

    def _end_engine(self) -> None:
        pid = self._commands.session.process_id
        if pid is not None:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _say(self, text: str, show: Callable[[], None], acts: list[tuple[str, Callable[[], None]]], *, fault: str = "",
             ) -> None:
        """Tells something, with a button for its report. A notice goes with its button: it is told again."""
        def show_and_stay() -> None:
            show()
            self._say(text, show, acts, fault=fault)

        self._tell(text, *acts, ("Show the report", show_and_stay), fault=fault)

    # Between two starts --------------------------------------------------------------------------------------

    def keep(self, record: LifeRecord) -> None:
        """From now on what a report holds is noted, so that it outlives a crash."""
        self._record = record
        record.watch()
        record.alive(HANG_S)
        self._clock.start()
        self.note()

    def note(self) -> None:
        """Notes what is known, if it has changed."""
        run = self._commands.run
        at = run.progress.position if run.progress is not None else None
        now = (run.number, len(run.changes), at, len(self._told), self._why)
        if self._record is None or now == self._noted:
            return
        self._noted = now
        self._record.note(facts=self.facts(), sections=self.sections(), file=run.source)

    def offer(self, left: Left) -> None:
        """Offers the report of a window that was not closed, and to go on with its run."""
        died = next((line for line in left.stacks.splitlines() if line.startswith("Fatal Python error")), "")
        hung = not died and "Timeout (" in left.stacks
        what = "The studio did not answer and was ended" if hung else "The studio ended unexpectedly"
        what += f" ({died.removeprefix('Fatal Python error: ')})." if died else "."
        facts, sections = left.facts.get("facts"), left.facts.get("sections")
        texts = [(str(part[0]), str(part[1])) for part in sections if isinstance(part, list) and len(part) == 2] \
            if isinstance(sections, list) else []
        texts = [part for part in texts if part[0] != "Stacks of the window"]
        text = report(f"{what} Began: {left.facts.get('began', 'unknown')}.",
                      facts if isinstance(facts, dict) else {}, [*texts, ("Stacks of the window", left.stacks)])
        acts: list[tuple[str, Callable[[], None]]] = []
        file = str(left.facts.get("file") or "")
        if (spec := spec_of(file)) is not None:
            acts.append(("Open its run", lambda: self._commands.next_run.start(spec, file=file, playing=False)))
        self._say(f"{what.replace('The studio', 'Last time the studio', 1)} A report can be copied"
                  + (", and its run is kept." if spec is not None else "."), lambda: self._open(text), acts)
        left.forget()


def spec_of(file: str) -> Spec | None:
    """The spec of a run file; None if it is not there, or no run."""
    if not file or not Path(file).is_file():
        return None
    try:
        reader = RunReader(Path(file))
        try:
            return reader.spec()
        finally:
            reader.close()
    except BadInput:
        return None
