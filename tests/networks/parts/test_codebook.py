"""A codebook: nearest codes, its first vectors, and what becomes of those that are not used."""

from __future__ import annotations

import pytest
import torch

from ganstudio.networks.parts.codebook import Codebook, by_chance, perplexity


def book(codes: int = 4, dim: int = 2) -> Codebook:
    return Codebook(codes, dim, 2, torch.Generator().manual_seed(0))


def test_first_vectors_lie_within_one_over_their_number() -> None:
    weight = book(16, 8).weight.detach()
    assert weight.abs().max() <= 1 / 16 and float(weight.std()) == pytest.approx(2 / 16 / 12**0.5, rel=0.15)


def test_the_nearest_code_is_that_of_least_distance() -> None:
    C, z = book(32, 5), torch.randn(3, 5, 4, 4, generator=torch.Generator().manual_seed(1))
    apart = torch.cdist(z.permute(0, 2, 3, 1).reshape(-1, 5), C.weight.detach())
    assert torch.equal(C.nearest(z).flatten(), apart.argmin(1))
    vectors = C(C.nearest(z))
    assert vectors.shape == z.shape
    assert torch.equal(vectors[1, :, 2, 3], C.weight[C.nearest(z)[1, 2, 3]])


def test_distances_are_those_of_float32_under_autocast() -> None:
    """In bfloat16 codes that lie close together have the same distance, and the first of them would be taken."""
    C = book(2, 1)
    with torch.no_grad():
        C.weight.copy_(torch.tensor([[1.0], [1.001]]))
    with torch.autocast("cpu", torch.bfloat16):
        codes = C.nearest(torch.full((1, 1, 1, 1), 1.0009))
    assert codes.item() == 1


def test_uses_are_counted_and_remembered_as_shares() -> None:
    C = book()
    uses = C.count(torch.tensor([[[0, 0], [0, 2]]]))
    assert uses.tolist() == [3, 0, 1, 0] and C.shares.tolist() == [0.75, 0, 0.25, 0]
    C.count(torch.tensor([[[3, 3], [3, 3]]]))
    torch.testing.assert_close(C.shares, torch.tensor([0.7425, 0.0, 0.2475, 0.01]))
    assert C.idle.tolist() == [3, 0, 1, 4]
    drawn = C.draw((2000, 2), torch.Generator().manual_seed(0))
    assert (torch.bincount(drawn.flatten(), minlength=4) / 4000 - C.shares).abs().max() < 0.03


def test_codes_take_vectors_of_the_encoder_by_a_seed() -> None:
    z = torch.randn(2, 2, 3, 3, generator=torch.Generator().manual_seed(2))
    flat = {tuple(vector) for vector in z.permute(0, 2, 3, 1).reshape(-1, 2).tolist()}
    one, again = book(8), book(8)
    for C in (one, again):
        C.take(z, torch.Generator().manual_seed(5))
    assert torch.equal(one.weight, again.weight)
    assert len({tuple(vector) for vector in one.weight.tolist()} & flat) == 8
    before = one.weight.detach().clone()
    one.take(z, torch.Generator().manual_seed(6), torch.tensor([1, 6]))
    moved = (one.weight != before).any(1)
    assert moved.nonzero()[:, 0].tolist() == [1, 6]


def test_equal_shares_have_the_perplexity_of_their_number() -> None:
    assert float(perplexity(torch.tensor([0.25, 0.25, 0.25, 0.25, 0.0]))) == pytest.approx(4.0)


def test_a_chance_falls_on_a_code_by_its_share_and_never_on_one_without() -> None:
    shares = torch.tensor([0.0, 0.25, 0.0, 0.75, 0.0])
    chances = torch.tensor([[0.0, 0.2499, 0.25, 0.9999999]])
    assert by_chance(shares, chances).tolist() == [[1, 1, 3, 3]]
    assert by_chance(shares[None] * 0.999, torch.tensor([[0.9999]])).item() == 3, "rounding ends below 1"


def test_the_first_draws_are_the_same_for_every_number() -> None:
    C = book()
    few, many = (C.draw((n, 3), torch.Generator().manual_seed(1)) for n in (2, 50))
    assert torch.equal(few, many[:2])
