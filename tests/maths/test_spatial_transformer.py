"""Crop and paste: a box is where it says, and one undoes the other."""

from __future__ import annotations

import torch

from ganstudio.maths.spatial_transformer import crop, paste


def ramp(side: int) -> torch.Tensor:
    """Columns, then rows, of pixel middles in [0, 1], ``(1, 2, side, side)``."""
    middles = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    rows, columns = torch.meshgrid(middles, middles, indexing="ij")
    return torch.stack([columns, rows])[None]


def test_a_crop_of_a_ramp_is_the_ramp_of_the_box() -> None:
    box = torch.tensor([[0.25, 0.125, 0.75, 0.5]], dtype=torch.float64)
    found = crop(ramp(32), box, 8)
    low, high = box[:, :2], box[:, 2:]
    expected = low[..., None, None] + ramp(8) * (high - low)[..., None, None]
    assert torch.allclose(found, expected, atol=1e-6)


def test_what_was_pasted_is_cropped_again() -> None:
    box = torch.tensor([[0.25, 0.25, 0.75, 0.75]], dtype=torch.float64)
    put = paste(ramp(8), box, 16)  # half the side of 16 px: pixel for pixel
    assert torch.allclose(put[:, :, 4:12, 4:12], ramp(8), atol=1e-6)
    put[:, :, 4:12, 4:12] = 0
    assert float(put.abs().max()) == 0  # nothing outside the box
    smooth = crop(paste(ramp(4), box, 64), box, 32)
    middle = slice(8, 24)
    assert torch.allclose(smooth[:, :, middle, middle], ramp(32)[:, :, middle, middle], atol=0.02)


def test_a_box_without_size_divides_by_nothing() -> None:
    box = torch.tensor([[0.5, 0.5, 0.5, 0.5]])
    assert torch.isfinite(paste(torch.ones(1, 1, 4, 4), box, 8)).all()
    assert torch.isfinite(crop(torch.ones(1, 1, 8, 8), box, 4)).all()
