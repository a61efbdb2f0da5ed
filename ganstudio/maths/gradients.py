"""Slopes of a discriminator with respect to its input, and the points where penalties measure them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ganstudio.core.variant import Scorer


@runtime_checkable
class HasInputGradient(Protocol):
    """A scorer that may have its input gradient in closed form."""

    def input_gradient(self, x: Tensor) -> Tensor | None:
        """``(n, *shape)``, differentiable with respect to the weights; None if autograd has to do it."""
        ...


@runtime_checkable
class HasFloat32(Protocol):
    """A scorer that computes in fewer bits than float32 unless asked not to."""

    def precisely(self, x: Tensor) -> Tensor:
        """Scores ``(n,)`` in float32 throughout: a slope is a difference, and needs the bits."""
        ...


def input_gradient_norm(D: Scorer, x: Tensor) -> Tensor:
    """Euclidean norm of dD/dx at each sample, differentiable, for use in penalties.

    Args:
        D: Discriminator; maps ``(n, *shape)`` to scores ``(n,)`` in logits.
        x: Points to measure at, ``(n, *shape)``, data units. Detached here.

    Returns:
        Norms over all axes of a sample, ``(n,)``, in logits per data unit. Smooth at 0: sqrt(sum + 1e-12).

    Raises:
        RuntimeError: D's score does not depend on ``x``.

    Source:
        Gulrajani et al. 2017, arXiv:1704.00028, the norm inside eq. (3).
    """
    gradient = D.input_gradient(x) if isinstance(D, HasInputGradient) else None
    if gradient is None:
        x = x.detach().requires_grad_()
        scores = D.precisely(x) if isinstance(D, HasFloat32) else D(x)
        (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()


def pixel_gradient_norm(D: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Euclidean norm over the colours of the gradient of D's summed map at each pixel, differentiable.

    Of a D with slope 1 at each pixel it is 1 everywhere, where the norm over the whole image is the square root of the
    number of pixels.

    Args:
        D: Maps images ``(n, c, h, w)`` to maps of scores.
        x: Images to measure at, ``(n, c, h, w)``. Detached here.

    Returns:
        ``(n, h, w)``; smooth at 0.

    Source:
        Rott Shaham, Dekel, Michaeli 2019, arXiv:1905.01164, the authors' code.
    """
    x = x.detach().requires_grad_()
    scores = D.precisely(x) if isinstance(D, HasFloat32) else D(x)
    (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return (gradient.square().sum(1) + 1e-12).sqrt()


def r1_penalty(D: Scorer, real: Tensor) -> Tensor:
    """Half the mean squared slope of D on real samples, to be weighted with gamma.

    Args:
        D: Discriminator; maps ``(n, *shape)`` to scores ``(n,)``.
        real: Data, ``(n, *shape)``, data units.

    Returns:
        Scalar, differentiable with respect to the weights.

    Source:
        Mescheder, Geiger, Nowozin 2018, arXiv:1801.04406, eq. (9).
    """
    return input_gradient_norm(D, real).square().mean() / 2


def r1_over_levels(D: Callable[[list[Tensor]], Tensor], levels: Sequence[Tensor]) -> Tensor:
    """Half the mean squared slope of D on real images of several sizes, to be weighted with gamma.

    The squared slope is summed over all pixels and channels of a size; sizes and samples are averaged, so that a D of
    more sizes is not held down harder. Sizes that D does not see are left out.

    Args:
        D: Maps images ``(n, c, side, side)``, one tensor a size, to scores ``(n,)``.
        levels: Data. Detached here.

    Returns:
        Scalar, differentiable with respect to the weights.

    Raises:
        RuntimeError: D's score depends on none of them.

    Source:
        Mescheder, Geiger, Nowozin 2018, arXiv:1801.04406, eq. (9); the mean over the sizes as in the code of
        MSG-StyleGAN's authors (Karnewar, Wang 2019, arXiv:1903.06048).
    """
    leaves = [x.detach().requires_grad_() for x in levels]
    scores = D.precisely(leaves) if isinstance(D, HasFloat32) else D(leaves)
    gradients = torch.autograd.grad(scores.sum(), leaves, create_graph=True, allow_unused=True)
    seen = [gradient.flatten(1).square().sum(1).mean() for gradient in gradients if gradient is not None]
    return torch.stack(seen).mean() / 2


def interpolate(real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Points on the straight lines between pairs: eps x + (1 - eps) G(z), one eps ~ U(0, 1) a sample.

    Args:
        real: ``(n, *shape)``.
        fake: ``(n, *shape)``.
        rng: The generator that draws eps.

    Returns:
        ``(n, *shape)``.

    Source:
        Gulrajani et al. 2017, arXiv:1704.00028, Algorithm 1, line 6.
    """
    eps = torch.rand((real.shape[0],) + (1,) * (real.dim() - 1), generator=rng, device=real.device)
    return torch.lerp(fake, real, eps)
