"""One run: its game, its command log and its scalars. It knows nothing of threads, sockets or clocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
import torch

from ganstudio.core.control import Controls, Value, declared, plain, validated, values
from ganstudio.core.divergence_cause import suspect
from ganstudio.core.protocol.spec import OF_DATA, Change, Grow, LogEntry, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Divergence, ScalarBatch
from ganstudio.core.runs.format import MAX_LOG
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.training.game import Game, data_shape
from ganstudio.training.game_view import ReadOnlyGame
from ganstudio.training.memory_estimate import Plan
from ganstudio.training.memory_estimate import check as check_memory
from ganstudio.training.resolve_spec import Parts, check_fit, resolved
from ganstudio.training.scalars import ScalarBuffer, first_bad

WIDE = 1e9  # multiplications of a forward pass on points: some 400 MB, as eight layers of 1,024 units take
FLUSH_UPDATES = 64  # terms are read at least this often: a divergence is noticed no later


C = TypeVar("C", bound=Controls)


class Trainer:
    """Trains one run, an update at a time."""

    def __init__(self, spec: Spec, spare_cores: int = 0, elsewhere: bool = False) -> None:
        """Builds the run of a spec; ``spare_cores`` and ``elsewhere`` as in ``resolve_spec.resolved``.

        Raises:
            BadInput: The spec is not valid.
        """
        parts: Parts = resolved(spec, spare_cores, elsewhere)
        self.spec = parts.spec
        self.preset = parts.preset
        self._use_threads()
        if parts.device.type == "cuda":
            torch.backends.cudnn.deterministic = True  # a replay compares every bit
        if parts.data.kind == "image":
            report("building the networks", 0, 0)
        self._plan = _plan(parts) if parts.data.kind == "image" or _is_wide(parts) else None
        if self._plan is not None:
            check_memory(self._plan, parts.device)
        self.game = Game(
            parts.variant, parts.controls, parts.network, parts.network_controls, parts.data, parts.spec.seed,
            parts.device, parts.precision, streams=parts.spec.streams,
            written=parts.spec.backward == "written", graphs=parts.spec.graphs,
        )
        self.warnings = parts.warnings
        self.log: list[LogEntry] = []
        self.divergence: Divergence | None = None
        self._scalars = ScalarBuffer()
        self._view: ReadOnlyGame | None = None

    def _use_threads(self) -> None:
        if torch.get_num_threads() != self.spec.threads:
            torch.set_num_threads(self.spec.threads)

    @property
    def view(self) -> ReadOnlyGame:
        """The game as probes see it."""
        if self._view is None:
            self._view = ReadOnlyGame(self.game, self.spec.seed)
        return self._view

    @property
    def position(self) -> Position:
        """How many steps and updates the run has done."""
        return self.game.position

    def settings(self) -> dict[str, Value]:
        """The game's controls with their current values, and the live ones of its data, named as in a ``Change``."""
        return {**values(self.game.controls), **self._of_data(values(self.game.data.controls))}

    def _of_data(self, known: dict[str, Value]) -> dict[str, Value]:
        """The live ones among values of the data set's controls, named as in a ``Change``."""
        owner: type[Controls] = self.game.data.controls_type()
        live = declared(owner)
        return {f"{OF_DATA}{name}": value for name, value in known.items() if live[name][0].live}

    def activate(self) -> None:
        """Sets the number of threads of this run's spec; called before its turn if several runs share the thread."""
        self._use_threads()

    def update(self, player: str = "") -> None:
        """Makes an update of the named player, or of the one whose turn it is; BadInput if there is none."""
        moved, terms, at = self.game.update(player)
        self._scalars.add(moved, terms, at)

    def step(self) -> None:
        """Makes updates until one more step is done."""
        target = self.game.steps + 1
        while self.game.steps < target:
            self.update()

    def apply(self, command: Change | SingleStep | Grow) -> LogEntry:
        """Applies a command of the user between two updates, and logs it.

        Raises:
            BadInput: The control is unknown or not live, the value is not allowed, or the log is full; nothing is
                changed.
        """
        if len(self.log) >= MAX_LOG:
            raise BadInput(f"this run's log holds {MAX_LOG:,} commands, as many as a run keeps: nothing more can be "
                           "changed in it by hand")
        entry = LogEntry(position=self.position, command=command)
        match command:
            case Change(name=name, value=value):
                applied = Change(name=name, value=self._change(name, value))
                entry = LogEntry(position=entry.position, command=applied)
            case Grow():
                self.game.end_phase()
            case SingleStep(player=player):
                self.update(player or "no name")
        self.log.append(entry)
        return entry

    def _change(self, name: str, value: Any) -> Value:
        if name.startswith(OF_DATA):
            return self._change_data(name, value)
        new = changed(self.game.controls, name, value, of=f"variant {self.spec.variant}")
        check_fit(self.game.variant, new, self.game.network, self.game.network_controls)
        if self._plan is not None:
            plan = msgspec.structs.replace(self._plan, controls=new)
            if new.batch_size > self.game.controls.batch_size:
                check_memory(plan, self.game.device, running=True)
            self._plan = plan
        self.game.set_controls(new)
        return plain(getattr(new, name))

    def _change_data(self, name: str, value: Any) -> Value:
        data = self.game.data
        new = changed(data.controls, name, value, of=f"data set {self.spec.data}")
        self.game.set_data(data.with_controls(new))
        if self._view is not None:
            self._view.follow_data()
        return plain(getattr(new, name.removeprefix(OF_DATA)))

    def place_data(self, log: Iterable[LogEntry]) -> None:
        """Brings the controls of the data to where a log leaves them; all else stays as it is."""
        moved = self._of_data(self.spec.data_controls)
        for entry in log:
            if isinstance(entry.command, Change) and entry.command.name in moved:
                moved[entry.command.name] = entry.command.value
        for name, value in moved.items():
            self._change_data(name, value)

    def restore_entry(self, entry: LogEntry) -> None:
        """Restores a stored log entry: sets its control and logs it. The game's state comes from a checkpoint."""
        if isinstance(entry.command, Change):
            self._change(entry.command.name, entry.command.value)
        self.log.append(entry)

    def restore_terms(self, past: list[ScalarBatch]) -> None:
        """Takes over the divergence, if any, that the terms of a stored past show."""
        self.divergence = first_bad(past) or self.divergence

    @property
    def waiting_scalars(self) -> int:
        """How many updates have terms that were not read yet."""
        return self._scalars.count

    def flush(self) -> list[ScalarBatch]:
        """Reads the terms noted so far; sets ``divergence`` at the first that is not finite."""
        batches, bad = self._scalars.flush()
        if self.divergence is None:
            self.divergence = bad
        return batches

    def safe_settings(self) -> dict[str, Value]:
        """Settings to restart with after a divergence: those before the control change that probably caused it.

        If no change is suspected, the settings themselves are: then those of the preset.
        """
        changes = [(entry.command, entry.position.steps) for entry in self.log if isinstance(entry.command, Change)]
        at = self.divergence.at if self.divergence is not None else float(self.game.steps)
        first = suspect([(change.name, steps) for change, steps in changes], at)
        if first is None:
            return values(validated(type(self.game.controls), self.preset.controls))
        start = {**self.spec.controls, **self._of_data(self.spec.data_controls)}
        return {**start, **{change.name: change.value for change, _ in changes[:first]}}


def changed(controls: C, name: str, value: Any, *, of: str) -> C:
    """Controls with another value of one of them, in a run that trains.

    Args:
        controls: Of the variant or of the data set, as they are.
        name: The control, as in a ``Change``.
        value: Untrusted.
        of: Who owns them, for the sentence ("variant wgan-gp").

    Raises:
        BadInput: There is no such control, it is not live, or the value is not allowed.
    """
    owner, own = type(controls), name.removeprefix(OF_DATA)
    new = validated(owner, {own: value}, controls, of=of)
    if not declared(owner)[own][0].live:
        raise BadInput(f"{name} is not live: changing it restarts the run")
    return new


def _is_wide(parts: Parts) -> bool:
    """Whether networks on points are so wide that their memory counts."""
    return parts.network.flops(parts.network_controls, parts.controls.batch_size) >= WIDE


def _plan(parts: Parts) -> Plan:
    return Plan(
        variant=type(parts.variant), controls=parts.controls, network=type(parts.network),
        network_controls=parts.network_controls, data=data_shape(parts.variant, parts.controls, parts.data),
        precision=parts.precision)
