"""MSG-GAN: G makes an image at each of its levels, D is shown all of them, and so gradients reach every level at once.

x_i = mean of x over squares of 2^i px; G(z) = (o_1, ..., o_K)
r(x) = D(x_1, ..., x_K) - E[D(G(z))]; f(z) = D(G(z)) - E[D(x_1, ..., x_K)]
repeat k times                                                  (discriminator)
    minimise  E[max(0, 1 - r(x))] + E[max(0, 1 + f(z))]
    or        E[s(-D(x))] + E[s(D(G(z)))] + gamma/2 mean_i E[|dD/dx_i|^2]
minimise  E[max(0, 1 + r(x))] + E[max(0, 1 - f(z))]             (generator)
or        E[s(-D(G(z)))]                                        (generator)

s(t) = log(1 + e^t). With `loss` the two lines "or" are chosen: relativistic average hinge, or non-saturating.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from torch.nn.functional import relu, softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Choice, Integer, Needs, Slider, Value
from ganstudio.maths.gradients import r1_over_levels
from ganstudio.maths.resampling import image_levels

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Turn

PENALISED = (*v.D_MOVES, Needs("gamma", above=0))
_CALM: dict[str, Value] = {"batch_size": 16, "schedule": "linear", "horizon": 2500, "rate_floor": 0.05}
_TOY: dict[str, Value] = {**_CALM, "loss": "non-saturating", "gamma": 0.3, "r1_interval": 8, "learning_rate_d": 2.5e-3,
                          "learning_rate_g": 2.5e-3}
_SMALL: dict[str, Value] = {"resolution": 16, "width": 64, "width_top": 32, "latent_dim": 64,
                            "constants": "progressive"}


class MSGGANControls(v.GameControls, frozen=True, kw_only=True):
    """The numbers of the authors' first code; the paper's tables used WGAN-GP's loss."""

    loss: Annotated[Literal["relativistic-hinge", "non-saturating"], Choice(
        group="objective",
        help="relativistic-hinge: D says by how much a sample is more real than the mean of the other kind. "
             "non-saturating: the usual loss of GANs, which needs the R1 penalty")] = "relativistic-hinge"
    gamma: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="γ", label="R1 penalty", group="objective", needs=v.D_MOVES,
        help="How hard D's slope at real images is pulled towards 0 (γ/2 times its square, the mean over the sizes); 0 "
             "switches the penalty off")] = 0.0
    r1_interval: Annotated[int, Integer(
        1, 64, unit="updates", label="R1 every", group="objective", needs=PENALISED,
        help="The penalty comes in every k-th update of D alone, k times as strong")] = 1
    learning_rate_d: v.RateD = 3e-3
    learning_rate_g: v.RateG = 3e-3
    batch_size: v.BatchSize = 20
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.99
    beta2_g: v.Beta2G = 0.99
    packing: v.NoPacking = 1


class MSGGAN(v.Variant[MSGGANControls]):
    """Karnewar and Wang's multi-scale gradients: no growing and no fading, one schedule for all sizes."""

    name = "msg-gan"
    title = "MSG-GAN"
    family = "On images"
    reference = v.Reference(
        "Karnewar, Wang", 2019, "MSG-GAN: Multi-Scale Gradients for Generative Adversarial Networks",
        arxiv="1903.06048",
    )
    formula = v.Formula(
        r"\min_D\; E[(1 - \tilde D(x))_+] + E[(1 + \tilde D(G(z)))_+],"
        r"\quad \tilde D(x) = D(x_1, \dots, x_K) - E[D(G(z))], \quad \tilde D(G(z)) = D(o_1, \dots, o_K) - E[D(x)]",
        r"\min_G\; E[(1 + \tilde D(x))_+] + E[(1 - \tilde D(G(z)))_+], \quad G(z) = (o_1, \dots, o_K)",
    )
    score_kind = "value"
    kinds = ("image",)
    panel = "scales"
    networks = ("msg",)

    def terms(self, turn: Turn, c: MSGGANControls) -> v.Terms:
        if turn.player == "discriminator":
            real = image_levels(turn.batch.x)
            with turn.no_grad():
                fake = turn.G.levels_of(turn.latent())
            on_real, on_fake = turn.D.both(real, fake)
            terms = self.score_terms(on_real, on_fake, c)
            if c.gamma > 0 and turn.update % c.r1_interval == 0:
                terms["R1"] = c.gamma * c.r1_interval * r1_over_levels(turn.D, real)
            return terms
        fake = turn.G.levels_of(turn.latent())
        if c.loss == "non-saturating":
            return {"generator": softplus(-turn.D(fake)).mean()}
        on_real, on_fake = turn.D.both(image_levels(turn.batch.x), fake)
        return {"generator": relu(1 + on_real - on_fake.mean()).mean() + relu(1 - on_fake + on_real.mean()).mean()}

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: MSGGANControls) -> v.Terms:
        if c.loss == "non-saturating":
            return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}
        return {"real": relu(1 - on_real + on_fake.mean()).mean(), "fake": relu(1 + on_fake - on_real.mean()).mean()}

    def has_gradient_penalty(self, c: MSGGANControls) -> bool:
        return c.gamma > 0

    advice = ("G draws every size at once. Watch how far the smaller images are from the largest one: no term of the "
              "loss asks them to agree, but D sees it if they do not.")
    presets = {
        "paper": v.Preset(
            title="Paper", steps=150_000,
            source="The authors' code: relativistic average hinge without a penalty, Adam 3e-3 (0, 0.99), batch 20, "
                   "512 channels, average of G 0.999 a step; φ lin-cat with half the channels. Its spread of the batch "
                   "is over the whole batch, ours over groups of 4.",
            network={"latent_dim": 512, "width": 512},
        ),
        "toy": v.Preset(
            title="Toy", steps=2500,
            source="Our values, for faces within minutes on a CPU: 16 px, 64 channels at 4 and 8 px and 32 at 16 px, "
                   "latents of 64, batch 16; the loss of MSG-StyleGAN, by the same authors (non-saturating with R1, "
                   "the mean over the sizes) with γ 0.3 every 8 updates; Progressive GAN's gains; rates of 2.5e-3 that "
                   "fall in a straight line to 5%",
            controls=_TOY, network=_SMALL,
        ),
        "relativistic": v.Preset(
            title="Relativistic hinge", steps=2500,
            source="As Toy, with the loss and the rates of the authors' first code: without a penalty D soon wins, "
                   "and G learns on",
            controls=_CALM, network=_SMALL,
        ),
        "top-level-alone": v.Preset(
            title="Top level alone", steps=2500,
            source="As Toy, but D sees the images of full size alone, to be compared with it. The paper's robustness "
                   "to the learning rate is not seen at this size: after 300 steps this one is ahead at 0.001, 0.003 "
                   "and 0.01.",
            controls=_TOY, network={**_SMALL, "levels": "top"},
        ),
    }
