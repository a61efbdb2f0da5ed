"""images-live: what the open window costs the training on images, how often it shows them, and how soon a user's move.

At 32 px and width 32, batch 32, against the same run headless, in turn; the pictures also at 64 px and full width.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import msgspec

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window
from ganstudio.bench.headless import headless_rate
from ganstudio.bench.specs import dcgan_spec
from ganstudio.training.trainer import Trainer

REPEATS = 1 if QUICK else 3
SECONDS = 1.0 if QUICK else 8.0
SECONDS_WIDE = 1.0 if QUICK else 12.0  # a step takes a third of a second there
WARM_UP = 2 if QUICK else 20
MOVES = 2 if QUICK else 20
BATCH = 32


class ImagesLive(Benchmark):
    """DCGAN on the avatars, image layout at 1600 x 1000."""

    name = "images-live"
    title = "The open window on images beside the same run headless"
    goals = {
        "ratio": (">=", 0.85),
        "pictures_per_second": (">=", 10.0),  # at 32 px; there are some fifty updates to show
        "pictures_per_second_64": (">=", 1.0),
        "visible_ms_latent": ("<=", 150.0),  # from a latent's move to its image, at 32 px
    }

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        asked = dcgan_spec(32, 4 if QUICK else 32, BATCH)
        # The same precision in both; threads as each chooses them: in the window one core is left to the painting.
        narrow = msgspec.structs.replace(Trainer(asked).spec, threads=asked.threads)
        ratios: list[float] = []
        pictures: list[float] = []
        for repeat in range(REPEATS):
            say(f"images-live {repeat + 1}/{REPEATS}")
            alone = headless_rate(narrow, WARM_UP, SECONDS)
            seen = in_window("rate", spec=msgspec.to_builtins(narrow), layout="image", warm_up=WARM_UP, seconds=SECONDS)
            ratios.append(seen["steps_per_second"] / alone)
            pictures.append(seen["pictures_per_second"])
        say("images-live: a latent moves")
        moved = in_window("latent", spec=msgspec.to_builtins(narrow), layout="image", moves=MOVES)
        say("images-live: 64 px")
        wide = msgspec.to_builtins(dcgan_spec(64, 4 if QUICK else 64, BATCH))
        at_64 = in_window("rate", spec=wide, layout="image", warm_up=2, seconds=SECONDS_WIDE)
        return {
            "ratio": statistics.median(ratios),
            "pictures_per_second": statistics.median(pictures),
            "pictures_per_second_64": at_64["pictures_per_second"],
            "visible_ms_latent": moved["latent_ms"],
        }
