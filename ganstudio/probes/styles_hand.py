"""Styles as the user's hand asks for them: crossover, truncation, noise, and w moved along its directions."""

from __future__ import annotations

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.asks import Mix
from ganstudio.maths.principal_directions import Principal, principal_directions
from ganstudio.networks.parts.style_look import StyleLook
from ganstudio.probes.parts.style_pages import DIRECTIONS, StylePages
from ganstudio.views.styles import Styles

MANY = 4000  # w whose directions are found
KNOWN_BY = 16  # w that tell whether the mapping is still the same


class StylesHandProbe(Probe):
    """A page at a time; nothing if nothing is asked."""

    name = "styles-hand"
    title = "Styles, as asked for"
    kinds = ("image",)
    priority = "on request"
    needs = frozenset({"styles"})
    expensive = True
    time_share = 0.04

    def __init__(self) -> None:
        self._found: tuple[bytes, Principal] | None = None  # of the weights that the mapping had

    def look(self, game: GameView, size: int) -> Styles:
        mix = game.asked_for(Mix)
        with game.at_rest() as modules:
            pages = StylePages(modules["G"], game.latents, lambda look: self._directions(game, look))
            return pages.nothing() if mix is None else pages.answer(mix)

    def _directions(self, game: GameView, look: StyleLook) -> Principal:
        """The principal directions of W: those found last, if the mapping gives the same w as then."""
        known_by = look.w(game.latents[:KNOWN_BY]).cpu().numpy().tobytes()
        if self._found is None or self._found[0] != known_by:
            self._found = known_by, principal_directions(look.w(game.many_latents(MANY)), DIRECTIONS)
        return self._found[1]
