"""The device of the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from the_device import DEVICE, ON_GPU


@pytest.fixture
def device() -> Iterator[str]:
    """Its name. On a GPU, convolutions of float32 keep all their bits, so that they can be compared with the CPU's."""
    with pytest.MonkeyPatch.context() as patch:
        if ON_GPU:
            patch.setattr(torch.backends.cudnn, "allow_tf32", False)
        yield DEVICE
