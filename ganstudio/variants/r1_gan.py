"""R1-GAN: the non-saturating game, with D's slope held down where the data lies.

repeat k times                                                  (discriminator)
    minimise  -E[log s(D(x))] - E[log(1 - s(D(G(z))))] + gamma/2 E[|dD/dx|^2]      at real x alone
minimise      -E[log s(D(G(z)))]                                (generator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.maths.gradients import r1_penalty

if TYPE_CHECKING:
    from torch import Generator, Tensor


class R1GANControls(v.GameControls, frozen=True, kw_only=True):
    """gamma 10, RMSprop 1e-4, batch 64: the paper's for images (section 6 and its appendix)."""

    gamma: v.R1Weight = 10.0
    batch_size: v.BatchSize = 64
    learning_rate_d: v.RateD = 1e-4
    learning_rate_g: v.RateG = 1e-4
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.99
    beta2_g: v.Beta2G = 0.99


class R1GAN(v.Variant[R1GANControls]):
    """Mescheder, Geiger and Nowozin's zero-centred penalty: it lets the game come to rest at its equilibrium."""

    name = "r1-gan"
    title = "R1-GAN"
    family = "Regularised"
    reference = v.Reference(
        "Mescheder, Geiger, Nowozin", 2018, "Which Training Methods for GANs do actually Converge?", arxiv="1801.04406",
    )
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x))] - E[\log(1 - \sigma(D(G(z))))]"
        r" + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]",
        r"\min_G\; -E[\log \sigma(D(G(z)))]",
        symbols={"gamma": r"\gamma"},
    )

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: R1GANControls) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def discriminator_terms(self, D: v.Scorer, real: Tensor, fake: Tensor, c: R1GANControls, rng: Generator) -> v.Terms:
        return {**super().discriminator_terms(D, real, fake, c, rng), "R1": c.gamma * r1_penalty(D, real)}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: R1GANControls) -> v.Terms:
        return {"generator": softplus(-D(fake)).mean()}

    def has_gradient_penalty(self, c: R1GANControls) -> bool:
        return c.gamma > 0

    def optimal_score(self, log_ratio: Tensor, c: R1GANControls) -> Tensor:
        return log_ratio  # of the game without the penalty

    at_optimum = "log 4 − 2 JSD, without the penalty"
    advice = "γ keeps D's slope small at the data. Change it early: after the rates have fallen it has little effect."
    presets = {
        "paper": v.Preset(title="Paper", steps=100_000, source="γ 10, Adam without momentum 1e-4 (0, 0.99), batch 64"),
        "toy": v.Preset(
            title="Toy", steps=5000,
            source="Our values, for ring and grid: γ 0.05, k 2, Adam 1e-3 (0.5, 0.9), rates falling in a straight "
                   "line to 5%",
            controls={
                "gamma": 0.05, "critic_steps": 2, "batch_size": 128, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3,
                "beta1_d": 0.5, "beta1_g": 0.5, "beta2_d": 0.9, "beta2_g": 0.9, "schedule": "linear", "horizon": 5000,
                "rate_floor": 0.05,
            },
            network={"init_d": "uniform"},
            on_kind=v.on_images(gamma=1.0), on_network=v.on_dcgan(norm_d="none"),
        ),
        "collapse": v.Preset(
            title="Collapse", steps=8000,
            source="Our values: γ 0, and D's rate is ten times G's. Samples end on one or two modes of the ring. Raise "
                   "γ to 0.1, and within some thousand steps they spread again.",
            controls={
                "gamma": 0.0, "critic_steps": 2, "batch_size": 128, "learning_rate_d": 1e-3, "learning_rate_g": 1e-4,
                "beta1_d": 0.5, "beta1_g": 0.5, "beta2_d": 0.9, "beta2_g": 0.9,
            },
            network={"init_d": "uniform"},
            cure={"gamma": 0.1},
        ),
    }
