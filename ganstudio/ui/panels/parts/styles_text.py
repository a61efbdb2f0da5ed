"""What the panel Styles says of each page."""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.core.protocol.asks import Mix
from ganstudio.core.system.wording import figure
from ganstudio.views.styles import MovedStyles, RedrawnNoise

ORDINALS = ("first", "second", "third")
READING = (
    "Mixing: each image takes its coarse layers from the face A of its row and its fine ones from the face B of its "
    "column. Noise: a face with the noise redrawn, and where that changes it; the largest change on screen has the "
    "full colour. Directions: w is moved along the axes on which it varies most. ψ draws every w towards their mean, "
    "w_avg; nothing of it trains.")
FAINT = 0.01  # share of the difference between faces: what is below it can hardly be seen
SD_STEP = 0.25  # of a slider that moves w, standard deviations


def sds(step: int) -> str:
    """How far w is moved at this step of its slider."""
    return f"{step * SD_STEP:+.2f}".replace("-", "−") if step else "0"


def noise_name(noisy: Sequence[int], at: int) -> str:
    """A layer with noise by the side of its maps: "4 px", or "second 8 px" if there are several."""
    alike = [index for index, side in enumerate(noisy) if side == noisy[at]]
    if len(alike) == 1:
        return f"{noisy[at]} px"
    place = alike.index(at)
    return f"{ORDINALS[place] if place < len(ORDINALS) else f'{place + 1}th'} {noisy[at]} px"


def crossover_name(layers: Sequence[str], crossover: int) -> str:
    """From which layer on B is followed, in few words."""
    if crossover <= 0:
        return "all B"
    if crossover >= len(layers):
        return "all A"
    return f"B from {short(layers[crossover])}"


def short(layer: str) -> str:
    """The name of a layer without what else its w steers: "second 8 px" of "8 px, second, and colours of 4 px".

    What else tells it from others is in brackets: "16 px (to 2.0 cycles)".
    """
    name, mark, which = layer.partition(", and ")[0].partition(", ")
    return f"{which} {name}" if which in ORDINALS else f"{name} ({which})" if mark else name


def of_mixing(mix: Mix, layers: Sequence[str]) -> str:
    """Which layers follow what."""
    if mix.crossover <= 0:
        first = "All layers follow B: each column is one face."
    elif mix.crossover >= len(layers):
        first = "All layers follow A: each row is one face."
    else:
        first = (f"The row's face A steers the layers up to the {short(layers[mix.crossover - 1])}, the column's face "
                 f"B all later ones.")
    return f"{first} {of_psi(mix.psi)}".rstrip()


def of_psi(psi: float) -> str:
    """What truncation does at this ψ."""
    if psi == 1:
        return ""
    if psi == 0:
        return "ψ = 0: every w is w_avg, so there is one picture."
    if 0 < psi < 1:
        return f"ψ = {figure(psi)}: every w is nearer to w_avg. Faces are more usual, and vary less."
    return f"ψ = {figure(psi)}: further from w_avg than G was trained with."


def of_noise(noise: RedrawnNoise, noisy: Sequence[int], silent: Sequence[int]) -> str:
    """How much the noise changes, and which layer's does."""
    if not noisy:
        return "This G has no layers with noise: the same w always gives the same image."
    if set(silent) >= set(range(len(noisy))):
        return "The noise of all layers is off: the same w always gives the same image."
    shares = [float(share) for share in noise.layers.numpy()]
    first = f"Redrawn noise moves pixels {noise.share:.0%} as far as another face does."
    if noise.share < FAINT:
        return f"{first} Hardly seen: G makes nearly nothing of it."
    most = max(range(len(shares)), key=shares.__getitem__)
    return f"{first} The {noise_name(noisy, most)} layer's alone moves them {shares[most]:.0%}."


def of_directions(mix: Mix, moved: MovedStyles, layers: Sequence[str]) -> str:
    """How far w is moved, in which layers, and along what."""
    shares = moved.variances.numpy()
    steps = [(at, sds) for at, sds in enumerate(mix.moved) if sds and at < len(shares)]
    where = "in all layers" if mix.layer < 0 else f"only for {short(layers[mix.layer])}"
    if not steps:
        return f"Nothing is moved. The {len(shares)} axes hold {shares.sum():.0%} of the variance of w."
    what = ", ".join(f"axis {at + 1} {sds:+.2f}" for at, sds in steps).replace("-", "−")
    return f"w is moved {where}, by standard deviations: {what}."
