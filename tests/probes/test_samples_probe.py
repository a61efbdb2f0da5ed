"""The images shown, against generators whose images are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganstudio.core.probe import GameView
from ganstudio.probes.samples import SamplesProbe
from ganstudio.probes.samples_average import SamplesAverageProbe


class Painter:
    """A game whose generator paints each image in the shade that its first latent says; its average in the second."""

    def __init__(self, *, averages: bool = True, n: int = 100, channels: int = 3) -> None:
        self.latents = torch.linspace(-1, 1, 2 * n).reshape(n, 2)
        self.real = torch.rand((n, channels, 4, 4), generator=torch.Generator().manual_seed(0)) * 2 - 1
        self.columns, self.class_names = 0, list[str]()
        self.averages = averages
        self.asked: list[tuple[str, int]] = []

    def generate(self, z: Tensor) -> Tensor:
        self.asked.append(("generate", len(z)))
        return z[:, 0].reshape(-1, 1, 1, 1).expand(-1, self.real.shape[1], 4, 4)

    def average(self, z: Tensor) -> Tensor | None:
        self.asked.append(("average", len(z)))
        return self.generate(z.flip(1)) if self.averages else None


def seen(game: Any) -> GameView:
    view: GameView = game
    return view


def levels(values: Tensor) -> list[int]:
    return [round(float(v)) for v in (values.double() + 1) * 127.5]


def test_the_first_sixty_four_are_shown() -> None:
    game = Painter()
    view = SamplesProbe().look(seen(game), 36)
    assert view.fake.shape == view.real.shape == (64, 4, 4, 3)
    assert view.fake.dtype == view.real.dtype == "u1"
    assert not view.averaged
    shades = view.fake.numpy()[:, 0, 0, 0].astype(int).tolist()
    assert shades == levels(game.latents[:64, 0])
    real = ((game.real[:64].numpy() + 1) * 127.5).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(view.real.numpy(), real, atol=0.5001)
    assert game.asked == [("generate", 64)]


def test_the_average_is_shown_where_there_is_one() -> None:
    game = Painter()
    view = SamplesAverageProbe().look(seen(game), 36)
    assert view.averaged
    assert view.fake.numpy()[:, 0, 0, 0].astype(int).tolist() == levels(game.latents[:64, 1])


def test_without_an_average_the_weights_as_they_are_are_shown() -> None:
    game = Painter(averages=False, channels=1)
    view = SamplesAverageProbe().look(seen(game), 36)
    assert not view.averaged
    assert view.fake.shape == (64, 4, 4, 1)
    assert view.fake.data == SamplesProbe().look(seen(game), 36).fake.data


def test_fewer_latents_make_fewer_images() -> None:
    view = SamplesProbe().look(seen(Painter(n=5)), 36)
    assert view.fake.shape[0] == view.real.shape[0] == 5
