"""One image: how well each scale gives it back, how much varies from each scale on, and whether the patches agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Measure, MeasuredGame, MeasureInput, MetricInfo
from ganstudio.maths.patch_distance import BLUR, SIDE, blurred, patch_sw1
from ganstudio.maths.scale_pyramid import enlarged, reduced
from ganstudio.networks.parts.scales import reconstructions, variations

VARIED = 32  # samples for each start scale
COMPARED = 16  # of the full samples, whose patches are compared
AT_ONCE = 8  # samples: of 250 px they take some 100 MB at the widest layers


class OneImageMeasure(Measure):
    """Numbers of the scales that have been learnt so far, each at its own size."""

    name = "one-image"
    title = "One image"
    kinds = ("image",)
    needs = frozenset({"one image"})
    expensive = True
    numbers = {
        "reconstruction_rmse": MetricInfo(
            title="reconstruction error", better="low", format=".3f",
            help="Root of the mean squared difference over all pixels and colours, which lie between -1 and 1, between "
                 "the image and what the fixed noise gives at the finest scale so far"),
        "start_scale_diversity": MetricInfo(
            title="diversity", better="high", format=".4f",
            help="Standard deviation of a pixel over samples with noise from the coarsest scale on, mean over pixels "
                 "and colours"),
        "patch_sw1": MetricInfo(
            title="patch distance", better="floor", format=".4f",
            help=f"Sliced W1 between the {SIDE}x{SIDE} patches of a sample and those of the image, mean over "
                 f"{COMPARED} samples with noise from the coarsest scale on. Its floor is the mirrored image."),
        "patch_sw1_ceiling": MetricInfo(
            title="patch distance, blurred image", format=".4f",
            help=f"The same number of the image itself, blurred by a Gaussian of {BLUR:g} px"),
    }
    families = {
        "reconstruction_rmse_*": MetricInfo(
            title="error at scale", better="low", format=".3f",
            help="Reconstruction error at a scale, 0 being the coarsest, at its own size; undefined above the finest "
                 "so far"),
        "enlarged_rmse_*": MetricInfo(
            title="error that a scale begins from, scale", format=".3f", detail=True,
            help="Error of the reconstruction of the scale below, enlarged to this one: the blurred image that the "
                 "scale begins from. Undefined at the coarsest."),
        "start_scale_diversity_*": MetricInfo(
            title="diversity from scale", better="high", format=".4f",
            help="Diversity of samples with noise from a scale on, 0 being the coarsest; coarser ones repeat the "
                 "reconstruction. Undefined above the finest so far."),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        image = _image(evidence.data)
        if image is None:
            return numbers
        if evidence.game is None:  # a perfect generator: it has the image's patches, at other places
            numbers["patch_sw1"] = patch_sw1(image, image[:, :, ::-1])
            return numbers
        game = evidence.game
        numbers["patch_sw1_ceiling"] = patch_sw1(image, blurred(image))
        x = torch.from_numpy(image)[None].float().to(game.device)
        last = game.phase.scale
        with torch.no_grad():
            numbers |= _errors(game, x, last)
            samples = variations(game.modules, last, COMPARED, game.rng)
            whole = enlarged(samples, (x.shape[2], x.shape[3])).cpu().numpy()
            numbers["patch_sw1"] = float(np.mean([patch_sw1(sample, image) for sample in whole]))
            for at in range(last + 1):
                numbers[f"start_scale_diversity_{at}"] = _diversity(game, last, at)
        numbers["start_scale_diversity"] = numbers["start_scale_diversity_0"]
        return numbers


def _image(data: Dataset[Any]) -> NDArray[np.float64] | None:
    """The image ``(c, h, w)``, values from -1 to 1; None if the data is of more than one, or it is not there."""
    pixels: Any = getattr(data, "pixels", None)
    if "one image" not in data.abilities or pixels is None or not len(pixels.images):
        return None
    image: NDArray[np.float64] = pixels.images[0].astype(np.float64) / 127.5 - 1
    return image


def _errors(game: MeasuredGame, x: Tensor, last: int) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    below: Tensor | None = None
    for at, made in enumerate(reconstructions(game.modules, last)):
        size = (made.shape[2], made.shape[3])
        real = reduced(x, size)
        if below is not None:
            found[f"enlarged_rmse_{at}"] = _rmse(enlarged(below, size), real)
        found[f"reconstruction_rmse_{at}"] = found["reconstruction_rmse"] = _rmse(made, real)
        below = made
    return found


def _rmse(one: Tensor, other: Tensor) -> float:
    return float((one - other).square().mean().sqrt())


def _diversity(game: MeasuredGame, last: int, start: int) -> float:
    parts = [variations(game.modules, last, AT_ONCE, game.rng, start=start) for _ in range(VARIED // AT_ONCE)]
    return float(torch.cat(parts).std(0).mean())
