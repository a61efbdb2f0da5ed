"""The loader's benchmark: its files, its own cache, and that it says when images are not gathered ahead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganstudio.bench import loader
from ganstudio.bench.benchmark import NotMeasured
from ganstudio.core.dataset import Batch
from ganstudio.training.prefetch import GatheringStream
from ganstudio.training.streams import Stream


def test_the_files_are_jpegs_of_many_sizes_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        loader.write_jpegs(tmp_path / name, 12)
    files = sorted((tmp_path / "one").iterdir())
    assert len(files) == 12
    sizes = set()
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
        with Image.open(file) as image:
            assert image.format == "JPEG" and 96 <= min(image.size) <= max(image.size) <= 256
            sizes.add(image.size)
    assert len(sizes) == 12


class FakeTrainer:
    """Steps that take nothing but the waiting: a quarter of each second that the clock tells."""

    waiting_scalars = 0

    def __init__(self, reals: Stream) -> None:
        self.game = self
        self.reals = reals

    def activate(self) -> None: ...

    def flush(self) -> None: ...

    def step(self) -> None:
        CLOCK[0] += 1.0
        if isinstance(self.reals, GatheringStream):
            self.reals.waited_s += 0.25


CLOCK = [0.0]


def stream(gathering: bool) -> Stream:
    def draw(n: int, rng: torch.Generator) -> torch.Tensor:
        return torch.randint(9, (n,), generator=rng)

    rng = torch.Generator()
    return GatheringStream(draw, rng, 10, Batch) if gathering else Stream(draw, rng, 10)


def test_the_share_is_waiting_over_all_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.bench.loader.time.perf_counter", lambda: CLOCK[0])
    monkeypatch.setattr(loader, "Trainer", lambda spec: FakeTrainer(stream(gathering=True)))
    assert loader.wait_share(tmp_path, 32, lambda _: None) == pytest.approx(0.25)
    monkeypatch.setattr(loader, "Trainer", lambda spec: FakeTrainer(stream(gathering=False)))
    with pytest.raises(NotMeasured, match="does not gather its images ahead"):
        loader.wait_share(tmp_path, 32, lambda _: None)


def test_the_users_cache_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    homes: list[str] = []

    def measured(folder: Path, resolution: int, say: object) -> float:
        homes.append(os.environ["GANSTUDIO_HOME"])
        return resolution / 1000

    monkeypatch.setattr(loader, "wait_share", measured)
    monkeypatch.setattr(loader, "FILES", 1)
    monkeypatch.setenv("GANSTUDIO_HOME", "mine")
    assert loader.Loader().run(lambda _: None) == {"wait_share": 0.064}
    assert os.environ["GANSTUDIO_HOME"] == "mine" and "mine" not in homes
    monkeypatch.delenv("GANSTUDIO_HOME")
    loader.Loader().run(lambda _: None)
    assert "GANSTUDIO_HOME" not in os.environ and not Path(homes[-1]).exists()
