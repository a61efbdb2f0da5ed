"""Describes a run to the window: all that it has to know to show it."""

from __future__ import annotations

import msgspec

from ganstudio.core.network import HasCodes, MakesLevels, Movable, ScoresPatches, SkipStack, StyleBased
from ganstudio.core.protocol.messages import Started
from ganstudio.core.protocol.spec import PlayerInfo
from ganstudio.core.variant import Variant
from ganstudio.training.dataflow import flows_of
from ganstudio.training.first_norms import generator_that_normalises
from ganstudio.training.game import Game
from ganstudio.training.resolve_spec import device_title
from ganstudio.training.trainer import Trainer


def abilities(game: Game) -> frozenset[str]:
    """What the run has of `core.leaves.ABILITIES`: panels, probes and measures say what they need of it."""
    needs = game.variant.needs
    of_data = game.data.abilities - ({"one image"} - game.variant.needs_data)  # the scales are those of the game
    grows = type(game.variant).phase is not Variant.phase and game.phase.stage is not None
    own = {"latent": game.network.has_latent, "phases": grows,
           "scores": game.variant.has_score_terms(),
           "patches": any(isinstance(module, ScoresPatches) for module in game.modules.values()),
           "norms": generator_that_normalises(game) is not None,
           "styles": isinstance(game.modules.get("G"), StyleBased),
           "skips": isinstance(game.modules.get("G"), SkipStack),
           "placement": isinstance(game.modules.get("G"), Movable) and game.modules["G"].movable,
           "levels": isinstance(game.modules.get("G"), MakesLevels),
           "scales": isinstance(game.modules.get("G"), MakesLevels) or "one image" in of_data,
           "codes": isinstance(game.modules.get("C"), HasCodes),
           "domains": "label" in needs or {"attributes", "source"} <= needs,
           "board": {"place", "attributes"} <= needs or ("source" in needs and "label maps" in game.data.abilities)}
    return needs | of_data | {ability for ability, there in own.items() if there}


def class_names(game: Game) -> list[str]:
    """The name of each class that the generator can be asked for; empty if the game has no labels."""
    if game.frequencies is None:
        return []
    return game.data.label_names or [str(label) for label in range(len(game.frequencies))]


def cast_of(game: Game) -> list[PlayerInfo]:
    """The players with their modules, those of all phases together."""
    variant = game.variant
    modules: dict[str, dict[str, None]] = {}
    for phase in (game.phase, *variant.all_phases(game.levels, game.controls)):
        for player, names in variant.players(phase).items():
            modules.setdefault(player, {}).update(dict.fromkeys(names))
    return [msgspec.structs.replace(info, modules=list(modules.get(info.name, ()))) for info in variant.player_info()]


def describe_run(trainer: Trainer, *, run: int = 0, playing: bool = False, record: str = "") -> Started:
    """Describes a run as it is now; ``record`` is the file that it is kept in, if any."""
    data = trainer.game.data
    return Started(
        run=run, spec=trainer.spec, settings=trainer.settings(), kind=data.kind, low=data.extent.low,
        high=data.extent.high, units=data.units, device_title=device_title(trainer.game.device),
        position=trainer.position, playing=playing, preset_steps=trainer.preset.steps,
        preset_controls=trainer.preset.controls, preset_network=trainer.preset.network, shape=list(data.shape),
        warnings=trainer.warnings, record=record, players=cast_of(trainer.game),
        user_units=data.user_units, has=sorted(abilities(trainer.game)), classes=class_names(trainer.game),
        flows=flows_of(trainer.game),
    )
