"""The pyramid's view against a generator whose images at each level are known."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.core.network import Stage
from ganstudio.core.probe import GameView
from ganstudio.core.protocol.views import Pyramid
from ganstudio.core.turn import WHOLE, Phase
from ganstudio.probes.pyramid import SHOWN, PyramidProbe


class Growing:
    """Its images have the value of their latent, a tenth less for each level; averaged ones are turned over."""

    def __init__(self, phase: Phase, *, averaged: bool = True, channels: int = 3) -> None:
        self.phase = phase
        self.latents = torch.linspace(-0.5, 0.5, 40)[:, None]
        self._averaged, self._channels = averaged, channels

    def average(self, z: Tensor) -> Tensor | None:
        return z if self._averaged else None

    def generate_at_level(self, z: Tensor, level: int, averaged: bool) -> Tensor:
        side = 4 << level
        values = (z[:, 0] - 0.1 * level) * (-1 if averaged else 1)
        return values[:, None, None, None].expand(len(z), self._channels, side, side)

    def shrunk(self, resolution: int) -> Tensor:
        return torch.full((40, self._channels, resolution, resolution), 1 / resolution)


def look(game: Growing) -> Pyramid:
    return PyramidProbe().look(cast(GameView, cast(Any, game)), 36)


@pytest.mark.parametrize("channels", [1, 3])
def test_every_level_that_was_reached_is_shown(channels: int) -> None:
    phase = Phase(stage=Stage(2, 0.25), levels=4, shown=300, lasts=1200)
    view = look(Growing(phase, averaged=False, channels=channels))
    assert [image.shape for image in view.fake] == [(SHOWN, side, side, channels) for side in (4, 8, 16)]
    assert [image.shape for image in view.real] == [image.shape for image in view.fake]
    assert (view.level, view.alpha, view.levels, view.shown, view.lasts) == (2, 0.25, 4, 300, 1200)
    z = np.linspace(-0.5, 0.5, 40)[:SHOWN]
    for level, images in enumerate(view.fake):
        expected = np.round((z - 0.1 * level + 1) * 127.5)
        assert np.abs(images.doubles()[:, 0, 0, 0] - expected).max() <= 1
        assert np.ptp(images.numpy(), axis=(1, 2, 3)).max() == 0
    assert [int(real.numpy()[0, 0, 0, 0]) for real in view.real] == [159, 143, 135]  # 127.5 (1 + 1/4), ...
    assert not view.averaged


def test_the_running_mean_is_shown_where_there_is_one() -> None:
    phase = Phase(stage=Stage(0), levels=2, shown=0, lasts=10)
    steady, bare = look(Growing(phase)), look(Growing(phase, averaged=False))
    assert steady.averaged
    np.testing.assert_allclose(steady.fake[0].doubles() + bare.fake[0].doubles(), 255, atol=1)


def test_what_does_not_grow_has_no_pyramid() -> None:
    view = look(Growing(WHOLE))
    assert (view.fake, view.real, view.levels) == ([], [], 0)
