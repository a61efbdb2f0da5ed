"""The balance's view against a discriminator whose scores and reconstructions are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.core.probe import GameView
from ganstudio.core.protocol.views import Balance
from ganstudio.probes.balance import SHOWN, BalanceProbe


class Judged:
    """Real images are a hundredth of their place bright, generated ones minus their latent; D adds the pixels up."""

    def __init__(self, *, autoencoder: bool, score: str = "logit") -> None:
        self.real = (torch.arange(100.0) / 100)[:, None, None, None].expand(100, 1, 2, 2)
        self.latents = torch.arange(100.0)[:, None] / 50
        self.variant = SimpleNamespace(
            score_kind=score,
            diagnostics=lambda: {"k": torch.tensor(0.25), "M": torch.tensor(2.0)} if autoencoder else {}
        )
        self._autoencoder = autoencoder

    def generate(self, z: Tensor) -> Tensor:
        return -z[:, :, None, None].expand(len(z), 1, 2, 2)

    def score(self, x: Tensor) -> Tensor:
        return x.flatten(1).sum(1)

    def reconstruction_errors(self, x: Tensor) -> Tensor | None:
        return x.flatten(1).abs().mean(1) if self._autoencoder else None


def look(game: Judged) -> Balance:
    return BalanceProbe().look(cast(GameView, cast(Any, game)), 36)


def test_an_autoencoder_shows_its_errors_and_its_balance() -> None:
    view = look(Judged(autoencoder=True))
    assert view.kind == "reconstruction"
    np.testing.assert_allclose(view.real.numpy(), np.arange(SHOWN) / 100, atol=1e-6)
    np.testing.assert_allclose(view.fake.numpy(), np.arange(SHOWN) / 50, atol=1e-6)
    assert view.readings == {"k": 0.25, "M": 2.0}


@pytest.mark.parametrize("score", ["logit", "value"])
def test_any_other_discriminator_shows_its_scores(score: str) -> None:
    view = look(Judged(autoencoder=False, score=score))
    assert view.kind == score
    np.testing.assert_allclose(view.real.numpy(), 4 * np.arange(SHOWN) / 100, atol=1e-5)
    np.testing.assert_allclose(view.fake.numpy(), -4 * np.arange(SHOWN) / 50, atol=1e-5)
    assert view.readings == {}
