"""The arithmetic of the growing benchmark, and that its two runs are what it says. No timing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from ganstudio.bench import progan
from ganstudio.bench.progan import Progan, images, in_full, integrated
from ganstudio.datasets.parts import images as image_sets
from ganstudio.training.trainer import Trainer


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow players and few images in place of the real ones, without the self-test of the machine."""
    real = progan._spec
    monkeypatch.setattr(progan, "WIDTH", 4)
    monkeypatch.setattr(image_sets, "resized", lambda pixels, side: pixels[:100, :, :side, :side])
    monkeypatch.setattr(progan, "_spec", lambda controls: msgspec.structs.replace(
        real(controls), device="cpu", threads=1, dtype="float32", memory="contiguous"))


def test_the_schedule_is_seven_phases_of_8000_images() -> None:
    assert images() == [8000] * 7
    assert sum(images()) == 56_000


def test_the_speed_up_is_a_ratio_of_times() -> None:
    """100 images at four times the speed take 25 of what 100 at full size take: 200 in 125 instead of 200."""
    assert integrated([4.0, 1.0], [100, 100]) == pytest.approx(200 / 125)
    assert integrated([4.0, 2.0, 1.0], [100, 50, 300]) == pytest.approx(450 / (25 + 25 + 300))
    assert integrated([1.0] * 7, images()) == 1.0


def test_each_phase_is_measured_against_32_px(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps a second stand in for pixels: a run of 8 px counts as sixteen times as fast as one of 32 px."""

    def rate_of(trainer: Trainer) -> Callable[[], float]:
        stage = trainer.game.phase.stage
        assert stage is not None and trainer.game.phase.levels == 4
        return lambda: (1 if stage.alpha == 1 else 0.5) / stage.resolution**2

    monkeypatch.setattr(progan, "_rate", rate_of)
    monkeypatch.setattr(progan, "WARM_UP", 0)
    found = Progan().run(lambda _: None)
    # In steps at 32 px: 1/64, then a fade at half the speed and a stable phase for 8, 16 and 32 px.
    shares = [1 / 64, 2 / 16, 1 / 16, 2 / 4, 1 / 4, 2, 1]
    assert found == {"speedup": pytest.approx(7 / sum(shares))}


def test_in_full_both_sides_show_the_same_images_and_one_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[int, list[int]] = {}

    def step(trainer: Trainer) -> None:
        game = trainer.game
        assert game.phase.stage is not None
        seen.setdefault(id(game), []).append(game.phase.stage.resolution)
        game.variant.after_discriminator_step(game.modules["D"], game.controls)
        game._follow_phase()

    monkeypatch.setattr(progan, "_step", step)
    assert set(in_full(lambda _: None)) == {"speedup", "growing_s", "grown_s"}
    growing, grown = seen.values()
    assert grown == [32] * 3500
    assert growing == [4] * 500 + [8] * 1000 + [16] * 1000 + [32] * 1000
