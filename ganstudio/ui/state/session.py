"""Session: the link to the engine, and the runs that the engine hosts for this window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.messages import (
    AnalyseDivergence,
    Command,
    DataInspected,
    DivergenceAnalysed,
    Event,
    Hello,
    InspectData,
    RunCommand,
    Started,
    Together,
    Welcome,
)
from ganstudio.ui.state.engine_client import EngineLink
from ganstudio.ui.state.run_model import RunModel


class Session(QObject):
    """One engine at a time. Commands that come before it is up wait for it; each event goes to its run."""

    catalog_changed = Signal(object)  # Catalog
    welcomed = Signal(object)  # Welcome
    engine_opened = Signal()
    engine_lost = Signal(str)
    examined = Signal(object)  # Examined
    inspected = Signal(object)  # DataInspected

    def __init__(self, make_link: Callable[[], EngineLink] | None = None, link: EngineLink | None = None) -> None:
        """Makes a session.

        Args:
            make_link: Starts an engine; None: this session never has one, as when a film is made of a run file.
            link: One that was started already.
        """
        super().__init__()
        self._make_link = make_link
        self._link: EngineLink | None = link
        self._opening: asyncio.Task[None] | None = None
        self.catalog: Catalog | None = None
        self.engine: Welcome | None = None
        self.runs: dict[int, RunModel] = {}  # the runs on screen, by their numbers
        self._starts: dict[int, Callable[[Event], None]] = {}  # asked for: what is called with the events of each
        self.heard_at = time.monotonic()  # when the engine said something last
        self.last_words = ""  # what the last engine wrote before it was lost
        self.last_number = 0  # the number of the run that was asked for last
        self._queued: list[Command] = []  # sent before the engine was up
        self._together: list[RunCommand] | None = None  # what ``together`` gathers
        self._last_group = 0
        self._examined = 0  # texts asked about
        self._inspected = 0  # files and folders asked about

    # The engine ----------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether there is an engine, or one is starting."""
        return self._link is not None

    def open(self) -> None:
        """Connects to the engine; starts one if there is none."""
        if self._link is None:
            if self._make_link is None:
                raise RuntimeError("this session has no engine")
            self._link = self._make_link()
        self._opening = asyncio.ensure_future(self._link.open(self.take, self._lost))

    async def close(self) -> None:
        """Ends the engine."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()
        if self._opening is not None:
            self._opening.cancel()

    def _lost(self, why: str) -> None:
        self.last_words = self.engine_words()
        self._link = None
        self.engine = None
        self._queued.clear()
        self._starts.clear()
        runs, self.runs = self.runs, {}
        for run in runs.values():
            run.lose_engine()
        self.engine_lost.emit(why)

    @property
    def process_id(self) -> int | None:
        """The engine's process, if it has one of its own."""
        return getattr(self._link, "pid", None)

    def engine_words(self) -> str:
        """The end of what the engine has written to standard error; empty if it has no process of its own."""
        return str(getattr(self._link, "last_words", ""))

    def set_catalog(self, catalog: Catalog) -> None:
        """What there is to choose from: the engine's, or what was kept of the last one."""
        if self.catalog != catalog:
            self.catalog = catalog
            self.catalog_changed.emit(catalog)

    # Commands ------------------------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Sends a command, at the latest when the engine is up."""
        if self._together is not None and not isinstance(command, Hello | AnalyseDivergence | InspectData | Together):
            self._together.append(command)
        elif self.engine is None or self._link is None:
            self._queued.append(command)
        else:
            self._link.send(command)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All commands to runs that are sent meanwhile are applied between the same two updates."""
        if self._together is not None:  # within another
            yield
            return
        self._together = []
        try:
            yield
        finally:
            gathered, self._together = self._together, None
            if gathered:
                self.send(Together(commands=gathered))

    def withdraw(self, runs: Collection[int]) -> None:
        """Drops the commands to these runs that were not sent yet."""
        queued, self._queued = self._queued, []
        for command in queued:
            if isinstance(command, Together):
                kept = [each for each in command.commands if each.run not in runs]
                self._queued += [Together(commands=kept)] if kept else []
            elif isinstance(command, AnalyseDivergence | InspectData | Hello) or command.run not in runs:
                self._queued.append(command)

    def examine(self, text: str) -> int:
        """Asks what divergence a text is; the number comes back in ``examined``. Only the last answer counts."""
        self._examined += 1
        self._queued = [command for command in self._queued if not isinstance(command, AnalyseDivergence)]
        self.send(AnalyseDivergence(id=self._examined, text=text))
        return self._examined

    def inspect(self, path: str, data: str = "", data_controls: dict[str, Value] | None = None) -> int:
        """Asks what a file or folder is as data; the number comes back in ``inspected``. Only the last answer counts.

        Args:
            path: The file or folder.
            data: The data set that it is to be; empty: the one that it fits.
            data_controls: What was chosen so far.
        """
        self._inspected += 1
        self._queued = [command for command in self._queued if not isinstance(command, InspectData)]
        self.send(InspectData(id=self._inspected, path=path, data=data, data_controls=data_controls or {}))
        return self._inspected

    # Runs ----------------------------------------------------------------------------------------------------

    def expect_run(self, take: Callable[[Event], None]) -> int:
        """A number for a run that is about to be asked for.

        Args:
            take: Is given what the engine says of it, until ``place`` or ``expect_no_more``.
        """
        self.last_number += 1
        self._starts[self.last_number] = take
        return self.last_number

    def expect_no_more(self, number: int) -> None:
        """What the engine says of a run that was asked for is of no interest any more."""
        self._starts.pop(number, None)

    def place(self, started: Started, run: RunModel, file: str = "") -> None:
        """Puts a run that was asked for on screen, in the place of the run that is there."""
        self.expect_no_more(started.run)
        self.runs = {number: other for number, other in self.runs.items() if other is not run}
        self.runs[started.run] = run
        run.begin(started, file)

    def new_group(self) -> int:
        """A number for runs that go in lockstep."""
        self._last_group += 1
        return self._last_group

    def remove(self, run: RunModel) -> None:
        """What the engine says of a run that was on screen is of no interest any more; it is to be stopped first."""
        self.runs = {number: other for number, other in self.runs.items() if other is not run}

    # Events --------------------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Hands on what the engine says; what it says of a run that is neither on screen nor expected is dropped."""
        self.heard_at = time.monotonic()
        if isinstance(event, Welcome):
            self._welcome(event)
        elif isinstance(event, DivergenceAnalysed):
            self.examined.emit(event)
        elif isinstance(event, DataInspected):
            self.inspected.emit(event)
        elif event.run in self._starts:
            self._starts[event.run](event)
        elif event.run in self.runs:
            self.runs[event.run].take(event)

    def _welcome(self, event: Welcome) -> None:
        self.engine = event
        queued, self._queued = self._queued, []
        for command in queued:
            self.send(command)
        self.set_catalog(event.catalog)
        self.welcomed.emit(event)
        self.engine_opened.emit()
