"""Claims on gradients: figure 1b of the WGAN-GP paper, in decades that the gradient gains per layer of the critic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from claim import Claim, Outcome

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.probes.gradients import GradientsProbe
from ganstudio.training.trainer import Trainer

STEPS = 400  # with 5 critic updates each; c = .1 passes +.2 after some 150, the others stand after 25
SIZE = 36  # cells of a picture, which this view has no use for


def decades(variant: str, control: str, value: Value, allowed: Callable[[float], bool], seed: int) -> Outcome:
    """Two players of twelve hidden ReLU layers on the swiss roll, with the paper's rates, G moving as usual."""
    trainer = Trainer(Spec(
        variant=variant, data="swiss-roll", preset="paper", seed=seed, device="cpu", threads=1,
        controls={control: value}, network_controls={"depth": 12, "init_d": "he"},
    ))
    for _ in range(STEPS):
        trainer.step()
    view = GradientsProbe().look(trainer.view, SIZE)
    found = view.decades_d
    clipped = f", {view.at_bound:.0%} of the weights at ±c" if view.at_bound is not None else ""
    return Outcome(found is not None and allowed(found), f"{found:+.3f} decades a layer{clipped}")


CASES: tuple[tuple[str, str, str, float, str, Callable[[float], bool]], ...] = (
    ("c = .1", "wgan", "clip", 0.1, "> +.2", lambda d: d > 0.2),
    ("c = .01", "wgan", "clip", 0.01, "< −.6", lambda d: d < -0.6),
    ("gradient penalty", "wgan-gp", "gp_weight", 10.0, "within ±.15", lambda d: abs(d) < 0.15),
)

CLAIMS = [
    Claim(f"figure 1b, {name}, seed {seed}", f"{said} decades a layer", partial(decades, variant, control, value,
                                                                              allowed, seed))
    for name, variant, control, value, said, allowed in CASES for seed in (0, 1, 2)
]
