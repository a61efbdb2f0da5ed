"""The catalogue, made from the leaves."""

from __future__ import annotations

import inspect
import sys

import ganstudio
from ganstudio.core.control import described
from ganstudio.core.protocol.catalog import Catalog, DataInfo, NetworkInfo, NumberInfo, PresetInfo, VariantInfo
from ganstudio.core.system.errors import BadInput
from ganstudio.core.variant import Variant
from ganstudio.training.resolve_spec import datasets, measures, networks, variants


def catalogue() -> Catalog:
    """Every leaf as data."""
    return Catalog(
        version=ganstudio.__version__,
        variants=[_variant(name) for name in variants()],
        networks=[
            NetworkInfo(name=name, title=leaf.title, kinds=list(leaf.kinds), help=_summary(leaf),
                        reference=leaf.reference, controls=described(leaf.controls_type(), "network"))
            for name, leaf in networks().items()
        ],
        data=[_data(name) for name in datasets()],
        measures=[
            NumberInfo(name=name, title=number.title, help=number.help, better=number.better, format=number.format,
                       kinds=list(leaf.kinds))
            for leaf in measures().values()
            for name, number in leaf.numbers.items()
        ],
    )


def _variant(name: str) -> VariantInfo:
    leaf = variants()[name]
    return VariantInfo(
        name=name, title=leaf.title, family=leaf.family, reference=str(leaf.reference),
        algorithm=inspect.getdoc(sys.modules[leaf.__module__]) or "",
        discriminator_formula=leaf.formula.discriminator, generator_formula=leaf.formula.generator,
        symbols=leaf.formula.symbols, discriminator_word=leaf.discriminator_word, score=leaf.score,
        reads_w1=leaf.reads_w1, at_optimum=leaf.at_optimum, advice=leaf.advice,
        controls=described(leaf.controls_type(), "objective"),
        presets=[
            PresetInfo(name=preset_name, title=preset.title, source=preset.source, steps=preset.steps,
                       controls=preset.controls, network=preset.network)
            for preset_name, preset in leaf.presets.items()
        ],
        kinds=list(leaf.kinds), networks=list(leaf.networks), panel=leaf.panel,
        phases=leaf.phase is not Variant.phase, usual_on=list(leaf.usual_on),
    )


def _data(name: str) -> DataInfo:
    leaf = datasets()[name]
    try:
        kind = leaf(leaf.controls_type()()).kind
    except BadInput:  # it needs the user's file, which decides
        kind = None
    return DataInfo(name=name, title=leaf.title, kind=kind, help=leaf.help, reference=leaf.source,
                    controls=described(leaf.controls_type(), "data"), usual=leaf.usual)


def _summary(leaf: type) -> str:
    return (inspect.getdoc(leaf) or "").partition("\n")[0]
