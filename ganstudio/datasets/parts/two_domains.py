"""Games that turn images of one domain into those of another: who plays so, and how both domains are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor


def between_domains(needs: frozenset[str]) -> bool:
    """Whether a game turns images of one domain into those of another; one with attributes changes any image."""
    return "source" in needs and "attributes" not in needs


def domain_words(attribute: str, values: Sequence[str]) -> tuple[str, str]:
    """Words for sources, which have the first value of an attribute, and for images, which have any other."""
    return (values[0], values[1] if len(values) == 2 else f"other {attribute}")


def drawn_of_each(
    images: NDArray[np.int64], sources: NDArray[np.int64], n: int, rng: Generator,
) -> Tensor:
    """Numbers of images and of sources beside them, drawn independently of each other, ``(n, 2)``."""
    drawn = [torch.from_numpy(side).to(rng.device)[torch.randint(len(side), (n,), generator=rng, device=rng.device)]
             for side in (images, sources)]
    return torch.stack(drawn, dim=1)
