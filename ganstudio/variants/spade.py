"""SPADE (GauGAN): images of label maps, where the norm itself tells each place its label.

repeat k times                                                  (discriminator)
    minimise  E[max(0, 1 - D(m, y))] + E[max(0, 1 + D(m, G(z, m)))]
minimise  -E[D(m, G(z, m))] + lambda_feat sum over scales and layers of |D^l(m, y) - D^l(m, G)| / scales    (generator)
D: two PatchGANs, at full and at half size; real and generated images go through it in one batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Slider

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Given, Turn


class SpadeControls(v.GameControls, frozen=True, kw_only=True):
    """The paper's; VGG's perceptual loss is left out, for its weights are a download."""

    feature_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ", label="feature weight", group="objective", needs=v.G_MOVES,
        help="Weight of matching D's layers on the generated image to those on the true one")] = 10.0
    learning_rate_d: v.RateD = 4e-4
    learning_rate_g: v.RateG = 1e-4
    batch_size: v.BatchSize = 16
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.9
    beta2_g: v.Beta2G = 0.9
    ema_decay: v.EmaDecay = 0.0
    packing: v.NoPacking = 1


class Spade(v.Variant[SpadeControls]):
    """Semantic image synthesis with spatially-adaptive normalisation, and five other norms in its place."""

    name = "spade"
    title = "SPADE (GauGAN)"
    family = "Translation"
    reference = v.Reference(
        "Park, Liu, Wang, Zhu", 2019, "Semantic Image Synthesis with Spatially-Adaptive Normalization",
        arxiv="1903.07291")
    formula = v.Formula(
        r"\min_D\; E[\max(0, 1 - D(m, y))] + E[\max(0, 1 + D(m, G(z, m)))]",
        r"\min_G\; -E[D(m, G(z, m))] + \lambda \sum_l E|D^l(m, y) - D^l(m, G(z, m))|",
        symbols={"feature_weight": r"\lambda"},
    )
    kinds = ("image",)
    networks = ("spade",)
    needs = frozenset({"source"})
    score_kind = "value"
    panel = "translation"

    def terms(self, turn: Turn, c: SpadeControls) -> v.Terms:
        m, y = turn.batch.source, turn.batch.x
        assert m is not None
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = turn.G(turn.latent(), m)
            on_real, on_fake = turn.D(_joined(m, y, fake)).chunk(2)
            return {"real": (1 - on_real).relu().mean(), "fake": (1 + on_fake).relu().mean()}
        made = turn.G(turn.latent(), m)
        scales = turn.D.features(_joined(m, y, made))
        scores = [layers[-1].chunk(2)[1].mean() for layers in scales]
        terms = {"generator": -torch.stack(scores).mean()}
        if c.feature_weight > 0:
            apart = [(layer.chunk(2)[0].detach() - layer.chunk(2)[1]).abs().mean()
                     for layers in scales for layer in layers[:-1]]
            terms["features"] = c.feature_weight * torch.stack(apart).sum() / len(scales)
        return terms

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        return modules["G"](given.latent, given.source)

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: SpadeControls) -> Tensor:
        scores: Tensor = modules["D"](torch.cat([given.source, x], dim=1))
        return scores

    advice = "Compare a run with norm instance: G then cannot tell maps of one class everywhere apart."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=200_000,
            source="Park et al. 2019, appendix A, and its code: Adam (0, 0.9), G 1e-4, D 4e-4, λ 10, 256 px, batches "
                   "of "
                   "32; without the VGG loss.",
            controls={"batch_size": 32, "schedule": "linear", "horizon": 200_000},
            network={"width": 64, "width_d": 64, "hidden": 128, "latent_dim": 256, "patch_layers": 4,
                     "resolution": 256},
        ),
        "toy": v.Preset(
            title="Toy", steps=500,
            source="Our values for 32 px: width 16, Adam (0, 0.9), G 2e-4, D 8e-4, batches of 16, one map in five of "
                   "one "
                   "class everywhere, rates falling in a straight line to 0.",
            controls={"learning_rate_g": 2e-4, "learning_rate_d": 8e-4, "schedule": "linear", "horizon": 500},
            on_data={"scenes": {"uniform_share": 0.2}},
        ),
    }


def _joined(m: Tensor, y: Tensor, made: Tensor) -> Tensor:
    """Real images, then generated ones, each beside its label map: one batch."""
    return torch.cat([torch.cat([m, y], dim=1), torch.cat([m, made], dim=1)])
