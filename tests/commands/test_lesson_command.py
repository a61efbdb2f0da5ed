"""``ganstudio lesson``: lists, plays, checks and makes lessons, and writes a page of one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lesson_kit import TINY, write

from ganstudio.cli import main
from ganstudio.core.lessons.lesson import RunAsked
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.lessons.shelf import find_lesson, is_lesson
from ganstudio.core.lessons.template import toml, write_template
from ganstudio.core.system.errors import BadInput


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder of lessons; those of the studio are not there."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr("ganstudio.core.lessons.shelf.asset", lambda *parts: tmp_path / "none")
    return tmp_path / "lessons"


def test_a_lesson_is_checked(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own)
    assert main(["lesson", "tiny", "--check", "--json"]) == 0
    (lesson,) = json.loads(capsys.readouterr().out)["lessons"]
    assert lesson["name"] == "tiny" and lesson["seconds"] > 0
    assert [{key: claim[key] for key in ("text", "measure", "value", "bound", "holds")}
            for claim in lesson["claims"]] == [
        {"text": "Four steps were made.", "measure": "step", "value": 4.0, "bound": "between 3.5 and 4.5",
         "holds": True},
        {"text": "The penalty is 2.", "measure": "control:gp_weight", "value": 2.0, "bound": "between 1.9 and 2.1",
         "holds": True}]


def test_a_claim_that_fails_is_status_1(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own, TINY.replace("above = 1.9\n", "above = 2.05\n"))
    assert main(["lesson", "tiny", "--check"]) == 1
    said = capsys.readouterr().out
    assert "DOES NOT HOLD  step 2, at 6: control:gp_weight = 2, must be between 2.05 and 2.1" in said
    assert "tiny: 1 claim of 2 does not hold" in said


def test_a_lesson_is_played_with_its_prose(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own)
    assert main(["lesson", "tiny"]) == 0
    said = capsys.readouterr().out
    for words in ("Tiny\n", "Introduction with $x$.", "1. First", "Question: Why?", "Answer: Because.", "2. Second",
                  "holds          step 1, at 4: step = 4", "every claim holds"):
        assert words in said


def test_lessons_are_listed_and_one_that_cannot_be_read_is_named(
    own: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    write(own)
    write(own, "nothing", "broken")
    assert main(["lesson"]) == 0
    said = capsys.readouterr()
    assert "tiny" in said.out and "Two steps." in said.out
    assert "note: broken/lesson.md, line 1: a lesson begins with a line +++" in said.err
    assert main(["lesson", "--json"]) == 0
    (lesson,) = json.loads(capsys.readouterr().out)["lessons"]
    assert (lesson["own"], lesson["seconds"], lesson["claims"][0]["value"]) == (True, None, None)


def test_all_lessons_are_checked_side_by_side(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own)
    write(own, TINY, "other")
    assert main(["lesson", "--all", "--check", "--json"]) == 0
    both = json.loads(capsys.readouterr().out)
    assert [lesson["name"] for lesson in both["lessons"]] == ["other", "tiny"] and both["faults"] == []
    values = [[claim["value"] for claim in lesson["claims"]] for lesson in both["lessons"]]
    assert values == [[4.0, 2.0], [4.0, 2.0]]


def test_a_template_passes_its_own_check(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = own / "my-lesson"
    assert main(["lesson", "new", str(folder)]) == 0
    assert "write over it" in capsys.readouterr().out
    assert main(["lesson", str(folder), "--check"]) == 0
    assert main(["lesson", "new", str(folder)]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "said"), [
    (["lesson", "tini"], "unknown lesson 'tini': did you mean 'tiny'?"),
    (["lesson", "tiny", "--all"], "--all does not go with the name of a lesson (tiny)"),
    (["lesson", "--check"], "--check needs the name of a lesson, or --all"),
    (["lesson", "tiny", "more"], "more is a second name"),
    (["lesson", "new"], "lesson new needs the folder to make"),
    (["lesson", "new", "No Name"], "its name has lower-case letters and digits"),
    (["lesson", "--report", "x.html"], "--report needs the name of a lesson"),
    (["lesson", "tiny", "--report", "x.txt"], "--out x.txt has the ending '.txt'"),
    (["lesson", "./none"], "a lesson is a folder with a file lesson.md"),
])
def test_bad_words(own: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    write(own)
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_the_report_is_one_page_that_asks_for_nothing(own: Path, tmp_path: Path) -> None:
    write(own, TINY.replace("Prose.", "See **this** & `<b>`, [there](https://example.org), and\n\n$$a < b$$").replace(
        "The penalty is 2.", "A <b>bold</b> claim."))
    out = tmp_path / "page.html"
    assert main(["lesson", "tiny", "--report", str(out), "--json"]) == 0
    page = out.read_text(encoding="utf-8")
    assert "default-src 'none'" in page and "<strong>this</strong>" in page and "<code>&lt;b&gt;</code>" in page
    assert "A &lt;b&gt;bold&lt;/b&gt; claim." in page and "<svg" in page and "✓ holds" in page
    assert not re.search(r"(src|href)=\"(?!data:|https://example.org|#)", page)
    assert "2 of 2 claims hold, 0 not measured" in page


def test_the_report_of_a_lesson_as_it_was_played(own: Path, tmp_path: Path) -> None:
    write(own)
    noted = tmp_path / "noted.json"
    noted.write_text(json.dumps({"name": "tiny", "reached": 1, "answers": [1], "claims": [
        {"step": 1, "text": "Four steps were made.", "measure": "step", "at": 4, "value": 9.0,
         "bound": "between 3.5 and 4.5", "holds": False}]}), encoding="utf-8")
    out = tmp_path / "page.html"
    assert main(["lesson", "tiny", "--report", str(out), "--played", str(noted)]) == 0
    page = out.read_text(encoding="utf-8")
    assert "Played to step 1 of 2; 0 of 2 claims hold, 1 not measured." in page
    assert "✗ does not hold" in page and "The lesson was not played so far." in page


@pytest.mark.parametrize(("value", "text"), [
    (True, "true"), (3, "3"), (0.5, "0.5"), ("a \"b\"", '"a \\"b\\""'), ([1.0, 2.0], "[1.0, 2.0]"),
    ({"a": 1, "b c": "x"}, '{ a = 1, "b c" = "x" }'),
])
def test_toml_as_it_is_written(value: object, text: str) -> None:
    assert toml(value) == text


def test_every_lesson_of_the_studio_can_be_read() -> None:
    from ganstudio.core.lessons.shelf import shelf

    found = shelf()
    assert found.faults == []
    assert "how-a-gan-learns" in [lesson.name for lesson in found.lessons]
    for lesson in found.lessons:
        assert read_lesson(lesson.folder) == lesson
        assert lesson.claims


def test_the_studio_knows_a_lesson_by_its_name(own: Path) -> None:
    write(own)
    assert is_lesson("tiny")
    assert not is_lesson("wgan-gp") and not is_lesson("../tiny") and not is_lesson("")
    assert find_lesson("tiny").name == "tiny"


def test_a_template_holds_the_users_own_data(own: Path, tmp_path: Path) -> None:
    data = tmp_path / "mine.csv"
    data.write_text("0,1\n2,3\n" * 50, encoding="utf-8")
    run = RunAsked(variant="wgan-gp", data="points", data_controls={"file": str(data)})
    write_template(own / "mine", run, title="Mine")
    found = find_lesson("mine").steps[0].run
    assert found is not None and found.data_controls["file"] == str((own / "mine" / "mine.csv").resolve())
    with pytest.raises(BadInput, match="is not a file of at most 8 MB"):
        write_template(own / "other", RunAsked(variant="dcgan", data="folder", data_controls={"path": str(tmp_path)}))
    assert not (own / "other").exists()


def test_quantities_are_listed_with_their_parameters(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "--quantities"]) == 0
    said = capsys.readouterr()
    assert "slope: slope of D, score per data unit" in said.out and said.err == ""
    assert "part = mean (mean, largest, smallest): Which figure of the norms" in said.out
    assert main(["lesson", "--quantities", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["quantities"]}
    assert found["transport-cost"]["needs_run"] is False
    assert [one["name"] for one in found["slope"]["parameters"]] == ["at", "part"]


def test_a_lesson_is_checked_with_another_seed(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own, TINY.replace('quantity = "step"', 'quantity = "w1"').replace("above = 3.5\nbelow = 4.5", "above = 0.0"))

    def first(*options: str) -> float:
        assert main(["lesson", "tiny", "--check", *options, "--json"]) == 0
        return float(json.loads(capsys.readouterr().out)["lessons"][0]["claims"][0]["value"])

    own_seed = first()
    assert first("--seed", "0") == own_seed  # that of a run that names none
    assert first("--seed", "5") != own_seed


@pytest.mark.parametrize("words", [["tiny", "--seed", "1"], ["--seed", "1"], ["tiny", "--prepare", "--seed", "1"]])
def test_a_seed_is_for_a_check(own: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    write(own)
    assert main(["lesson", *words]) == 2
    assert "--seed goes with NAME --check" in capsys.readouterr().err
