"""video: a film of recorded moments against the time it plays, each frame another moment."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.history import Past

SIZE, FPS, SECONDS = (1280, 720), 30, 10
PANELS = ("points", "landscape", "curves")  # as the command films a run of which nothing was measured
REPEATS = 1 if QUICK else 5


class Video(Benchmark):
    """WGAN-GP on the ring, with a cloud, a landscape and curves: 10 s at 1280x720 and 30 frames a second."""

    name = "video"
    title = "Filming a run"
    goals = {"times_real_time": (">=", 6.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        frames = 30 if QUICK else FPS * SECONDS
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run.ganrun"
            _record(run, frames)
            takes = [_film(run, Path(folder) / f"{take}.mp4", frames) for take in range(REPEATS)]
        seconds = statistics.median(took for took, _ in takes)
        times = frames / FPS / seconds
        say(f"video: {frames} frames of {takes[0][1]} moments in {seconds:.2f} s: {times:.1f} times real time")
        return {"times_real_time": times}


def _record(path: Path, steps: int) -> None:
    """A run of which every step is kept, as by a window that looks after each of them."""
    from ganstudio.training.recorder import Recorder
    from ganstudio.training.trainer import Trainer
    from ganstudio.training.view_recording import CELLS, probes_of

    trainer = Trainer(Spec(variant="wgan-gp", data="ring"))
    recorder = Recorder(path, trainer)
    probes = {name: probe for name, probe in probes_of(trainer).items() if name in ("points", "landscape", "boundary")}
    for _ in range(steps):
        trainer.step()
        recorder.seen(trainer.position, {name: probe.look(trainer.view, CELLS) for name, probe in probes.items()})
    recorder.note(trainer.flush())
    recorder.close()


def _film(run: Path, out: Path, frames: int) -> tuple[float, int]:
    """Seconds that a film takes, from reading the run to the file under its name; and how many moments it shows."""
    from ganstudio.core.leaves import leaves
    from ganstudio.export.film_formats import open_film
    from ganstudio.export.panel_sheet import Screen
    from ganstudio.export.video import paced, recorded, shoot, story_of
    from ganstudio.training.build_catalog import catalogue
    from ganstudio.ui.application import application
    from ganstudio.ui.panel import Panel
    from ganstudio.ui.theme import DARK

    application()
    known, catalog = leaves("ganstudio.ui.panels", Panel), catalogue()
    start = time.perf_counter()
    past = Past(run)
    past.refresh()
    story = story_of(run, catalog)
    screen = Screen(story, known, PANELS, SIZE, DARK)
    moments = recorded(past, paced(1, story.end, frames))
    shoot(open_film(out, *SIZE, FPS), screen, moments, frames, lambda *_: None)
    took = time.perf_counter() - start
    screen.close()
    return took, len(past.moments)
