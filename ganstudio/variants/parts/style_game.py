"""What the games of style generators share: their controls, the mixing of two latents, lazy R1, the average of G."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import torch
from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Needs, Slider
from ganstudio.core.turn import Pace
from ganstudio.maths.gradients import r1_penalty
from ganstudio.variants.parts.lazy_penalties import corrected, is_due, is_lazy

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from ganstudio.core.turn import Turn

R1_MOVES = (Needs("critic_steps", above=0), Needs("gamma", above=0))

Mixing = Annotated[float, Slider(
    0.0, 1.0, symbol="p_mix", group="objective", needs=v.G_MOVES,
    help="How often a batch is made of two latents each: layers from a random one on take the w of the second, so that "
         "neighbouring layers do not count on each other")]
R1Interval = Annotated[int, Integer(
    1, 64, scale="log", unit="steps", symbol="k", label="R1 every", group="objective", needs=R1_MOVES,
    help="R1 comes in every k-th step only, in an update of its own and k times as strong; D's rate and betas are "
         "corrected for it. At 1 it is added to the loss in each update.")]
NoMixing = Annotated[float, Slider(
    0.0, 0.0, live=False, group="objective", help="This game mixes no styles: all layers take the w of one latent")]
AverageImages = Annotated[int, Integer(
    1, 10_000_000, scale="log", unit="images", label="half-life of the average", group="players", kinds=("image",),
    needs=v.G_MOVES,
    help="Number of images after which the running average of G's weights has forgotten half of what it was; at the "
         "beginning fewer")]
AverageRamp = Annotated[float, Slider(
    0.01, 1.0, scale="log", label="ramp of the average", group="players", kinds=("image",), needs=v.G_MOVES,
    help="The half-life of the average is at most this share of the images so far: the larger it is, the more the "
         "average smooths early in a run, and the longer it remembers the first weights")]
HalfLeft = Annotated[float, Slider(
    0.5, 0.5, group="players", kinds=("image",), live=False,
    help="Share that is left of the running average of G's weights after each of its half-lives")]


class StyleGameControls(v.GameControls, frozen=True, kw_only=True):
    """Mixing .9, R1 10, batch 32, Adam .002 (0, .99), half-life 10,000 images; the ramp is that of StyleGAN2-ADA."""

    mixing: Mixing = 0.9
    gamma: v.R1Weight = 10.0
    r1_interval: R1Interval = 16
    average_images: AverageImages = 10_000
    average_ramp: AverageRamp = 0.05
    ema_decay: HalfLeft = 0.5
    batch_size: v.BatchSize = 32
    learning_rate_d: v.RateD = 2e-3
    learning_rate_g: v.RateG = 2e-3
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.99
    beta2_g: v.Beta2G = 0.99


SC = TypeVar("SC", bound=StyleGameControls)


class StyleGame(v.Variant[SC]):
    """The non-saturating game with R1, lazily, and mixed styles. A paper's file says what it has beside them."""

    def lazy(self, player: str, c: SC) -> int:
        """After how many steps the penalty of a player comes as an update of its own; 0: it has none."""
        return c.r1_interval if player == "discriminator" and is_lazy(c.gamma, c.r1_interval) else 0

    def penalises(self, turn: Turn, c: SC) -> bool:
        """Whether an update is that of the penalty alone."""
        interval = self.lazy(turn.player, c)
        return interval > 0 and is_due(turn.step, interval) and turn.place == _updates(turn.player, c)

    def cycle(self, step: int, c: SC) -> Mapping[str, int]:
        found = {}
        for player in ("discriminator", "generator"):
            interval, count = self.lazy(player, c), _updates(player, c)
            found[player] = count + (count > 0 and interval > 0 and is_due(step, interval))
        return found

    def kinds_of_update(self, player: str, c: SC) -> Sequence[tuple[int, int]]:
        interval = self.lazy(player, c)
        return [(0, 0), *([(interval - 1, _updates(player, c))] if interval else [])]

    def pace(self, player: str, c: SC) -> Pace:
        pace, interval = super().pace(player, c), self.lazy(player, c)
        return corrected(pace, interval) if interval else pace

    def average_decay(self, turn: Turn, count: int, c: SC) -> float | None:
        if self.penalises(turn, c):
            return None
        images = min(c.average_images, c.average_ramp * max(count, 1) * c.batch_size)
        return float(0.5 ** (c.batch_size / images))

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: SC) -> v.Terms:
        return {"real": softplus(-on_real).mean(), "fake": softplus(on_fake).mean()}

    def generator_terms(self, D: v.Scorer, fake: Tensor, c: SC) -> v.Terms:
        return {"generator": softplus(-D(fake)).mean()}

    def terms(self, turn: Turn, c: SC) -> v.Terms:
        D = self.seen(turn, c)
        if turn.player == "generator":
            return self.generator_terms(D, v.packed(turn.G(*self.styles(turn, c)), c.packing), c)
        real = v.packed(turn.batch.x, c.packing)
        if self.penalises(turn, c):
            return {"R1": c.r1_interval * c.gamma * r1_penalty(D, real)}
        with turn.no_grad():
            fake = v.packed(turn.G(*self.styles(turn, c)), c.packing)
        terms = self.discriminator_terms(D, real, fake, c, turn.rng)
        if c.gamma > 0 and not self.lazy("discriminator", c):
            terms["R1"] = c.gamma * r1_penalty(D, real)
        return terms

    def seen(self, turn: Turn, c: SC) -> v.Scorer:
        """D as it sees images."""
        D: v.Scorer = turn.D
        return D

    def styles(self, turn: Turn, c: SC) -> tuple[Any, ...]:
        """What G makes a batch of: latents, or by chance two of each and a layer from which on the second counts.

        One coin and one layer for the whole batch.

        Source: Karras et al. 2019, arXiv:1812.04948, section 3.1.
        """
        first, layers = turn.latent(), turn.G.num_ws
        if chance(turn.rng) >= c.mixing:
            return (first,)
        return first, turn.latent(), 1 + int(chance(turn.rng) * (layers - 1))

    def has_gradient_penalty(self, c: SC) -> bool:
        return c.gamma > 0

    def optimal_score(self, log_ratio: Tensor, c: SC) -> Tensor | None:
        return log_ratio  # of the game without the penalty


def chance(rng: Generator) -> float:
    """A number from [0, 1)."""
    return float(torch.rand((), generator=rng, device=rng.device))


def _updates(player: str, c: v.GameControls) -> int:
    """Updates of a player's loss in a step."""
    return c.critic_steps if player == "discriminator" else c.generator_steps
