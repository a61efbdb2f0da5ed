"""What the tests of comparisons share: runs in lockstep whose engine is played by the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import shiboken6
from pytestqt.qtbot import QtBot
from studio_kit import Stage, progress, started

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.messages import Command, Start, Together
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.comparison.window import ComparisonWindow
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.theme import DARK, Theme

C = TypeVar("C", bound=Command)
PANELS = leaves("ganstudio.ui.panels", Panel)
TWO = (Spec(variant="gan"), Spec(variant="wgan-gp"))
SIX = tuple(Spec(variant=name) for name in ("gan", "lsgan", "wgan", "wgan-gp", "r1-gan", "hinge-gan"))
LAMBDAS = tuple(Spec(variant="wgan-gp", controls={"gp_weight": weight}) for weight in (0.0, 1.0, 10.0))


class Lockstep:
    """A comparison without a window."""

    def __init__(self, specs: Sequence[Spec] = TWO, *, folder: Path | None = None, begun: bool = True) -> None:
        self.stage = Stage()
        self.comparison = Comparison(self.stage.session, folder, len(specs))
        self.specs = specs
        self.run(begun)

    def run(self, begun: bool) -> None:
        self.comparison.start([(spec, "") for spec in self.specs])
        if begun:
            self.begin()

    @property
    def members(self) -> list[object]:
        return list(self.comparison.members)

    def told(self, kind: type[C]) -> list[C]:
        """The commands of a kind, also those that were sent together."""
        each: list[Command] = []
        for command in self.stage.link.sent:
            each += command.commands if isinstance(command, Together) else [command]
        return [command for command in each if isinstance(command, kind)]

    def together(self, kind: type[C]) -> list[list[C]]:
        """The commands of a kind, by what was sent together."""
        found: list[list[C]] = []
        for command in self.stage.link.sent:
            inside: list[Command] = list(command.commands) if isinstance(command, Together) else []
            found.append([one for one in inside if isinstance(one, kind)])
        return [each for each in found if each]

    def answer(self, *, playing: bool = False) -> None:
        """The runs that were asked for and have not begun begin."""
        for asked in self.told(Start):
            if asked.run not in self.stage.session.runs and asked.run in self.stage.session._starts:
                self.stage.link.say(started(asked.run, asked.spec))
                self.stage.link.say(progress(asked.run, 0, playing=playing))

    def begin(self) -> None:
        """All runs begin and play."""
        while any(member.waiting for member in self.comparison.members):
            self.answer()
        self.go(1)

    def go(self, steps: int, *, playing: bool = True) -> None:
        """All runs get to a step."""
        for member in self.comparison.members:
            if member.run.started is not None:
                self.stage.link.say(progress(member.run.number, steps, playing=playing))

    def numbers(self) -> list[int]:
        """The runs' numbers in the protocol."""
        return [member.run.number for member in self.comparison.members]


class Shown(Lockstep):
    """A comparison in its window."""

    def __init__(self, qtbot: QtBot, specs: Sequence[Spec] = TWO, *, theme: Theme = DARK, begun: bool = True,
                 folder: Path | None = None) -> None:
        super().__init__(specs, folder=folder, begun=False)
        self.qtbot = qtbot
        self.view = ComparisonWindow(self.comparison, PANELS, Preferences())
        self.view.apply_theme(theme)
        self.view.resize(1366, 768)
        self.view.show()
        if begun:
            self.begin()

    def run(self, begun: bool) -> None:
        if not begun:
            super().run(False)

    def end(self) -> None:
        """Deletes the window now, with what would still look at it."""
        self.view.scheduler.pause()
        self.view._draw.stop()
        self.view.close()
        shiboken6.delete(self.view)
