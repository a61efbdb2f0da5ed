"""A walk through the latents: where it goes by, that it comes home, and whose pictures it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtWidgets import QApplication

from ganstudio.core.images import Bytes, pixels
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.export.latent_walk_film import PICTURES, STOPS, Walking, WalkSheet
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.ui.theme import DARK, LIGHT, Theme

RED = (255, 0, 0)


def record(path: Path, variant: str, data: str, steps: int, **controls: float) -> Path:
    trainer = Trainer(Spec(variant=variant, data=data, threads=1, controls={"batch_size": 4, **controls},
                           network_controls={"width": 8}))
    recorder = Recorder(path, trainer)
    for _ in range(steps):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("runs") / "digits.ganrun", "dcgan", "digits", 3, ema_decay=0.5)


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The one application, which the sheet dresses."""
    font, palette, sheet = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setFont(font)
    qapp.setPalette(palette)
    qapp.setStyleSheet(sheet)


def tiles(picture: Bytes) -> list[Bytes]:
    """The sixteen pictures of a sheet, between which all is red."""
    red = (picture == RED).all(axis=2)
    rows, columns = (np.flatnonzero(~red.all(axis=axis)) for axis in (1, 0))
    high, wide = len(rows) // 4, len(columns) // 4
    return [picture[np.ix_(rows[high * r : high * (r + 1)], columns[wide * c : wide * (c + 1)])]
            for r in range(4) for c in range(4)]


def test_at_a_stop_stands_the_running_mean_s_picture_of_that_latent(run: Path) -> None:
    view = rebuild(run).trainer.view
    walking = Walking(run, None)
    for stop in range(STOPS):
        z = view.latents[stop * PICTURES : (stop + 1) * PICTURES]
        averaged = view.average(z)
        assert averaged is not None and not torch.equal(averaged, view.generate(z))
        wanted = pixels(averaged.float().numpy())
        for tile, picture in zip(tiles(walking.images(stop / STOPS, RED)), wanted, strict=True):
            assert np.array_equal(tile, np.repeat(picture, 3, axis=2))


def test_without_a_running_mean_the_generator_s_own_pictures_are_shown(tmp_path: Path) -> None:
    path = record(tmp_path / "run.ganrun", "dcgan", "digits", 1, ema_decay=0.0)
    view = rebuild(path).trainer.view
    wanted = pixels(view.generate(view.latents[:PICTURES]).float().numpy())
    assert np.array_equal(tiles(Walking(path, None).images(0.0, RED))[5], np.repeat(wanted[5], 3, axis=2))


def test_it_comes_home_smoothly(run: Path) -> None:
    walking = Walking(run, None)
    frames = [walking.images(n / 32).astype(int) for n in range(32)]
    steps = [np.abs(here - there).mean() for here, there in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert np.array_equal(walking.images(1.0), walking.images(0.0))
    assert 0 < steps[-1] <= max(steps[:-1])  # the seam is no greater jump than any other
    assert max(steps) < 0.7 * max(np.abs(frame - frames[0]).mean() for frame in frames)


def test_an_earlier_moment_is_another_walk(run: Path) -> None:
    early, late = Walking(run, 1), Walking(run, None)
    assert (early.title, late.title) == ("DCGAN on Digits, step 1", "DCGAN on Digits, step 3")
    assert not np.array_equal(early.images(0.3), late.images(0.3))


def test_of_a_growing_generator_in_mid_fade(tmp_path: Path) -> None:
    path = record(tmp_path / "run.ganrun", "progan", "digits", 6, images_per_level=12, images_per_fade=40)
    walking = Walking(path, None)
    trainer = rebuild(path).trainer
    stage = trainer.view.phase.stage
    assert stage is not None and 0 < stage.alpha < 1
    shapes = {tile.shape for tile in tiles(walking.images(0.2, RED))}
    side = trainer.view.real.shape[-1]
    assert shapes == {(side, side, 3)}


def test_points_cannot_be_walked_through(tmp_path: Path) -> None:
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", threads=1, network_controls={"width": 4, "depth": 1}))
    recorder = Recorder(tmp_path / "run.ganrun", trainer)
    trainer.step()
    recorder.close()
    with pytest.raises(BadInput, match="makes no images"):
        Walking(tmp_path / "run.ganrun", None)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("size", [(320, 240), (640, 480), (480, 640)])
def test_the_picture_is_enlarged_by_a_whole_number_in_the_middle(
    size: tuple[int, int], theme: Theme, app: QApplication
) -> None:
    picture = np.zeros((50, 60, 3), dtype=np.uint8)
    picture[::2, ::2] = picture[1::2, 1::2] = (250, 10, 20)
    shown = WalkSheet("title", size, theme)  # its picture lives as long as it does
    sheet = shown.show(picture)[..., 2::-1]
    found = (sheet == (250, 10, 20)).all(axis=2)
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    factor = (columns[-1] + 1 - columns[0]) // 60
    assert factor >= 2
    patch = sheet[rows[0] : rows[0] + 50 * factor, columns[0] : columns[0] + 60 * factor]
    assert np.array_equal(patch, np.repeat(np.repeat(picture, factor, axis=0), factor, axis=1))
    assert abs(columns[0] + 30 * factor - size[0] / 2) <= 1
