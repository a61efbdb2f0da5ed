"""SN-GAN: every layer of D is divided by its largest singular value, so that no layer stretches more than c-fold.

W' = c W / sigma(W),  sigma by one power iteration a step       (each layer of D; c = 1 in the paper)
repeat k times                                                  (discriminator)
    minimise  E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]      (hinge)
minimise      -E[D(G(z))]                                       (generator)
or the non-saturating game's two losses in their place
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Choice, Slider
from ganstudio.maths.gradients import r1_penalty
from ganstudio.networks.parts.spectral import set_bound, spectral_norms

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn


class SNGANControls(v.GameControls, frozen=True, kw_only=True):
    """Hinge, k 5, Adam 2e-4 (0, .9) with linear decay over 100,000 steps, batch 64: the paper's for its ResNets."""

    loss: Annotated[Literal["hinge", "non-saturating"], Choice(help="Loss of both players")] = "hinge"
    spectral_bound: Annotated[float, Slider(
        0.1, 10.0, scale="log", symbol="c", label="layer norm",
        help="The largest singular value of each layer of D (paper: 1). With n layers D's slope is at most cⁿ."),
    ] = 1.0
    gamma: v.R1Weight = 0.0
    critic_steps: v.CriticSteps = 5
    batch_size: v.BatchSize = 64
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    schedule: v.Schedule = "linear"
    horizon: v.Horizon = 100_000


class SNGAN(v.Variant[SNGANControls]):
    """Miyato et al.'s spectral normalisation."""

    name = "sn-gan"
    title = "SN-GAN (spectral norm)"
    family = "Regularised"
    reference = v.Reference(
        "Miyato et al.", 2018, "Spectral Normalization for Generative Adversarial Networks", arxiv="1802.05957",
    )
    formula = v.Formula(
        r"\min_D\; E[\max(0, 1 - D(x))] + E[\max(0, 1 + D(G(z)))] + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2],"
        r" \quad \sigma(W_l) = c",
        r"\min_G\; -E[D(G(z))]",
        symbols={"spectral_bound": "c", "gamma": r"\gamma"},
    )
    score_kind = "value"

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: SNGANControls) -> v.Terms:
        if c.loss == "hinge":
            return {"real": (1 - on_real).relu().mean(), "fake": (1 + on_fake).relu().mean()}
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def discriminator_terms(self, D: v.Scorer, real: Tensor, fake: Tensor, c: SNGANControls, rng: Generator) -> v.Terms:
        terms = super().discriminator_terms(D, real, fake, c, rng)
        return {**terms, "R1": c.gamma * r1_penalty(D, real)} if c.gamma > 0 else terms

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: SNGANControls) -> v.Terms:
        return {"generator": -D(fake).mean() if c.loss == "hinge" else softplus(-D(fake)).mean()}

    def has_gradient_penalty(self, c: SNGANControls) -> bool:
        return c.gamma > 0

    def wrap_discriminator(self, D: nn.Module, c: SNGANControls, rng: Generator) -> nn.Module:
        return spectral_norms(D, c.spectral_bound, rng)

    def update_wrapper(self, D: nn.Module, c: SNGANControls) -> None:
        set_bound(D, c.spectral_bound)

    advice = "The slope limit holds everywhere. Try c above 3: D gets steep and modes are lost."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000, source="Hinge, k 5, Adam 2e-4 (0, 0.9), rate falling to 0 in 100,000 steps",
        ),
        "toy": v.Preset(
            title="Toy", steps=4500,
            source="Our values: c 2, k 2, Adam 1e-3 (0.5, 0.9), rates falling in a straight line to 5%",
            controls={
                "spectral_bound": 2.0, "critic_steps": 2, "batch_size": 128, "learning_rate_d": 1e-3,
                "learning_rate_g": 1e-3, "beta1_d": 0.5, "beta1_g": 0.5, "schedule": "linear", "horizon": 4500,
                "rate_floor": 0.05,
            },
            network={"init_d": "uniform"},
            on_kind=v.on_images(spectral_bound=1.0), on_network=v.on_dcgan(norm_d="none"),
        ),
    }
