"""A quantity by its name: the number of a measure, a term, a control, or a leaf of ``quantities/``."""

from __future__ import annotations

import math

import torch

from ganstudio.core.control import declared, validated
from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.measure import MetricInfo
from ganstudio.core.measured_rows import info_of
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.lessons import measured_numbers
from ganstudio.lessons.quantity import quantities
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.resolve_spec import measures
from ganstudio.training.trainer import Trainer

PLAIN = ("step", "diverged", "finite")
PREFIXES = ("term:", "control:", "floor:")


def check_asked(asked: Asked, *, has_run: bool) -> None:
    """Raises BadInput if there is no such quantity, if it takes no such parameters, or needs a run and has none."""
    name = asked.quantity
    if (leaf := quantities().get(name)) is not None:
        validated(leaf.params_type(), asked.params, of=f"quantity {name}")
        if leaf.needs_run and not has_run:
            raise BadInput(f"quantity {name} is measured in a run, and there is none: an earlier step must begin one")
        return
    if name.startswith("term:"):
        player, slash, term = name.removeprefix("term:").partition("/")
        if not (player and slash and term):
            raise BadInput(f"quantity {name} is not complete: it is written term:PLAYER/TERM, for instance "
                           "term:discriminator/penalty")
    elif name.startswith("floor:"):
        if info_of(_numbers(), name.removeprefix("floor:")) is None:
            raise unknown("number of a measure", name.removeprefix("floor:"), _numbers())
    elif not name.startswith("control:") and name not in PLAIN and info_of(_numbers(), name) is None:
        raise unknown("quantity", name, [*quantities(), *_numbers(), *PLAIN, *PREFIXES])
    if asked.params:
        raise BadInput(f"quantity {name} takes no parameters, and {', '.join(asked.params)} was given in with")
    if not has_run:
        raise BadInput(f"quantity {name} is measured in a run, and there is none: an earlier step must begin one")


def _numbers() -> dict[str, MetricInfo]:
    """All numbers of measures by name, and families of them."""
    return {name: info for measure in measures().values() for name, info in measure.infos().items()}


def value_of(asked: Asked, trainer: Trainer | None, terms: RecentTerms) -> float | None:
    """The number at the moment of the run; None if it is undefined or not finite.

    Args:
        asked: Which quantity.
        trainer: The run, between two steps; None if there is none.
        terms: Of its last updates.

    Raises:
        BadInput: As ``check_asked``; or the run has no such term or control.
    """
    check_asked(asked, has_run=trainer is not None)
    value = _value(asked, trainer, terms)
    return None if value is None or not math.isfinite(value) else float(value)


def _value(asked: Asked, trainer: Trainer | None, terms: RecentTerms) -> float | None:
    name = asked.quantity
    if (leaf := quantities().get(name)) is not None:
        if leaf.needs_run and trainer is not None and trainer.divergence is not None:
            return None
        return leaf().compute(trainer, validated(leaf.params_type(), asked.params))
    assert trainer is not None  # check_asked has seen to that
    if name.startswith("term:"):
        return _term(name.removeprefix("term:"), terms)
    if name.startswith("control:"):
        return _control(name.removeprefix("control:"), trainer)
    if name.startswith("floor:"):
        return measured_numbers.floor(trainer, name.removeprefix("floor:"))
    match name:
        case "step":
            return float(trainer.game.steps)
        case "diverged":
            return float(trainer.divergence is not None)
        case "finite":
            return float(trainer.divergence is None and all(
                bool(torch.isfinite(player.flat).all()) for player in trainer.game.players.values()))
    return measured_numbers.number(trainer, name)


def _term(name: str, terms: RecentTerms) -> float | None:
    player, _, term = name.partition("/")
    if name not in terms.names() and terms.names():
        raise unknown("term", name, terms.names())
    return terms.mean(player, term)


def _control(name: str, trainer: Trainer) -> float | None:
    fields = declared(type(trainer.game.controls))
    if name not in fields:
        raise unknown(f"control of variant {trainer.spec.variant}", name, fields)
    value = getattr(trainer.game.controls, name)
    if not isinstance(value, bool | int | float):
        raise BadInput(f"control {name} is {value!r}, which is not a number that a claim can compare")
    return float(value)
