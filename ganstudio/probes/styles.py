"""Styles: the mixing grid as it is without a hand, so that it can be looked back at."""

from __future__ import annotations

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.asks import Mix
from ganstudio.probes.parts.style_pages import StylePages
from ganstudio.views.styles import Styles


class StylesProbe(Probe):
    """The first of the fixed latents are the sources; the noise is one draw, the same in all images."""

    name = "styles"
    title = "Styles"
    kinds = ("image",)
    priority = "if seen"
    needs = frozenset({"styles"})
    expensive = True
    time_share = 0.03

    def look(self, game: GameView, size: int) -> Styles:
        with game.at_rest() as modules:
            return StylePages(modules["G"], game.latents).answer(Mix())
