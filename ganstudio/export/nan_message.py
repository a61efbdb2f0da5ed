"""The message on a run whose generator makes no finite numbers any more."""

from __future__ import annotations

from pathlib import Path

import torch

from ganstudio.core.system.errors import BadInput
from ganstudio.export.curves import curves, first_not_finite, read_batches
from ganstudio.export.svg_charts import shortened, steps
from ganstudio.training.trainer import Trainer

LOOKED_AT = 64  # samples


def why_not_finite(path: Path, trainer: Trainer) -> str:
    """Why what the generator makes cannot be measured, as the middle of a sentence; empty if it can be.

    Args:
        path: The run file, for the step at which its terms stopped being finite.
        trainer: The run at the moment that is asked about.
    """
    view = trainer.view
    z = view.latents[:LOOKED_AT]
    averaged = view.average(z)
    if bool(torch.isfinite(view.generate(z) if averaged is None else averaged).all()):
        return ""
    at_all = f"what the generator makes is not finite at step {trainer.game.steps:,}"
    try:
        bad = first_not_finite(curves(read_batches(path)))
    except BadInput:  # nothing is known of its terms
        return at_all
    if bad is None:
        return at_all
    return (f"what the generator makes is not finite since the run diverged at step {steps(bad.at)}, where "
            f"{bad.player}.{shortened(bad.name)} was {bad.value}")
