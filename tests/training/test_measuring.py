"""Measuring a run: numbers beside their floors, and the run left as it was."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.core.measure import Features, Measure, MeasureInput, MetricInfo
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.turn import Given
from ganstudio.training import measuring
from ganstudio.training.game_state import game_state
from ganstudio.training.measuring import CopiedImages, compute_measures, copied_points, copy_for_measuring, quick
from ganstudio.training.resolve_spec import measures
from ganstudio.training.trainer import Trainer


def trainer_of(data: str = "ring") -> Trainer:
    return Trainer(Spec(variant="wgan-gp", data=data, seed=2, device="cpu", threads=1, controls={"batch_size": 16},
                        network_controls={"width": 16, "depth": 2}))


@pytest.mark.parametrize("data", ["ring", "mixture"])
def test_every_number_of_the_kind_has_a_value_and_a_floor(data: str) -> None:
    trainer = trainer_of(data)
    measured = compute_measures(copied_points(trainer, 300))
    kind = trainer.game.data.kind
    expected = {name for leaf in measures().values() if kind in leaf.kinds and "label" not in leaf.needs
                for name in leaf.numbers}
    assert set(measured.measures) == set(measured.floors) == expected
    for value in (*measured.measures.values(), *measured.floors.values()):
        assert value is None or math.isfinite(value)


def test_known_floors_are_taken_over_for_dear_measures_and_no_others() -> None:
    """The dear ones depend on the data alone; the critic's floor moves with the critic."""
    trainer = trainer_of()
    first = compute_measures(copied_points(trainer, 200))
    for _ in range(30):
        trainer.step()
    later = compute_measures(copied_points(trainer, 200, draw=1), first.floors)
    expensive = {name for leaf in measures().values() if leaf.expensive for name in leaf.numbers}
    assert {"w1", "sliced_w1"} <= expensive
    for name, floor in first.floors.items():
        if name in expensive:
            assert later.floors[name] == floor, name
    assert later.floors["critic_gap"] != first.floors["critic_gap"]
    assert set(later.floors) == set(later.measures)


class Counted(Measure):
    """A measure whose numbers the run names, and which takes seconds."""

    name = "counted"
    title = "Counted"
    kinds = ("plane", "image")
    numbers = {"all_of_them": MetricInfo(title="all", help="of the run")}
    families = {"level_*": MetricInfo(title="level", help="of the run", dimension="length")}
    on_request = True

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        levels = {"level_1": 2.0, "level_2": math.nan} if evidence.mass is None else {}
        return {"all_of_them": float(len(evidence.fake)), **levels}


def test_a_measure_names_numbers_by_the_run_and_a_window_does_without_what_takes_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordinary = measures()
    monkeypatch.setattr(measuring, "measures", lambda: {**ordinary, "counted": Counted})
    copied = copied_points(trainer_of(), 50)
    found = compute_measures(copied)
    assert found.measures["all_of_them"] == 50
    assert (found.measures["level_1"], found.measures["level_2"]) == (2.0, None)
    assert set(found.measures) - set(found.floors) == {"level_2"}, "of a family only floors that are known"
    assert set(compute_measures(copied, which=quick).measures) == set(found.measures) - {
        "all_of_them", "level_1", "level_2"}
    alone = compute_measures(copied, which=lambda kind: kind is Counted)
    assert set(alone.measures) == {"all_of_them", "level_1", "level_2"}


def test_the_floor_is_the_datas_own_score() -> None:
    """A perfect generator finds all eight modes, 98.889 % within 3 sd; an untrained one does not."""
    measured = compute_measures(copied_points(trainer_of(), 2500))
    assert measured.floors["modes"] == 8.0
    assert measured.floors["high_quality"] == pytest.approx(0.98889, abs=0.008)
    assert measured.floors["reverse_kl"] == pytest.approx(7 / 5000, abs=0.003)
    assert measured.measures["high_quality"] != measured.floors["high_quality"]


def test_the_evidence_has_the_shapes_asked_for() -> None:
    evidence = copied_points(trainer_of("mixture"), 123)
    for one in (evidence.generated, evidence.perfect):
        assert one.real.shape == one.fake.shape == (123, 1)
        assert one.real.dtype == np.float64
        for scores in (one.real_scores, one.fake_scores):
            assert scores.values.shape == scores.slopes.shape == (123,)
    assert not np.array_equal(evidence.perfect.fake, evidence.perfect.real)


def test_measuring_leaves_the_randomness_and_the_weights_untouched() -> None:
    trainer, other = trainer_of(), trainer_of()
    torch.manual_seed(11)
    before = torch.get_rng_state()
    for draw in range(3):
        compute_measures(copied_points(trainer, 200, draw))
    assert torch.equal(torch.get_rng_state(), before)
    mine, theirs = game_state(trainer.game), game_state(other.game)
    assert all(torch.equal(mine[key], theirs[key]) for key in theirs)


def test_the_same_draw_is_the_same_and_another_is_another() -> None:
    trainer = trainer_of()
    one, again, other = (copied_points(trainer, 50, draw).generated for draw in (0, 0, 1))
    assert np.array_equal(one.fake, again.fake) and np.array_equal(one.real, again.real)
    assert not np.array_equal(one.fake, other.fake)
    assert not np.array_equal(one.real, other.real)


def test_a_large_sample_is_scored_in_parts_like_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = copied_points(trainer_of(), 90).generated
    monkeypatch.setattr("ganstudio.training.measuring.CHUNK", 7)
    parts = copied_points(trainer_of(), 90).generated
    np.testing.assert_allclose(parts.fake, whole.fake, atol=1e-6)
    np.testing.assert_allclose(parts.fake_scores.slopes, whole.fake_scores.slopes, atol=1e-5)


def test_slopes_are_the_norms_of_the_input_gradient() -> None:
    trainer = trainer_of()
    real = copied_points(trainer, 20).generated
    x = torch.from_numpy(real.real[:1]).float()
    h = 1e-2
    steps = torch.eye(2) * h
    difference = [(trainer.view.score(x + step) - trainer.view.score(x - step)).item() / (2 * h) for step in steps]
    assert real.real_scores.slopes[0] == pytest.approx(math.hypot(*difference), rel=0.05)


def test_a_broken_run_measures_as_undefined_and_not_as_a_number() -> None:
    trainer = trainer_of()
    trainer.game.players["generator"].flat.fill_(math.nan)
    measured = compute_measures(copied_points(trainer, 120))
    assert set(measured.measures.values()) == {None}
    assert measured.floors["modes"] is not None


class Net:
    """The mean of a few parts of each image."""

    name, description = "means", "means of eight pixels each"

    def features(self, images: NDArray[np.uint8]) -> Features:
        return Features(net=self.name, values=images.reshape(len(images), 8, 8).mean(axis=2))


def test_images_that_are_not_finite_are_not_judged_as_black_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.training.measuring.net_for", lambda _: Net())
    real, other = np.random.default_rng(0).integers(0, 256, (2, 80, 1, 8, 8)).astype(np.uint8)

    def measured(level: float) -> dict[str, float | None]:
        def generate(given: Given) -> torch.Tensor:
            assert given.latent is not None
            made = torch.zeros(len(given.latent), 1, 8, 8)
            made[-1, 0, 0, 0] = level
            return made

        result = compute_measures(CopiedImages(
            data=trainer_of().game.data, generate=generate, given=Given(latent=torch.zeros(80, 2)), labels=None,
            has=frozenset(), real=real, other=other, seed=0))
        assert result.floors["fid"] is not None
        return result.measures

    assert measured(0.5)["fid"] is not None
    assert set(measured(math.nan).values()) == set(measured(math.inf).values()) == {None}


def test_the_untrained_generator_is_that_of_the_first_step() -> None:
    """Before the first step its FID is the run's own; later it is what it was, with the same latents."""
    trainer = Trainer(Spec(variant="dcgan", data="digits", seed=2, device="cpu", threads=1,
                           controls={"batch_size": 8}, data_controls={"count": 100},
                           network_controls={"width": 4, "resolution": 8}))
    before = game_state(trainer.game)
    first = compute_measures(copy_for_measuring(trainer, 80)).measures
    assert first["fid_untrained"] == first["fid"] is not None
    assert all(torch.equal(tensor, before[name]) for name, tensor in game_state(trainer.game).items())
    for _ in range(3):
        trainer.step()
    later = compute_measures(copy_for_measuring(trainer, 80)).measures
    assert later["fid_untrained"] == first["fid_untrained"] != later["fid"]
    beside = compute_measures(copy_for_measuring(trainer, 80), which=quick).measures
    assert "fid_untrained" not in beside and beside["fid"] == later["fid"]


@pytest.mark.parametrize("shown", [False, True])
def test_a_perfect_generator_makes_what_it_was_asked_for(shown: bool) -> None:
    trainer = Trainer(Spec(variant="cgan", data="ring", device="cpu", threads=1, controls={"batch_size": 8},
                           network_controls={"width": 4, "depth": 1}))
    floors = compute_measures(copied_points(trainer, 1000, shown=shown)).floors
    assert floors["label_right"] == 1.0
    mean_error, ratio = floors["class_mean_error"], floors["class_sd_ratio"]
    assert mean_error is not None and mean_error < 0.5 and ratio is not None and 0.8 < ratio < 1.25
