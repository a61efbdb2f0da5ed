"""``ganstudio sample`` of a run of one image: a canvas of any size, and noise from a scale on."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.commands import arguments
from ganstudio.core.protocol.asks import MOST_LAYERS, Variation
from ganstudio.core.system.errors import BadInput

if TYPE_CHECKING:
    from torch import Generator

    from ganstudio.training.trainer import Trainer

AT_ONCE = 16  # samples


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--canvas", default=None, metavar="WxH",
                        help="of a run of one image: width and height over the image's, as in 2x1 (default: 1x1)")
    parser.add_argument("--from-scale", default=None, metavar="K",
                        help="of a run of one image: the scale from which on noise is drawn; coarser ones, with "
                             "smaller numbers, repeat the reconstruction (default: 0, the coarsest)")


def asked(canvas: str | None, from_scale: str | None) -> Variation | None:
    """What is asked for; None: nothing.

    Raises:
        BadInput: It is no canvas or no scale.
    """
    if canvas is None and from_scale is None:
        return None
    given = "1x1" if canvas is None else canvas
    shares = re.fullmatch(r"(\d+\.?\d*|\.\d+)x(\d+\.?\d*|\.\d+)", given)
    if shares is None:
        raise BadInput(f"--canvas takes width x height over the image's, as in 2x1, not '{given[:60]}'")
    start = arguments.whole("--from-scale", "0" if from_scale is None else from_scale, 0, MOST_LAYERS)
    wanted = Variation(start=start, wide=float(shares[1]), high=float(shares[2]))
    try:
        wanted.check()
    except BadInput as fault:
        raise BadInput(f"--canvas {given[:60]}: {fault}") from None
    return wanted


def samples(trainer: Trainer, wanted: Variation, n: int, rng: Generator) -> NDArray[np.float32]:
    """Samples ``(n, c, h, w)`` as they are asked for.

    Raises:
        BadInput: The run is none of one image, or has not come to that scale.
    """
    from ganstudio.networks.parts.scales import variations

    game = trainer.game
    if "one image" not in game.variant.needs_data:
        raise BadInput("--canvas and --from-scale are for runs of a variant that learns one image scale by scale: "
                       f"{game.variant.name} does not")
    last = game.phase.scale
    if wanted.start > last:
        raise BadInput(f"--from-scale {wanted.start} is not there yet: the run is at scale {last} of 0 to "
                       f"{game.phase.levels - 1}")
    with trainer.view.at_rest() as modules:
        parts = [variations(modules, last, AT_ONCE, rng, start=wanted.start, wide=wanted.wide, high=wanted.high)
                 for _ in range(0, n, AT_ONCE)]
    made: NDArray[np.float32] = np.concatenate([part.float().cpu().numpy() for part in parts])[:n]
    return made
