"""Pix2pix: each image has its source; D scores patches of both together; G's only noise is dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn
from toy_parts import Toy, ToyNetwork, first_weights, maps, patches, softplus

from ganstudio.core.dataset import DataShape
from ganstudio.core.network import NetworkControls
from ganstudio.core.turn import Given, Turn
from ganstudio.core.variant import GameControls, Terms
from ganstudio.networks.parts.noise import NoiseDropout


class Pix2Pix(Toy):
    """Isola et al. 2017, arXiv:1611.07004."""

    name = "toy-pix2pix"
    title = "Pix2pix"
    networks = ("toy-translator",)
    needs = frozenset({"source"})

    def terms(self, turn: Turn, c: GameControls) -> Terms:
        source, real = turn.batch.source, turn.batch.x
        assert source is not None
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = turn.G(source)
            return {"real": softplus(-turn.D(torch.cat([source, real], 1))).mean() / 2,
                    "fake": softplus(turn.D(torch.cat([source, fake], 1))).mean() / 2}
        fake = turn.G(source)
        return {"generator": softplus(-turn.D(torch.cat([source, fake], 1))).mean(),
                "L1": 100 * (fake - real).abs().mean()}

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: GameControls) -> Tensor:
        scores: Tensor = modules["D"](torch.cat([given.source, x], 1))
        return scores


class Translator(ToyNetwork):
    """G maps sources to images, with dropout; D scores patches of a source and an image."""

    name = "toy-translator"
    title = "Translator"
    has_latent = False

    def modules(
        self, c: NetworkControls, data: DataShape, rng: Callable[[str], Generator],
    ) -> dict[str, nn.Module]:
        G = nn.Sequential(maps(data.source[0], 8), NoiseDropout(0.5), maps(8, data.x[0]))
        return {"D": first_weights(patches(data.source[0] + data.x[0]), rng("discriminator")),
                "G": first_weights(G, rng("generator"))}
