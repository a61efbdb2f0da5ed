"""Numbered noise: a draw depends on its number and its layer alone, and nothing of a run is drawn from."""

from __future__ import annotations

import torch
from torch import nn

from ganstudio.networks.parts.noise import SILENT, NoiseMap, numbered_noise


def layer(channels: int = 2, strength: float = 0.5) -> NoiseMap:
    made = NoiseMap(channels)
    nn.init.constant_(made.strength, strength)
    made.noise_rng = torch.Generator().manual_seed(9)
    return made


MAPS = torch.arange(3 * 2 * 4 * 4, dtype=torch.float32).reshape(3, 2, 4, 4)


def test_images_with_the_same_draw_have_the_same_noise_whatever_is_beside_them() -> None:
    noisy = layer().requires_grad_(False)
    with numbered_noise([noisy], [[4, 4, 5]], seed=1):
        three = noisy(MAPS) - MAPS
    with numbered_noise([noisy], [[5]], seed=1):
        one = noisy(torch.zeros(1, 2, 4, 4))
    torch.testing.assert_close(three[0], three[1], rtol=0, atol=1e-5)
    torch.testing.assert_close(three[2], one[0], rtol=0, atol=1e-5)
    assert float((three[0] - three[2]).abs().max()) > 0.1


def test_silence_is_exact_and_layers_draw_apart() -> None:
    first, second = layer().requires_grad_(False), layer().requires_grad_(False)
    with numbered_noise([first, second], [[SILENT, 3, 3], [3, 3, SILENT]], seed=1):
        of_first, of_second = first(torch.zeros_like(MAPS)), second(torch.zeros_like(MAPS))
    assert not of_first[0].any() and not of_second[2].any()
    assert torch.equal(of_first[1], of_first[2])
    assert float((of_first[1] - of_second[1]).abs().max()) > 0.1


def test_afterwards_a_layer_draws_from_its_own_stream_again() -> None:
    """The hook computes beside what the layer draws by itself: a look gives it a stream for that."""
    noisy, rng = layer().requires_grad_(False), torch.Generator().manual_seed(9)
    own = noisy.noise_rng
    noisy.noise_rng = torch.Generator().manual_seed(0)  # as a look does
    with numbered_noise([noisy], [[1, 1, 1]], seed=1):
        noisy(MAPS)
    noisy.noise_rng = own
    expected = 0.5 * torch.randn((3, 1, 4, 4), generator=rng)
    torch.testing.assert_close(noisy(torch.zeros_like(MAPS)), expected.expand(3, 2, 4, 4))
    assert not noisy._forward_hooks
