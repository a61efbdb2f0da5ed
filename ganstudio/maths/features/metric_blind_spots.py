"""What each number of image quality is blind to, shown on the data set itself with the net that judges it."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Features
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.core.system.resources import cache_folder
from ganstudio.maths.features.feature_nets import FeatureNet, key_of, pixels_of
from ganstudio.maths.features.frechet import frechet_of
from ganstudio.maths.features.image_quality import diversity, inception_score, precision_recall
from ganstudio.maths.features.random_net import calibrated
from ganstudio.maths.kept_arrays import keep

Bytes = NDArray[np.uint8]

SAMPLES = 1000  # images of each kind
SEED = 7
FEW = (100, 300, 1000)  # sample sizes at which FID's bias is shown
BLUR = 1 / 32  # of the side: sd of the blur that the wrongly joined pictures are held against


def blind_spots(data: Dataset[Any], net: FeatureNet) -> list[BlindSpot]:
    """``blindness``, kept in the user's cache folder for the next start."""
    told_by = hashlib.sha256(net.name.encode()).hexdigest()[:8]
    path = cache_folder() / "feature-nets" / f"blind-{key_of(data)}-{told_by}.json"
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=list[BlindSpot])
    spots = blindness(data, net)
    keep(path, msgspec.json.encode(spots))
    return spots


def blindness(data: Dataset[Any], net: FeatureNet, samples: int = SAMPLES) -> list[BlindSpot]:
    """Each blind spot with the numbers that show it; some seconds, once for a data set and net.

    Args:
        data: Images.
        net: What judges them.
        samples: Of each kind of image that is compared.
    """
    rng = torch.Generator().manual_seed(SEED)
    real, other = (pixels_of(data.sample(samples, rng)) for _ in range(2))
    static = noise(real.shape)
    seen, seen_other = net.features(real), net.features(other)
    spots = [memorised(seen, seen_other), arrangement(data, net, real, other), few_samples(seen, seen_other),
             outlier(seen, net.features(static)), pixels_alone(real, static)]
    if seen_other.probabilities is not None:
        spots.insert(1, one_a_class(real, seen, other, seen_other))
    return spots


def memorised(real: Features, copies: Features) -> BlindSpot:
    """Training images handed out as samples."""
    precision, recall = precision_recall(real.values, copies.values)
    values: dict[str, float | None] = {"FID of copies": frechet_of(real.values, copies.values)}
    if real.probabilities is not None and copies.probabilities is not None:
        values |= {"IS of the data": inception_score(real.probabilities),
                   "IS of copies": inception_score(copies.probabilities)}
    return BlindSpot(
        "All of them: memorised images",
        "A generator that copies its training images scores as well as possible. No number here asks whether an image "
        "is new.",
        {**values, "precision of copies": precision, "recall of copies": recall})


def one_a_class(real: Bytes, seen: Features, other: Bytes, seen_other: Features) -> BlindSpot:
    """The one image of each class that the net is surest of, again and again.

    Args:
        real: Images to compare with, ``(n, c, h, h)``.
        seen: Their features.
        other: Images to choose from, ``(m, c, h, h)``.
        seen_other: Their features, with class probabilities.
    """
    assert seen.probabilities is not None and seen_other.probabilities is not None
    sure, named = seen_other.probabilities.max(axis=1), seen_other.probabilities.argmax(axis=1)
    best = [int(np.flatnonzero(named == k)[sure[named == k].argmax()]) for k in np.unique(named)]
    chosen = np.resize(best, len(real))
    values, probabilities = seen_other.values[chosen], seen_other.probabilities[chosen]
    return BlindSpot(
        "IS: one image a class",
        f"The same {len(best)} images again and again, one of each class: their IS is as good as possible. IS asks for "
        "clear classes, equally frequent, and for nothing within a class. Recall and FID see the fault; diversity, a "
        "mean over pairs, hardly does.",
        {
            "IS of the data": inception_score(seen.probabilities),
            "IS of one image a class": inception_score(probabilities),
            "recall": precision_recall(seen.values, values).recall,
            "FID": frechet_of(seen.values, values),
            "diversity": diversity(_flat(real), _flat(other[chosen])),
        })


def arrangement(data: Dataset[Any], net: FeatureNet, real: Bytes, other: Bytes) -> BlindSpot:
    """Halves that changed places against a slight blur, as a net that pools over the picture ranks them."""
    pooling = calibrated(data)
    nets: dict[str, FeatureNet] = {pooling.name: pooling, net.name: net}
    values: dict[str, float | None] = {}
    for name, judge in nets.items():
        seen = judge.features(real).values
        for what, images in (("halves swapped", swapped(other)), ("blurred", blurred(other))):
            values[f"FID by {name.partition(',')[0]}: {what}"] = frechet_of(seen, judge.features(images).values)
    torn, soft = list(values.values())[:2]
    assert torn is not None and soft is not None
    ranked = "rates the swapped pictures better" if torn < soft else "rates the blurred pictures better"
    return BlindSpot(
        "FID: where things are",
        "Pictures with their left and right halves swapped, and pictures slightly blurred. Random filters, pooled "
        f"over the picture, see what there is but hardly where: here that net {ranked}. What FID overlooks depends on "
        "its net.",
        values)


def few_samples(real: Features, other: Features) -> BlindSpot:
    """FID of the data against itself at several sample sizes."""
    sizes = [n for n in FEW if n <= len(real.values)]
    return BlindSpot(
        "FID: how many images",
        "Real images compared with other real images: whatever is above 0 here comes from the number of images alone. "
        "Compare FIDs only at the same number of images, and with the floor.",
        {f"FID of {n:,} images": frechet_of(real.values[:n], other.values[:n]) for n in sizes})


def outlier(real: Features, static: Features) -> BlindSpot:
    """What one picture of noise among the real ones does to precision: its ball reaches to the data."""
    noisy = np.concatenate([real.values[1:], static.values[:1]])
    return BlindSpot(
        "Precision: one outlier",
        "Generated: nothing but noise. One picture of noise among the real ones has distant nearest neighbours, so "
        "its ball is huge and contains all the noise. Recall has the same weakness.",
        {
            "precision of noise": precision_recall(real.values, static.values[1:]).precision,
            f"with 1 of {len(noisy):,} real images noise": precision_recall(noisy, static.values[1:]).precision,
        })


def pixels_alone(real: Bytes, static: Bytes) -> BlindSpot:
    """Diversity of noise."""
    return BlindSpot(
        "Diversity: noise",
        "Distances between pixels do not ask what varies: noise counts as variety, and so does moving an image by a "
        "pixel or two. Look at precision too.",
        {
            "diversity of the data": 1.0,
            "diversity of noise": diversity(_flat(real), _flat(static)),
            "of the data, each moved by up to 2 px": diversity(_flat(real), _flat(moved(real))),
        })


def swapped(images: Bytes) -> Bytes:
    """Left and right halves in each other's place."""
    return np.roll(images, images.shape[-1] // 2, axis=-1)


def blurred(images: Bytes) -> Bytes:
    """By a Gaussian whose sd is a 32nd of the side."""
    from scipy.ndimage import gaussian_filter1d  # here: 0.1 s that the engine's greeting need not take

    sd = BLUR * images.shape[-1]
    soft = gaussian_filter1d(gaussian_filter1d(images.astype(np.float32), sd, axis=-1), sd, axis=-2)
    return soft.round().astype(np.uint8)


def moved(images: Bytes) -> Bytes:
    """Each by -2 to 2 px along both axes, what leaves on one side coming back on the other."""
    steps = np.random.default_rng(SEED).integers(-2, 3, (len(images), 2))
    return np.stack([np.roll(image, step, axis=(-2, -1)) for image, step in zip(images, steps.tolist(), strict=True)])


def noise(shape: tuple[int, ...]) -> Bytes:
    """Every pixel of every colour by chance."""
    return np.random.default_rng(SEED).integers(0, 256, shape, dtype=np.uint8)


def _flat(images: Bytes) -> NDArray[np.float32]:
    return images[:500].reshape(min(len(images), 500), -1).astype(np.float32)
