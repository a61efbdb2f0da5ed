"""How fast a run goes that has no window: what the window's cost is compared with."""

from __future__ import annotations

from ganstudio.bench.benchmark import rate
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer


def headless_rate(spec: Spec, warm_up: int, seconds: float) -> float:
    """Steps a second over some seconds, after ``warm_up`` steps that do not count."""
    trainer = Trainer(spec)

    def step() -> None:
        trainer.step()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            trainer.flush()

    for _ in range(warm_up):
        step()
    return rate(step, seconds)
