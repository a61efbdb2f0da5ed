"""A run is its spec + seed + command log."""

from __future__ import annotations

import msgspec

from ganstudio.core.control import Value

MAX_SEED = 2**63 - 1


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
    memory: str = "auto"  # contiguous or channels_last: how weights and images of convolutions lie in memory
    torch: str = ""  # the build that resolved it
    version: str = ""  # of GAN Studio


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the game something happened: between two player updates."""

    steps: int = 0
    discriminator_updates: int = 0
    generator_updates: int = 0
    place: int = 0  # updates done in the cycle under way

    @property
    def updates(self) -> int:
        """Updates of both players."""
        return self.discriminator_updates + self.generator_updates


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="control"):
    """A control was moved."""

    name: str
    value: Value


class SingleStep(msgspec.Struct, frozen=True, kw_only=True, tag="single"):
    """One player was moved by hand."""

    player: str  # "discriminator" or "generator"


class Grow(msgspec.Struct, frozen=True, kw_only=True, tag="grow"):
    """Growing players were told to grow now."""


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A command and where it was applied."""

    position: Position
    command: Change | SingleStep | Grow


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A control that is to be moved once so many steps are done."""

    steps: int
    change: Change


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run without a window is to come to: how many steps, and the moves not yet made."""

    steps: int = 0  # 0: nothing was said
    changes: list[Planned] = []


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """What a run branched off from."""

    file: str  # its name, without a folder
    position: Position
