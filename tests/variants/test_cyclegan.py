"""CycleGAN: its pool is a pool, and is part of a checkpoint."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.protocol.spec import Spec
from ganstudio.training.game_state import game_state
from ganstudio.training.trainer import Trainer
from ganstudio.variants.cyclegan import ImagePool

SIZE = 50


def numbered(number: int) -> torch.Tensor:
    return torch.full((1, 1, 1, 1), float(number))


def test_half_are_fresh_and_older_ones_are_a_hundred_images_old() -> None:
    pool, rng = ImagePool(), torch.Generator().manual_seed(0)
    ages = np.array([number - int(pool.exchanged(numbered(number), SIZE, rng)) for number in range(20_000)])
    assert (ages[:SIZE] == 0).all()  # the pool fills up
    later = ages[2000:]
    assert abs((later == 0).mean() - 0.5) < 0.02
    stored = later[later > 0]
    # An image stays until it is drawn: each query draws it with chance 1/2 x 1/50, so 100 queries on average.
    assert abs(stored.mean() - 100) < 5 and abs(later.mean() - 50) < 3


def test_what_is_in_the_pool_does_not_change_under_d() -> None:
    pool, rng = ImagePool(), torch.Generator().manual_seed(0)
    made = torch.ones(1, 1, 2, 2, requires_grad=True)
    shown = pool.exchanged(made * 2, 1, rng)
    assert pool.images is not None and not pool.images.requires_grad and not shown.requires_grad
    for _ in range(20):
        shown = pool.exchanged(torch.zeros(1, 1, 2, 2), 1, rng)
        if float(shown.max()) == 2:
            break
    assert float(shown.max()) == 2 and float(pool.images.max()) == 0  # a copy was handed out


def small(seed: int = 0) -> Trainer:
    return Trainer(Spec(variant="cyclegan", data="seasons", device="cpu", threads=1, dtype="float32", seed=seed,
                        controls={"batch_size": 2, "pool_size": 3}, data_controls={"count": 100},
                        network_controls={"width": 2, "width_d": 2, "blocks": 1}))


def test_the_pool_is_part_of_a_checkpoint() -> None:
    trainer = small()
    for _ in range(4):
        trainer.step()
    state = game_state(trainer.game)
    pools = {name: tensor for name, tensor in state.items() if "pool_" in name}
    assert sorted(pools) == ["variant/pool_a", "variant/pool_b"]
    assert all(len(tensor) == 3 for tensor in pools.values())


def test_the_two_seasons_of_a_batch_are_of_other_layouts() -> None:
    trainer = small()
    data = trainer.game.data
    drawn = data.draw(2000, torch.Generator().manual_seed(0), frozenset({"source"}))
    assert abs(float(torch.corrcoef(drawn.T.float())[0, 1])) < 0.08


