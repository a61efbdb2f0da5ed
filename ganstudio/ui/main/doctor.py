"""What `ganstudio doctor` says, in the window: the command runs beside it, for it loads torch and tries Qt."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QWidget

from ganstudio.ui.export.queue import program
from ganstudio.ui.main.text_dialog import TextDialog

LOOKING = "Looking at this machine… This takes up to 10 seconds."
FAILED = "The check did not end well. What it said is below."


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    status: str
    found: str
    advice: str = ""


class Report(msgspec.Struct, frozen=True):
    """What the command prints."""

    checks: list[Check]
    ok: bool


class DoctorDialog(TextDialog):
    """Starts the command when it is made, and shows what it says."""

    def __init__(self, window: QWidget, command: Sequence[str] = ()) -> None:
        """``command``: what is started in the place of ``ganstudio``."""
        super().__init__(window, "doctor", "Doctor: this machine", LOOKING)
        words = [*(command or program()), "doctor", "--json"]
        self.child = QProcess(self)
        self.child.finished.connect(lambda *_: self._take())
        self.child.errorOccurred.connect(lambda _: self._take())
        self.child.start(words[0], words[1:])

    def _take(self) -> None:
        said = bytes(self.child.readAllStandardOutput().data())
        try:
            report = msgspec.json.decode(said, type=Report)
        except msgspec.MsgspecError:
            wrong = bytes(self.child.readAllStandardError().data()).decode(errors="replace")
            self.say(FAILED)
            self.show_text(wrong or said.decode(errors="replace") or self.child.errorString())
            return
        self.say("Nothing is missing." if report.ok else "Something is missing: see what to do about it below.")
        self.show_text("\n\n".join(written(check) for check in report.checks))

    # Qt ------------------------------------------------------------------------------------------------------

    def done(self, result: int) -> None:
        self.child.finished.disconnect()
        self.child.errorOccurred.disconnect()
        self.child.kill()
        self.child.waitForFinished(1000)
        super().done(result)


def written(check: Check) -> str:
    """A check in lines."""
    lines = [f"{check.name}: {check.status}", f"  {check.found}"]
    return "\n".join([*lines, f"  What to do: {check.advice}"] if check.advice else lines)
