"""Small players for any variant: on points, where it plays on them, else on images that carry what it needs."""

from __future__ import annotations

from typing import Any

from ganstudio.core.control import Controls, Value, declared
from ganstudio.core.dataset import Dataset
from ganstudio.core.leaves import leaves
from ganstudio.core.network import Network
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.variant import Variant

VARIANTS: dict[str, type[Variant[Any]]] = leaves("ganstudio.variants", Variant)
NETWORKS: dict[str, type[Network[Any]]] = leaves("ganstudio.networks", Network)
DATASETS: dict[str, type[Dataset[Any]]] = leaves("ganstudio.datasets", Dataset)
LINE, PLANE = "mixture", "ring"
IMAGES = ("digits", "scenes", "faces")  # tried in this order
OWN = {"cyclegan": "seasons", "singan": "one-image"}  # two sets that are not paired; a single image
COUNT = 100  # images
NARROW: dict[str, Value] = {"width": 4, "width_d": 4, "hidden": 4, "words": 4, "style_dim": 4, "blocks": 1,
                            "prior_layers": 1, "prior_heads": 1, "prior_width": 8}


def images_for(variant: str) -> str:
    """The image set with the least beside its images that a variant can play on."""
    needs = VARIANTS[variant].needs - {"label"}  # digits are labelled
    fitting = IMAGES[1:] if "source" in needs else IMAGES  # scenes know more of a source than digits do
    return OWN.get(variant) or next(data for data in fitting if needs <= DATASETS[data].gives)


def data_for(variant: str) -> str:
    """The ring, where a variant plays on points, else images."""
    return PLANE if "plane" in VARIANTS[variant].kinds else images_for(variant)


def network_for(variant: str) -> str:
    """The network that a variant plays with on images."""
    return next(iter(VARIANTS[variant].networks), "dcgan")


def narrow(network: str, resolution: int) -> dict[str, Value]:
    """Controls of a network for images as narrow as it may be."""
    asked: type[Controls] = NETWORKS[network].controls_type()
    wanted: dict[str, Value] = {**NARROW, "resolution": resolution}
    return {name: value for name, value in wanted.items() if name in declared(asked)}


def side_for(network: str) -> int:
    """The side of small images for a network, px: those that translate or place begin at 16."""
    return 16 if NETWORKS[network].needs else 8


def small(variant: str, data: str = "") -> Spec:
    """A variant with small players on a data set, or on the one that suits it."""
    data = data or data_for(variant)
    if DATASETS[data].kinds != ("image",):
        return Spec(variant=variant, data=data, network_controls={"width": 16, "depth": 2})
    network = network_for(variant)
    asked: type[Controls] = NETWORKS[network].controls_type()
    own: dict[str, Value] = {"width": 4, "resolution": 8} if "resolution" in declared(asked) else {"width": 4}
    if NETWORKS[network].needs:
        own = narrow(network, side_for(network))
    of_data: type[Controls] = DATASETS[data].controls_type()
    few: dict[str, Value] = {"count": COUNT} if "count" in declared(of_data) else {}
    return Spec(variant=variant, data=data, data_controls=few, network_controls=own, dtype="float32",
                memory="contiguous")
