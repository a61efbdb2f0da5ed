"""Skip stack: the parts add up to the image, and what the levels are."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from style_kit import StyleGame, generator
from torch import Tensor

from ganstudio.core.images import images_of
from ganstudio.core.runs.view_shapes import check
from ganstudio.networks.parts.style_look import StyleLook
from ganstudio.probes.droplet import DropletProbe
from ganstudio.probes.skip_stack import SkipStackProbe


def test_the_sum_of_the_parts_is_the_image() -> None:
    game: Any = StyleGame()
    view = SkipStackProbe().look(game, 36)
    check(view)
    assert view.sides == [4, 8, 16] and 0 <= view.apart <= 1e-5
    assert np.abs(images_of(view.sums[-1]).astype(int) - images_of(view.made)).max() <= 1
    assert np.array_equal(images_of(view.sums[0]), images_of(view.parts[0]))
    assert (view.sizes.numpy() > 0).all()


def test_a_generator_whose_parts_are_not_the_image_is_told_of() -> None:
    game: Any = StyleGame()
    whole = game.G.skip_parts
    game.G.skip_parts = lambda ws: [*whole(ws)[:-1], whole(ws)[-1] + 0.25]
    assert abs(SkipStackProbe().look(game, 36).apart - 0.25) < 1e-5


def test_parts_and_image_have_the_same_noise() -> None:
    game = StyleGame(generator(noise=1.0))
    with torch.no_grad():
        parts, made = StyleLook(game.G).parts(StyleLook(game.G).w(game.latents[:3]))
    total: Tensor = torch.stack(parts).sum(0)
    torch.testing.assert_close(total, made, rtol=0, atol=1e-5)


def test_a_spike_in_a_map_is_seen_where_it_is() -> None:
    game: Any = StyleGame(generator(noise=0.0))
    before = DropletProbe().look(game, 36)
    check(before)
    assert before.sides == [4, 8, 8, 16, 16]
    with torch.no_grad():
        game.G.constant[0, :, 1, 2] = 1e4  # one pixel of the first map outshines the others
    spiked = DropletProbe().look(game, 36).peaks.numpy()
    plain = before.peaks.numpy()
    assert spiked[0] > plain[0] and spiked[0] > 0.2 * 4
    assert (plain < 8).all() and (plain >= 1).all()
