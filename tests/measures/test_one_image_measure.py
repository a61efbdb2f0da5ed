"""The numbers of a game of one image: errors and diversity by scale, and patches with floor and ceiling."""

from __future__ import annotations

import pytest

from ganstudio.core.protocol.spec import Spec
from ganstudio.datasets.parts.one_scene import draw_scene
from ganstudio.maths.patch_distance import blurred, patch_sw1
from ganstudio.training.measuring import OF_ONE_IMAGE, Measured, compute_measures, copy_for_measuring
from ganstudio.training.trainer import Trainer

SCENE = draw_scene(36, 48) / 127.5 - 1


def measured(steps: int) -> Measured:
    run = Trainer(Spec(
        variant="singan", data="one-image", seed=3, device="cpu", threads=1, dtype="float32", memory="contiguous",
        controls={"iterations_per_scale": 4}, network_controls={"width": 4, "scales": 3}))
    while run.game.steps < steps:
        run.step()
    before = run.game.weights_hash()
    found = compute_measures(copy_for_measuring(run, 2500))
    assert run.game.weights_hash() == before
    return found


def test_each_scale_has_its_numbers_and_the_finest_gives_the_whole_runs() -> None:
    found = measured(10)
    numbers = found.measures
    assert found.samples == OF_ONE_IMAGE
    for stem, scales in (("reconstruction_rmse", (0, 1, 2)), ("enlarged_rmse", (1, 2)),
                         ("start_scale_diversity", (0, 1, 2))):
        assert {name for name in numbers if name.startswith(f"{stem}_")} == {f"{stem}_{at}" for at in scales}
    assert numbers["reconstruction_rmse"] == numbers["reconstruction_rmse_2"]
    assert numbers["start_scale_diversity"] == numbers["start_scale_diversity_0"]
    coarse, fine = numbers["start_scale_diversity_0"], numbers["start_scale_diversity_2"]
    assert coarse is not None and fine is not None and coarse > fine > 0
    assert numbers["fid"] is None and not found.net, "all real images are this one, so no feature net says anything"


def test_an_untrained_run_has_the_numbers_of_its_coarsest_scale() -> None:
    numbers = measured(0).measures
    assert numbers["reconstruction_rmse"] == numbers["reconstruction_rmse_0"] is not None
    assert "reconstruction_rmse_1" not in numbers and "enlarged_rmse_1" not in numbers


def test_patches_have_the_mirrored_image_as_floor_and_a_blurred_one_as_ceiling() -> None:
    found = measured(0)
    assert found.floors["patch_sw1"] == pytest.approx(patch_sw1(SCENE, SCENE[:, :, ::-1]))
    assert found.measures["patch_sw1_ceiling"] == pytest.approx(patch_sw1(SCENE, blurred(SCENE)))
    assert found.measures["patch_sw1"] is not None and found.measures["patch_sw1"] > 0
