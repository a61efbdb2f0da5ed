"""Progressive GAN: both players start at 4 px and grow; each new level is faded in, then trained on.

repeat k times                                                  (critic)
    minimise  E[D(G(z))] - E[D(x)] + lambda E[(|dD/dx~| - 1)^2] + eps E[D(x)^2]
    images shown += m; after enough of them the next level begins to fade in, or has faded in
minimise  -E[D(G(z))]                                           (generator)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Slider
from ganstudio.core.network import Growable, Stage
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Phase
from ganstudio.maths.gradients import input_gradient_norm, interpolate

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

_LOWEST_PX = 4


class ProGANControls(v.GameControls, frozen=True, kw_only=True):
    """The numbers of the paper's appendix A.1; images per level as in the authors' later preset."""

    gp_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ", label="gradient penalty", needs=v.D_MOVES,
        help="How hard the critic's slope is pulled towards 1; at 0 the slope is not limited")] = 10.0
    drift: Annotated[float, Slider(
        0.0, 1.0, scale="log", symbol="ε", label="drift penalty", detent=1e-5, needs=v.D_MOVES,
        help="How hard the critic's scores of real images are pulled towards 0, so that they do not drift away")] = 1e-3
    images_per_level: Annotated[int, Integer(
        1, 10_000_000, scale="log", unit="images", group="growth", label="images per level",
        help="Number of real images shown at each size after it has faded in, before the next size begins")] = 600_000
    images_per_fade: Annotated[int, Integer(
        1, 10_000_000, scale="log", unit="images", group="growth", label="images per fade",
        help="Number of real images shown while a new size fades in")] = 600_000
    start_resolution: Annotated[int, Integer(
        4, 1024, live=False, unit="px", group="growth", label="start at",
        help="Side at which training starts, a power of two; at the side of the data nothing grows")] = _LOWEST_PX
    batch_size: v.BatchSize = 16
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.99
    beta2_g: v.Beta2G = 0.99

    def check(self) -> None:
        super().check()
        if self.start_resolution & (self.start_resolution - 1):
            raise BadInput(f"start_resolution = {self.start_resolution} is not allowed: it is a power of two from 4")


class ProGAN(v.Variant[ProGANControls]):
    """Karras et al.'s progressive growing, with WGAN-GP's loss as in the paper."""

    name = "progan"
    title = "Progressive GAN"
    family = "Wasserstein"
    reference = v.Reference(
        "Karras et al.", 2017, "Progressive Growing of GANs for Improved Quality, Stability, and Variation",
        arxiv="1710.10196",
    )
    formula = v.Formula(
        r"\min_D\; E[D(G(z))] - E[D(x)] + \lambda\, E[(\|\nabla_{\tilde x} D(\tilde x)\| - 1)^2]"
        r" + \epsilon\, E[D(x)^2]",
        r"\min_G\; -E[D(G(z))]",
        symbols={"gp_weight": r"\lambda", "drift": r"\epsilon"},
    )
    discriminator_word = "critic"
    score_kind = "value"
    kinds = ("image",)
    panel = "progressive"
    networks = ("progressive",)
    averages_after = "discriminator"

    def __init__(self) -> None:
        self._level = 0
        self._fading = False
        self._shown = 0  # images, in the phase under way
        self._readings: v.Terms = {}

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: ProGANControls) -> v.Terms:
        return {"critic": on_fake.mean() - on_real.mean(), "drift": c.drift * on_real.square().mean()}

    def discriminator_terms(
        self, D: v.Scorer, real: Tensor, fake: Tensor, c: ProGANControls, rng: Generator,
    ) -> v.Terms:
        slope = input_gradient_norm(D, interpolate(real, fake, rng))
        return {
            **super().discriminator_terms(D, real, fake, c, rng),
            "penalty": c.gp_weight * (slope - 1).square().mean(),
        }

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: ProGANControls) -> v.Terms:
        return {"generator": -D(fake).mean()}

    def has_gradient_penalty(self, c: ProGANControls) -> bool:
        return True

    def after_discriminator_step(self, D: nn.Module, c: ProGANControls) -> None:
        if not isinstance(D, Growable):
            return
        self._shown += c.batch_size
        if 0 < self._lasts(D.levels, c) <= self._shown:
            self.end_phase(D.levels, c)
        stage = self._stage(D.levels, c)
        place = stage.level - 1 + stage.alpha  # 1.25: a quarter of the way from level 1 to level 2
        self._readings = {"level": torch.full((), place, device=next(D.parameters()).device)}

    def phase(self, step: int, levels: int, c: ProGANControls) -> Phase:
        stage = self._stage(levels, c)
        name = f"{stage.resolution} px, fading in" if self._fading else f"{stage.resolution} px"
        return Phase(name=name, stage=stage, levels=levels, shown=self._shown, lasts=self._lasts(levels, c))

    def phases(self, levels: int, c: ProGANControls) -> list[Phase]:
        return [Phase(stage=Stage(levels - 1), levels=levels)]  # fully grown

    def end_phase(self, levels: int, c: ProGANControls) -> None:
        level = self._at(levels, c)
        if self._fading:
            self._fading = False
        elif level < levels - 1:
            self._level, self._fading = level + 1, True
        else:
            return
        self._shown = 0

    def _lasts(self, levels: int, c: ProGANControls) -> int:
        """Images that the phase under way lasts; 0: to the end."""
        if self._fading:
            return c.images_per_fade
        return 0 if self._at(levels, c) == levels - 1 else c.images_per_level

    def _stage(self, levels: int, c: ProGANControls) -> Stage:
        alpha = min(self._shown / c.images_per_fade, 1.0) if self._fading else 1.0
        return Stage(self._at(levels, c), alpha)

    def _at(self, levels: int, c: ProGANControls) -> int:
        """The level under way: no lower than that which training starts at, no higher than there are."""
        start = (c.start_resolution // _LOWEST_PX).bit_length() - 1
        return min(max(self._level, start), levels - 1)

    def diagnostics(self) -> v.Terms:
        return self._readings

    def state(self) -> dict[str, float]:
        return {"level": float(self._level), "fading": float(self._fading), "shown": float(self._shown)}

    def load_state(self, state: Mapping[str, float]) -> None:
        self._level, self._fading, self._shown = int(state["level"]), bool(state["fading"]), int(state["shown"])

    advice = "Each size begins as an enlarged copy of the last one. Watch the detail come in as α rises from 0 to 1."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=750_000,
            source="Appendix A.1: λ 10, ε 0.001, k 1, Adam 1e-3 (0, 0.99). 600,000 images a phase and batch 16 as in "
                   "the authors' second preset; the paper's runs had 800,000 and smaller batches at large sizes.",
            network={"latent_dim": 512, "width": 512},
        ),
        "toy": v.Preset(
            title="Toy", steps=5000,
            source="Our values, for faces within minutes on a CPU: 32 px and 32 channels, 8,000 images a phase "
                   "instead of 600,000, twice the rates and a shorter average of G.",
            controls={
                "images_per_level": 8000, "images_per_fade": 8000, "learning_rate_d": 2e-3, "learning_rate_g": 2e-3,
                "ema_decay": 0.99,
            },
            network={"resolution": 32, "width": 32, "latent_dim": 64},
        ),
    }
