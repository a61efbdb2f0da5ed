"""loader: share of the time that the players wait for images from a folder of 5,000 JPEGs.

The files are made here, 96 to 256 px a side, as photographs compress. Decoding them into the cache comes before the
training and is reported, not measured: it happens once.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ganstudio.bench.benchmark import Benchmark, NotMeasured
from ganstudio.bench.driving import QUICK
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.prefetch import GatheringStream
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer

FILES = 100 if QUICK else 5_000
SECONDS = 0.1 if QUICK else 30.0  # of training at each resolution
WARM_UP = 1 if QUICK else 5  # steps
SIDES = (96, 256)  # px
RESOLUTIONS = (32, 64)  # px


class Loader(Benchmark):
    """DCGAN at full width on squares of 32 and 64 px, batch 64: the larger of the two shares."""

    name = "loader"
    title = "Waiting for images from a folder"
    goals = {"wait_share": ("<=", 0.05)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        with tempfile.TemporaryDirectory() as held, _cache_in(Path(held) / "home"):
            folder = Path(held) / "images"
            folder.mkdir()
            write_jpegs(folder, FILES)
            return {"wait_share": max(wait_share(folder, resolution, say) for resolution in RESOLUTIONS)}


def wait_share(folder: Path, resolution: int, say: Callable[[str], None]) -> float:
    """Time in ``take`` over all time, while DCGAN trains on a folder at a resolution."""
    began = time.perf_counter()
    trainer = Trainer(Spec(variant="dcgan", data="folder", network="dcgan", preset="paper",
                           controls={"batch_size": 64},
                           data_controls={"path": str(folder), "resolution": str(resolution)}))
    say(f"loader: {FILES:,} files at {resolution} px ready after {time.perf_counter() - began:.1f} s")
    reals = trainer.game.reals
    if not isinstance(reals, GatheringStream):
        raise NotMeasured("the game does not gather its images ahead")
    trainer.activate()
    for _ in range(WARM_UP):
        trainer.step()
    _wait_for_gpu()
    waited, began = reals.waited_s, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        trainer.step()
        if trainer.waiting_scalars >= FLUSH_UPDATES:
            trainer.flush()
    _wait_for_gpu()
    return (reals.waited_s - waited) / (time.perf_counter() - began)


def write_jpegs(folder: Path, count: int) -> None:
    """Smooth colour with grain, a file each of 5 to 20 kB; the same ones each time."""

    def write(number: int) -> None:
        rng = np.random.default_rng(number)
        width, height = rng.integers(SIDES[0], SIDES[1] + 1, 2)
        patches = Image.fromarray(rng.integers(0, 256, (8, 8, 3)).astype(np.uint8))
        smooth = np.asarray(patches.resize((int(width), int(height)), Image.Resampling.BICUBIC)).astype(np.int16)
        grain = rng.integers(-12, 12, smooth.shape)
        Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8)).save(folder / f"{number:05}.jpg", quality=88)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(count)))


@contextmanager
def _cache_in(home: Path) -> Iterator[None]:
    """Keeps what is made for the measurement out of the user's folders."""
    before = os.environ.get("GANSTUDIO_HOME")
    os.environ["GANSTUDIO_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["GANSTUDIO_HOME"]
        else:
            os.environ["GANSTUDIO_HOME"] = before


def _wait_for_gpu() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
