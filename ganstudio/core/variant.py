"""The contract of a variant: what the players minimise, one paper a file.

A new variant is one file in ``ganstudio/variants``: copy ``wgan_gp.py``. Menu, sliders, curves,
help, command line and contract tests follow from it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, Literal, Protocol, TypeVar, cast

import msgspec

from ganstudio.core.control import Choice, Controls, Integer, Slider, Value, argument_of
from ganstudio.core.dataset import Kind
from ganstudio.core.leaves import Leaf
from ganstudio.core.network import Growth
from ganstudio.core.system.errors import BadInput

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

Terms = dict[str, "Tensor"]
"""Named summands of a player's loss, each a scalar; their sum is minimised, each is a curve."""


class Scorer(Protocol):
    """The discriminator as an objective sees it: points ``(n, *shape)`` in, scores ``(n,)`` in logits out."""

    def __call__(self, x: Tensor) -> Tensor: ...

    def both(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of two batches, in one pass where the network lets samples be scored together."""
        ...


class Reference(msgspec.Struct, frozen=True):
    """Where a variant comes from."""

    authors: str
    year: int
    title: str
    arxiv: str = ""

    def __str__(self) -> str:
        where = f" arXiv:{self.arxiv}" if self.arxiv else ""
        stop = "" if self.title.endswith(("?", "!", ".")) else "."
        return f"{self.authors} {self.year}, {self.title}{stop}{where}"


class Formula(msgspec.Struct, frozen=True):
    """The two objectives as LaTeX."""

    discriminator: str
    generator: str
    symbols: dict[str, str] = {}  # control -> its symbol as it stands in the LaTeX, where a number can take its place


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a preset sets, on top of the defaults."""

    steps: int = 0  # 0: the preset's own
    controls: dict[str, Value] = {}
    network: dict[str, Value] = {}


IMAGE_PACE: dict[str, Value] = {
    "critic_steps": 1, "batch_size": 64, "learning_rate_d": 2e-4, "learning_rate_g": 2e-4, "optimiser_d": "adam",
    "optimiser_g": "adam", "beta1_d": 0.5, "beta1_g": 0.5, "beta2_d": 0.999, "beta2_g": 0.999, "schedule": "constant",
}
"""How DCGAN moves its players (Radford et al. 2015, arXiv:1511.06434, section 4): where other games start on images."""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that belong together, and where their numbers come from."""

    title: str
    source: str
    steps: int
    controls: dict[str, Value] = {}
    network: dict[str, Value] = {}
    on_kind: dict[Kind, Settings] = {}  # kind of data -> what it needs over the above
    on_network: dict[str, Settings] = {}  # network -> what it needs over both

    def on(self, kind: Kind, network: str) -> Settings:
        """What is set where a network of that name plays on a kind of data."""
        settings = Settings(steps=self.steps, controls=self.controls, network=self.network)
        for more in (self.on_kind.get(kind), self.on_network.get(network)):
            if more is not None:
                settings = Settings(
                    steps=more.steps or settings.steps,
                    controls={**settings.controls, **more.controls},
                    network={**settings.network, **more.network},
                )
        return settings


# The controls that every game shares, each range once: a variant restates a name to give it the paper's default.
CriticSteps = Annotated[int, Integer(
    0, 100, unit="steps", symbol="k", label="D steps", group="players",
    help="Updates of the discriminator in one step; 0 holds it still")]
GeneratorSteps = Annotated[int, Integer(
    0, 20, unit="steps", label="G steps", group="players",
    help="Updates of the generator in one step; 0 holds it, so that D can be trained to its optimum")]
RateD = Annotated[float, Slider(
    1e-6, 1.0, scale="log", symbol="α_D", label="D rate", group="players",
    help="How far the discriminator moves at each of its updates")]
RateG = Annotated[float, Slider(
    1e-6, 1.0, scale="log", symbol="α_G", label="G rate", group="players",
    help="How far the generator moves at each of its updates")]
BatchSize = Annotated[int, Integer(
    1, 8192, scale="log", unit="samples", symbol="m", group="players", help="Real and generated samples in one update")]
R1Weight = Annotated[float, Slider(
    0.0, 100.0, scale="log", symbol="γ", label="R1 penalty", group="objective",
    help="How hard D's slope at the data is pulled towards 0 (γ/2 times its mean square); at 0 it is off")]
Schedule = Annotated[Literal["constant", "linear"], Choice(
    group="players", help="Rates stay as they are, or fall in a straight line until the horizon")]
Horizon = Annotated[int, Integer(
    1, 10_000_000, scale="log", unit="steps", group="players",
    help="Step at which a linear schedule reaches its floor, however long the run lasts")]
RateFloor = Annotated[float, Slider(
    0.0, 1.0, group="players", help="Share of the rates that is left past the horizon of a linear schedule")]
OptimiserName = Literal["sgd", "rmsprop", "rmsprop-tf", "adam", "optimistic-adam", "extragradient", "extra-adam"]
OptimiserD = Annotated[OptimiserName, Choice(
    label="D optimiser", group="optimisers",
    help="How D turns gradients into movement; rmsprop has torch's constants, rmsprop-tf TensorFlow's. optimistic-adam "
         "takes the last step back; extragradient and extra-adam use the gradient where both next steps would lead")]
OptimiserG = Annotated[OptimiserName, Choice(
    label="G optimiser", group="optimisers",
    help="How G turns gradients into movement; rmsprop has torch's constants, rmsprop-tf TensorFlow's. optimistic-adam "
         "takes the last step back; extragradient and extra-adam use the gradient where both next steps would lead")]
Beta1D = Annotated[float, Slider(
    0.0, 0.999, symbol="β₁", label="D momentum", group="optimisers",
    help="D's memory of past gradients: Adam's first beta, the momentum of SGD and RMSprop")]
Beta2D = Annotated[float, Slider(
    0.0, 0.9999, symbol="β₂", label="D Adam β₂", group="optimisers", help="D's memory of squared gradients in Adam")]
Beta1G = Annotated[float, Slider(
    0.0, 0.999, symbol="β₁", label="G momentum", group="optimisers",
    help="G's memory of past gradients: Adam's first beta, the momentum of SGD and RMSprop")]
Beta2G = Annotated[float, Slider(
    0.0, 0.9999, symbol="β₂", label="G Adam β₂", group="optimisers", help="G's memory of squared gradients in Adam")]


EmaDecay = Annotated[float, Slider(
    0.0, 0.9999, symbol="β", label="average of G", group="players", kinds=("image",),
    help="Share of the old average that each step keeps in the running mean of G's weights, whose images are steadier; "
         "at 0 there is none")]


class GameControls(Controls, frozen=True, kw_only=True):
    """What every game of two players lets a hand change while it is played."""

    critic_steps: CriticSteps = 1
    generator_steps: GeneratorSteps = 1
    learning_rate_d: RateD = 1e-3
    learning_rate_g: RateG = 1e-3
    batch_size: BatchSize = 128
    schedule: Schedule = "constant"
    horizon: Horizon = 2500
    rate_floor: RateFloor = 0.0
    optimiser_d: OptimiserD = "adam"
    optimiser_g: OptimiserG = "adam"
    beta1_d: Beta1D = 0.5
    beta2_d: Beta2D = 0.9
    beta1_g: Beta1G = 0.5
    beta2_g: Beta2G = 0.9
    ema_decay: EmaDecay = 0.999

    def check(self) -> None:
        if self.critic_steps == 0 and self.generator_steps == 0:
            raise BadInput("critic_steps = 0 and generator_steps = 0: at least one player must move")


GC = TypeVar("GC", bound=GameControls)


def on_images(steps: int = 3000, /, **controls: Value) -> dict[Kind, Settings]:
    """A preset's settings on images: DCGAN's pace, and what a variant needs over it."""
    return {"image": Settings(steps=steps, controls={**IMAGE_PACE, **controls})}


def on_dcgan(**network: Value) -> dict[str, Settings]:
    """A preset's settings for DCGAN's network: half its width, so that 32 px are learnt in minutes on two cores."""
    return {"dcgan": Settings(network={"width": 32, **network})}


class Variant(ABC, Leaf, Generic[GC]):
    """What the two players minimise. An instance belongs to one run and may keep state."""

    family: ClassVar[str]
    reference: ClassVar[Reference]
    formula: ClassVar[Formula]
    presets: ClassVar[Mapping[str, Preset]]
    discriminator_word: ClassVar[str] = "discriminator"
    score: ClassVar[Literal["logit", "value"]] = "logit"  # logit: sigmoid of a score is the chance of being real
    reads_w1: ClassVar[bool] = False  # the critic's gap estimates the Wasserstein distance
    at_optimum: ClassVar[str] = ""  # what D's loss comes to at D*, in words: "log 4 - 2 JSD"
    advice: ClassVar[str] = ""  # one sentence for whoever watches it for the first time
    kinds: ClassVar[tuple[Kind, ...]] = ("line", "plane", "image")
    networks: ClassVar[tuple[str, ...]] = ()  # those that it can play with, its own first; empty: any
    averages_after: ClassVar[Literal["discriminator", "generator"]] = "generator"  # whose updates move the EMA of G

    @classmethod
    def controls_type(cls) -> type[GC]:
        """The class of controls named in ``Variant[...]``."""
        return cast("type[GC]", argument_of(cls, Variant))

    @abstractmethod
    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: GC) -> Terms:
        """What the discriminator minimises of its scores alone, by named terms.

        Args:
            on_real: Scores of data, ``(n,)``.
            on_fake: Scores of generated samples, ``(n,)``.
            c: The controls as they stand at this update.
        """

    def discriminator_terms(self, D: Scorer, real: Tensor, fake: Tensor, c: GC, rng: Generator) -> Terms:
        """The discriminator's loss by named terms: those of its scores, and penalties where a variant has them.

        Args:
            D: Scores ``(n, *shape)`` -> ``(n,)``.
            real: Data, ``(n, *shape)``.
            fake: Generated samples, ``(n, *shape)``, detached.
            c: The controls as they stand at this update.
            rng: The run's generator for draws inside the loss.
        """
        return self.score_terms(*D.both(real, fake), c)

    def penalises_slope(self, c: GC) -> bool:
        """Whether D's terms hold its slope at single samples, which batch norm takes the meaning from."""
        return False

    @abstractmethod
    def generator_terms(self, D: Scorer, fake: Tensor, c: GC) -> Terms:
        """The generator's loss by named terms; ``fake`` carries the gradient."""

    def discriminator_steps(self, step: int, c: GC) -> int:
        """Discriminator updates in the cycle that follows ``step`` finished ones."""
        return c.critic_steps

    def after_discriminator_step(self, D: nn.Module, c: GC) -> None:
        """What is done to the discriminator after each of its updates (clip weights, move k_t)."""

    def optimal_score(self, log_ratio: Tensor, c: GC) -> Tensor | None:
        """D*: the score that minimises the score terms where log p(x)/q(x) is known; None: no closed form.

        Args:
            log_ratio: log p - log q, float64, any shape; infinite where one density vanishes.
            c: The controls as they stand.
        """
        return None

    def dressed(self, D: nn.Module, c: GC, rng: Generator) -> nn.Module:
        """The discriminator as this variant plays it, before its first update (spectral norm)."""
        return D

    def retune(self, D: nn.Module, c: GC) -> None:
        """Brings a dressed discriminator to controls that a hand has moved."""

    def weight_bound(self, c: GC) -> float | None:
        """The bound that every weight of the discriminator is clipped to, where there is one."""
        return None

    def growth(self, levels: int, c: GC) -> Growth | None:
        """How far players of so many levels have grown; None: they do not grow, and stand at the last level."""
        return None

    def grow(self, levels: int, c: GC) -> None:
        """Ends the phase under way at once, where players grow: the next level begins to fade in, or has faded in."""

    def readings(self) -> Terms:
        """What is worth a curve beside the terms but is not minimised (BEGAN's k_t and M), after an update of D."""
        return {}

    def state(self) -> dict[str, float]:
        """What the variant remembers between updates, for the checkpoint."""
        return {}

    def load_state(self, state: Mapping[str, float]) -> None:
        """Takes back what ``state`` gave."""
