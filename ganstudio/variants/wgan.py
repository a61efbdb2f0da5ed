"""WGAN: a critic kept Lipschitz by clipping its weights.

repeat k times                                                  (critic)
    maximise  E[D(x)] - E[D(G(z))],  by RMSprop
    w <- clip(w, -c, c)
minimise  -E[D(G(z))]                                           (generator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Slider, Toggle

if TYPE_CHECKING:
    from torch import Tensor, nn


class WGANControls(v.GameControls, frozen=True, kw_only=True):
    """Algorithm 1's numbers: RMSprop 5e-5, c .01, k 5, m 64. The paper does not say whose RMSprop: torch's."""

    clip: Annotated[float, Slider(
        1e-4, 10.0, scale="log", symbol="c", label="weight clip", needs=v.D_MOVES,
        help="Every weight of the critic is clipped to the range from −c to c")] = 0.01
    warm_up: Annotated[bool, Toggle(
        label="critic warm-up", needs=v.D_MOVES,
        help="100 critic updates in each of the first 25 steps and in every 500th, as in the authors' script")] = False
    critic_steps: v.CriticSteps = 5
    batch_size: v.BatchSize = 64
    optimiser_d: v.OptimiserD = "rmsprop"
    optimiser_g: v.OptimiserG = "rmsprop"
    learning_rate_d: v.RateD = 5e-5
    learning_rate_g: v.RateG = 5e-5
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0


class WGAN(v.Variant[WGANControls]):
    """Arjovsky et al.'s Wasserstein GAN. We clip after the critic's step, as the paper has it."""

    name = "wgan"
    title = "WGAN (weight clipping)"
    family = "Wasserstein"
    reference = v.Reference("Arjovsky et al.", 2017, "Wasserstein GAN", arxiv="1701.07875")
    formula = v.Formula(
        r"\max_{w \in [-c, c]}\; E[D_w(x)] - E[D_w(G(z))]",
        r"\min_G\; -E[D(G(z))]",
        symbols={"clip": "c"},
    )
    discriminator_word = "critic"
    score_kind = "value"
    reads_w1 = True

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: WGANControls) -> v.Terms:
        return {"critic": on_fake.mean() - on_real.mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: WGANControls) -> v.Terms:
        return {"generator": -D(fake).mean()}

    def discriminator_steps(self, step: int, c: WGANControls) -> int:
        if c.warm_up and c.critic_steps > 0 and (step < 25 or step % 500 == 0):
            return 100
        return c.critic_steps

    def after_discriminator_step(self, D: nn.Module, c: WGANControls) -> None:
        with torch.no_grad():
            for weight in D.parameters():
                weight.clamp_(-c.clip, c.clip)

    def weight_bound(self, c: WGANControls) -> float | None:
        return c.clip

    advice = "Try a small c: the critic becomes almost a plane, and its gap is far from W1."
    presets = {
        "paper": v.Preset(title="Paper", steps=100_000, source="Algorithm 1: RMSprop 5e-5, c 0.01, k 5, m 64"),
        "toy": v.Preset(
            title="Toy", steps=4000,
            source="Our values: c 0.1 and RMSprop 5e-4. With c 0.01, three narrow layers pass almost no gradient to G.",
            controls={"clip": 0.1, "learning_rate_d": 5e-4, "learning_rate_g": 5e-4, "batch_size": 128},
            on_kind=v.on_images(
                1200, critic_steps=5, optimiser_d="rmsprop", optimiser_g="rmsprop", clip=0.01, beta1_d=0.0, beta1_g=0.0,
            ),
            on_network=v.on_dcgan(),
        ),
        "momentum": v.Preset(
            title="Momentum", steps=4000,
            source="Section 4 warns: an optimiser with momentum (Adam, β₁ 0.9) makes a clipped critic unstable",
            controls={
                "clip": 0.1, "batch_size": 128, "optimiser_d": "adam", "optimiser_g": "adam", "learning_rate_d": 1e-3,
                "learning_rate_g": 1e-3, "beta1_d": 0.9, "beta1_g": 0.9, "beta2_d": 0.999, "beta2_g": 0.999,
            },
        ),
        "comes-over": v.Preset(
            title="Comes over", steps=1000, data="lines", plays="line",
            source="The WGAN paper's Example 1: G is a line at 0 with one parameter. Our rates; G's are also those of "
                   "GAN's preset Stuck at log 2.",
            controls={
                "clip": 0.2, "batch_size": 128, "learning_rate_d": 2e-3, "optimiser_g": "sgd", "learning_rate_g": 1e-3,
            },
            network={"width": 64, "depth": 2},
        ),
    }
