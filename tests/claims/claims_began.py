"""Claims on BEGAN's balance: on digits of 8 px L(G)/L(x) comes to gamma, and a higher gamma keeps more variety."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

import torch
from claim import Claim, Outcome

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.maths.latents import draw_latents
from ganstudio.training.trainer import Trainer

GAMMAS = (0.3, 0.5, 0.7, 1.0)
SEEDS = (0, 1, 2)
STEPS = 3000
SAMPLES = 500

# A code of 4 numbers, so that digits of 8 px are much harder to redraw than a blank: else gamma .3 is out of reach.
CONTROLS: dict[str, Value] = {
    "lambda_k": 0.1, "learning_rate_d": 5e-4, "learning_rate_g": 5e-4, "batch_size": 16, "schedule": "linear",
    "horizon": STEPS, "rate_floor": 0.1,
}
NETWORK: dict[str, Value] = {"resolution": 8, "width": 16, "code": 4, "latent_dim": 8}


@dataclass(frozen=True)
class Balance:
    """What a run came to."""

    ratio: float  # mean L(G) over mean L(x) in the last quarter of the steps
    diversity: float  # mean distance of two generated images over that of two real ones
    low: float  # of k over the whole run
    high: float
    fall: float  # M over the first 20 steps, over M in the last quarter


@cache
def balanced(gamma: float, seed: int, moved: float | None = None) -> Balance:
    """Trains on small digits; ``moved`` is the gamma that a hand sets at half-time."""
    trainer = Trainer(Spec(
        variant="began", data="digits", seed=seed, device="cpu", threads=1, dtype="float32",
        controls={**CONTROLS, "gamma": gamma}, network_controls=NETWORK,
    ))
    read = []
    for step in range(STEPS):
        if moved is not None and step == STEPS // 2:
            trainer.apply(Change(name="gamma", value=moved))
        trainer.step()
        readings = trainer.game.variant.diagnostics()
        read.append(torch.stack([readings[name] for name in ("k", "M", "L(G)/L(x)")]))
    k, M, ratio = torch.stack(read).double().T
    tail = STEPS // 4
    # L(x) from M = L(x) (1 + |gamma - ratio|): the ratio of means, which a single good copy does not sway.
    last = gamma if moved is None else moved
    real = M[-tail:] / (1 + (last - ratio[-tail:]).abs())
    return Balance(
        ratio=float((real * ratio[-tail:]).sum() / real.sum()),
        diversity=diversity(trainer),
        low=float(k.min()), high=float(k.max()),
        fall=float(M[:20].mean() / M[-tail:].mean()),
    )


def diversity(trainer: Trainer) -> float:
    """Mean pair distance of generated images over that of real ones."""
    game = trainer.game
    rng = torch.Generator().manual_seed(99)
    with torch.no_grad():
        fake = game.modules["G"](draw_latents(game.network_controls, SAMPLES, rng)).clamp(-1, 1)  # as it is shown
    real = game.data.sample(SAMPLES, rng)
    return float(torch.pdist(fake.flatten(1)).mean() / torch.pdist(real.flatten(1)).mean())


def follows(gamma: float, seed: int) -> Outcome:
    """One gamma from the start."""
    b = balanced(gamma, seed)
    return Outcome(abs(b.ratio / gamma - 1) <= 0.15 and b.low >= 0 and b.high <= 1,
                   f"{b.ratio:.3f} ({b.ratio / gamma - 1:+.1%}), k from {b.low:.3f} to {b.high:.3f}, "
                   f"diversity {b.diversity:.3f}, M fell {b.fall:.1f}-fold")


def rises() -> Outcome:
    """Diversity over the gammas, mean of the seeds: near 1 the pair distance is almost full, and seeds differ more."""
    each = [[balanced(gamma, seed).diversity for seed in SEEDS] for gamma in GAMMAS]
    means = [sum(found) / len(found) for found in each]
    shown = (f"γ {gamma:g}: {mean:.3f} ({', '.join(f'{d:.3f}' for d in found)})"
             for gamma, mean, found in zip(GAMMAS, means, each, strict=True))
    return Outcome(means == sorted(means), "; ".join(shown))


def follows_a_hand(before: float, after: float, seed: int) -> Outcome:
    """Gamma moved at half-time."""
    b = balanced(before, seed, moved=after)
    return Outcome(abs(b.ratio / after - 1) <= 0.15 and b.low >= 0 and b.high <= 1,
                   f"{b.ratio:.3f} ({b.ratio / after - 1:+.1%}), k from {b.low:.3f} to {b.high:.3f}, "
                   f"diversity {b.diversity:.3f}")


CLAIMS = [
    *(Claim(f"began, γ {gamma:g}, seed {seed}", "L(G)/L(x) within 15 % of γ, k in [0, 1]",
            partial(follows, gamma, seed)) for gamma in GAMMAS for seed in SEEDS),
    Claim("began, diversity over γ, mean of 3 seeds", "rises at each step from γ .3 to 1", rises),
    *(Claim(f"began, γ moved from {before:g} to {after:g}", "L(G)/L(x) within 15 % of the new γ",
            partial(follows_a_hand, before, after, 0)) for before, after in ((0.5, 0.7), (0.7, 0.5))),
]
