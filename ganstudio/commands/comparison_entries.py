"""The entries of a comparison: what is written after ``--compare`` as the specs of runs.

An entry is a variant, and what is its own: ``wgan-gp:critic_steps=1:preset=paper``. Its words are controls of the
variant or of its network, ``preset`` and ``network``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ganstudio.core.control import Controls, declared
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput, unknown

FEWEST, MOST = 2, 6  # entries
FORM = "NAME, or with its own controls NAME:CONTROL=VALUE:CONTROL=VALUE"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One of what is compared."""

    text: str  # as it was written: what the run is called in the table
    variant: str
    own: dict[str, str]  # what it alone is given: controls, preset, network


def entries_of(text: str) -> list[Entry]:
    """Reads what follows ``--compare``.

    Raises:
        BadInput: There are too few or too many entries, or one has another form.
    """
    texts = [part.strip() for part in text.split(",")]
    if not FEWEST <= len(texts) <= MOST:
        raise BadInput(f"--compare takes {FEWEST} to {MOST} runs separated by commas, not {len(texts)}: '{text[:60]}'")
    return [_entry(at, part) for at, part in enumerate(texts, 1)]


def _entry(at: int, text: str) -> Entry:
    variant, *words = [part.strip() for part in text.split(":")]
    if not variant:
        raise BadInput(f"entry {at} of --compare names no variant: an entry is {FORM}")
    own: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise BadInput(f"entry {at} of --compare has '{word[:60]}' after {variant}: an entry is {FORM}")
        own[name.strip()] = value
    return Entry(text=text, variant=variant, own=own)


def specs_of(entries: Sequence[Entry], base: Spec) -> list[Spec]:
    """The runs of the entries, before they have a seed and the batch size of the first.

    Args:
        entries: What is compared.
        base: What was asked for of all runs: its controls go to those that have them.

    Raises:
        BadInput: A name is not known, or no run has a control.
    """
    from ganstudio.training.resolve_spec import dataset_of, network_for, preset_of, variant_of

    kind = dataset_of(base).kinds[0]
    named = [msgspec.structs.replace(base, variant=entry.variant, preset=entry.own.get("preset", base.preset),
                                     network=entry.own.get("network", base.network)) for entry in entries]
    variants = [variant_of(spec) for spec in named]
    for spec, variant in zip(named, variants, strict=True):
        preset_of(variant, spec.preset)
    networks = [network_for(spec, variant, kind) for spec, variant in zip(named, variants, strict=True)]
    of_variants: list[type[Controls]] = [variant.controls_type() for variant in variants]
    of_networks: list[type[Controls]] = [network.controls_type() for network in networks]
    for_all = _shared_out(base.controls, of_variants, control_of("variant", [spec.variant for spec in named]))
    for_nets = _shared_out(base.network_controls, of_networks,
                           control_of("network", [network.name for network in networks]))
    specs = []
    for entry, spec, network, owner, of_network, controls, network_controls in zip(
            entries, named, networks, of_variants, of_networks, for_all, for_nets, strict=True):
        for name, value in entry.own.items():
            if name in ("preset", "network"):
                continue
            if name in declared(owner):
                controls[name] = value
            elif name in declared(of_network):
                network_controls[name] = value
            else:
                known = [*declared(owner), *declared(of_network), "preset", "network"]
                raise unknown(f"control of variant {entry.variant} or its network {network.name}", name, known)
        specs.append(msgspec.structs.replace(spec, controls=controls, network_controls=network_controls))
    return specs


def control_of(thing: str, names: Iterable[str]) -> str:
    """What a control is called that none of the owners has."""
    owners = list(dict.fromkeys(names))
    return f"control of {thing} {owners[0]}" if len(owners) == 1 else f"control of the {thing}s {' and '.join(owners)}"


def _shared_out(given: dict[str, Any], owners: Sequence[type[Controls]], thing: str) -> list[dict[str, Any]]:
    """Gives each owner those controls that it has; BadInput if none has one of them."""
    known = list(dict.fromkeys(name for owner in owners for name in declared(owner)))
    for name in given:
        if name not in known:
            raise unknown(thing, name, known)
    return [{name: value for name, value in given.items() if name in declared(owner)} for owner in owners]
