"""MSG-GAN: its losses by hand, the penalty of every so many updates, and that each level has its gradient."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from small_games import small
from torch import Tensor

from ganstudio.core.control import Value, validated
from ganstudio.core.network import MakesLevels
from ganstudio.core.turn import WHOLE, Turn
from ganstudio.maths.gradients import r1_over_levels
from ganstudio.maths.resampling import image_levels
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer
from ganstudio.variants.msg_gan import MSGGAN, MSGGANControls

HINGE: dict[str, Value] = {"batch_size": 8, "loss": "relativistic-hinge", "gamma": 0.0, "r1_interval": 1}
ON_REAL, ON_FAKE = torch.tensor([2.0, 0.0, -1.0]), torch.tensor([0.5, -1.5])  # of means 1/3 and -1/2


def controls(**values: Any) -> MSGGANControls:
    return validated(MSGGANControls, values)


def trainer(*, controls: dict[str, Value] | None = None, **network: Value) -> Trainer:
    spec = small("msg-gan")
    return Trainer(msgspec.structs.replace(
        spec, seed=2, device="cpu", threads=1, controls={**HINGE, **(controls or {})},
        network_controls={**spec.network_controls, **network}))


class Fixed:
    """A discriminator that gives these scores, and a generator whose levels are these."""

    def __init__(self, real: Tensor, fake: Tensor) -> None:
        self._scores = real, fake

    def both(self, real: object, fake: object) -> tuple[Tensor, Tensor]:
        return self._scores

    def __call__(self, fake: object) -> Tensor:
        return self._scores[1]

    def levels_of(self, z: Tensor) -> list[Tensor]:
        return [z]


def generators_loss(c: MSGGANControls) -> float:
    class Real:
        x = torch.zeros(2, 1, 8, 8)

    fixed: Any = Fixed(ON_REAL, ON_FAKE)
    batch: Any = Real()
    turn = Turn("generator", 0, WHOLE, torch.Generator(), {"D": fixed, "G": fixed}, lambda: batch,
                lambda: torch.zeros(2, 4), lambda: torch.zeros(2), torch.no_grad)
    terms = MSGGAN().terms(turn, c)
    assert set(terms) == {"generator"}
    return float(terms["generator"])


def test_the_relativistic_hinge_by_hand() -> None:
    """Real scores lie 2.5, .5 and -.5 above the mean of the generated ones; these 1/6 and -11/6 above the real mean."""
    terms = MSGGAN().score_terms(ON_REAL, ON_FAKE, controls())
    assert float(terms["real"]) == pytest.approx((0 + 0.5 + 1.5) / 3)
    assert float(terms["fake"]) == pytest.approx((7 / 6 + 0) / 2)
    assert generators_loss(controls()) == pytest.approx((3.5 + 1.5 + 0.5) / 3 + (5 / 6 + 17 / 6) / 2)


def test_the_non_saturating_loss_by_hand() -> None:
    c = controls(loss="non-saturating")
    terms = MSGGAN().score_terms(ON_REAL, ON_FAKE, c)
    assert float(terms["real"]) == pytest.approx(float((1 + (-ON_REAL).exp()).log().mean()))
    assert float(terms["fake"]) == pytest.approx(float((1 + ON_FAKE.exp()).log().mean()))
    assert generators_loss(c) == pytest.approx(float((1 + (-ON_FAKE).exp()).log().mean()))


def test_the_penalty_comes_in_each_third_update_three_times_as_hard() -> None:
    run = trainer(controls={"gamma": 0.5, "r1_interval": 3})
    found = []
    for update in range(7):
        terms = run.game.terms_of("discriminator")
        found.append("R1" in terms)
        if update == 0:
            real = image_levels(run.view.batch.x[:8])
            wanted = 1.5 * r1_over_levels(run.game.modules["D"], real)
            turn = run.game.turn("discriminator")
            turn._batch = run.view.batch.rows(slice(8))
            torch.testing.assert_close(run.game.variant.terms(turn, run.game.controls)["R1"], wanted)
        run.game.update("discriminator")
    assert found == [True, False, False, True, False, False, True]


def test_without_gamma_nothing_is_penalised() -> None:
    run = trainer()
    assert set(run.game.terms_of("discriminator")) == {"real", "fake"}
    assert not run.game.variant.has_gradient_penalty(run.game.controls)
    assert run.game.variant.has_gradient_penalty(controls(gamma=0.1))


def test_the_generators_image_is_the_largest_level_alone() -> None:
    run = trainer()
    G = run.game.modules["G"]
    assert isinstance(G, MakesLevels) and {"levels", "scales"} <= abilities(run.game)
    z = run.view.latents[:5]
    with torch.no_grad():
        levels = G.levels_of(z)
    assert torch.equal(run.view.generate(z), levels[-1])
    assert [level.shape[-1] for level in levels] == [4, 8]


@pytest.mark.parametrize("levels", ["all", "top"])
def test_what_d_is_shown_decides_which_levels_of_g_learn(levels: str) -> None:
    run = trainer(levels=levels)
    before = [layer.weight.detach().clone() for layer in run.game.modules["G"].to_colours]  # type: ignore[union-attr]
    run.game.update("generator")
    moved = [not torch.equal(layer.weight, old) for layer, old in
             zip(run.game.modules["G"].to_colours, before, strict=True)]  # type: ignore[arg-type]
    assert moved == [levels == "all", True]


def test_what_flows_back_to_a_generated_image_is_known() -> None:
    """Panels of gradients put images in the place of G's: their smaller levels are their means."""
    run = trainer()
    assert (run.view.gradient_at_fake(6) > 0).all()
    of_d, of_g = run.view.layer_gradients(4)
    assert len(of_d) and len(of_g) and torch.isfinite(of_d).all() and torch.isfinite(of_g).all()


def test_its_disagreement_is_measured_with_the_other_numbers() -> None:
    run = trainer()
    found = compute_measures(copy_for_measuring(run, 20))
    assert found.measures["disagreement"] == found.measures["disagreement_4"]
    assert (found.measures["disagreement"] or 0) > 0.5 and found.measures["disagreement_8"] is None
