"""VQGAN: an autoencoder over a codebook against a D of patches, then a prior over its codes that plays alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from toy_parts import Toy, ToyNetwork, first_weights, patches

from ganstudio.core.dataset import DataShape
from ganstudio.core.network import NetworkControls
from ganstudio.core.turn import Given, Pace, Phase, Turn
from ganstudio.core.variant import GameControls, Terms

AUTOENCODER = Phase(name="autoencoder", lasts=6)
PRIOR = Phase(name="prior")
CODES, SIDE = 16, 4


class VQGAN(Toy):
    """Esser et al. 2021, arXiv:2012.09841."""

    name = "toy-vqgan"
    title = "VQGAN"
    networks = ("toy-codebook",)
    cast = ("generator", "discriminator", "prior")

    def phase(self, step: int, levels: int, c: GameControls) -> Phase:
        return AUTOENCODER if step < AUTOENCODER.lasts else PRIOR

    def phases(self, levels: int, c: GameControls) -> Sequence[Phase]:
        return [AUTOENCODER, PRIOR]

    def players(self, phase: Phase) -> dict[str, tuple[str, ...]]:
        if phase == PRIOR:
            return {"prior": ("T",)}
        return {"generator": ("E", "codes", "G"), "discriminator": ("D",)}

    def cycle(self, step: int, c: GameControls) -> dict[str, int]:
        return {"generator": 1, "discriminator": 1} if step < AUTOENCODER.lasts else {"prior": 1}

    def pace(self, player: str, c: GameControls) -> Pace:
        return super().pace("generator" if player == "prior" else player, c)

    def terms(self, turn: Turn, c: GameControls) -> Terms:
        x = turn.batch.x
        if turn.player == "prior":
            with turn.no_grad():
                chosen = _encoded(turn.E, turn.codes, x)[1]
            logits = turn.T(chosen[:, :-1]).transpose(1, 2)
            return {"cross entropy": functional.cross_entropy(logits, chosen[:, 1:])}
        h, chosen = _encoded(turn.E, turn.codes, x)
        code = turn.codes(chosen)
        made = turn.G(_square(h + (code - h).detach()))
        if turn.player == "discriminator":
            return {"critic": (1 - turn.D(x)).relu().mean() + (1 + turn.D(made.detach())).relu().mean()}
        error, adversarial = (made - x).abs().mean(), -turn.D(made).mean()
        of_error, of_adversarial = (
            torch.autograd.grad(loss, turn.G[-1].weight, retain_graph=True)[0].norm() for loss in (error, adversarial))
        weight = (of_error / (of_adversarial + 1e-6)).clamp(0, 1e4).detach()
        return {"reconstruction": error, "codebook": (code - h.detach()).square().mean(),
                "commitment": 0.25 * (h - code.detach()).square().mean(), "adversarial": weight * adversarial}

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        """Codes one after the other by the prior, the first by its own number among the first latents."""
        chosen = torch.randint(CODES, (len(given.latent), 1), generator=given.rng, device=given.latent.device)
        while chosen.shape[1] < SIDE * SIDE:
            chance = modules["T"](chosen)[:, -1].softmax(-1)
            chosen = torch.cat([chosen, torch.multinomial(chance, 1, generator=given.rng)], 1)
        return modules["G"](_square(modules["codes"](chosen)))


def _encoded(E: Any, codes: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """What the encoder gives, ``(n, 16, 6)``, and the number of the nearest code of each, ``(n, 16)``."""
    h: Tensor = E(x).flatten(2).transpose(1, 2)
    return h, torch.cdist(h, codes.weight[None].expand(len(h), -1, -1)).argmin(-1)


def _square(h: Tensor) -> Tensor:
    return h.transpose(1, 2).reshape(len(h), -1, SIDE, SIDE)


class Codebook(ToyNetwork):
    """Encoder, codes, decoder, a discriminator and a transformer."""

    name = "toy-codebook"
    title = "Codebook"

    def modules(
        self, c: NetworkControls, data: DataShape, rng: Callable[[str], Generator],
    ) -> dict[str, nn.Module]:
        colours = data.x[0]
        G = nn.Sequential(nn.ConvTranspose2d(6, 8, 2, 2), nn.ReLU(), nn.Conv2d(8, colours, 3, 1, 1))
        built = {"D": patches(colours), "E": nn.Conv2d(colours, 6, 2, 2), "codes": nn.Embedding(CODES, 6), "G": G,
                 "T": _Prior()}
        return {name: first_weights(module, rng(name)) for name, module in built.items()}


class _Prior(nn.Module):
    """Codes ``(n, m)`` -> logits of the one after each, ``(n, m, codes)``."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded = nn.Embedding(CODES, 8)
        self.attending = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.last = nn.Linear(8, CODES)

    def forward(self, chosen: Tensor) -> Tensor:
        m = chosen.shape[1]
        ahead = torch.triu(torch.full((m, m), -torch.inf, device=chosen.device), 1)
        logits: Tensor = self.last(self.attending(self.embedded(chosen), src_mask=ahead))
        return logits
