"""The preset that starts the run on screen again, and what is wrong with one that is to be opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.presets.layout import Layout, panels_of
from ganstudio.core.presets.preset_file import SavedPreset
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import unknown

FILES = ("file", "path")  # controls of data sets that name a file or a folder of the user's


def preset_of(
    base: Spec, usual: Mapping[str, Mapping[str, Value]], *, title: str = "", note: str = "", until: int = 0,
    layout: Layout | None = None, hidden: tuple[str, ...] = (),
) -> SavedPreset:
    """The preset of a run; what has its usual value is left out.

    Args:
        base: The run's spec with all that the user moved.
        usual: The usual values of ``controls``, ``network_controls`` and ``data_controls``.
        title: What it is called.
        note: What the user wants to say with it.
        until: The step at which its run is paused; 0: none.
        layout: Of the panels.
        hidden: The controls that are not shown.
    """
    def moved(part: str) -> dict[str, Value]:
        values: dict[str, Value] = getattr(base, part)
        return {name: value for name, value in values.items() if usual.get(part, {}).get(name) != value}

    return SavedPreset(
        title=title, note=note, variant=base.variant, preset=base.preset, data=base.data, network=base.network,
        seed=base.seed, until=until, controls=moved("controls"), network_controls=moved("network_controls"),
        data_controls=moved("data_controls"), layout=layout, hidden=hidden)


def beside(preset: SavedPreset, folder: Path) -> SavedPreset:
    """The preset with paths of data below a folder as they are from there: both can be moved together."""
    controls = dict(preset.data_controls)
    for name in FILES:
        if isinstance(path := controls.get(name), str) and path and Path(path).is_relative_to(folder):
            controls[name] = Path(path).relative_to(folder).as_posix()
    return msgspec.structs.replace(preset, data_controls=controls)


def found_from(preset: SavedPreset, folder: Path) -> SavedPreset:
    """The preset of a file in that folder, with whole paths of the data that lies beside it."""
    controls = dict(preset.data_controls)
    for name in FILES:
        if isinstance(path := controls.get(name), str) and path and not Path(path).is_absolute():
            try:
                there = (folder / path).exists()
            except (OSError, ValueError):
                there = False
            if there:
                controls[name] = str((folder / path).absolute())
    return msgspec.structs.replace(preset, data_controls=controls)


def check(preset: SavedPreset, catalog: Catalog | None, panels: Collection[str]) -> None:
    """Raises BadInput if it names something that is not here; the engine checks the values."""
    if catalog is not None:
        variants = [variant.name for variant in catalog.variants]
        if preset.variant not in variants:
            raise unknown("variant", preset.variant, variants)
        variant = catalog.variant(preset.variant)
        if preset.preset not in (names := [each.name for each in variant.presets]):
            raise unknown(f"preset of {preset.variant}", preset.preset, names)
        if preset.data not in (sets := [data.name for data in catalog.data]):
            raise unknown("data set", preset.data, sets)
        controls = [control.name for control in variant.controls]
        if odd := next((name for name in preset.hidden if name not in controls), ""):
            raise unknown(f"control of {preset.variant}", odd, controls)
    named = panels_of(preset.layout) if preset.layout is not None else ()
    if odd := next((name for name in named if name not in panels), ""):
        raise unknown("panel", odd, sorted(panels))
