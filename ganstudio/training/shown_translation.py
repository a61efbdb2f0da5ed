"""What a game makes of given sources, attributes, places and label maps, as probes and the program's user see it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
import numpy as np
import torch
from torch import Tensor

from ganstudio.core.dataset import Batch
from ganstudio.core.examples import Examples
from ganstudio.core.feature_norms import FirstNorms
from ganstudio.core.images import Bytes
from ganstudio.core.network import ScoresPatches
from ganstudio.core.patch_field import PatchField
from ganstudio.core.protocol.views import Array, Picture, Sketch
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Given
from ganstudio.maths.latents import draw_latents
from ganstudio.networks.parts.noise import fixed_noise
from ganstudio.training.first_norms import OneClassFeatures
from ganstudio.training.game import Game
from ganstudio.training.streams import generator_for

if TYPE_CHECKING:
    from ganstudio.training.game_view import ReadOnlyGame

T = TypeVar("T")

MOST_EXAMPLES = 8  # to be translated, in all panels
LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue: ITU-R BT.601, as image libraries have it
SMALLEST_BOX = 1 / 16  # of a sketch, shares of the side


class ShownTranslation:
    """A ``core.probe.TranslationView``: in evaluation mode, and without draws from the run's randomness."""

    def __init__(self, game: Game, view: ReadOnlyGame, seed: int) -> None:
        self._game, self._seed = game, seed
        self._view: ReadOnlyGame = weakref.proxy(view)  # a circle would keep the run until it is collected
        self.sketch_asked: Sketch | None = None
        self.picture_asked: Picture | None = None
        self._examples: Examples | tuple[()] | None = None  # None: not asked for yet

    def translated(self, n: int) -> dict[str, Tensor]:
        """Up to n sources as images, what is made of them, and what is known of them; see ``core.probe``."""
        game = self._game
        batch, given = self._to_translate(n)
        with torch.no_grad(), self._view.still():
            made = game.variant.translate(game.played, given, batch.x)
        assert batch.source is not None
        shown = {"source": game.data.source_images(batch.source), "target": batch.x, **made}
        if not self._examples and game.data.pairs:
            shown["pair"] = batch.x
        if self._examples:
            shown["truth"] = batch.x
            if (best := game.data.least_l1_images(self._examples)) is not None:
                shown["best"] = torch.from_numpy(best[:n]).float().div(127.5).sub(1)
        return shown

    def translate(self, source: Tensor, *, back: bool = False, seed: int = 0) -> Tensor:
        """What is made of sources ``(n, *source_shape)`` from elsewhere, ``(n, *shape)``, with one latent for all.

        Args:
            source: From -1 to 1, or planes of 0 and 1 of label maps.
            back: Whether they are of the images' domain, and go the other way; of variants with both ways alone.
            seed: Of the latent and of noise in layers, the same for all.
        """
        made = self._of_elsewhere(source, seed, lambda given: self._game.variant.translate(
            self._game.played, given, source))
        return made["other" if back else "made"]

    def of_picture(self) -> dict[str, Tensor]:
        """What is made of the picture that is asked for; see ``core.probe``."""
        game = self._game
        if self.picture_asked is None:
            return {}
        pixels = self.picture_asked.pixels.numpy().astype(np.uint8)
        side = (game.data.source_shape or (0,))[-1]
        if pixels.shape != (side, side, 3):  # chosen for another run
            return {}
        images: Bytes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        if not game.data.brushes and game.data.source_shape[0] == 1:
            images = (LUMA @ images.reshape(3, -1)).round().astype(np.uint8).reshape(1, 1, side, side)
        source = game.data.source_of_images(images).to(game.device)

        def translated(given: Given) -> dict[str, Tensor]:
            if "attributes" in game.variant.needs:
                # Of a D that reads none: the first value of each
                read = game.variant.read_attributes(game.played, source)
                first = source.new_zeros(1, len(game.data.attribute_values), dtype=torch.long)
                given = msgspec.structs.replace(given, attributes=first if read is None else read)
            return game.variant.translate(game.played, given, source)

        made = self._of_elsewhere(source, self._seed, translated)
        return {**made, "source": game.data.source_images(source)}

    def change(self, source: Tensor, asked: Sequence[int | None], *, seed: int = 0) -> Tensor:
        """Sources ``(n, *source_shape)`` with attributes that were asked for.

        Args:
            source: From -1 to 1.
            asked: A value for each attribute; None: the one that D reads in the source.
            seed: As of ``translate``.

        Raises:
            BadInput: Nothing is asked of an attribute that no D reads.
        """
        game = self._game

        def changed(given: Given) -> Tensor:
            read = None if None not in asked else game.variant.read_attributes(game.played, source)
            if read is None and None in asked:
                raise BadInput(f"variant {game.variant.name} reads no attributes: each needs a value")
            columns = [torch.full_like(source[:, 0, 0, 0], value).long() if value is not None else
                       cast(Tensor, read)[:, at] for at, value in enumerate(asked)]
            attributes = torch.stack(columns, dim=1)
            return game.variant.change_attributes(game.played, msgspec.structs.replace(given, attributes=attributes))

        return self._of_elsewhere(source, seed, changed)

    def _of_elsewhere(self, source: Tensor, seed: int, make: Callable[[Given], T]) -> T:
        game = self._game
        rng = generator_for(seed, "translate", game.device)
        has_latent = game.network.has_latent
        latent = draw_latents(game.network_controls, 1, rng).expand(len(source), -1) if has_latent else None
        with torch.no_grad(), self._view.looked_at(), fixed_noise(self._view.noisy, rng):
            return make(Given(latent=latent, source=source, phase=self._view.phase, rng=rng))

    def _to_translate(self, n: int) -> tuple[Batch, Given]:
        """Up to n examples that are not in the data, where it knows such, and what G is given of them."""
        game = self._game
        if self._examples is None:
            self._examples = game.data.examples(MOST_EXAMPLES, "unseen", game.variant.needs) or ()
        if self._examples:
            batch = game.data.batch_of(self._examples, game.variant.needs, game.device).rows(slice(n))
        else:
            batch = self._view.batch.rows(slice(n))
        latent = self._view.latents[: len(batch.x)] if game.network.has_latent else None
        return batch, Given(
            latent=latent, label=batch.label, source=batch.source, attributes=batch.attributes, place=batch.place,
            phase=self._view.phase, rng=generator_for(self._seed, "beside the latent", game.device))

    def asked(self, n: int) -> dict[str, Tensor]:
        """Up to n sources, and what is made of each for all that can be asked; see ``core.probe``."""
        game = self._game
        if "label" in game.variant.needs:
            classes, z = len(self._view.class_names), self._view.latents[:n]
            labels = torch.arange(classes, device=z.device).repeat(len(z))
            made = self._view.generate(z.repeat_interleave(classes, 0), labels)
            return {"classes": made.reshape(len(z), classes, *made.shape[1:]).float().cpu()}
        batch, given = self._to_translate(n)
        assert batch.source is not None and batch.attributes is not None
        with torch.no_grad(), self._view.still():
            found = game.variant.asked(game.played, given)
        found = {"source": game.data.source_images(batch.source), "own": batch.attributes, **found}
        return {name: tensor.float().cpu() for name, tensor in found.items()}

    def sketched(self) -> tuple[Sketch, Tensor]:
        """The sketch asked for, or the first one of the data, and its image; see ``core.probe``."""
        game, sketch = self._game, self.sketch_asked or Sketch(number=0)
        batch, given = self._to_translate(MOST_EXAMPLES)
        first = batch.rows(slice(1))
        at = min(sketch.latent, len(self._view.latents) - 1)
        given = msgspec.structs.replace(
            given, latent=self._view.latents[at : at + 1] if game.network.has_latent else None, label=None)
        sketch = msgspec.structs.replace(sketch, latent=at)
        if first.place is not None and first.attributes is not None:
            sketch, attributes, place = self._words_and_place(sketch, first.attributes, first.place)
            given = msgspec.structs.replace(given, attributes=attributes, place=place)
        else:
            assert first.source is not None
            sketch, source = _label_map(sketch, first.source)
            given = msgspec.structs.replace(given, source=source)
        with torch.no_grad(), self._view.still():
            made = game.network.picture(game.variant.generate(game.played, given))
        return sketch, made[0].float().cpu()

    def _words_and_place(self, sketch: Sketch, words: Tensor, place: Tensor) -> tuple[Sketch, Tensor, Tensor]:
        """A sketch's attributes ``(1, a)`` and place ``(1, p)``; what it does not say is that of the given ones."""
        known = self._game.data.attribute_values.values()
        asked = [min(value, len(each) - 1) for value, each in zip(sketch.words, known, strict=False)]
        asked += [int(value) for value in words[0, len(asked) :]]
        own = place[0, :4]
        box = own.tolist() if sketch.box is None else list(sketch.box)
        for low in (0, 1):  # a box of no width has no place for anything
            box[low], box[low + 2] = min(box[low], box[low + 2]), max(box[low], box[low + 2])
            if box[low + 2] - box[low] < SMALLEST_BOX:
                box[low] = min(box[low], 1 - SMALLEST_BOX)
                box[low + 2] = box[low] + SMALLEST_BOX
        there = torch.tensor(box, dtype=place.dtype, device=place.device)
        points = (place[0, 4:].reshape(-1, 2) - own[:2]) / (own[2:] - own[:2])  # key points move with their box
        points = there[:2] + points * (there[2:] - there[:2])
        if 2 * len(sketch.points) == points.numel():
            points = torch.tensor(sketch.points, dtype=place.dtype, device=place.device).clamp(0, 1)
        shown = [(column, row) for column, row in points.clamp(0, 1).tolist()] if self._by_keypoints else []
        sketch = msgspec.structs.replace(
            sketch, map=None, words=asked, box=(box[0], box[1], box[2], box[3]), points=shown)
        return sketch, words.new_tensor([asked]), torch.cat([there, points.flatten()])[None]

    @property
    def _by_keypoints(self) -> bool:
        game = self._game
        return game.network.uses_keypoints(game.network_controls)

    def scored_patches(self, n: int) -> tuple[PatchField, dict[str, Tensor]]:
        """What D says of each patch of up to n images; see ``core.probe``."""
        game = self._game
        D = next((module for module in game.modules.values() if isinstance(module, ScoresPatches)), None)
        if D is None:
            raise ValueError("the discriminator scores no patches")
        batch, given = self._to_translate(n)
        with torch.no_grad(), self._view.still():
            made = game.variant.translate(game.played, given, batch.x)["made"]
            on_made, on_real = (
                D.finest(game.variant.judge(game.played, x, given, game.controls), x.shape[-1])
                for x in (made, batch.x))
        found = {"made": made, "real": batch.x, "on_made": on_made, "on_real": on_real}
        return D.field, {name: tensor.float().cpu() for name, tensor in found.items()}

    def first_norms(self, channels: int, pixels: int) -> FirstNorms:
        """One-class maps before and after each norm of G's first features; see ``core.probe``."""
        return OneClassFeatures(self._game, self._view.latents[:1]).all_norms(channels, pixels)


def _label_map(sketch: Sketch, own: Tensor) -> tuple[Sketch, Tensor]:
    """A sketch's map as planes ``(1, classes, h, h)``, those of ``own`` if it has none of that size."""
    classes, side = own.shape[1:3]
    labels = own[0].argmax(0)
    if sketch.map is not None and sketch.map.shape == (side, side):
        drawn = torch.from_numpy(sketch.map.numpy().copy()).long().clamp(0, classes - 1)
        labels = drawn.to(own.device)
    planes = torch.nn.functional.one_hot(labels, classes).permute(2, 0, 1)[None].to(own.dtype)
    drawn_map = Array.of(labels.to(torch.uint8).cpu().numpy())
    return msgspec.structs.replace(sketch, map=drawn_map, box=None, points=[], words=[]), planes
