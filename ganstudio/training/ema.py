"""The running mean of a generator's weights: its samples change less from step to step than the generator's own."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganstudio.networks.parts.noise import copied_module


class Average:
    """w' <- beta w' + (1 - beta) w after each update; beta rises from .18 to the decay at the beginning of a run.

    Batch norm's running statistics are averaged with the same weights. Copying them from the generator would
    combine the mean of many weights with the statistics of the last ones.

    This is ``torch.optim.swa_utils.AveragedModel`` with an EMA and ``use_buffers=True``, with two differences: beta
    rises at the beginning, and the count is saved in checkpoints and starts again when averaging was off.

    Source: Yazici et al. 2019, The Unusual Effectiveness of Averaging in GAN Training, arXiv:1806.04498; the
    warm-up is that of TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, of: nn.Module) -> None:
        self.module: nn.Module = copied_module(of).eval()
        self._parameters: list[Tensor] = list(self.module.parameters())
        self._of = of
        self._theirs: list[Tensor] = list(of.parameters())
        self.count = 0  # updates in the mean; 0: none yet, or averaging is off

    def follow(self, decay: float) -> None:
        """Adds the current weights to the mean; a decay of 0 turns averaging off and forgets the mean."""
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
        """Weights, statistics, and how many updates are in the mean."""
        return {**self.module.state_dict(), "count": torch.tensor(self.count)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restores what ``state`` returned."""
        self.count = int(state["count"])
        self.module.load_state_dict({name: tensor for name, tensor in state.items() if name != "count"})
