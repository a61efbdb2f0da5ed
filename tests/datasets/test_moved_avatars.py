"""Moved avatars: each move is known exactly, uniform, and made before the image is made smaller."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.moved_avatars import MovedAvatars, MovedAvatarsControls, moved


def data(side: int = 64, shift: float = 0.125) -> MovedAvatars:
    return MovedAvatars(MovedAvatarsControls(shift=shift)).resized(side)


def drawn(found: MovedAvatars, n: int = 12, seed: int = 0) -> torch.Tensor:
    return found.draw(n, torch.Generator().manual_seed(seed))


def test_each_face_is_where_its_move_says() -> None:
    found = data()
    rows = drawn(found)
    images = ((found.gather(rows) + 1) * 127.5).round().numpy().astype(np.uint8)
    for image, index, (right, down) in zip(images, rows[:, 0].tolist(), found.moves(rows) * 64, strict=True):
        assert right == round(right) and down == round(down) and max(abs(right), abs(down)) <= 8
        face, (x, y) = found.pixels.images[index], (int(right), int(down))
        there = image[:, max(y, 0) : 64 + min(y, 0), max(x, 0) : 64 + min(x, 0)]
        assert np.array_equal(there, face[:, max(-y, 0) : 64 + min(-y, 0), max(-x, 0) : 64 + min(-x, 0)])


def test_beyond_a_border_its_pixels_are_repeated() -> None:
    image = np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4)
    right_up = moved(image, np.array([[2, -1]]))[0, 0]
    assert right_up.tolist() == [[4, 4, 4, 5], [8, 8, 8, 9], [12, 12, 12, 13], [12, 12, 12, 13]]


def test_moves_are_uniform_over_all_whole_pixels_and_independent() -> None:
    found = data()
    moves = found.moves(drawn(found, 34_000)) * 64
    for axis in (0, 1):
        values, counts = np.unique(moves[:, axis], return_counts=True)
        assert values.tolist() == list(range(-8, 9))
        assert np.abs(counts / 2000 - 1).max() < 0.1
    right, down = (moves - moves.mean(0)).T
    assert abs((right * down).mean()) < 0.02 * moves.var()


def test_at_16_px_faces_are_moved_by_quarters_of_a_pixel() -> None:
    large, small = data(64), data(16)
    rows = drawn(large)
    blocks = large.gather(rows).reshape(12, 3, 16, 4, 16, 4).mean((3, 5))
    assert small.shape == (3, 16, 16)
    assert (small.gather(rows) - blocks).abs().max() < 0.01  # rounded to bytes
    assert (small.moves(rows) * 16 % 1 != 0).any()


def test_the_control_moves_what_was_drawn_ahead() -> None:
    found = data()
    rows = drawn(found)
    still = found.with_controls(MovedAvatarsControls(shift=0.0))
    faces = torch.from_numpy(found.pixels.images[rows[:, 0].numpy()]).float().div_(127.5).sub_(1)
    assert torch.equal(still.gather(rows), faces) and not torch.equal(found.gather(rows), faces)
    wide = found.with_controls(MovedAvatarsControls(shift=0.25))
    assert isinstance(wide, MovedAvatars)
    assert np.abs(wide.moves(drawn(wide, 500))).max() == 0.25


def test_faces_for_tests_and_for_judges_are_others_and_their_moves_are_known() -> None:
    found = data(32)
    unseen, judged = (found.examples(40, purpose) for purpose in ("unseen", "judge"))
    assert unseen.images.shape == (40, 3, 32, 32) and not np.array_equal(unseen.images, judged.images)
    for examples in (unseen, judged):
        assert set(examples.details) == {"right", "down"}
        assert np.abs(examples.details["right"]).max() <= 0.125 and np.ptp(examples.details["down"]) > 0.1
    assert len(found.examples(5000, "unseen").images) == 500


def test_plain_numbers_are_faces_with_a_move_of_their_own() -> None:
    found = data(16)
    numbers = torch.arange(50)
    assert torch.equal(found.gather(numbers), found.gather(numbers))
    moves = found.moves(numbers)
    assert moves.shape == (50, 2) and len(np.unique(moves, axis=0)) > 40


def test_a_side_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="resolution"):
        data(24)
