"""Codes: how a codebook is used, what its codes stand for, and how well a prior knows which comes next.

If the images are grids of tiles from a known grammar, a prior's bits are held against the exact entropy. No prior can
be better: one that seems to be sees what it should predict.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ganstudio.core.codes import PRIOR, Grids, KnowsTiles, drawn_by
from ganstudio.core.measure import Measure, MeasuredGame, MeasureInput, MetricInfo
from ganstudio.maths import code_statistics as stats

Doubles = NDArray[np.float64]
GRIDS = 2048  # fresh grids of tiles
AT_ONCE = 128  # images
PURE = 0.98  # codes that stand for tiles less surely say nothing of bits a cell
FORESIGHT = 0.003  # bits: codes that tell more of tiles to come make a prior seem better than the truth
LARGEST_SEED = 2**31


class CodesMeasure(Measure):
    """Of fresh grids where the data can draw them, else of real images."""

    name = "codes"
    title = "Codes"
    kinds = ("image",)
    needs = frozenset({"codes"})
    expensive = True
    numbers = {
        "codebook_perplexity": MetricInfo(
            title="codebook perplexity", better="high", format=".2f",
            help="Exponential of the entropy of the codes: as many codes, used equally often, have the same"),
        "code_purity": MetricInfo(
            title="code purity", better="high", format=".4f",
            help="Share of cells whose tile is the one that is most frequent where their code is"),
        "code_foresight": MetricInfo(
            title="code foresight", better="low", format=".4f",
            help="Information, in bits, of a code about the tile right of it or below, beyond its own: an encoder that "
                 "sees neighbours writes them into the choice among several codes of one tile"),
        "bits_per_cell": MetricInfo(
            title="bits a cell", better="floor", format=".4f",
            help="Mean bits of a tile given those before it, by the prior: on the same fresh grids those of the "
                 "grammar are subtracted, and its exact entropy added. Known if the code purity is at least 0.98 and "
                 "codes tell nothing of tiles to come."),
        "bits_per_cell_se": MetricInfo(
            title="bits a cell, standard error", better="low", format=".4f", help="Of the bits a cell, over grids"),
        "bits_per_code": MetricInfo(
            title="bits a code", better="low", format=".4f",
            help="Mean bits of a code given those before it, by the prior; more than those of a cell if a tile has "
                 "several codes"),
        "grammar_nll": MetricInfo(
            title="bits a cell of samples, by the grammar", better="floor", format=".4f",
            help="Mean bits of a tile in generated images given those before it, by the grammar"),
        "vq_rmse": MetricInfo(
            title="reconstruction error", better="low", format=".4f",
            help="Root mean square difference of images and what is drawn of their codes, of -1 to 1"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        data, game = evidence.data, evidence.game
        known: KnowsTiles | None = data if isinstance(data, KnowsTiles) else None
        if known is not None:
            shown = evidence.fake.reshape(len(evidence.fake), *data.shape)
            numbers["grammar_nll"] = float(known.bits_of(known.read_tiles(shown)).mean())
        if game is None:
            if known is not None:
                numbers["bits_per_cell"] = known.entropy() / known.grid**2
            return numbers
        tiles, x = None, evidence.real.reshape(len(evidence.real), *data.shape).astype(np.float32)
        if known is not None:
            seed = int(torch.randint(LARGEST_SEED, (), generator=game.rng, device=game.rng.device))
            tiles, images = known.fresh_grids(GRIDS, seed)
            x = images.astype(np.float32) / np.float32(127.5) - 1
        codes, error = _written(game, x)
        size = int(game.modules["C"].weight.shape[0])
        numbers |= {"codebook_perplexity": stats.perplexity(stats.code_shares(codes, size)), "vq_rmse": error}
        counts = None
        if known is not None and tiles is not None and codes.shape == tiles.shape:
            counts = stats.count_tiles(codes, tiles, size, known.tiles)
            numbers["code_purity"] = stats.purity(counts)
            numbers["code_foresight"] = stats.foresight(codes, tiles, size, known.tiles)
        if drawn_by(game.variant, game.phase) != "prior":
            return numbers
        flat = codes.reshape(len(codes), -1)
        pure = (numbers["code_purity"] or 0.0) >= PURE and (numbers["code_foresight"] or 0.0) <= FORESIGHT
        asked = None
        if pure and counts is not None and tiles is not None:
            asked = stats.stands_for(counts).T[tiles.reshape(len(tiles), -1)]  # (n, cells, size)
        of_codes, of_tiles = _bits(game, flat, asked)
        numbers["bits_per_code"] = float(of_codes.mean())
        if of_tiles is not None and known is not None and tiles is not None:
            exact = known.bits_of(tiles).reshape(len(tiles), -1)
            entropy = known.entropy() / exact.shape[1]
            numbers["bits_per_cell"], numbers["bits_per_cell_se"] = stats.bits_per_cell(of_tiles, exact, entropy)
        return numbers


def _written(game: MeasuredGame, x: NDArray[np.float32]) -> tuple[Grids, float]:
    """The codes ``(n, g, g)`` of images ``(n, c, h, h)``, and the root mean square error of their reconstructions."""
    E, C, G = (game.modules[name] for name in ("E", "C", "G"))
    found, squares = [], 0.0
    with torch.no_grad():
        for at in range(0, len(x), AT_ONCE):
            part = torch.from_numpy(x[at : at + AT_ONCE]).to(game.device)
            codes = C.nearest(E(part))
            squares += float((G(C(codes)).clamp(-1, 1) - part).double().square().sum())
            found.append(codes.cpu().numpy())
    return np.concatenate(found), math.sqrt(squares / x.size)


def _bits(game: MeasuredGame, codes: Grids, asked: NDArray[np.bool_] | None) -> tuple[Doubles, Doubles | None]:
    """-log2 p of each code given those before it, ``(n, L)``, and of all those that are asked for together.

    Args:
        game: With the prior.
        codes: ``(n, L)`` in raster order.
        asked: ``(n, L, K)``: which codes would do at each place; None: nothing is asked.
    """
    of_codes, together = [], []
    with torch.no_grad():
        for at in range(0, len(codes), AT_ONCE):
            part = torch.from_numpy(codes[at : at + AT_ONCE]).to(game.device)
            logs: Tensor = F.log_softmax(game.modules[PRIOR](part).double(), dim=-1) / math.log(2)
            of_codes.append(-logs.gather(2, part[:, :, None])[:, :, 0].cpu().numpy())
            if asked is not None:
                chosen = torch.from_numpy(asked[at : at + AT_ONCE]).to(game.device)
                kept = (logs * math.log(2)).masked_fill(~chosen, -math.inf)
                together.append((-kept.logsumexp(-1) / math.log(2)).cpu().numpy())
    return np.concatenate(of_codes), np.concatenate(together) if together else None
