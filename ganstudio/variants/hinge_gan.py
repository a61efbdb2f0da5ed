"""Hinge GAN: D is satisfied once a score lies beyond a margin of 1 on the right side.

repeat k times                                                  (discriminator)
    minimise  E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]
minimise      -E[D(G(z))]                                       (generator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.core import variant as v
from ganstudio.core.control import Value
from ganstudio.maths.gradients import r1_penalty

if TYPE_CHECKING:
    from torch import Generator, Tensor

TOY: dict[str, Value] = {
    "critic_steps": 1, "batch_size": 128, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3, "beta1_d": 0.5,
    "beta1_g": 0.5, "beta2_d": 0.9, "beta2_g": 0.9, "schedule": "linear", "horizon": 6000, "rate_floor": 0.05,
}


class HingeGANControls(v.GameControls, frozen=True, kw_only=True):
    """Adam 2e-4 (0, .9), batch 64: the numbers that Miyato et al. 2018 train this loss with."""

    gamma: v.R1Weight = 0.0
    batch_size: v.BatchSize = 64
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0


class HingeGAN(v.Variant[HingeGANControls]):
    """Lim and Ye's geometric GAN. The R1 penalty is no part of it: a control, off in all presets but "r1"."""

    name = "hinge-gan"
    title = "Hinge GAN"
    family = "Other losses"
    reference = v.Reference("Lim, Ye", 2017, "Geometric GAN", arxiv="1705.02894")
    formula = v.Formula(
        r"\min_D\; E[\max(0, 1 - D(x))] + E[\max(0, 1 + D(G(z)))] + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]",
        r"\min_G\; -E[D(G(z))]",
        symbols={"gamma": r"\gamma"},
    )
    score_kind = "value"

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: HingeGANControls) -> v.Terms:
        return {"real": (1 - on_real).relu().mean(), "fake": (1 + on_fake).relu().mean()}

    def discriminator_terms(
        self, D: v.Scorer, real: Tensor, fake: Tensor, c: HingeGANControls, rng: Generator,
    ) -> v.Terms:
        terms = super().discriminator_terms(D, real, fake, c, rng)
        return {**terms, "R1": c.gamma * r1_penalty(D, real)} if c.gamma > 0 else terms

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: HingeGANControls) -> v.Terms:
        return {"generator": -D(fake).mean()}

    def has_gradient_penalty(self, c: HingeGANControls) -> bool:
        return c.gamma > 0

    def optimal_score(self, log_ratio: Tensor, c: HingeGANControls) -> Tensor:
        return log_ratio.sign()

    at_optimum = "2 (1 − TV)"
    advice = "Hinge: D only learns from samples it is not yet sure about."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=50_000,
            source="The loss of Lim and Ye. Adam 2e-4 (0, 0.9) and batch 64 of Miyato et al. 2018.",
        ),
        "toy": v.Preset(
            title="Toy", steps=6000,
            source="Our values: tanh units, Adam 1e-3 (0.5, 0.9), rates falling in a straight line to 5%. No penalty.",
            controls=TOY, network={"init_d": "uniform", "activation": "tanh"},
            on_kind=v.on_images(), on_network=v.on_dcgan(norm_d="none"),
        ),
        "r1": v.Preset(
            title="With R1", steps=6000,
            source="Our toy preset with the R1 penalty of Mescheder et al., γ 0.1. It is not part of the hinge loss.",
            controls={**TOY, "gamma": 0.1}, network={"init_d": "uniform", "activation": "tanh"},
        ),
    }
