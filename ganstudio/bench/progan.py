"""progan: how much sooner the same number of images is shown if the players grow to 32 px than if they start there.

The schedule is the toy preset's: 8,000 images at 4 px, then for 8, 16 and 32 px 8,000 while the size fades in and
8,000 after it, 56,000 in all. As in the paper every phase is equally long. What a run does at 32 px afterwards takes
as long on both sides: the longer it goes on, the less the growing has saved of the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ganstudio.bench.benchmark import Benchmark, paired, rate
from ganstudio.bench.driving import QUICK
from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Grow, Spec
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer
from ganstudio.variants.progan import ProGAN

SIDE_PX = 32
WIDTH = 32
LEVELS = 4
PHASES = 2 * LEVELS - 1
REPEATS = 1 if QUICK else 5
SECONDS = 0.05 if QUICK else 1.5  # of each side in each repeat
WARM_UP = 1 if QUICK else 3  # steps after a change of phase
ENDLESS: dict[str, Value] = {"images_per_level": 10_000_000, "images_per_fade": 10_000_000}


class Progan(Benchmark):
    """The step times of every phase and of 32 px, in turn, integrated over the schedule."""

    name = "progan"
    title = "Growing to 32 px over training at 32 px from the start"
    goals = {"speedup": (">=", 1.5)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        growing, grown = Trainer(_spec(ENDLESS)), Trainer(_spec({"start_resolution": SIDE_PX}))
        times_as_fast: list[float] = []
        for phase in range(PHASES):
            say(f"progan {phase + 1}/{PHASES}")
            for trainer in (growing, grown):
                for _ in range(WARM_UP):
                    trainer.step()
            times_as_fast.append(paired(_rate(growing), _rate(grown), REPEATS))
            growing.apply(Grow())
        return {"speedup": integrated(times_as_fast, images())}


def images() -> list[int]:
    """Images shown in each phase of the schedule."""
    toy = ProGAN.presets["toy"].controls
    level, fade = toy["images_per_level"], toy["images_per_fade"]
    assert isinstance(level, int) and isinstance(fade, int)
    return [level, *[fade, level] * (LEVELS - 1)]


def integrated(times_as_fast: list[float], images: list[int]) -> float:
    """The speed-up over a schedule: the time for all images at full size over that for each phase's at its own.

    Args:
        times_as_fast: Steps a second of each phase over those at full size.
        images: Shown in each phase.
    """
    return sum(images) / sum(n / r for n, r in zip(images, times_as_fast, strict=True))


def in_full(say: Callable[[str], None]) -> dict[str, float]:
    """Both runs in full, phase by phase in turn: the speed-up as a clock sees it, and the seconds of either side.

    Some ten minutes on two cores.
    """
    growing, grown = Trainer(_spec({})), Trainer(_spec({"start_resolution": SIDE_PX}))
    seconds = {"growing_s": 0.0, "grown_s": 0.0}
    batch = growing.game.controls.batch_size
    for phase, shown in enumerate(images()):
        for name, trainer in (("growing_s", growing), ("grown_s", grown)):
            trainer.activate()
            began = time.perf_counter()
            for _ in range(shown // batch):
                _step(trainer)
            seconds[name] += time.perf_counter() - began
        say(f"progan {phase + 1}/{PHASES}: growing {seconds['growing_s']:.0f} s, grown {seconds['grown_s']:.0f} s")
    return {"speedup": seconds["grown_s"] / seconds["growing_s"], **seconds}


def _spec(controls: dict[str, Value]) -> Spec:
    return Spec(variant="progan", data="avatars", controls=controls,
                network_controls={"resolution": SIDE_PX, "width": WIDTH})


def _step(trainer: Trainer) -> None:
    trainer.step()
    if trainer.waiting_scalars >= FLUSH_UPDATES:
        trainer.flush()


def _rate(trainer: Trainer) -> Callable[[], float]:
    """Steps a second of a run, read as a headless run reads it."""

    def measured() -> float:
        trainer.activate()
        return rate(lambda: _step(trainer), SECONDS)

    return measured
