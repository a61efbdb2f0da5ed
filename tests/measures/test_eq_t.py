"""EQ-T of games: high before the first step where it is built in, low where details stick, none where nothing moves."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from small_games import small
from torch import Tensor, nn

from ganstudio.core.measure import MeasuredGame, MeasureInput, Scores
from ganstudio.maths.equivariance import psnr, whole_moves
from ganstudio.measures.eq_t import FURTHEST, IMAGES, EqT
from ganstudio.networks.parts.band_limits import bands
from ganstudio.networks.parts.fourier_features import PlacedFeatures
from ganstudio.networks.parts.noise import NoiseMap
from ganstudio.training.measuring import copy_for_measuring
from ganstudio.training.resolve_spec import measures
from ganstudio.training.trainer import Trainer

NONE = Scores(values=np.zeros(0), slopes=np.zeros(0))


class Sticking(nn.Module):
    """Waves that can be moved, enlarged and convolved as StyleGAN2 does: borders, and no filter after the ReLU."""

    movable = True

    def __init__(self) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(0)
        first = bands(8, 2, 0, 0)[0]
        self.input = PlacedFeatures(4, 16, first.size, first.rate, first.cutoff, rng)
        self.convolutions = nn.ModuleList(nn.Conv2d(16, 16, 3, padding=1, bias=False) for _ in range(3))
        self.noise, self.colours = NoiseMap(16), nn.Conv2d(16, 3, 1, bias=False)
        with torch.no_grad():
            self.noise.strength.fill_(0.5)
            for layer in (*self.convolutions, self.colours):
                layer.weight.normal_(generator=rng).div_((layer.weight[0].numel() / 2) ** 0.5)

    def moved(self, z: Tensor, transforms: Tensor) -> Tensor:
        x = self.input(z, transforms)
        for layer in self.convolutions:
            x = torch.relu(layer(nn.functional.interpolate(x, scale_factor=2.0)))
        made: Tensor = self.colours(self.noise(x)[:, :, ::4, ::4])
        return made


class Played:
    """A module as measures get it."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.moved = module.moved


def evidence(module: nn.Module, seed: int = 0) -> MeasureInput:
    rng = torch.Generator().manual_seed(5)
    game = MeasuredGame(modules={"G": Played(module)}, latents=lambda n: torch.randn(n, 4, generator=rng), rng=rng,
                        device=torch.device("cpu"), phase=None, variant=None, controls=None)
    data: Any = type("Sixteen", (), {"shape": (3, 16, 16)})()
    empty = np.zeros((0, 1))
    return MeasureInput(real=empty, fake=empty, real_scores=NONE, fake_scores=NONE, data=data, game=game, seed=seed)


def test_it_is_offered_to_games_whose_picture_can_be_moved_alone() -> None:
    assert measures()["eq-t"].fits("image", {"latent", "placement"})
    assert not measures()["eq-t"].fits("image", {"latent"})


def test_untrained_it_is_what_the_layers_are_built_for() -> None:
    spec = msgspec.structs.replace(
        small("stylegan3"), seed=0, device="cpu", threads=1,
        network_controls={"resolution": 16, "width": 16, "layers": 5, "margin": 10})
    trainer = Trainer(spec)
    found = EqT().compute(evidence_of(trainer))
    assert found["eq_t"] is not None and found["eq_t"] > 60
    assert found["eq_t_frac"] is not None and found["eq_t_frac"] > 45
    assert found == EqT().compute(evidence_of(trainer))  # the same each time


def evidence_of(trainer: Trainer) -> MeasureInput:
    copied: Any = copy_for_measuring(trainer, 50)
    empty = np.zeros((0, 1))
    return MeasureInput(real=empty, fake=empty, real_scores=NONE, fake_scores=NONE, data=copied.data,
                        game=copied.game, seed=copied.seed)


def test_details_that_stick_to_pixels_read_below_twenty() -> None:
    found = EqT().compute(evidence(Sticking()))
    assert found["eq_t"] is not None and found["eq_t"] < 20
    assert found["eq_t_frac"] is not None and found["eq_t_frac"] < 20


def test_noise_is_the_same_where_the_picture_is_moved_and_where_it_is_not() -> None:
    """If it were drawn anew, pictures that are not moved at all would differ."""
    G = Sticking()
    seen: list[Tensor] = []
    plain = G.noise.forward

    def noted(x: Tensor) -> Tensor:
        made = plain(x)
        seen.append(made - x)
        return made

    G.noise.forward = noted  # type: ignore[method-assign]
    EqT().compute(evidence(G))
    still, part, whole, other = seen[:4]
    assert torch.allclose(still, part, atol=1e-5) and torch.allclose(still, whole, atol=1e-5)
    assert not torch.allclose(still, other, atol=1e-2)  # of the next latents
    assert G.noise.noise_rng is None


def test_a_picture_that_ignores_its_place_reads_what_the_move_changes() -> None:
    picture = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))

    class Fixed(nn.Module):
        def moved(self, z: Tensor, transforms: Tensor) -> Tensor:
            return picture.expand(len(z), -1, -1, -1)

    found = EqT().compute(evidence(Fixed()))
    shifts = FURTHEST * (torch.rand(IMAGES, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1)
    by_hand = whole_moves(lambda t: picture.expand(len(t), -1, -1, -1), shifts, 16)
    assert found["eq_t"] == pytest.approx(psnr(by_hand)) and psnr(by_hand) < 8


def test_of_a_perfect_generator_nothing_is_known() -> None:
    without = msgspec.structs.replace(evidence(Sticking()), game=None)
    assert EqT().compute(without) == {"eq_t": None, "eq_t_frac": None}
