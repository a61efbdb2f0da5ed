"""What a lesson is: steps of prose, each with a run, what is changed in it, and claims that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.lessons.prose import Block
from ganstudio.core.protocol.spec import STREAMS, Change, Planned, Spec

FILE = "lesson.md"
STATES = "states"  # the folder of the prepared states


class RunAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a lesson asks for it."""

    variant: str
    data: str
    preset: str = "toy"
    seed: int = 0
    network: str = ""
    controls: dict[str, Value] = {}
    data_controls: dict[str, Value] = {}
    network_controls: dict[str, Value] = {}

    def spec(self) -> Spec:
        """The run on the CPU, on one thread and in float32: so that it gives the same numbers wherever it is played."""
        return Spec(
            variant=self.variant, data=self.data, network=self.network, preset=self.preset, seed=self.seed,
            controls=dict(self.controls), network_controls=dict(self.network_controls),
            data_controls=dict(self.data_controls), device="cpu", threads=1, dtype="float32", memory="contiguous",
            streams=STREAMS,
        )


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is trained beforehand and kept in the lesson's folder."""

    name: str
    run: RunAsked
    steps: int
    changes: list[Planned] = []
    pictures: list[int] = []  # steps whose pictures are kept, to look back at: far smaller than a step to begin at

    @property
    def file(self) -> str:
        """Below the lesson's folder."""
        return f"{STATES}/{self.name}.ganrun"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a run at a moment."""

    quantity: str
    params: dict[str, Value] = {}
    of: str = ""  # in a comparison: which run, by its variant or its number from 1; empty: the first
    at: int | None = None  # the step of the run; None: where the run of the step is then

    @property
    def words(self) -> str:
        """The quantity and its parameters, as a table shows it."""
        inside = ", ".join(f"{name} {value}" for name, value in self.params.items())
        return f"{self.quantity}({inside})" if inside else self.quantity


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the lesson that is measured: (value - less) / per lies between two bounds."""

    text: str
    value: Asked
    less: Asked | None = None
    per: Asked | None = None
    above: float | None = None
    below: float | None = None

    @property
    def parts(self) -> list[Asked]:
        """All that must be measured for it."""
        return [part for part in (self.value, self.less, self.per) if part is not None]

    @property
    def measure(self) -> str:
        """What is measured, in words."""
        words = self.value.words
        if self.less is not None:
            words = f"({words} − {self.less.words})" if self.per is not None else f"{words} − {self.less.words}"
        return f"{words} / {self.per.words}" if self.per is not None else words

    @property
    def bound(self) -> str:
        """What the notes say of the number."""
        low, high = self.above, self.below
        if low is not None and high is not None:
            return f"between {bound_text(low)} and {bound_text(high)}"
        return f"above {bound_text(low)}" if low is not None else f"below {bound_text(high)}"

    def combine(self, values: Sequence[float | None]) -> float | None:
        """The claim's number from the values of its parts, in their order; None if one is undefined."""
        rest = list(values)
        value = rest.pop(0)
        less = rest.pop(0) if self.less is not None else 0.0
        per = rest.pop(0) if self.per is not None else 1.0
        if value is None or less is None or per is None or per == 0:
            return None
        return (value - less) / per

    def holds(self, value: float | None) -> bool:
        """Whether a measured number keeps to the bounds; one that is undefined does not."""
        return value is not None and (self.above is None or value > self.above) and (
            self.below is None or value < self.below)


def bound_text(value: float | None) -> str:
    """A bound as it was written."""
    return "–" if value is None else f"{value:,.12g}".replace("-", "−")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a lesson."""

    title: str
    run: RunAsked | None = None  # a new run
    state: str = ""  # or a prepared one, from its step `start`
    compare: list[RunAsked] = []  # or runs side by side; none of these: the run of the step before goes on
    change: dict[str, Value] = {}  # controls that are changed at its beginning
    until: int | None = None  # the run plays up to this step by itself; None: it stays paused
    start: int = 0  # the step of the run at which it begins
    end: int = 0  # and ends
    has_run: bool = False  # whether there is a run at all
    compared: list[str] = []  # of the runs that are compared, the variants; also if they go on from an earlier step
    layout: list[str] = []  # panels that are shown; empty: as they are
    look_at: str = ""  # the panel that is framed
    shows: int | None = None  # the recorded step of the run that the window looks back at; None: the run as it is
    claims: list[Claim] = []
    prose: list[Block] = []
    question: list[Block] = []
    answer: list[Block] = []

    @property
    def begins_run(self) -> bool:
        """Whether another run begins with it."""
        return self.run is not None or bool(self.state) or bool(self.compare)

    @property
    def changes(self) -> list[Change]:
        """What is changed at its beginning, as commands."""
        return [Change(name=name, value=value) for name, value in self.change.items()]

    def moment_of(self, asked: Asked) -> int:
        """The step of the run at which something is measured."""
        return self.end if asked.at is None else asked.at

    @property
    def moments(self) -> list[int]:
        """The steps of the run at which something is measured, ascending."""
        return sorted({self.moment_of(part) for claim in self.claims for part in claim.parts})

    def measured_at(self, moment: int) -> list[tuple[int, int, Asked]]:
        """What is measured at a step of the run: the index of its claim, that of its part, and what is asked."""
        return [(index, part, asked) for index, claim in enumerate(self.claims)
                for part, asked in enumerate(claim.parts) if self.moment_of(asked) == moment]

    def entry_of(self, asked: Asked) -> int:
        """Which of the runs that are compared is meant, from 0."""
        if not asked.of or not self.compared:
            return 0
        return int(asked.of) - 1 if asked.of.isdigit() else self.compared.index(asked.of)


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson as its folder holds it."""

    name: str
    folder: Path
    title: str
    order: float
    minutes: float
    summary: str
    prerequisites: list[str] = []
    papers: list[str] = []
    states: list[Prepared] = []
    introduction: list[Block] = []
    steps: list[Step] = []

    def state(self, name: str) -> Prepared:
        """The prepared state of that name; KeyError if there is none."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(name)

    def beginning_of(self, index: int) -> int:
        """The step in which the run of a step began; the step itself if it has no run."""
        return next((at for at in range(index, -1, -1) if self.steps[at].begins_run), index)

    def with_seed(self, seed: int) -> Lesson:
        """The same lesson with another seed in every run that it begins; prepared states are what they were."""
        def reseed(asked: RunAsked) -> RunAsked:
            return msgspec.structs.replace(asked, seed=seed)

        return msgspec.structs.replace(self, steps=[msgspec.structs.replace(
            step, run=None if step.run is None else reseed(step.run), compare=[reseed(one) for one in step.compare],
        ) for step in self.steps])

    @property
    def claims(self) -> list[Claim]:
        """All claims, in order."""
        return [claim for step in self.steps for claim in step.claims]
