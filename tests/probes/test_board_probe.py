"""The board: G's image of a sketch is that of the same source in the data, and asking for it changes nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, Sketch
from ganstudio.core.runs.view_shapes import check
from ganstudio.engine.live_views import LiveViews
from ganstudio.probes.board import BoardProbe
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer
from ganstudio.views.board import Board

SPADE: dict[str, Any] = {"width": 4, "width_d": 4, "hidden": 4}


def trainer(variant: str, data: str, **network: Any) -> Trainer:
    conditions: dict[str, Any] = {"attributes": "all", "anywhere": True} if variant == "gawwn" else {}
    run = Trainer(Spec(variant=variant, data=data, seed=1, device="cpu", threads=1,
                       data_controls={"count": 100, **conditions}, network_controls=network,
                       controls={"batch_size": 2}))
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():  # the first weights are small: their images are grey, whatever is asked
        for weight in run.game.modules["G"].parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=rng))
    return run


def asked(run: Trainer, sketch: Sketch | None) -> Board:
    run.view.translation.sketch_asked = sketch
    view = BoardProbe().look(run.view, 36)
    check(view)
    return view


@pytest.mark.parametrize(("variant", "network"), [("spade", SPADE), ("pix2pix", {"width": 4, "width_d": 4})])
def test_a_map_of_the_data_gives_the_image_that_the_translation_has(variant: str, network: dict[str, Any]) -> None:
    run = trainer(variant, "scenes", **network)
    run.step()
    first = asked(run, None)
    assert (first.number, first.classes[0], len(first.colours)) == (0, "sky", 5)
    assert first.labels is not None
    made = run.view.translation.translated(1)["made"]
    shown = first.image.numpy()[0].transpose(2, 0, 1)
    if variant == "spade":  # of one latent for one map, whatever else is in the batch
        np.testing.assert_allclose(shown, (made[0].numpy() + 1) * 127.5, atol=0.6)
    drawn = first.labels.numpy().astype(np.uint8)
    again = asked(run, Sketch(number=3, map=Array.of(drawn)))
    assert again.image == first.image and again.number == 3
    drawn[:, :16] = 4
    other = asked(run, Sketch(number=4, map=Array.of(drawn)))
    assert other.image != first.image
    assert other.labels is not None
    np.testing.assert_array_equal(other.labels.numpy(), drawn)


def test_words_and_a_box_are_those_of_a_face_until_the_user_says_others() -> None:
    run = trainer("gawwn", "faces", width=4, words=4)
    run.step()
    first = asked(run, None)
    assert list(first.values) == ["hair", "glasses", "beard", "style", "smile"] and first.classes == []
    left, top, right, bottom = first.box
    same = asked(run, Sketch(number=1, box=(left, top, right, bottom), words=list(first.words)))
    assert same.image == first.image
    moved = asked(run, Sketch(number=2, box=(0.0, 0.0, 0.5, 0.5), words=list(first.words)))
    assert moved.image != first.image and moved.box == [0.0, 0.0, 0.5, 0.5]
    assert (moved.words, moved.latent) == (first.words, first.latent)  # a box is moved, and nothing else
    words = [(first.words[0] + 1) % 5, *first.words[1:]]
    assert asked(run, Sketch(number=3, box=(left, top, right, bottom), words=words)).image != first.image
    # What cannot be is held to what can: a box turned over, without width, values that there are not.
    odd = asked(run, Sketch(number=4, box=(0.9, 1.0, 0.2, 1.0), words=[99, 99]))
    assert odd.box[0] < odd.box[2] and odd.box[1] < odd.box[3] <= 1
    assert odd.words[:2] == [4, 1] and odd.words[2:] == first.words[2:]


def test_key_points_move_with_their_box() -> None:
    run = trainer("gawwn", "faces", width=4, words=4, place="keypoints")
    first = asked(run, None)
    own = asked(run, Sketch(number=1, box=(first.box[0], first.box[1], first.box[2], first.box[3])))
    assert own.image == first.image
    assert asked(run, Sketch(number=2, box=(0.0, 0.0, 0.5, 0.5))).image != first.image


def test_key_points_are_asked_for_one_by_one() -> None:
    run = trainer("gawwn", "faces", width=4, words=4, place="keypoints")
    first = asked(run, None)
    assert first.point_names[0] == "left eye" and len(first.points) == len(first.point_names) == 5
    same = asked(run, Sketch(number=1, points=first.points))
    assert same.image == first.image and same.points == first.points
    moved = asked(run, Sketch(number=2, points=[*first.points[:4], (0.05, 0.05)]))
    assert moved.image != first.image and moved.points[4] == pytest.approx((0.05, 0.05))
    few = asked(run, Sketch(number=3, points=[(0.5, 0.5)]))
    assert few.points == first.points, "others than there are: those of the data"
    assert asked(trainer("gawwn", "faces", width=4, words=4), None).points == [], "a box says where"


@pytest.mark.parametrize(("variant", "data", "network"), [
    ("spade", "scenes", SPADE), ("pix2pix", "scenes", {"width": 4, "width_d": 4}),
    ("gawwn", "faces", {"width": 4, "words": 4})])
def test_sketches_draw_nothing_from_the_run(variant: str, data: str, network: dict[str, Any]) -> None:
    looked, other = trainer(variant, data, **network), trainer(variant, data, **network)
    for step in range(2):
        for run in (looked, other):
            run.step()
        asked(looked, None)
        asked(looked, Sketch(number=step + 1, latent=7, words=[1]))
    assert looked.game.weights_hash() == other.game.weights_hash()


def test_another_latent_is_another_image() -> None:
    run = trainer("spade", "scenes", **SPADE)
    assert asked(run, Sketch(number=1, latent=0)).image != asked(run, Sketch(number=2, latent=5)).image
    assert asked(run, Sketch(number=3, latent=10**6)).latent == len(run.view.latents) - 1


def test_a_new_sketch_is_answered_at_once_also_while_the_run_plays() -> None:
    run = trainer("spade", "scenes", **SPADE)
    views = LiveViews(run)
    look = SnapshotRequest(run=1, views=["board"])
    for number in range(4):
        sketch = Sketch(number=number + 1)
        found = views.snapshot(1, msgspec.structs.replace(look, sketch=sketch), ["board"], playing=True).views["board"]
        assert isinstance(found, Board) and found.number == number + 1


def test_only_runs_with_something_to_draw_have_a_board() -> None:
    assert "board" in abilities(trainer("spade", "scenes", **SPADE).game)
    assert "board" not in abilities(trainer("pix2pix", "seasons", width=4, width_d=4).game)
