"""While an export is under way, nothing of it can be seen in the user's folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ganstudio.core.system import resources
from ganstudio.ui.export import queue


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    (tmp_path / "target").mkdir()
    return tmp_path


def test_it_is_made_in_the_studios_own_folder(own_home: Path) -> None:
    work = queue._work_folder(own_home / "target")
    assert Path(work.name).parent == resources.cache_folder() / "exports"
    assert list((own_home / "target").iterdir()) == []
    work.cleanup()


def test_on_another_disk_it_is_hidden_beside_the_target(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "cache_folder", lambda: Path("/proc/no-such-place"))
    work = queue._work_folder(own_home / "target")
    assert Path(work.name).parent == own_home / "target"
    assert Path(work.name).name.startswith(".")
    work.cleanup()


def test_what_a_killed_studio_left_is_taken_away(own_home: Path) -> None:
    left = resources.cache_folder() / "exports" / "old"
    left.mkdir(parents=True)
    fresh = left.with_name("fresh")
    fresh.mkdir()
    os.utime(left, (time.time() - 2 * queue.DAY_S,) * 2)
    queue._work_folder(own_home / "target").cleanup()
    assert [left.exists(), fresh.exists()] == [False, True]


def test_a_folder_that_cannot_be_written_to_is_told_at_once(own_home: Path) -> None:
    with pytest.raises(OSError):
        queue._work_folder(own_home / "nowhere")
