"""A causal transformer over codes: each code's probabilities, given those before it in raster order.

Source: Radford et al. 2019 (GPT-2) as in Esser et al. 2021, arXiv:2012.09841, section 3.2.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ganstudio.networks.parts.codebook import by_chance

INIT_SD = 0.02  # of all weights, as in GPT-2


class CodeTransformer(nn.Module):
    """Codes ``(n, L)`` -> logits ``(n, L, K)``: those at a place depend on the codes before it alone.

    The input is shifted by one: (start, s_1 .. s_(L-1)) for the targets (s_1 .. s_L).
    """

    def __init__(self, codes: int, positions: int, layers: int, heads: int, width: int, rng: Generator) -> None:
        super().__init__()
        self.codes = codes  # the number of the start symbol, too
        self.positions = positions
        self.token = nn.Embedding(codes + 1, width)
        self.place = nn.Parameter(torch.empty(positions, width))
        self.blocks = nn.ModuleList(_Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, codes, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=INIT_SD, generator=rng)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, codes: Tensor) -> Tensor:
        start = codes.new_full((len(codes), 1), self.codes)
        h = self.token(torch.cat([start, codes[:, :-1]], dim=1)) + self.place[: codes.shape[1]]
        for block in self.blocks:
            h = block(h)
        logits: Tensor = self.head(self.norm(h))
        return logits

    def draw(
        self, given: Tensor, rng: Generator | None, temperature: float = 1.0, top_k: int = 0, length: int = 0,
    ) -> Tensor:
        """Completes codes ``(n, p)``, p >= 0, to ``(n, length)``, one after the other.

        Args:
            given: The first codes, which are kept.
            rng: For the draws.
            temperature: Logits are divided by it; 0: the most probable code is taken.
            top_k: Among how many codes, the most probable ones, is drawn; 0: among all.
            length: 0: as many as there are positions.
        """
        length = length or self.positions
        found = given
        past: list[tuple[Tensor, Tensor] | None] = [None] * len(self.blocks)
        token = given.new_full((len(given), 1), self.codes)
        chances = torch.rand((len(given), length), generator=rng, device=given.device)  # of the first rows for every n
        for at in range(length):
            h = self.token(token) + self.place[at]
            for number, block in enumerate(self.blocks):
                assert isinstance(block, _Block)
                h, past[number] = block.go_on(h, past[number])
            if at < given.shape[1]:
                token = given[:, at : at + 1]
                continue
            logits = self.head(self.norm(h[:, -1])).float()
            token = _chosen(logits, chances[:, at : at + 1], temperature, top_k)
            found = torch.cat([found, token], dim=1)
        return found


def _chosen(logits: Tensor, chances: Tensor, temperature: float, top_k: int) -> Tensor:
    """One code for each row of logits ``(n, K)``, by a chance each from 0 to 1: ``(n, 1)``."""
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    if 0 < top_k < logits.shape[-1]:
        chosen = logits.topk(top_k).indices  # as many, also where some are equal
        logits = torch.full_like(logits, float("-inf")).scatter(1, chosen, logits.gather(1, chosen))
    return by_chance((logits / temperature).softmax(-1), chances)


class _Block(nn.Module):
    """x + attention(norm(x)), then x + MLP(norm(x)), four times as wide."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList((nn.LayerNorm(width), nn.LayerNorm(width)))
        self.attend, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self._parts(x)
        return self._after(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))

    def go_on(self, x: Tensor, past: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One place more, ``(n, 1, width)``, after those whose keys and values are given."""
        q, k, v = self._parts(x)
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        return self._after(x, F.scaled_dot_product_attention(q, k, v)), (k, v)

    def _parts(self, x: Tensor) -> list[Tensor]:
        n, length, width = x.shape
        parts = self.attend(self.norms[0](x)).view(n, length, 3, self.heads, width // self.heads)
        return [part.transpose(1, 2) for part in parts.unbind(2)]

    def _after(self, x: Tensor, attended: Tensor) -> Tensor:
        x = x + self.joined(attended.transpose(1, 2).reshape(x.shape))
        moved: Tensor = x + self.mlp(self.norms[1](x))
        return moved
