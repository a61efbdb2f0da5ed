"""The catalogue as data: the engine makes it from the leaves, the window builds menus and widgets from it alone."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.leaves import BrokenLeaf
from ganstudio.core.protocol.spec import PlayerInfo


class PresetInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A preset of a variant."""

    name: str
    title: str
    source: str
    steps: int
    controls: dict[str, Value]
    network: dict[str, Value]
    data: str = ""  # the data set that it is for; empty: any
    plays: str = ""  # the network that it is for, on that data set; empty: the usual one
    cure: dict[str, Value] = {}  # controls that take back what the preset shows going wrong; empty: not known


class VariantInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A variant."""

    name: str
    title: str
    family: str
    reference: str
    algorithm: str
    discriminator_formula: str
    generator_formula: str
    players: list[PlayerInfo] = []
    formulas: dict[str, str] = {}  # player -> objective as LaTeX
    symbols: dict[str, str]
    discriminator_word: str
    score: str
    reads_w1: bool
    at_optimum: str
    advice: str
    controls: list[ControlInfo]
    presets: list[PresetInfo]
    kinds: list[str] = []
    networks: list[str] = []  # that it can play with, its own first; empty: any
    panel: str = ""  # that it brings to the front
    phases: bool = False  # whether its game goes through phases
    usual_on: list[str] = []  # kinds of data on which it is the one to begin with
    only_on: list[str] = []  # data sets that it can play on; empty: all of its kinds


class NetworkInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A network."""

    name: str
    title: str
    kinds: list[str]
    help: str
    reference: str
    controls: list[ControlInfo]


class DataInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A data set, as its class alone describes it. ``kind`` is null if the user's file decides."""

    name: str
    title: str
    kind: str | None
    help: str
    reference: str
    controls: list[ControlInfo]
    kinds: list[str] = []  # that are possible
    gives: list[str] = []  # what surely comes with each sample: label, source
    suits: list[str] = []  # variants that it is for: the window begins with the first; empty: any
    usual: bool = False  # the one to begin with among those of its kind
    panel: str = ""  # that it brings to the front, if the variant brings none


class NumberInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a measure, or a family of them whose names are those of the run (``crossover_*``)."""

    name: str
    title: str
    help: str
    better: str
    format: str
    kinds: list[str]
    reference: str = ""
    dimension: str = ""  # length or place: it is shown in the user's units
    detail: bool = False  # one of many, which tables leave out


class PanelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A panel of the window."""

    name: str
    title: str
    kinds: list[str]
    help: str
    reference: str = ""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to choose from."""

    version: str
    variants: list[VariantInfo]
    networks: list[NetworkInfo]
    data: list[DataInfo]
    measures: list[NumberInfo]
    broken: list[BrokenLeaf] = []  # what is there and cannot be used

    def variant(self, name: str) -> VariantInfo:
        """The variant of that name; KeyError if there is none."""
        return _named(self.variants, name)

    def network(self, name: str) -> NetworkInfo:
        """The network of that name; KeyError if there is none."""
        return _named(self.networks, name)

    def data_set(self, name: str) -> DataInfo:
        """The data set of that name; KeyError if there is none."""
        return _named(self.data, name)


N = TypeVar("N", VariantInfo, NetworkInfo, DataInfo)


def _named(items: list[N], name: str) -> N:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
