"""One range of colours for the landscapes of several runs, as far as their scores can be compared."""

from __future__ import annotations

LOGITS = "logit"  # the scale of all discriminators whose score is a logit


class ColourLink:
    """What the ends of the colours mean in all linked panels whose scores are on one scale.

    Logits have an undecided middle: all panels that show logits have the same ends. Another score, such as a critic's,
    has no zero, only differences count: each panel keeps its own middle, and all have the same span.
    """

    def __init__(self) -> None:
        self._wanted: dict[int, tuple[str, float, float]] = {}

    def forget(self, owner: int) -> None:
        """A panel shows nothing any more, or is linked no longer."""
        self._wanted.pop(owner, None)

    def ends(self, owner: int, scale: str, low: float, high: float) -> tuple[float, float]:
        """The scores that get the two ends of the colours in a panel.

        Args:
            owner: The panel, by a number of its own.
            scale: What its scores are: ``LOGITS``, or a word that panels have in common whose scores can be compared.
            low: Its lowest score.
            high: Its highest.
        """
        self._wanted[owner] = (scale, low, high)
        alike = [(least, most) for other, least, most in self._wanted.values() if other == scale]
        if scale == LOGITS:
            return min(least for least, _ in alike), max(most for _, most in alike)
        half, middle = max(most - least for least, most in alike) / 2, (low + high) / 2
        return middle - half, middle + half
