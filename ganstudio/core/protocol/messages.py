"""What window and engine say to each other: four kinds of frozen, typed messages, validated on arrival.

Commands are queued and never lost; a look asks for the next picture, one at a time; snapshots answer
looks and may be dropped; events are queued and never lost. Everything about a run carries its number.
"""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.protocol.any_view import AnyView
from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.data_preview import Inspected
from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.protocol.flow import Flow
from ganstudio.core.protocol.spec import TWO_PLAYERS, PlayerInfo, Position, Spec
from ganstudio.core.protocol.views import BlindSpot, Divergence, Picture, ScalarBatch, Sketch, Walk
from ganstudio.core.user_units import SAME, UserUnits

PROTOCOL = 1
HEADER = struct.Struct(">I")  # a frame: its length in bytes, then msgpack
MAX_TO_ENGINE = 1 << 20
MAX_TO_WINDOW = 1 << 28


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="is"):
    """Anything that is said."""


# Commands: window to engine ------------------------------------------------------------------------------------


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """The first frame of a connection."""

    token: str
    protocol: int = PROTOCOL


class Start(Message, frozen=True, kw_only=True, tag="start"):
    """Builds a run; with ``file``, goes on from a moment of that run file, which is only read."""

    run: int
    spec: Spec
    playing: bool = True
    file: str = ""
    at: int = -1  # how many steps were done at that moment; -1: the last one
    record: str = ""  # the run file to make; empty: none
    replaces: list[int] = []  # runs that end once this one is built; if it is refused, they go on
    until: int = 0  # the step at which it is paused; 0: never
    data_path: str = ""  # where the data of the run in the file lies now; empty: where it did
    group: int = 0  # runs of one group go in lockstep; 0: this run goes alone


class Stop(Message, frozen=True, kw_only=True, tag="stop"):
    """Ends a run; what is said of it afterwards is dropped."""

    run: int


class Play(Message, frozen=True, kw_only=True, tag="play"):
    """Lets a run go on, or holds it."""

    run: int
    on: bool
    until: int = 0  # the step at which it is paused; 0: as it was said before


class Step(Message, frozen=True, kw_only=True, tag="step"):
    """Moves a paused run: by one update of a player, or until the cycle under way is done."""

    run: int
    player: str  # by its name; "cycle": those that the step still waits for; "next": the one whose turn it is


class Grow(Message, frozen=True, kw_only=True, tag="grow"):
    """Growing players grow now."""

    run: int


class Pin(Message, frozen=True, kw_only=True, tag="pin"):
    """Keeps the live moment of a run in its file; ``CheckpointSaved`` answers once that is on the disk."""

    run: int
    for_good: bool = True  # False: as any other checkpoint, which may be thinned out later


class SetControl(Message, frozen=True, kw_only=True, tag="set"):
    """Moves a live control."""

    run: int
    id: int  # comes back in Applied or Refused
    name: str
    value: Value


class WeightsHashRequest(Message, frozen=True, kw_only=True, tag="fingerprint"):
    """Asks for the hash over both players' weights."""

    run: int


class AnalyseDivergence(Message, frozen=True, kw_only=True, tag="examine"):
    """Asks what divergence a text is: for the workshop. It belongs to no run."""

    id: int  # comes back in Examined
    text: str


class InspectData(Message, frozen=True, kw_only=True, tag="inspect"):
    """Asks what a file or folder of the user's is as data, with a preview. It belongs to no run."""

    id: int  # comes back in DataInspected
    path: str
    data: str = ""  # the data set that it is to be; empty: the one that it fits
    data_controls: dict[str, Value] = {}  # what was chosen so far: resolution, crop, columns …


class SetSpeed(Message, frozen=True, kw_only=True, tag="speed"):
    """Bounds how fast a run is played; a run in a group is bounded in steps a second."""

    run: int
    updates_per_second: float  # 0: as fast as it goes


class AskedNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of a run, as a claim of a lesson names it."""

    quantity: str
    params: dict[str, Value] = {}


class MeasureQuantities(Message, frozen=True, kw_only=True, tag="quantities"):
    """Asks for numbers of a run as it is now, which should be paused; ``QuantitiesMeasured`` answers."""

    run: int
    id: int
    asked: list[AskedNumber]


class SetClock(Message, frozen=True, kw_only=True, tag="clock"):
    """Says what the runs of a group get the same number of. It holds for the group once all its runs have it."""

    run: int
    clock: Literal["step", "time"]  # steps, or seconds of training


class SnapshotRequest(Message, frozen=True, kw_only=True, tag="look"):
    """Asks for the next picture. Only what is asked for is computed."""

    run: int
    views: list[str]
    size: int = 40  # cells along the longer side of a grid
    measure: bool = False  # whether the measures are visible
    walk: Walk | None = None  # for the view `interpolation`
    sketch: Sketch | None = None  # for the view `board`; None: one of the data's own
    picture: Picture | None = None  # for the view `own-picture`; None: the user has chosen none
    label: int = 0  # of `Started.classes`: the one that views of a single class show
    asks: list[Ask] = []  # what panels ask of the views that follow the user's hand, at most one of a kind


RunCommand = (
    Start | Stop | Play | Step | Grow | Pin | SetControl | SetSpeed | SetClock | WeightsHashRequest | SnapshotRequest
    | MeasureQuantities
)


class Together(Message, frozen=True, kw_only=True, tag="together"):
    """Commands that are applied between the same two updates, in their order: to all runs of a group at one step."""

    commands: list[RunCommand]


Command = RunCommand | Hello | AnalyseDivergence | InspectData | Together


# Events and snapshots: engine to window ------------------------------------------------------------------------


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    """The engine is up."""

    catalog: Catalog
    device: str  # what `auto` means here
    devices: list[str]
    torch: str


class Started(Message, frozen=True, kw_only=True, tag="started"):
    """A run is built."""

    run: int
    spec: Spec  # whole
    settings: dict[str, Value]  # the live controls as they are now
    kind: str
    low: float  # where the data lies, data units
    high: float
    units: str
    preset_steps: int
    device_title: str
    position: Position
    playing: bool
    preset_controls: dict[str, Value] = {}  # the preset's own on this kind of data
    preset_network: dict[str, Value] = {}
    shape: list[int] = []  # of one sample
    warnings: list[str] = []  # what will play, but not as one would expect
    record: str = ""  # the run file that it is kept in
    players: list[PlayerInfo] = msgspec.field(default_factory=lambda: list(TWO_PLAYERS))  # in their buttons' order
    has: list[str] = []  # of `core.leaves.ABILITIES`: what a panel may need; empty in older files
    classes: list[str] = []  # the name of each class that G can be asked for; empty if the game has no labels
    user_units: UserUnits = SAME  # low, high and all views are in the networks' units
    flows: list[Flow] = []  # what the terms of each player are made of; empty in older files


class Notice(Message, frozen=True, kw_only=True, tag="told"):
    """A note on a run that does not answer a command."""

    run: int
    text: str


class Loading(Message, frozen=True, kw_only=True, tag="preparing"):
    """A run is being built, and that takes a while; ``Stop`` ends it."""

    run: int
    what: str
    done: int
    total: int  # 0: unknown


class Refused(Message, frozen=True, kw_only=True, tag="refused"):
    """A command was bad input; nothing was changed."""

    run: int
    reason: str
    id: int = -1
    needs_data: bool = False  # the data of the run in a file is gone or has changed: the user may know where it lies
    one_file: bool = False  # and that data is a single file, no folder
    way_out: str = ""  # what a user of the command line can do about data that is gone or has changed
    missing: str = ""  # the data set whose files are not on this machine and could not be fetched


class Applied(Message, frozen=True, kw_only=True, tag="applied"):
    """A control was moved, between two updates."""

    run: int
    id: int
    name: str
    value: Value
    position: Position
    waited_updates: int = 0  # updates that ended between the command's arrival and its application


class Scalars(Message, frozen=True, kw_only=True, tag="scalars"):
    """Terms of every update since the last batch: curves have no holes."""

    run: int
    batches: list[ScalarBatch]
    beyond: bool = False  # not of this run: of the one that it left, from there on


class WeightsHash(Message, frozen=True, kw_only=True, tag="fingerprinted"):
    """SHA-256 over both players' weights: the same as `ganstudio train` prints for the same run."""

    run: int
    position: Position
    hash: str


class CheckpointSaved(Message, frozen=True, kw_only=True, tag="kept"):
    """A moment that was to be kept, and all before it, is on the disk."""

    run: int
    position: Position
    file: str


class Progress(Message, frozen=True, kw_only=True, tag="progress"):
    """How far a run is."""

    run: int
    position: Position
    seen: int
    steps_per_second: float
    playing: bool
    next: str = ""  # the player that makes the next update
    trained_s: float = 0.0  # of a run in a group: for how long it has made updates since it began here


class LastUpdate(Message, frozen=True, kw_only=True, tag="updated"):
    """The numbers of one update, as it was made; sent in single steps and in slow motion only."""

    run: int
    position: Position  # after it
    first: bool  # of the command: what was made before belongs to another one
    player: str
    next: str  # the player that makes the next update
    update: int  # of this player, counted from 1
    place: int  # of this player in the step, counted from 1
    places: int  # that this player has in the step
    batch: int  # samples, and as many real ones if it drew any
    drew: bool  # whether it asked for real samples
    latents: int  # that it drew
    terms: dict[str, float]  # that were minimised
    readings: dict[str, float]  # what the variant reports beside them
    gradient: float  # Euclidean norm of the gradient of the terms' sum, over all weights of the player
    moved: float  # Euclidean norm of what the optimiser added to the weights
    weights: int  # that the player has
    set_after: int  # of them changed once more after the optimiser's step, for instance clipped
    rate: float  # the learning rate of this update
    rate_share: float  # of the control's value: less than 1 in a schedule
    optimiser: str


class MeasuredNow(Message, frozen=True, kw_only=True, tag="measured"):
    """Numbers with what a perfect generator scores at the same sample size."""

    run: int
    steps: int
    samples: int
    matched: int = 0  # how many of them exact transport matched; 0: as many as it can
    measures: dict[str, float | None]
    floors: dict[str, float | None]
    net: str = ""  # whose features the numbers of images rest on
    blind: list[BlindSpot] = []  # what each of them does not see, shown on the data
    in_user_units: bool = False  # False in older files: distances are in the networks' units


class QuantitiesMeasured(Message, frozen=True, kw_only=True, tag="quantified"):
    """Numbers of a run at one moment, in the order in which they were asked for."""

    run: int
    id: int
    position: Position
    values: list[float | None]  # None: undefined
    faults: list[str] = []  # one sentence for each that cannot be measured


class Diverged(Message, frozen=True, kw_only=True, tag="diverged"):
    """A term was not a finite number; the run is paused."""

    run: int
    what: Divergence
    good_settings: dict[str, Value]


class Failed(Message, frozen=True, kw_only=True, tag="failed"):
    """A run raised and is ended; the engine lives on."""

    run: int
    reason: str
    traceback: str


class DivergenceAnalysed(Message, frozen=True, kw_only=True, tag="examined"):
    """What divergence a text is, or why it is none."""

    id: int
    found: Examination | None
    refusal: str = ""


class DataInspected(Message, frozen=True, kw_only=True, tag="inspected"):
    """What a file or folder is as data, or one sentence that says why it is none."""

    id: int
    path: str
    found: Inspected | None
    refusal: str = ""


class Snapshot(Message, frozen=True, kw_only=True, tag="snapshot"):
    """The views asked for, at one moment between two updates."""

    run: int
    position: Position
    views: dict[str, AnyView]
    seconds: float  # what the views cost the training


Event = (
    Welcome | Loading | Notice | Started | Refused | Applied | Scalars | WeightsHash | CheckpointSaved | Progress
    | LastUpdate | MeasuredNow | QuantitiesMeasured | Diverged | Failed | DivergenceAnalysed | DataInspected | Snapshot
)

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(Command)
_events = msgspec.msgpack.Decoder(Event)


def framed(message: Message) -> bytes:
    """A message as a frame."""
    body = _encoder.encode(message)
    return HEADER.pack(len(body)) + body


def command_of(body: bytes) -> Command:
    """A command; msgspec.MsgspecError if the bytes are none."""
    try:
        command: Command = _commands.decode(body)
    except (RecursionError, UnicodeDecodeError) as fault:
        raise msgspec.DecodeError(str(fault)) from None
    return command


def event_of(body: bytes) -> Event:
    """An event or snapshot; msgspec.MsgspecError if the bytes are none."""
    try:
        event: Event = _events.decode(body)
    except (RecursionError, UnicodeDecodeError) as fault:
        raise msgspec.DecodeError(str(fault)) from None
    return event
