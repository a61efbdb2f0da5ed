"""StyleGAN: G takes a style at every layer. The latent is mapped to w first, and layers may take the w of different z.

repeat k times                                                  (discriminator)
    minimise  -E[log s(D(x))] - E[log(1 - s(D(G(w))))] + gamma/2 E[|dD/dx|^2]      at real x alone
minimise      -E[log s(D(G(w)))]                                (generator)
w = f(z), but f(z') from a random layer on in a share p_mix of all batches
"""

from __future__ import annotations

from ganstudio.core import variant as v
from ganstudio.variants.parts.style_game import AverageImages, R1Interval, StyleGame, StyleGameControls


class StyleGANControls(StyleGameControls, frozen=True, kw_only=True):
    """gamma 10 in each update, Adam .001 (0, .99), batch 32, mixing .9: the authors' code, below 128 px."""

    r1_interval: R1Interval = 1
    average_images: AverageImages = 10_000
    learning_rate_d: v.RateD = 1e-3
    learning_rate_g: v.RateG = 1e-3


class StyleGAN(StyleGame[StyleGANControls]):
    """Karras, Laine and Aila's style-based generator."""

    name = "stylegan"
    title = "StyleGAN"
    family = "Styles"
    reference = v.Reference(
        "Karras, Laine, Aila", 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks",
        arxiv="1812.04948",
    )
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x))] - E[\log(1 - \sigma(D(G(f(z)))))]"
        r" + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]",
        r"\min_{G, f}\; -E[\log \sigma(D(G(f(z))))]",
        symbols={"gamma": r"\gamma"},
    )
    kinds = ("image",)
    networks = ("style",)
    at_optimum = "log 4 − 2 JSD, without the penalty"
    advice = "Coarse layers steer pose and shape, fine ones colour. Mix the styles of two faces to see which is which."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=780_000,
            source="Karras et al. 2019 and the authors' code: γ 10, Adam (0, 0.99), batch 32, mixing 0.9, half-life of "
                   "the average 10,000 images, 25 million images. The paper's rates are 1e-3 below 128 px and rise to "
                   "3e-3 at 1,024 px. Its players grow from 8 px; here they have their full size from the start.",
            network={"latent_dim": 512, "w_dim": 512, "mapping_layers": 8, "width": 512, "channel_base": 16384},
        ),
        "toy": v.Preset(
            title="Toy", steps=1500,
            source="Our values, for faces of 16 px within minutes on a CPU: γ 0.3 in every 16th step, Adam 2.5e-3 "
                   "falling in a straight line to half at the end, batch 16, half-life of the average 2,000 images, "
                   "StyleGAN2's residual D.",
            controls={
                "gamma": 0.3, "r1_interval": 16, "batch_size": 16, "learning_rate_d": 2.5e-3,
                "learning_rate_g": 2.5e-3, "average_images": 2000, "schedule": "linear", "horizon": 3000,
                "rate_floor": 0.05,
            },
            network={"resolution": 16, "discriminator": "residual"},
        ),
    }
