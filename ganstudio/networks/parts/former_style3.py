"""States of network `style3` as builds before December 2026 wrote them, read as they are now.

The mean of w was the mapping's then. D's layers had torch's parametrisations: their weights had other names, and lay
behind the biases in the vector that the optimiser moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

FORMER_W_AVG = "map.w_avg"
FORMER_WEIGHT = ".parametrizations.weight.original"
Parts = Mapping[str, Mapping[str, Tensor]]


def reads_former_states(G: nn.Module) -> None:
    """From now on ``load_state_dict`` of a generator takes former states too: those of runs, averages and exports."""
    G.register_load_state_dict_pre_hook(_rename_w_avg)  # type: ignore[no-untyped-call]


def _rename_w_avg(module: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    if prefix + FORMER_W_AVG in state:
        state[f"{prefix}w_avg"] = state.pop(prefix + FORMER_W_AVG)


def present_parts(parts: Parts, modules: Mapping[str, nn.Module]) -> Parts:
    """The parts of a checkpoint, ``module/D`` and others, with those of D as they are now; others are left alone.

    Args:
        parts: Tensors by their names, by the part that they are of.
        modules: Of the game that is to load them.
    """
    if FORMER_W_AVG not in parts.get("module/G", {}):
        return parts
    D = {name.replace(FORMER_WEIGHT, ".weight").replace("score.", "head."): tensor
         for name, tensor in parts["module/D"].items()}
    own = [(name, p.numel()) for name, p in modules["D"].named_parameters()]
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name, _ in own))
    former = sorted(own, key=lambda one: (layers.index(one[0].rpartition(".")[0]), not one[0].endswith(".bias")))
    count = sum(size for _, size in own)

    def reordered(vector: Tensor) -> Tensor:
        if vector.shape != (count,):
            return vector
        pieces = dict(zip((name for name, _ in former), torch.split(vector, [size for _, size in former]), strict=True))
        return torch.cat([pieces[name] for name, _ in own])

    memory = {part: {name: reordered(tensor) for name, tensor in tensors.items()}
              for part, tensors in parts.items() if part.startswith("optimiser/discriminator.")}
    return {**parts, **memory, "module/D": D}
