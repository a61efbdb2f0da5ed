"""GAN: the minimax game of 2014, with the loss that saturates.

repeat k times                                                  (discriminator)
    maximise  E[log s(D(x))] + E[log(1 - s(D(G(z))))]           s is the sigmoid, D gives logits
minimise      E[log(1 - s(D(G(z))))]                            (generator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn.functional import softplus

from ganstudio.core import variant as v

if TYPE_CHECKING:
    from torch import Tensor


class GANControls(v.GameControls, frozen=True, kw_only=True):
    """k = 1 and SGD with momentum are Algorithm 1's; batch, rate .1 and momentum .5 the released code's for MNIST."""

    batch_size: v.BatchSize = 100
    optimiser_d: v.OptimiserD = "sgd"
    optimiser_g: v.OptimiserG = "sgd"
    learning_rate_d: v.RateD = 0.1
    learning_rate_g: v.RateG = 0.1
    beta1_d: v.Beta1D = 0.5
    beta1_g: v.Beta1G = 0.5


class GAN(v.Variant[GANControls]):
    """Goodfellow et al.'s minimax game. With D at its optimum, G minimises 2 JSD - log 4."""

    name = "gan"
    title = "GAN (minimax)"
    family = "Original"
    reference = v.Reference("Goodfellow et al.", 2014, "Generative Adversarial Nets", arxiv="1406.2661")
    formula = v.Formula(
        r"\max_D\; E[\log \sigma(D(x))] + E[\log(1 - \sigma(D(G(z))))]",
        r"\min_G\; E[\log(1 - \sigma(D(G(z))))]",
    )

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: GANControls) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: GANControls) -> v.Terms:
        return {"generator": -softplus(D(fake)).mean()}

    def optimal_score(self, log_ratio: Tensor, c: GANControls) -> Tensor:
        return log_ratio  # s(D*) = p / (p + q)

    at_optimum = "log 4 − 2 JSD"
    advice = "Where D is sure that a sample is fake, this loss is flat: G learns nothing there, and the arrows vanish."
    presets = {
        "paper": v.Preset(title="Paper", steps=50_000, source="Algorithm 1, k 1; rates of the authors' MNIST code"),
        "toy": v.Preset(
            title="Toy", steps=4000,
            source="Our values. Same rates for both players (Adam 5e-4 with 0.5 and 0.9); loses some modes.",
            controls={
                "optimiser_d": "adam", "optimiser_g": "adam", "learning_rate_d": 5e-4, "learning_rate_g": 5e-4,
                "batch_size": 128,
            },
            on_kind=v.on_images(), on_network=v.on_dcgan(),
        ),
        "stuck": v.Preset(
            title="Stuck at log 2", steps=1000, data="lines", plays="line",
            source="The WGAN paper's Example 1: G is a line at 0 with one parameter. Our rates; G's are also those of "
                   "WGAN's preset Comes over.",
            controls={
                "critic_steps": 5, "batch_size": 128, "optimiser_d": "adam", "learning_rate_d": 5e-3,
                "learning_rate_g": 1e-3, "beta1_g": 0.0,
            },
            network={"width": 64, "depth": 2},
        ),
    }
