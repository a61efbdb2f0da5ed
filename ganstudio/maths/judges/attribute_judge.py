"""Who reads the attributes of an image: a formula, if the data has one, else a net that was trained for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.examples import Bytes
from ganstudio.maths.judges.attribute_net import HasAttributes, attribute_net


@runtime_checkable
class ReadsAttributes(Protocol):
    """A data set that may read the factors of any image by a formula."""

    def read_attributes(self, images: Bytes) -> Mapping[str, NDArray[np.int64]] | None: ...


class AttributeJudge(Protocol):
    """Reads attributes; ``name`` is the words beside each number, ``values`` how many values each has."""

    values: dict[str, int]

    @property
    def name(self) -> str: ...

    def read(self, images: Bytes, boxes: NDArray[np.float32] | None = None) -> dict[str, NDArray[np.int64]]: ...


class FormulaJudge:
    """Reads images as their data set does, without a net: nothing is learnt, and true images are read without a fault.

    Attributes:
        values: The names of what it reads, and how many values each has.
    """

    def __init__(self, data: ReadsAttributes, name: str, values: Mapping[str, Sequence[str]]) -> None:
        self._data, self._name = data, name
        self.values = {attribute: len(words) for attribute, words in values.items()}

    @property
    def name(self) -> str:
        """The words beside each number."""
        return f"formula of {self._name}: colour and moments"

    def read(self, images: Bytes, boxes: NDArray[np.float32] | None = None) -> dict[str, NDArray[np.int64]]:
        """The attributes by name, ``(n,)`` each, of images ``(n, c, h, h)``; boxes are not looked at."""
        found = self._data.read_attributes(images)
        assert found is not None
        return dict(found)


def attribute_judge(data: object) -> AttributeJudge:
    """The judge of a data set's attributes; a net is trained at the first call.

    Raises:
        TypeError: The data set has none (``HasAttributes``).
    """
    if isinstance(data, HasAttributes) and isinstance(data, ReadsAttributes):
        nothing = np.zeros((0, *data.shape), np.uint8)
        if data.read_attributes(nothing) is not None:
            return FormulaJudge(data, data.name, data.judged_values)
    return attribute_net(data)
