"""The running mean of a generator's weights, whose samples are steadier than those of the weights themselves."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganstudio.networks.parts.noise import copied_module


class Average:
    """w' <- beta w' + (1 - beta) w after each update, beta rising from .18 to what was asked as a run begins.

    Batch norm's running statistics are averaged with the same weights. Copying them from the generator would
    pair the mean of many weights with the statistics of the last ones.

    This is ``torch.optim.swa_utils.AveragedModel`` with an EMA and ``use_buffers=True``, but for two things: beta rises
    as a run begins, and the count goes into checkpoints and starts again when averaging was off.

    Source: Yazici et al. 2019, The Unusual Effectiveness of Averaging in GAN Training, arXiv:1806.04498; the
    warm-up is that of TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, of: nn.Module) -> None:
        self.module: nn.Module = copied_module(of).eval()
        self._parameters: list[Tensor] = list(self.module.parameters())
        self._of = of
        self._theirs: list[Tensor] = list(of.parameters())
        self.count = 0  # updates in the mean; 0: it is the generator as it began, or averaging was off

    def follow(self, decay: float) -> None:
        """Takes in the weights as they stand; a decay of 0 forgets all that was."""
        if decay == 0:
            self.count = 0
            return
        share = 1 - min(decay, (1 + self.count) / (10 + self.count)) if self.count else 1.0
        self.count += 1
        with torch.no_grad():
            torch._foreach_lerp_(self._parameters, self._theirs, share)
            for ours, theirs in zip(self.module.buffers(), self._of.buffers(), strict=True):
                if ours.is_floating_point():
                    ours.lerp_(theirs, share)
                else:
                    ours.copy_(theirs)

    def state(self) -> dict[str, Tensor]:
        """Weights, statistics and how many updates they are the mean of."""
        return {**self.module.state_dict(), "count": torch.tensor(self.count)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what ``state`` gave."""
        self.count = int(state["count"])
        self.module.load_state_dict({name: tensor for name, tensor in state.items() if name != "count"})
