"""The prior: causal, shifted by one, and the same whether it draws step by step or reads all at once."""

from __future__ import annotations

import torch

from ganstudio.networks.parts.code_transformer import CodeTransformer


def prior(codes: int = 5, positions: int = 9) -> CodeTransformer:
    T = CodeTransformer(codes, positions, 2, 2, 16, torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in T.parameters():
            parameter.mul_(8)  # far from uniform
    return T


def grids(n: int = 3) -> torch.Tensor:
    return torch.randint(5, (n, 9), generator=torch.Generator().manual_seed(1))


def test_logits_depend_on_the_codes_before_their_place_alone() -> None:
    T, codes = prior(), grids()
    before = T(codes)
    changed = codes.clone()
    changed[:, 4] = (changed[:, 4] + 1) % 5
    after = T(changed)
    assert torch.equal(before[:, :5], after[:, :5])  # the one at its own place does not see it
    assert (before[:, 5:] - after[:, 5:]).abs().amax(dim=(1, 2)).min() > 1e-3


def test_the_first_logits_are_those_of_the_start_symbol() -> None:
    logits = prior()(grids())
    assert torch.equal(logits[0, 0], logits[1, 0])


def test_codes_drawn_step_by_step_have_the_logits_of_the_whole() -> None:
    T = prior()
    nothing = torch.zeros(4, 0, dtype=torch.int64)
    drawn = T.draw(nothing, None, temperature=0)
    assert torch.equal(T(drawn).argmax(-1), drawn)


def test_given_codes_are_kept_and_the_seed_decides_the_rest() -> None:
    T, codes = prior(), grids(6)
    one, again, other = (T.draw(codes[:, :4], torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(one[:, :4], codes[:, :4]) and torch.equal(one, again) and not torch.equal(one, other)
    assert torch.equal(T.draw(codes, None), codes)


def test_the_first_draws_are_the_same_for_every_number() -> None:
    T = prior()
    few, many = (T.draw(torch.zeros(n, 0, dtype=torch.int64), torch.Generator().manual_seed(1)) for n in (2, 40))
    assert torch.equal(few, many[:2])


def test_draws_have_the_probabilities_of_the_prior() -> None:
    T = CodeTransformer(4, 2, 1, 1, 8, torch.Generator().manual_seed(3))
    with torch.no_grad():
        T.head.weight.mul_(60)
    drawn = T.draw(torch.zeros(20_000, 0, dtype=torch.int64), torch.Generator().manual_seed(0))
    expected = T(torch.zeros(1, 2, dtype=torch.int64))[0, 0].softmax(0)
    assert expected.max() - expected.min() > 0.05
    assert (torch.bincount(drawn[:, 0], minlength=4) / 20_000 - expected).abs().max() < 0.015


def test_top_k_and_temperature_leave_out_what_is_improbable() -> None:
    T, nothing = prior(), torch.zeros(300, 0, dtype=torch.int64)
    best = T(torch.zeros(1, 9, dtype=torch.int64))[0, 0].topk(2).indices
    drawn = T.draw(nothing, torch.Generator().manual_seed(0), top_k=2)
    assert set(drawn[:, 0].tolist()) <= set(best.tolist())
    assert torch.equal(T.draw(nothing, torch.Generator().manual_seed(0), top_k=1), T.draw(nothing, None, temperature=0))
