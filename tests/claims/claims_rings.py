"""Claims on the other objectives' toy presets: the ring's eight modes, the grid's twenty-five, f-GAN on the ring."""

from __future__ import annotations

from functools import partial

from claim import Claim, Outcome, train

SEEDS = (0, 1, 2)


def covers(
    variant: str, data: str, seed: int, modes: int, high_quality: float = 0.0, reverse_kl: float = 1e9, *words: str
) -> Outcome:
    """A toy preset by its defaults."""
    report = train("--variant", variant, "--data", data, "--seed", str(seed), *words)
    m = report["measures"]
    holds = m["modes"] >= modes and m["high_quality"] >= high_quality and m["reverse_kl"] <= reverse_kl
    return Outcome(holds, f"{m['modes']:.0f} modes, HQ {m['high_quality']:.3f}, rKL {m['reverse_kl']:.4f}, "
                          f"{report['seconds']:.0f} s")


R1 = ("--set", "gamma=0.1")
CLAIMS = [
    *(Claim(f"r1-gan on the ring, seed {seed}", "8 modes, HQ ≥ .85, rKL ≤ .03",
            partial(covers, "r1-gan", "ring", seed, 8, 0.85, 0.03)) for seed in SEEDS),
    *(Claim(f"r1-gan on the grid, seed {seed}", "25 modes, HQ ≥ .80", partial(covers, "r1-gan", "grid", seed, 25, 0.8))
      for seed in SEEDS),
    *(Claim(f"{variant} on the ring, no penalty, seed {seed}", "≥ 6 modes", partial(covers, variant, "ring", seed, 6))
      for variant in ("lsgan", "hinge-gan") for seed in SEEDS),
    *(Claim(f"{variant} on the ring, R1 switched on, seed {seed}", "8 modes",
            partial(covers, variant, "ring", seed, 8, 0.0, 1e9, *R1))
      for variant in ("lsgan", "hinge-gan") for seed in SEEDS),
    *(Claim(f"sn-gan on the ring, seed {seed}", "the best that was found: 8 modes",
            partial(covers, "sn-gan", "ring", seed, 8)) for seed in SEEDS),
    *(Claim(f"f-gan js on the ring, seed {seed}", "8 modes", partial(covers, "f-gan", "ring", seed, 8))
      for seed in SEEDS),
]
