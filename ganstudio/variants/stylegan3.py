"""StyleGAN3: StyleGAN2's game for a generator without aliasing, without mixed styles and path lengths.

repeat k times                                                  (discriminator)
    minimise  -E[log s(D(x))] - E[log(1 - s(D(G(z))))]
minimise      -E[log s(D(G(z)))]                                (generator)

In some steps D makes an update more, of a penalty times k, with its rate and betas corrected for that:
every 16th        gamma/2 E[|dD/dx|^2] at real x
Running means of w and of the magnitudes in G follow in D's updates alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganstudio.core import variant as v
from ganstudio.variants.parts.style_game import NoMixing, StyleGame, StyleGameControls

if TYPE_CHECKING:
    from ganstudio.core.turn import Turn


class StyleGAN3Controls(StyleGameControls, frozen=True, kw_only=True):
    """The authors' for 128 px and one GPU: gamma 0.5, k 16, Adam 2.5e-3 and 2e-3 (0, 0.99), batches of 32."""

    mixing: NoMixing = 0.0
    gamma: v.R1Weight = 0.5
    learning_rate_g: v.RateG = 2.5e-3


class StyleGAN3(StyleGame[StyleGAN3Controls]):
    """Karras et al.'s alias-free GAN: details move with what they belong to, and do not stick to the pixels."""

    name = "stylegan3"
    title = "StyleGAN3"
    family = "Styles"
    reference = v.Reference("Karras, Aittala, Laine, Härkönen, Hellsten, Lehtinen, Aila", 2021,
                            "Alias-Free Generative Adversarial Networks", arxiv="2106.12423")
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x))] - E[\log(1 - \sigma(D(G(z))))] + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]",
        r"\min_G\; -E[\log \sigma(D(G(z)))]",
        symbols={"gamma": r"\gamma"},
    )
    kinds = ("image",)
    networks = ("style3",)
    panel = "placement"

    def styles(self, turn: Turn, c: StyleGAN3Controls) -> tuple[Any, ...]:
        latents = super().styles(turn, c)
        return latents if turn.player == "discriminator" else (*latents, None, 0, False)  # G's running means stay

    at_optimum = "log 4 − 2 JSD, without the penalty"
    advice = "Drag the picture before the first step: that it moves as a whole is built into G, and need not be learnt."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=780_000,
            source="Karras et al. 2021, configuration T, with the authors' recommended settings for 128 px and one "
                   "GPU: γ 0.5 every 16 steps, Adam 2.5e-3 and 2e-3 (0, 0.99), batches of 32, 25 million images; N "
                   "14, 512 channels, margin 10, half-life of the average 10,000 images.",
            network={"resolution": 128, "latent_dim": 512, "w_dim": 512, "width": 512, "layers": 14, "margin": 10,
                     "magnitude_memory": 0.999, "width_d": 512, "full_d": 32},
        ),
        "toy": v.Preset(
            title="Toy", steps=800,
            source="Our values for 16 px on two cores: N 5, 48 channels, margin 6, γ 0.3 every 16 steps, Adam 2.5e-3 "
                   "for both, batches of 16, rates falling in a straight line to 5%, half-life of the average 2,000 "
                   "images.",
            controls={"gamma": 0.3, "batch_size": 16, "learning_rate_d": 2.5e-3, "learning_rate_g": 2.5e-3,
                      "schedule": "linear", "horizon": 800, "rate_floor": 0.05, "average_images": 2000},
            network={"resolution": 16, "layers": 5, "margin": 6},
        ),
    }
