"""Pix2Pix: images translated by example. D asks whether a patch is real, L1 whether it is the one that was asked for.

repeat k times                                                  (discriminator)
    minimise  -1/2 E[log s(D(x, y))] - 1/2 E[log(1 - s(D(x, G(x))))]
minimise  -E[log s(D(x, G(x)))] + lambda E|y - G(x)|            (generator)
x is the source, y its image; D gives a score for each patch, and a loss is the mean over all of them. G's only
randomness is dropout, in training and at the look. L1 alone asks for each pixel's median: it blurs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch
from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Slider, Toggle

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Given, Turn


class Pix2PixControls(v.GameControls, frozen=True, kw_only=True):
    """The paper's, section 3.3 and appendix 6.2."""

    l1_weight: Annotated[float, Slider(
        0.0, 1000.0, scale="log", symbol="λ", label="L1 weight", group="objective", needs=v.G_MOVES,
        help="Weight of the mean absolute difference to the true image; 0 leaves G to D alone")] = 100.0
    adversarial: Annotated[float, Slider(
        0.0, 10.0, label="weight of D", group="objective", needs=v.G_MOVES,
        help="Weight of D's judgement in G's loss; 0 leaves L1 alone, which blurs")] = 1.0
    conditional: Annotated[bool, Toggle(
        live=False, label="D sees the source", group="objective",
        help="Whether D sees the source beside the image. Without it D only knows what images look like.")] = True
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    batch_size: v.BatchSize = 16
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999
    ema_decay: v.EmaDecay = 0.0
    packing: v.NoPacking = 1


class Pix2Pix(v.Variant[Pix2PixControls]):
    """Image-to-image translation with paired examples."""

    name = "pix2pix"
    title = "Pix2Pix"
    family = "Translation"
    reference = v.Reference("Isola, Zhu, Zhou, Efros", 2017,
                            "Image-to-Image Translation with Conditional Adversarial Networks", arxiv="1611.07004")
    formula = v.Formula(
        r"\min_D\; -\tfrac{1}{2} E[\log \sigma(D(x, y))] - \tfrac{1}{2} E[\log(1 - \sigma(D(x, G(x))))]",
        r"\min_G\; -E[\log \sigma(D(x, G(x)))] + \lambda\, E[|y - G(x)|]",
        symbols={"l1_weight": r"\lambda"},
    )
    kinds = ("image",)
    networks = ("u-net",)
    needs = frozenset({"source"})
    panel = "translation"

    def terms(self, turn: Turn, c: Pix2PixControls) -> v.Terms:
        x, y = turn.batch.source, turn.batch.x
        assert x is not None
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = turn.G(x)
            return {"real": softplus(-self._scored(turn.D, x, y, c)).mean() / 2,
                    "fake": softplus(self._scored(turn.D, x, fake, c)).mean() / 2}
        made = turn.G(x)
        terms = {"L1": c.l1_weight * (y - made).abs().mean()} if c.l1_weight > 0 else {}
        if c.adversarial > 0 or not terms:
            terms["generator"] = c.adversarial * softplus(-self._scored(turn.D, x, made, c)).mean()
        return terms

    def _scored(self, D: Any, x: Tensor, y: Tensor, c: Pix2PixControls) -> Tensor:
        """Scores of each patch ``(n, 1, m, m)``."""
        scores: Tensor = D(torch.cat([x, y], dim=1) if c.conditional else y)
        return scores

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: Pix2PixControls) -> Tensor:
        return self._scored(modules["D"], given.source, x, c)

    def conditioning(self, c: Pix2PixControls) -> str:
        return "" if c.conditional else "none"

    advice = "Set the weight of D to 0: L1 alone makes each pixel the median of what it could be, and textures go."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000,
            source="Isola et al. 2017, section 3.3: λ 100, Adam 2e-4 (0.5, 0.999), batches of 1, width 64, PatchGAN of "
                   "70 px; batch norm by each image's own statistics, in tests too, which is instance norm; rates "
                   "constant, then falling to 0.",
            controls={"batch_size": 1, "schedule": "linear", "horizon": 100_000},
            network={"width": 64, "width_d": 64, "widest": 8, "patch_layers": 3, "norm": "instance",
                     "resolution": 256},
        ),
        "toy": v.Preset(
            title="Toy", steps=2000,
            source="Our values for 32 px: width 24, PatchGAN of 16 px, batches of 16, rates falling in a straight line "
                   "to "
                   "0.",
            controls={"schedule": "linear", "horizon": 2000},
        ),
        "median": v.Preset(
            title="One commoner colour", steps=2000, data="scenes",
            source="As toy, on scenes whose first colour has chance 0.7: the median of each pixel is unique then.",
            controls={"schedule": "linear", "horizon": 2000, "adversarial": 0.0},
            on_data={"scenes": {"colour_share": 0.7}},
        ),
    }
