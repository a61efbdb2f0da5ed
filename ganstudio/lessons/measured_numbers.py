"""The numbers of measures at a moment of a run, as ``ganstudio train --json`` gives them, measured once a moment."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.measure import MeasureInput
from ganstudio.training.measuring import SCORED, Copied, Measured, compute_measures, copy_for_measuring
from ganstudio.training.trainer import Trainer

SAMPLES = 2500

Floats = NDArray[np.float64]


class _Known(msgspec.Struct):
    """What was measured of a run at one moment."""

    moment: tuple[int, int]
    copied: Copied | None = None
    measured: Measured | None = None
    floors: dict[str, float | None] | None = None


_KNOWN: WeakKeyDictionary[Trainer, _Known] = WeakKeyDictionary()


def _known(trainer: Trainer) -> _Known:
    moment = trainer.game.updates, len(trainer.log)
    known = _KNOWN.get(trainer)
    if known is None or known.moment != moment:
        known = _KNOWN[trainer] = _Known(moment)
    return known


def numbers(trainer: Trainer) -> dict[str, float | None]:
    """Every number of the run's generator; none of a run that has diverged."""
    if trainer.divergence is not None:
        return {}
    known = _known(trainer)
    if known.measured is None:
        evidence = _copied(trainer) or copy_for_measuring(trainer, SAMPLES, scored=SCORED)
        known.measured = compute_measures(evidence, {})  # without the floors of expensive measures
    return known.measured.measures


def floors(trainer: Trainer) -> dict[str, float | None]:
    """What a perfect generator scores at this number of samples."""
    if trainer.divergence is not None:
        return {}
    known = _known(trainer)
    if known.floors is None:
        evidence = _copied(trainer) or copy_for_measuring(trainer, SAMPLES, scored=SCORED)
        known.floors = compute_measures(evidence).floors
    return known.floors


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
