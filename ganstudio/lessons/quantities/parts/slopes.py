"""Slopes of a run's discriminator: at samples, and between them."""

from __future__ import annotations

from torch import Tensor

from ganstudio.maths.gradients import interpolate
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

SAMPLES = 2000  # of each kind at most


def slopes(trainer: Trainer, at: str) -> Tensor:
    """Norm of D's input gradient, ``(n,)`` float64, score per data unit.

    Args:
        trainer: The run.
        at: ``real``, ``generated``, or ``segments``: one place, drawn evenly, between each pair of both.
    """
    view = trainer.view
    n = min(SAMPLES, len(view.real), len(view.latents))
    real, fake = view.real[:n], view.generate(view.latents[:n])
    if at == "segments":
        x = interpolate(real, fake, generator_for(trainer.spec.seed, "lesson segments", trainer.game.device))
    else:
        x = real if at == "real" else fake
    _, gradient = view.score_and_gradient(x)
    norms: Tensor = gradient.flatten(1).double().norm(dim=1)
    return norms
