"""Board: the image of what the user has drawn."""

from __future__ import annotations

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.board import Board


class BoardProbe(Probe):
    """One forward pass in evaluation mode, with one of the fixed latents: nothing is drawn from the run."""

    name = "board"
    title = "Board"
    kinds = ("image",)
    priority = "on request"
    needs = frozenset({"board"})
    expensive = True
    time_share = 0.05

    def look(self, game: GameView, size: int) -> Board:
        sketch, image = game.translation.sketched()
        drawn = sketch.map is not None
        values = {name: list(words) for name, words in game.data.attribute_values.items()} if sketch.words else {}
        return Board(
            number=sketch.number, latent=sketch.latent, latents=len(game.latents) if game.has_latent else 1,
            image=Array.of(pixels(image[None].numpy())),
            labels=None if sketch.map is None else Array.of(sketch.map.numpy()),
            classes=list(game.data.classes_of_maps) if drawn else [],
            colours=list(game.data.brushes) if drawn else [],
            box=list(sketch.box or ()), points=sketch.points,
            point_names=list(game.data.keypoints) if sketch.points else [], words=sketch.words, values=values)
