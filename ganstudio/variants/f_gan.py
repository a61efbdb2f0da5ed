"""f-GAN: any f-divergence between data and generator, through its convex conjugate.

T(x) = g_f(D(x)),  g_f maps scores onto the domain of f*
repeat k times                                                  (discriminator)
    maximise  E[T(x)] - E[f*(T(G(z)))]                          at its best: D_f(data || generator)
minimise  -E[f*(T(G(z)))]                                       (generator, exact)
   or     -E[T(G(z))]                                           (generator, the "tricky" one)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from ganstudio.core import variant as v
from ganstudio.core.control import Choice, Needs, Slider, Text
from ganstudio.maths.f_divergence.f_divergences import FDivergence, custom, divergence

if TYPE_CHECKING:
    from torch import Tensor


class FGANControls(v.GameControls, frozen=True, kw_only=True):
    """Batch and rate are those of the univariate experiment: plain gradient steps of .01 on batches of 1024."""

    divergence: Annotated[Literal[
        "kl", "reverse-kl", "js", "jeffrey", "pearson", "neyman", "hellinger", "gan", "total-variation", "alpha",
        "js-weighted", "custom",
    ], Choice(help="The f-divergence that G minimises; custom takes the f below")] = "js"
    alpha: Annotated[float, Slider(
        -1.0, 2.0, symbol="α", needs=(Needs("divergence", among=("alpha",)),),
        help="Parameter of the alpha divergence: 0 is reverse KL, 1 is KL, 2 is similar to "
                                    "Pearson")] = 0.5
    pi: Annotated[float, Slider(
        0.01, 0.99, symbol="π", needs=(Needs("divergence", among=("js-weighted",)),),
        help="Weight of the data in the weighted Jensen–Shannon divergence")] = 0.5
    generator_loss: Annotated[Literal["exact", "tricky"], Choice(
        label="G loss", needs=v.G_MOVES,
        help="Exact: G minimises the divergence. Tricky: G maximises T at its samples. The direction "
                             "is the same and the gradient saturates less, but no divergence is minimised.")] = "exact"
    f: Annotated[str, Text(
        label="f(u)", needs=(Needs("divergence", among=("custom",)),),
        help="The generator function of the custom divergence: convex, with f(1) = 0")] = "u*log(u)"
    batch_size: v.BatchSize = 1024
    optimiser_d: v.OptimiserD = "sgd"
    optimiser_g: v.OptimiserG = "sgd"
    learning_rate_d: v.RateD = 0.01
    learning_rate_g: v.RateG = 0.01
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0

    def check(self) -> None:
        super().check()
        if self.divergence == "custom":
            custom(self.f)

    @property
    def row(self) -> FDivergence:
        """The divergence chosen."""
        return custom(self.f) if self.divergence == "custom" else divergence(self.divergence, self.alpha, self.pi)


class FGAN(v.Variant[FGANControls]):
    """Nowozin, Cseke and Tomioka's variational divergence minimisation."""

    name = "f-gan"
    title = "f-GAN"
    family = "f-divergences"
    reference = v.Reference(
        "Nowozin, Cseke, Tomioka", 2016,
        "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", arxiv="1606.00709",
    )
    formula = v.Formula(
        r"\max_D\; E[g_f(D(x))] - E[f^*(g_f(D(G(z))))]",
        r"\min_G\; -E[f^*(g_f(D(G(z))))]",
    )
    score_kind = "value"

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: FGANControls) -> v.Terms:
        f = c.row
        return {"real": -f.activation(on_real).mean(), "fake": f.composite(on_fake).mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: FGANControls) -> v.Terms:
        f = c.row
        scores = D(fake)
        best = f.composite(scores) if c.generator_loss == "exact" else f.activation(scores)
        return {"generator": -best.mean()}

    def optimal_score(self, log_ratio: Tensor, c: FGANControls) -> Tensor:
        return c.row.optimal_score(log_ratio)

    at_optimum = "−D_f(data ‖ generator)"
    advice = "Try KL (covers all modes, with stray points) against reverse KL (stays on few modes)."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=20_000, source="The univariate experiment: batch 1,024, gradient steps of 0.01, k 1",
        ),
        "toy": v.Preset(
            title="Toy", steps=5000,
            source="Our values: tanh units, k 2, Adam 1e-3 (0.5, 0.9), rates falling in a straight line to 5%. Affine "
                   "network: D 2e-3, G 5e-3.",
            controls={
                "critic_steps": 2, "optimiser_d": "adam", "optimiser_g": "adam", "learning_rate_d": 1e-3,
                "learning_rate_g": 1e-3, "beta1_d": 0.5, "beta1_g": 0.5, "batch_size": 128, "schedule": "linear",
                "horizon": 5000, "rate_floor": 0.05,
            },
            network={"activation": "tanh", "init_d": "uniform"},
            on_network={
                **v.on_dcgan(),
                "affine": v.Settings(steps=6000, network={"start": "data", "init_d": "he"}, controls={
                    "batch_size": 1024, "learning_rate_d": 2e-3, "learning_rate_g": 5e-3,
                    "beta2_d": 0.99, "beta2_g": 0.99, "horizon": 6000,
                }),
            },
            on_kind=v.on_images(),
        ),
    }
