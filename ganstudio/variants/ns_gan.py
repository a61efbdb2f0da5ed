"""NS-GAN: the same discriminator, and a generator whose loss does not saturate.

repeat k times                                                  (discriminator)
    maximise  E[log s(D(x))] + E[log(1 - s(D(G(z))))]           s is the sigmoid, D gives logits
maximise      E[log s(D(G(z)))]                                 (generator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn.functional import softplus

from ganstudio.core import variant as v

if TYPE_CHECKING:
    from torch import Tensor


class NSGANControls(v.GameControls, frozen=True, kw_only=True):
    """Adam 2e-4 (.5, .999), batch 128: DCGAN's (Radford et al. 2015), the settings this loss became known with."""

    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999


class NSGAN(v.Variant[NSGANControls]):
    """The heuristic of Goodfellow et al. 2014, section 3: G maximises log D instead of minimising log(1 - D)."""

    name = "ns-gan"
    title = "NS-GAN (non-saturating)"
    family = "Original"
    reference = v.Reference("Goodfellow et al.", 2014, "Generative Adversarial Nets", arxiv="1406.2661")
    formula = v.Formula(
        r"\max_D\; E[\log \sigma(D(x))] + E[\log(1 - \sigma(D(G(z))))]",
        r"\max_G\; E[\log \sigma(D(G(z)))]",
    )

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: NSGANControls) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: NSGANControls) -> v.Terms:
        return {"generator": softplus(-D(fake)).mean()}

    def optimal_score(self, log_ratio: Tensor, c: NSGANControls) -> Tensor:
        return log_ratio  # s(D*) = p / (p + q)

    at_optimum = "log 4 − 2 JSD"
    advice = ("Nothing limits D's slope: with other rates G loses modes (preset Collapse), or runs from one to the "
              "next (G rate ten times D's).")
    presets = {
        "paper": v.Preset(
            title="Paper", steps=50_000,
            source="Loss of section 3. Adam 2e-4 (0.5, 0.999) and batch 128 of Radford et al. 2015, arXiv:1511.06434.",
        ),
        "toy": v.Preset(
            title="Toy", steps=4000,
            source="Our values. Same rates for both players (Adam 5e-4 with 0.5 and 0.9); may lose modes.",
            controls={"learning_rate_d": 5e-4, "learning_rate_g": 5e-4, "beta2_d": 0.9, "beta2_g": 0.9},
            on_kind=v.on_images(), on_network=v.on_dcgan(),
        ),
        "collapse": v.Preset(
            title="Collapse", steps=2500,
            source="Our values: D's rate is 20 times G's, both constant. Samples end on one or two modes of the ring.",
            controls={"learning_rate_d": 1e-3, "learning_rate_g": 5e-5, "beta2_d": 0.9, "beta2_g": 0.9},
            network={"init_d": "uniform"},
        ),
    }
