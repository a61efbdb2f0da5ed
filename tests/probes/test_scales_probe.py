"""The view of all levels, on a small game: the levels of G or of its average, and their disagreement."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_games import small

from ganstudio.core.images import pixels
from ganstudio.maths.level_disagreement import LevelDisagreement
from ganstudio.maths.resampling import shrunk
from ganstudio.probes.scales import SHOWN, ScalesProbe
from ganstudio.training.trainer import Trainer


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(small("msg-gan"))


def test_it_shows_each_level_and_the_largest_image_at_its_size(trainer: Trainer) -> None:
    view = ScalesProbe().look(trainer.view, 30)
    G = trainer.game.modules["G"]
    with torch.no_grad():
        levels = G.levels_of(trainer.view.latents)  # type: ignore[operator]
    assert [array.shape for array in view.levels] == [(SHOWN, 4, 4, 1), (SHOWN, 8, 8, 1)]
    for shown, pooled, level in zip(view.levels, view.pooled, levels, strict=True):
        np.testing.assert_array_equal(shown.numpy(), pixels(level[:SHOWN].numpy()))
        np.testing.assert_array_equal(pooled.numpy(), pixels(shrunk(levels[-1][:SHOWN], level.shape[-1]).numpy()))
    apart = LevelDisagreement()
    apart.add(levels)
    assert view.disagreement.doubles().tolist() == pytest.approx(apart.values())
    assert not view.averaged


def test_the_average_of_g_is_shown_where_there_is_one(trainer: Trainer) -> None:
    for _ in range(4):
        trainer.update()
    view = ScalesProbe().look(trainer.view, 30)
    assert view.averaged and trainer.game.average is not None
    with torch.no_grad():
        levels = trainer.game.average.module.levels_of(trainer.view.latents)  # type: ignore[operator]
    np.testing.assert_array_equal(view.levels[0].numpy(), pixels(levels[0][:SHOWN].numpy()))
