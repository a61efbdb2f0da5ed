"""Turns what the user asked for into a complete spec and the parts of a game: once, before step 0."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath
from typing import Any, TypeVar

import msgspec
import torch

import ganstudio
from ganstudio.core.control import Controls, FilePath, Value, declared, shown, validated, values
from ganstudio.core.dataset import Dataset, Kind
from ganstudio.core.leaves import BrokenLeaf, Leaf, broken_leaves, leaves, packages_of
from ganstudio.core.measure import Measure
from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.probe import Probe
from ganstudio.core.protocol.spec import BACKWARDS, MAX_SEED, STREAMS, Spec
from ganstudio.core.runs.format import short, there
from ganstudio.core.runs.moved_data import OPTION, data_place
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.variant import GameControls, Preset, Settings, Variant
from ganstudio.training.precision import Precision, chosen

DEFAULT_NETWORK: dict[Kind, str] = {"line": "mlp", "plane": "mlp", "image": "dcgan"}
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


FOLDERS: dict[str, type[Leaf]] = {
    "variants": Variant, "networks": Network, "datasets": Dataset, "measures": Measure, "probes": Probe,
}


def broken() -> list[BrokenLeaf]:
    """Every leaf that was found but cannot be used."""
    return [leaf for folder, contract in FOLDERS.items() for leaf in broken_leaves(f"ganstudio.{folder}", contract)]


T = TypeVar("T")


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the run that a spec describes."""

    spec: Spec  # complete: every default is filled in
    device: torch.device  # where the run computes: the spec's device, or the CPU in its place
    variant: Variant[Any]
    controls: GameControls
    network: Network[Any]
    network_controls: NetworkControls
    data: Dataset[Any]
    precision: Precision
    preset: Settings  # the preset on this kind of data and network, without the user's own values
    warnings: list[str]  # what will work, but not as the user may expect


def preset_of(variant: type[Variant[Any]], name: str) -> Preset:
    """The variant's preset of that name; BadInput if there is none."""
    if name not in variant.presets:
        raise unknown(f"preset of {variant.name}", name, variant.presets)
    return variant.presets[name]


def device_of(name: str) -> torch.device:
    """The device of that name; ``auto`` is CUDA if there is one, else MPS, else the CPU.

    Raises:
        BadInput: It is unknown or not on this machine.
    """
    there = _there()
    if name == "auto":
        return torch.device(next(kind for kind, count in there.items() if count))
    device = _named_device(name)
    if (device.index or 0) >= there[device.type]:
        found = ", ".join(kind if count == 1 else f"{kind}:0 to {count - 1}" for kind, count in there.items() if count)
        raise BadInput(f"device {name} is not on this machine: there is {found}")
    return device


def fallback_device(name: str) -> torch.device:
    """The named device if this machine has it, else the CPU. A missing GPU number becomes the first GPU.

    Raises:
        BadInput: The name is not the name of a device.
    """
    if name == "auto":
        return device_of(name)
    device, there = _named_device(name), _there()
    if not there[device.type]:
        return torch.device("cpu")
    return device if (device.index or 0) < there[device.type] else torch.device(device.type)


def device_missing(name: str) -> bool:
    """Whether this machine uses the CPU in place of the device of that name; BadInput as in ``fallback_device``."""
    return name != "auto" and fallback_device(name).type != _named_device(name).type


def _there() -> dict[str, int]:
    """How many devices of each kind this machine has."""
    return {"cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
            "mps": int(torch.backends.mps.is_available()), "cpu": 1}


def _named_device(name: str) -> torch.device:
    """The device of that name, whether or not this machine has it."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise unknown("device", name, DEVICES) from None
    if device.type not in DEVICES:
        raise unknown("device", name, DEVICES)
    return device


def device_title(device: torch.device) -> str:
    """The device's name on screen."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"CPU ({platform.machine()})"


def resolved(spec: Spec, spare_cores: int = 0, elsewhere: bool = False) -> Parts:
    """Completes a spec and makes its parts.

    Values of the spec override the preset's, and those override the defaults.

    Args:
        spec: What was asked for.
        spare_cores: How many cores to leave free if the number of threads is chosen here and bfloat16 is used on the
            CPU: its convolutions wait for each other by spinning, and another program on one of two cores made them six
            times slower (docs/decisions/007).
        elsewhere: Whether the CPU may be used in place of a device that this machine does not have. The spec is not
            changed, but the run then computes in float32, because a CPU may only emulate bfloat16.

    Raises:
        BadInput: A name is unknown, a value is out of range, a file cannot be used, or two parts do not fit.
    """
    if not 0 <= spec.seed <= MAX_SEED:
        raise BadInput(f"seed = {shown(spec.seed)} is out of range: allowed is 0 to {MAX_SEED}")
    if not 0 <= spec.threads <= 256:
        raise BadInput(f"threads = {shown(spec.threads)} is out of range: allowed is 0 (chosen for you) to 256")
    if not 0 <= spec.streams <= STREAMS:
        raise BadInput(f"streams = {shown(spec.streams)} is out of range: allowed is 1 to {STREAMS}")
    if spec.backward not in ("", *BACKWARDS):
        raise unknown("backward pass", spec.backward, BACKWARDS)
    variant_type = variant_of(spec)
    preset = preset_of(variant_type, spec.preset)
    data_type = dataset_of(spec)
    spec = _with_owners(spec, variant_type, data_type)
    of_data = preset.on_data.get(spec.data, {})
    data = data_type(_over(data_type.controls_type(), of_data, spec.data_controls, f"data set {spec.data}"))
    if data.kind not in variant_type.kinds:
        kinds = " and ".join(variant_type.kinds)
        raise BadInput(f"variant {spec.variant} is for {kinds} data, and {spec.data} is {data.kind} data")
    if missing := variant_type.needs - data.has:
        givers = ", ".join(name for name, other in datasets().items() if variant_type.needs <= other.gives)
        raise BadInput(f"variant {spec.variant} needs {_and(missing)} with each sample, and data set {spec.data} gives "
                       f"none: these do: {givers}")
    if variant_type.needs_data - data.abilities:
        fitting = ", ".join(name for name, other in datasets().items() if variant_type.needs_data <= other.abilities)
        raise BadInput(f"variant {spec.variant} needs data of {_and(variant_type.needs_data)}, and {spec.data} is none "
                       f"such: use {fitting}")
    network_type = network_for(spec, variant_type, data.kind)
    network_name = network_type.name
    if data.kind not in network_type.kinds:
        kinds = " and ".join(network_type.kinds)
        raise BadInput(f"network {network_name} is for {kinds} data, and {spec.data} is {data.kind} data")
    _check_network(variant_type, network_type)
    settings = preset.on(data.kind, network_name)
    asked: type[Controls] = network_type.controls_type()
    there = declared(asked)  # a preset may set controls that only some networks have
    network_settings = {name: value for name, value in settings.network.items() if name in there}
    settings = msgspec.structs.replace(
        settings, network={**network_type.on_kind.get(data.kind, {}), **network_settings}
    )
    controls = _over(variant_type.controls_type(), settings.controls, spec.controls, f"variant {spec.variant}")
    network_controls = _over(
        network_type.controls_type(), settings.network, spec.network_controls, f"network {network_name}"
    )
    network, variant = network_type(), variant_type()
    from ganstudio.training.game import data_shape  # the catalogue need not import these two

    if resolution := getattr(network_controls, "resolution", 0):
        if resolution > data.shape[-1] and (pixels := getattr(data, "pixels", None)) is not None:
            from ganstudio.training.memory_estimate import check_resolution

            check_resolution(network_type, network_controls, data_shape(variant, controls, data), resolution,
                             len(pixels.images))
        data = data.resized(resolution)
    fitted = network.fitted(network_controls, data_shape(variant, controls, data))
    packages = _packages(variants=spec.variant, networks=network_name, datasets=spec.data)
    warnings = [*getattr(data, "warnings", ()), *check_fit(variant, controls, network, network_controls),
                *_other_versions(spec, packages)]
    away = elsewhere and device_missing(spec.device)
    device = fallback_device(spec.device) if elsewhere else device_of(spec.device)
    if away:
        warnings.append(f"This run was trained on {spec.device}, which is not on this machine. It goes on here on the "
                        f"CPU, in float32. The result will not be the same, bit for bit, as on {spec.device}.")
    if spec.graphs and not away and (device.type != "cuda" or data.kind == "image"):
        warnings.append("CUDA graphs change nothing in this run: they repeat updates on points, on a CUDA device.")
    threads = spec.threads
    if threads == 0:
        wide = network.flops(network_controls, controls.batch_size) >= THREADS_PAY_FROM
        threads = min(_CORES, 8) if wide else 1
    asked_for = msgspec.structs.replace(spec, dtype="float32") if away else spec
    precision = _precision(asked_for, data.kind, device, threads)
    if spec.threads == 0 and precision.bfloat16 and device.type == "cpu":
        threads = max(1, threads - spare_cores)
    whole = msgspec.structs.replace(
        spec,
        network=network_name,
        controls=values(controls),
        network_controls=values(network_controls),
        data_controls=absolute_paths(data.controls),
        device=spec.device if away else str(device),
        threads=threads,
        dtype=spec.dtype if away else "bfloat16" if precision.bfloat16 else "float32",
        streams=spec.streams or STREAMS,
        backward=spec.backward or BACKWARDS[0],
        memory="channels_last" if precision.channels_last else "contiguous",
        torch=str(torch.__version__),
        version=ganstudio.__version__,
        packages=packages or msgspec.UNSET,
    )
    return Parts(
        spec=whole, device=device, variant=variant, controls=controls, network=network,
        network_controls=fitted, data=data, precision=precision, preset=settings, warnings=warnings,
    )


def absolute_paths(controls: Controls) -> dict[str, Value]:
    """The values of a data set's controls, with the paths of files as they are from any folder."""
    found = values(controls)
    for name in path_controls(type(controls)):
        if isinstance(path := found[name], str) and path:
            with contextlib.suppress(OSError, RuntimeError, ValueError):  # as it was typed, then
                found[name] = str(Path(path).expanduser().absolute())
    return found


def with_files_beside(spec: Spec, run: Path) -> Spec:
    """A run's spec with the files of its data where they lie now: where they did, beside the run file, or as said.

    Raises:
        BadInput: The user said where they lie (``moved_data.data_at``), and the data is read from no files.
    """
    leaf = datasets().get(spec.data)
    if leaf is None:
        return spec
    if place := data_place():
        return _with_data_at(spec, leaf, place, run)
    moved: dict[str, Value] = {}
    for name in path_controls(leaf.controls_type()):
        path = spec.data_controls.get(name)
        if not isinstance(path, str) or not path:
            continue
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            if Path(path).expanduser().exists():
                continue
            beside = (run.parent / path, run.parent / Path(path).name)
            if (there := next((one for one in beside if one.exists()), None)) is not None:
                moved[name] = str(there.absolute())
    return msgspec.structs.replace(spec, data_controls={**spec.data_controls, **moved}) if moved else spec


def with_data_of(spec: Spec, other: Spec) -> Spec | None:
    """A spec with the paths of the data of another; None if they are the same."""
    names = path_controls(datasets()[spec.data].controls_type())
    paths = {name: path for name in names
             if isinstance(path := other.data_controls.get(name), str) and path and there(Path(path))}
    whole = msgspec.structs.replace(spec, data_controls={**spec.data_controls, **paths})
    return whole if whole != spec else None


def _with_data_at(spec: Spec, leaf: type[Dataset[Any]], place: str, run: Path) -> Spec:
    """The spec with its data at a place: a file, or the folder that holds it, where the data set reads a file."""
    owner: type[Controls] = leaf.controls_type()
    names = path_controls(owner)
    if not names:
        raise BadInput(f"{OPTION} {short(Path(place))} does not go with {short(run)}: its data set {spec.data} reads "
                       "no files of yours")
    before = {name: str(spec.data_controls.get(name, "")) for name in names}
    gone = [name for name in names if before[name] and not there(Path(before[name]))]
    name = (gone or names)[0]
    control, where = declared(owner)[name][0], Path(place)
    if isinstance(control, FilePath) and not control.folder and where.is_dir() and before[name]:
        where /= PureWindowsPath(before[name]).name  # the name after the last slash of either kind
    return msgspec.structs.replace(spec, data_controls={**spec.data_controls, name: str(where)})


def path_controls(owner: type[Controls]) -> list[str]:
    """The controls that name a file or a folder."""
    return [name for name, (control, _) in declared(owner).items() if isinstance(control, FilePath)]


def _check_network(variant: type[Variant[Any]], network: type[Network[Any]]) -> None:
    """Raises BadInput if the two never work together, whatever their controls are."""
    if variant.networks and network.name not in variant.networks:
        raise BadInput(
            f"variant {variant.name} cannot be used with network {network.name}: allowed are "
            f"{' and '.join(variant.networks)}")
    if lacking := network.needs - variant.needs:
        raise BadInput(f"network {network.name} needs {_and(lacking)}, and variant {variant.name} gives none to its "
                       "players")
    if network.name in variant.networks:
        return
    takers = " and ".join(name for name, other in variants().items() if network.name in other.networks)
    if network.of_one_game:
        raise BadInput(f"network {network.name} has modules of a game of its own: variant {variant.name} cannot use "
                       f"it, {takers} can")
    if not network.signed_scores:
        raise BadInput(
            f"network {network.name} has a discriminator that reconstructs images and gives the error as its score: "
            f"variant {variant.name} cannot use it, {takers} can")


def check_fit(
    variant: Variant[Any], c: GameControls, network: Network[Any], nc: NetworkControls,
) -> list[str]:
    """Warns the user about a variant and a network with these controls, in one sentence each.

    Raises:
        BadInput: They do not work together.
    """
    if "label" in variant.needs and not network.conditions:
        takers = " and ".join(name for name, other in networks().items() if other.conditions)
        raise BadInput(f"network {network.name} gives no labels to its players, and variant {variant.name} needs them: "
                       f"allowed are {takers}")
    if network.batch_dependence(nc) != "batch norm":
        return []
    if variant.has_gradient_penalty(c):
        raise BadInput(
            f"variant {variant.name} penalises D's gradient at single samples, and with batch norm in D (network "
            f"{network.name}, norm_d = batch) no sample has a gradient of its own: set norm_d to layer or none")
    if variant.weight_bound(c) is not None:
        return [
            "Batch norm in D (norm_d = batch) rescales the weights that clipping has bounded, so the critic's slope "
            f"has no bound. It often trains, but do not rely on W. To run {network.name} without batch norm in D, set "
            "norm_d = none."]
    return []


def _precision(spec: Spec, kind: Kind, device: torch.device, threads: int) -> Precision:
    """Chooses how the run computes. Runs on points use float32: their networks are too small to gain."""
    if kind == "image":
        torch.set_num_threads(threads)  # the test must compute as the run will
        return chosen(spec.dtype, spec.memory, device)
    for name, value, only in (("dtype", spec.dtype, "float32"), ("memory", spec.memory, "contiguous")):
        if value not in ("auto", only):
            raise unknown(name, value, ["auto", only])
    return Precision(device.type, False, False)


_CORES = torch.get_num_threads()  # torch's own count of cores, before anything changes it


WORDS = {"variants": "variant", "networks": "network", "datasets": "data set"}


def variant_of(spec: Spec) -> type[Variant[Any]]:
    """The variant of a spec, from the package that it names; BadInput if there is none."""
    return _of(spec, "variants", spec.variant, variants())


def dataset_of(spec: Spec) -> type[Dataset[Any]]:
    """The data set of a spec, from the package that it names; BadInput if there is none."""
    return _of(spec, "datasets", spec.data, datasets())


def network_for(spec: Spec, variant: type[Variant[Any]], kind: Kind) -> type[Network[Any]]:
    """The network of a spec: the one it names, else its preset's own, the variant's first, or what suits the data."""
    preset = preset_of(variant, spec.preset)
    own = preset.plays if spec.data == preset.data else ""
    return network_of(spec, spec.network or own or next(iter(variant.networks), DEFAULT_NETWORK[kind]))


def network_of(spec: Spec, name: str) -> type[Network[Any]]:
    """The network of that name, from the package that the spec names; BadInput if it is not installed."""
    return _of(spec, "networks", name, networks())


def _of(spec: Spec, folder: str, name: str, known: dict[str, T]) -> T:
    """The leaf of that name, from the package that the spec names; BadInput says what is missing."""
    leaf = f"{WORDS[folder]} {name}"
    there = packages_of(f"ganstudio.{folder}", FOLDERS[folder]).get(name, "")
    was = (spec.packages or {}).get(f"{folder}/{name}", "")
    if name in known:
        if was and _distribution(was) != _distribution(there):
            raise BadInput(f"{leaf} of this run is from the package {was}, and the one here is from "
                           f"{there or 'GAN Studio itself'}: they are not the same")
        return known[name]
    faults = broken_leaves(f"ganstudio.{folder}", FOLDERS[folder])
    if fault := next((each.fault for each in faults if each.name == name), ""):
        raise BadInput(f"{leaf} cannot be used{f' (package {was})' * bool(was)}: {fault}")
    if was:
        raise BadInput(f"{leaf} is from the package {was}, which is not installed here: install it to use this run")
    raise unknown(WORDS[folder], name, known)


def _packages(**names: str) -> dict[str, str]:
    """The packages of those of these leaves that other packages declare."""
    return {f"{folder}/{name}": package for folder, name in names.items()
            if (package := packages_of(f"ganstudio.{folder}", FOLDERS[folder]).get(name))}


def _other_versions(spec: Spec, packages: dict[str, str]) -> list[str]:
    """A sentence for each leaf whose package has another version here than in the spec."""
    return [f"This run was made with {was}; {packages[leaf]} is installed here, so the results may differ."
            for leaf, was in (spec.packages or {}).items() if packages.get(leaf, was) != was]


def _and(needs: Iterable[str]) -> str:
    """What is needed, as a sentence has it: `attributes and a source`."""
    return " and ".join(need if need in ("attributes", "one image") else f"a {need}" for need in sorted(needs))


def _distribution(package: str) -> str:
    return package.partition(" ")[0]


def _with_owners(spec: Spec, variant: type[Variant[Any]], data: type[Dataset[Any]]) -> Spec:
    """The spec with each control at its owner: one that the variant does not have may be the network's or the data's.

    So `--set norm=instance` sets the network's norm, and nobody has to know whose control it is.
    """
    owner: type[Controls] = variant.controls_type()
    own = declared(owner)
    others = {name: value for name, value in spec.controls.items() if name not in own}
    if not others:
        return spec
    network = network_for(spec, variant, data.kinds[0])
    owners: tuple[type[Controls], type[Controls]] = network.controls_type(), data.controls_type()
    of_network, of_data = (declared(each) for each in owners)
    to_network = {name: value for name, value in others.items() if name in of_network}
    to_data = {name: value for name, value in others.items() if name in of_data and name not in of_network}
    return msgspec.structs.replace(
        spec, controls={name: value for name, value in spec.controls.items() if name not in {**to_network, **to_data}},
        network_controls={**to_network, **spec.network_controls}, data_controls={**to_data, **spec.data_controls})


def _over(owner: type[Any], preset: dict[str, Any], given: dict[str, Any], of: str) -> Any:
    base: Controls = validated(owner, preset, of=of)
    return validated(owner, given, base, of=of)
