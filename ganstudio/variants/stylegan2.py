"""StyleGAN2: styles scale the weights of G's convolutions, and equal steps in w are to change the image equally.

repeat k times                                                  (discriminator)
    minimise  -E[log s(D(x))] - E[log(1 - s(D(G(w))))]
    p <- p + sign(E sign D(x) - r_t) m / images                 with ADA: the chance that D's images are changed
minimise      -E[log s(D(G(w)))]                                (generator)
a <- a + 0.01 (E l - a)                                         (generator)
w = f(z), but f(z') from a random layer on in a share p_mix of all batches

In some steps each player makes an update more, of a penalty times k, with its rate and betas corrected for that:
every 16th of D   gamma/2 E[|dD/dx|^2] at real x
every 4th of G    w_pl E[(l - a)^2] with l^2 the mean over layers of |d(G(w) . y)/dw|^2, y ~ N(0, 1) / sqrt(h w)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Needs, Slider
from ganstudio.maths.augmentation import augmented
from ganstudio.maths.path_length import path_lengths
from ganstudio.maths.styles import mixed, repeated
from ganstudio.variants.parts.lazy_penalties import is_lazy
from ganstudio.variants.parts.style_game import StyleGame, StyleGameControls

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from ganstudio.core.turn import Turn

FOLLOWS = 0.01  # share of a batch's mean length that the mean of lengths takes
ADJUSTED_EVERY = 4  # batches of D
PL_MOVES = (Needs("generator_steps", above=0), Needs("path_weight", above=0))


class StyleGAN2Controls(StyleGameControls, frozen=True, kw_only=True):
    """gamma 10 every 16, path length 2 every 4, Adam .002 (0, .99), batch 32, mixing .9: the authors' code."""

    path_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="w_pl", label="path length", group="objective", needs=v.G_MOVES,
        help="How hard the change of the image per step in w is pulled towards its running mean; 0 switches the "
             "penalty off")] = 2.0
    path_interval: Annotated[int, Integer(
        1, 64, scale="log", unit="steps", label="path length every", group="objective", needs=PL_MOVES,
        help="The path length penalty comes in every k-th step, in an update of its own and k times as strong; G's "
             "rate and betas are corrected for it")] = 4
    ada_target: Annotated[float, Slider(
        0.0, 0.95, symbol="r_t", label="ADA target", group="augmentation", needs=v.D_MOVES,
        help="Aim for the mean sign of D's scores of real images: at 1 D takes none of them for a generated one. Above "
             "it D is shown changed images more often, below it less often. 0: never (ADA, for few images).")] = 0.0
    ada_images: Annotated[int, Integer(
        1000, 10_000_000, scale="log", unit="images", label="ADA speed", group="augmentation",
        needs=(Needs("critic_steps", above=0), Needs("ada_target", above=0)),
        help="Number of images in which the chance of a change could rise from 0 to 1")] = 500_000


class StyleGAN2(StyleGame[StyleGAN2Controls]):
    """Karras et al.'s second style-based generator, with adaptive augmentation as an option."""

    name = "stylegan2"
    title = "StyleGAN2"
    family = "Styles"
    reference = v.Reference(
        "Karras, Laine, Aittala, Hellsten, Lehtinen, Aila", 2020,
        "Analyzing and Improving the Image Quality of StyleGAN", arxiv="1912.04958",
    )
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x))] - E[\log(1 - \sigma(D(G(f(z)))))]"
        r" + \frac{\gamma}{2} E[\|\nabla_x D(x)\|^2]",
        r"\min_{G, f}\; -E[\log \sigma(D(G(f(z))))] + w_{pl}\, E[(\|J_w^T y\| - a)^2]",
        symbols={"gamma": r"\gamma", "path_weight": r"w_{pl}"},
    )
    kinds = ("image",)
    networks = ("style2",)
    panel = "styles"
    at_optimum = "log 4 − 2 JSD, without the penalty"

    def __init__(self) -> None:
        self._length = torch.zeros(())  # a, the mean of path lengths
        self._p = 0.0  # chance of each change of what D is shown
        self._signs, self._batches = 0.0, 0.0  # since p was adjusted: sum of the means of sign D(x), and how many
        self._told = 0.0  # r_t when p was adjusted
        self._found: Tensor | None = None  # in the update under way: the new a, or the mean of sign D(x)

    def lazy(self, player: str, c: StyleGAN2Controls) -> int:
        if player == "generator":
            return c.path_interval if is_lazy(c.path_weight, c.path_interval) else 0
        return super().lazy(player, c)

    def terms(self, turn: Turn, c: StyleGAN2Controls) -> v.Terms:
        self._found = None
        if turn.player == "discriminator" or not self.penalises(turn, c):
            terms = super().terms(turn, c)
            if turn.player == "discriminator" or c.path_weight == 0 or self.lazy("generator", c):
                return terms
            return {**terms, "path length": self._path_penalty(turn, c)}
        return {"path length": c.path_interval * self._path_penalty(turn, c)}

    def _path_penalty(self, turn: Turn, c: StyleGAN2Controls) -> Tensor:
        """w_pl E[(l - a)^2] on half a batch of fresh latents."""
        z, *other = self.styles(turn, c)
        n, layers = max(1, len(z) // 2), turn.G.num_ws
        ws = repeated(turn.G.mapping(z[:n]), layers)
        if other:
            ws = mixed(ws, repeated(turn.G.mapping(other[0][:n], follow=False), layers), other[1])
        lengths = path_lengths(turn.G.synthesis, ws, turn.rng)
        self._found = self._length.to(lengths.device).lerp(lengths.detach().mean(), FOLLOWS)
        return c.path_weight * (lengths - self._found).square().mean()

    def seen(self, turn: Turn, c: StyleGAN2Controls) -> v.Scorer:
        return _Augmented(turn.D, self._p, turn.rng) if self._p > 0 else turn.D

    def discriminator_terms(
        self, D: v.Scorer, real: Tensor, fake: Tensor, c: StyleGAN2Controls, rng: Generator,
    ) -> v.Terms:
        on_real, on_fake = D.both(real, fake)
        self._found = on_real.detach().sign().mean()
        return self.score_terms(on_real, on_fake, c)

    def after(self, turn: Turn, c: StyleGAN2Controls) -> None:
        if self._found is None:
            return
        if turn.player == "generator":
            self._length = self._found
        elif c.ada_target > 0:
            self._adjust(float(self._found), c)
        else:
            self._p = self._signs = self._batches = self._told = 0.0

    def _adjust(self, signs: float, c: StyleGAN2Controls) -> None:
        """Counts a batch of D; after some of them p rises or falls, as D tells more or fewer of them."""
        self._signs, self._batches = self._signs + signs, self._batches + 1
        if self._batches < ADJUSTED_EVERY:
            return
        self._told = self._signs / self._batches
        step = c.batch_size * self._batches / c.ada_images
        self._p = min(1.0, max(0.0, self._p + math.copysign(step, self._told - c.ada_target)))
        self._signs = self._batches = 0.0

    def diagnostics(self) -> v.Terms:
        found = {"mean path length": self._length}
        if self._p > 0 or self._told != 0:
            found |= {"p": torch.tensor(self._p), "r_t": torch.tensor(self._told)}
        return found

    def state(self) -> dict[str, float]:
        return {"length": float(self._length), "p": self._p, "signs": self._signs, "batches": self._batches,
                "told": self._told}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self._length = torch.tensor(state["length"])
        self._p, self._signs = state["p"], state["signs"]
        self._batches, self._told = state["batches"], state["told"]

    advice = ("Raise the path length's weight, and equal steps in w change the image by equal amounts. Watch which w "
              "steers what.")
    presets = {
        "paper": v.Preset(
            title="Paper", steps=780_000,
            source="Karras et al. 2020, configuration F, and the authors' code: γ 10 every 16 steps, path length 2 "
                   "every 4 (8 in the paper), Adam 2e-3 (0, 0.99), batch 32, mixing 0.9, half-life of the average "
                   "10,000 images, 25 million images; channels as in the later code, half as many below 512 px.",
            network={"latent_dim": 512, "w_dim": 512, "mapping_layers": 8, "width": 512, "channel_base": 16384},
        ),
        "toy": v.Preset(
            title="Toy", steps=2600,
            source="Our values, for faces of 16 px within minutes on a CPU: γ 0.3 every 16 steps, path length 2 every "
                   "8, Adam 2.5e-3 falling in a straight line to an eighth at the end, batch 16, half-life of the "
                   "average 8,000 images, or 0.3 of those seen.",
            controls={
                "gamma": 0.3, "path_interval": 8, "batch_size": 16, "learning_rate_d": 2.5e-3,
                "learning_rate_g": 2.5e-3, "average_images": 8000, "average_ramp": 0.3, "schedule": "linear",
                "horizon": 3000, "rate_floor": 0.05,
            },
            network={"resolution": 16},
        ),
    }


class _Augmented:
    """D as it sees images that are changed by chance."""

    def __init__(self, D: Any, p: float, rng: Generator) -> None:
        self._D, self._p, self._rng = D, p, rng

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        scores: Tensor = self._D(augmented(x, self._p, self._rng), *given)
        return scores

    def precisely(self, x: Tensor, *given: Tensor) -> Tensor:
        scores: Tensor = self._D.precisely(augmented(x, self._p, self._rng), *given)
        return scores

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        shown = (augmented(x, self._p, self._rng) for x in (real, fake))
        both: tuple[Tensor, Tensor] = self._D.both(*shown, *given)
        return both
