"""StyleGAN3: the non-saturating game for a generator without aliasing, with R1 in every k-th step alone.

repeat critic_steps times                                       (discriminator)
    minimise  E[softplus(-D(x))] + E[softplus(D(G(z)))]
in every k-th step, in an update of its own                     (discriminator)
    minimise  k gamma/2 E[|dD(x)/dx|^2]
minimise  E[softplus(-D(G(z)))]                                 (generator)
Running means of w and of the magnitudes in G follow in D's updates alone. Rates and betas of D are corrected for the
further update: rate c, beta^c, c = k/(k + 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Needs
from ganstudio.core.turn import Pace
from ganstudio.maths.gradients import r1_penalty
from ganstudio.variants.parts.lazy_penalties import corrected

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Turn


class StyleGAN3Controls(v.GameControls, frozen=True, kw_only=True):
    """The authors' for 128 px and one GPU: gamma 0.5, k 16, Adam 2.5e-3 and 2e-3 (0, 0.99), batches of 32."""

    gamma: v.R1Weight = 0.5
    r1_interval: Annotated[int, Integer(
        1, 64, symbol="k", unit="steps", label="R1 every", group="objective",
        needs=(*v.D_MOVES, Needs("gamma", above=0)),
        help="In every k-th step D has one update more, of k times the R1 penalty alone")] = 16
    learning_rate_d: v.RateD = 2e-3
    learning_rate_g: v.RateG = 2.5e-3
    batch_size: v.BatchSize = 32
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.99
    beta2_g: v.Beta2G = 0.99
    ema_decay: v.EmaDecay = 0.998
    packing: v.NoPacking = 1


class StyleGAN3(v.Variant[StyleGAN3Controls]):
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

    def cycle(self, step: int, c: StyleGAN3Controls) -> Mapping[str, int]:
        return {"discriminator": c.critic_steps + self._due(step, c), "generator": c.generator_steps}

    def kinds_of_update(self, player: str, c: StyleGAN3Controls) -> Sequence[tuple[int, int]]:
        lazy = player == "discriminator" and self._due(0, c)
        return [(0, 0), (0, c.critic_steps)] if lazy else [(0, 0)]

    def _due(self, step: int, c: StyleGAN3Controls) -> bool:
        """Whether D's part of the step that follows ``step`` finished ones ends with R1."""
        return c.critic_steps > 0 and c.gamma > 0 and step % c.r1_interval == 0

    def pace(self, player: str, c: StyleGAN3Controls) -> Pace:
        pace = super().pace(player, c)
        return corrected(pace, c.r1_interval) if player == "discriminator" and c.gamma > 0 else pace

    def terms(self, turn: Turn, c: StyleGAN3Controls) -> v.Terms:
        if turn.player == "generator":
            return {"generator": softplus(-turn.D(turn.G(turn.latent(), False))).mean()}
        if turn.place == c.critic_steps and self._due(turn.step, c):
            return {"R1": c.r1_interval * c.gamma * r1_penalty(turn.D, turn.batch.x)}
        with turn.no_grad():
            fake = turn.G(turn.latent())
        on_real, on_fake = turn.D.both(turn.batch.x, fake)
        return self.score_terms(on_real, on_fake, c)

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: StyleGAN3Controls) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def has_gradient_penalty(self, c: StyleGAN3Controls) -> bool:
        return c.gamma > 0

    def optimal_score(self, log_ratio: Tensor, c: StyleGAN3Controls) -> Tensor:
        return log_ratio  # of the game without the penalty

    at_optimum = "log 4 − 2 JSD, without the penalty"
    advice = "Drag the picture before the first step: that it moves as a whole is built into G, and need not be learnt."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=780_000,
            source="Karras et al. 2021, configuration T, with the authors' recommended settings for 128 px and one "
                   "GPU: γ 0.5 every 16 steps, Adam 2.5e-3 and 2e-3 (0, 0.99), batches of 32, 25 million images; N "
                   "14, 512 channels, margin 10. The average of G keeps 0.998 of itself: half of 10,000 images.",
            network={"resolution": 128, "latent_dim": 512, "w_dim": 512, "width": 512, "layers": 14, "margin": 10,
                     "magnitude_memory": 0.999, "width_d": 512, "full_d": 32},
        ),
        "toy": v.Preset(
            title="Toy", steps=800,
            source="Our values for 16 px on two cores: N 5, 48 channels, margin 6, γ 0.3 every 16 steps, Adam 2.5e-3 "
                   "for both, batches of 16, rates falling in a straight line to 5%.",
            controls={"gamma": 0.3, "batch_size": 16, "learning_rate_d": 2.5e-3, "learning_rate_g": 2.5e-3,
                      "schedule": "linear", "horizon": 800, "rate_floor": 0.05, "ema_decay": 0.9945},
            network={"resolution": 16, "layers": 5, "margin": 6},
        ),
    }
