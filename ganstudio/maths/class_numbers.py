"""How well each class was made, of samples that were asked for by class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Modes
from ganstudio.core.measure import ClassNumbers, MeasureInput


def class_numbers(evidence: MeasureInput) -> list[ClassNumbers]:
    """Of each class that was asked for; none if the run has no labels, or nothing tells the classes apart."""
    asked = evidence.fake_labels
    if asked is None or not np.isfinite(evidence.fake).all():
        return []
    if (modes := evidence.data.modes) is not None:
        squared = ((evidence.fake[:, None, :] - modes.centres[None]) ** 2).sum(-1)  # (n, K)
        read: NDArray[np.int64] = squared.argmin(axis=1)
        return [_of_mode(evidence.fake[asked == label], read[asked == label] == label, modes, label)
                for label in np.unique(asked).tolist()]
    judged = evidence.fake_features
    if judged is None or judged.probabilities is None:
        return []
    read = judged.probabilities.argmax(axis=1)
    return [ClassNumbers(label=label, right=float((read[asked == label] == label).mean()))
            for label in np.unique(asked).tolist()]


def _of_mode(samples: NDArray[np.float64], right: NDArray[np.bool_], modes: Modes, label: int) -> ClassNumbers:
    sd = float(modes.sds[label])
    mean = samples.mean(axis=0)
    return ClassNumbers(
        label=label, right=float(right.mean()),
        mean_error=float(np.linalg.norm(mean - modes.centres[label])) / sd,
        sd_ratio=float(np.sqrt(((samples - mean) ** 2).mean())) / sd,
    )
