"""PacGAN's packs: samples joined along their first axis, all of them scored."""

from __future__ import annotations

import pytest
import torch

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.variant import packed
from ganstudio.training.trainer import Trainer


def test_one_is_the_plain_game() -> None:
    x = torch.randn(5, 2)
    assert packed(x, 1) is x


def test_points_lie_one_after_the_other_in_a_row() -> None:
    x = torch.arange(8.0).view(4, 2)
    assert packed(x, 2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_images_are_joined_as_channels() -> None:
    x = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 3, 2, 2)
    made = packed(x, 2)
    assert made.shape == (2, 6, 2, 2)
    assert made[:, :, 0, 0].tolist() == [[0, 0, 0, 1, 1, 1], [2, 2, 2, 3, 3, 3]]


def test_the_last_pack_is_filled_up_with_the_first_samples() -> None:
    assert packed(torch.arange(5.0)[:, None], 2).tolist() == [[0, 1], [2, 3], [4, 0]]


@pytest.mark.parametrize("variant", ["gan", "wgan-gp", "r1-gan", "r3gan"])
def test_d_has_an_input_for_each_sample_of_a_pack_and_the_game_goes_on(variant: str) -> None:
    trainer = Trainer(Spec(variant=variant, data="ring", device="cpu", threads=1,
                           controls={"packing": 3, "batch_size": 16}, network_controls={"width": 8, "depth": 1}))
    first = next(iter(trainer.game.modules["D"].parameters()))
    assert first.shape[1] == 6
    for _ in range(3):
        trainer.step()
    trainer.flush()
    assert trainer.divergence is None


def test_a_pack_is_looked_at_as_copies_of_one_sample() -> None:
    trainer = Trainer(Spec(variant="gan", data="ring", device="cpu", threads=1, controls={"packing": 2},
                           network_controls={"width": 8, "depth": 1}))
    x = torch.tensor([[0.5, -1.0], [2.0, 0.25]])
    scores = trainer.game.modules["D"](torch.cat([x, x], 1))
    torch.testing.assert_close(trainer.view.score(x), scores)
