"""Turns what a user asked for into a whole spec and the parts of a game: once, before step 0."""

from __future__ import annotations

import platform
from typing import Any, TypeVar

import msgspec
import torch

import ganstudio
from ganstudio.core.control import Controls, validated, values
from ganstudio.core.dataset import Dataset, Kind
from ganstudio.core.errors import BadInput, unknown
from ganstudio.core.leaves import leaves
from ganstudio.core.measure import Measure
from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.probe import Probe
from ganstudio.core.spec import MAX_SEED, Spec
from ganstudio.core.variant import GameControls, Preset, Settings, Variant

DEFAULT_NETWORK: dict[Kind, str] = {"line": "mlp", "plane": "mlp"}
THREADS_PAY_FROM = 2e7  # multiplications of a forward pass: width 512 at batch 128 has 6.7e7, width 128 has 4.2e6
DEVICES = ("auto", "cpu", "cuda", "mps")


def variants() -> dict[str, type[Variant[Any]]]:
    """Every variant by name."""
    return leaves("ganstudio.variants", Variant)


def networks() -> dict[str, type[Network[Any]]]:
    """Every network by name."""
    return leaves("ganstudio.networks", Network)


def datasets() -> dict[str, type[Dataset[Any]]]:
    """Every data set by name."""
    return leaves("ganstudio.datasets", Dataset)


def measures() -> dict[str, type[Measure]]:
    """Every measure by name."""
    return leaves("ganstudio.measures", Measure)


def probes() -> dict[str, type[Probe]]:
    """Every probe by name."""
    return leaves("ganstudio.probes", Probe)


T = TypeVar("T")


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a spec stands for."""

    spec: Spec  # whole: every default filled in
    variant: Variant[Any]
    controls: GameControls
    network: Network[Any]
    network_controls: NetworkControls
    data: Dataset[Any]
    preset: Settings  # the preset on this network, without what was set over it


def preset_of(variant: type[Variant[Any]], name: str) -> Preset:
    """The variant's preset of that name; BadInput where there is none."""
    if name not in variant.presets:
        raise unknown(f"preset of {variant.name}", name, variant.presets)
    return variant.presets[name]


def device_of(name: str) -> torch.device:
    """The device of that name, ``auto`` being CUDA, then MPS, then CPU.

    Raises:
        BadInput: It is unknown or not on this machine.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    kind = name.split(":")[0]
    if kind not in there:
        raise unknown("device", name, DEVICES)
    if not there[kind]:
        raise BadInput(f"device {name} is not on this machine: there is {', '.join(k for k, v in there.items() if v)}")
    try:
        return torch.device(name)
    except RuntimeError:
        raise unknown("device", name, DEVICES) from None


def device_title(device: torch.device) -> str:
    """What a person calls the device."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"CPU ({platform.machine()})"


def resolved(spec: Spec) -> Parts:
    """The whole spec and its parts.

    Values of the spec go over the preset's, those over the defaults.

    Raises:
        BadInput: A name is unknown, a value out of range, a file unusable, or two things do not fit.
    """
    if not 0 <= spec.seed <= MAX_SEED:
        raise BadInput(f"seed = {spec.seed} is out of range: allowed is 0 to {MAX_SEED}")
    if not 0 <= spec.threads <= 256:
        raise BadInput(f"threads = {spec.threads} is out of range: allowed is 0 (chosen for you) to 256")
    if spec.dtype != "float32":
        raise unknown("dtype", spec.dtype, ["float32"])
    variant_type = _named("variant", spec.variant, variants())
    preset = preset_of(variant_type, spec.preset)
    data_type = _named("data set", spec.data, datasets())
    data = data_type(_over(data_type.controls_type(), {}, spec.data_controls, f"data set {spec.data}"))
    network_name = spec.network or DEFAULT_NETWORK.get(data.kind, "")
    network_type = _named("network", network_name, networks())
    if data.kind not in network_type.kinds:
        kinds = " and ".join(network_type.kinds)
        raise BadInput(f"network {network_name} is for {kinds} data, and {spec.data} is {data.kind} data")
    settings = preset.on(network_name)
    settings = msgspec.structs.replace(
        settings, network={**network_type.on_kind.get(data.kind, {}), **settings.network}
    )
    controls = _over(variant_type.controls_type(), settings.controls, spec.controls, f"variant {spec.variant}")
    network_controls = _over(
        network_type.controls_type(), settings.network, spec.network_controls, f"network {network_name}"
    )
    network = network_type()
    device = device_of(spec.device)
    threads = spec.threads
    if threads == 0:
        wide = network.work(network_controls, controls.batch_size) >= THREADS_PAY_FROM
        threads = min(_CORES, 8) if wide else 1
    whole = msgspec.structs.replace(
        spec,
        network=network_name,
        controls=values(controls),
        network_controls=values(network_controls),
        data_controls=values(data.controls),
        device=str(device),
        threads=threads,
        torch=str(torch.__version__),
        version=ganstudio.__version__,
    )
    return Parts(
        spec=whole, variant=variant_type(), controls=controls, network=network, network_controls=network_controls,
        data=data, preset=settings,
    )


_CORES = torch.get_num_threads()  # torch's own count of cores, before anything changes it


def _named(thing: str, name: str, known: dict[str, T]) -> T:
    if name not in known:
        raise unknown(thing, name, known)
    return known[name]


def _over(owner: type[Any], preset: dict[str, Any], given: dict[str, Any], of: str) -> Any:
    base: Controls = validated(owner, preset, of=of)
    return validated(owner, given, base, of=of)
