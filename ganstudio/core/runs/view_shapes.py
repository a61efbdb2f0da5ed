"""The shapes that the arrays of a view have. A view from a file of an unknown source is checked against them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from ganstudio.core.images import images_of
from ganstudio.core.protocol.views import (
    Array,
    Balance,
    Boundary,
    Gradients,
    Interpolation,
    Landscape,
    Line,
    Manifold,
    ModeCount,
    Points,
    Pyramid,
    Samples,
    View,
)

# A letter is the same length everywhere in a view, and at least 1; one in brackets may be 0; of a list,
# each array for itself. "c" is 1 or 3. Images, and only those, are bytes.
Shape = tuple[int | str, ...]
SHAPES: dict[type[msgspec.Struct], dict[str, Shape]] = {
    ModeCount: {"centres": ("k", 2), "radius": ("k",), "share": ("k",), "nearest": ("k",), "needed": ("k",)},
    Points: {"real": ("n", 2), "fake": ("m", 2)},
    Landscape: {"values": ("s", "s"), "at": ("m", 2), "gradient": ("m", 2)},
    Boundary: {"at": ("(k)", 2)},
    Line: {"x": ("n",), "data": ("n",), "generator": ("n",), "score": ("n",), "optimum": ("n",), "latents": ("m",),
           "reached": ("m",)},
    Manifold: {"at": ("n", "m", 2), "density": ("p", "q"), "stretch": ("p", "q")},
    Gradients: {"discriminator": ("d",), "generator": ("g",), "received": ("n",), "edges": ("e",), "weights": ("w",),
                "singular": ("r",)},
    Samples: {"real": ("m", "h", "w", "c"), "fake": ("n", "h", "w", "c")},
    Interpolation: {"images": ("n", "h", "w", "c"), "anchors": ("a", "h", "w", "c"), "norms": ("n",)},
    Pyramid: {"real": ("n", "r", "r", "c"), "fake": ("n", "r", "r", "c")},
    Balance: {"real": ("n",), "fake": ("m",)},
}
MOST = 8192  # along any side: no panel shows more, and what compares each with each would need gigabytes
SCORES = ("logit", "value", "reconstruction")


def check(view: View) -> None:
    """Whether a view is one that a probe could have made.

    Raises:
        ValueError: An array has another shape than its kind of view, or a number cannot be.
    """
    lengths: dict[str, int] = {}
    for owner in (view, view.modes) if isinstance(view, Points) and view.modes is not None else (view,):
        for name, shape in SHAPES[type(owner)].items():
            value = getattr(owner, name)
            if isinstance(value, list):
                for one in value:
                    _check_array(name, one, shape, {})
            elif value is not None:
                _check_array(name, value, shape, lengths)
    if any(_wrong(view, lengths)):
        raise ValueError(f"a view of the kind {type(view).__name__.lower()} holds what does not go together")


def _check_array(name: str, array: Array, shape: Shape, lengths: dict[str, int]) -> None:
    # Each of them is a look at the bytes, and a ValueError if those do not fit.
    values = images_of(array) if shape[-1] == "c" else array.doubles() if array.dtype == "f8" else array.numpy()
    fits = values.ndim == len(shape) and (array.dtype == "u1") == (shape[-1] == "c")
    for letter, length in zip(shape, values.shape, strict=False):
        if isinstance(letter, int):
            fits &= letter == length
        elif not letter.startswith("("):
            fits &= length > 0 and lengths.setdefault(letter, length) == length and (letter != "c" or length in (1, 3))
    fits &= all(length <= MOST for length in values.shape)
    if not fits:
        raise ValueError(f"'{name}' has the shape {values.shape} of {array.dtype}, which it cannot have")


def _wrong(view: View, lengths: dict[str, int]) -> Iterator[bool]:
    """What the shapes of single arrays do not say."""
    match view:
        case Landscape(low=low, high=high, kind=kind):
            yield not (math.isfinite(low) and math.isfinite(high) and low < high) or kind not in SCORES
            yield lengths["s"] < 2
        case Line(kind=kind, latents=latents, reached=reached):
            yield kind not in SCORES or (latents is None) != (reached is None)
            yield lengths["n"] < 2
        case Manifold(latent_dim=latent_dim):
            yield (lengths["p"], lengths["q"]) != (max(lengths["n"] - 1, 1), lengths["m"] - 1) or latent_dim < 1
        case Gradients():
            yield lengths["e"] != lengths["w"] + 1
        case Interpolation(walk=walk):
            yield lengths["n"] != len(walk.at) or lengths["a"] != len(walk.anchors)
        case Pyramid(real=real, fake=fake, level=level, levels=levels, alpha=alpha, shown=shown, lasts=lasts):
            none_yet = not real and not fake and level == levels == 0
            grown = len(real) == len(fake) == level + 1 <= levels <= 16
            yield not (none_yet or grown)
            yield not 0 <= alpha <= 1 or shown < 0 or lasts < 0
        case Balance(kind=kind):
            yield kind not in SCORES
        case _:
            yield False
