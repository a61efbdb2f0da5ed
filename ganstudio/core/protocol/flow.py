"""What flows where in one update: which inputs and modules the terms of each player go through."""

from __future__ import annotations

import re

import msgspec

LATENT, LABEL, SOURCE, DATA, NOISE, LOSS = "latent", "label", "source", "data", "noise", "loss"
"""What flows come from and lead to beside modules, which have the network's names."""
INPUTS = (LATENT, LABEL, SOURCE, DATA, NOISE)
MOST_FLOWS = 256
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}")  # as players of a run file have it, and modules


class Flow(msgspec.Struct, frozen=True, array_like=True):
    """In the updates of a player something goes from one part of the game to another."""

    player: str
    origin: str  # an input or a module
    target: str  # a module, or the loss of the player


def credible(flows: list[Flow]) -> list[Flow]:
    """The flows, or none if they cannot be a game's: they may come from a file that anybody made."""
    names = [name for flow in flows for name in (flow.player, flow.origin, flow.target)]
    return flows if len(flows) <= MOST_FLOWS and all(map(_NAME.fullmatch, names)) else []
