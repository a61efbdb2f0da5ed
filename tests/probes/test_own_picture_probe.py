"""A picture of the user's is translated as one of the data's own is, and asking for it changes nothing of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_games import small

from ganstudio.core.images import coloured, pixels
from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.views import Array, Picture
from ganstudio.core.runs.view_shapes import check
from ganstudio.engine.live_views import LiveViews
from ganstudio.probes.own_picture import OwnPictureProbe
from ganstudio.training.trainer import Trainer
from ganstudio.views.own_picture import OwnPicture

GAMES = ["pix2pix", "spade", "cyclegan", "stargan", "stargan-v2"]


def trained(name: str, data: str = "") -> Trainer:
    run = Trainer(small(name, data))
    run.step()
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():  # the first weights are small: their images are grey, whatever is asked
        for module in run.game.modules.values():
            for weight in module.parameters():
                weight.add_(0.1 * torch.randn(weight.shape, generator=rng))
    return run


def source_of_the_data(run: Trainer) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The first held-out source as a picture ``(h, h, 3)``."""
    shown = run.view.translation.translated(1)["source"]
    picture: np.ndarray[Any, np.dtype[np.uint8]] = coloured(pixels(shown.numpy()))[0]
    return picture


def asked(run: Trainer, picture: Picture | None) -> OwnPicture:
    run.view.translation.picture_asked = picture
    view = OwnPictureProbe().look(run.view, 36)
    check(view)
    return view


@pytest.mark.parametrize("name", GAMES)
def test_a_source_of_the_data_is_shown_as_it_is_and_translated(name: str) -> None:
    run = trained(name)
    picture = source_of_the_data(run)
    view = asked(run, Picture(number=7, pixels=Array.of(picture)))
    assert view.number == 7
    np.testing.assert_allclose(view.source.numpy()[0], picture, atol=1)
    assert view.made.numpy().shape == (1, *picture.shape)
    other = picture.copy()
    other[: len(other) // 2] = picture[len(other) // 2 :]
    changed = asked(run, Picture(number=8, pixels=Array.of(other)))
    assert changed.made != view.made


def test_what_is_made_of_a_source_of_the_data_is_what_the_translation_shows_of_it() -> None:
    run = trained("cyclegan")
    shown = run.view.translation.translated(1)
    view = asked(run, Picture(number=1, pixels=Array.of(source_of_the_data(run))))
    made = coloured(pixels(shown["made"].numpy()))[0].astype(int)
    assert np.abs(view.made.numpy()[0] - made).max() <= 2  # the picture was rounded to whole numbers
    assert view.back is not None and view.other is not None and view.other_back is not None


def test_without_a_picture_or_with_one_of_another_size_there_is_nothing() -> None:
    run = trained("cyclegan")
    assert len(asked(run, None).source.numpy()) == 0
    wrong = Picture(number=3, pixels=Array.of(np.zeros((5, 5, 3), np.uint8)))
    assert len(asked(run, wrong).made.numpy()) == 0


@pytest.mark.parametrize("name", GAMES)
def test_asking_changes_nothing_of_the_run(name: str) -> None:
    looked, alone = trained(name), trained(name)
    views = LiveViews(looked)
    picture = Picture(number=1, pixels=Array.of(source_of_the_data(looked)))
    for run in (looked, alone):
        for _ in range(2):
            if run is looked:
                shot = views.snapshot(1, SnapshotRequest(run=1, views=["own-picture"], picture=picture),
                                      ["own-picture"], playing=False)
                found = shot.views["own-picture"]
                assert isinstance(found, OwnPicture) and len(found.made.numpy()) == 1
            run.step()
    assert looked.game.weights_hash() == alone.game.weights_hash()
