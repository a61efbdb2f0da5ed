"""What a window has to know of a run to show it."""

from __future__ import annotations

from ganstudio.core.protocol.messages import Started
from ganstudio.core.variant import Variant
from ganstudio.training.game import Game
from ganstudio.training.resolve_spec import device_title
from ganstudio.training.trainer import Trainer


def describe_run(trainer: Trainer, *, run: int = 0, playing: bool = False, record: str = "") -> Started:
    """The run as it stands."""
    data = trainer.game.data
    return Started(
        run=run, spec=trainer.spec, settings=trainer.settings(), kind=data.kind, low=data.extent.low,
        high=data.extent.high, units=data.units, device_title=device_title(trainer.game.device),
        position=trainer.position, playing=playing, preset_steps=trainer.preset.steps,
        preset_controls=trainer.preset.controls, preset_network=trainer.preset.network, shape=list(data.shape),
        warnings=trainer.warnings, record=record, players=trainer.game.variant.player_info(),
        has=sorted(abilities(trainer.game)),
    )


def abilities(game: Game) -> frozenset[str]:
    """What a game has that a panel, a view or a measure may need: "latent", "label", "source", "phases"."""
    latent = {"latent"} if game.network.has_latent else set()
    phases = {"phases"} if type(game.variant).phase is not Variant.phase else set()
    return game.variant.needs | latent | phases
