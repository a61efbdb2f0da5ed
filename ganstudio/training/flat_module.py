"""A network whose parameters lie in one flat vector, so that an update is a few operations on that vector."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class FlatModule:
    """A network, its parameters, and the vector that they are views of."""

    def __init__(self, module: nn.Module, *, channels_last: bool = False) -> None:
        """Moves the parameters into one vector.

        Args:
            module: The network; its parameters are replaced by views.
            channels_last: Whether the weights of convolutions are stored with their channels last.
        """
        self.module = module
        self.parameters = list(module.parameters())
        self._turned = [channels_last and p.dim() == 4 for p in self.parameters]
        self.flat = self.flattened(p.detach() for p in self.parameters)
        for p, piece in self.views_of(self.flat).items():
            p.data = piece

    def views_of(self, flat: Tensor) -> dict[nn.Parameter, Tensor]:
        """For each parameter its part of a vector like ``flat``, in its shape."""
        views: dict[nn.Parameter, Tensor] = {}
        at = 0
        for p, turned in zip(self.parameters, self._turned, strict=True):
            piece = flat[at : at + p.numel()]
            if turned:
                out, in_, height, width = p.shape
                views[p] = piece.view(out, height, width, in_).permute(0, 3, 1, 2)
            else:
                views[p] = piece.view_as(p)
            at += p.numel()
        return views

    def flattened(self, tensors: Iterable[Tensor]) -> Tensor:
        """Joins tensors shaped like the parameters into one vector, in the order of the parameters."""
        with torch.no_grad():
            return torch.cat([
                (tensor.permute(0, 2, 3, 1) if turned else tensor).reshape(-1)
                for tensor, turned in zip(tensors, self._turned, strict=True)
            ])
