"""SGD, RMSprop and Adam on one flat vector: the lean step of a small network, with live rates and betas.

A player's parameters are views into one vector, so an update is a handful of operations however
many layers there are (torch's own optimisers loop over tensors in Python), and every constant
can change between two steps. Tested against torch.optim.

``step`` takes the constants as numbers of Python. ``step_by`` makes the same step with numbers that lie on the device,
so that it can be recorded once and repeated (training.update_graphs): ``numbers`` works them out, on the CPU. Both give
the same bits on the CPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from ganstudio.core.system.errors import unknown


class Optimiser(Protocol):
    """Moves a flat parameter vector against a flat gradient."""

    looks_ahead: ClassVar[bool]  # whether the gradient is taken at both players' next steps (extragradient)

    def step(self, flat: Tensor, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        """One update in place.

        Args:
            flat: Parameters, ``(p,)``.
            gradient: ``(p,)``; may be overwritten.
            rate: Learning rate at this step.
            beta1: Memory of past gradients: momentum, or Adam's first beta.
            beta2: Memory of squared gradients, in Adam.
        """
        ...

    @property
    def form(self) -> bool:
        """Which operations ``step_by`` makes, once ``numbers`` has been called: whether it has momentum."""
        ...

    def numbers(self, rate: float, beta1: float, beta2: float) -> Sequence[float]:
        """The numbers that the next ``step_by`` needs, float32 on the device; called once for each update."""
        ...

    def step_by(self, flat: Tensor, gradient: Tensor, numbers: Sequence[Tensor]) -> None:
        """As ``step``; ``numbers``: those of ``numbers``, tensors without axes on the device of ``flat``."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What it remembers, for the checkpoint."""
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what ``state`` gave."""
        ...


class _WithMomentum:
    """What optimisers share that keep a velocity while beta1 is not 0."""

    velocity: Tensor
    moving: bool  # whether the velocity is in use

    @property
    def form(self) -> bool:
        return self.moving

    def numbers(self, rate: float, beta1: float, beta2: float) -> Sequence[float]:
        if beta1 and not self.moving:
            self.velocity.zero_()
        self.moving = beta1 != 0
        return (-rate, beta1)


class SGD(_WithMomentum):
    """v <- beta1 v + g; w <- w - rate v. Source: torch.optim.SGD with momentum, no dampening."""

    looks_ahead: ClassVar[bool] = False

    def __init__(self, flat: Tensor) -> None:
        self.velocity = torch.zeros_like(flat)
        self.moving = False

    def step(self, flat: Tensor, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        if beta1 == 0:
            self.moving = False
            flat.add_(gradient, alpha=-rate)
            return
        if not self.moving:  # what momentum remembered before it was switched off is stale
            self.moving = True
            self.velocity.zero_()
        self.velocity.mul_(beta1).add_(gradient)
        flat.add_(self.velocity, alpha=-rate)

    def step_by(self, flat: Tensor, gradient: Tensor, numbers: Sequence[Tensor]) -> None:
        back, beta1 = numbers
        if self.moving:
            gradient = self.velocity.mul_(beta1).add_(gradient)
        flat.addcmul_(gradient, back)

    def state(self) -> dict[str, Tensor]:
        return {"velocity": self.velocity, "moving": torch.tensor(self.moving)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self.velocity.copy_(state["velocity"])
        self.moving = bool(state["moving"])


class RMSprop(_WithMomentum):
    """s <- decay s + (1 - decay) g^2; w <- w - rate g / sqrt(s), with torch's or TensorFlow's constants.

    torch: decay .99, eps 1e-8 added to the root. TensorFlow 1: decay .9, eps 1e-10 added under the
    root, s starting at 1. ``beta1`` is the momentum of the scaled gradient in both.

    Source: Tieleman and Hinton 2012, lecture 6.5; the constants from both frameworks' documentation.
    """

    looks_ahead: ClassVar[bool] = False

    def __init__(self, flat: Tensor, *, tensorflow: bool) -> None:
        self.tensorflow = tensorflow
        self.square = torch.ones_like(flat) if tensorflow else torch.zeros_like(flat)
        self.velocity = torch.zeros_like(flat)
        self.moving = False

    def step(self, flat: Tensor, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        decay = 0.9 if self.tensorflow else 0.99
        self.square.mul_(decay).addcmul_(gradient, gradient, value=1 - decay)
        root = self.square.add(1e-10).sqrt_() if self.tensorflow else self.square.sqrt().add_(1e-8)
        if beta1 == 0:
            self.moving = False
            flat.addcdiv_(gradient, root, value=-rate)
            return
        if not self.moving:
            self.moving = True
            self.velocity.zero_()
        self.velocity.mul_(beta1).addcdiv_(gradient, root)
        flat.add_(self.velocity, alpha=-rate)

    def step_by(self, flat: Tensor, gradient: Tensor, numbers: Sequence[Tensor]) -> None:
        back, beta1 = numbers
        decay = 0.9 if self.tensorflow else 0.99
        self.square.mul_(decay).addcmul_(gradient, gradient, value=1 - decay)
        root = self.square.add(1e-10).sqrt_() if self.tensorflow else self.square.sqrt().add_(1e-8)
        if self.moving:
            flat.addcmul_(self.velocity.mul_(beta1).addcdiv_(gradient, root), back)
        else:
            flat.addcdiv_(gradient * back, root)

    def state(self) -> dict[str, Tensor]:
        return {"square": self.square, "velocity": self.velocity, "moving": torch.tensor(self.moving)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self.square.copy_(state["square"])
        self.velocity.copy_(state["velocity"])
        self.moving = bool(state["moving"])


class Adam:
    """m and v as in the paper's Algorithm 1; the bias corrections follow betas that move while it runs.

    Source: Kingma and Ba 2015, arXiv:1412.6980, Algorithm 1, eps 1e-8. With constant betas the
    corrections are 1 - beta^t; kept as running products they stay right under a live slider.
    """

    looks_ahead: ClassVar[bool] = False

    def __init__(self, flat: Tensor) -> None:
        self.mean = torch.zeros_like(flat)
        self.square = torch.zeros_like(flat)
        self._root = torch.empty_like(flat)
        self.product1 = 1.0
        self.product2 = 1.0

    def step(self, flat: Tensor, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        self.product1 *= beta1
        self.product2 *= beta2
        self.mean.lerp_(gradient, 1 - beta1)
        self.square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        # rate / (1 - p1) * m / (sqrt(v / (1 - p2)) + eps), with the factor taken out of the root: one pass less
        scale = (1 - self.product2) ** 0.5
        root = torch.sqrt(self.square, out=self._root).add_(1e-8 * scale)
        flat.addcdiv_(self.mean, root, value=-rate * scale / (1 - self.product1))

    @property
    def form(self) -> bool:
        return True

    def numbers(self, rate: float, beta1: float, beta2: float) -> Sequence[float]:
        self.product1 *= beta1
        self.product2 *= beta2
        scale = (1 - self.product2) ** 0.5
        return (1 - beta1, beta2, 1 - beta2, 1e-8 * scale, -rate * scale / (1 - self.product1))

    def step_by(self, flat: Tensor, gradient: Tensor, numbers: Sequence[Tensor]) -> None:
        of_mean, beta2, of_square, epsilon, back = numbers
        self.mean.lerp_(gradient, of_mean)
        self.square.mul_(beta2).addcmul_(gradient * of_square, gradient)
        root = torch.sqrt(self.square, out=self._root).add_(epsilon)
        flat.addcdiv_(self.mean * back, root)

    def state(self) -> dict[str, Tensor]:
        products = torch.tensor([self.product1, self.product2], dtype=torch.float64)
        return {"mean": self.mean, "square": self.square, "products": products}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self.mean.copy_(state["mean"])
        self.square.copy_(state["square"])
        self.product1, self.product2 = state["products"].tolist()


class OptimisticAdam(Adam):
    """Adam's direction d_t, and the last one taken back: w <- w - 2 rate d_t + rate d_(t-1).

    Source: Daskalakis et al. 2018, Training GANs with Optimism, arXiv:1711.00141, Algorithm 1.
    """

    def __init__(self, flat: Tensor) -> None:
        super().__init__(flat)
        self.last = torch.zeros_like(flat)  # d_(t-1)

    def step(self, flat: Tensor, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        direction = torch.zeros_like(flat)
        super().step(direction, gradient, -1.0, beta1, beta2)
        flat.add_(direction, alpha=-2 * rate).add_(self.last, alpha=rate)
        self.last.copy_(direction)  # it stays where it is: a recorded update reads it there

    def numbers(self, rate: float, beta1: float, beta2: float) -> Sequence[float]:
        return (*super().numbers(-1.0, beta1, beta2), -2 * rate, rate)

    def step_by(self, flat: Tensor, gradient: Tensor, numbers: Sequence[Tensor]) -> None:
        *of_adam, back, again = numbers
        direction = torch.zeros_like(flat)
        super().step_by(direction, gradient, of_adam)
        flat.addcmul_(direction, back).addcmul_(self.last, again)
        self.last.copy_(direction)

    def state(self) -> dict[str, Tensor]:
        return {**super().state(), "last": self.last}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        super().load_state(state)
        self.last.copy_(state["last"])


class Extragradient(SGD):
    """A plain step, along the gradient found where both players' plain steps would have led.

    Source: Korpelevich 1976, The extragradient method; for GANs Gidel et al. 2019, arXiv:1802.10551.
    """

    looks_ahead: ClassVar[bool] = True


class ExtraAdam(Adam):
    """Adam's step along the gradient found where both players' Adam steps would have led.

    Source: Gidel et al. 2019, arXiv:1802.10551, Algorithm 4; unlike there, looking ahead leaves no memory.
    """

    looks_ahead: ClassVar[bool] = True


NAMES = ("sgd", "rmsprop", "rmsprop-tf", "adam", "optimistic-adam", "extragradient", "extra-adam")


def optimiser(name: str, flat: Tensor) -> Optimiser:
    """The optimiser of that name with fresh memory for ``flat`` (p,).

    Raises:
        BadInput: There is none.
    """
    match name:
        case "sgd":
            return SGD(flat)
        case "rmsprop":
            return RMSprop(flat, tensorflow=False)
        case "rmsprop-tf":
            return RMSprop(flat, tensorflow=True)
        case "adam":
            return Adam(flat)
        case "optimistic-adam":
            return OptimisticAdam(flat)
        case "extragradient":
            return Extragradient(flat)
        case "extra-adam":
            return ExtraAdam(flat)
    raise unknown("optimiser", name, NAMES)
