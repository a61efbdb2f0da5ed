"""The contract of a quantity: one number that a claim of a lesson measures, computed without a window.

A new quantity is one file in ``ganstudio/lessons/quantities``: copy ``slope.py``, which needs a run, or
``transport_cost.py``, which needs none. It is found by its file, as every other leaf is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from ganstudio.core.control import Controls, argument_of
from ganstudio.core.leaves import Leaf, leaves

if TYPE_CHECKING:
    from ganstudio.training.trainer import Trainer


class NoParams(Controls, frozen=True, kw_only=True):
    """Of a quantity that takes no parameters."""


P = TypeVar("P", bound=Controls)


class Quantity(ABC, Leaf, Generic[P]):
    """One number of a run at a moment.

    Its parameters are a class of controls: range, default and help are in their annotations, and what a lesson gives
    in ``with`` is validated against them.
    """

    help: ClassVar[str]  # what the number is, in one or two sentences
    unit: ClassVar[str] = ""  # "data units", "nats" …; empty: a plain number
    needs_run: ClassVar[bool] = True

    @classmethod
    def params_type(cls) -> type[P]:
        """The class of its parameters."""
        found: type[P] = argument_of(cls, Quantity)
        return found

    @abstractmethod
    def compute(self, trainer: Trainer | None, params: P) -> float | None:
        """The number.

        Args:
            trainer: The run, between two steps. It is only looked at: nothing is drawn from its randomness, and its
                modules keep their modes. None if ``needs_run`` is False and there is no run.
            params: As the lesson gives them.

        Returns:
            None if it is undefined for this run.
        """


def quantities() -> dict[str, type[Quantity[Controls]]]:
    """Every quantity by name."""
    return leaves("ganstudio.lessons.quantities", Quantity)
