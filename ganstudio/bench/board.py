"""board: from a stroke on the Board to the painted answer; and what the Translation panel costs the window."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window
from ganstudio.bench.specs import cyclegan_spec, gawwn_spec, spade_spec

STROKES = 1 if QUICK else 16
SECONDS = 1.0 if QUICK else 15.0
REFRESHES = 2 if QUICK else 40
GOALS_MS = {"": 100.0, "_90": 150.0, "_worst": 300.0}  # of the median, of nine in ten, of all


class Board(Benchmark):
    """SPADE on Scenes, GAWWN on Faces by box and by key points, at 32 px with the toys' networks.

    Each plays and is then paused; every move of a stroke counts. CycleGAN's strips have the most columns.
    """

    name = "board"
    title = "From a stroke on the Board to its image"
    goals = {
        f"{run}_{state}_ms{part}": ("<=", goal)
        for run in ("spade", "box", "keypoints") for state in ("training", "paused") for part, goal in GOALS_MS.items()
    } | {"translation_refresh_ms": ("<=", 16.0), "translation_gap_ms": ("<=", 100.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        figures: dict[str, float] = {}
        runs = {"spade": spade_spec(), "box": gawwn_spec("box"), "keypoints": gawwn_spec("keypoints")}
        for name, spec in runs.items():
            say(f"board: {name}")
            found = in_window("board", spec=msgspec.to_builtins(spec), layout="image", strokes=STROKES)
            figures |= {f"{name}_{state}_ms{part}": found[state + part]
                        for state in ("training", "paused") for part in GOALS_MS}
        say("board: the Translation panel")
        found = in_window("refresh", spec=msgspec.to_builtins(cyclegan_spec()), layout="image", seconds=SECONDS,
                          refreshes=REFRESHES)
        return figures | {f"translation_{figure}": value for figure, value in found.items()}
