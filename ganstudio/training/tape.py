"""Written backward passes beside autograd: within some networks each gradient is a formula, joined to autograd outside.

Autograd spends some 5 microseconds on each operation of a small network that takes 2 itself. While a player's terms
are worked out, the tape notes each pass through a network that has a written backward pass
(`core.network.HasBackward`), and gives its output to the terms as a leaf: autograd then works on the scores alone, and
the networks' own formulas do the rest. A pass that autograd must see (its input was made by operations that it
watches, or its slope is asked for) is left to autograd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ganstudio.core.network import HasBackward

Backward = Callable[[Tensor, Any, Mapping[int, Tensor], bool], Tensor | None]


class _Pass(NamedTuple):
    """A pass through a network."""

    outputs: tuple[Tensor, ...]  # leaves, as the terms see them: rows of one output, in their order
    backward: Backward
    kept: Any
    source: int  # the pass that made its input; -1: the input needs no gradient


class Tape:
    """The passes of one update, in their order."""

    def __init__(self) -> None:
        self._passes: list[_Pass] = []
        self._made: dict[int, int] = {}  # id of an output -> its pass; the passes keep their outputs alive
        self._recording = False
        self.alone = True

    def begin(self) -> None:
        """Notes passes from now on; those of the last update are forgotten."""
        self._passes, self._made, self.alone = [], {}, True
        self._recording = True

    def end(self) -> None:
        """Notes no more passes. Begin and end are no context manager: entering one takes as long as a small layer."""
        self._recording = False

    @property
    def is_on(self) -> bool:
        """Whether passes are noted now: not where no gradient is kept."""
        return self._recording and torch.is_grad_enabled()

    @property
    def has_passes(self) -> bool:
        """Whether any pass was noted."""
        return bool(self._passes)

    def leave_to_autograd(self) -> None:
        """Notes that parameters may be part of what autograd watches."""
        self.alone = False

    def through(self, module: HasBackward, x: Tensor) -> Tensor | None:
        """The output of a module for ``x``, as a leaf; None if this pass is autograd's."""
        source = self._made.get(id(x)) if x.requires_grad else -1
        if source is None:
            return None
        with torch.no_grad():
            found = module.forward_kept(x)
        if found is None:
            return None
        made, kept = found
        return self._note((made,), module.backward, kept, source)[0]

    def through_both(self, module: HasBackward, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor] | None:
        """The outputs for two batches that need no gradient, in one pass; None if this pass is autograd's."""
        if first.requires_grad or second.requires_grad:
            return None
        with torch.no_grad():
            found = module.forward_kept(torch.cat([first, second]))
        if found is None:
            return None
        made, kept = found
        n = first.shape[0]
        one, other = self._note((made[:n], made[n:]), module.backward, kept, -1)
        return one, other

    def slope(self, module: HasBackward, x: Tensor) -> Tensor | None:
        """The gradient of a module's score with respect to ``x``, as a leaf; None if this is autograd's."""
        with torch.no_grad():
            found = module.slope_kept(x)
        if found is None:
            return None
        slope, kept = found
        return self._note((slope,), module.slope_backward, kept, -1)[0]

    def gradient(self, terms: Sequence[Tensor], parameters: Sequence[nn.Parameter],
                 into: Mapping[int, Tensor]) -> None:
        """Adds the gradient of the terms' sum with respect to the parameters.

        Args:
            terms: Scalars that were worked out while the tape recorded.
            parameters: Those of the player.
            into: By the ``id`` of each of them a tensor of its shape.
        """
        watched: list[Tensor] = [] if self.alone else list(parameters)
        leaves: list[Tensor] = [output for one in self._passes for output in one.outputs]
        found = torch.autograd.grad(
            [term for term in terms if term.requires_grad], leaves + watched, allow_unused=True)
        with torch.no_grad():
            for parameter, gradient in zip(watched, found[len(leaves):], strict=True):
                if gradient is not None:
                    into[id(parameter)].add_(gradient)
            self._walk_back(list(found[: len(leaves)]), into)
        self._passes, self._made = [], {}

    def _walk_back(self, of_outputs: list[Tensor | None], into: Mapping[int, Tensor]) -> None:
        at = len(of_outputs)
        onward: dict[int, Tensor] = {}  # pass -> what the passes after it send back to its output
        for i in range(len(self._passes) - 1, -1, -1):
            one = self._passes[i]
            at -= len(one.outputs)
            gradient = _joined(of_outputs[at : at + len(one.outputs)], one.outputs)
            if i in onward:
                gradient = onward[i] if gradient is None else gradient + onward[i]
            if gradient is None:
                continue
            back = one.backward(gradient, one.kept, into, one.source >= 0)
            if back is not None:
                onward[one.source] = onward[one.source] + back if one.source in onward else back

    def _note(self, outputs: tuple[Tensor, ...], backward: Backward, kept: Any, source: int) -> tuple[Tensor, ...]:
        for output in outputs:
            output.requires_grad_()
            self._made[id(output)] = len(self._passes)
        self._passes.append(_Pass(outputs, backward, kept, source))
        return outputs


def _joined(gradients: list[Tensor | None], outputs: tuple[Tensor, ...]) -> Tensor | None:
    """The gradients of outputs that are rows of one tensor, as one; None if none has any."""
    if len(gradients) == 1:
        return gradients[0]
    if all(gradient is None for gradient in gradients):
        return None
    return torch.cat([torch.zeros_like(output) if gradient is None else gradient
                      for gradient, output in zip(gradients, outputs, strict=True)])
