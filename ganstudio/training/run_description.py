"""What a window has to know of a run to show it."""

from __future__ import annotations

from ganstudio.core.protocol.messages import Started
from ganstudio.core.variant import Variant
from ganstudio.training.game import Game
from ganstudio.training.resolve_spec import device_title
from ganstudio.training.trainer import Trainer


def abilities(game: Game) -> list[str]:
    """What the run has of `core.leaves.ABILITIES`: panels, probes and measures say what they need of it."""
    found = ["latent"] if game.network.has_latent else []
    found += [name for name in ("label", "source") if name in game.variant.needs]
    if game.phase.stage is not None or type(game.variant).phase is not Variant.phase:
        found.append("phases")
    return found


def scene_of(trainer: Trainer, *, run: int = 0, playing: bool = False, record: str = "") -> Started:
    """The run as it stands."""
    data = trainer.game.data
    return Started(
        run=run, spec=trainer.spec, settings=trainer.settings(), kind=data.kind, low=data.extent.low,
        high=data.extent.high, units=data.units, device_title=device_title(trainer.game.device),
        position=trainer.position, playing=playing, preset_steps=trainer.preset.steps,
        preset_controls=trainer.preset.controls, preset_network=trainer.preset.network, shape=list(data.shape),
        warnings=trainer.warnings, record=record,
    )
