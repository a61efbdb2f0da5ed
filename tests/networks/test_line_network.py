"""The line generator: a vertical line, one parameter, and how far that moves for each of two objectives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from ganstudio.core.control import validated
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.latents import draw_latents
from ganstudio.networks.line import Line, LineControls, LineGenerator
from ganstudio.training.trainer import Trainer


def made(**controls: Any) -> tuple[LineControls, LineGenerator]:
    c = validated(LineControls, controls)
    G = Line().generator(c, (2,), torch.Generator().manual_seed(0))
    assert isinstance(G, LineGenerator)
    return c, G


@pytest.mark.parametrize("latent", ["uniform", "gaussian"])
def test_it_makes_points_of_an_vertical_line_between_0_and_1(latent: str) -> None:
    c, G = made(start=-1.5, latent=latent)
    x = G(draw_latents(c, 4000, torch.Generator().manual_seed(1))).detach()
    assert (x[:, 0] == -1.5).all()
    assert kstest(x[:, 1].double().numpy(), "uniform").pvalue > 0.01


def test_its_place_is_all_that_it_learns() -> None:
    c, G = made()
    assert [tuple(parameter.shape) for parameter in G.parameters()] == [(1,)]
    x = G(draw_latents(c, 10, torch.Generator().manual_seed(1)))
    x[:, 0].sum().backward()
    assert G.position.grad is not None and float(G.position.grad) == 10.0
    with pytest.raises(BadInput, match="latent_dim = 2 is not possible here: allowed is 1"):
        made(latent_dim=2)


def test_the_default_on_the_plane_is_still_the_mlp() -> None:
    for variant in ("gan", "wgan"):
        assert Trainer(Spec(variant=variant, data="lines", device="cpu", threads=1)).spec.network == "mlp"


@pytest.mark.parametrize(("variant", "preset"), [("gan", "stuck"), ("wgan", "comes-over")])
def test_a_preset_chooses_it_on_lines_alone(variant: str, preset: str) -> None:
    def network(data: str, name: str = "") -> str:
        return Trainer(
            Spec(variant=variant, data=data, preset=preset, network=name, device="cpu", threads=1)).spec.network

    assert [network("lines"), network("ring"), network("lines", "mlp")] == ["line", "mlp", "mlp"]


def place(trainer: Trainer) -> float:
    return float(trainer.game.modules["G"].position.detach())  # type: ignore[operator]


@pytest.mark.parametrize("theta", [0.25, -2.0])
def test_with_jsd_it_is_stuck_and_with_w1_it_comes_over(theta: float) -> None:
    """Arjovsky et al. 2017, Example 1, with the same optimiser and rate of G in both."""
    gan, wgan = (Trainer(Spec(variant=variant, data="lines", preset=preset, seed=0, device="cpu", threads=1,
                              data_controls={"theta": theta}))
                 for variant, preset in (("gan", "stuck"), ("wgan", "comes-over")))
    same = ("optimiser_g", "learning_rate_g", "beta1_g", "generator_steps", "schedule")
    assert [gan.settings()[name] for name in same] == [wgan.settings()[name] for name in same]
    for _ in range(150):
        gan.step()
    for _ in range(400):
        wgan.step()
    assert abs(place(gan)) < 0.1 * abs(theta), "D tells them apart, and G's loss is flat"
    on_real, on_fake = (gan.view.score(x) for x in (gan.view.real, gan.view.generate(gan.view.latents)))
    loss = torch.nn.functional.softplus(-on_real).mean() + torch.nn.functional.softplus(on_fake).mean()
    assert math.log(2) - float(loss) / 2 == pytest.approx(math.log(2), abs=0.01), "2 JSD = 2 log 2 - L"
    assert np.isclose(place(wgan), theta, atol=0.05)
