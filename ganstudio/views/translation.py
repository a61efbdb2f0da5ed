"""Translation: what was given, what was made of it, what is true, and the way back."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.protocol.views import Array, Shape, View


class Translation(View, frozen=True, kw_only=True, tag="translation"):
    """A row for each source; each of the lists below is empty, or has an image for each row."""

    source: Annotated[Array, Shape("n", "h", "w", "c")]
    made: Annotated[Array, Shape("n", "h", "w", "c")]
    truth: Annotated[Array, Shape("(t)", "h", "w", "c")]  # of the same sources; none: it is not known
    pair: Annotated[Array, Shape("(p)", "h", "w", "c")]  # in the data, which G learns from; none: it has no pairs
    back: Annotated[Array, Shape("(b)", "h", "w", "c")]  # what the way back makes of ``made``; none: there is none
    best: Annotated[Array, Shape("(m)", "h", "w", "c")]  # what L1 alone asks for, exactly; none: it is not known
    unseen: bool  # whether the sources are not in the training data
    source_word: str = "source"
    made_word: str = "made"
    domains: list[str] = []  # words for what sources and images are, of a game between two domains; none: no words
    label_maps: bool = False  # whether the sources are maps of classes, shown in the colours of their brushes
    # The other direction, where the game has one: what it starts from, makes, and gets back. Its truth is ``source``.
    other_source: Annotated[Array | None, Shape("n", "h", "w", "c")] = None
    other: Annotated[Array | None, Shape("n", "h", "w", "c")] = None
    other_back: Annotated[Array | None, Shape("n", "h", "w", "c")] = None

    def consistent(self, lengths: dict[str, int]) -> bool:
        both = (self.other_source is None) == (self.other is None) and len(self.domains) in (0, 2)
        return both and all(lengths.get(side, 0) in (0, lengths["n"]) for side in ("(t)", "(p)", "(b)", "(m)"))
