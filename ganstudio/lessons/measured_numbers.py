"""The numbers of measures at a moment of a run, as ``ganstudio train --json`` gives them, measured once a moment.

Measures that take seconds are taken only if one of their numbers is asked for.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.measure import Measure, MeasureInput
from ganstudio.core.measured_rows import info_of
from ganstudio.training.measuring import SCORED, Copied, Measured, compute_measures, copy_for_measuring, quick
from ganstudio.training.resolve_spec import measures
from ganstudio.training.trainer import Trainer

SAMPLES = 2500

Floats = NDArray[np.float64]


class _Known(msgspec.Struct):
    """What was measured of a run at one moment."""

    moment: tuple[int, int]
    copied: Copied | None = None
    numbers: dict[type[Measure] | None, dict[str, float | None]] = {}  # by the measure that was asked for; None: quick
    floors: dict[type[Measure] | None, dict[str, float | None]] = {}


_KNOWN: WeakKeyDictionary[Trainer, _Known] = WeakKeyDictionary()


def _known(trainer: Trainer) -> _Known:
    moment = trainer.game.updates, len(trainer.log)
    known = _KNOWN.get(trainer)
    if known is None or known.moment != moment:
        known = _KNOWN[trainer] = _Known(moment)
    return known


def number(trainer: Trainer, name: str) -> float | None:
    """A number of the run's generator; None if it is undefined, or the run has diverged."""
    if trainer.divergence is not None:
        return None
    known, owner = _known(trainer), owner_on_request(name)
    if owner not in known.numbers:
        known.numbers[owner] = _measured(trainer, owner, {}).measures  # without the floors of expensive measures
    return known.numbers[owner].get(name)


def floor(trainer: Trainer, name: str) -> float | None:
    """What a perfect generator scores at this number of samples."""
    if trainer.divergence is not None:
        return None
    known, owner = _known(trainer), owner_on_request(name)
    if owner not in known.floors:
        known.floors[owner] = _measured(trainer, owner, None).floors
    return known.floors[owner].get(name)


def owner_on_request(name: str) -> type[Measure] | None:
    """The measure of a number, if it is taken only on request; None if it is one of the others."""
    return next((kind for kind in measures().values() if kind.on_request and info_of(kind.infos(), name)), None)


def _measured(trainer: Trainer, owner: type[Measure] | None, known_floors: dict[str, float | None] | None) -> Measured:
    evidence = _copied(trainer) or copy_for_measuring(trainer, SAMPLES, scored=SCORED)
    return compute_measures(evidence, known_floors, which=quick if owner is None else lambda kind: kind is owner)


def samples(trainer: Trainer) -> MeasureInput | None:
    """Samples and scores of a run on points, 2,500 of each kind; None of one on images."""
    copied = _copied(trainer)
    return None if copied is None else copied.generated


def _copied(trainer: Trainer) -> Copied | None:
    known = _known(trainer)
    if known.copied is None and trainer.game.data.kind != "image":
        copied = copy_for_measuring(trainer, SAMPLES, scored=SCORED)
        assert isinstance(copied, Copied)
        known.copied = copied
    return known.copied
