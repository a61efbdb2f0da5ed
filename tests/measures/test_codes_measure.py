"""Codes: perplexity, purity and bits of players that are known."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganstudio.core.measure import MeasuredGame, MeasureInput, Scores
from ganstudio.core.turn import Phase
from ganstudio.datasets.tiles import GRID, TILES, Tiles, TilesControls
from ganstudio.measures.codes import CodesMeasure
from ganstudio.variants.vqgan import PRIOR, VQGAN, WITH_D, VQGANControls

NONE = Scores(np.zeros(0), np.zeros(0))


class Book(nn.Module):
    """A code for each tile; with ``split``, tile 0 has a second one, of every second grid cell."""

    def __init__(self, split: bool = False) -> None:
        super().__init__()
        self.weight = torch.zeros(8, 3)
        self.grid, self.split = GRID, split

    def nearest(self, z: Tensor) -> Tensor:
        return z[:, 0].long()

    def forward(self, codes: Tensor) -> Tensor:
        return codes[:, None].float()


class Encoder(nn.Module):
    """Reads the tiles themselves."""

    def __init__(self, data: Tiles, split: bool = False, wrong: float = 0.0) -> None:
        super().__init__()
        self.data, self.split, self.wrong = data, split, wrong

    def forward(self, x: Tensor) -> Tensor:
        tiles = torch.from_numpy(self.data.read_tiles(x.numpy()))
        if self.split:
            even = (torch.arange(GRID * GRID) % 2 == 0).view(GRID, GRID)
            tiles = torch.where((tiles == 0) & even, 6, tiles)
        if self.wrong:
            rng = torch.Generator().manual_seed(0)
            tiles = torch.where(torch.rand(tiles.shape, generator=rng) < self.wrong, (tiles + 1) % 6, tiles)
        return tiles[:, None].float()


class Decoder(nn.Module):
    """Draws the tiles without their noise."""

    def forward(self, q: Tensor) -> Tensor:
        tiles = torch.from_numpy(TILES)[q[:, 0].long() % 6]
        return tiles.permute(0, 3, 1, 4, 2, 5).reshape(len(q), 3, 32, 32)


class Grammar(nn.Module):
    """The exact prior; with ``off``, that much of the probability goes to all codes alike."""

    def __init__(self, data: Tiles, off: float = 0.0, split: bool = False) -> None:
        super().__init__()
        self.table, self.off, self.split = torch.from_numpy(data.grammar.table), off, split

    def forward(self, codes: Tensor) -> Tensor:
        tiles = (codes % 6).view(-1, GRID, GRID)
        none = torch.full_like(tiles[:, :1], 6)
        left = torch.cat([none.transpose(1, 2), tiles[:, :, :-1]], dim=2)
        above = torch.cat([none, tiles[:, :-1]], dim=1)
        p = torch.zeros(*tiles.shape, 8, dtype=torch.float64)
        p[..., :6] = self.table[left, above]
        p = (1 - self.off) * p + self.off / 8
        if self.split:
            even = (torch.arange(GRID * GRID) % 2 == 0).view(GRID, GRID)[None, :, :, None]
            half = torch.where(even, p[..., :1] * 0.25, p[..., :1])  # which of its codes tile 0 has is not known well
            p = torch.cat([half, p[..., 1:6], p[..., 6:7] + p[..., :1] - half, p[..., 7:]], dim=-1)
        return p.log().view(len(codes), -1, 8).float()


def evidence(phase: str = PRIOR, **how: Any) -> MeasureInput:
    data = Tiles(TilesControls(count=100))
    split = bool(how.get("split"))
    modules = {"C": Book(split), "E": Encoder(data, split, how.get("wrong", 0.0)), "G": Decoder(),
               "T": Grammar(data, how.get("off", 0.0), split)}
    rng = torch.Generator().manual_seed(how.get("seed", 0))
    game = MeasuredGame(modules=modules, latents=lambda n: None, rng=rng, device=torch.device("cpu"),
                        phase=Phase(name=phase), variant=VQGAN(), controls=VQGANControls())
    real = data.fresh_grids(20, 1)[1].reshape(20, -1) / 127.5 - 1
    return MeasureInput(real=real, fake=real, real_scores=NONE, fake_scores=NONE, data=data, game=game)


def test_the_exact_prior_has_the_exact_entropy() -> None:
    found = CodesMeasure().compute(evidence())
    assert found["bits_per_cell"] == pytest.approx(1.557782, abs=2e-6)
    assert found["bits_per_cell_se"] == pytest.approx(0.0, abs=1e-6)
    assert found["code_purity"] == 1.0 and found["codebook_perplexity"] == pytest.approx(6.0, abs=0.01)
    assert found["vq_rmse"] == pytest.approx(0.03, abs=0.001)  # the noise
    assert found["bits_per_code"] == pytest.approx(1.5578, abs=0.02)
    assert found["grammar_nll"] == pytest.approx(1.5578, abs=0.1)


def test_a_worse_prior_has_more_by_several_standard_errors() -> None:
    found = CodesMeasure().compute(evidence(off=0.1))
    bits, error = found["bits_per_cell"], found["bits_per_cell_se"]
    assert bits is not None and error is not None and bits > 1.557782 + 3 * error > 1.557782


def test_a_tile_of_two_codes_costs_bits_of_codes_and_none_of_cells() -> None:
    found = CodesMeasure().compute(evidence(split=True))
    assert found["bits_per_cell"] == pytest.approx(1.557782, abs=1e-5)
    bits = found["bits_per_code"]
    assert bits is not None and bits > 1.557782 + math.log2(4 / 3) / 12 / 2 and found["code_purity"] == 1.0


def test_codes_that_tell_of_tiles_to_come_say_nothing_of_cells() -> None:
    """A prior that is shown such codes seems better than the truth."""
    given = evidence()
    assert given.game is not None

    class Foresees(Encoder):
        def forward(self, x: Tensor) -> Tensor:
            tiles = super().forward(x)
            ahead = torch.roll(tiles, -1, 3) == 1
            return torch.where((tiles == 0) & ahead, 6.0, tiles)

    given.game.modules["E"] = Foresees(given.data)  # type: ignore[index, arg-type]
    found = CodesMeasure().compute(given)
    foresight = found["code_foresight"]
    assert foresight is not None and foresight > 0.05 and found["code_purity"] == 1.0
    assert found["bits_per_cell"] is None and found["bits_per_code"] is not None


def test_impure_codes_say_nothing_of_cells() -> None:
    found = CodesMeasure().compute(evidence(wrong=0.05))
    assert found["code_purity"] == pytest.approx(0.95, abs=0.01)
    assert found["bits_per_cell"] is None and found["bits_per_code"] is not None


def test_before_the_prior_there_are_no_bits() -> None:
    found = CodesMeasure().compute(evidence(phase=WITH_D))
    assert found["bits_per_code"] is None and found["bits_per_cell"] is None and found["code_purity"] == 1.0


def test_a_perfect_generator_has_the_entropy() -> None:
    found = CodesMeasure().compute(msgspec.structs.replace(evidence(), game=None))
    assert found["bits_per_cell"] == pytest.approx(1.557782, abs=5e-7)
    assert found["codebook_perplexity"] is None


def test_fresh_grids_are_other_ones_for_another_draw() -> None:
    one, again, other = (CodesMeasure().compute(evidence(seed=seed, off=0.1))["bits_per_cell"] for seed in (0, 0, 1))
    assert one == again != other
