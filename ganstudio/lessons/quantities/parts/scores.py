"""What a run's discriminator says of many samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.lessons.measured_numbers import samples
from ganstudio.training.trainer import Trainer

Floats = NDArray[np.float64]


def scores(trainer: Trainer) -> tuple[Floats, Floats]:
    """Scores of real and of generated samples, each ``(n,)``: 20,000 of points, those on screen of images."""
    found = samples(trainer)
    if found is not None:
        return found.real_scores.values, found.fake_scores.values
    view = trainer.view
    real, fake = view.real, view.generate(view.latents)
    on_real, on_fake = view.score(real, view.real_labels(len(real))), view.score(fake, view.labels)
    return on_real.double().cpu().numpy(), on_fake.double().cpu().numpy()
