"""Avatars: their parts as attributes, the withheld truth of a change, and what is kept from whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_games import narrow, network_for

from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.avatars import BACKGROUNDS, FOR_JUDGE, VALUES, Avatars, AvatarsControls
from ganstudio.maths.judges import attribute_net
from ganstudio.measures.attributes import AttributesMeasure
from ganstudio.measures.true_error import TrueErrorMeasure
from ganstudio.training.measuring import CopiedImages, copy_for_measuring
from ganstudio.training.shown_translation import ShownTranslation
from ganstudio.training.trainer import Trainer

TOLD, BETWEEN, PLACED = frozenset({"source", "attributes"}), frozenset({"source"}), frozenset({"attributes", "place"})


@pytest.fixture(scope="module")
def data() -> Avatars:
    return Avatars(AvatarsControls(attributes="all"))


def test_all_ten_parts_are_attributes_and_their_values_occur(data: Avatars) -> None:
    drawn = data.draw(4000, torch.Generator().manual_seed(0), TOLD)
    attributes = data.batch(drawn, TOLD).attributes
    assert attributes is not None and attributes.shape == (4000, 10)
    for at, (name, words) in enumerate(data.attribute_values.items()):
        assert set(attributes[:, at].tolist()) == set(range(len(words))), name
        assert len(set(words)) == len(words)
    assert 0.15 < attributes[:, list(VALUES).index("glasses")].float().mean() < 0.25


def test_hair_is_the_colour_and_style_the_cut(data: Avatars) -> None:
    of_colour, of_cut = (Avatars(AvatarsControls(label=label)).labels for label in ("hair-colour", "hair"))
    assert of_colour is not None and of_cut is not None
    attributes = data.batch(torch.arange(200), TOLD).attributes
    assert attributes is not None
    names = list(data.attribute_values)
    assert np.array_equal(attributes[:, names.index("hair")].numpy(), of_colour[:200])
    assert np.array_equal(attributes[:, names.index("style")].numpy(), of_cut[:200])


def test_a_game_with_attributes_and_its_judge_see_other_avatars(data: Avatars) -> None:
    drawn = data.draw(20_000, torch.Generator().manual_seed(0), TOLD)
    assert drawn.max() < len(data.pixels.images) - FOR_JUDGE
    judged = data.examples(10_000, "judge")
    assert np.array_equal(judged.images, data.pixels.images[-FOR_JUDGE:])
    plain = data.draw(20_000, torch.Generator().manual_seed(0))
    assert plain.max() >= len(data.pixels.images) - FOR_JUDGE  # any other game learns from all of them


def test_the_truth_of_the_next_value_is_the_same_face_with_one_part_changed(data: Avatars) -> None:
    examples = data.examples(300, "unseen", TOLD)
    assert examples.sources is not None and examples.attributes is not None
    hair, glasses, style = (data.truth_of_next(examples.details, name) for name in ("hair", "glasses", "style"))
    assert hair is not None and glasses is not None and style is None  # no other cut was drawn
    assert np.array_equal(examples.images, hair)
    for truth, changes in ((hair, 0.35), (glasses, 0.1)):
        moved = (truth != examples.sources).any(axis=1)
        assert moved.any(axis=(1, 2)).all() and moved.mean() < changes
    part = examples.rows(100, 120)
    of_part = data.truth_of_next(part.details, "glasses")
    assert of_part is not None and np.array_equal(of_part, glasses[100:120])


def test_there_are_no_more_examples_than_were_shipped(data: Avatars) -> None:
    assert len(data.examples(2500, "unseen", TOLD).images) == 1000
    small = data.resized(16).examples(3, "unseen", TOLD)
    assert small is not None and small.images.shape == (3, 3, 16, 16)
    assert small.sources is not None and small.sources.shape == (3, 3, 16, 16)


def test_between_domains_a_source_wears_no_glasses_and_its_truth_does(data: Avatars) -> None:
    drawn = data.draw(500, torch.Generator().manual_seed(0), BETWEEN).numpy()
    worn = data.batch(torch.arange(8192 - FOR_JUDGE), TOLD).attributes
    assert worn is not None
    known = drawn[(drawn < len(worn)).all(axis=1)]
    assert len(known) > 100
    assert worn[known[:, 0], 1].all() and not worn[known[:, 1], 1].any()
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.2  # neither knows which the other is
    examples = data.examples(200, "unseen", BETWEEN)
    as_is = data.examples(200, "unseen", PLACED)
    assert examples.sources is not None
    bare = as_is.details["glasses"] == 0
    assert 0 < bare.sum() < 200
    assert np.array_equal(examples.sources[bare], as_is.images[bare])
    assert np.array_equal(examples.images[~bare], as_is.images[~bare])


def test_a_box_holds_all_that_is_not_background(data: Avatars) -> None:
    batch = data.batch(torch.arange(50), PLACED)
    assert batch.place is not None and batch.attributes is not None
    grounds = BACKGROUNDS[batch.attributes[:, list(VALUES).index("background")].numpy()]
    for image, ground, box in zip(data.pixels.images[:50], grounds, batch.place.numpy(), strict=True):
        rows, columns = np.nonzero((np.abs(image.astype(int) - ground[:, None, None].astype(int)) > 24).any(axis=0))
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / 64
        assert np.allclose(box, found)


def test_errors_are_measured_where_the_truth_is_known_and_null_elsewhere(data: Avatars) -> None:
    truth = data.examples(40, "unseen", TOLD)
    assert truth.sources is not None
    made = dict.fromkeys([f"next_{at}" for at in range(10)], truth.sources)
    nothing = Scores(np.zeros(0), np.zeros(0))
    found = TrueErrorMeasure().compute(MeasureInput(
        real=np.zeros((0, 1)), fake=np.zeros((0, 1)), real_scores=nothing, fake_scores=nothing, data=data,
        examples=truth, made={**made, "back": truth.sources}))
    for name in ("hair", "glasses"):
        error = found[f"true_error_{name}"]
        assert error is not None and error > 0.01 and error == found[f"idle_error_{name}"]
    assert found["true_error_style"] is None and found["idle_error_style"] is None
    assert found["true_error"] == max(found["true_error_hair"] or 0, found["true_error_glasses"] or 0)
    assert found["cycle_error"] == 0


@pytest.mark.parametrize(("label", "attribute"), [
    ("hair", "style"), ("hair-colour", "hair"), ("mouth", "mouth"), ("glasses", "")])
def test_a_label_is_an_attribute_by_another_name(label: Any, attribute: str) -> None:
    data = Avatars(AvatarsControls(label=label, attributes="all"))
    assert data.label_attribute == attribute
    if attribute:
        batch = data.batch(torch.arange(50), frozenset({"label", "attributes"}))
        assert batch.label is not None and batch.attributes is not None
        assert torch.equal(batch.label, batch.attributes[:, list(data.attribute_values).index(attribute)])


def test_a_game_is_measured_on_as_many_as_are_known() -> None:
    trainer = small("stargan")
    trainer.step()
    copied = copy_for_measuring(trainer, 2500)
    assert isinstance(copied, CopiedImages)
    assert len(copied.real) == len(copied.other) == 1000
    assert copied.given.attributes is not None and copied.given.attributes.shape == (1000, 2)


@pytest.mark.parametrize("variant", ["stargan", "stargan-v2"])
def test_faces_are_changed_to_all_that_can_be_asked_for(variant: str) -> None:
    trainer = small(variant)
    trainer.step()
    translation = ShownTranslation(trainer.game, trainer.view, 0)
    shown = translation.translated(3)
    found = trainer.game.data.examples(3, "unseen", TOLD)
    assert found is not None
    assert torch.equal(((shown["truth"] + 1) * 127.5).round().byte(), torch.from_numpy(found.images))
    assert translation.asked(2)["source"].shape == (2, 3, 16, 16)


def test_a_judge_reads_all_ten_parts_of_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A net of a few steps, which is not kept: what is measured, not how well."""
    monkeypatch.setattr(attribute_net, "STEPS", 30)
    monkeypatch.setattr(attribute_net, "kept_judge", lambda key, train: train())
    data = Avatars(AvatarsControls(attributes="colours, glasses")).resized(16)
    truth = data.examples(60, "unseen", TOLD)
    assert truth is not None and truth.sources is not None
    made = dict.fromkeys([f"next_{at}" for at in range(4)], truth.sources) | {"own": truth.sources}
    nothing = Scores(np.zeros(0), np.zeros(0))
    found = AttributesMeasure().compute(MeasureInput(
        real=np.zeros((0, 1)), fake=np.zeros((0, 1)), real_scores=nothing, fake_scores=nothing, data=data,
        examples=truth, made=made))
    asked = {name: found[f"domain_right_{name}"] for name in ("hair", "glasses", "background", "skin")}
    assert all(share is not None and 0 <= share < 1 for share in asked.values())
    assert found["domain_right"] == min(share for share in asked.values() if share is not None)
    assert found["kept"] is not None and found["own_label_change"] == 0 and found["domain_right_beard"] is None


def test_words_and_a_box_are_sketched() -> None:
    trainer = small("gawwn")
    trainer.step()
    sketch, image = ShownTranslation(trainer.game, trainer.view, 0).sketched()
    assert sketch.box is not None and len(sketch.words) == 2 and image.shape == (3, 16, 16)


def small(variant: str) -> Trainer:
    network = network_for(variant)
    return Trainer(Spec(variant=variant, data="avatars", device="cpu", threads=1, dtype="float32",
                        controls={"batch_size": 4}, network_controls=narrow(network, 16)))


def test_key_points_are_refused_where_a_box_alone_is_known() -> None:
    spec = Spec(variant="gawwn", data="avatars", device="cpu", threads=1,
                network_controls={"width": 4, "words": 4, "resolution": 16, "place": "keypoints"})
    with pytest.raises(BadInput, match="knows a box alone"):
        Trainer(spec)
