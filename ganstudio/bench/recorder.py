"""recorder: the share of the training rate that keeping a run costs, both sides in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from ganstudio.bench.benchmark import Benchmark, paired, rate
from ganstudio.bench.driving import QUICK
from ganstudio.bench.points import studio_rate
from ganstudio.bench.specs import ganlab_spec, wgan_gp_spec
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

REPEATS = 1 if QUICK else 9
SECONDS = 0.1 if QUICK else 3.0  # of each side in each repeat


class RecorderShare(Benchmark):
    """GAN Lab's networks, which give the most terms a second, and WGAN-GP with 3 layers of 128."""

    name = "recorder"
    title = "Recording a run"
    goals = {"rate_share": ("<=", 0.03)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        shares = {}
        specs = {"GAN Lab's networks": ganlab_spec(), "WGAN-GP, 3 layers of 128": wgan_gp_spec(128, 128, 3)}
        for name, spec in specs.items():
            with tempfile.TemporaryDirectory() as folder:
                trainer = Trainer(spec)
                recorder = Recorder(Path(folder) / "run.ganrun", trainer)
                shares[name] = 1 - paired(recorded_rate(trainer, recorder), studio_rate(spec), REPEATS)
                recorder.close()
            say(f"recorder: {name}: {shares[name]:.1%} of the rate")
        return {"rate_share": max(shares.values())}


def recorded_rate(trainer: Trainer, recorder: Recorder) -> Callable[[], float]:
    """Steps a second with every term on its way to a file."""

    def step() -> None:
        trainer.step()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            recorder.note(trainer.flush())

    def measured() -> float:
        trainer.resume_turn()
        for _ in range(5):
            step()
        return rate(step, SECONDS)

    return measured
