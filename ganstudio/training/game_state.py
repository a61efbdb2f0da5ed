"""Saves a game's whole state as named tensors, and loads it: what a checkpoint holds.

``module/D/...``, ``optimiser/discriminator.adam/...``, ``reals/...`` of the discriminator or of all players,
``reals/generator/...``, ``latents/discriminator/...``, ``draws/discriminator/rng``, ``variant/...``, ``moments/...``,
``average/...``, ``game/steps``, ``game/images_seen``, ``updates/discriminator``, ``done/discriminator``. Runs with a
single stream have ``latents/...`` and ``draws/rng``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganstudio.training.game import SHARED, Game
from ganstudio.training.streams import is_foreign_rng_state, set_rng_state

FORMER_PARTS = {  # up to run format 3: two players, one stream
    "discriminator": "module/D", "generator": "module/G", "optimiser_d": "optimiser/discriminator",
    "optimiser_g": "optimiser/generator", "penalty": "draws",
}
FORMER_COUNTERS = ("game/steps", "updates/discriminator", "updates/generator", "done/discriminator",
                   "done/generator", "game/images_seen")

GENERATORS = ("reals/", "latents/", "draws/", "penalty/")  # before the first update, a game may have the first alone


def game_state(game: Game) -> dict[str, Tensor]:
    """Everything that the game's further course depends on, by name; tensors are copies on the CPU."""
    parts: dict[str, Mapping[str, Any]] = {
        **{f"module/{name}": module.state_dict() for name, module in game.modules.items()},
        **{f"optimiser/{name}.{player.optimiser_name}": player.optimiser.state()
           for name, player in game.players.items()},
        "reals": game.reals.state(),
        **{_of("reals", stream): reals.state() for stream, reals in game.further_reals.items()},
        **{_of("latents", stream): latents.state() for stream, latents in game.latents.items()},
        **{_of("draws", stream): {"rng": rng.get_state()} for stream, rng in game.rngs.items()},
        "variant": {name: value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)
                    for name, value in game.variant.state().items()},
        "moments": game.moments.state() if game.moments is not None else {},
        "average": game.average.state() if game.average is not None else {},
        "game": {"steps": torch.tensor(game.steps), "images_seen": torch.tensor(game.images_seen)},
        "updates": {name: torch.tensor(count) for name, count in game.updates_of.items()},
        "done": {name: torch.tensor(count) for name, count in game.done.items() if count},
    }
    return {
        f"{part}/{name}": tensor.detach().to("cpu", copy=True).contiguous()
        for part, tensors in parts.items()
        for name, tensor in tensors.items()
    }


def load_game_state(game: Game, state: Mapping[str, Tensor]) -> None:
    """Restores what ``game_state`` returned, in a game of the same spec.

    Raises:
        ValueError: A tensor is missing or has another shape.
    """
    try:
        parts = _parts(state)
        _load_modules(game, parts)
        game.variant.load_state({
            name: float(value) if value.dtype == torch.float64 and value.dim() == 0 else value.to(game.device)
            for name, value in parts.get("variant", {}).items()})
        counters = parts["game"]
        game.steps, game.images_seen = int(counters["steps"]), int(counters["images_seen"])
        game.updates_of = {name: int(count) for name, count in parts.get("updates", {}).items()}
        game.done = {name: int(count) for name, count in parts.get("done", {}).items()}
        game.return_to_phase()
        for streams in (game.further_reals, game.latents, game.rngs):
            streams.clear()  # one that the state does not hold had not been used yet
        for part, tensors in parts.items():
            kind, _, rest = part.partition("/")
            if kind == "optimiser":
                name, _, optimiser = rest.rpartition(".")
                game.players[name].set_optimiser(optimiser)
                game.players[name].optimiser.load_state(tensors)
            elif kind == "reals" and rest:
                game.reals_of(rest).load_state(tensors)
            elif kind == "latents":
                game.latents_of(rest).load_state(tensors)
            elif kind == "draws":
                set_rng_state(game.rng_of(rest), tensors["rng"])
        game.reals.load_state(parts["reals"])
        if game.moments is not None:
            game.moments.load_state(parts["moments"])
        if game.average is not None:
            game.average.load_state(parts["average"])
    except (KeyError, RuntimeError, TypeError, IndexError, ValueError) as fault:
        raise ValueError(f"the checkpoint does not fit this run: {' '.join(str(fault).split())}") from fault


def is_from_other_device(game: Game, state: Mapping[str, Tensor]) -> bool:
    """Whether another kind of device made a state: its draws cannot be repeated on this one."""
    known = torch.Generator(game.device)
    return any(is_foreign_rng_state(known, tensor) for name, tensor in state.items()
               if name.startswith(GENERATORS) and name.endswith("rng"))


def present_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state of any run format, with the tensor names of the current one."""
    if "game/counters" not in state:
        return dict(state)
    renamed: dict[str, Tensor] = {}
    for key, tensor in state.items():
        part, _, name = key.partition("/")
        head, dot, optimiser = part.partition(".")
        renamed[f"{FORMER_PARTS.get(head, head)}{dot}{optimiser}/{name}"] = tensor
    counters = renamed.pop("game/counters").tolist()
    for name, count in zip(FORMER_COUNTERS, counters, strict=True):
        if count or not name.startswith("done/"):
            renamed[name] = torch.tensor(count)
    return renamed


def _of(part: str, stream: str) -> str:
    return part if stream == SHARED else f"{part}/{stream}"


def _parts(state: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in present_names(state).items():
        part, _, name = key.rpartition("/")
        parts.setdefault(part, {})[name] = tensor
    return parts


def _load_modules(game: Game, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
    for name, module in game.modules.items():
        module.load_state_dict(dict(parts.get(f"module/{name}", {})))
