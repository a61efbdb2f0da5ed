"""Images along a way: the ends are the anchors' own, and nothing is made that was not asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any, Literal

import msgspec
import numpy as np
import pytest
import torch
from style_kit import StyleGame, generator
from torch import Tensor, nn

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView
from ganstudio.core.protocol.messages import SnapshotRequest, command_of, framed
from ganstudio.core.protocol.views import Walk
from ganstudio.maths.latents import along
from ganstudio.probes.interpolation import InterpolationProbe
from ganstudio.probes.samples import SamplesProbe


class Convolutional:
    """A game with a small convolutional generator with batch norm, and another as its average."""

    def __init__(self, walk: Walk | None, *, averages: bool = True) -> None:
        torch.manual_seed(0)
        self.walk_asked = walk
        self.latents = torch.randn(64, 20)
        self.real = torch.zeros(64, 3, 8, 8)
        self.data, self.labels = SimpleNamespace(label_frequencies=None), None
        self.columns, self.class_names = 0, list[str]()
        self.G, self.mean = (
            nn.Sequential(nn.Unflatten(1, (20, 1, 1)), nn.ConvTranspose2d(20, 16, 4), nn.BatchNorm2d(16), nn.ReLU(),
                          nn.ConvTranspose2d(16, 3, 4, 2, 1), nn.Tanh()).eval() for _ in range(2))
        self.averages = averages
        self.made = 0

    def generate(self, z: Tensor, label: None = None) -> Tensor:
        self.made += len(z)
        with torch.no_grad():
            images: Tensor = self.G(z)
            return images

    def average(self, z: Tensor, label: None = None) -> Tensor | None:
        self.made += len(z)
        with torch.no_grad():
            return self.mean(z) if self.averages else None


def seen(game: Any) -> GameView:
    view: GameView = game
    return view


def asked(
    *at: tuple[float, float], path: Literal["line", "square", "circle"] = "line",
    anchors: tuple[int, ...] = (3, 1, 7, 60), averaged: bool = False,
) -> Walk:
    return Walk(anchors=list(anchors), path=path, blend="slerp", at=list(at), averaged=averaged)


THIRDS = tuple((i / 3, 0.0) for i in range(4))


def test_the_ends_are_the_anchors_samples() -> None:
    game = Convolutional(asked(*THIRDS))
    view = InterpolationProbe().look(seen(game), 36)
    samples = SamplesProbe().look(seen(game), 36).fake.numpy()[[3, 1, 7, 60]]
    # A byte is 1/127.5 of a data unit: rounding may go the other way for a difference of 1e-7.
    assert np.abs(view.images.numpy() - samples).max() <= 1
    assert np.abs(view.anchors.numpy() - samples).max() <= 1
    assert view.images.shape == view.anchors.shape == (4, 8, 8, 3)
    latents = along(game.latents[[3, 1, 7, 60]], "line", "slerp", torch.tensor(THIRDS))
    assert (game.generate(latents) - game.generate(game.latents)[[3, 1, 7, 60]]).abs().max() <= 1e-6


def test_images_and_norms_are_those_of_the_way() -> None:
    places = ((0.1, 0.9), (0.5, 0.5), (0.75, 0.2))
    game = Convolutional(asked(*places, path="square"))
    view = InterpolationProbe().look(seen(game), 36)
    latents = along(game.latents[[3, 1, 7, 60]], "square", "slerp", torch.tensor(places))
    exact = (game.generate(latents).permute(0, 2, 3, 1).numpy() + 1) * 127.5
    np.testing.assert_allclose(view.images.numpy(), exact, atol=0.501)
    np.testing.assert_allclose(view.norms.numpy(), latents.norm(dim=1), rtol=1e-6)
    assert view.latent_dim == 20
    assert view.walk == game.walk_asked


def test_only_what_is_asked_for_is_made() -> None:
    game = Convolutional(asked((0.4, 0.0)))
    InterpolationProbe().look(seen(game), 36)
    assert game.made == 1 + 4


def test_the_average_is_used_where_it_is_asked_for_and_there() -> None:
    game = Convolutional(asked(*THIRDS, averaged=True))
    view = InterpolationProbe().look(seen(game), 36)
    assert view.walk.averaged
    with torch.no_grad():
        exact = (game.mean(game.latents[[3, 1, 7, 60]]).permute(0, 2, 3, 1).numpy() + 1) * 127.5
    np.testing.assert_allclose(view.anchors.numpy(), exact, atol=0.501)
    without = InterpolationProbe().look(seen(Convolutional(asked(*THIRDS, averaged=True), averages=False)), 36)
    assert not without.walk.averaged
    assert without.images.shape[0] == 4


@pytest.mark.parametrize("walk", [
    None, asked((0.0, 0.0), anchors=(1,)), asked((0.0, 0.0), anchors=(0, 64)), asked((0.0, 0.0), anchors=(0, -1)),
    asked((0.0, 0.0), anchors=(0, 1, 2, 3, 4)),
])
def test_where_there_is_no_way_nothing_is_made(walk: Walk | None) -> None:
    game = Convolutional(walk)
    view = InterpolationProbe().look(seen(game), 36)
    assert view.images.shape[0] == view.anchors.shape[0] == view.norms.shape[0] == 0
    assert view.walk.anchors == []
    assert game.made == 0


def test_a_way_without_places_has_its_anchors() -> None:
    view = InterpolationProbe().look(seen(Convolutional(asked())), 36)
    assert view.images.shape == (0, 8, 8, 3)
    assert view.anchors.shape[0] == 4


def test_a_way_travels() -> None:
    look = SnapshotRequest(run=1, views=["interpolation"], walk=asked((0.25, 0.5), path="circle"))
    assert command_of(framed(look)[4:]) == look


@pytest.mark.parametrize("averaged", [True, False])
def test_through_w_the_path_is_straight_and_meets_the_anchors(averaged: bool) -> None:
    game = StyleGame(generator(noise=0.0))
    game.averages, game.mean = True, generator(noise=0.0, seed=1)
    walk = Walk(anchors=[3, 1], path="line", blend="slerp", at=[(0.0, 0.0), (0.5, 0.0), (1.0, 0.0)], averaged=averaged,
                space="w")
    game.walk_asked = walk
    view = InterpolationProbe().look(seen(game), 36)
    assert view.walk == walk
    G: Any = game.mean if averaged else game.G
    with torch.no_grad():
        ends = G.mapping(game.latents[[3, 1]])
        middle = G.synthesis(ends.mean(0)[None, None].repeat(1, G.num_ws, 1))
    images = view.images.numpy()
    assert np.array_equal(images[[0, 2]], view.anchors.numpy())
    assert np.abs(images[1] - pixels(middle.numpy())[0]).max() <= 1
    np.testing.assert_allclose(view.norms.numpy()[[0, 2]], ends.norm(dim=1).numpy(), rtol=1e-5)


def test_where_there_is_no_w_the_path_is_one_through_z() -> None:
    class Resting(Convolutional):
        def at_rest(self, *, averaged: bool = True) -> AbstractContextManager[dict[str, nn.Module]]:
            return nullcontext({"G": self.G})

    walk = msgspec.structs.replace(asked(*THIRDS), space="w")
    view = InterpolationProbe().look(seen(Resting(walk)), 36)
    assert view.walk.space == "z"
    assert np.array_equal(view.images.numpy(), InterpolationProbe().look(seen(Convolutional(asked(*THIRDS))), 36)
                          .images.numpy())
