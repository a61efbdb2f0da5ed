"""G's first feature map for label maps of one class everywhere, before and after the norms; in float64.

Norms are in training mode, on copies: they take the statistics of the maps at hand, and gather none.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from ganstudio.core.feature_norms import NAMES, OVER_BATCH, FirstNorms
from ganstudio.core.network import NormalisesFirst
from ganstudio.networks.parts.six_norms import MapNorm, groups_of, plain_norm, statistics
from ganstudio.training.game import Game

MOST_CLASSES = 12  # whose maps are normalised: the first ones


class OneClassFeatures:
    """The first feature maps ``before`` ``(k, channels, h, h)`` of k one-class maps with one latent, and the norms."""

    def __init__(self, game: Game, latent: Tensor) -> None:
        """Computes the maps.

        Args:
            game: One whose ``generator_that_normalises`` is not None.
            latent: ``(1, latent_dim)``, the same for all maps.
        """
        G = generator_that_normalises(game)
        assert G is not None
        classes = game.data.source_shape[0]
        labels = torch.eye(classes, dtype=torch.float64, device=latent.device)[:MOST_CLASSES, :, None, None]
        self._labels = labels.expand(-1, -1, G.side, G.side)
        self._latent = latent.double().expand(len(labels), -1)
        self._own = copy.deepcopy(cast(MapNorm, G.first_norm)).double().train()
        with torch.no_grad():
            self.before: Tensor = copy.deepcopy(G.enter).double()(self._labels) + G.latent_map(latent).double()
        self.norm = self._own.name

    def with_own_norm(self, *, alone: bool) -> Tensor:
        """After the norm that G has; ``alone``: each map in a batch of its own. Of the shape of ``before``."""
        return self._by_batch(lambda rows: self._own(self.before[rows], self._labels[rows], self._latent[rows]), alone)

    def _with_plain(self, norm: torch.nn.Module, *, alone: bool) -> Tensor:
        return self._by_batch(lambda rows: norm(self.before[rows]), alone)

    def _by_batch(self, normalised: Callable[[slice], Tensor], alone: bool) -> Tensor:
        n = len(self.before)
        with torch.no_grad():
            return torch.cat([normalised(slice(at, at + 1)) for at in range(n)]) if alone else normalised(slice(n))

    def all_norms(self, channels: int, pixels: int) -> FirstNorms:
        """All six norms; the others than G's own with a scale of 1 and a shift of 0.

        Args:
            channels: How many channels the maps hold at most, some of each of several groups.
            pixels: How many pixels a side they hold at most.
        """
        width, side = self.before.shape[1], self.before.shape[-1]
        groups = groups_of(width)
        shown = shown_channels(width, groups, channels)
        every = -(-side // pixels)

        def part(maps: Tensor) -> Tensor:
            return maps[:, shown, ::every, ::every].cpu()

        after: list[Tensor] = []
        means: list[Tensor] = []
        spreads: list[Tensor] = []
        differences: list[Tensor] = []
        for alone in (False, True):
            for name in NAMES:
                if alone and name not in OVER_BATCH:  # it sees one map in any case
                    for found in (after, means, spreads, differences):
                        found.append(found[NAMES.index(name)])
                    continue
                if name == self.norm:
                    made = self.with_own_norm(alone=alone)
                else:
                    made = self._with_plain(plain_norm(name, width).to(self.before).train(), alone=alone)
                parts = torch.split(self.before, 1 if alone else len(made))
                mean, spread = map(torch.cat, zip(*(statistics(name, maps) for maps in parts), strict=True))
                after.append(part(made))
                means.append(mean[:, shown].cpu())
                spreads.append(spread[:, shown].cpu())
                differences.append(difference_between(made).cpu())
        both = 2, len(NAMES)
        return FirstNorms(
            norm=self.norm, width=width, channels=shown, groups=[channel // (width // groups) for channel in shown],
            before=part(self.before), after=torch.unflatten(torch.stack(after), 0, both),
            mean=torch.unflatten(torch.stack(means), 0, both), spread=torch.unflatten(torch.stack(spreads), 0, both),
            difference_before=float(difference_between(self.before)),
            difference=torch.unflatten(torch.stack(differences), 0, both))


def generator_that_normalises(game: Game) -> NormalisesFirst | None:
    """G, if it lets label maps of two classes and more in through a norm."""
    G: object = game.modules.get("G")
    maps = "label maps" in game.data.abilities and game.data.source_shape[0] > 1
    return G if maps and isinstance(G, NormalisesFirst) and isinstance(G.first_norm, MapNorm) else None


def difference_between(maps: Tensor) -> Tensor:
    """Mean absolute difference of two of k maps ``(k, ...)``, over their mean absolute value."""
    k = len(maps)
    rank = 2 * torch.arange(k, dtype=maps.dtype, device=maps.device) + 1 - k  # of sorted values: how often each counts
    apart: Tensor = torch.tensordot(rank, maps.sort(dim=0).values, 1).mean() * 2 / (k * (k - 1))
    return apart / maps.abs().mean()


def shown_channels(width: int, groups: int, most: int) -> list[int]:
    """Up to the given number of channels, in ascending order, spread evenly over groups from the first to the last."""
    some = min(groups, max(most // 2, 1))
    size = width // groups
    of_each = min(size, most // some)
    chosen = [at * (groups - 1) // max(some - 1, 1) for at in range(some)]
    return [group * size + channel for group in chosen for channel in range(of_each)]
