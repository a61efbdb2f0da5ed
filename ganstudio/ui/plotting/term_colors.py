"""The colour of each term of a loss: the same meaning has the same colour in every variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ganstudio.ui.theme import Theme

SCORES = ("critic", "pairs")  # what a discriminator loses by its scores of real and generated samples together
PENALTIES = ("penalty", "R1")


def term_colors(names: Iterable[str], player_of: Mapping[str, str], theme: Theme) -> dict[str, str]:
    """Term -> ``#rrggbb``: data blue, generated samples orange, D green, G pink, a penalty violet.

    Args:
        names: The terms.
        player_of: Term -> the player that minimises it.
        theme: The palette.
    """
    found: dict[str, str] = {}
    own = {"real": theme.real, "fake": theme.generated, **dict.fromkeys(SCORES, theme.discriminator),
           **dict.fromkeys(PENALTIES, theme.penalty), "generator": theme.generator}
    names = list(names)
    for name in names:
        colour = own.get(name)
        if colour is not None and colour not in found.values():
            found[name] = colour
    spare = [theme.penalty, *theme.others, theme.discriminator, theme.generator, *theme.curves]
    for name in names:
        if name not in found:
            wanted = [theme.generator] if player_of.get(name) == "generator" else []
            free = [colour for colour in (*wanted, *spare) if colour not in found.values()]
            found[name] = free[0] if free else theme.curves[len(found) % len(theme.curves)]
    return {name: found[name] for name in names}
