"""Lets a game on any device draw what a game on the CPU draws, so that the two can be compared.

A GPU's generators give other numbers than the CPU's. Here every generator of a game is the CPU's; what is drawn from it
goes to the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from ganstudio.core.dataset import Batch
from ganstudio.training.game import Game
from ganstudio.training.streams import generator_for

CPU = torch.device("cpu")


class _OnTheCPU(TorchFunctionMode):
    """Runs each draw from a generator of the CPU there, and brings the result to where it was asked for."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        rng = named.get("generator")
        if not isinstance(rng, Generator) or rng.device != CPU:
            return func(*args, **named)
        tensors = [leaf for leaf in tree_leaves((args, named)) if isinstance(leaf, Tensor)]
        device = torch.device(named.get("device") or (tensors[0].device if tensors else CPU))
        if device.type == "meta":  # a rehearsal: nothing is drawn
            return func(*args, **named)
        if "device" in named:
            named["device"] = CPU
        here, with_names = tree_map(lambda leaf: leaf.to(CPU) if isinstance(leaf, Tensor) else leaf, (args, named))
        made = func(*here, **with_names)
        if getattr(func, "__name__", "").endswith("_") and tensors:  # in place
            with torch.no_grad():
                return tensors[0].copy_(made)
        return tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, Tensor) else leaf, made)


def _moved(batch: Batch, device: torch.device) -> Batch:
    parts: dict[str, Any] = {name: part.to(device) for name in ("x", "label", "source", "attributes", "place")
                             if (part := getattr(batch, name)) is not None}
    return replace(batch, **parts)


@contextmanager
def draws_of_the_cpu() -> Iterator[None]:
    """Games that are made in the block draw from generators of the CPU."""
    draw, latent = Game._draw, Game._latent
    with pytest.MonkeyPatch.context() as patch, _OnTheCPU():
        patch.setattr("ganstudio.training.game.generator_for",
                      lambda seed, purpose, _: generator_for(seed, purpose, CPU))
        patch.setattr(Game, "_draw", lambda game, *given: _moved(draw(game, *given), game.device))
        patch.setattr(Game, "_latent", lambda game, *given: latent(game, *given).to(game.device))
        yield
