"""Codes and completions: the same at every look, by frequency and then by the prior."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from ganstudio.core.codes import drawn_by
from ganstudio.core.images import images_of
from ganstudio.core.protocol import asks
from ganstudio.core.protocol.spec import Spec
from ganstudio.probes.codes import CodesProbe
from ganstudio.probes.completion import CompletionProbe
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    made = Trainer(Spec(
        variant="vqgan", data="tiles", data_controls={"count": 100}, device="cpu", threads=1, dtype="float32",
        controls={"first_steps": 4, "prior_steps": 4, "disc_start": 2, "batch_size": 4},
        network_controls={"width": 4, "widest": 8, "width_d": 4, "code_dim": 4, "codes": 8, "prior_layers": 1,
                          "prior_heads": 1, "prior_width": 8, "resolution": 16}))
    for _ in range(3):
        made.step()
    return made


def test_the_view_holds_maps_the_codebook_and_uses(trainer: Trainer) -> None:
    assert "codes" in abilities(trainer.game) and "latent" not in abilities(trainer.game)
    view = CodesProbe().look(trainer.view, 8)
    assert view.image.shape == view.back.shape == (8, 16, 16, 3)
    assert view.codes.shape == (8, 4, 4) and view.book.shape == (8, 4, 4, 3)
    assert view.uses.numpy().sum() == view.counted * 16 == 64 * 16
    assert view.consistent({"n": 8, "k": 8, "g": 4})
    assert view.drawn_by == "frequency"


def test_given_codes_stay_and_the_others_follow_the_draw(trainer: Trainer) -> None:
    view, other = CodesProbe().look(trainer.view, 8), {}
    for draw in (0, 0, 1):
        trainer.view.asks = [asks.Completion(kept=0.25, draw=draw)]
        other[draw] = CompletionProbe().look(trainer.view, 8)
        assert other[draw].kept == 4 and other[draw].drawn_by == "frequency"
        mine, given = other[draw].codes.numpy(), view.codes.numpy()
        assert np.array_equal(mine.reshape(8, -1)[:, :4], given.reshape(8, -1)[:, :4])
    assert not np.array_equal(other[0].codes.numpy(), other[1].codes.numpy())
    assert CompletionProbe().look(trainer.view, 8) == other[1]
    trainer.view.asks = [asks.Completion(kept=1.0)]
    whole = CompletionProbe().look(trainer.view, 8)
    assert np.array_equal(images_of(whole.made), images_of(view.back))
    trainer.view.asks = []
    assert CompletionProbe().look(trainer.view, 8).kept == 8


def test_the_prior_draws_once_it_has_begun(trainer: Trainer) -> None:
    for _ in range(2):
        trainer.step()
    assert drawn_by(trainer.game.variant, trainer.game.phase) == "prior"
    before = trainer.game.weights_hash()
    trainer.view.asks = [asks.Completion(kept=0.5, temperature=0.0)]
    cold = CompletionProbe().look(trainer.view, 8)
    trainer.view.asks = [asks.Completion(kept=0.5, top_k=1, draw=5)]
    assert cold.drawn_by == "prior"
    assert np.array_equal(CompletionProbe().look(trainer.view, 8).codes.numpy(), cold.codes.numpy())
    assert CodesProbe().look(trainer.view, 8).drawn_by == "prior" and trainer.game.weights_hash() == before
    assert msgspec.msgpack.encode(cold)
