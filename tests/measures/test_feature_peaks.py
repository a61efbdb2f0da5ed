"""Peaks of maps whose shape is known."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch
from small_games import small

from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.measures.feature_peaks import FeaturePeaks, peaks
from ganstudio.training.measuring import CopiedImages, copy_for_measuring
from ganstudio.training.trainer import Trainer


def test_a_single_pixel_reads_the_root_of_the_pixels_and_a_flat_map_1() -> None:
    x = torch.ones(3, 2, 16, 16)
    x[:, 0] = 0
    x[:, 0, 5, 5] = -7
    torch.testing.assert_close(peaks(x), torch.tensor([16.0, 1.0], dtype=torch.float64))


def test_noise_reads_about_3() -> None:
    x = torch.randn(64, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    assert peaks(x).tolist() == pytest.approx([3.06] * 4, abs=0.08)  # the mean of the largest of 256 |N(0, 1)|


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_of_a_run_it_is_read_and_a_spike_is_found(name: str) -> None:
    trainer = Trainer(msgspec.structs.replace(small(name), device="cpu", threads=1, controls={"batch_size": 8}))
    average = trainer.game.average
    assert average is not None
    nothing, unscored = np.zeros((0, 1)), Scores(np.zeros(0), np.zeros(0))

    def read() -> float | None:
        copied = copy_for_measuring(trainer, 20)
        assert isinstance(copied, CopiedImages)
        return FeaturePeaks().compute(MeasureInput(
            real=nothing, fake=nothing, real_scores=unscored, fake_scores=unscored, data=trainer.game.data,
            game=copied.game))["peak_over_rms"]

    before = read()
    assert before is not None and 1 < before < 8  # 8 px: a single pixel reads 8
    assert read() == before
    with torch.no_grad():  # one that looks for a corner of the constant
        for parameter in trainer.game.modules["G"].parameters():
            if parameter.dim() == 4 and parameter.shape[-1] == 4:
                parameter.zero_()
                parameter[:, :, 0, 0] = 50.0
    after = read()
    assert after is not None and after > before


def test_a_perfect_generator_has_no_maps() -> None:
    trainer = Trainer(msgspec.structs.replace(small("stylegan2"), device="cpu", threads=1))
    nothing, unscored = np.zeros((0, 1)), Scores(np.zeros(0), np.zeros(0))
    assert FeaturePeaks().compute(MeasureInput(
        real=nothing, fake=nothing, real_scores=unscored, fake_scores=unscored, data=trainer.game.data,
    )) == {"peak_over_rms": None}
