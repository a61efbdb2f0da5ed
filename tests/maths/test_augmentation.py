"""What ADA shows D: each change by chance, from the run's generator, and differentiable."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor

from ganstudio.maths.augmentation import augmented


def rng(seed: int = 1) -> Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 400) -> Tensor:
    return torch.rand(n, 3, 16, 16, generator=rng(2)) * 2 - 1


def test_at_0_nothing_is_changed_and_nothing_drawn() -> None:
    source, x = rng(), images(4)
    before = source.get_state()
    assert augmented(x, 0.0, source) is x
    assert torch.equal(source.get_state(), before)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_a_share_is_left_as_it_was(p: float) -> None:
    """Of mirrored ones half, of moved ones those that move by less than half a pixel of two: a quarter on each axis."""
    x = images(4000)
    same = (augmented(x, p, rng()) == x).flatten(1).all(1).float().mean()
    unmoved = (1 / 4) ** 2
    expected = (1 - p / 2) * (1 - p + p * unmoved) * (1 - p) ** 2
    assert float(same) == pytest.approx(expected, abs=0.025)


def test_at_1_images_are_mirrored_half_of_the_time() -> None:
    """At less than 1 the unmirrored outnumber the mirrored, so that G cannot learn to mirror."""
    x = torch.zeros(4000, 1, 16, 16)
    x[..., 12:] = 1.0
    for p, share in ((1.0, 0.5), (0.4, 0.2)):
        made = augmented(x, p, rng())
        made = made - made.amin((1, 2, 3), keepdim=True)
        at_left = made[..., :4].mean((1, 2, 3)) > made[..., 12:].mean((1, 2, 3))
        assert float(at_left.float().mean()) == pytest.approx(share, abs=0.03)


def test_pictures_move_by_an_eighth_at_most_and_are_mirrored_at_the_border() -> None:
    ramp = torch.arange(16.0).expand(4000, 1, 16, 16)
    made = augmented(ramp, 1.0, rng())
    low, high = (made.amin((1, 2, 3), keepdim=True), made.amax((1, 2, 3), keepdim=True))
    levels = ((made - low) / (high - low))[:, 0, 0]  # brightness and contrast taken back
    tops = levels.argmax(1)
    assert ((tops <= 2) | (tops >= 13)).all()
    assert set((levels[:, 1:] != levels[:, :-1]).sum(1).tolist()) <= {15}  # mirrored, and not repeated


def test_brightness_and_contrast() -> None:
    x = torch.full((20_000, 1, 2, 2), 0.5)
    made = augmented(x, 1.0, rng())[:, 0, 0, 0]
    assert (made / 0.5 > 0).float().mean() > 0.98
    assert float(made.log2().nan_to_num(-20).median()) == pytest.approx(-1, abs=0.05)  # 2^0 times .5
    only_light = augmented(torch.zeros(20_000, 1, 2, 2), 1.0, rng())[:, 0, 0, 0]
    assert float(only_light.median()) == pytest.approx(0, abs=0.01)


def test_a_gradient_flows_back_to_where_each_pixel_came_from() -> None:
    x = images(8).requires_grad_()
    made = augmented(x, 1.0, rng())
    (slope,) = torch.autograd.grad(made[:, :, 5, 5].square().sum(), x, create_graph=True)
    assert ((slope != 0).flatten(2).sum(2) == 1).all()
    (second,) = torch.autograd.grad(slope.square().sum(), x)
    assert second.isfinite().all() and second.abs().sum() > 0


def test_the_generator_decides() -> None:
    x = images(8)
    torch.manual_seed(1)
    first = augmented(x, 0.7, rng(5))
    torch.manual_seed(2)
    assert torch.equal(augmented(x, 0.7, rng(5)), first)
    assert not torch.equal(augmented(x, 0.7, rng(6)), first)
