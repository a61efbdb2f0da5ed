"""An error in the middle of an update loses nothing: the last checkpoint is that of a finished update."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch

import ganstudio
from ganstudio.core.protocol.spec import Plan, Spec
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

SPEC = Spec(variant="wgan-gp", data="ring", device="cpu", threads=1, controls={"batch_size": 8},
            network_controls={"width": 4, "depth": 1})
OURS = str(Path(ganstudio.__file__).parent)
LINES = 400  # of ours that some two updates run through


class BrokenOff(Exception):
    """What the test raises."""


@contextmanager
def error_after(lines: int) -> Iterator[None]:
    """Raises BrokenOff in the block once this many lines of the package have run."""
    left = lines

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise BrokenOff
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
        torch.set_grad_enabled(True)  # raised as a `with torch.no_grad()` ends, it comes before what restores this


@pytest.mark.parametrize("seed", range(50))
def test_an_error_anywhere_in_an_update_leaves_a_run_that_replays(seed: int, tmp_path: Path) -> None:
    draws = random.Random(seed)
    path = tmp_path / "a.ganrun"
    trainer = Trainer(SPEC)
    recorder = Recorder(path, trainer, plan=Plan(steps=9))
    for _ in range(draws.randrange(5)):
        trainer.update()
    recorder.note(trainer.flush())
    whole = {trainer.game.updates: trainer.game.weights_hash()}
    with pytest.raises(BrokenOff), error_after(draws.randrange(1, LINES)):
        for _ in range(200):
            trainer.update()
            whole[trainer.game.updates] = trainer.game.weights_hash()
    if not trainer.game.in_update:  # it ended, but not the loop around it
        whole[trainer.game.updates] = trainer.game.weights_hash()
    recorder.note(trainer.flush())
    recorder.close()
    assert verified(path).identical
    again = rebuild(path).trainer.game
    assert again.updates == max(whole)
    assert again.weights_hash() == whole[again.updates]
