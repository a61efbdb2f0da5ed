"""Players: bundles of modules with one optimiser each, and modules as the terms of a variant call them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.core.network import HasBackward
from ganstudio.core.turn import Pace, Turn
from ganstudio.core.variant import GameControls, Terms, Variant
from ganstudio.maths.gradients import HasInputGradient
from ganstudio.maths.optimisers import Optimiser, optimiser
from ganstudio.training.flat_module import FlatModule
from ganstudio.training.precision import Precision
from ganstudio.training.tape import Tape
from ganstudio.training.update_watch import UpdateWatch


class Player(FlatModule):
    """Modules whose parameters lie in one flat vector, with their optimiser."""

    def __init__(self, modules: Sequence[nn.Module], optimiser_name: str, *, channels_last: bool = False) -> None:
        super().__init__(modules[0] if len(modules) == 1 else nn.ModuleList(modules), channels_last=channels_last)
        self.optimiser_name = optimiser_name
        self.optimiser: Optimiser = optimiser(optimiser_name, self.flat)
        self._gradient: Tensor | None = None
        self._views: dict[int, Tensor] = {}  # of the gradient, by the id of a parameter: hashing a tensor is slow

    def reset_optimiser(self) -> None:
        """Forgets what the optimiser remembers of earlier updates."""
        self.optimiser = optimiser(self.optimiser_name, self.flat)

    def set_optimiser(self, optimiser_name: str) -> None:
        """Changes the optimiser, if it is another one; the new one starts without memory of earlier updates."""
        if optimiser_name != self.optimiser_name:
            self.optimiser_name = optimiser_name
            self.reset_optimiser()

    def gradient(self, terms: Terms) -> Tensor:
        """The gradient of the sum of the terms, as one vector like the parameters."""
        loss = sum(list(terms.values())[1:], start=next(iter(terms.values())))
        gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True, materialize_grads=True)
        return self.flattened(gradients)

    def gradient_by(self, tape: Tape, terms: Terms) -> Tensor:
        """The same, of terms that were worked out while a tape noted the passes; the next call overwrites it."""
        if not tape.has_passes:
            return self.gradient(terms)
        if self._gradient is None:
            self._gradient = torch.zeros_like(self.flat)
            self._views = {id(p): view for p, view in self.views_of(self._gradient).items()}
        else:
            self._gradient.zero_()
        tape.gradient(list(terms.values()), self.parameters, self._views)
        return self._gradient

    def step(self, gradient: Tensor, pace: Pace) -> None:
        """Makes one update with the gradient of the terms."""
        with torch.no_grad():
            self.optimiser.step(self.flat, gradient, pace.rate, pace.beta1, pace.beta2)

    @contextmanager
    def lookahead(self, gradient: Tensor, pace: Pace) -> Iterator[None]:
        """Makes an update for a while; afterwards the weights and the optimiser's memory are restored."""
        before = self.flat.clone()
        remembered = {name: tensor.clone() for name, tensor in self.optimiser.state().items()}
        self.step(gradient, pace)
        try:
            yield
        finally:
            self.flat.copy_(before)
            self.optimiser.load_state(remembered)


class PlayedModule:
    """A module as a variant's terms call it: it computes in the run's precision and returns float32.

    It has the attributes of the module: submodules and methods compute in the same way.
    """

    def __init__(
        self, module: nn.Module, precision: Precision, *, together: bool = False, tape: Tape | None = None,
    ) -> None:
        """Wraps a module.

        Args:
            module: The network.
            precision: What it computes in.
            together: Whether its samples are independent, so that two batches can be scored in one pass.
            tape: Notes passes that need no autograd; None: all are autograd's.
        """
        self._module = module
        self._together = together
        self._precision = precision
        self._plain = not precision.bfloat16  # most are, and small nets feel each microsecond
        self._tape = tape
        self._written = module if tape is not None and self._plain and isinstance(module, HasBackward) else None
        self._has_slope = isinstance(module, HasInputGradient)  # asking a protocol takes as long as a small layer

    @property
    def module(self) -> nn.Module:
        """The module itself."""
        self._leave_to_autograd()
        return self._module

    def _leave_to_autograd(self) -> None:
        if self._tape is not None:
            self._tape.leave_to_autograd()

    def __call__(self, x: Any, *given: Any) -> Any:
        if self._tape is not None and self._tape.is_on:
            if self._written is not None and not given and (noted := self._tape.through(self._written, x)) is not None:
                return noted
            self._tape.leave_to_autograd()
        if self._plain:
            return self._module(x, *given)
        with self._precision.computing():
            made = self._module(x, *given)
        return widened(made, self._precision)

    def precisely(self, x: Any, *given: Any) -> Any:
        """Calls the module in float32 throughout, watched by autograd (maths.gradients.HasFloat32)."""
        return self.module(x, *given)

    def input_gradient(self, x: Tensor) -> Tensor | None:
        """The network's own closed form, if it has one (maths.gradients.HasInputGradient)."""
        if not self._has_slope:
            return None
        if (self._written is not None and self._tape is not None and self._tape.is_on
                and (noted := self._tape.slope(self._written, x)) is not None):
            return noted
        module: Any = self.module
        slope: Tensor | None = module.input_gradient(x)
        return slope

    def both(self, real: Any, fake: Any, *given: Tensor) -> tuple[Any, Any]:
        """Scores of two batches with the same labels or sources; in one pass if their samples are independent."""
        if not self._together or not isinstance(real, Tensor) or real.shape[1:] != fake.shape[1:]:
            return self(real, *given), self(fake, *given)
        if (self._written is not None and self._tape is not None and not given and self._tape.is_on
                and (noted := self._tape.through_both(self._written, real, fake)) is not None):
            return noted
        together = torch.cat([real, fake])
        scores = self(together, *[torch.cat([part, part]) for part in given]) if given else self(together)
        return scores[: real.shape[0]], scores[real.shape[0] :]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.module, name)
        if isinstance(found, nn.Module):
            return PlayedModule(found, self._precision, tape=self._tape)
        if not callable(found):
            return found

        def call(*inputs: Any, **options: Any) -> Any:
            with self._precision.computing():
                made = found(*inputs, **options)
            return widened(made, self._precision)

        return call

    def __getitem__(self, index: int) -> PlayedModule:
        part: nn.Module = self.module[index]  # type: ignore[index]
        return PlayedModule(part, self._precision, tape=self._tape)


def widened(made: Any, precision: Precision) -> Any:
    """The output of autocast in float32, also within lists; anything else as it is."""
    if isinstance(made, Tensor):
        return precision.widened(made) if made.is_floating_point() else made
    if isinstance(made, list | tuple):
        return [widened(part, precision) for part in made]
    return made


def per_sample(scores: Any) -> Tensor:
    """One score for each sample, ``(n,)``: the mean of its map, or the mean over its maps' means."""
    if isinstance(scores, list | tuple):
        return torch.stack([per_sample(part) for part in scores]).mean(0)
    flat: Tensor = scores.flatten(1).mean(1) if scores.dim() > 1 else scores
    return flat


def learn(
    variant: Variant[Any], controls: GameControls, turn: Turn, player: Player, pace: Pace,
    at: AbstractContextManager[object] | None = None, watch: UpdateWatch | None = None, tape: Tape | None = None,
) -> Terms:
    """Makes one update of a player: its terms, their gradient, and its optimiser's step.

    The game calls it, and so does the memory estimate, on tensors without contents.

    Args:
        variant: Says what the players minimise.
        controls: The variant's controls at this update.
        turn: What the update may use.
        player: The player that is updated.
        pace: Its learning rate and betas.
        at: A context in which the gradient is computed, for optimisers that look ahead.
        watch: Notes the numbers of the update; None: they are not asked for.
        tape: Notes the passes that have a written backward pass; None: all are autograd's.
    """
    if at is None:
        terms, gradient = differentiated(variant, controls, turn, player, tape)
    else:
        with at:
            terms, gradient = differentiated(variant, controls, turn, player, tape)
    if watch is not None:
        watch.before_step(player.flat, gradient)
    player.step(gradient, pace)
    if watch is not None:
        watch.after_step(player.flat)
    return terms


def differentiated(
    variant: Variant[Any], controls: GameControls, turn: Turn, player: Player, tape: Tape | None,
) -> tuple[Terms, Tensor]:
    """A player's terms, and the gradient of their sum; the arguments are those of ``learn``."""
    if tape is None:
        terms = variant.terms(turn, controls)
        return terms, player.gradient(terms)
    tape.begin()
    try:
        terms = variant.terms(turn, controls)
    except RuntimeError as fault:
        fault.add_note("If these terms take gradients by themselves, the variant says so: takes_gradients = True.")
        raise
    finally:
        tape.end()
    return terms, player.gradient_by(tape, terms)
