"""Features of an attribute net: the mean over each of its 96 last maps, whitened over real images.

The attributes of an image are linear in those maps: so the features tell apart what attributes are made of, such as
background, skin and hair. Whitened they have mean 0, spread 1 and no correlation, as an FID takes all directions alike.
"""

from __future__ import annotations

from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from ganstudio.core.examples import Bytes
from ganstudio.core.measure import Features
from ganstudio.maths.judges.attribute_net import AttributeNet, HasAttributes, attribute_net, key_of_net
from ganstudio.maths.judges.judge_net import Weights, kept_judge

FEATURES = 96
WHITENED_ON = 3000  # images
AT_ONCE = 250
VERSION = 1  # of all that they depend on beside the net


@runtime_checkable
class SeenByAttributes(HasAttributes, Protocol):
    """A data set whose FID rests on its attribute net."""

    @property
    def label_attribute(self) -> str:
        """The attribute that is its label, by its name in ``judged_values``; empty if none is."""
        ...


def judged_by_attributes(data: object) -> TypeGuard[SeenByAttributes]:
    """Whether a data set's FID rests on its attribute net."""
    return isinstance(data, SeenByAttributes)


class TellsClasses(Protocol):
    """A feature net with probabilities of labels."""

    def features(self, images: Bytes) -> Features: ...


class AttributeFeatures:
    """A feature net (``feature_nets.FeatureNet``): 96 whitened features of an attribute net.

    Attributes:
        judge: The net.
    """

    def __init__(
        self, judge: AttributeNet, whitening: Weights, label: str = "", classes: TellsClasses | None = None,
    ) -> None:
        """Takes what was made.

        Args:
            judge: The net.
            whitening: ``mean`` ``(96,)`` of the means of its last maps, and ``matrix`` ``(96, 96)``.
            label: The attribute that is the label; empty if none is.
            classes: Tells the labels apart, if no attribute does.
        """
        self.judge, self._whitening, self._label, self._classes = judge, whitening, label, classes

    @property
    def name(self) -> str:
        """The words beside each number."""
        return self.judge.name

    @property
    def description(self) -> str:
        """What it is."""
        return (f"A small net of ours that reads {len(self.judge.values)} attributes of an image, "
                f"{self.judge.score:.1%} of them right. The means of its {FEATURES} last maps are whitened over real "
                "images.")

    @torch.no_grad()
    def features(self, images: Bytes) -> Features:
        """Features ``(n, 96)`` of images ``(n, c, h, h)``, and the probabilities of the labels."""
        parts = [self.seen(torch.from_numpy(images[at : at + AT_ONCE]).float().div_(127.5).sub_(1))
                 for at in range(0, len(images), AT_ONCE)]
        values = torch.cat(parts).double().numpy() if parts else np.zeros((0, FEATURES))
        probabilities = None
        if self._label and parts:
            probabilities = self.judge.shares(images)[self._label]
        elif self._classes is not None:
            probabilities = self._classes.features(images).probabilities
        return Features(net=self.name, values=values, probabilities=probabilities)

    def seen(self, x: Tensor) -> Tensor:
        """Features ``(n, 96)`` of images ``(n, c, h, h)`` from -1 to 1, on the CPU, of their type."""
        mean, matrix = (self._whitening[name].to(x.dtype) for name in ("mean", "matrix"))
        return (self.judge.last_map(x).mean((2, 3)) - mean) @ matrix


def attribute_features(data: HasAttributes, classes: TellsClasses | None = None) -> AttributeFeatures:
    """The features of a data set's attribute net; the net is trained at the first call.

    Args:
        data: The data set.
        classes: Tells its labels apart, if they are none of its attributes.
    """
    judge = attribute_net(data)
    whitening, _ = kept_judge(f"features-v{VERSION}-{key_of_net(data)}", lambda: (_whitened(judge, data), judge.score))
    label = data.label_attribute if isinstance(data, SeenByAttributes) else ""
    return AttributeFeatures(judge, whitening, label, classes)


@torch.no_grad()
def _whitened(judge: AttributeNet, data: HasAttributes) -> Weights:
    images = data.examples(WHITENED_ON, "judge").images
    x = torch.from_numpy(images).float().div_(127.5).sub_(1)
    seen = torch.cat([judge.last_map(part).mean((2, 3)) for part in torch.split(x, AT_ONCE)]).double()
    mean, matrix = whitening_of(seen)
    return {"mean": mean, "matrix": matrix}


def whitening_of(x: Tensor) -> tuple[Tensor, Tensor]:
    """What makes samples ``(n, d)`` white: mean ``(d,)`` and W ``(d, d)``, so that (x - mean) W has covariance 1.

    Directions in which they spread less than a thousandth of the widest one are left as narrow as that makes them.
    """
    mean = x.mean(0)
    centred = x - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / (len(x) - 1))
    spread = values.clamp(min=max(1e-6 * float(values[-1]), 1e-12)).sqrt()
    return mean, (vectors / spread @ vectors.T).contiguous()


