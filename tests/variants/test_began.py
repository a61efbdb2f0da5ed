"""BEGAN: its losses, k and M by hand, and who may move k."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import validated
from ganstudio.core.variant import Scorer
from ganstudio.networks.autoencoder import AutoencoderControls
from ganstudio.variants.began import BEGAN, BEGANControls

REAL = torch.tensor([-0.2, -0.4])  # L(x) = .3
FAKE = torch.tensor([-0.1, -0.2, -0.3])  # L(G) = .2
NOTHING = nn.Identity()


class Given:
    """A discriminator whose scores stand fast: a sample is its score."""

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        return x

    def precisely(self, x: Tensor) -> Tensor:
        return x

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        return real, fake


def controls(**values: Any) -> BEGANControls:
    return validated(BEGANControls, values)


def at(k: float) -> BEGAN:
    variant = BEGAN()
    variant.load_state({"k": k})
    return variant


def moved(variant: BEGAN, c: BEGANControls, real: Tensor = REAL, fake: Tensor = FAKE) -> dict[str, float]:
    """One update of D, and what is read after it."""
    variant.discriminator_terms(cast(Scorer, Given()), real, fake, c, Generator())
    variant.after_discriminator_step(NOTHING, c)
    return {name: float(reading) for name, reading in variant.diagnostics().items()}


def test_the_terms_and_their_signs() -> None:
    terms = at(0.25).score_terms(REAL, FAKE, controls())
    assert {name: float(term) for name, term in terms.items()} == pytest.approx({"real": 0.3, "fake": -0.25 * 0.2})
    of_g = BEGAN().generator_terms(cast(Scorer, Given()), FAKE, controls())
    assert {name: float(term) for name, term in of_g.items()} == pytest.approx({"generator": 0.2})


def test_d_is_pulled_to_redraw_real_and_pushed_from_generated_images() -> None:
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    terms = at(0.5).discriminator_terms(cast(Scorer, Given()), real, fake, controls(), Generator())
    to_real, to_fake = torch.autograd.grad(terms["real"] + terms["fake"], (real, fake))
    torch.testing.assert_close(to_real, torch.full((2,), -1 / 2))  # score up: error down
    torch.testing.assert_close(to_fake, torch.full((3,), 0.5 / 3))


def test_k_starts_at_0_and_d_is_an_autoencoder_alone() -> None:
    assert BEGAN().state() == {"k": 0.0}
    assert float(BEGAN().score_terms(REAL, FAKE, controls())["fake"]) == 0


def test_k_moves_as_computed_by_hand() -> None:
    variant, c = at(0.4), controls(gamma=0.5, lambda_k=0.1)
    assert moved(variant, c)["k"] == pytest.approx(0.4 + 0.1 * (0.5 * 0.3 - 0.2))  # .395
    assert moved(variant, c)["k"] == pytest.approx(0.39)
    c = controls(gamma=1.0, lambda_k=1.0)  # moved by a hand
    assert moved(variant, c)["k"] == pytest.approx(0.39 + (0.3 - 0.2))


def test_the_readings_as_computed_by_hand() -> None:
    assert moved(at(0.4), controls(gamma=0.5)) == pytest.approx(
        {"k": 0.4 - 1e-3 * 0.05, "M": 0.3 + 0.05, "L(G)/L(x)": 2 / 3})
    assert moved(at(0.4), controls(gamma=0.9))["M"] == pytest.approx(0.3 + 0.07)  # on the other side of the balance


@pytest.mark.parametrize(("start", "gamma", "end"), [(0.05, 0.0, 0.0), (0.95, 1.0, 1.0)])
def test_k_stays_between_0_and_1(start: float, gamma: float, end: float) -> None:
    variant, c = at(start), controls(gamma=gamma, lambda_k=1.0)
    for _ in range(3):
        assert moved(variant, c)["k"] == end


def test_looking_does_not_move_k() -> None:
    variant, c = at(0.4), controls(lambda_k=1.0)
    read = moved(variant, c)
    for _ in range(3):  # probes score other samples
        variant.score_terms(REAL * 9, FAKE, c)
        variant.generator_terms(cast(Scorer, Given()), FAKE * 9, c)
    assert {name: float(reading) for name, reading in variant.diagnostics().items()} == read
    variant.discriminator_terms(cast(Scorer, Given()), REAL, FAKE, c, Generator())
    variant.score_terms(REAL * 9, FAKE, c)
    variant.after_discriminator_step(NOTHING, c)
    assert float(variant.diagnostics()["k"]) == pytest.approx(read["k"] - 0.05)


def test_what_is_remembered_holds_no_graph() -> None:
    variant = at(0.4)
    real = REAL.clone().requires_grad_()
    variant.discriminator_terms(cast(Scorer, Given()), real, FAKE, controls(), Generator())
    variant.after_discriminator_step(NOTHING, controls())
    assert not any(reading.requires_grad for reading in variant.diagnostics().values())


def test_the_state_comes_back_to_the_last_bit() -> None:
    variant, c = BEGAN(), controls(gamma=1.0, lambda_k=0.037)
    for _ in range(7):
        moved(variant, c)
    other = BEGAN()
    other.load_state(variant.state())
    assert other.state() == variant.state() != {"k": 0.0}
    assert moved(other, c) == moved(variant, c)


def test_nothing_is_read_before_the_first_update() -> None:
    variant = BEGAN()
    variant.after_discriminator_step(NOTHING, controls())
    assert variant.diagnostics() == {} and variant.state() == {"k": 0.0}


def test_two_runs_do_not_share_k() -> None:
    one, other = BEGAN(), BEGAN()
    moved(one, controls(gamma=1.0, lambda_k=1.0))
    assert one.state()["k"] > 0 == other.state()["k"]


def test_the_papers_numbers() -> None:
    c = BEGANControls()
    assert (c.gamma, c.lambda_k, c.batch_size, c.critic_steps) == (0.5, 1e-3, 16, 1)
    assert (c.learning_rate_d, c.beta1_d, c.beta2_d) == (c.learning_rate_g, c.beta1_g, c.beta2_g) == (1e-4, 0.5, 0.999)
    paper = validated(AutoencoderControls, BEGAN.presets["paper"].network)
    assert (paper.width, paper.code, paper.latent_dim, paper.latent) == (128, 64, 64, "uniform")
    for preset in BEGAN.presets.values():
        validated(BEGANControls, preset.controls)
        validated(AutoencoderControls, preset.network)
