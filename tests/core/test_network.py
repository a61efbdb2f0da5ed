"""A network has a generator and a discriminator, or modules of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Generator, nn

from ganstudio.core.dataset import DataShape
from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.system.errors import BadInput


class OfOne(Network[NetworkControls]):
    """A single module."""

    name = "of-one"
    title = "Of one"
    kinds = ("plane",)

    def modules(
        self, c: NetworkControls, data: DataShape, rng: Callable[[str], Generator],
    ) -> dict[str, nn.Module]:
        return {"E": nn.Identity()}

    def flops(self, c: NetworkControls, batch_size: int) -> float:
        return 1.0


def test_modules_of_its_own_are_enough() -> None:
    c = NetworkControls()
    assert list(OfOne().modules(c, DataShape(x=(2,)), lambda purpose: Generator())) == ["E"]
    for method in OfOne().generator, OfOne().discriminator:
        with pytest.raises(BadInput, match="network of-one has no"):
            method(c, (2,), Generator())


def test_half_a_pair_is_refused() -> None:
    with pytest.raises(TypeError, match="Half says nothing of its discriminator: a network has a generator and a disc"):
        class Half(Network[NetworkControls]):
            name = "half"

            def generator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
                return nn.Identity()
