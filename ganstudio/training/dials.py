"""Controls as numbers on the device, for updates that are recorded once and then repeated without Python.

In such an update each control that is a float is a *dial*. If it is multiplied by a tensor, added to one, subtracted or
divided, it becomes a *slot*: a number in a small tensor that is set before the update, so that a moved slider needs no
new recording. If Python decides by it (``if c.gamma > 0``), or if torch takes it as a plain number, what came out is
noted: the recording holds as long as everything that was noted would come out the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeVar

import msgspec
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from ganstudio.core.variant import GameControls

MOST = 64  # slots of one update: a player's terms have some five weights, and an optimiser up to seven numbers

Values = Mapping[str, float]
Of = Callable[[Values], Any]
GC = TypeVar("GC", bound=GameControls)

_T = torch.Tensor
ON_DEVICE = (_T.add, _T.sub, _T.mul, _T.div, _T.add_, _T.sub_, _T.mul_, _T.div_, torch.add, torch.sub, torch.mul,
             torch.div)
"""Operations whose result is the same if a number is a tensor without axes, on the CPU bit for bit. On a GPU torch
divides by a plain number as it multiplies by its reciprocal, so that the last bit may differ."""


def floats_of(controls: GameControls) -> dict[str, float]:
    """The values of controls that may be dials, by name."""
    return {name: value for name, value in msgspec.structs.asdict(controls).items() if isinstance(value, float)}


def others_of(controls: GameControls) -> tuple[tuple[str, Any], ...]:
    """All other values: if one of them changes, so may the operations of an update."""
    every = msgspec.structs.asdict(controls).items()
    return tuple((name, value) for name, value in every if not isinstance(value, float))


def _work_something_out(kind: type[GameControls]) -> bool:
    """Whether a class of controls has properties or methods of its own."""
    return any(isinstance(member, property | FunctionType) and name != "check"
               for owner in kind.__mro__ if owner is not GameControls
               and issubclass(owner, GameControls) for name, member in vars(owner).items())


class Dials:
    """The dials of one kind of update, the slots that they became, and what was noted of them."""

    def __init__(self, device: torch.device, numbers: int) -> None:
        """``numbers``: how many slots the optimiser has; those of the controls follow."""
        self._lying = torch.zeros(MOST, device=device)
        self._slots = list(self._lying.unbind())
        self.numbers: Sequence[Tensor] = self._slots[:numbers]
        self._of_slots: list[Of] = []
        self._of_controls: list[float] = []  # values of the slots, kept while the controls stay as they are
        self._noted: list[tuple[Of, object]] = []
        self._values: Values = {}
        self._set: list[float] = []  # what lies on the device now
        self._met = 0
        self._complete = False

    def controls(self, controls: GC) -> GC:
        """The same controls with dials in the place of floats.

        Controls that work something out of themselves stay as they are, and so must their values: what they make (a
        divergence, say) may be kept for others who ask for the same.
        """
        if _work_something_out(type(controls)):
            self._noted += [(operator.itemgetter(name), value) for name, value in floats_of(controls).items()]
            return controls
        return msgspec.structs.replace(controls, **{name: Dial(self, operator.itemgetter(name))
                                                    for name in floats_of(controls)})

    def hold_for(self, values: Values) -> bool:
        """Whether all that was noted would come out the same with these values."""
        return all(of(values) == outcome for of, outcome in self._noted)

    def turn_to(self, numbers: Sequence[float], values: Values) -> None:
        """Sets the slots for the next update: the optimiser's numbers, and those of controls with these values."""
        if values is not self._values:
            self._values = values
            self._of_controls = [of(values) for of in self._of_slots]
        wanted = [*numbers, *self._of_controls]
        if wanted == self._set:
            return
        # From pinned memory the copy waits for nothing; torch keeps that memory until the copy is done.
        row = torch.tensor(wanted, dtype=torch.float32, pin_memory=self._lying.is_cuda)
        self._lying[: len(wanted)].copy_(row, non_blocking=True)
        self._set = wanted

    def begin(self) -> None:
        """The update's operations are run through from their beginning."""
        self._met = 0

    def end_first(self) -> None:
        """They were run through once: nothing new will be met or noted."""
        self._complete = True
        self._values = {}  # so that the values of all slots are worked out at the next update

    def slot(self, of: Of) -> Tensor:
        """The slot of a number that meets a tensor, on the device, without axes."""
        at = self._met
        self._met += 1
        slot = self._slots[len(self.numbers) + at]
        if at == len(self._of_slots):
            if self._complete:
                raise RuntimeError("an update met more numbers than at its first run")
            self._of_slots.append(of)
            slot.data.fill_(of(self._values))  # autograd need not see it: a neighbour may wait for its gradient
        return slot

    def note(self, of: Of) -> Any:
        """What comes out for the values as they are, as a plain value of Python."""
        outcome = of(self._values)
        if not self._complete:
            self._noted.append((of, outcome))
        return outcome


class Dial:
    """A control, or a number worked out from controls, in the place of a float."""

    __slots__ = ("_dials", "_of")

    def __init__(self, dials: Dials, of: Of) -> None:
        self._dials, self._of = dials, of

    def _with(self, other: Any, operation: Callable[[Any, Any], Any], *, swapped: bool = False) -> Any:
        if isinstance(other, Tensor):
            slot = self._dials.slot(self._of)
            return operation(other, slot) if swapped else operation(slot, other)
        found = self._joined(other, operation, swapped=swapped)
        return NotImplemented if found is None else Dial(self._dials, found)

    def _joined(self, other: Any, operation: Callable[[Any, Any], Any], *, swapped: bool = False) -> Of | None:
        mine = self._of
        if isinstance(other, Dial):
            theirs = other._of
            return lambda values: operation(mine(values), theirs(values))
        if not isinstance(other, int | float):
            return None
        if swapped:
            return lambda values: operation(other, mine(values))
        return lambda values: operation(mine(values), other)

    def _compared(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, Tensor):
            return operation(float(self), other)
        found = self._joined(other, operation)
        return NotImplemented if found is None else self._dials.note(found)

    def __add__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._with(other, operator.add, swapped=True)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, operator.sub, swapped=True)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._with(other, operator.mul, swapped=True)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Tensor):  # as torch divides a number by a tensor
            return other.reciprocal() * self
        return self._with(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, operator.truediv, swapped=True)

    def __pow__(self, other: Any) -> Any:
        return float(self) ** other if isinstance(other, Tensor) else self._with(other, operator.pow)

    def __rpow__(self, other: Any) -> Any:
        return other ** float(self) if isinstance(other, Tensor) else self._with(other, operator.pow, swapped=True)

    def __neg__(self) -> Dial:
        mine = self._of
        return Dial(self._dials, lambda values: -mine(values))

    def __float__(self) -> float:
        return float(self._dials.note(self._of))

    def __int__(self) -> int:
        mine = self._of
        return int(self._dials.note(lambda values: int(mine(values))))

    def __bool__(self) -> bool:
        mine = self._of
        return bool(self._dials.note(lambda values: bool(mine(values))))

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, operator.ge)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compared(other, operator.ne)

    def __hash__(self) -> int:
        """A cache would keep a dial, and give it to those who ask for a number."""
        raise TypeError("with --graphs a variant must not use a control as a key: train it without")

    @classmethod
    def __torch_function__(
        cls, function: Callable[..., Any], types: Sequence[type], args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """torch asks here whatever function it was given a dial for."""
        if function in ON_DEVICE and not kwargs and len(args) == 2 and any(isinstance(arg, Tensor) for arg in args):
            return function(*[arg._dials.slot(arg._of) if isinstance(arg, Dial) else arg for arg in args])
        given = (args, dict(kwargs or {}))
        assert any(isinstance(leaf, Dial) for leaf in tree_leaves(given))
        args, named = tree_map(lambda leaf: float(leaf) if isinstance(leaf, Dial) else leaf, given)
        return function(*args, **named)
