"""WGAN-GP: the critic's slope is pulled to 1 between real and generated samples.

repeat k times                                                  (critic)
    x~ = eps x + (1 - eps) G(z),  eps ~ U(0, 1)
    minimise  E[D(G(z))] - E[D(x)] + lambda E[(|dD/dx~| - 1)^2]
minimise  -E[D(G(z))]                                           (generator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from ganstudio.core import variant as v
from ganstudio.core.control import Choice, Needs, Slider
from ganstudio.maths.gradients import input_gradient_norm, interpolate

if TYPE_CHECKING:
    from torch import Generator, Tensor


class WGANGPControls(v.GameControls, frozen=True, kw_only=True):
    """k, lambda and Adam's numbers are the paper's (Algorithm 1); the one-sided penalty is section 4's remark."""

    gp_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ", label="gradient penalty", needs=v.D_MOVES,
        help="How hard the critic's slope is pulled towards 1; at 0 the slope is not limited")] = 10.0
    gp_sides: Annotated[Literal["two", "one"], Choice(
        label="penalty sides", needs=(*v.D_MOVES, Needs("gp_weight", above=0)),
        help="Which slopes are penalised. Two: all but 1. One: those above 1.")] = "two"
    critic_steps: v.CriticSteps = 5
    batch_size: v.BatchSize = 64
    learning_rate_d: v.RateD = 1e-4
    learning_rate_g: v.RateG = 1e-4
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0


class WGANGP(v.Variant[WGANGPControls]):
    """Gulrajani et al.'s improved training of the Wasserstein GAN."""

    name = "wgan-gp"
    title = "WGAN-GP"
    usual_on = ("line", "plane")
    family = "Wasserstein"
    reference = v.Reference("Gulrajani et al.", 2017, "Improved Training of Wasserstein GANs", arxiv="1704.00028")
    formula = v.Formula(
        r"\min_D\; E[D(G(z))] - E[D(x)] + \lambda\, E[(\|\nabla_{\tilde x} D(\tilde x)\| - 1)^2]",
        r"\min_G\; -E[D(G(z))]",
        symbols={"gp_weight": r"\lambda"},
    )
    discriminator_word = "critic"
    score_kind = "value"
    reads_w1 = True

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: WGANGPControls) -> v.Terms:
        return {"critic": on_fake.mean() - on_real.mean()}

    def discriminator_terms(
        self, D: v.Scorer, real: Tensor, fake: Tensor, c: WGANGPControls, rng: Generator,
    ) -> v.Terms:
        excess = input_gradient_norm(D, interpolate(real, fake, rng)) - 1
        if c.gp_sides == "one":
            excess = excess.clamp(min=0)
        return {
            **super().discriminator_terms(D, real, fake, c, rng),
            "penalty": c.gp_weight * excess.square().mean(),
        }

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: WGANGPControls) -> v.Terms:
        return {"generator": -D(fake).mean()}

    def has_gradient_penalty(self, c: WGANGPControls) -> bool:
        return True

    advice = "Drag λ to 0: nothing limits the critic's slope any more, and it grows into cliffs. Then drag it back."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000,
            source="Algorithm 1: λ 10, k 5, m 64, Adam 1e-4 (0, 0.9)",
        ),
        "toy": v.Preset(
            title="Toy", steps=3500,
            source="λ as in the authors' toy script. Other values chosen so that it learns within seconds.",
            controls={
                "gp_weight": 0.1, "critic_steps": 3, "batch_size": 128, "learning_rate_d": 1e-3,
                "learning_rate_g": 1e-3, "beta1_d": 0.5, "beta1_g": 0.5, "schedule": "linear", "horizon": 3500,
                "rate_floor": 0.1,
            },
            network={"init_d": "uniform"},
            on_kind={
                "plane": v.Settings(
                    steps=6000, network={"width": 64},
                    controls={"critic_steps": 2, "learning_rate_d": 2e-3, "learning_rate_g": 2e-3, "horizon": 6000}),
                **v.on_images(1200, gp_weight=10.0, critic_steps=3, beta2_d=0.9, beta2_g=0.9),
            },
            on_network=v.on_dcgan(norm_d="none"),
        ),
    }
