"""Interpolation: images along a path through the latent space that the user chose."""

from __future__ import annotations

import msgspec
import numpy as np
import torch

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Interpolation, Walk
from ganstudio.maths.latents import along
from ganstudio.networks.parts.style_look import StyleLook

MOST = 256  # images of one look
NOWHERE = Walk(anchors=[], path="line", blend="slerp", at=[], averaged=False)


class InterpolationProbe(Probe):
    """The ends are the anchors' own images: the path meets the anchors bit for bit."""

    name = "interpolation"
    title = "Interpolation"
    kinds = ("image",)
    priority = "on request"
    needs = frozenset({"latent"})
    expensive = True
    time_share = 0.02

    def look(self, game: GameView, size: int) -> Interpolation:
        """The images asked for; none if no path is asked for, or none that these latents have."""
        walk, z = game.walk_asked, game.latents
        if walk is None or not 2 <= len(walk.anchors) <= 4 or not all(0 <= i < len(z) for i in walk.anchors):
            none = Array.of(np.zeros((0, 1, 1, 1), np.uint8))
            return Interpolation(walk=NOWHERE, images=none, anchors=none, norms=Array.of(np.zeros(0, np.float32)),
                                 latent_dim=z.shape[1])
        walk = msgspec.structs.replace(walk, at=walk.at[:MOST])
        ends = z[walk.anchors]
        at = torch.tensor(walk.at, dtype=torch.float64).reshape(-1, 2)
        if walk.space == "w" and (found := _in_w(game, walk, ends, at)) is not None:
            return found
        latents = along(ends, walk.path, walk.blend, at)
        asked, label = torch.cat([latents, ends]), _labels(game, walk, at)
        averaged = game.average(asked, label) if walk.averaged else None
        images = pixels((game.generate(asked, label) if averaged is None else averaged).float().cpu().numpy())
        return Interpolation(
            walk=msgspec.structs.replace(walk, averaged=averaged is not None, space="z"),
            images=Array.of(images[: len(latents)]), anchors=Array.of(images[len(latents) :]),
            norms=Array.of(latents.float().norm(dim=1).cpu().numpy()), latent_dim=z.shape[1],
        )


def _in_w(game: GameView, walk: Walk, ends: torch.Tensor, at: torch.Tensor) -> Interpolation | None:
    """Straight through the w of the anchors; None if G has no styles."""
    averaged = walk.averaged and game.average(ends[:1]) is not None
    with game.at_rest(averaged=averaged) as modules:
        G = modules["G"]
        if not hasattr(G, "num_ws"):
            return None
        look = StyleLook(G)
        of_ends = look.w(ends)
        w = along(of_ends, walk.path, "lerp", at)
        images = pixels(look.images(torch.cat([w, of_ends])).numpy())
    return Interpolation(
        walk=msgspec.structs.replace(walk, averaged=averaged), images=Array.of(images[: len(w)]),
        anchors=Array.of(images[len(w) :]), norms=Array.of(w.float().norm(dim=1).cpu().numpy()),
        latent_dim=w.shape[1])


def _labels(game: GameView, walk: Walk, at: torch.Tensor) -> torch.Tensor | None:
    """Mixtures of the anchors' classes along the way, and at its ends, ``(n, K)``; None where there are no labels."""
    frequencies = game.data.label_frequencies
    if game.labels is None or frequencies is None:
        return None
    ends = torch.nn.functional.one_hot(game.labels[walk.anchors], len(frequencies)).float()
    mixed = along(ends, walk.path, "lerp", at).abs()  # the opposite of an anchor is of the anchor's class
    return torch.cat([mixed / mixed.sum(1, keepdim=True), ends])
