"""Builds the catalogue from the leaves' classes. Makes no instances, so no data is read, drawn or downloaded."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import ganstudio
from ganstudio.core.control import described
from ganstudio.core.dataset import Dataset
from ganstudio.core.leaves import BrokenLeaf, Leaf
from ganstudio.core.measure import Measure
from ganstudio.core.network import Network
from ganstudio.core.protocol.catalog import Catalog, DataInfo, NetworkInfo, NumberInfo, PresetInfo, VariantInfo
from ganstudio.core.variant import Variant
from ganstudio.training.resolve_spec import broken, datasets, measures, networks, variants

L = TypeVar("L", bound=Leaf)
Info = TypeVar("Info")


def catalogue() -> Catalog:
    """Describes every leaf, and lists those that cannot be used with their faults."""
    faults = broken()

    def made(folder: str, known: dict[str, type[L]], describe: Callable[[type[L]], Info]) -> list[Info]:
        """Describes each leaf; one that cannot be described becomes a broken one."""
        found = []
        for name, leaf in known.items():
            try:
                found.append(describe(leaf))
            except Exception as fault:  # noqa: BLE001  a leaf's fields may hold anything
                said = " ".join(f"{type(fault).__name__}: {fault}".split())
                faults.append(BrokenLeaf(name=name, folder=folder, fault=f"it cannot be described: {said}"))
        return found

    return Catalog(
        version=ganstudio.__version__,
        variants=made("variants", variants(), _variant),
        networks=made("networks", networks(), _network),
        data=made("datasets", datasets(), _data),
        measures=[number for numbers in made("measures", measures(), _numbers) for number in numbers],
        broken=faults,
    )


def _variant(leaf: type[Variant[Any]]) -> VariantInfo:
    return VariantInfo(
        name=leaf.name, title=leaf.title, family=leaf.family, reference=str(leaf.reference),
        algorithm=inspect.getdoc(sys.modules[leaf.__module__]) or "",
        discriminator_formula=leaf.formula.discriminator, generator_formula=leaf.formula.generator,
        players=leaf.player_info(), formulas=leaf.formulas(),
        symbols=leaf.formula.symbols, discriminator_word=leaf.discriminator_word, score=leaf.score_kind,
        reads_w1=leaf.reads_w1, at_optimum=leaf.at_optimum, advice=leaf.advice,
        controls=described(leaf.controls_type(), "objective"),
        presets=[
            PresetInfo(name=preset_name, title=preset.title, source=preset.source, steps=preset.steps,
                       controls=preset.controls, network=preset.network, data=preset.data, plays=preset.plays,
                       cure=preset.cure)
            for preset_name, preset in leaf.presets.items()
        ],
        kinds=list(leaf.kinds), networks=list(leaf.networks), panel=leaf.panel,
        phases=leaf.phase is not Variant.phase, usual_on=list(leaf.usual_on),
        only_on=[data.name for data in datasets().values() if leaf.needs_data <= data.abilities] if leaf.needs_data
        else [],
    )


def _network(leaf: type[Network[Any]]) -> NetworkInfo:
    summary = (inspect.getdoc(leaf) or "").partition("\n")[0]
    return NetworkInfo(name=leaf.name, title=leaf.title, kinds=list(leaf.kinds), help=summary,
                       reference=leaf.reference, controls=described(leaf.controls_type(), "network"))


def _data(leaf: type[Dataset[Any]]) -> DataInfo:
    return DataInfo(name=leaf.name, title=leaf.title, kind=leaf.kinds[0] if len(leaf.kinds) == 1 else None,
                    help=leaf.help, reference=leaf.source, controls=described(leaf.controls_type(), "data"),
                    kinds=list(leaf.kinds), gives=sorted(leaf.gives), suits=list(leaf.suits), usual=leaf.usual,
                    panel=leaf.panel)


def _numbers(leaf: type[Measure]) -> list[NumberInfo]:
    return [
        NumberInfo(name=name, title=number.title, help=number.help, better=number.better, format=number.format,
                   kinds=list(leaf.kinds), dimension=number.dimension, detail=number.detail)
        for name, number in leaf.infos().items()
    ]
