"""SinGAN's players: their sizes, what a score sees, the border of zeros, and any canvas."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Generator, nn

from ganstudio.core.control import validated
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import OfOneScale
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.scales import reconstructions, variations
from ganstudio.networks.singan import Singan, SinganControls

SCENE = DataShape(x=(3, 36, 48))


def seeded(purpose: str) -> Generator:
    return Generator().manual_seed(len(purpose))


def built(data: DataShape = SCENE, **controls: Any) -> dict[str, Any]:
    modules = Singan().modules(validated(SinganControls, {"width": 4, **controls}), data, seeded)
    return {name: module.eval() for name, module in modules.items()}


def test_each_scale_has_a_generator_and_a_critic_of_its_size() -> None:
    modules = built()
    assert sorted(modules) == sorted([f"{kind}{at}" for kind in "DG" for at in range(5)])
    assert all(isinstance(module, OfOneScale) and module.sizes[0] == (12, 16) for module in modules.values())
    made = reconstructions(modules, 4)
    assert [tuple(part.shape[1:]) for part in made] == [(3, *size) for size in modules["G0"].sizes]
    assert modules["D0"](made[0]).shape == (1, 2, 6)  # five convolutions of 3 px without padding


def test_widths_double_where_that_is_asked_for() -> None:
    modules = built(double_every=2, width=64)
    widths = [modules[f"G{at}"].layers[0].out_channels for at in range(5)]
    assert widths == [64, 64, 128, 128, 128]
    assert [modules[f"D{at}"].layers[0].out_channels for at in range(5)] == widths


def test_a_score_sees_11_px() -> None:
    D = built()["D4"]
    x = torch.randn(1, 3, 36, 48, generator=seeded("x")).requires_grad_()
    (gradient,) = torch.autograd.grad(D(x)[0, 10, 20], x)
    rows, columns = (gradient.abs().sum((0, 1, axis)).nonzero()[:, 0] for axis in (3, 2))
    assert [int(end) for end in (rows.min(), rows.max(), columns.min(), columns.max())] == [10, 20, 20, 30]


def test_noise_and_image_are_padded_with_zeros() -> None:
    """The border tells G where the image ends: far from it the same input gives the same output, at it another."""
    G = built()["G4"]
    for layer in G.layers:
        if isinstance(layer, nn.Conv2d):
            layer.weight.detach().mul_(20)
    made = G(None, torch.full((1, 3, 36, 48), 0.5))
    inside = made[..., 5:-5, 5:-5]
    torch.testing.assert_close(inside, inside[..., :1, :1].expand_as(inside))
    assert (made[..., 0, 0] - inside[..., 0, 0]).abs().max() > 1e-3


def test_one_channel_of_noise_is_copied_to_all_colours_at_the_coarsest_scale() -> None:
    G = built()["G0"]
    z = torch.randn(2, 1, 12, 16, generator=seeded("z"))
    torch.testing.assert_close(G(z), G(z.expand(2, 3, 12, 16)))


def test_the_fixed_noise_is_drawn_once_for_a_seed_and_kept_with_the_weights() -> None:
    one, again = built(), built()
    assert torch.equal(one["G0"].z_star, again["G0"].z_star)
    assert one["G0"].z_star.shape == (1, 1, 12, 16) and abs(float(one["G0"].z_star.std()) - 1) < 0.15
    assert "z_star" in one["G0"].state_dict() and "z_star" not in one["G1"].state_dict()
    assert all(float(one[f"G{at}"].state_dict()["sigma"]) == 1 for at in range(5))


def test_first_weights_are_those_of_the_authors() -> None:
    modules = built(width=64)
    convs = [layer for layer in modules["G1"].modules() if isinstance(layer, nn.Conv2d)]
    norms = [layer for layer in modules["G1"].modules() if isinstance(layer, nn.BatchNorm2d)]
    assert len(convs) == 5 and len(norms) == 4
    assert abs(float(convs[2].weight.detach().std()) - 0.02) < 0.001
    assert abs(float(norms[0].weight.detach().mean()) - 1) < 0.02 and float(norms[0].weight.detach().std()) > 0.005
    assert convs[-1].bias is not None and float(convs[-1].bias.detach().abs().max()) == 0


@pytest.mark.parametrize(("wide", "high", "size"), [(1.0, 1.0, (36, 48)), (2.0, 1.0, (36, 96)), (0.5, 1.5, (54, 24))])
@pytest.mark.parametrize("start", [0, 2, 4])
def test_any_canvas_goes_from_any_scale(wide: float, high: float, size: tuple[int, int], start: int) -> None:
    modules = built()
    made = variations(modules, 4, 2, seeded("rng"), start=start, wide=wide, high=high)
    assert made.shape == (2, 3, *size) and torch.isfinite(made).all()
    assert not torch.equal(made[0], made[1])


def test_noise_of_no_strength_from_above_the_coarsest_scale_gives_the_reconstruction() -> None:
    modules = built()
    with torch.no_grad():
        made = variations(modules, 4, 2, seeded("rng"), start=1, strength=0.0)
        torch.testing.assert_close(made, reconstructions(modules, 4)[-1].expand(2, -1, -1, -1))


def test_two_calls_on_the_same_noise_are_equal() -> None:
    """Finished scales use their running statistics, so that nothing else in a batch decides."""
    modules = built()
    one, again = (variations(modules, 4, 3, seeded("rng")) for _ in range(2))
    assert torch.equal(one, again)


def test_the_latent_is_the_noise_of_the_coarsest_scale() -> None:
    c = Singan().fitted(validated(SinganControls, {}), SCENE)
    assert c.latent_dim == 12 * 16


@pytest.mark.parametrize(("size", "controls", "said"), [
    ((8, 60), {}, "see 11 px a side, and the coarsest scale of this image has 60×8 px"),
    ((36, 48), {"coarsest_side": 8}, "the coarsest scale of this image has 11×8 px"),
    ((512, 512), {"factor": 0.9}, "would have 37 scales, and 12 are allowed"),
])
def test_an_image_that_does_not_go_is_refused_in_a_sentence(
    size: tuple[int, int], controls: dict[str, Any], said: str,
) -> None:
    with pytest.raises(BadInput, match=said):
        built(DataShape(x=(3, *size)), **controls)
