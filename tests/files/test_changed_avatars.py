"""The avatars with one part changed: apart from those that are learnt from, and changed where the part is alone."""

from __future__ import annotations

import numpy as np

from ganstudio.core.system.resources import asset
from ganstudio.files.avatar_file import ChangedAvatars, read_avatars, read_changed_avatars

FILE = "avatars-changed.npz"


def shipped() -> ChangedAvatars:
    return read_changed_avatars(asset("data", FILE))


def test_the_shipped_file_is_whole_and_small() -> None:
    assert asset("data", FILE).stat().st_size < 3 * 2**20
    held = shipped()
    assert held.images.shape == (1000, 3, 64, 64) and held.images.dtype == np.uint8
    assert set(held.changed) == set(held.changed_to) == {"glasses", "hairColour"}
    every = [held.images, *held.changed.values()]
    assert all(images.shape == held.images.shape for images in every)
    assert len({image.tobytes() for images in every for image in images}) == 3000


def test_none_is_among_those_that_are_learnt_from() -> None:
    _, parts = read_avatars(asset("data", "avatars.npz"))
    held = shipped()
    assert set(held.parts) == set(parts)
    made_of = [{tuple(row) for row in np.stack([choices[name] for name in parts], axis=1).tolist()}
               for choices in (parts, held.parts, held.parts | held.changed_to)]
    assert len(made_of[0]) == 8192
    assert not made_of[0] & made_of[1] and not made_of[0] & made_of[2]


def test_a_part_is_changed_to_what_is_said() -> None:
    held = shipped()
    was, now = held.parts["glasses"], held.changed_to["glasses"]
    assert ((was == 0) != (now == 0)).all()  # on or off, for each of them
    assert set(now[was == 0]) == {1, 2, 3, 4}
    assert np.array_equal(held.changed_to["hairColour"], (held.parts["hairColour"] + 1) % 10)


def test_a_change_leaves_the_pixels_of_other_parts_as_they_are() -> None:
    held = shipped()
    moved = {part: (images != held.images).any(axis=1) for part, images in held.changed.items()}
    assert moved["glasses"].any(axis=(1, 2)).all() and moved["hairColour"].any(axis=(1, 2)).all()
    rows = np.flatnonzero(moved["glasses"].any(axis=(0, 2)))
    assert rows.min() > 16 and rows.max() < 48  # about the eyes, and nowhere else
    assert moved["glasses"].mean() < 0.1 and moved["hairColour"].mean() < 0.35
