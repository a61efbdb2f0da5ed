"""The running mean of the weights of what generates: its samples change less from step to step than G's own."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganstudio.networks.parts.noise import copied_module

BESIDE = ":"  # between the name of a module other than G and that of its tensor


class Average:
    """w' <- beta w' + (1 - beta) w after each update, beta as the variant says.

    Usually beta rises from .18 to the control's value at the beginning of a run.

    Batch norm's running statistics are averaged with the same weights. Copying them from the generator would
    combine the mean of many weights with the statistics of the last ones. A network whose buffers are running means of
    their own kind (``copies_buffers``: the mean of w in StyleGAN) has them copied: a mean of them would lag behind.

    This is ``torch.optim.swa_utils.AveragedModel`` with an EMA and ``use_buffers=True``, with two differences: beta
    rises at the beginning, and the count is saved in checkpoints and starts again when averaging was off.

    Source: Yazici et al. 2019, The Unusual Effectiveness of Averaging in GAN Training, arXiv:1806.04498; the
    warm-up is that of TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, of: Mapping[str, nn.Module], *, copy_buffers: bool = False) -> None:
        """Begins with the modules as they are.

        Args:
            of: The modules that generate, by name: ``G``, and others that the variant averages beside it.
            copy_buffers: Whether buffers are copied and not averaged.
        """
        self._copy_buffers = copy_buffers
        self.modules = {name: copied_module(module).eval() for name, module in of.items()}
        self._of = dict(of)
        self._parameters: list[Tensor] = _parameters(self.modules)
        self._theirs: list[Tensor] = _parameters(of)
        self.count = 0  # updates in the mean; 0: none yet, or averaging is off

    @property
    def module(self) -> nn.Module:
        """The mean of G."""
        return self.modules["G"]

    def follow(self, decay: float) -> None:
        """Adds the current weights to the mean; a decay of 0 turns averaging off and forgets the mean.

        ``decay``: the share of the old mean that is kept; the first weights are taken as they are.
        """
        if decay == 0:
            self.count = 0
            return
        share = 1 - decay if self.count else 1.0
        self.count += 1
        with torch.no_grad():
            torch._foreach_lerp_(self._parameters, self._theirs, share)
            for ours, theirs in zip(_buffers(self.modules), _buffers(self._of), strict=True):
                if ours.is_floating_point() and not self._copy_buffers:
                    ours.lerp_(theirs, share)
                else:
                    ours.copy_(theirs)

    def state(self) -> dict[str, Tensor]:
        """Weights, statistics, and how many updates are in the mean."""
        beside = {f"{name}{BESIDE}{key}": tensor for name, module in self.modules.items() if name != "G"
                  for key, tensor in module.state_dict().items()}
        return {**self.module.state_dict(), **beside, "count": torch.tensor(self.count)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restores what ``state`` returned.

        If an older version did not average a module, its mean starts from the current weights.
        """
        self.count = int(state["count"])
        own = {name: tensor for name, tensor in state.items() if name != "count" and BESIDE not in name}
        self.module.load_state_dict(own)
        for name, module in self.modules.items():
            if name != "G":
                kept = {key.removeprefix(f"{name}{BESIDE}"): tensor for key, tensor in state.items()
                        if key.startswith(f"{name}{BESIDE}")}
                module.load_state_dict(kept or self._of[name].state_dict())


def _parameters(modules: Mapping[str, nn.Module]) -> list[Tensor]:
    return [parameter for module in modules.values() for parameter in module.parameters()]


def _buffers(modules: Mapping[str, nn.Module]) -> list[Tensor]:
    return [buffer for module in modules.values() for buffer in module.buffers()]
