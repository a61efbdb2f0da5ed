"""BEGAN: D is an autoencoder, and a balance k keeps how well it redraws generated images at a share of real ones.

L(v) = mean |v - AE(v)| = -D(v)
repeat k_D times                                                (discriminator)
    minimise  L(x) - k L(G(z))
    k <- clip(k + lambda_k (gamma L(x) - L(G(z))), 0, 1),  k = 0 at first
minimise  L(G(z))                                               (generator)
watched:  M = L(x) + |gamma L(x) - L(G(z))|
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Slider

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn


class BEGANControls(v.GameControls, frozen=True, kw_only=True):
    """gamma .5, lambda_k .001, Adam 1e-4 with torch's second beta, batch 16: the paper's (section 4)."""

    gamma: Annotated[float, Slider(
        0.0, 1.0, symbol="γ", label="diversity ratio", needs=v.D_MOVES,
        help="Target of the ratio L(G)/L(x). Low: few kinds of sharp images. High: many kinds, less sharp.")] = 0.5
    lambda_k: Annotated[float, Slider(
        1e-5, 1.0, scale="log", symbol="λ_k", label="rate of k", needs=v.D_MOVES,
        help="How fast k follows the balance")] = 1e-3
    batch_size: v.BatchSize = 16
    learning_rate_d: v.RateD = 1e-4
    learning_rate_g: v.RateG = 1e-4
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999


class BEGAN(v.Variant[BEGANControls]):
    """Berthelot, Schumm and Metz's boundary equilibrium GAN.

    k moves on the generated batch that D was just trained on; the paper's Algorithm takes G's own batch of the same
    step, another draw of the same samples. The paper halves the rates when M stalls; here they fall in a line, by the
    schedule that all variants share.
    """

    name = "began"
    title = "BEGAN (boundary equilibrium)"
    family = "Autoencoder"
    reference = v.Reference(
        "Berthelot, Schumm, Metz", 2017, "BEGAN: Boundary Equilibrium Generative Adversarial Networks",
        arxiv="1703.10717",
    )
    formula = v.Formula(
        r"\min_D\; L(x) - k_t\, L(G(z)), \quad k_{t+1} = k_t + \lambda_k (\gamma L(x) - L(G(z))),"
        r" \quad L(v) = |v - D(v)|",
        r"\min_G\; L(G(z))",
        symbols={"gamma": r"\gamma", "lambda_k": r"\lambda_k"},
    )
    score_kind = "value"
    kinds = ("image",)
    panel = "balance"
    networks = ("autoencoder",)

    def __init__(self) -> None:
        self._k = torch.zeros(())  # moves to where the losses are with its first update
        self._losses: tuple[Tensor, Tensor] | None = None  # L(x), L(G) of the discriminator's update under way
        self._readings: v.Terms = {}

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: BEGANControls) -> v.Terms:
        return {"real": -on_real.mean(), "fake": self._k * on_fake.mean()}

    def discriminator_terms(self, D: v.Scorer, real: Tensor, fake: Tensor, c: BEGANControls, rng: Generator) -> v.Terms:
        on_real, on_fake = D.both(real, fake)
        self._losses = -on_real.detach().mean(), -on_fake.detach().mean()
        return self.score_terms(on_real, on_fake, c)

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: BEGANControls) -> v.Terms:
        return {"generator": -D(fake).mean()}

    def after_discriminator_step(self, D: nn.Module, c: BEGANControls) -> None:
        if self._losses is None:
            return
        real, fake = self._losses
        balance = c.gamma * real - fake
        self._k = (self._k + c.lambda_k * balance).clamp(0, 1)
        self._readings = {"k": self._k, "M": real + balance.abs(), "L(G)/L(x)": fake / real}

    def diagnostics(self) -> v.Terms:
        return self._readings

    def state(self) -> dict[str, float]:
        return {"k": float(self._k)}

    def load_state(self, state: Mapping[str, float]) -> None:
        self._k = torch.tensor(state["k"])

    advice = ("Drag γ: high gives images of many kinds, low gives few and smooth ones. M falls in any case: it cannot "
              "detect collapse.")
    presets = {
        "paper": v.Preset(
            title="Paper", steps=200_000,
            source="γ 0.5, λ_k 0.001, Adam 1e-4, batch 16, 128 filters, h = 64, z ~ U(−1, 1). The paper halves the "
                   "rates when M stalls. Here they fall in a straight line to a fifth, where the halving of the "
                   "reference code ends.",
            controls={"schedule": "linear", "horizon": 200_000, "rate_floor": 0.2},
            network={"width": 128, "code": 64, "latent_dim": 64, "latent": "uniform"},
        ),
        "toy": v.Preset(
            title="Toy", steps=4000,
            source="Our values, for digits of 32 px on a CPU: 16 filters, h = 32, λ_k 0.1, Adam 5e-4 falling in a "
                   "straight line to a tenth. γ = 1: with lower values, short runs produced almost only the digit 1.",
            controls={
                "gamma": 1.0, "lambda_k": 0.1, "learning_rate_d": 5e-4, "learning_rate_g": 5e-4, "schedule": "linear",
                "horizon": 4000, "rate_floor": 0.1,
            },
            network={"width": 16, "code": 32, "latent_dim": 32},
        ),
    }
