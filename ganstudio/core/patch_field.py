"""Which square of an image each score of a patch discriminator sees."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class PatchField(msgspec.Struct, frozen=True):
    """The score in row i and column j sees ``side`` px from row ``first + i step`` and column ``first + j step`` on."""

    side: int  # px
    step: int  # px from one score to the next
    first: int  # the first pixel that the first score sees; negative where it sees padding
    halvings: int  # layers of stride 2 and more

    def square(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom end of what a score sees, px; beyond the image lies padding."""
        left, top = self.first + column * self.step, self.first + row * self.step
        return left, top, left + self.side, top + self.side


def field_of(layers: Iterable[tuple[int, int, int]]) -> PatchField:
    """The field of convolutions.

    Args:
        layers: Kernel, stride and padding of each, px of its own input, the first layer first.
    """
    side, step, first, halvings = 1, 1, 0, 0
    for kernel, stride, padding in layers:
        first -= padding * step
        side += (kernel - 1) * step
        step *= stride
        halvings += stride > 1
    return PatchField(side, step, first, halvings)
