"""No text from a file or from the command line steers the terminal: not a name, a path, a tag or a header."""

from __future__ import annotations

import ast
import json
import os
import shutil
import sqlite3
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from ganstudio.cli import main
from ganstudio.commands import terminal
from ganstudio.commands.progress_display import show_bar, show_spinner
from ganstudio.core.protocol.spec import Change, LogEntry, Parent, Position
from ganstudio.core.protocol.views import Array, Samples, ScalarBatch
from ganstudio.core.runs import library
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame, packed, unpacked
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.printable import cut, is_printable, printable
from ganstudio.core.system.progress import report

HOSTILE = {
    "title": "\x1b]0;x\x07\x1b[2J", "c1": "\x9b31m", "turned": "\u202egpj.exe", "isolated": "\u2067a\u2069",
    "lines": "a\u2028b\u2029c\x85d", "bell": "\a\b\x7f", "mark": "\ufeff\u200e\u061c", "tags": "\U000e0041",
    "return": "safe\rsorry\n\nsorry",
}


def steering(text: str) -> set[str]:
    """What of a text is not seen as it is, but for the ends of lines."""
    return {sign for sign in text if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole.ganrun"
    assert main(["train", "--variant", "gan", "--data", "ring", "--net-set", "width=4", "--steps", "2", "--run",
                 str(path)]) == 0
    return path


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "run.ganrun"))


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command writes to the terminal, in either way."""
    main(list(words))
    found = capsys.readouterr()
    assert not steering(found.out) and not steering(found.err)
    return found.out + found.err


def commands(run: Path, folder: Path) -> list[list[str]]:
    """Every command that reads a run, but those that open a window."""
    return [
        ["measure", str(run)], ["measure", str(run), "--json"], ["sample", str(run), "--out", str(folder / "s.csv")],
        ["export", str(run), "--out", str(folder / "c.csv")], ["replay", str(run)],
        ["branch", str(run), "--at", "1", "--run", str(folder / "new.ganrun")],
        ["train", "--resume", str(run), "--steps", "1"], ["video", str(run), "--out", str(folder / "v.gif")],
    ]


def set_meta(path: Path, key: str, value: bytes) -> None:
    db = sqlite3.connect(path)
    db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))
    db.commit()
    db.close()


def meta(path: Path, key: str) -> dict[str, Any]:
    db = sqlite3.connect(path)
    found: dict[str, Any] = json.loads(db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0])
    db.close()
    return found


# One text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_seen_is_written_as_an_escape(text: str) -> None:
    assert not steering(printable(text)) and not is_printable(text)
    fault = str(BadInput(f"name '{text}' is none"))
    assert not steering(fault) and "\n" not in fault and fault.startswith("name '")


def test_what_can_be_seen_stays() -> None:
    for text in ("λ, μ and 中文 – é ü 한", "می\u200cخواهم", "👩\u200d🔬", "a\u0301", "\u00a0", "\ue000"):
        assert printable(text) == text
    assert printable("a\nb\tc", keep="\n\t") == "a\nb\tc"
    assert printable("\x1b[2J\u202e\U000e0041\ud800") == "\\x1b[2J\\u202e\\U000e0041\\ud800"


def test_a_sentence_has_a_bounded_length() -> None:
    assert len(str(BadInput("a" * 50_000_000))) <= 4000
    assert cut("abcdefgh", 5) == "ab…gh" and cut("abc", 3) == "abc"


# Of a run ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["variant", "data", "network", "preset", "device", "torch", "version", "dtype"])
def test_a_name_in_a_spec(run: Path, capsys: pytest.CaptureFixture[str], field: str, tmp_path: Path) -> None:
    for text in HOSTILE.values():
        set_meta(run, "spec", msgspec.json.encode({**meta(run, "spec"), field: text}))
        assert "cannot be printed" in said(capsys, "measure", str(run)) or field in ("variant", "data", "network")
        (kept,) = library.runs(tmp_path)
        assert kept.fault and is_printable(kept.fault)


def test_a_title_that_a_terminal_would_take_is_told_by_every_command(
    run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:
    set_meta(run, "spec", msgspec.json.encode({**meta(run, "spec"), "variant": HOSTILE["title"]}))
    for words in commands(run, tmp_path):
        assert "\\x1b]0;x\\x07\\x1b[2J" in said(capsys, *words) or words[0] == "export"  # curves need no spec


def test_the_name_of_a_setting(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = meta(run, "spec")
    for text in HOSTILE.values():
        set_meta(run, "spec", msgspec.json.encode({**spec, "controls": {text: 1.0}}))
        assert "unknown control" in said(capsys, "measure", str(run))
        set_meta(run, "spec", msgspec.json.encode({**spec, "controls": {"schedule": text}}))
        assert "unknown schedule" in said(capsys, "measure", str(run))


@pytest.mark.parametrize("name", ["a\x1b[2J.ganrun", "b\u202egpj.ganrun", "c[red]d.ganrun", "e\nf.ganrun"])
def test_the_name_of_a_run_itself(whole: Path, capsys: pytest.CaptureFixture[str], name: str, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / name))
    for words in commands(path, tmp_path)[: None if name.startswith("a") else 3]:
        told = said(capsys, *words)
        if words[0] in ("measure", "train") and "--json" not in words and "\n" not in name:
            assert printable(name) in told.replace("\n", "")  # rich breaks long lines
        if "--json" in words:
            assert json.loads(told)["run"] == str(path)
    assert "did you mean" in said(capsys, "measure", str(path.with_name(name.replace("ganrun", "ganrn"))))


def test_what_is_only_shown_of_a_run_is_made_printable_as_it_is_read(run: Path) -> None:
    hostile = HOSTILE["title"]
    scene = meta(run, "scene")
    set_meta(run, "scene", msgspec.json.encode(
        {**scene, "classes": [hostile], "warnings": [hostile], "units": hostile, "device_title": hostile}))
    set_meta(run, "parent", msgspec.json.encode(Parent(file=hostile, position=Position())))
    set_meta(run, "tags", msgspec.json.encode([hostile]))
    measured = {"run": 0, "steps": 1, "samples": 1, "measures": {hostile: 1.0}, "floors": {}, "net": hostile,
                "is": "measured", "blind": [{"title": hostile, "sentence": hostile, "values": {hostile: 1.0}}]}
    db = sqlite3.connect(run)
    db.execute("INSERT INTO measures(body) VALUES(?)", (msgspec.msgpack.encode(measured),))
    db.commit()
    db.close()
    reader = RunReader(run)
    found = reader.scene(), reader.measured()
    reader.close()
    assert not steering(msgspec.json.encode(found).decode()) and "\\u001b" not in msgspec.json.encode(found).decode()
    (kept,) = library.runs(run.parent)
    assert kept.tags == () and kept.fault == ""


def test_the_name_of_a_term_that_nobody_could_read_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (*HOSTILE.values(), "<img src=x>", "", "x" * 500):
        batch = ScalarBatch(player="generator", names=[name], at=Array.of(np.ones(1)),
                            values=Array.of(np.ones((1, 1), np.float32)))
        db = sqlite3.connect(run)
        db.execute("DELETE FROM scalars")
        db.execute("INSERT INTO scalars(chunk) VALUES(?)", (msgspec.msgpack.encode(batch),))
        db.commit()
        db.close()
        assert "damaged scalar" in said(capsys, "replay", str(run))


def test_a_control_in_the_log_has_a_name(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (*HOSTILE.values(), "<img src=x>", "x" * 500):
        entry = LogEntry(position=Position(), command=Change(name=name, value=1.0))
        db = sqlite3.connect(run)
        db.execute("DELETE FROM log")
        db.execute("INSERT INTO log(entry) VALUES(?)", (msgspec.json.encode(entry),))
        db.commit()
        db.close()
        assert "it names a control that cannot be" in said(capsys, "replay", str(run))


def test_a_word_in_a_view_is_made_printable() -> None:
    image = Array.of(np.zeros((1, 4, 4, 3), np.uint8))
    view = Samples(real=image, fake=image, averaged=False, columns=1, classes=[HOSTILE["title"], "x" * 5000])
    found = unpacked(packed(Frame(name="samples", position=Position(), view=view))).view
    assert isinstance(found, Samples)
    assert found.classes[0] == "\\x1b]0;x\\x07\\x1b[2J" and len(found.classes[1]) == 200


# Of other files -------------------------------------------------------------------------------------------------------


def test_names_in_a_folder_of_images(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "k\x1b[2J"
    for name in ("one\u202e", "two\x1b]0;x\x07"):
        (folder / name).mkdir(parents=True)
        (folder / name / "broken\x1b[31m.png").write_bytes(b"no image")
    Image.new("RGB", (16, 16), (1, 2, 3)).save(folder / "good.png")
    words = ["train", "--variant", "dcgan", "--data", "folder", "--steps", "0"]
    told = said(capsys, *words, "--data-set", f"path={folder}")
    assert all(text in told for text in ("\\x1b[31m", "\\u202e", "\\x1b]0;x\\x07"))
    assert "\\x1b[2J" in said(capsys, *words, "--data-set", f"path={folder}/none")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_table_of_points_and_words_of_the_command_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str,
) -> None:
    table = tmp_path / "p.csv"
    table.write_text(f"x,{text.replace(chr(10), '')}\n1,2\n3,{text.replace(chr(10), '')}\n", encoding="utf-8")
    words = ["train", "--variant", "gan", "--data", "points", "--steps", "1"]
    assert said(capsys, *words, "--data-set", f"file={table}")
    assert said(capsys, *words, "--data-set", f"file={tmp_path}/{text}.csv")
    for option in ("--variant", "--data", "--network", "--preset", "--device", "--dtype"):
        assert "ganstudio: " in said(capsys, *words, option, text)
    assert "ganstudio: " in said(capsys, "train", text) and "ganstudio: " in said(capsys, "measure", text)


# On the way ----------------------------------------------------------------------------------------------------------


def test_progress_on_a_terminal_shows_names_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that rich takes the stream for a terminal
    monkeypatch.setenv("COLUMNS", "200")
    name = "a\x1b]0;x\x07[red]b"
    with show_spinner(f"reading {name}"):
        report(name, 1, 2)
    with show_bar(f"filming {name}", 3) as show:
        report(name, 1, 2)
        show(3, 3)
    shown = capsys.readouterr().err
    assert "\x07" not in shown and "\x1b]" not in shown
    assert "a\\x1b]0;x\\x07[red]b" in shown


def test_a_table_shows_mark_up_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    table = Table("[bold]head", title="[red]t")
    table.add_row("[link=http://x]a\x1b[2J")
    terminal.console().print(table)
    terminal.console().print("[red]b :smile:")
    shown = capsys.readouterr().out
    for text in ("[bold]head", "[red]t", "[link=http://x]a\\x1b[2J", "[red]b :smile:"):
        assert text in shown


def test_commands_write_through_one_place() -> None:
    folder = Path(terminal.__file__).parent
    found = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in ("print", "sys.stdout.write", "sys.stderr.write", "Console"):
                found.add((path.name, called))
    assert found == {
        ("terminal.py", "sys.stdout.write"), ("terminal.py", "sys.stderr.write"),
        ("arguments.py", "sys.stdout.write"),  # JSON, whose signs are escaped there
        ("bench.py", "sys.stderr.write"),  # of our own
    }


def test_the_home_folder_in_the_doctors_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                               tmp_path: Path) -> None:
    from ganstudio.commands.doctor import Check, Report, print_report

    hostile = HOSTILE["title"] + os.sep
    report_ = Report(checks=(Check(name=hostile, status="ok", found=hostile, advice=hostile),), ok=True)
    print_report(report_, False)
    print_report(report_, True)
    assert not steering(capsys.readouterr().out)
