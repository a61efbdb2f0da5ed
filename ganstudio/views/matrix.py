"""Matrix: what G makes of each source, or latent, for each thing that can be asked of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ganstudio.core.protocol.views import Array, Shape, View

By = Literal["attributes", "latents", "references", "classes"]


class Asked(msgspec.Struct, frozen=True):
    """A column: what is asked of every row."""

    title: str
    group: str  # the attribute that it is a value of; empty if there is but one group
    own: list[int] = []  # the rows that have it already: nothing should change


class Matrix(View, frozen=True, kw_only=True, tag="matrix"):
    """The same rows at every look, and a table for each way of asking: the lists have one entry for each table."""

    source: Annotated[Array, Shape("(n)", "h", "w", "c")]  # of each row; none: rows are latents
    rows: int
    by: list[By]
    columns: list[list[Asked]]
    made: Annotated[list[Array], Shape("k", "h", "w", "c")]  # row by row
    heads: Annotated[list[Array], Shape("(r)", "h", "w", "c")]  # an image above each column; none: there are none

    def consistent(self, lengths: dict[str, int]) -> bool:
        tables = (self.by, self.columns, self.made, self.heads)
        if not self.by or len({len(part) for part in tables}) > 1 or self.source.shape[0] not in (0, self.rows):
            return False
        return all(
            made.shape[0] == self.rows * len(columns) and heads.shape[0] in (0, len(columns))
            and all(0 <= row < self.rows for column in columns for row in column.own)
            for columns, made, heads in zip(self.columns, self.made, self.heads, strict=True))
