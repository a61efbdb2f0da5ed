"""A run is its spec + seed + command log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ganstudio.core.control import Value

MAX_SEED = 2**63 - 1
STREAMS = 3  # of a new run: each player draws latents and real samples from streams of its own
BACKWARDS = ("written", "autograd")  # how gradients of small fully connected networks are worked out
OF_DATA = "data."
"""What the name of a data set's control begins with in changes and settings: ``data.theta``."""


OWN_FILES = {"points": "file", **dict.fromkeys(
    ("folder", "paired-folder", "unpaired-folders", "labelled-folder", "one-image"), "path")}
"""The data sets of the user's own files, and the control that names the file or folder."""


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is made of. Resolved once before step 0: every default filled in, device and threads fixed."""

    variant: str = "wgan-gp"
    data: str = "ring"
    network: str = ""  # empty: the default for the data's kind
    preset: str = "toy"
    seed: int = 0
    controls: dict[str, Value] = {}  # of the variant and its players
    network_controls: dict[str, Value] = {}
    data_controls: dict[str, Value] = {}
    device: str = "auto"
    threads: int = 0  # 0: chosen from the size of the networks
    dtype: str = "auto"  # float32 or bfloat16 (forward passes; losses, penalties and weights stay float32)
    streams: int = 0  # 1 shared by all players, 2 latents by player, 3 real samples too; 0: 3 if new, 1 in an old file
    backward: str = ""  # of BACKWARDS, equal but for rounding; empty: written if new, autograd in an old file
    graphs: bool = False  # whether updates on points are repeated as CUDA graphs; on other devices it changes nothing
    memory: str = "auto"  # contiguous or channels_last: how weights and images of convolutions lie in memory
    torch: str = ""  # the build that resolved it
    version: str = ""  # of GAN Studio
    packages: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """Packages of leaves from outside, ``variants/tilted-gan`` -> ``tilted-gan 1.0``; left out if there are none."""


def data_name(spec: Spec, title: str) -> str:
    """What the data of a run is called: for the user's own the name of their file or folder, else the set's title."""
    path = str(spec.data_controls.get(OWN_FILES.get(spec.data, ""), ""))
    *_, folder, name = ["", *path.replace("\\", "/").rstrip("/").split("/")]
    if not name:
        return title
    if folder == "drawings" and name.endswith(".csv"):
        stem = name.removesuffix(".csv")
        return "your drawing" if stem.startswith("unkept.") else f"the drawing {stem}"
    return name if name.isprintable() else title


def with_settings(spec: Spec, settings: Mapping[str, Value]) -> Spec:
    """The spec with these values of its variant's controls and, if a name begins with ``OF_DATA``, of its data's."""
    of_data = {name.removeprefix(OF_DATA): value for name, value in settings.items() if name.startswith(OF_DATA)}
    own = {name: value for name, value in settings.items() if not name.startswith(OF_DATA)}
    return msgspec.structs.replace(
        spec, controls={**spec.controls, **own}, data_controls={**spec.data_controls, **of_data})


def as_recorded(spec: Spec) -> Spec:
    """The spec of a recorded run: what a file does not say was as it had been before there was a choice."""
    return msgspec.structs.replace(spec, streams=spec.streams or 1, backward=spec.backward or "autograd")


class PlayerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A player of a run, as a button, a curve and a formula name it."""

    name: str  # in the log, in positions and in tables
    letter: str  # of its button and in front of its curves
    word: str  # in sentences
    modules: list[str] = []  # that its optimiser moves, in all phases; empty where no run says it


TWO_PLAYERS = [
    PlayerInfo(name="discriminator", letter="D", word="discriminator"),
    PlayerInfo(name="generator", letter="G", word="generator"),
]


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A moment of the game: between two updates of players."""

    steps: int = 0
    by_player: dict[str, int] = {}  # finished updates of each player; one that has none is left out
    place: int = 0  # updates done in the step under way
    discriminator_updates: int = 0  # of files up to format 3: read into by_player, never written
    generator_updates: int = 0

    def __post_init__(self) -> None:
        former = {"discriminator": self.discriminator_updates, "generator": self.generator_updates}
        counts = {**self.by_player, **{name: count for name, count in former.items() if count}}
        msgspec.structs.force_setattr(self, "by_player", {name: count for name, count in counts.items() if count})
        msgspec.structs.force_setattr(self, "discriminator_updates", 0)
        msgspec.structs.force_setattr(self, "generator_updates", 0)

    @property
    def updates(self) -> int:
        """Updates of all players."""
        return sum(self.by_player.values())

    def of(self, player: str) -> int:
        """Updates of one player."""
        return self.by_player.get(player, 0)


def in_order(players: Iterable[str]) -> list[str]:
    """Names of players without repetition: the discriminator, the generator, and others as they come up."""
    known = dict.fromkeys(players)
    first = [info.name for info in TWO_PLAYERS if info.name in known]
    return [*first, *(name for name in known if name not in first)]


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="control"):
    """A control was moved."""

    name: str  # of the variant; after ``OF_DATA``, of the data set
    value: Value


class SingleStep(msgspec.Struct, frozen=True, kw_only=True, tag="single"):
    """One player was moved by hand."""

    player: str  # by its name in the run


class Grow(msgspec.Struct, frozen=True, kw_only=True, tag="grow"):
    """The user made growing players grow now."""


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A command and the position at which it was applied."""

    position: Position
    command: Change | SingleStep | Grow


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A control that is to be moved at a given step."""

    steps: int
    change: Change


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a run without a window: how many steps, and the moves not yet made."""

    steps: int = 0  # 0: nothing was said
    changes: list[Planned] = []


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """What a run branched off from."""

    file: str  # its name, without a folder
    position: Position
