"""R3GAN: D says which of a pair is the real one, and its slope is held down at both.

repeat k times                                                  (discriminator)
    minimise  E[f(D(G(z)) - D(x))] + gamma/2 E[|dD/dx|^2] + gamma/2 E[|dD/dG(z)|^2]
minimise      E[f(D(x) - D(G(z)))]                              (generator)
f(t) = log(1 + e^t); x and z are paired at random: a generator that leaves a mode out is beaten there by some x
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.maths.gradients import r1_penalty

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from ganstudio.core.turn import Turn


class R3GANControls(v.GameControls, frozen=True, kw_only=True):
    """No momentum, as the paper has it; gamma is its value for small images, before it anneals."""

    gamma: v.R1R2Weight = 1.0
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0


class R3GAN(v.Variant[R3GANControls]):
    """Huang et al.'s baseline: the relativistic pairing loss, made to converge by R1 and R2."""

    name = "r3gan"
    title = "R3GAN"
    family = "Regularised"
    reference = v.Reference(
        "Huang, Gokaslan, Kuleshov, Tompkin", 2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN",
        arxiv="2501.05441",
    )
    formula = v.Formula(
        r"\min_D\; E[f(D(G(z)) - D(x))] + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]"
        r" + \frac{\gamma}{2} E[\|\nabla_{G} D(G(z))\|^2]",
        r"\min_G\; E[f(D(x) - D(G(z)))], \quad f(t) = \log(1 + e^{t})",
        symbols={"gamma": r"\gamma"},
    )

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: R3GANControls) -> v.Terms:
        return {"pairs": softplus(on_fake - on_real).mean()}

    def discriminator_terms(
        self, D: v.Scorer, real: Tensor, fake: Tensor, c: R3GANControls, rng: Generator,
    ) -> v.Terms:
        return {
            **super().discriminator_terms(D, real, fake, c, rng),
            "R1": c.gamma * r1_penalty(D, real), "R2": c.gamma * r1_penalty(D, fake),
        }

    def terms(self, turn: Turn, c: R3GANControls) -> v.Terms:
        if turn.player == "discriminator":
            return super().terms(turn, c)
        real, fake = v.packed(turn.batch.x, c.packing), v.packed(turn.G(turn.latent()), c.packing)
        on_real, on_fake = turn.D.both(real, fake)
        return {"generator": softplus(on_real - on_fake).mean()}

    def has_gradient_penalty(self, c: R3GANControls) -> bool:
        return c.gamma > 0

    at_optimum = "log 2 − JSD(p⊗q ‖ q⊗p), of pairs of a real and a generated sample, without the penalties"
    advice = "D compares each real sample with a generated one, so every mode that G leaves out costs G each time."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000,
            source="Section 4: Adam without momentum, one update each. The paper changes γ, the rates and β₂ over "
                   "time on images.",
            on_kind=v.on_images(gamma=1.0), on_network={"dcgan": v.Settings(network={"norm_d": "none"})},
        ),
        "toy": v.Preset(
            title="Toy", steps=15_000,
            source="Our values, for ring and grid: γ 0.05, Adam 1e-3 (0, 0.9), rates falling in a straight line to 5%",
            controls={
                "gamma": 0.05, "batch_size": 128, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3,
                "beta2_d": 0.9, "beta2_g": 0.9, "schedule": "linear", "horizon": 15_000, "rate_floor": 0.05,
            },
            network={"init_d": "uniform"},
            on_kind=v.on_images(gamma=1.0), on_network=v.on_dcgan(norm_d="none"),
        ),
    }
