"""NextRun: which run to ask for next at one place on screen, and what becomes of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from ganstudio.core.command_line import as_command
from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Event, Failed, Loading, Refused, Start, Started, Stop
from ganstudio.core.protocol.spec import Spec, with_settings
from ganstudio.core.runs.format import SUFFIX
from ganstudio.ui.state.compatibility import Compatibility
from ganstudio.ui.state.control_sender import ControlSender
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.state.session import Session


class NextRun(QObject):
    """Asks for runs. The one on screen goes on until the next one has begun, and stays if that is refused."""

    starting = Signal()  # a run was asked for
    preparing = Signal(object)  # Preparing

    def __init__(self, session: Session, run: RunModel, sender: ControlSender) -> None:
        """Makes it.

        Args:
            session: Where runs are asked for.
            run: What begins again with each run.
            sender: Of the run's controls.
        """
        super().__init__()
        self._session = session
        self._run = run
        self._sender = sender
        self._compatibility = Compatibility()
        self.folder: Path | None = None  # where runs are recorded; None: they are not
        self.group = 0  # of the runs that are asked for: those of one group go in lockstep
        self.wanted = Spec()  # the spec of the run that was asked for last
        self.remark = ""  # what the last choice changed beside what was chosen
        self._asked: list[int] = []  # numbers of the runs that were asked for since the one on screen began
        self._pending = False  # the last of them has neither begun nor failed
        self._cancelled = False  # the last of them was cancelled
        self._file = ""  # the file that it goes on from
        self._last: Start | None = None  # what was asked for last
        self._places: dict[str, str] = {}  # by run file: where its data lies now, as the user said
        self._wanted_kind: str | None = None  # of its data, if that was looked at
        self._lost = Spec()  # what ran when the engine was lost
        session.engine_lost.connect(self._lose_engine)

    # Asking --------------------------------------------------------------------------------------------------

    def start(
        self, spec: Spec, *, playing: bool = True, file: str = "", at: int = -1, until: int = 0, data_path: str = "",
    ) -> None:
        """Asks for a run.

        Args:
            spec: Of the run, or of that in the file.
            playing: Whether it plays at once.
            file: A run file that it goes on from.
            at: From which moment of it, by steps done; -1: from its last.
            until: It is paused once it has done that many steps; 0: never.
            data_path: Where the data of the run in the file lies now; empty: where it was said to lie before.
        """
        if data_path:
            self._places[file] = data_path
        if self._pending:
            self._session.expect_no_more(self._asked[-1])
        replaces = [self._run.number, *self._asked]
        number = self._session.expect_run(self._take)
        self._asked.append(number)
        self._pending = True
        self._cancelled = False
        self._sender.drop_waiting()
        self._session.withdraw(replaces)
        self.wanted = spec
        self._file = file
        self.remark = ""
        self._wanted_kind = None
        self.starting.emit()
        self._last = Start(
            run=number, spec=spec, playing=playing, file=file, at=at, until=until, record=self._fresh_file(spec),
            replaces=replaces, data_path=self._places.get(file, ""), group=self.group,
        )
        self._session.send(self._last)

    def start_with_data_at(self, path: str) -> None:
        """Asks once more for the run that was asked for last, whose data lies at ``path`` now."""
        if (last := self._last) is not None:
            self.start(last.spec, playing=last.playing, file=last.file, at=last.at, until=last.until, data_path=path)

    def data_path(self, file: str) -> str:
        """Where the user said that the data of the run in a file lies now; empty if they said nothing."""
        return self._places.get(file, "")

    def _fresh_file(self, spec: Spec) -> str:
        """A name that no run has; runs of one second differ by their number."""
        if self.folder is None:
            return ""
        now = time.strftime("%Y-%m-%d %H.%M.%S")
        return str(self.folder / f"{now} {spec.variant} {spec.data} {os.getpid()}-{self._asked[-1]}{SUFFIX}")

    def cancel_start(self) -> None:
        """Leaves the run that is being built; the one on screen goes on."""
        if self._pending:
            self._cancelled = True
            self._session.send(Stop(run=self._asked[-1]))

    def end(self) -> None:
        """Ends the run on screen, and what was asked for since; this place has no run any more."""
        if self._pending:
            self._session.expect_no_more(self._asked[-1])
        for number in (self._run.number, *self._asked):
            if number:
                self._session.send(Stop(run=number))
        self._asked.clear()
        self._pending = False
        self._session.remove(self._run)

    def restart(self, *, seed: int | None = None, settings: dict[str, Value] | None = None) -> None:
        """Restarts the run from step 0 with the settings as they are, or with those given."""
        spec = self.base
        if settings is not None:
            spec = with_settings(msgspec.structs.replace(spec, controls={}), settings)
        self.start(spec if seed is None else msgspec.structs.replace(spec, seed=seed))

    def start_preset(self, preset: str) -> None:
        """Restarts the run with a preset of its variant; the seed stays, and the data if the preset is for any."""
        spec, remark = self._compatibility.preset(self._session.catalog, self.base, preset)
        self.start(spec)
        self.remark = remark

    def choose_variant(self, variant: str) -> None:
        """Restarts with another variant at its own preset: on the same data, or on some that it can play on."""
        spec, remark = self._compatibility.variant(self._session.catalog, self.base, self._present_kind, variant)
        self.start(spec)
        self.remark = remark

    def choose_data(
        self, data: str, data_controls: dict[str, Value] | None = None, kind: str | None = None,
    ) -> None:
        """Restarts with the same variant on other data, and with the settings as far as they go with it.

        Args:
            data: The data set.
            data_controls: Its controls.
            kind: Line, plane or image, if the user's file was looked at; None: the data set's own.
        """
        spec, remark = self._compatibility.data(
            self._session.catalog, self.base, self._present_kind, data, data_controls or {}, kind)
        self.start(spec)
        self.remark = remark
        self._wanted_kind = kind

    def use_device(self, device: str) -> None:
        """Restarts the run on another device."""
        self.start(msgspec.structs.replace(self.base, device=device))

    def go_back(self, steps: int, *, playing: bool = False) -> None:
        """Branches the run on screen off at a step, on another engine if it has lost its own.

        Raises:
            ValueError: It is not recorded.
        """
        if not self._run.source:
            raise ValueError("the run on screen is not recorded")
        if not self._session.is_open:
            self._session.open()
        self.start(self._run.spec, file=self._run.source, at=steps, playing=playing)

    def start_on_another_engine(self) -> None:
        """Starts another engine after one was lost, and a run with the settings of the last one."""
        self._session.open()
        self.start(self._lost)

    # From what -----------------------------------------------------------------------------------------------

    @property
    def base(self) -> Spec:
        """What the next choice starts from: the run asked for last, or the one on screen with all that was moved."""
        if self._pending:
            return self.wanted
        return with_settings(self._run.spec, {**self._run.settings, **self._sender.moved})

    @property
    def _present_kind(self) -> str | None:
        """The kind of the data that the next choice starts from; None if a file decides that was not read yet."""
        started, base = self._run.started, self.base
        if self._pending and self._wanted_kind is not None:
            return self._wanted_kind
        same = started is not None and started.spec.data == base.data and (
            not self._pending or started.spec.data_controls == base.data_controls)
        if same:
            return self._run.kind
        catalog = self._session.catalog
        return next((info.kind for info in catalog.data if info.name == base.data), None) if catalog else None

    @property
    def command(self) -> str:
        """The command that repeats the run on screen up to its last step."""
        run = self._run
        if run.started is None or run.variant is None:
            return ""
        return as_command(run.started.spec, run.progress.position.steps if run.progress else 0, run.changes,
                          run.usual_values())

    # What becomes of it --------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        """What the engine says of the run that was asked for last."""
        match event:
            case Loading():
                self.preparing.emit(event)
            case Started():
                self._begin(event)
            case Refused():
                if event.needs_data:
                    self._places.pop(self._file, None)
                self._give_up()
                self._run.refused.emit(event)
            case Failed():
                self._give_up()
                self._run.failed.emit(event)

    def _begin(self, started: Started) -> None:
        self._asked.clear()
        self._pending = False
        self.wanted = started.spec
        self._sender.forget()
        self._compatibility.remember(started)
        self._session.place(started, self._run, self._file)
        if self._cancelled:  # it began before it could be cancelled, and the engine has ended it since
            self.start(started.spec)

    def _give_up(self) -> None:
        self._session.expect_no_more(self._asked[-1])
        self._pending = False
        self.wanted = self._run.spec

    def _lose_engine(self, _: str) -> None:
        self._lost = self.base
        self._asked.clear()
        self._pending = False
