"""Run format 4: old files are read as they are, brought to it in one piece, and hostile ones are refused."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ganstudio.cli import main
from ganstudio.core.protocol.spec import Parent, Plan, Position
from ganstudio.core.runs import reader as reader_module
from ganstudio.core.runs import writer as writer_module
from ganstudio.core.runs.format import FURTHEST, SCHEMA, by_player
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.verification import verified

DATA = Path(__file__).parents[2] / "data" / "format3"
NAME = "branch"  # it has a log, checkpoints, a parent, a scene, frames and measures
Rows = dict[str, list[Any]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / f"{NAME}.ganrun", tmp_path / "old.ganrun"))


def contents(path: Path) -> tuple[int, Rows]:
    """Its format, and every row of every table."""
    db = sqlite3.connect(path)
    tables = [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    rows = {table: db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return version, rows


def changed(path: Path, statement: str, *values: Any) -> Path:
    db = sqlite3.connect(path)
    db.execute(statement, values)
    db.commit()
    db.close()
    return path


def migrated(path: Path) -> Path:
    RunWriter.reopened(path).close()
    return path


# Reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["measure", "{}", "--json"], ["replay", "{}"], ["export", "{}", "--out", "{}.csv"],
                                   ["sample", "{}", "--n", "9", "--out", "{}.npz"]], ids=lambda words: str(words[0]))
def test_a_command_that_reads_an_old_run_rewrites_nothing(
    words: list[str], old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    before, found = old.read_bytes(), contents(old)
    assert main([word.replace("{}", str(old)) for word in words]) in (0, 1)  # 1: other bits on another machine
    assert "error" not in capsys.readouterr().err.lower()
    assert old.read_bytes() == before and contents(old) == found
    assert found[0] == 3
    reader = RunReader(old)
    assert reader.spec().streams == 1
    reader.close()


def test_an_older_program_says_in_one_sentence_that_it_cannot_read_it(
    old: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    migrated(old)
    monkeypatch.setattr(reader_module, "READABLE", range(1, 4))
    monkeypatch.setattr(reader_module, "SCHEMA", 3)
    with pytest.raises(BadInput, match=r"old.ganrun has format 5: this version of GAN Studio reads 1 to 3$"):
        RunReader(old)


# Bringing to the current format ------------------------------------------------------------------------------------


def test_positions_are_by_player_afterwards_and_nothing_else_has_changed(old: Path) -> None:
    reader = RunReader(old)
    before = (reader.log(), [at for _, at in reader.moments()], reader.parent(), reader.scene(), reader.spec())
    reader.close()
    _, rows = contents(old)
    version, found = contents(migrated(old))
    assert version == SCHEMA
    for table in "scalars", "frames", "measures":
        assert found[table] == rows[table] and rows[table]
    assert [row[2:] for row in found["checkpoints"]] == [row[2:] for row in rows["checkpoints"]]  # tensors stay
    text = [entry for _, entry in found["log"]] + [row[1] for row in found["checkpoints"]] + [
        value for key, value in found["meta"] if key in ("parent", "scene")]
    assert len(text) > 4
    for row in text:
        assert b'"by_player"' in row and b"_updates" not in row
    assert msgspec.json.decode(dict(found["meta"])["spec"])["streams"] == 1
    reader = RunReader(old)
    assert (reader.log(), [at for _, at in reader.moments()], reader.parent(), reader.scene(), reader.spec()) == before
    reader.close()


def test_going_on_brings_a_run_to_it(old: Path) -> None:
    run = rebuild(old)
    steps = run.trainer.game.steps + 2
    recorder = Recorder.resumed(old, run, Plan(steps=steps))
    while run.trainer.game.steps < steps:
        run.trainer.step()
    recorder.note(run.trainer.flush())
    recorder.close()
    assert contents(old)[0] == SCHEMA
    reader = RunReader(old)
    assert reader.spec().streams == 1 and reader.moments()[-1][1] == run.trainer.position
    reader.close()
    assert rebuild(old).trainer.game.weights_hash() == run.trainer.game.weights_hash()


@pytest.mark.parametrize(("function", "calls"), [("by_player", 0), ("by_player", 1), ("by_player", 4),
                                                 ("one_stream", 0)])
def test_a_fault_in_its_middle_leaves_the_old_file(
    function: str, calls: int, old: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = contents(old)
    plain: Callable[[bytes], bytes] = getattr(writer_module, function)
    done: list[int] = []

    def breaks(row: bytes) -> bytes:
        done.append(1)
        if len(done) > calls:
            raise ValueError("a fault")
        return plain(row)

    monkeypatch.setattr(writer_module, function, breaks)
    with pytest.raises(BadInput, match="cannot be continued: user-defined function raised exception"):
        RunWriter.reopened(old)
    assert contents(old) == before and before[0] == 3
    assert rebuild(old).trainer.game.steps > 0


DIES = """
import os, sys
from pathlib import Path
from ganstudio.core.runs import writer
plain, done = writer.by_player, []
def dies(row):
    done.append(1)
    if len(done) > int(sys.argv[2]):
        os._exit(9)
    return plain(row)
writer.by_player = dies
writer.RunWriter.reopened(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("calls", [0, 3])
def test_a_program_killed_in_its_middle_leaves_the_old_file(calls: int, old: Path) -> None:
    before = contents(old)
    assert subprocess.run([sys.executable, "-c", DIES, str(old), str(calls)]).returncode == 9
    assert contents(old) == before and before[0] == 3
    assert contents(migrated(old))[0] == SCHEMA


def test_what_is_no_position_stays_for_the_reader_to_refuse(old: Path) -> None:
    assert by_player(b"\xff no JSON") == b"\xff no JSON"
    migrated(changed(old, "UPDATE checkpoints SET position = ?", b"\xff no JSON"))
    reader = RunReader(old)
    with pytest.raises(BadInput, match="damaged checkpoint"):
        reader.moments()
    reader.close()


def test_a_branch_of_an_old_run_has_the_present_format_and_one_stream(old: Path, tmp_path: Path) -> None:
    before = old.read_bytes()
    found = branch_run(old, 3)
    path = tmp_path / "new.ganrun"
    recorder = found.recorder(path, Plan(), Parent(file=old.name, position=found.trainer.position))
    found.trainer.step()
    recorder.note(found.trainer.flush())
    recorder.close()
    assert old.read_bytes() == before
    version, rows = contents(path)
    assert version == SCHEMA and msgspec.json.decode(dict(rows["meta"])["spec"])["streams"] == 1
    assert list(found.trainer.game.latents) == [""]  # all players draw from one stream
    assert verified(path).identical


# Hostile files -----------------------------------------------------------------------------------------------------


HOSTILE: dict[str, dict[str, Any]] = {
    "before the first step": {"steps": -1},
    "negative": {"by_player": {"generator": -1}},
    "negative, of an old file": {"generator_updates": -1},
    "huge": {"by_player": {"generator": FURTHEST + 1}},
    "huge, of an old file": {"discriminator_updates": FURTHEST + 1},
    "beyond any integer": {"by_player": {"generator": 10**400}},
    "no number": {"by_player": {"generator": "9"}},
    "hundreds": {"by_player": {f"player {n}": 1 for n in range(300)}},
    "a line break": {"by_player": {"gene\nrator": 1}},
    "a control character": {"by_player": {"gene\x1b[31mrator": 1}},
    "a long name": {"by_player": {"g" * 41: 1}},
    "no name": {"by_player": {"": 1}},
    "a place before the first": {"place": -1},
}


def log_entry(position: Any) -> bytes:
    return msgspec.json.encode({"position": position, "command": {"type": "control", "name": "a", "value": 1.0}})


def with_position(path: Path, part: str, position: Any) -> Path:
    """The file with that position there."""
    if part == "log":
        return changed(path, "INSERT INTO log(entry) VALUES(?)", log_entry(position))
    if part == "checkpoint":
        return changed(path, "UPDATE checkpoints SET position = ?", msgspec.json.encode(position))
    _, rows = contents(path)
    value = msgspec.json.decode(dict(rows["meta"])[part])
    return changed(path, "UPDATE meta SET value = ? WHERE key = ?",
                   msgspec.json.encode({**value, "position": position}), part)


READ: dict[str, Callable[[RunReader], object]] = {
    "log": RunReader.log, "checkpoint": RunReader.moments, "parent": RunReader.parent, "scene": RunReader.scene,
}


@pytest.mark.parametrize("part", READ)
@pytest.mark.parametrize("which", HOSTILE)
@pytest.mark.parametrize("brought", [False, True], ids=["format 3", "present format"])
def test_hostile_positions_are_damaged(part: str, which: str, brought: bool, old: Path) -> None:
    with_position(migrated(old) if brought else old, part, HOSTILE[which])
    reader = RunReader(old)
    with pytest.raises(BadInput) as refusal:
        READ[part](reader)
    reader.close()
    text = str(refusal.value)
    assert f"has a damaged {part}" in text and text.isprintable() and len(text) < 500


@pytest.mark.parametrize("which", ["huge", "hundreds", "a line break"])
def test_hostile_positions_of_frames_are_damaged(which: str, old: Path) -> None:
    reader = RunReader(old)
    id_, name, steps = reader.frames()[0]
    view = reader.frame(id_).view
    reader.close()
    position = msgspec.convert({"steps": steps, **HOSTILE[which]}, Position)
    changed(old, "UPDATE frames SET body = ? WHERE id = ?", packed(Frame(name=name, position=position, view=view)), id_)
    reader = RunReader(old)
    with pytest.raises(BadInput, match="damaged frame"):
        reader.frame(id_)
    reader.close()


@pytest.mark.parametrize("players", [
    [{"name": "gene\nrator", "letter": "G", "word": "generator"}],
    [{"name": "generator", "letter": "\x1b", "word": "generator"}],
    [{"name": "generator", "letter": "G", "word": "g" * 5000}],
    [{"name": "generator", "letter": "", "word": "generator"}],
    [{"name": f"player {n}", "letter": "P", "word": "player"} for n in range(300)],
])
def test_hostile_players_of_a_scene_are_damaged(players: list[dict[str, str]], old: Path) -> None:
    _, rows = contents(old)
    scene = {**msgspec.json.decode(dict(rows["meta"])["scene"]), "players": players}
    changed(old, "UPDATE meta SET value = ? WHERE key = 'scene'", msgspec.json.encode(scene))
    reader = RunReader(old)
    with pytest.raises(BadInput, match="damaged scene"):
        reader.scene()
    reader.close()


@pytest.mark.parametrize("player", ["", "gene\nrator", "g" * 5000])
def test_a_step_of_a_player_whose_name_is_none_is_damaged(player: str, old: Path) -> None:
    entry = msgspec.json.encode({"position": {"steps": 1}, "command": {"type": "single", "player": player}})
    changed(old, "INSERT INTO log(entry) VALUES(?)", entry)
    reader = RunReader(old)
    with pytest.raises(BadInput, match="damaged log"):
        reader.log()
    reader.close()


def test_positions_go_there_and_back() -> None:
    at = Position(steps=4, by_player={"prior": 3, "generator": 9}, place=1)
    assert msgspec.json.decode(msgspec.json.encode(at), type=Position) == at
    assert by_player(msgspec.json.encode(at)) == msgspec.json.encode(at)
    former = msgspec.json.encode({"steps": 4, "discriminator_updates": 8, "generator_updates": 0, "place": 0})
    assert msgspec.json.decode(by_player(former)) == {"steps": 4, "by_player": {"discriminator": 8}}
