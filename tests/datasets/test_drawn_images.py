"""Scenes, seasons and faces: what is drawn is what is said, and the truth is the truth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.faces import Faces, FacesControls
from ganstudio.datasets.parts import face_drawing as face
from ganstudio.datasets.scenes import Scenes, ScenesControls
from ganstudio.datasets.seasons import Seasons, SeasonsControls

SOURCE, TOLD = frozenset({"source"}), frozenset({"source", "attributes"})


def test_a_source_belongs_to_its_image() -> None:
    data = Scenes(ScenesControls(count=100))
    batch = data.batch(torch.arange(20), SOURCE)
    assert batch.source is not None and batch.source.shape == (20, 5, 32, 32)
    assert torch.equal(batch.source.sum(1), torch.ones(20, 32, 32))
    sky = batch.source[:, 0].bool()
    colours = np.unique(((batch.x.permute(0, 2, 3, 1)[sky] + 1) * 127.5).round().numpy(), axis=0)
    assert len(colours) == 2  # the sky has no texture: its two colours and no other


def test_the_true_winter_of_a_summer_has_its_layout_and_its_phases() -> None:
    examples = Seasons(SeasonsControls(count=100)).examples(50, "unseen")
    assert examples.sources is not None and examples.maps is not None
    for at in range(1, 5):  # where a summer's pattern is bright, so is its winter's
        inside = examples.maps == at
        summer, winter = (images.astype(float).mean(1)[inside] for images in (examples.sources, examples.images))
        assert np.corrcoef(summer, winter)[0, 1] > 0.95


def test_doing_nothing_is_as_wrong_as_the_notes_say() -> None:
    examples = Seasons(SeasonsControls(count=100)).examples(500, "unseen")
    assert examples.sources is not None
    apart = np.abs(examples.images.astype(float) - examples.sources.astype(float)).mean() / 127.5
    assert apart == pytest.approx(0.676, abs=0.01)


def test_winter_does_not_say_which_of_two_summers_it_was() -> None:
    data = Seasons(SeasonsControls(count=100, summer_colours=2))
    one, other = data.examples(200, "unseen"), Seasons(SeasonsControls(count=100)).examples(200, "unseen")
    assert one.sources is not None and other.sources is not None
    assert np.array_equal(one.images, other.images) and not np.array_equal(one.sources, other.sources)
    assert 0.4 < one.details["colours"].mean() < 0.6


def test_a_face_with_an_attribute_changed_differs_where_the_part_is_and_nowhere_else() -> None:
    p = face.draw_parameters(100, np.random.default_rng(0))
    bare, worn = (face.changed(p, {"glasses": value}) for value in (0, 1))
    differs = (face.draw(bare, 32) != face.draw(worn, 32)).any(1)
    part = (face.draw_maps(worn, 32, 2) == face.GLASSES).reshape(100, 32, 2, 32, 2).any((2, 4))
    assert differs.any() and not (differs & ~part).any()


def test_a_box_is_the_smallest_around_the_figure() -> None:
    p = face.draw_parameters(50, np.random.default_rng(1), anywhere=True)
    boxes, maps = face.boxes(p), face.draw_maps(p, 32, 2)
    for box, one in zip(boxes, maps, strict=True):
        rows, columns = np.nonzero(one != face.GROUND)
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / 64
        assert np.allclose(box, found, atol=1e-6)
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= 1).all()
    points = face.keypoints(p)
    assert ((points > boxes[:, None, :2] - 0.02) & (points < boxes[:, None, 2:] + 0.02)).all()


def test_a_game_that_is_told_attributes_is_asked_for_the_next_value() -> None:
    data = Faces(FacesControls(count=100))
    examples = data.examples(40, "unseen", TOLD)
    assert examples.sources is not None and examples.attributes is not None
    assert list(data.attribute_values) == ["hair", "glasses", "beard"]
    asked = face.changed(examples.details, {"hair": (examples.details["hair"] + 1) % 5})
    plain = {name: values for name, values in asked.items() if name != "box"}
    assert np.array_equal(examples.images, face.draw(plain, 32))


def test_two_domains_are_those_of_the_attribute() -> None:
    data = Faces(FacesControls(count=400, domain="beard"))
    drawn = data.draw(100, torch.Generator().manual_seed(0), SOURCE)
    labels = data.labels
    assert labels is not None
    assert (labels[drawn[:, 0].numpy()] > 0).all() and (labels[drawn[:, 1].numpy()] == 0).all()


def test_a_size_that_is_not_drawn_is_refused() -> None:
    with pytest.raises(BadInput, match="resolution = 48 does not suit data set scenes"):
        Scenes(ScenesControls(count=100)).resized(48)
    assert Scenes(ScenesControls(count=100)).resized(64).shape == (3, 64, 64)
