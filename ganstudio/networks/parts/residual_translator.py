"""A translator of images to images of the same size: down, residual blocks, up (Johnson et al. 2016; CycleGAN).

c7s1-w, d2w, d4w, R4w x blocks, u2w, uw, c7s1-colours, tanh; reflect padding and instance norm. With ``steps`` fewer
than two there are fewer d and u: images of 32 px have little to lose by going down twice.
"""

from __future__ import annotations

from torch import Generator, Tensor, nn

SD = 0.02


class Residual(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), with no activation after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=False), nn.InstanceNorm2d(channels), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=False), nn.InstanceNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = x + self.layers(x)
        return moved


class ResidualTranslator(nn.Module):
    """Images ``(n, source, h, h)`` -> images ``(n, colours, h, h)`` in [-1, 1]."""

    def __init__(self, source: int, colours: int, width: int, steps: int, blocks: int) -> None:
        """Makes it.

        Args:
            source: Channels that come in.
            colours: Channels that go out.
            width: Channels of the largest maps; they double with each step down.
            steps: How many times the side is halved.
            blocks: Residual blocks at the smallest side.
        """
        super().__init__()
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(3), nn.Conv2d(source, width, 7, bias=False), nn.InstanceNorm2d(width), nn.ReLU()]
        for _ in range(steps):
            layers += [nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False), nn.InstanceNorm2d(2 * width), nn.ReLU()]
            width *= 2
        layers += [Residual(width) for _ in range(blocks)]
        for _ in range(steps):
            layers += [nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1, bias=False),
                       nn.InstanceNorm2d(width // 2), nn.ReLU()]
            width //= 2
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, colours, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.layers(x)
        return made


def init_weights(player: nn.Module, rng: Generator) -> nn.Module:
    """First weights N(0, .02), biases 0, scales of norms N(1, .02): those of pix2pix and CycleGAN."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, SD, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d | nn.InstanceNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, SD, generator=rng)
    return player
