"""Draws from the latent prior, and paths through it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Generator, Tensor

from ganstudio.core.network import NetworkControls
from ganstudio.core.system.errors import BadInput

Path = Literal["line", "square", "circle"]
Blend = Literal["lerp", "slerp"]


def draw_latents(c: NetworkControls, n: int, rng: Generator) -> Tensor:
    """Latents ``(n, latent_dim)``, float32, on the generator's device: N(0, 1) or U(-1, 1) in each dimension."""
    shape = (n, c.latent_dim)
    if c.latent == "uniform":
        return torch.rand(shape, generator=rng, device=rng.device) * 2 - 1
    return torch.randn(shape, generator=rng, device=rng.device)


def latent_walk(c: NetworkControls, n: int, device: torch.device) -> Tensor:
    """Latents ``(n, latent_dim)`` whose first coordinate takes the middle of n slices of equal mass, the others 0."""
    share = (torch.arange(n, device=device, dtype=torch.float64) + 0.5) / n
    return _along_first(c, 2 * share - 1 if c.latent == "uniform" else torch.special.ndtri(share))


def latent_slices(c: NetworkControls, n: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Slices of the first coordinate of the prior, equally wide: their ends and their probabilities.

    Returns:
        Latents ``(n + 1, latent_dim)``, the other coordinates 0, and ``(n,)``, float64. A Gaussian's
        slices reach to 6 sd, beyond which 2e-9 of it lies.
    """
    if c.latent == "uniform":
        return (_along_first(c, torch.linspace(-1, 1, n + 1, device=device, dtype=torch.float64)),
                torch.full((n,), 1 / n, device=device, dtype=torch.float64))
    ends = torch.linspace(-6, 6, n + 1, device=device, dtype=torch.float64)
    return _along_first(c, ends), torch.special.ndtr(ends).diff()


def latent_mesh(c: NetworkControls, n: int, device: torch.device) -> tuple[Tensor, float]:
    """Corners of n x n cells of equal mass over the first two latents, the others 0; of n cells over a single one.

    Returns:
        ``(n + 1, n + 1, latent_dim)``, rows along the second latent, or ``(1, n + 1, 1)``; and the mass of a
        cell. A Gaussian's cells lie between its 1st and 99th percentiles, a uniform prior's fill it.
    """
    if c.latent == "uniform":
        axis, share = torch.linspace(-1, 1, n + 1, device=device, dtype=torch.float64), 1 / n
    else:
        ends = torch.linspace(0.01, 0.99, n + 1, device=device, dtype=torch.float64)
        axis, share = torch.special.ndtri(ends), 0.98 / n
    if c.latent_dim == 1:
        return axis.float()[None, :, None], share
    corners = torch.zeros((n + 1, n + 1, c.latent_dim), device=device)
    corners[..., 0] = axis.float()
    corners[..., 1] = axis.float()[:, None]
    return corners, share * share


def _along_first(c: NetworkControls, first: Tensor) -> Tensor:
    latents = torch.zeros((len(first), c.latent_dim), device=first.device)
    latents[:, 0] = first.float()
    return latents


def along(anchors: Tensor, path: Path, blend: Blend, at: Tensor) -> Tensor:
    """Latents on a path through anchors A, B, ... At an anchor the path is that anchor bit for bit.

    - line: A to B to C to D in equal pieces.
    - square: A B over C D, blended to the right by the first coordinate and then downwards by the second. Of two
      anchors, A B over A B; of three, C is the whole lower edge.
    - circle: A to B to C to D and back to A in equal pieces. Of two anchors, A to B to -A to -B and back: with
      slerp the great circle through both.

    Args:
        anchors: ``(k, d)``, k 2 to 4.
        path: As above.
        blend: ``lerp`` goes straight. ``slerp`` turns the direction evenly and changes the norm evenly, so that
            anchors of one norm keep it.
        at: ``(m, 2)``, from 0 to 1; what lies outside is brought to the nearest end. A line and a circle look at
            the first column alone.

    Returns:
        ``(m, d)``, of the anchors' type and device.

    Raises:
        BadInput: Fewer than two anchors or more than four.

    Source:
        Slerp: Shoemake, SIGGRAPH 1985; for latents: White 2016, arXiv:1609.04468, section 2.1.
    """
    if not 2 <= len(anchors) <= 4:
        raise BadInput(f"a path through {len(anchors)} anchors is not allowed: 2 to 4")
    corners = anchors.detach().cpu().double()  # a few short rows; not every device has float64
    mix = slerp if blend == "slerp" else lerp
    place = torch.nan_to_num(at.detach().cpu().double()).clamp(0, 1)
    if path == "square":
        a, b, c, d = _square(corners)
        right = place[:, 0]
        found = mix(mix(a.expand(len(place), -1), b, right), mix(c.expand(len(place), -1), d, right), place[:, 1])
    else:
        if path == "circle":
            whole = torch.cat([corners, -corners]) if len(corners) == 2 else corners
            corners = torch.cat([whole, whole[:1]])
        pieces = place[:, 0] * (len(corners) - 1)
        near = pieces.round()
        pieces = torch.where((pieces - near).abs() < 1e-6, near, pieces)  # 1/3 of 3 pieces: also in float32
        first = pieces.floor().clamp(max=len(corners) - 2).long()
        found = mix(corners[first], corners[first + 1], pieces - first)
    return found.to(anchors)


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """On the straight line from a at t = 0 to b at t = 1, both bit for bit; ``(m, d)`` and ``(m,)`` -> ``(m, d)``."""
    share = t[:, None]
    return _with_ends(a, b, t, (1 - share) * a + share * b)


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """From a at t = 0 to b at t = 1 with direction and norm each changing evenly; shapes as of ``lerp``.

    From a point to its opposite the path is not unique: it then turns towards the axis that a has least of. From or
    to 0, and of a single coordinate, it is straight.
    """
    norm_a, norm_b = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    straight = lerp(a, b, t)
    if a.shape[1] == 1:
        return straight
    tiny = torch.finfo(a.dtype).tiny
    from_, to = a / norm_a.clamp(min=tiny), b / norm_b.clamp(min=tiny)
    cos = (from_ * to).sum(dim=1, keepdim=True)
    across = _across(from_, to)
    sin = across.norm(dim=1, keepdim=True)
    angle = torch.atan2(sin, cos)  # acos would lose half the digits of a small one
    # Opposite, or so nearly that rounding would choose the path.
    axis = torch.nn.functional.one_hot(from_.abs().argmin(dim=1), a.shape[1]).to(a.dtype)
    across = torch.where((sin < 1e-12) & (cos < 0), _across(from_, axis.expand_as(from_)), across)
    across = across / across.norm(dim=1, keepdim=True).clamp(min=tiny)
    share = t[:, None]
    turned = torch.cos(share * angle) * from_ + torch.sin(share * angle) * across
    turned = ((1 - share) * norm_a + share * norm_b) * turned
    return _with_ends(a, b, t, torch.where((norm_a > 0) & (norm_b > 0), turned, straight))


def _across(along: Tensor, other: Tensor) -> Tensor:
    """What of ``other`` is at right angles to the unit vectors ``along``; twice, for what rounding left."""
    for _ in range(2):
        other = other - (other * along).sum(dim=1, keepdim=True) * along
    return other


def _with_ends(a: Tensor, b: Tensor, t: Tensor, between: Tensor) -> Tensor:
    share = t[:, None]
    return torch.where(share <= 0, a, torch.where(share >= 1, b, between))


def _square(corners: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    order = {2: (0, 1, 0, 1), 3: (0, 1, 2, 2), 4: (0, 1, 2, 3)}[len(corners)]
    a, b, c, d = (corners[i : i + 1] for i in order)
    return a, b, c, d
