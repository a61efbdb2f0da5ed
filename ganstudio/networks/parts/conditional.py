"""How a label enters a generator and a discriminator: joined to the input, in batch norm, or as a projection.

A label is a class ``(n,)``, or a mixture of classes ``(n, K)`` whose rows sum to 1, for ways from one class to
another.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F


def class_weights(label: Tensor, classes: int) -> Tensor:
    """Labels as rows of weights ``(n, K)``, float32."""
    return F.one_hot(label, classes).float() if label.dim() == 1 else label.float()


class LabelledGenerator(nn.Module):
    """Latents ``(n, latent_dim)`` and labels -> samples ``(n, *shape)``: the label is joined to the latent."""

    def __init__(self, body: nn.Module, classes: int) -> None:
        """``body`` takes ``(n, latent_dim + K)``; one that has ``takes_label`` is given the weights as well."""
        super().__init__()
        self.body = body
        self.classes = classes
        self._passes_on = bool(getattr(body, "takes_label", False))

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        weights = class_weights(label, self.classes)
        joined = torch.cat([z, weights], dim=1)  # (n, latent_dim + K)
        made: Tensor = self.body(joined, weights) if self._passes_on else self.body(joined)
        return made


class ConcatDiscriminator(nn.Module):
    """Samples and labels -> scores ``(n,)``: the label is joined to the sample; to an image as K constant planes.

    Source: Mirza and Osindero 2014, arXiv:1411.1784, section 3.
    """

    def __init__(self, body: nn.Module, classes: int) -> None:
        """``body`` takes samples whose first axis is longer by K."""
        super().__init__()
        self.body = body
        self.classes = classes

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        weights = class_weights(label, self.classes).to(x.dtype)  # what G makes in bfloat16 stays so
        if x.dim() > 2:
            weights = weights[:, :, None, None].expand(-1, -1, *x.shape[2:])
        scores: Tensor = self.body(torch.cat([x, weights], dim=1))
        return scores


class ProjectionDiscriminator(nn.Module):
    """Samples and labels -> scores ``(n,)``: psi(phi(x)) + <V y, phi(x)>.

    Source: Miyato and Koyama 2018, cGANs with Projection Discriminator, arXiv:1802.05637, eq. (3).
    """

    def __init__(self, trunk: nn.Module, features: int, classes: int, sd: float, rng: Generator) -> None:
        """``trunk``: samples -> phi ``(n, features)``. V and psi start as N(0, ``sd``)."""
        super().__init__()
        self.trunk = trunk
        self.classes = classes
        self.last = nn.Linear(features, 1)
        self.embedding = nn.Parameter(torch.empty(classes, features))
        with torch.no_grad():
            self.last.weight.normal_(0.0, sd, generator=rng)
            self.last.bias.zero_()
            self.embedding.normal_(0.0, sd, generator=rng)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        phi = self.trunk(x)  # (n, features)
        towards = class_weights(label, self.classes) @ self.embedding  # (n, features)
        scores: Tensor = self.last(phi).squeeze(1) + (phi * towards).sum(1)
        return scores


class BlindDiscriminator(nn.Module):
    """Samples and labels -> scores ``(n,)`` of the samples alone, for comparison."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        scores: Tensor = self.body(x)
        return scores


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose scales and shifts belong to a class.

    Source: Dumoulin et al. 2017, arXiv:1610.07629, eq. (5), for instance norm; Miyato and Koyama 2018 for G.
    """

    def __init__(self, channels: int, classes: int, sd: float, rng: Generator) -> None:
        """Scales start as N(1, ``sd``), shifts at 0."""
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = nn.Parameter(torch.empty(classes, channels))
        self.shift = nn.Parameter(torch.zeros(classes, channels))
        with torch.no_grad():
            self.scale.normal_(1.0, sd, generator=rng)

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        scale, shift = (weights @ table for table in (self.scale, self.shift))  # (n, channels)
        normed: Tensor = self.norm(x)
        return normed * scale[:, :, None, None] + shift[:, :, None, None]
