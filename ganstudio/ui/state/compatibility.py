"""What else changes if a variant and the data do not go together, and a sentence that says so."""

from __future__ import annotations

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import Catalog, DataInfo, PresetInfo, VariantInfo
from ganstudio.core.protocol.messages import Started
from ganstudio.core.protocol.spec import Spec

ONLY_ON = {"image": "images", "plane": "data on the plane", "line": "data on the line"}
POINTS = ("plane", "line")


class Compatibility:
    """Remembers what ran last on each kind of data, and goes back to it."""

    def __init__(self) -> None:
        self._variants: dict[str, str] = {}
        self._data: dict[str, tuple[str, dict[str, Value]]] = {}

    def remember(self, started: Started) -> None:
        """A run has begun."""
        self._variants[started.kind] = started.spec.variant
        self._data[started.kind] = started.spec.data, started.spec.data_controls

    def variant(self, catalog: Catalog | None, base: Spec, kind: str | None, name: str) -> tuple[Spec, str]:
        """The spec of another variant at its own preset, on the same data if it can play there.

        Args:
            catalog: What there is to choose from; None before the engine is up.
            base: What the choice starts from.
            kind: Of its data; None if a file decides that was not read yet.
            name: The variant.

        Returns:
            The spec, and a sentence if the data had to change too.
        """
        info = _variant(catalog, name)
        spec = _undecided(msgspec.structs.replace(base, variant=name, preset=quick_preset(info), controls={}))
        if catalog is None or info is None or (
                plays_on(info, kind or "plane") and (not info.only_on or base.data in info.only_on)):
            return spec, ""
        if info.only_on:
            title = next((each.title for each in catalog.data if each.name == info.only_on[0]), info.only_on[0])
            return (msgspec.structs.replace(spec, data=info.only_on[0], data_controls={}),
                    f"{info.title.split(' (')[0]} needs {title}, so the data is now {title}.")
        wanted = next((kind for kind in info.kinds if kind in self._data), info.kinds[0])
        data, controls = self._data.get(wanted) or (_usual_data(catalog, wanted), {})
        title = next((each.title for each in catalog.data if each.name == data), data)
        return (
            msgspec.structs.replace(spec, data=data, data_controls=controls),
            f"{info.title.split(' (')[0]} needs {_kinds(info)}, so the data is now {title}.",
        )

    def data(
        self, catalog: Catalog | None, base: Spec, kind: str | None, name: str, controls: dict[str, Value],
        new: str | None = None,
    ) -> tuple[Spec, str]:
        """The spec of other data, with the same variant if it can play there.

        Settings stay on data of one kind. On data of another kind, or of one that is not known, the variant's quick
        preset takes their place: batches, rates and networks for points ruin a run on images, and the other way round.

        Args:
            catalog: What there is to choose from; None before the engine is up.
            base: What the choice starts from.
            kind: Of its data; None if a file decides that was not read yet.
            name: The data set.
            controls: Its controls.
            new: The kind of the new data, if it was looked at; None: what the catalogue says.

        Returns:
            The spec, and a sentence if the variant had to change too.
        """
        spec = msgspec.structs.replace(base, data=name, data_controls=controls)
        info = _variant(catalog, base.variant)
        known = next((each for each in catalog.data if each.name == name), None) if catalog is not None else None
        if known is not None and known.suits and base.variant not in known.suits:
            other = _variant(catalog, known.suits[0])
            if other is not None:
                return (_undecided(msgspec.structs.replace(spec, variant=other.name, preset=quick_preset(other),
                                                           controls={})),
                        f"{known.title} {'is' if other.only_on else 'are'} for "
                        f"{other.title.split(' (')[0] if other.only_on else 'translation'}, so the variant is now "
                        f"{other.title.split(' (')[0]}.")
        if name != base.data and _preset_of(info, base.preset).plays:  # it is for the data that is left
            kind = None
        if new is None and catalog is not None:
            new = next((each.kind for each in catalog.data if each.name == name), None)
        if kind is None or new != kind:
            spec = _undecided(msgspec.structs.replace(spec, preset=quick_preset(info), controls={}))
        there = not (info and info.only_on) or name in info.only_on
        if catalog is None or info is None or (there and plays_on(info, new or "plane")):
            return spec, ""
        other = self._last_variant(catalog, new or "plane", name)
        needed = _kinds(info) if there else "data of its own"
        return (
            msgspec.structs.replace(spec if there else _undecided(spec), variant=other.name,
                                    preset=quick_preset(other), controls={}),
            f"{info.title.split(' (')[0]} needs {needed}, so the variant is now {other.title.split(' (')[0]}.",
        )

    def preset(self, catalog: Catalog | None, base: Spec, name: str) -> tuple[Spec, str]:
        """The spec of another preset of the same variant, on the data set and with the network that it is for.

        Args:
            catalog: What there is to choose from; None before the engine is up.
            base: What the choice starts from.
            name: The preset.

        Returns:
            The spec, and a sentence if the data had to change too.
        """
        spec = msgspec.structs.replace(base, preset=name, controls={}, network_controls={})
        info = _variant(catalog, base.variant)
        new, old = _preset_of(info, name), _preset_of(info, base.preset)
        if new.plays or (old.plays and old.plays == base.network):
            spec = _undecided(spec)
        if catalog is None or not new.data or new.data == base.data:
            return spec, ""
        title = next((each.title for each in catalog.data if each.name == new.data), new.data)
        return (msgspec.structs.replace(_undecided(spec), data=new.data, data_controls={}),
                f"The preset {new.title} is for {title}, so the data is now {title}.")

    def _last_variant(self, catalog: Catalog, kind: str, data: str) -> VariantInfo:
        """The variant that ran last on data of a kind, or on points like it; else the usual one, that goes with it."""
        near = (kind, *(other for other in POINTS if kind in POINTS))
        fitting = [info for info in catalog.variants
                   if plays_on(info, kind) and (not info.only_on or data in info.only_on)]
        names = [*(self._variants.get(each, "") for each in near),
                 *(info.name for info in fitting if kind in info.usual_on)]
        return next((info for name in names for info in fitting if info.name == name), fitting[0])


def _undecided(spec: Spec) -> Spec:
    """The spec without what was decided for another network: its controls, number of threads and precision."""
    return msgspec.structs.replace(spec, network="", network_controls={}, threads=0, dtype="auto", memory="auto")


def plays_on(info: VariantInfo, kind: str) -> bool:
    """Whether a variant plays on data of a kind."""
    return not info.kinds or kind in info.kinds


def _kinds(info: VariantInfo) -> str:
    return " and ".join(ONLY_ON.get(kind, kind) for kind in info.kinds)


def _variant(catalog: Catalog | None, name: str) -> VariantInfo | None:
    return next((info for info in catalog.variants if info.name == name), None) if catalog else None


def _preset_of(info: VariantInfo | None, name: str) -> PresetInfo:
    """A variant's preset; one that is for nothing in particular if there is none of that name."""
    found = next((preset for preset in info.presets if preset.name == name), None) if info is not None else None
    return found or PresetInfo(name=name, title=name, source="", steps=0, controls={}, network={})


def quick_preset(info: VariantInfo | None) -> str:
    """The variant's quick preset, if there is one, or else its first."""
    names = [preset.name for preset in info.presets] if info is not None else []
    return "toy" if "toy" in names or not names else names[0]


def _usual_data(catalog: Catalog, kind: str) -> str:
    """The data set of a kind that needs no file, the usual one first."""
    def needs_nothing(data: DataInfo) -> bool:
        return data.kind == kind and all(control.kind not in ("file", "folder") for control in data.controls)

    found = sorted((data for data in catalog.data if needs_nothing(data)), key=lambda data: not data.usual)
    return found[0].name if found else next(data.name for data in catalog.data if data.kind in (kind, None))
