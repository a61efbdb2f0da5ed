"""DCGAN: the log loss on convolutions, with the settings that first made it train on images.

repeat k times                                                  (discriminator)
    minimise  -E[log D(x)] - E[log(1 - D(G(z)))]                (real and generated images in batches of their own)
minimise      -E[log D(G(z))]                                   (generator)

G: strided transposed convolutions, batch norm, ReLU, tanh at the end;  D: strided convolutions, batch norm, leaky ReLU
weights ~ N(0, .02);  Adam 2e-4, beta1 .5: at .9 it oscillates
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn.functional import softplus

from ganstudio.core import variant as v

if TYPE_CHECKING:
    from torch import Tensor


class DCGANControls(v.GameControls, frozen=True, kw_only=True):
    """Adam 2e-4 (.5, .999) and batches of 128 are the paper's (section 4)."""

    batch_size: v.BatchSize = 128
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999


class DCGAN(v.Variant[DCGANControls]):
    """Radford et al.'s recipe for convolutional players."""

    name = "dcgan"
    title = "DCGAN"
    family = "On images"
    reference = v.Reference(
        "Radford, Metz, Chintala", 2015,
        "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
        arxiv="1511.06434",
    )
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x))] - E[\log(1 - \sigma(D(G(z))))]",
        r"\min_G\; -E[\log \sigma(D(G(z)))]",
    )
    kinds = ("image",)
    usual_on = ("image",)

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: DCGANControls) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: DCGANControls) -> v.Terms:
        return {"generator": softplus(-D(fake)).mean()}

    def optimal_score(self, log_ratio: Tensor, c: DCGANControls) -> Tensor:
        return log_ratio

    at_optimum = "log 4 − 2 JSD"
    advice = "Strokes come before shapes. Raise G's momentum to 0.9: the images then swing from style to style."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000, source="Section 4: Adam 2e-4 (0.5, 0.999), batch 128, z ~ U(−1, 1) in 100 "
                                                 "dimensions",
            on_network={"dcgan": v.Settings(network={"latent": "uniform"})},
        ),
        "toy": v.Preset(
            title="Toy", steps=7000, source="Our values, for two CPU cores: half as wide, batch 64, a Gaussian latent",
            controls={"batch_size": 64}, on_network=v.on_dcgan(),
        ),
    }
