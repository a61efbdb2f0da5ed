"""CycleGAN: images translated without pairs. What comes back from the other domain must be what went there.

repeat k times                                                  (discriminator)
    minimise  E[(D_B(b) - 1)^2] + E[D_B(pool of G_AB(a))^2] + the same for D_A
minimise  E[(D_B(G_AB(a)) - 1)^2] + E[(D_A(G_BA(b)) - 1)^2]     (generator)
          + lambda (E|G_BA(G_AB(a)) - a| + E|G_AB(G_BA(b)) - b|) + mu (E|G_AB(b) - b| + E|G_BA(a) - a|)
The two generators are one player with one optimiser, and so are the two discriminators, as in the authors' code. The
pool: of 50 images for each direction; a fresh one is shown to D with chance 1/2, else an older one, whose place it
takes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch
from torch.nn.functional import avg_pool2d, pad

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Slider

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from ganstudio.core.dataset import DataShape
    from ganstudio.core.turn import Given, Phase, Turn

NOISE = 0.05  # of pixels from -1 to 1: on the way back, to see what an image hides


class CycleGANControls(v.GameControls, frozen=True, kw_only=True):
    """The paper's, section 4 and appendix 7.1."""

    cycle_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ", label="cycle weight", group="objective", needs=v.G_MOVES,
        help="Weight of the mean absolute difference between an image and what comes back of it; at 0 any exchange of "
             "contents that looks right is allowed")] = 10.0
    identity_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="μ", label="identity weight", group="objective", needs=v.G_MOVES,
        help="Weight of the mean absolute change of an image that is of the target domain already; the paper's 0.5 λ, "
             "for paintings")] = 5.0
    pool_size: Annotated[int, Integer(
        0, 500, label="pool size", unit="images", group="objective", live=False, needs=v.D_MOVES,
        help="Generated images that each D is shown again later, so that it does not forget; 0 shows fresh ones alone")
    ] = 50
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    batch_size: v.BatchSize = 1
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999
    ema_decay: v.NoAverage = 0.0
    packing: v.NoPacking = 1


class ImagePool:
    """The last generated images of one direction: what D is shown is fresh or, as often, older.

    Source: Shrivastava et al. 2017, arXiv:1612.07828, section 2.3; Zhu et al. 2017, section 4.
    """

    def __init__(self) -> None:
        self.images: Tensor | None = None  # (k, c, h, h), copies

    def exchanged(self, fresh: Tensor, size: int, rng: Generator) -> Tensor:
        """What D is shown in the place of fresh images ``(n, c, h, h)``; they come into the pool."""
        if size == 0:
            return fresh
        if self.images is not None:
            self.images = self.images.to(fresh.device)  # a checkpoint gives it back on the CPU
        shown = []
        for image in fresh.detach():
            held = 0 if self.images is None else len(self.images)
            if held < size:
                copy = image.clone()[None]
                self.images = copy if self.images is None else torch.cat([self.images, copy])
                shown.append(image)
                continue
            assert self.images is not None
            passes, place = torch.rand(2, generator=rng, device=rng.device).tolist()
            if passes < 0.5:
                shown.append(image)
                continue
            at = min(int(place * held), held - 1)
            shown.append(self.images[at].clone())
            self.images[at] = image
        return torch.stack(shown)


class CycleGAN(v.Variant[CycleGANControls]):
    """Unpaired image-to-image translation, both directions at once."""

    name = "cyclegan"
    title = "CycleGAN"
    family = "Translation"
    reference = v.Reference(
        "Zhu, Park, Isola, Efros", 2017,
        "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", arxiv="1703.10593")
    formula = v.Formula(
        r"\min_D\; E[(D_B(b) - 1)^2] + E[D_B(G_{AB}(a))^2] + E[(D_A(a) - 1)^2] + E[D_A(G_{BA}(b))^2]",
        r"\min_G\; E[(D_B(G_{AB}(a)) - 1)^2] + E[(D_A(G_{BA}(b)) - 1)^2]"
        r" + \lambda E|G_{BA}(G_{AB}(a)) - a| + \lambda E|G_{AB}(G_{BA}(b)) - b|"
        r" + \mu E|G_{AB}(b) - b| + \mu E|G_{BA}(a) - a|",
        symbols={"cycle_weight": r"\lambda", "identity_weight": r"\mu"},
    )
    kinds = ("image",)
    networks = ("translator",)
    needs = frozenset({"source"})
    score_kind = "value"
    panel = "translation"
    judge_name = "D_B"

    def __init__(self) -> None:
        super().__init__()
        self.pools = {"a": ImagePool(), "b": ImagePool()}

    def players(self, phase: Phase) -> Mapping[str, tuple[str, ...]]:
        return {"discriminator": ("D_A", "D_B"), "generator": ("G_AB", "G_BA")}

    def terms(self, turn: Turn, c: CycleGANControls) -> v.Terms:
        a, b = turn.batch.source, turn.batch.x
        assert a is not None
        if turn.player == "discriminator":
            with turn.no_grad():
                fake_b, fake_a = turn.G_AB(a), turn.G_BA(b)
            shown_a = self.pools["a"].exchanged(fake_a, c.pool_size, turn.rng)
            shown_b = self.pools["b"].exchanged(fake_b, c.pool_size, turn.rng)
            return {"D_A": (turn.D_A(a) - 1).square().mean() + turn.D_A(shown_a).square().mean(),
                    "D_B": (turn.D_B(b) - 1).square().mean() + turn.D_B(shown_b).square().mean()}
        fake_b, fake_a = turn.G_AB(a), turn.G_BA(b)
        terms = {"G_AB": (turn.D_B(fake_b) - 1).square().mean(), "G_BA": (turn.D_A(fake_a) - 1).square().mean()}
        if c.cycle_weight > 0:
            away = (turn.G_BA(fake_b) - a).abs().mean() + (turn.G_AB(fake_a) - b).abs().mean()
            terms["cycle"] = c.cycle_weight * away
        if c.identity_weight > 0 and a.shape == b.shape:
            changed = (turn.G_AB(b) - b).abs().mean() + (turn.G_BA(a) - a).abs().mean()
            terms["identity"] = c.identity_weight * changed
        return terms

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        return modules["G_AB"](given.source)

    def translate(self, modules: Mapping[str, Any], given: Given, x: Tensor) -> dict[str, Tensor]:
        made, other, back = modules["G_AB"](given.source), modules["G_BA"](x), modules["G_BA"]
        noise = torch.randn(made.shape, generator=given.rng, device=made.device)
        return {
            "made": made, "back": back(made), "other": other, "other_back": modules["G_AB"](other),
            # What is hidden in an image does not survive what no eye would see.
            "back_8bit": back(((made + 1) * 127.5).round() / 127.5 - 1), "back_noise": back(made + NOISE * noise),
            "back_blur": back(avg_pool2d(pad(made, (1, 1, 1, 1), mode="replicate"), 3, 1)),
        }

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: CycleGANControls) -> Tensor:
        scores: Tensor = modules["D_B"](x)
        return scores

    def state(self) -> Mapping[str, Tensor | float]:
        return {f"pool_{name}": pool.images.clone() for name, pool in self.pools.items() if pool.images is not None}

    def load_state(self, state: Mapping[str, Any]) -> None:
        for name, pool in self.pools.items():
            images = state.get(f"pool_{name}")
            pool.images = None if images is None else images.clone()

    def remembered_bytes(self, c: CycleGANControls, data: DataShape) -> int:
        return 4 * c.pool_size * (math.prod(data.x) + math.prod(data.source))

    advice = "Watch the true error: losses and the way back can look fine while the translation is the wrong one."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=200_000,
            source="Zhu et al. 2017, section 4 and appendix 7: λ 10, pool of 50, Adam 2e-4 (0.5, 0.999), batches of 1, "
                   "width 64, nine blocks at 256 px, PatchGAN of 70 px; rates constant, then falling to 0.",
            controls={"schedule": "linear", "horizon": 200_000},
            network={"width": 64, "width_d": 64, "steps_down": 2, "blocks": 9, "patch_layers": 3, "resolution": 256},
        ),
        "toy": v.Preset(
            title="Toy", steps=1400,
            source="Our values for 32 px: width 16, three blocks, PatchGAN of 16 px, batches of 4, rates falling in a "
                   "straight line to 0.",
            controls={"batch_size": 4, "schedule": "linear", "horizon": 1400},
        ),
        "wrong": v.Preset(
            title="A wrong translation", steps=600,
            source="As toy, with a cycle weight of 1 and no identity term: the losses look as ever and the way back is "
                   "right, but textures and houses and trees are not those of the truth, which the true error shows.",
            controls={"batch_size": 4, "schedule": "linear", "horizon": 600, "identity_weight": 0.0,
                      "cycle_weight": 1.0},
        ),
        "hidden": v.Preset(
            title="Hidden colours", steps=700, data="seasons",
            source="As toy, on summers of two colours a class, without the identity term: winter has no room for which "
                   "one it was, and G hides it there (Chu, Zhmoginov, Sandler 2017, arXiv:1712.02950).",
            controls={"batch_size": 4, "schedule": "linear", "horizon": 700, "identity_weight": 0.0},
            on_data={"seasons": {"summer_colours": 2}},
        ),
    }
