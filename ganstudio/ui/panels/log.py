"""Log: what was done and what happened, with the step."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

from ganstudio.core.protocol.messages import Applied, Diverged, Failed, Refused, Started
from ganstudio.core.system.wording import format_value
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel

LINES = 2000


class LogPanel(Panel):
    """One line for each start, change, refusal and fault."""

    name = "log"
    title = "Log"
    kinds = ("line", "plane", "image")
    help = "What was done and what happened, with the step at which it took effect."
    reading = "The newest line is at the bottom. Lines can be selected and copied."
    healthy = "One line for the start of the run, and one for each change of yours."
    sick = ("A line with “refused”, “failed” or “engine lost”, or a term that became nan. It says at which step, and "
            "what the reason was.")
    place = {"line": Place("side", order=2), "plane": Place("side", order=2), "image": Place("side", order=3)}
    interactive = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._words_room.hide()
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setMaximumBlockCount(LINES)
        self._text.setPlaceholderText("Nothing has happened yet.")
        self._text.setObjectName("log.text")
        self._text.setAccessibleName("Log")
        self.set_body(self._text)
        run.control_applied.connect(self._applied)
        run.refused.connect(self._refused)
        run.diverged.connect(self._diverged)
        run.failed.connect(self._failed)
        run.weights_hashed.connect(lambda it: self.write(f"step {it.position.steps:,}: checksum of the weights "
                                                         f"{it.hash}"))
        commands.session.engine_lost.connect(lambda why: self.write(f"engine lost: {why}"))

    def write(self, line: str) -> None:
        """Adds a line."""
        self._text.appendPlainText(line)

    def begin(self, started: Started) -> None:
        spec = started.spec
        self.write(f"run {started.run}: {spec.variant} on {spec.data}, {spec.network}, preset {spec.preset}, "
                   f"seed {spec.seed}, {started.device_title}, {spec.threads} thread{'s' * (spec.threads > 1)}")
        if started.units:
            self.write(f"What is shown is in the file's units. The networks see scaled points: {started.units}")

    def _applied(self, applied: Applied) -> None:
        self.write(f"step {applied.position.steps:,}: {self.run.called(applied.name)} → {format_value(applied.value)}")

    def _refused(self, refused: Refused) -> None:
        self.write(f"refused: {refused.reason}")

    def _diverged(self, diverged: Diverged) -> None:
        self.write(f"step {diverged.what.at:,.0f}: the term “{diverged.what.term}” became {diverged.what.value}")

    def _failed(self, failed: Failed) -> None:
        self.write(f"failed: {failed.reason}\n{failed.traceback}")
