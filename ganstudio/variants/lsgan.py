"""LSGAN: scores are pulled towards labels by least squares, so that a sample far from the border still has a slope.

repeat k times                                                  (discriminator)
    minimise  1/2 E[(D(x) - b)^2] + 1/2 E[(D(G(z)) - a)^2]
minimise      1/2 E[(D(G(z)) - c)^2]                            (generator)
a, b, c = 0, 1, 1 (coding 0-1) or -1, 1, 0 (coding pearson: G minimises a Pearson chi^2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from ganstudio.core import variant as v
from ganstudio.core.control import Choice, Value
from ganstudio.maths.gradients import r1_penalty

if TYPE_CHECKING:
    from torch import Generator, Tensor

TOY: dict[str, Value] = {
    "critic_steps": 1, "batch_size": 128, "learning_rate_d": 7e-4, "learning_rate_g": 7e-4, "beta1_d": 0.5,
    "beta1_g": 0.5, "beta2_d": 0.9, "beta2_g": 0.9, "schedule": "linear", "horizon": 6000, "rate_floor": 0.05,
}
LABELS = {"0-1": (0.0, 1.0, 1.0), "pearson": (-1.0, 1.0, 0.0)}


class LSGANControls(v.GameControls, frozen=True, kw_only=True):
    """Adam 1e-3 (.5, .999) and batch 64: the paper's for LSUN (section 4.1)."""

    coding: Annotated[Literal["0-1", "pearson"], Choice(
        help="Labels a, b, c: 0, 1, 1; or −1, 1, 0, with which G minimises the Pearson χ² divergence between p + q "
             "and 2q")] = "0-1"
    gamma: v.R1Weight = 0.0
    batch_size: v.BatchSize = 64
    learning_rate_d: v.RateD = 1e-3
    learning_rate_g: v.RateG = 1e-3
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999


class LSGAN(v.Variant[LSGANControls]):
    """Mao et al.'s least squares GAN. The R1 penalty is no part of it: a control, off in all presets but "r1"."""

    name = "lsgan"
    title = "LSGAN (least squares)"
    family = "Other losses"
    reference = v.Reference(
        "Mao et al.", 2017, "Least Squares Generative Adversarial Networks", arxiv="1611.04076",
    )
    formula = v.Formula(
        r"\min_D\; \frac{1}{2} E[(D(x) - b)^2] + \frac{1}{2} E[(D(G(z)) - a)^2]"
        r" + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]",
        r"\min_G\; \frac{1}{2} E[(D(G(z)) - c)^2]",
        symbols={"gamma": r"\gamma"},
    )
    score_kind = "value"

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: LSGANControls) -> v.Terms:
        a, b, _ = LABELS[c.coding]
        return {"real": (on_real - b).square().mean() / 2, "fake": (on_fake - a).square().mean() / 2}

    def discriminator_terms(self, D: v.Scorer, real: Tensor, fake: Tensor, c: LSGANControls, rng: Generator) -> v.Terms:
        terms = super().discriminator_terms(D, real, fake, c, rng)
        return {**terms, "R1": c.gamma * r1_penalty(D, real)} if c.gamma > 0 else terms

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: LSGANControls) -> v.Terms:
        return {"generator": (D(fake) - LABELS[c.coding][2]).square().mean() / 2}

    def has_gradient_penalty(self, c: LSGANControls) -> bool:
        return c.gamma > 0

    def optimal_score(self, log_ratio: Tensor, c: LSGANControls) -> Tensor:
        a, b, _ = LABELS[c.coding]
        return a + (b - a) * log_ratio.sigmoid()  # (b p + a q) / (p + q)

    at_optimum = "½ (b − a)² ∫ pq/(p + q)"
    advice = ("D's scores are distances, not votes: samples far on the wrong side are pulled hardest, where the loss "
              "of GAN is flat.")
    presets = {
        "paper": v.Preset(
            title="Paper", steps=50_000, source="Section 4.1: Adam 1e-3 (0.5, 0.999), batch 64, coding 0-1",
        ),
        "toy": v.Preset(
            title="Toy", steps=6000,
            source="Our values: tanh units, Adam 7e-4 (0.5, 0.9), rates falling in a straight line to 5%. No penalty.",
            controls=TOY, network={"init_d": "uniform", "activation": "tanh"},
            on_kind=v.on_images(), on_network=v.on_dcgan(),
        ),
        "r1": v.Preset(
            title="With R1", steps=6000,
            source="Our toy preset with the R1 penalty of Mescheder et al., γ 0.1. It is not part of LSGAN.",
            controls={**TOY, "gamma": 0.1}, network={"init_d": "uniform", "activation": "tanh"},
        ),
    }
