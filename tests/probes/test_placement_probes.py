"""The dragged picture and its strip: they are G's own, follow what is asked, and change nothing of the run."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from small_games import small

from ganstudio.core.images import images_of, pixels
from ganstudio.core.protocol.asks import Placement
from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.runs.view_shapes import check
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.live_views import LiveViews
from ganstudio.maths.placement import placement
from ganstudio.probes.placed import PlacedProbe
from ganstudio.probes.placement_strip import MOVES, SPAN, PlacementStripProbe
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import probes_of
from ganstudio.views.placed import Placed
from ganstudio.views.placement_strip import PlacementStrip


def trained(steps: int = 1) -> Trainer:
    run = Trainer(msgspec.structs.replace(
        small("stylegan3"), seed=3, device="cpu", threads=1, controls={"batch_size": 8}))
    for _ in range(steps):
        run.step()
    return run


def asked(run: Trainer, **place: Any) -> Placed:
    run.view.asks = [Placement(**place)]
    view = PlacedProbe().look(run.view, 36)
    check(view)
    return view


def test_the_picture_is_the_one_that_the_average_of_g_makes_where_it_is_asked_to() -> None:
    run = trained()
    assert run.game.average is not None
    mean: Any = run.game.average.module
    with torch.no_grad():
        still = mean(run.view.latents[2:3])
        there = mean.moved(run.view.latents[2:3], placement([0.25], [-0.125], 30))
    shown = asked(run, latent=2)
    assert shown.averaged and shown.latent == 2 and shown.latents == len(run.view.latents)
    assert np.abs(images_of(shown.image).astype(int) - pixels(still.numpy())).max() <= 1
    moved = asked(run, right=0.25, down=-0.125, angle=30.0, latent=2)
    assert np.array_equal(images_of(moved.image), pixels(there.numpy())) and moved.image != shown.image


def test_before_the_first_step_it_is_g_itself_and_a_latent_beyond_the_last_is_the_first_again() -> None:
    run = trained(0)
    assert not asked(run).averaged
    assert asked(run, latent=len(run.view.latents)).image == asked(run).image


def test_nothing_asked_is_the_picture_where_g_puts_it() -> None:
    run = trained()
    view = PlacedProbe().look(run.view, 36)
    assert (view.right, view.down, view.angle) == (0, 0, 0)
    assert view.image == asked(run).image


def test_the_strip_is_the_middle_column_for_each_of_its_moves() -> None:
    run = trained()
    view = PlacementStripProbe().look(run.view, 36)
    check(view)
    strip = images_of(view.strip)
    assert strip.shape == (1, 8, MOVES, 1) and view.span == SPAN and view.averaged
    for at, down in ((0, -SPAN / 2), (MOVES - 1, SPAN / 2)):
        column = images_of(asked(run, down=down).image)[0, :, 4]
        assert np.abs(strip[0, :, at].astype(int) - column).max() <= 1
    assert 0 < view.eq_t < 100


def test_the_strip_is_kept_in_runs_and_the_picture_follows_the_user_alone() -> None:
    kept = probes_of(trained(0))
    assert "placement-strip" in kept and "placed" not in kept
    assert "placement-strip" not in probes_of(Trainer(small("dcgan")))


@pytest.mark.parametrize("wrong", [{"right": 1.5}, {"down": float("nan")}, {"angle": 1000.0}, {"latent": -1}])
def test_a_place_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Placement(**wrong).check()


def test_asking_changes_nothing_of_the_run() -> None:
    looked, alone = trained(), trained()
    views = LiveViews(looked)
    for run in (looked, alone):
        for number in range(3):
            if run is looked:
                shot = views.snapshot(1, SnapshotRequest(
                    run=1, views=["placed", "placement-strip"], asks=[Placement(right=0.1 * number)]),
                    ["placed", "placement-strip"], playing=False)
                found = shot.views["placed"]
                assert isinstance(found, Placed) and found.right == pytest.approx(0.1 * number)
                assert isinstance(shot.views["placement-strip"], PlacementStrip)
            run.step()
    assert looked.game.weights_hash() == alone.game.weights_hash()
    ours, theirs = looked.game.average, alone.game.average
    assert ours is not None and theirs is not None
    assert all(torch.equal(a, b) for a, b in zip(ours.state().values(), theirs.state().values(), strict=True))


def test_weights_that_ran_away_are_shown_black_with_no_number() -> None:
    run = trained(0)
    with torch.no_grad():
        next(run.game.modules["G"].parameters()).fill_(float("nan"))
    view = PlacementStripProbe().look(run.view, 36)
    check(view)
    assert np.isnan(view.eq_t) and images_of(view.strip).max() == 0
