"""Conditional GAN: both players are shown a label, so that one can ask the generator for a class.

repeat k times                                                  (discriminator)
    minimise  -E[log s(D(x, y))] - E[log(1 - s(D(G(z, y), y)))] + gamma/2 E[|dD/dx|^2]      at real x alone
minimise      -E[log s(D(G(z, y), y))]                          (generator)
Labels of generated samples follow the data's frequencies: else D's score carries log p(y)/q(y)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Choice
from ganstudio.maths.gradients import r1_penalty

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Turn


class CGANControls(v.GameControls, frozen=True, kw_only=True):
    """The projection discriminator's updates at DCGAN's pace; the first paper names neither for points."""

    conditioning: Annotated[Literal["concat", "projection", "none"], Choice(
        live=False, help="How D sees the label. Concat: joined to the sample. Projection: inner product with D's "
                         "features. None: D does not see it and cannot check it.")] = "projection"
    gamma: v.R1Weight = 0.0
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999
    packing: v.NoPacking = 1


class CGAN(v.Variant[CGANControls]):
    """Mirza and Osindero's game on labels, with Miyato and Koyama's projection as the default."""

    name = "cgan"
    title = "Conditional GAN"
    family = "Conditional"
    reference = v.Reference("Mirza, Osindero", 2014, "Conditional Generative Adversarial Nets", arxiv="1411.1784")
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x, y))] - E[\log(1 - \sigma(D(G(z, y), y)))]"
        r" + \frac{\gamma}{2} E[\|\nabla_x D(x, y)\|^2]",
        r"\min_G\; -E[\log \sigma(D(G(z, y), y))]",
        symbols={"gamma": r"\gamma"},
    )
    needs = frozenset({"label"})

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: CGANControls) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: CGANControls) -> v.Terms:
        return {"generator": softplus(-D(fake)).mean()}

    def terms(self, turn: Turn, c: CGANControls) -> v.Terms:
        if turn.player == "generator":
            asked = turn.labels()
            return self.generator_terms(v.shown_label(turn.D, asked), turn.G(turn.latent(), asked), c)
        x, y = turn.batch.x, turn.batch.label
        assert y is not None
        with turn.no_grad():
            fake = turn.G(turn.latent(), y)  # the batch's own labels: their frequencies are the data's
        D = v.shown_label(turn.D, y)
        terms = self.score_terms(*D.both(x, fake), c)
        return {**terms, "R1": c.gamma * r1_penalty(D, x)} if c.gamma > 0 else terms

    def has_gradient_penalty(self, c: CGANControls) -> bool:
        return c.gamma > 0

    def conditioning(self, c: CGANControls) -> str:
        return c.conditioning

    advice = "With conditioning none, D cannot tell whether the class is right, so G ignores the label."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=50_000,
            source="Projection as in Miyato and Koyama 2018 (arXiv:1802.05637). Rates, momentum and k as DCGAN's.",
            on_kind=v.on_images(),
        ),
        "toy": v.Preset(
            title="Toy", steps=4000,
            source="Our values, for ring and grid: γ 0.02, Adam 1e-3 (0, 0.99), rates falling in a straight line to "
                   "2%. On images: no penalty, Adam 6e-4 (0.5, 0.99), batches of 32, rates falling to 5%.",
            controls={
                "gamma": 0.02, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3, "beta1_d": 0.0, "beta1_g": 0.0,
                "beta2_d": 0.99, "beta2_g": 0.99, "schedule": "linear", "horizon": 4000, "rate_floor": 0.02,
            },
            network={"init_d": "uniform"},
            on_kind=v.on_images(
                2500, gamma=0.0, batch_size=32, learning_rate_d=6e-4, learning_rate_g=6e-4, beta2_d=0.99, beta2_g=0.99,
                schedule="linear", horizon=2500, rate_floor=0.05),
            on_network={"dcgan": v.Settings(network={"width": 16, "latent_dim": 32})},
        ),
    }
