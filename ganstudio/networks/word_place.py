"""GAWWN's pair: an image by words and a place. G pastes what it makes into a box, D looks there.

G: global path   the words as planes, pasted at the box, down to one vector; joined with z, up to S x S
   region path   z and the words -> 4 x 4 -> S x S, pasted at the box
   both joined, up to the image. S is a quarter of the side.
D: region        features of S x S beside the words, cropped at the box -> one number
   global        features of 4 x 4 beside the words, which are pasted at the box -> one number
With place ``keypoints`` the box is replaced by one map for each key point, and a gate where any of them is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor, nn

from ganstudio.core.control import Choice, Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import ImageControls, Network
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.attribute_codes import code_size, encoded
from ganstudio.maths.spatial_transformer import crop, paste
from ganstudio.networks.parts.image_heads import ScoreHead, num_upsamplings

SMALLEST, LARGEST = 16, 256  # px
BOX = 4  # numbers of a place before the key points
START = 4  # px, the side of the smallest maps
LEAK = 0.2
SD = 0.02  # of the first weights


class WordPlaceControls(ImageControls, frozen=True, kw_only=True):
    """z of 100, width 128 and 1024 numbers of text at 128 px in the paper."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers from which G makes "
                                                                      "one image")] = 32
    place: Annotated[Literal["box", "keypoints"], Choice(
        live=False, help="How a place is given: the box around the figure, or five key points")] = "box"
    width: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels", help="Channels of the largest maps of both players. They "
                                                               "double as the side halves.")] = 12
    words: Annotated[int, Integer(
        4, 256, scale="log", live=False, unit="channels", help="Channels of the words between the layers")] = 24


class WordPlace(Network[WordPlaceControls]):
    """Words and a place to images of 16 to 256 px."""

    name = "word-place"
    title = "Words and place"
    kinds = ("image",)
    needs = frozenset({"attributes", "place"})
    reference = "Reed, Akata, Mohan, Tenka, Schiele, Lee 2016, arXiv:1610.02454, sections 4.1 and 4.2"

    def modules(self, c: WordPlaceControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.attributes or not data.place:
            raise BadInput(f"network {self.name} needs words and a place: its variant must give it both")
        if c.place == "keypoints" and data.place <= BOX:
            raise BadInput("place = keypoints needs data with key points, and this data knows a box alone: use box")
        num_upsamplings(data.x, SMALLEST, LARGEST, self.name)
        D = _Discriminator(data.x[0], data.x[1], c, data)
        return {"D": _init_weights(D, rng("discriminator")),
                "G": _init_weights(_Generator(data.x[0], data.x[1], c, data), rng("generator"))}

    def batch_dependence(self, c: WordPlaceControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return "batch norm"

    def uses_keypoints(self, c: WordPlaceControls) -> bool:
        return c.place == "keypoints"

    def flops(self, c: WordPlaceControls, batch_size: int) -> float:
        return max(2e7, 400.0 * batch_size * 1024 * c.width * c.width)


class _Where(nn.Module):
    """Puts vectors and maps where the figure is: in its box, or on its key points."""

    def __init__(self, keypoints: int, by_box: bool) -> None:
        super().__init__()
        self.by_box, self.keypoints = by_box, keypoints

    @property
    def maps(self) -> int:
        """How many maps say where it is."""
        return 1 if self.by_box else self.keypoints

    def marks(self, place: Tensor, size: int) -> Tensor:
        """Maps of 0 and 1, ``(n, maps, size, size)``: the box, or one for each key point."""
        if self.by_box:
            return paste(place.new_ones(place.shape[0], 1, 1, 1), place[:, :BOX], size)
        points = place[:, BOX:].reshape(place.shape[0], self.keypoints, 2)
        cells = (points * size).long().clamp(0, size - 1)
        maps = place.new_zeros(place.shape[0], self.keypoints, size * size)
        marked = maps.scatter(2, (cells[..., 1] * size + cells[..., 0])[..., None], 1.0)
        return marked.view(place.shape[0], self.keypoints, size, size)

    def put(self, x: Tensor, place: Tensor, size: int) -> Tensor:
        """Maps ``(n, c, h, h)`` where the figure is."""
        if self.by_box:
            return paste(x, place[:, :BOX], size)
        gate = self.marks(place, size).sum(1, keepdim=True).clamp(0, 1)
        wide = nn.functional.interpolate(x, size=(size, size), mode="nearest")
        return wide * gate

    def take(self, x: Tensor, place: Tensor, size: int) -> Tensor:
        """What is where the figure is, ``(n, c, size, size)``."""
        if self.by_box:
            return crop(x, place[:, :BOX], size)
        return nn.functional.adaptive_avg_pool2d(x, size)


def _up(before: int, after: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def _down(before: int, after: int, *, norm: bool = True) -> list[nn.Module]:
    conv = nn.Conv2d(before, after, 4, 2, 1, bias=not norm)
    return [conv, *([nn.BatchNorm2d(after)] if norm else []), nn.LeakyReLU(LEAK)]


def _levels(side: int) -> int:
    """How often a map of ``side`` px is halved until it has 4."""
    return (side // START).bit_length() - 1


class _Generator(nn.Module):
    """Latents, attributes ``(n, a)`` and places ``(n, p)`` -> images ``(n, colours, h, h)``."""

    def __init__(self, colours: int, side: int, c: WordPlaceControls, data: DataShape) -> None:
        super().__init__()
        self.values: Sequence[int] = data.attributes
        self.where = _Where((data.place - BOX) // 2, c.place == "box")
        self.size, w = side // 4, c.width
        deep = _levels(self.size)
        self.words = nn.Sequential(nn.Linear(code_size(data.attributes), c.words), nn.LeakyReLU(LEAK))
        seen: list[nn.Module] = []
        for at in range(deep):
            seen += _down(c.words + self.where.maps if at == 0 else 4 * w, 4 * w)
        before = 4 * w if deep else c.words + self.where.maps
        self.seen = nn.Sequential(*seen, nn.Conv2d(before, 4 * w, START), nn.LeakyReLU(LEAK), nn.Flatten())
        self.whole_start = nn.Linear(4 * w + c.latent_dim, 4 * w * START * START)
        self.region_start = nn.Linear(c.words + c.latent_dim, 4 * w * START * START)
        self.whole, self.region = (
            nn.Sequential(nn.BatchNorm2d(4 * w), nn.ReLU(), *[m for _ in range(deep) for m in _up(4 * w, 4 * w)])
            for _ in range(2))
        self.together = nn.Sequential(
            nn.Conv2d(8 * w + self.where.maps, 4 * w, 3, 1, 1, bias=False), nn.BatchNorm2d(4 * w), nn.ReLU(),
            *_up(4 * w, 2 * w), *_up(2 * w, w), nn.Conv2d(w, colours, 3, 1, 1), nn.Tanh())

    def forward(self, z: Tensor, attributes: Tensor, place: Tensor) -> Tensor:
        words = self.words(encoded(attributes, self.values).to(z.dtype))
        planes = self.where.put(words[:, :, None, None], place, self.size)
        marks = self.where.marks(place, self.size).to(words.dtype)  # places stay exact where features are short
        vector = self.seen(torch.cat([planes, marks], dim=1))
        whole = self.whole(self.whole_start(torch.cat([vector, z], dim=1)).unflatten(1, (-1, START, START)))
        region = self.region(self.region_start(torch.cat([words, z], dim=1)).unflatten(1, (-1, START, START)))
        pasted = self.where.put(region, place, self.size)
        made: Tensor = self.together(torch.cat([whole, pasted, marks], dim=1))
        return made


class _Discriminator(nn.Module):
    """Images, attributes and places -> scores ``(n,)``, logits."""

    def __init__(self, colours: int, side: int, c: WordPlaceControls, data: DataShape) -> None:
        super().__init__()
        self.values: Sequence[int] = data.attributes
        self.where = _Where((data.place - BOX) // 2, c.place == "box")
        self.size, w = side // 4, c.width
        self.words = nn.Sequential(nn.Linear(code_size(data.attributes), c.words), nn.LeakyReLU(LEAK))
        self.looked = nn.Sequential(*_down(colours, 2 * w, norm=False), *_down(2 * w, 4 * w))  # to a quarter
        self.region = nn.Sequential(nn.Conv2d(4 * w + c.words, 4 * w, 3, 1, 1), nn.LeakyReLU(LEAK))
        self.region_head = nn.Sequential(nn.Conv2d(4 * w, 4 * w, 1), nn.LeakyReLU(LEAK), nn.Conv2d(4 * w, 2 * w, 1))
        deep = _levels(self.size)
        self.whole = nn.Sequential(*[m for _ in range(deep) for m in _down(4 * w, 4 * w)])
        self.whole_head = nn.Sequential(
            nn.Conv2d(4 * w + c.words + self.where.maps, 4 * w, 1), nn.LeakyReLU(LEAK), nn.Flatten(),
            nn.Linear(4 * w * START * START, 2 * w))
        self.hidden = nn.Sequential(nn.Linear(4 * w, 2 * w), nn.LeakyReLU(LEAK))
        self.last = ScoreHead(2 * w, 1)

    def forward(self, x: Tensor, attributes: Tensor, place: Tensor) -> Tensor:
        words = self.words(encoded(attributes, self.values).to(x.dtype))[:, :, None, None]
        seen = self.looked(x)
        region = self.region(torch.cat([seen, words.expand(-1, -1, *seen.shape[2:])], dim=1))
        of_region = self.region_head(self.where.take(region, place, START)).mean((2, 3))
        pasted = self.where.put(words, place, START)
        marks = self.where.marks(place, START).to(words.dtype)
        of_whole = self.whole_head(torch.cat([self.whole(seen), pasted, marks], dim=1))
        scores: Tensor = self.last(self.hidden(torch.cat([of_region, of_whole], dim=1))).squeeze(1)
        return scores


def _init_weights(player: nn.Module, rng: Generator) -> nn.Module:
    """The paper's first weights N(0, .02), batch norm's scales N(1, .02), biases 0; of the words He's.

    With N(0, .02) for the words as well they would be some twenty times quieter than the latent and the image beside
    them, and were not learnt; with He's everywhere the place was learnt less well (docs/decisions/022).
    """
    for name, layer in player.named_modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, SD, generator=rng)
        elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            if name.startswith("words."):
                nn.init.kaiming_normal_(layer.weight, a=LEAK, generator=rng)
            else:
                nn.init.normal_(layer.weight, 0.0, SD, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return player
