"""The alias-free generator: its picture moves as it is asked to, its running means follow in training alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.core.network import Movable, StyleBased
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.equivariance import psnr, translation_equivariance, whole_errors
from ganstudio.maths.placement import placement
from ganstudio.networks.parts.alias_free_layer import AliasFreeLayer
from ganstudio.networks.style3 import AliasFreeGenerator, Style3, Style3Controls

TOY: dict[str, Any] = {"resolution": 16, "layers": 5}


def generator(side: int = 16, seed: int = 1, **controls: Any) -> AliasFreeGenerator:
    c = Style3Controls(**{**TOY, **controls, "resolution": side})
    return AliasFreeGenerator(c, 3, side, torch.Generator().manual_seed(seed)).eval()


def latents(n: int = 4, dim: int = 64) -> Tensor:
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(7))


def eq_t(G: AliasFreeGenerator, side: int, n: int = 12) -> tuple[float, float]:
    """EQ-T of whole and of parts of pixels, dB."""
    shifts = (torch.rand(n, 2, generator=torch.Generator().manual_seed(3)) * 2 - 1) / 8
    with torch.no_grad():
        whole, part = translation_equivariance(lambda t: G.moved(latents(n), t), shifts, side)
    return psnr(whole), psnr(part)


def buffers(G: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in G.named_buffers()}


def test_both_have_the_sizes_of_the_toy_and_of_what_they_are_asked_for() -> None:
    c = Style3Controls(**TOY)
    rng = torch.Generator().manual_seed(0)
    G, D = Style3().generator(c, (3, 16, 16), rng), Style3().discriminator(c, (3, 16, 16), rng)
    assert sum(p.numel() for p in G.parameters()) == 133_671
    assert sum(p.numel() for p in D.parameters()) == 211_041
    assert isinstance(G, StyleBased) and isinstance(G, Movable) and G.movable
    made = G(latents())
    assert made.shape == (4, 3, 16, 16) and D(made).shape == (4,)
    assert G.num_ws == 7 == len(G.names_of_ws()) and len(G.noise_layers) == 0
    for side in (8, 32):
        assert generator(side)(latents()).shape == (4, 3, side, side)


@pytest.mark.parametrize(("shape", "critical"), [((3, 12, 12), 2), ((3, 16, 8), 2), ((1, 4, 4), 2)])
def test_it_refuses_other_images(shape: tuple[int, ...], critical: int) -> None:
    with pytest.raises(BadInput):
        Style3().generator(Style3Controls(critical=critical), shape, torch.Generator())


def test_it_refuses_to_have_critical_layers_alone() -> None:
    with pytest.raises(BadInput, match="critical = 2"):
        Style3Controls(layers=2, critical=2).check()


# Where the picture is ------------------------------------------------------------------------------------


def test_untrained_at_32_px_it_moves_to_48_db_and_more_with_a_wider_margin() -> None:
    narrow, narrow_parts = eq_t(generator(32, layers=6, width=24), 32)
    wide, wide_parts = eq_t(generator(32, layers=6, width=24, margin=10), 32)
    assert narrow >= 48 and narrow_parts >= 48
    assert wide >= 80 and wide_parts >= 60
    assert narrow < narrow_parts and wide > wide_parts  # a narrow margin costs whole moves most: it is the border


def test_a_leaky_relu_that_is_not_sampled_finer_folds_frequencies_back() -> None:
    finer, coarse = (eq_t(generator(32, layers=6, width=24, margin=10, upsampled_activation=on), 32)
                     for on in (True, False))
    assert coarse[0] < finer[0] - 15 and coarse[1] < finer[1] - 5


def test_a_picture_asked_to_the_right_goes_to_the_right_and_not_to_the_left() -> None:
    G, z = generator(), latents(1)
    with torch.no_grad():
        still, right, down = (G.moved(z, placement([x], [y]))[0] for x, y in ((0, 0), (2 / 16, 0), (0, 2 / 16)))
        back = G.moved(z, torch.linalg.inv(placement([2 / 16], [0.0])))[0]
    assert psnr(whole_errors(still, right, 2, 0)) > 40 > 25 > psnr(whole_errors(still, right, -2, 0))
    assert psnr(whole_errors(still, down, 0, 2)) > 40
    assert psnr(whole_errors(still, back, -2, 0)) > 40


def test_what_is_not_moved_is_what_it_makes() -> None:
    G, z = generator(), latents()
    with torch.no_grad():
        torch.testing.assert_close(G.moved(z, placement([0.0], [0.0])), G(z), atol=1e-5, rtol=1e-5)
        each = G.moved(z, placement([0.0, 0.1, 0.2, 0.3], [0.0] * 4))
        torch.testing.assert_close(each[2:3], G.moved(z[2:3], placement([0.2], [0.0])), atol=1e-5, rtol=1e-5)


def test_the_learned_placement_moves_the_picture_as_the_users_does() -> None:
    G, z = generator(), latents(1)
    with torch.no_grad():
        asked = G.moved(z, placement([0.125], [-0.0625]))
        G.input.turn_bias.add_(torch.tensor([0.0, 0.0, 0.125, -0.0625]))
        torch.testing.assert_close(G(z), asked, atol=1e-5, rtol=1e-5)
        G.input.turn_bias.mul_(3)  # divided by its own length: nothing of it is a size
        torch.testing.assert_close(G(z), asked, atol=1e-5, rtol=1e-5)


def test_the_learned_angle_and_the_users_are_both_about_the_middle() -> None:
    G, z = generator(side=32), latents(1)
    turn = math.radians(20)
    with torch.no_grad():
        asked = G.moved(z, placement([0.0], [0.0], 20))
        G.input.turn_bias[:2] = torch.tensor([math.cos(turn), math.sin(turn)])
        torch.testing.assert_close(G(z), asked, atol=1e-5, rtol=1e-5)


# Running means -------------------------------------------------------------------------------------------


def test_evaluation_and_movement_leave_all_running_means_as_they_are() -> None:
    G = generator()
    before = buffers(G)
    G(latents())
    G.moved(latents(), placement([0.1], [0.1], 30))
    G.mapping(latents())
    G.synthesis(torch.randn(2, 7, 64))
    G.train()
    G(latents(), follow=False)
    assert all(torch.equal(tensor, before[name]) for name, tensor in buffers(G).items())


def test_in_training_the_mean_of_w_and_of_squares_follow_by_their_shares() -> None:
    G = generator()
    w, before = G.map(latents()), G.w_avg.clone()
    G.train()(latents())
    torch.testing.assert_close(G.w_avg, 0.998 * before + 0.002 * w.mean(0).detach())
    first = G.layers[0]
    assert isinstance(first, AliasFreeLayer)
    power = G.input(w).square().mean()
    torch.testing.assert_close(first.magnitude, 0.99 + 0.01 * power.detach())


def test_inputs_are_divided_by_the_root_of_their_mean_square() -> None:
    G, z = generator(), latents()
    still = G(z)
    with torch.no_grad():
        for layer in (*G.layers, G.colours):
            layer.magnitude.fill_(4.0)
    halved = G(z)  # six demodulated layers and the colours each halve what goes in
    assert halved.std() < still.std() / 30


# Styles --------------------------------------------------------------------------------------------------


def test_one_image_is_the_same_alone_and_in_a_batch() -> None:
    """Styles are normalised over the whole batch: demodulation takes it out again."""
    G, z = generator(), latents(16)
    with torch.no_grad():
        assert (G(z)[3:4] - G(z[3:4])).abs().max() < 1e-5


def test_styles_begin_at_one_so_that_no_map_begins_at_zero() -> None:
    G = generator()
    for layer in (*G.layers, G.colours):
        assert isinstance(layer, AliasFreeLayer)
        assert layer.styles(torch.zeros(1, 64)).unique().tolist() == [1.0]
    assert G(latents()).std() > 0.05


def test_all_ws_are_used_and_each_by_its_own_layer() -> None:
    G = generator()
    ws = torch.randn(1, 7, 64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        G.input.turn.normal_(generator=torch.Generator().manual_seed(4))  # it begins at 0: w moves nothing yet
        still = G.synthesis(ws)
        for at in range(7):
            other = ws.clone()
            other[:, at] += 1
            assert (G.synthesis(other) - still).abs().max() > 1e-3, at
        torch.testing.assert_close(G.synthesis(G.mapping(latents())[:, None].repeat(1, 7, 1)), G(latents()))


def test_it_computes_in_float32_whatever_the_run_does() -> None:
    """Eight bits of a bfloat16 would be noise at 48 dB."""
    G, z = generator(), latents()
    with torch.no_grad():
        plain = G(z)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(G(z), plain)


def test_a_measure_can_have_it_in_float64() -> None:
    G, z = generator(), latents()
    with torch.no_grad():
        plain, moved = G(z), G.moved(z, placement([0.1], [0.0]))
        G.double()
        torch.testing.assert_close(G(z.double()), plain.double(), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(G.moved(z, placement([0.1], [0.0])), moved.double(), atol=1e-4, rtol=1e-4)
        ws = G.mapping(z)[:, None].repeat(1, G.num_ws, 1)
        assert G.synthesis(ws).dtype == torch.float64


def test_gradients_reach_every_parameter() -> None:
    G = generator().train()
    G(latents()).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in G.parameters())
