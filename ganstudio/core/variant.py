"""The contract of a variant: what the players minimise, one paper a file.

A new variant is one file in ``ganstudio/variants``: copy ``wgan_gp.py``. Menu, sliders, curves,
help, command line and contract tests follow from it.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar, cast

import msgspec

from ganstudio.core.control import Choice, Controls, Integer, Needs, Slider, Value, argument_of
from ganstudio.core.dataset import NOTHING, DataShape, Kind
from ganstudio.core.leaves import Leaf
from ganstudio.core.protocol.spec import PlayerInfo
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import WHOLE, Given, Pace, Phase, Turn

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

Terms = dict[str, "Tensor"]
"""Named summands of a player's loss, each a scalar; their sum is minimised, each is a curve."""


class Scorer(Protocol):
    """The discriminator as an objective sees it: points ``(n, *shape)`` in, scores ``(n,)`` in logits out.

    What else it is given (labels, sources) follows the points.
    """

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor: ...

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of two batches, in one pass if the network lets samples be scored together."""
        ...


class Reference(msgspec.Struct, frozen=True):
    """The paper of a variant."""

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
    others: dict[str, str] = {}  # of further players, by name
    symbols: dict[str, str] = {}  # control -> its symbol in the LaTeX, for which a number can be put in


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a preset sets, on top of the defaults."""

    steps: int = 0  # 0: the preset's own
    controls: dict[str, Value] = {}
    network: dict[str, Value] = {}


IMAGE_PACE: dict[str, Value] = {
    "critic_steps": 1, "batch_size": 64, "learning_rate_d": 2e-4, "learning_rate_g": 2e-4, "optimiser_d": "adam",
    "optimiser_g": "adam", "beta1_d": 0.5, "beta1_g": 0.5, "beta2_d": 0.999, "beta2_g": 0.999, "schedule": "constant",
}
"""How DCGAN moves its players (Radford et al. 2015, arXiv:1511.06434, section 4): the default on images."""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that belong together, and the source of their numbers."""

    title: str
    source: str
    steps: int
    controls: dict[str, Value] = {}
    network: dict[str, Value] = {}
    on_data: dict[str, dict[str, Value]] = {}  # data set -> its controls
    on_kind: dict[Kind, Settings] = {}  # kind of data -> what it needs over the above
    on_network: dict[str, Settings] = {}  # network -> what it needs over both
    data: str = ""  # the data set that it is for; empty: any
    plays: str = ""  # the network that it is for, on that data set; empty: what suits the variant and the data
    cure: dict[str, Value] = {}  # live controls that take back what the preset shows going wrong; empty: not known

    def on(self, kind: Kind, network: str) -> Settings:
        """The settings for a network of that name on a kind of data."""
        settings = Settings(steps=self.steps, controls=self.controls, network=self.network)
        for more in (self.on_kind.get(kind), self.on_network.get(network)):
            if more is not None:
                settings = Settings(
                    steps=more.steps or settings.steps,
                    controls={**settings.controls, **more.controls},
                    network={**settings.network, **more.network},
                )
        return settings


D_MOVES = (Needs("critic_steps", above=0),)
G_MOVES = (Needs("generator_steps", above=0),)
"""What a control needs that acts in the updates of one player alone."""
_ADAM = ("adam", "optimistic-adam", "extra-adam")  # of the optimisers those that have a second beta

# The controls that every game shares, each range once: a variant restates a name to give it the paper's default.
CriticSteps = Annotated[int, Integer(
    0, 100, unit="steps", symbol="k", label="D steps", group="players",
    help="Updates of the discriminator in one step; 0 freezes it")]
GeneratorSteps = Annotated[int, Integer(
    0, 20, unit="steps", label="G steps", group="players",
    help="Updates of the generator in one step; 0 freezes it, so that D can reach its optimum")]
RateD = Annotated[float, Slider(
    1e-6, 1.0, scale="log", symbol="α_D", label="D rate", group="players", needs=D_MOVES,
    help="Learning rate: how far the discriminator moves at each of its updates")]
RateG = Annotated[float, Slider(
    1e-6, 1.0, scale="log", symbol="α_G", label="G rate", group="players", needs=G_MOVES,
    help="Learning rate: how far the generator moves at each of its updates")]
BatchSize = Annotated[int, Integer(
    1, 8192, scale="log", unit="samples", symbol="m", group="players", help="Number of real and of generated samples "
                                                                            "in one update")]
R1Weight = Annotated[float, Slider(
    0.0, 100.0, scale="log", symbol="γ", label="R1 penalty", group="objective", needs=D_MOVES,
    help="How hard D's slope at the data is pulled towards 0 (γ/2 times its mean square); 0 switches the penalty off")]
R1R2Weight = Annotated[float, Slider(
    0.0, 100.0, scale="log", symbol="γ", label="R1 and R2 penalty", group="objective", needs=D_MOVES,
    help="How hard D's slope at real and at generated samples is pulled towards 0 (γ/2 times its mean square at "
         "each); 0 switches both penalties off")]
Schedule = Annotated[Literal["constant", "linear"], Choice(
    group="players", help="Whether the learning rates are constant or fall in a straight line until the horizon")]
Horizon = Annotated[int, Integer(
    1, 10_000_000, scale="log", unit="steps", group="players", needs=(Needs("schedule", among=("linear",)),),
    help="Step at which a linear schedule reaches its floor, however long the run is")]
RateFloor = Annotated[float, Slider(
    0.0, 1.0, group="players", needs=(Needs("schedule", among=("linear",)),),
    help="Share of the learning rates that is left after the horizon of a linear schedule")]
OptimiserName = Literal["sgd", "rmsprop", "rmsprop-tf", "adam", "optimistic-adam", "extragradient", "extra-adam"]
OptimiserD = Annotated[OptimiserName, Choice(
    label="D optimiser", group="optimisers", needs=D_MOVES,
    help="How D turns gradients into updates. rmsprop has torch's constants, rmsprop-tf those of TensorFlow. "
         "optimistic-adam takes half of the last step back; extragradient and extra-adam use the gradient at the "
         "point that both next steps would lead to.")]
OptimiserG = Annotated[OptimiserName, Choice(
    label="G optimiser", group="optimisers", needs=G_MOVES,
    help="How G turns gradients into updates. rmsprop has torch's constants, rmsprop-tf those of TensorFlow. "
         "optimistic-adam takes half of the last step back; extragradient and extra-adam use the gradient at the "
         "point that both next steps would lead to.")]
Beta1D = Annotated[float, Slider(
    0.0, 0.999, symbol="β₁", label="D momentum", group="optimisers", needs=D_MOVES,
    help="D's memory of past gradients: Adam's first beta, the momentum of SGD and RMSprop")]
Beta2D = Annotated[float, Slider(
    0.0, 0.9999, symbol="β₂", label="D Adam β₂", group="optimisers",
    needs=(*D_MOVES, Needs("optimiser_d", among=_ADAM)), help="D's memory of squared gradients in Adam")]
Beta1G = Annotated[float, Slider(
    0.0, 0.999, symbol="β₁", label="G momentum", group="optimisers", needs=G_MOVES,
    help="G's memory of past gradients: Adam's first beta, the momentum of SGD and RMSprop")]
Beta2G = Annotated[float, Slider(
    0.0, 0.9999, symbol="β₂", label="G Adam β₂", group="optimisers",
    needs=(*G_MOVES, Needs("optimiser_g", among=_ADAM)), help="G's memory of squared gradients in Adam")]


EmaDecay = Annotated[float, Slider(
    0.0, 0.9999, symbol="β", label="average of G", group="players", kinds=("image",), needs=G_MOVES,
    help="Share of the old average that each step keeps in the running average of G's weights, whose images are "
         "steadier; 0 keeps no average")]


Packing = Annotated[int, Integer(
    1, 16, unit="samples", group="players", live=False,
    help="Number of samples that D sees joined and scores together, so that it notices if they are all alike "
         "(PacGAN); 1 in the plain game")]

NoPacking = Annotated[int, Integer(
    1, 1, unit="samples", group="players", live=False, help="D scores each sample of this game on its own")]


NoAverage = Annotated[float, Slider(
    0.0, 0.0, group="players", live=False, help="This game has several generators, and keeps an average of none")]


def packed(x: Tensor, m: int) -> Tensor:
    """Samples ``(n, d, ...)`` joined m at a time along their first axis: ``(n / m, m d, ...)``.

    If m does not divide n, the last pack is filled up with the first samples.

    Source: Lin et al. 2018, PacGAN, arXiv:1712.04086, section 2.
    """
    if m == 1:
        return x
    n = x.shape[0]
    rows = -(-n // m) * m
    if rows != n:
        x = x[[i % n for i in range(rows)]]
    return x.reshape(-1, m * x.shape[1], *x.shape[2:])


class GameControls(Controls, frozen=True, kw_only=True):
    """What every game lets the user change while it is played."""

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
    packing: Packing = 1

    def check(self) -> None:
        if self.critic_steps == 0 and self.generator_steps == 0:
            raise BadInput("critic_steps = 0 and generator_steps = 0: at least one player must be trained")


class _ShownLabel:
    """A discriminator that is shown the same labels with all samples it scores."""

    def __init__(self, D: Scorer, label: Tensor) -> None:
        self._D, self._label = D, label

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        return self._D(x, self._label, *given)

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        return self._D.both(real, fake, self._label, *given)

    def precisely(self, x: Tensor, *given: Tensor) -> Tensor:
        precisely = getattr(self._D, "precisely", self._D)
        scores: Tensor = precisely(x, self._label, *given)
        return scores


def shown_label(D: Scorer, label: Tensor) -> Scorer:
    """The discriminator as an objective of samples alone sees it, with labels ``(n,)`` beside them."""
    return _ShownLabel(D, label)


GC = TypeVar("GC", bound=GameControls)


def on_images(steps: int = 3000, /, **controls: Value) -> dict[Kind, Settings]:
    """A preset's settings on images: DCGAN's pace, and what a variant needs over it."""
    return {"image": Settings(steps=steps, controls={**IMAGE_PACE, **controls})}


def on_dcgan(**network: Value) -> dict[str, Settings]:
    """A preset's settings for DCGAN's network: half its width, so that 32 px are learnt in minutes on two cores."""
    return {"dcgan": Settings(network={"width": 32, **network})}


TWO_PLAYERS: Mapping[str, tuple[str, ...]] = {"discriminator": ("D",), "generator": ("G",)}


class Variant(ABC, Leaf, Generic[GC]):
    """What the players minimise. An instance belongs to one run and may keep state.

    A game of two players on a latent gives ``score_terms`` and ``generator_terms``, and the rest follows. A game with
    another cast says who plays (``players``), in what order (``cycle``) and for what (``terms``).
    """

    family: ClassVar[str]
    reference: ClassVar[Reference]
    formula: ClassVar[Formula]
    presets: ClassVar[Mapping[str, Preset]]
    discriminator_word: ClassVar[str] = "discriminator"
    score_kind: ClassVar[Literal["logit", "value"]] = "logit"  # logit: sigmoid of a score is the chance of being real
    reads_w1: ClassVar[bool] = False  # the critic's gap estimates the Wasserstein distance
    at_optimum: ClassVar[str] = ""  # what D's loss comes to at D*, in words: "log 4 - 2 JSD"
    advice: ClassVar[str] = ""  # one sentence for a user who watches it for the first time
    kinds: ClassVar[tuple[Kind, ...]] = ("line", "plane", "image")
    networks: ClassVar[tuple[str, ...]] = ()  # those that it can play with, its own first; empty: any
    cast: ClassVar[tuple[str, ...]] = ("discriminator", "generator")  # the players of all phases, as buttons show them
    averages_after: ClassVar[str] = "generator"  # the player whose updates move the EMA of G
    averaged: ClassVar[tuple[str, ...]] = ("G",)  # the modules of which an EMA is kept, G among them
    panel: ClassVar[str] = ""  # the panel that it brings to the front
    judge_name: ClassVar[str] = ""  # the module whose scores ``judge`` gives, of a game with several D
    usual_on: ClassVar[tuple[Kind, ...]] = ()  # kinds of data on which it is the one to begin with
    needs: ClassVar[frozenset[str]] = NOTHING  # what a batch must carry beside samples: "label", "source"
    takes_gradients: ClassVar[bool] = False  # whether its terms take gradients, other than those of maths.gradients
    needs_data: ClassVar[frozenset[str]] = NOTHING  # what its data must be, of `core.leaves.ABILITIES`: "one image"

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if cls.terms is not Variant.terms:
            return
        for name in ("score_terms", "generator_terms"):
            if getattr(cls, name) is getattr(Variant, name):
                raise TypeError(f"{cls.__name__} does not define {name}: a variant has score_terms and "
                                "generator_terms, or terms of its own")

    @classmethod
    def controls_type(cls) -> type[GC]:
        """The class of controls named in ``Variant[...]``."""
        return cast("type[GC]", argument_of(cls, Variant))

    # Who plays, in what order, for what: a game of two players on a latent leaves these as they are.

    def phase(self, step: int, levels: int, c: GC) -> Phase:
        """The phase that the game is in once ``step`` steps are done; ``levels``: stages, or scales, of the network.

        At a phase that differs in its stage's level, or in its players, optimisers start afresh.
        """
        return WHOLE

    def phases(self, levels: int, c: GC) -> Sequence[Phase]:
        """The phases whose updates may take most memory: they are rehearsed before a run begins."""
        return [self.phase(0, levels, c)]

    def all_phases(self, levels: int, c: GC) -> Sequence[Phase]:
        """Phases whose players together have every module that is ever trained."""
        return self.phases(levels, c)

    def end_phase(self, levels: int, c: GC) -> None:
        """Ends the phase under way at once, or with the next update if that is needed to begin the next phase."""

    def players(self, phase: Phase) -> Mapping[str, tuple[str, ...]]:
        """The players of a phase, each with the modules that its optimiser moves, by the network's names."""
        return TWO_PLAYERS

    def cycle(self, step: int, c: GC) -> Mapping[str, int]:
        """Updates of each player in the step that follows ``step`` finished ones, in this order."""
        return {"discriminator": self.discriminator_steps(step, c), "generator": c.generator_steps}

    def kinds_of_update(self, player: str, c: GC) -> Sequence[tuple[int, int]]:
        """Of each kind of update that a player makes, where it comes: finished steps, and its place in the step.

        A penalty that is an update of its own in some steps is a kind of its own. All kinds are rehearsed.
        """
        return [(0, 0)]

    def pace(self, player: str, c: GC) -> Pace:
        """Rate and betas of a player, before the schedule."""
        if player == "discriminator":
            return Pace(c.learning_rate_d, c.beta1_d, c.beta2_d)
        return Pace(c.learning_rate_g, c.beta1_g, c.beta2_g)

    def rate_share(self, step: int, c: GC) -> float:
        """The factor of the learning rates in the step that follows ``step`` finished ones, by the schedule."""
        return 1.0 if c.schedule == "constant" else max(c.rate_floor, 1 - step / c.horizon)

    def optimiser(self, player: str, c: GC) -> str:
        """The name of a player's optimiser."""
        return c.optimiser_d if player == "discriminator" else c.optimiser_g

    def terms(self, turn: Turn, c: GC) -> Terms:
        """What a player minimises in one update, by named terms; tensors are scalars that carry the gradient."""
        if turn.player == "discriminator":
            real = turn.batch.x
            with turn.no_grad():
                fake = turn.G(turn.latent())
            return self.discriminator_terms(
                turn.D, packed(real, c.packing), packed(fake, c.packing), c, turn.rng)
        return self.generator_terms(turn.D, packed(turn.G(turn.latent()), c.packing), c)

    def after(self, turn: Turn, c: GC) -> None:
        """What is done after each update (clip weights, move k_t, fill a pool of images)."""
        if turn.player == "discriminator" and hasattr(turn, "D"):
            self.after_discriminator_step(turn.D.module, c)

    def average_decay(self, turn: Turn, count: int, c: GC) -> float | None:
        """The share of the old mean that the EMA of G keeps after an update of ``averages_after``.

        Args:
            turn: The update.
            count: Updates that are in the mean; at 0 it begins with G's weights.
            c: The controls.

        Returns:
            0: there is no mean from now on; None: this update does not move it.
        """
        return min(c.ema_decay, (1 + count) / (10 + count))

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        """What is looked at and measured as generated: ``(n, *shape)``, or a list of scales."""
        return modules["G"](*given.parts())

    def translate(self, modules: Mapping[str, Any], given: Given, x: Tensor) -> dict[str, Tensor]:
        """What is measured of a game that translates, by name: ``made``, and whatever else its measures ask for.

        Args:
            modules: By the network's names.
            given: With sources.
            x: The true images of these sources, ``(n, *shape)``; of unpaired data images of the other domain.
        """
        return {"made": self.generate(modules, given)}

    def read_attributes(self, modules: Mapping[str, Any], x: Tensor) -> Tensor | None:
        """The attributes ``(n, a)`` that D reads in images ``(n, *shape)``; None if it reads none."""
        return None

    def change_attributes(self, modules: Mapping[str, Any], given: Given) -> Tensor:
        """Each source with ``given.attributes`` in place of its own: of variants that are given sources and attributes.
        """
        changed: Tensor = modules["G"](given.source, given.attributes)
        return changed

    def asked(self, modules: Mapping[str, Any], given: Given) -> dict[str, Tensor]:
        """What is made of each source for all that can be asked of it: by what asks, ``(n, asked, *shape)``.

        ``attributes``: each value of each attribute in turn; ``latents``; ``references``: the style of each source.
        """
        return {}

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: GC) -> Tensor:
        """The discriminator's scores of samples ``(n, *shape)`` as they are looked at and measured.

        Returns:
            ``(n,)``, or a map for each sample, whose mean is taken. A discriminator of packs is shown m copies.
        """
        shown = x.repeat(1, c.packing, *[1] * (x.dim() - 2)) if c.packing > 1 else x
        scores: Tensor = modules["D"](shown) if given.label is None else modules["D"](shown, given.label)
        return scores

    def conditioning(self, c: GC) -> str:
        """How D is shown labels, if the game has them."""
        return ""

    @classmethod
    def has_score_terms(cls) -> bool:
        """Whether D's loss, but for penalties, is one of its scores: then it can be said what flows back through D."""
        return cls.score_terms is not Variant.score_terms

    @classmethod
    def player_info(cls) -> list[PlayerInfo]:
        """The players as buttons, curves and formulas name them."""
        words = {"discriminator": cls.discriminator_word}
        return [PlayerInfo(name=name, letter=name[0].upper(), word=words.get(name, name)) for name in cls.cast]

    @classmethod
    def formulas(cls) -> dict[str, str]:
        """The objective of each player as LaTeX, by its name."""
        known = {"discriminator": cls.formula.discriminator, "generator": cls.formula.generator, **cls.formula.others}
        return {name: known[name] for name in cls.cast if known.get(name)}

    # The objective of two players.

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: GC) -> Terms:
        """What the discriminator minimises of its scores alone, by named terms; empty if it has none.

        Args:
            on_real: Scores of data, ``(n,)``.
            on_fake: Scores of generated samples, ``(n,)``.
            c: The controls at this update.
        """
        return {}

    def discriminator_terms(self, D: Scorer, real: Tensor, fake: Tensor, c: GC, rng: Generator) -> Terms:
        """The discriminator's loss by named terms: those of its scores, and penalties if a variant has them.

        Args:
            D: Scores ``(n, *shape)`` -> ``(n,)``.
            real: Data, ``(n, *shape)``.
            fake: Generated samples, ``(n, *shape)``, detached.
            c: The controls at this update.
            rng: The run's generator for draws inside the loss.
        """
        return self.score_terms(*D.both(real, fake), c)

    def has_gradient_penalty(self, c: GC) -> bool:
        """Whether D's terms penalise its gradient at single samples, which means nothing under batch norm."""
        return False

    def generator_terms(self, D: Scorer, fake: Tensor, c: GC) -> Terms:
        """The generator's loss by named terms; ``fake`` carries the gradient."""
        return {}

    def discriminator_steps(self, step: int, c: GC) -> int:
        """Discriminator updates in the cycle that follows ``step`` finished ones."""
        return c.critic_steps

    def after_discriminator_step(self, D: nn.Module, c: GC) -> None:
        """What is done to the discriminator after each of its updates (clip weights, move k_t)."""

    def optimal_score(self, log_ratio: Tensor, c: GC) -> Tensor | None:
        """D*: the score that minimises the score terms if log p(x)/q(x) is known; None: no closed form.

        Args:
            log_ratio: log p - log q, float64, any shape; infinite where one density vanishes.
            c: The controls as they are now.
        """
        return None

    def wrap_discriminator(self, D: nn.Module, c: GC, rng: Generator) -> nn.Module:
        """Wraps the discriminator before its first update, if the variant needs that (spectral norm)."""
        return D

    def update_wrapper(self, D: nn.Module, c: GC) -> None:
        """Brings a wrapped discriminator to controls that the user has moved."""

    def weight_bound(self, c: GC) -> float | None:
        """The bound that every weight of the discriminator is clipped to, if there is one."""
        return None

    def diagnostics(self) -> Terms:
        """Diagnostics that get a curve beside the terms but are not minimised (BEGAN's k_t and M).

        It is read after each update of the player that opens a cycle.
        """
        return {}

    def state(self) -> Mapping[str, Tensor | float]:
        """What the variant remembers between updates, for the checkpoint (numbers, a pool of images)."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Takes back what ``state`` gave."""

    def remembered_bytes(self, c: GC, data: DataShape) -> int:
        """How much memory that takes once it is as large as it will be, bytes: for the estimate before a run."""
        return 0
