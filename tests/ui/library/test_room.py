"""The library says how much room it takes, and makes some after a question; nothing that was cared for is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from call_count import Calls
from PySide6.QtWidgets import QApplication, QLabel, QProgressDialog
from safetensors.numpy import save

from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.runs import library as files
from ganstudio.core.runs import thinning
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.library import runs, set_tags
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.ui.library.columns import amount
from ganstudio.ui.library.dialog import LibraryDialog
from ganstudio.ui.library.room import RoomDialog

STATES = [save({"w": np.random.default_rng(seed).standard_normal(40_000).astype(np.float32)}) for seed in range(4)]


@pytest.fixture(autouse=True)
def dialogs_are_deleted(qapp: QApplication) -> Iterator[None]:
    """A dialog that is only closed stays, and whatever dresses the application walks over its 35 widgets."""
    yield
    for widget in qapp.topLevelWidgets():
        if isinstance(widget, LibraryDialog):
            widget.close()
            widget.deleteLater()


def name(second: int) -> str:
    return f"2026-11-21 20.24.{second:02} wgan ring 28430-{second}"


def kept(folder: Path, stem: str, steps: int, states: list[bytes] = STATES) -> Path:
    path = folder / f"{stem}.ganrun"
    writer = RunWriter(path, Spec(variant="wgan", data="ring", seed=steps, device="cpu"))
    for at, tensors in enumerate(states):
        writer.add_checkpoint(Checkpoint(position=Position(
            steps=at * steps // 3, by_player={"generator": at * steps // 3}), tensors=tensors))
    writer.close()
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "account" / "share"))
    made = tmp_path / "runs"
    made.mkdir()
    for second, steps in enumerate((3, 6, 3000, 6000)):
        kept(made, name(second), steps)
    kept(made, "mine", 9000)
    return made


def asked(library: LibraryDialog) -> RoomDialog:
    library.room.click()
    return library.findChildren(RoomDialog)[-1]


def text(dialog: RoomDialog, which: str) -> str:
    label = dialog.findChild(QLabel, which)
    assert isinstance(label, QLabel)
    return label.text() if label.isVisibleTo(dialog) else ""


def sizes(folder: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_size for path in folder.glob("*.ganrun")}


def test_the_room_of_all_runs_is_said(qapp: QApplication, folder: Path) -> None:
    library = LibraryDialog(folder)
    assert library.words.text() == f"5 of 5 runs in {folder}, {amount(sum(sizes(folder).values()))}."
    library.search.setText("mine")
    assert library.words.text() == f"1 of 5 runs in {folder}, {amount(sizes(folder)['mine'])}."
    library.close()


def test_short_runs_go_and_long_ones_are_thinner_and_it_is_said(qapp: QApplication, folder: Path) -> None:
    before = sizes(folder)
    library = LibraryDialog(folder)
    dialog = asked(library)
    short = before[name(0)] + before[name(1)]
    assert dialog.short.text() == f"Move 2 runs of fewer than 100 steps to the trash: {amount(short)}"
    assert dialog.thick.text().startswith("Make 2 longer runs thinner: about ")
    assert text(dialog, "room.spared") == "Left alone: 1 run with a name, a tag, a pin or a branch."
    assert "cannot be undone" in text(dialog, "room.thick.words") and "Undo takes" in text(dialog, "room.short.words")
    dialog.free.click()
    after = sizes(folder)
    assert after.keys() == {name(2), name(3), "mine"} and after["mine"] == before["mine"]
    freed = sum(before[name(at)] - after[name(at)] for at in (2, 3))
    assert freed > 500_000
    assert library.words.text() == (f"{amount(freed)} are free: 2 runs made thinner. 2 short runs of {amount(short)} "
                                    "went into the trash; Undo takes them back.")
    library.undo.click()
    assert sizes(folder).keys() == before.keys()
    library.close()


def test_only_what_is_ticked_is_done(qapp: QApplication, folder: Path) -> None:
    before = sizes(folder)
    library = LibraryDialog(folder)
    dialog = asked(library)
    dialog.thick.setChecked(False)
    short = before[name(0)] + before[name(1)]
    assert dialog.free.text() == f"Free about {amount(short)}"
    dialog.short.setChecked(False)
    assert not dialog.free.isEnabled()
    dialog.reject()
    assert sizes(folder) == before
    dialog = asked(library)
    dialog.short.setChecked(False)
    dialog.free.click()
    assert sizes(folder).keys() == before.keys() and sizes(folder)[name(3)] < before[name(3)]
    library.close()


def test_the_run_on_screen_is_left_alone(qapp: QApplication, folder: Path) -> None:
    before = sizes(folder)
    files_on_screen = [str(folder / f"{name(at)}.ganrun") for at in (1, 3)]
    library = LibraryDialog(folder, running=files_on_screen[0], shown=files_on_screen[1])
    dialog = asked(library)
    assert dialog.short.text().startswith("Move 1 run of")
    assert dialog.thick.text().startswith("Make 1 longer run thinner")
    assert text(dialog, "room.spared").endswith("a branch and what is on screen.")
    dialog.free.click()
    after = sizes(folder)
    assert all(after[name(at)] == before[name(at)] for at in (1, 3)) and name(0) not in after
    library.close()


def test_nothing_to_free_is_said(qapp: QApplication, folder: Path) -> None:
    for path in folder.glob("*.ganrun"):
        set_tags(path, ["good"])
    library = LibraryDialog(folder)
    library.room.click()
    assert library.findChildren(RoomDialog) == []
    assert library.words.text() == ("There is nothing to free: no run without a name is short, or holds what it can do "
                                    "without. Left alone: 5 runs with a name, a tag, a pin or a branch.")
    library.close()


def test_what_cannot_be_done_is_said_and_the_rest_is_done(
    qapp: QApplication, folder: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = sizes(folder)
    really = thinning.thin

    def thin(path: Path) -> int:
        if path.stem == name(3):
            raise BadInput(f"{path.name} cannot be made thinner: Input/output error")
        return really(path)

    monkeypatch.setattr(thinning, "thin", thin)
    library = LibraryDialog(folder)
    asked(library).free.click()
    assert "1 run made thinner" in library.words.text() and "Not done: " in library.words.text()
    assert sizes(folder)[name(3)] == before[name(3)] and sizes(folder)[name(2)] < before[name(2)]
    library.close()


def test_it_can_be_cancelled(qapp: QApplication, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sizes(folder)
    library = LibraryDialog(folder)
    dialog = asked(library)
    dialog.short.setChecked(False)

    def thin(path: Path) -> int:
        library.findChildren(QProgressDialog)[-1].cancel()
        report("thinning", 1, 2)
        raise AssertionError("it goes on")

    monkeypatch.setattr(thinning, "thin", thin)
    dialog.free.click()
    assert "Cancelled: the other runs are as they were." in library.words.text() and sizes(folder) == before
    library.close()


def test_many_runs_are_listed_and_looked_through_at_little_work_each(qapp: QApplication, tmp_path: Path) -> None:
    """Some 0.3 s each for 500 runs on a quiet core; twice as many runs are twice the work, no more."""
    made = kept(tmp_path, name(0), 3000, [bytes(30_000)] * 4).read_bytes()
    listed, looked = [], []
    for first, last in ((1, 100), (100, 200)):
        for number in range(first, last):
            (tmp_path / f"2026-11-21 20.24.00 wgan ring 28430-{number}.ganrun").write_bytes(made)
        files._CACHE.clear()
        with Calls() as listing:
            found = runs(tmp_path)
        with Calls() as looking:
            survey = thinning.survey(found)
        assert len(found) == len(survey.thick) == last and not any(kept.fault for kept in found)
        listed.append(listing.number)
        looked.append(looking.number)
    assert listed[0] < 100 * 1000 and looked[0] < 100 * 2000, (listed, looked)
    assert listed[1] < 2.1 * listed[0] and looked[1] < 2.1 * looked[0], (listed, looked)
