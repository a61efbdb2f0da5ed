"""What is compared: two to six runs on the same data, by variant, preset and controls; and what each is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import Catalog, VariantInfo
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.wording import format_value
from ganstudio.ui.state.compatibility import plays_on, quick_preset
from ganstudio.ui.state.run_model import RunModel

FEWEST, MOST = 2, 6  # runs
MOST_NAMED = 2  # controls in a run's name


@dataclass(frozen=True)
class Entry:
    """One run of a comparison."""

    variant: str
    preset: str = ""  # empty: the variant's quick one
    controls: Mapping[str, Value] = field(default_factory=dict)  # over the preset's


@dataclass(frozen=True)
class Plan:
    """Runs on one data set, with one seed."""

    title: str
    data: str
    entries: tuple[Entry, ...]
    seed: int = 0


READY = (
    Plan("GAN and WGAN on separate lines", "lines", (Entry("gan"), Entry("wgan"))),
    Plan("GAN, WGAN, WGAN-GP on lines", "lines", (Entry("gan"), Entry("wgan"), Entry("wgan-gp"))),
    Plan("GAN and WGAN-GP on the ring", "ring", (Entry("gan"), Entry("wgan-gp"))),
    Plan("WGAN-GP with λ 0, 1 and 10", "ring", tuple(
        Entry("wgan-gp", controls={"gp_weight": weight}) for weight in (0.0, 1.0, 10.0))),
    Plan("WGAN-GP with 1 and 5 critic steps", "ring", tuple(
        Entry("wgan-gp", controls={"critic_steps": k}) for k in (1, 5))),
)


def specs_of(catalog: Catalog, plan: Plan) -> list[Spec]:
    """The specs of a plan's runs, the presets filled in."""
    known = {info.name: info for info in catalog.variants}
    return [
        Spec(variant=entry.variant, data=plan.data, preset=entry.preset or quick_preset(known.get(entry.variant)),
             seed=plan.seed, controls=dict(entry.controls))
        for entry in plan.entries
    ]


def ready(catalog: Catalog) -> list[Plan]:
    """The comparisons that are offered: those whose variants and data there are."""
    variants, data = {info.name for info in catalog.variants}, {info.name for info in catalog.data}
    return [plan for plan in READY
            if plan.data in data and all(entry.variant in variants for entry in plan.entries)]


def beside(catalog: Catalog, base: Spec, kind: str, variant: str) -> list[Spec]:
    """A run as it is now, started anew, and another variant at its quick preset on the same data.

    Args:
        catalog: What there is.
        base: The run.
        kind: Of its data.
        variant: The other variant, of ``fitting``.
    """
    return [base, Spec(variant=variant, preset=quick_preset(catalog.variant(variant)), data=base.data,
                       data_controls=base.data_controls, seed=base.seed, device=base.device)]


def fitting(catalog: Catalog, kind: str) -> list[VariantInfo]:
    """The variants that play on data of a kind."""
    return [info for info in catalog.variants if plays_on(info, kind)]


def with_batch_of(spec: Spec, first: Mapping[str, Value]) -> Spec:
    """A spec with the batch size of the first run: else no two runs could be given the same data and noise."""
    size = first.get("batch_size")
    return spec if size is None else msgspec.structs.replace(spec, controls={**spec.controls, "batch_size": size})


def labels(runs: Sequence[RunModel]) -> list[str]:
    """What each run is called beside the others: its variant, and how it differs from those of the same variant."""
    names = [_short_title(run) for run in runs]
    found = []
    for run, name in zip(runs, names, strict=True):
        alike = [other for other, its_name in zip(runs, names, strict=True) if its_name == name]
        differing = _differing(run, alike)
        found.append(f"{name}, {', '.join(differing)}" if differing else name)
    return [f"{label} ({found[: at + 1].count(label)})" if found.count(label) > 1 else label
            for at, label in enumerate(found)]


def _short_title(run: RunModel) -> str:
    return run.variant.title.split(" (")[0] if run.variant is not None else run.spec.variant


def _differing(run: RunModel, alike: Sequence[RunModel]) -> list[str]:
    """How a run differs from others of its variant: its controls as they are now, its preset, data or seed."""
    if len(alike) < 2:
        return []
    names = [name for name in run.settings if any(other.settings.get(name) != run.settings[name] for other in alike)]
    words = [f"{_symbol(run, name)} {format_value(run.settings[name])}" for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        words.append(f"{len(names) - MOST_NAMED} more")
    if any(other.spec.data != run.spec.data for other in alike):
        words.append(run.data_name)
    if any(other.spec.seed != run.spec.seed for other in alike):
        words.append(f"seed {run.spec.seed}")
    return words


def _symbol(run: RunModel, name: str) -> str:
    """The shortest name of a control: its symbol if it has one."""
    infos = run.variant.controls if run.variant is not None else []
    info = next((info for info in infos if info.name == name), None)
    return (info.symbol or info.label) if info is not None else name
