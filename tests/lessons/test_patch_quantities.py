"""What a patch discriminator depends on: against the paper's receptive fields, and a norm that joins all pixels."""

from __future__ import annotations

import pytest

from ganstudio.core.control import Value
from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.protocol.spec import Spec
from ganstudio.lessons.moment import value_of
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.trainer import Trainer


def pix2pix(**network: Value) -> Trainer:
    return Trainer(Spec(variant="pix2pix", data="scenes", device="cpu", threads=1, data_controls={"count": 100},
                        network_controls={"width": 4, "width_d": 4, "resolution": 64, **network}))


def measured(trainer: Trainer, **params: Value) -> float | None:
    return value_of(Asked(quantity="patch-pixels", params=params), trainer, RecentTerms())


@pytest.mark.parametrize(("layers", "side", "scores"), [(0, 1, 1), (1, 16, 64), (2, 34, None)])
def test_the_squares_of_the_paper(layers: int, side: int, scores: int | None) -> None:
    trainer = pix2pix(patch_layers=layers)
    assert measured(trainer) == side
    if scores is not None:
        assert measured(trainer, part="scores") == scores


def test_pixels_further_apart_than_a_patch_add_up() -> None:
    trainer = pix2pix()
    near, far = (measured(trainer, part="interaction", distance=distance) for distance in (1, 16))
    assert near is not None and far is not None and far < 1e-9 < 1e-3 < near
    assert measured(trainer, part="interaction", distance=64) is None


def test_instance_norm_joins_all_pixels() -> None:
    assert measured(pix2pix(norm="instance"), part="scores") == 30 * 30
