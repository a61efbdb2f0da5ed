"""Gradients against networks made by hand, whose gradients are products of a few matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.core.protocol.views import Gradients
from ganstudio.maths.layer_outputs import LayerOutputs, gradient_norms
from ganstudio.probes import gradients
from ganstudio.probes.gradients import GradientsProbe, decades, histogram, singular_values
from ganstudio.training.game_view import evaluating
from ganstudio.training.trainer import Trainer

HIGH = 1e3  # times more from layer to layer: biases that keep every ReLU open, so that a network is linear


def run(variant: str = "wgan", *, depth: int = 2, **controls: Any) -> Trainer:
    return Trainer(Spec(variant=variant, data="ring", seed=1, device="cpu", threads=1, controls=controls,
                        network_controls={"width": 3, "depth": depth}))


def linears(module: nn.Module) -> list[nn.Linear]:
    return [layer for layer in module.modules() if isinstance(layer, nn.Linear)]


def opened(module: nn.Module) -> list[Tensor]:
    """Makes a network linear; its weights, input first."""
    layers = linears(module)
    with torch.no_grad():
        for depth, layer in enumerate(layers[:-1]):
            layer.bias.fill_(HIGH ** (depth + 1))
        layers[-1].bias.zero_()
    return [layer.weight.detach().double() for layer in layers]


def look(trainer: Trainer) -> Gradients:
    return GradientsProbe().look(trainer.view, 36)


def norm(*matrices: Tensor) -> float:
    """Of a product of matrices, left to right."""
    product = matrices[0]
    for matrix in matrices[1:]:
        product = product @ matrix
    return float(product.norm())


def test_a_linear_critic_and_generator_have_the_norms_of_products_of_their_weights() -> None:
    trainer = run("wgan")
    w1, w2, w3 = opened(trainer.game.discriminator.module)
    _, v2, v3 = opened(trainer.game.generator.module)
    view = look(trainer)
    np.testing.assert_allclose(view.discriminator.doubles(), [norm(w3, w2), norm(w3), 1.0], rtol=1e-5)
    slope = w3 @ w2 @ w1
    np.testing.assert_allclose(
        view.generator.doubles(), [norm(slope, v3, v2), norm(slope, v3), norm(slope)], rtol=1e-5,
    )
    np.testing.assert_allclose(view.received.doubles(), norm(slope), rtol=1e-5)
    assert view.received.shape == (256,)


def test_a_layer_whose_units_are_shut_for_some_samples_passes_on_the_root_of_the_share_of_the_others() -> None:
    trainer = run("wgan", depth=1)
    first, last = linears(trainer.game.discriminator.module)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0]] * 3))  # every unit is open where x > 0
        first.bias.zero_()
        last.weight.fill_(2.0)
    game = trainer.view
    x = torch.cat([game.real[:256], game.generate(game.latents[:256])])
    share = float((x[:, 0] > 0).double().mean())
    assert 0.1 < share < 0.9
    expected = math.sqrt(12) * math.sqrt(share)
    np.testing.assert_allclose(look(trainer).discriminator.doubles(), [expected, 1.0], rtol=1e-5)


def test_the_scores_terms_decide_where_the_gradient_starts() -> None:
    """A discriminator that says 0 of everything: each sample's share of the logistic loss has slope 1/2 there."""
    trainer = run("ns-gan")
    last = linears(trainer.game.discriminator.module)[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.zero_()
    view = look(trainer)
    np.testing.assert_allclose(view.discriminator.doubles(), [0.0, 0.0, 0.5], atol=1e-7)
    assert (view.received.numpy() == 0).all()
    assert view.decades_d is None, "one layer has no slope"


def test_a_penalty_adds_nothing_and_a_generator_without_layers_has_none() -> None:
    free, held = (look(run("wgan-gp", gp_weight=weight)).discriminator.doubles() for weight in (0.0, 10.0))
    np.testing.assert_array_equal(free, held)
    affine = Trainer(Spec(variant="wgan", data="ring", network="affine", device="cpu", threads=1))
    view = look(affine)
    assert view.generator.shape == (0,)
    assert view.decades_g is None
    assert len(view.discriminator.doubles()) == 3


@pytest.mark.parametrize("variant", ["gan", "wgan-gp", "sn-gan"])
def test_no_gradient_and_no_hook_is_left_behind(variant: str) -> None:
    trainer = run(variant)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    look(trainer)
    game = trainer.game
    for module in (game.discriminator.module, game.generator.module):
        assert module.training
        assert all(p.grad is None for p in module.parameters())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("slope", [0.5, -1.25, 0.0])
def test_decades_are_the_slope_from_output_to_input(slope: float) -> None:
    from_output = 3.0 * np.power(10.0, slope * np.arange(13.0))
    assert decades(from_output[::-1]) == pytest.approx(slope, abs=1e-12)


def test_decades_leave_out_what_has_no_logarithm() -> None:
    assert decades(np.array([0.0, np.nan, 1e-4, 1e-2, 1.0])) == pytest.approx(-2.0)
    assert decades(np.array([0.0, 0.0, 1.0])) is None
    assert decades(np.zeros(0)) is None


def test_a_gradient_below_the_squares_of_float32_is_still_told() -> None:
    h = torch.full((4, 2), 1.0, requires_grad=True)
    np.testing.assert_allclose(gradient_norms((h * 1e-25).sum(), [h]), [math.sqrt(2) * 1e-25], rtol=1e-6)


def test_outputs_are_collected_in_their_order_whoever_calls_the_layer() -> None:
    first, second = nn.Linear(2, 3), nn.Linear(3, 1)
    x = torch.ones(4, 2)
    with LayerOutputs() as found:
        h = first(x)
        y = nn.functional.linear(h.relu(), second.weight, second.bias)
    second(h)
    assert [id(one) for one in found.outputs] == [id(h), id(y)]


def test_the_share_of_weights_at_the_bound() -> None:
    trainer = run("wgan", clip=0.1)
    flat = trainer.game.discriminator.flat
    flat.zero_()
    flat[0], flat[1], flat[2] = 0.1, -0.1, 0.0999
    view = look(trainer)
    assert view.bound == 0.1
    assert view.at_bound == pytest.approx(2 / len(flat))
    shares = view.weights.doubles()
    np.testing.assert_allclose([shares[0], shares[-1]], [1 / len(flat), 2 / len(flat)], rtol=1e-6)
    assert look(run("wgan-gp")).at_bound is None


def test_the_histogram_is_symmetric_and_holds_everything() -> None:
    edges, shares = histogram(np.array([-2.0, 0.1, 0.1, 1.0]), None)
    np.testing.assert_allclose([edges[0], edges[-1]], [-2, 2], rtol=1e-5)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(0.25)
    assert shares.max() == pytest.approx(0.5)
    assert histogram(np.zeros(3), None)[0][-1] > 0
    assert histogram(np.array([np.nan, 1.0]), None)[1].sum() == pytest.approx(0.5), "what is not finite is in no bin"


def test_singular_values_are_those_that_numpy_finds() -> None:
    trainer = run("wgan")
    view = look(trainer)
    layers = linears(trainer.game.discriminator.module)
    assert len(view.singular) == len(layers)
    for found, layer in zip(view.singular, layers, strict=True):
        np.testing.assert_allclose(
            found.numpy(), np.linalg.svd(layer.weight.detach().numpy(), compute_uv=False), rtol=1e-4, atol=1e-6,
        )


def test_spectral_norm_is_seen_as_d_uses_it() -> None:
    trainer = run("sn-gan", spectral_bound=2.0)
    view = look(trainer)
    assert view.spectral_bound == 2.0
    for found in view.singular:
        assert float(found.numpy()[0]) == pytest.approx(2.0, rel=1e-2)
    trainer.apply(Change(name="spectral_bound", value=0.5))
    assert look(trainer).spectral_bound == 0.5
    assert look(run("wgan")).spectral_bound is None


def test_of_a_wide_matrix_the_largest_is_found_by_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "WIDEST", 8)
    weight = torch.randn(30, 20, generator=torch.Generator().manual_seed(2))
    whole = np.linalg.svd(weight.numpy(), compute_uv=False)
    (largest,) = singular_values(weight)
    assert largest == pytest.approx(whole[0], rel=0.01)
    assert largest <= whole[0] * (1 + 1e-6)
    assert len(singular_values(weight[:8])) == 8


def test_a_run_that_diverged_can_be_looked_at() -> None:
    trainer = run("sn-gan")
    for player in (trainer.game.discriminator, trainer.game.generator):
        player.flat.fill_(math.nan)
    view = look(trainer)
    assert np.isnan(view.received.numpy()).all()
    assert all(np.isnan(layer.numpy()).all() for layer in view.singular)
    assert view.decades_d is None


def test_a_line_has_gradients_too() -> None:
    view = look(Trainer(Spec(variant="gan", data="mixture", device="cpu", threads=1)))
    assert view.received.shape == (256,)
    assert view.discriminator.shape == view.generator.shape == (4,)


def test_convolutions_have_gradients_and_singular_values() -> None:
    trainer = Trainer(Spec(
        variant="sn-gan", data="digits", network="dcgan", device="cpu", threads=1, dtype="float32",
        network_controls={"width": 8}, data_controls={"count": 100},
    ))
    view = look(trainer)
    assert view.received.shape == (16,)
    assert (view.received.numpy() > 0).all()
    assert (view.discriminator.doubles() > 0).all()
    with torch.no_grad(), evaluating(trainer.game.discriminator.module) as D:
        kernels = [m.weight.detach() for m in D.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(view.singular) == len(kernels) == view.discriminator.shape[0]
    for found, kernel in zip(view.singular, kernels, strict=True):
        exact = np.linalg.svd(kernel.flatten(1).double().numpy(), compute_uv=False)
        np.testing.assert_allclose(found.numpy(), exact, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 48), (48, 3), (1, 20), (7, 28), (8, 16)])
def test_singular_values_of_oblong_matrices(shape: tuple[int, int]) -> None:
    weight = torch.randn(*shape, generator=torch.Generator().manual_seed(4))
    np.testing.assert_allclose(
        singular_values(weight), np.linalg.svd(weight.double().numpy(), compute_uv=False), rtol=1e-5)
