"""recorder: the share of the training rate that keeping a run costs, both sides in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from ganstudio.bench.benchmark import Benchmark, paired
from ganstudio.bench.driving import QUICK
from ganstudio.bench.points import rate_of, studio_rate
from ganstudio.bench.specs import ganlab_spec, wgan_gp_spec
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

REPEATS = 1 if QUICK else 9


class RecorderShare(Benchmark):
    """GAN Lab's networks, which give the most terms a second, and WGAN-GP with 3 layers of 128."""

    name = "recorder"
    title = "Recording a run"
    goals = {"rate_share": ("<=", 0.02)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        shares = {}
        specs = {"GAN Lab's networks": ganlab_spec(), "WGAN-GP, 3 layers of 128": wgan_gp_spec(128, 128, 3)}
        for name, spec in specs.items():
            with tempfile.TemporaryDirectory() as folder:
                trainer = Trainer(spec)
                recorder = Recorder(Path(folder) / "run.ganrun", trainer)
                shares[name] = 1 - paired(rate_of(trainer, recorder.note, recorder.look), studio_rate(spec), REPEATS)
                recorder.close()
            say(f"recorder: {name}: {shares[name]:.1%} of the rate")
        return {"rate_share": max(shares.values())}
