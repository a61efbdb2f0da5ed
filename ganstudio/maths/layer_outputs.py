"""What the layers of a network put out during a forward pass, so that gradients can be asked for there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

LAYERS: frozenset[Any] = frozenset({
    torch.nn.functional.linear, torch.nn.functional.conv2d, torch.nn.functional.conv_transpose2d,
})


class LayerOutputs(TorchFunctionMode):
    """Collects the output of every linear and convolutional layer that is called while it is entered.

    Hooks on modules would miss networks that call the function itself with a module's weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.outputs: list[Tensor] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in LAYERS:
            self.outputs.append(result)
        return result


def gradient_norms(loss: Tensor, outputs: Sequence[Tensor]) -> Tensor:
    """Root mean square over the samples of the norm of dL/dh at each layer.

    Args:
        loss: A scalar.
        outputs: ``(n, *)`` each.

    Returns:
        ``(layers,)``, float64; 0 if the loss does not depend on a layer.
    """
    if not outputs:
        return torch.zeros(0, dtype=torch.float64)
    gradients = torch.autograd.grad(loss, list(outputs), allow_unused=True, materialize_grads=True)
    # float32 squares underflow at a norm of 1e-23, which a clipped critic reaches within eight layers
    return torch.stack([g.double().flatten(1).square().sum(dim=1).mean().sqrt() for g in gradients])
