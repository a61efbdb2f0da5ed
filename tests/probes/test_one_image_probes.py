"""What is shown of a generator of one image: reconstructions with their errors, and samples as they are asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.core.images import images_of
from ganstudio.core.protocol.asks import Variation
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.patch_distance import blurred, patch_sw1
from ganstudio.probes.reconstructions import ReconstructionsProbe
from ganstudio.probes.variations import SHOWN, VariationsProbe
from ganstudio.training.trainer import Trainer
from ganstudio.views.one_image import Variations


@pytest.fixture(scope="module")
def run() -> Trainer:
    """At its third scale of three."""
    made = Trainer(Spec(
        variant="singan", data="one-image", seed=3, device="cpu", threads=1, dtype="float32", memory="contiguous",
        controls={"iterations_per_scale": 4}, network_controls={"width": 4, "scales": 3}))
    while made.game.steps < 10:
        made.step()
    return made


def looked(run: Trainer, *asks: Variation) -> Variations:
    run.view.asks = list(asks)
    return VariationsProbe().look(run.view, 36)


def test_each_scale_so_far_is_beside_the_image_with_its_error(run: Trainer) -> None:
    view = ReconstructionsProbe().look(run.view, 36)
    assert [part.shape for part in view.made] == [(1, 12, 16, 3), (1, 21, 28, 3), (1, 36, 48, 3)]
    assert (view.scales, view.shown, view.lasts) == (3, 2, 0) and view.consistent({})
    for real, made, error in zip(view.real, view.made, view.rmse, strict=True):
        apart = (images_of(real).astype(float) - images_of(made)) / 127.5
        assert math.sqrt((apart**2).mean()) == pytest.approx(error, abs=0.01)
    assert math.isnan(view.enlarged[0]) and view.sigma[0] == 1
    assert view.sigma[1:] == pytest.approx([0.1 * error for error in view.enlarged[1:]], rel=1e-4)
    image = run.view.data.sample(1, run.game.rng_of("test")).numpy()
    assert np.abs(images_of(view.real[-1])[0].transpose(2, 0, 1) / 127.5 - 1 - image[0]).max() < 0.01


def test_samples_are_those_that_are_asked_for(run: Trainer) -> None:
    usual = looked(run)
    assert usual == looked(run, Variation()) and usual.images.shape == (SHOWN, 36, 48, 3)
    other, wide = looked(run, Variation(draw=1)), looked(run, Variation(wide=2.0, high=0.5))
    assert other.images != usual.images and wide.images.shape == (SHOWN, 18, 96, 3)
    assert wide.patch_sw1 is wide.floor is wide.ceiling is None
    still = looked(run, Variation(start=2, noise=0.0))
    assert still.diversity == pytest.approx(0, abs=1e-6) and still.start == 2
    assert looked(run, Variation(start=9)).start == 2  # the finest that there is
    assert usual.diversity > looked(run, Variation(start=2)).diversity > 0


def test_the_patch_distance_has_the_mirrored_and_the_blurred_image_beside_it(run: Trainer) -> None:
    view = looked(run)
    image = run.view.real[0].numpy()
    assert view.floor == patch_sw1(image, image[:, :, ::-1]) and view.ceiling == patch_sw1(image, blurred(image))
    shown = images_of(view.images).astype(float).transpose(0, 3, 1, 2) / 127.5 - 1
    assert view.patch_sw1 == pytest.approx(np.mean([patch_sw1(one, image) for one in shown]), abs=0.02)


@pytest.mark.parametrize("asked", [Variation(noise=-1.0), Variation(noise=float("nan")), Variation(wide=9.0)])
def test_what_cannot_be_asked_is_refused(asked: Variation) -> None:
    with pytest.raises(BadInput, match="out of range"):
        asked.check()
