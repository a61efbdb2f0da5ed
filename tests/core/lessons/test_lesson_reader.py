"""Lessons are read as they are written, and whatever else is in the file is refused with one sentence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lesson_kit import TINY, write

from ganstudio.core.lessons.lesson import Asked, RunAsked
from ganstudio.core.lessons.prose import Paragraph, Span, text_of
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.lessons.shelf import find_lesson, is_lesson
from ganstudio.core.system.errors import BadInput

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (8).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"


def fault(folder: Path) -> str:
    with pytest.raises(BadInput) as found:
        read_lesson(folder)
    return str(found.value)


def changed(folder: Path, old: str, new: str) -> str:
    """What is said of the tiny lesson with a piece of it replaced."""
    assert old in TINY
    return fault(write(folder, TINY.replace(old, new, 1)))


def test_a_lesson_is_read_as_it_is_written(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path))
    assert (lesson.name, lesson.title, lesson.minutes, lesson.summary) == ("tiny", "Tiny", 5, "Two steps.")
    first, second = lesson.steps
    assert first.run == RunAsked(variant="wgan-gp", data="ring", controls={"batch_size": 8},
                                 network_controls={"width": 4, "depth": 1})
    assert (first.title, first.start, first.end, first.moments) == ("First", 0, 4, [4])
    assert (second.start, second.end, second.change, second.run) == (4, 6, {"gp_weight": 2.0}, None)
    assert second.claims[0].value == Asked(quantity="control:gp_weight")
    assert lesson.introduction == [Paragraph([Span("Introduction with "), Span("x", "formula"), Span(".")])]
    assert [text_of(block.spans) for block in [*first.question, *first.answer]  # type: ignore[union-attr]
            ] == ["Why?", "Because."]
    assert lesson.beginning_of(1) == 0


def test_a_run_of_a_lesson_is_the_same_on_each_machine(tmp_path: Path) -> None:
    run = read_lesson(write(tmp_path)).steps[0].run
    assert run is not None
    spec = run.spec()
    assert (spec.device, spec.threads, spec.dtype, spec.memory) == ("cpu", 1, "float32", "contiguous")


@pytest.mark.parametrize(("old", "new", "said"), [
    ("format = 1", "format = 2", "format = 2 is not known here"),
    ("format = 1", "", "format = None is not known here"),
    ('title = "Tiny"', "title = 3", "title = 3 is not possible: allowed is a text"),
    ('title = "Tiny"', "", "lacks the key title"),
    ("minutes = 5", "minutes = 600", "minutes = 600 is not possible: allowed is a number from 1 to 60"),
    ("minutes = 5", "minuets = 5", "lacks the key minutes"),
    ("minutes = 5", "minutes = 5\nauthor = 'me'", "unknown key 'author'"),
    ("until = 4", "until = -1", "step 1: until = -1 is not possible: allowed is a whole number from 0"),
    ("until = 4", "untli = 4", "step 1: unknown key 'untli': did you mean 'until'?"),
    ("until = 6", "until = 3", "step 2: until = 3 is not possible: allowed is a step from 4 on"),
    ('variant = "wgan-gp"', 'variant = "../x"', "step 1, run: variant = '../x' is not possible"),
    ("batch_size = 8", "batch_size = inf", "controls.batch_size = inf is not possible"),
    ("above = 3.5\nbelow = 4.5", "", "step 1, claim 1 has no bound"),
    ("above = 3.5\nbelow = 4.5", "above = 5\nbelow = 4", "above = 5 is not possible: allowed is a number less than"),
    ("above = 3.5", "above = nan", "above = nan is not possible: allowed is a finite number"),
    ('quantity = "step"', 'quantity = "step"\nat = 5', "at = 5 is not possible: allowed is a step of the run from 0"),
    ('quantity = "step"', 'quantity = "step"\nof = "gan"', "allowed is nothing in a step without compare"),
    ("until = 4", 'until = 4\nstate = "ready"', "unknown state of this lesson 'ready'"),
    ("until = 4", "until = 4\nlayout = ['a', 'b']\nlook_at = 'c'", "look_at = 'c' is not possible: allowed is one of"),
    ("## Second", "Second", "2 [[step]] tables and 1 sections"),
    ("### Answer", "### Question", "one '### Question', followed by one '### Answer'"),
    ("More.", "<script>alert(1)</script>", "line 41: '<script>' is HTML"),
    ("More.", "<img src=x onerror=y", "is HTML"),
    ("More.", "[here](javascript:alert(1))", "the link to 'javascript:alert(1)' is not allowed"),
    ("More.", "[here](file:///etc/passwd)", "is not allowed: a link begins with https:// or http://"),
    ("More.", "![x](../../etc/passwd.png)", "is not in the lesson's folder"),
    ("More.", "![x](/etc/passwd.png)", "is not in the lesson's folder"),
    ("More.", "![x](https://example.org/x.png)", "is not in the lesson's folder"),
    ("More.", "![x](none.png)", "is not there"),
    ("More.", "![x](lesson.md)", "has the ending '.md': allowed are .png"),
    ("More.", "```\nno end", "the code that begins here does not end"),
    ("More.", "$$\nx\n\nMore.", "the formula that begins here does not end"),
    ("+++\nIntro", "Intro", "its head does not end"),
    ("format = 1", "format = [", "its head is not TOML"),
])
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    words = changed(tmp_path, old, new)
    assert said in words and "\n" not in words
    assert "tiny/lesson.md" in words


def test_a_run_of_data_files_stays_in_the_folder(tmp_path: Path) -> None:
    own = 'data = "points", data_controls = { file = "mine.csv" }'
    folder = write(tmp_path, TINY.replace('data = "ring"', own, 1))
    assert "the file of the data 'mine.csv' is not there" in fault(folder)
    (folder / "mine.csv").write_text("0,1\n", encoding="utf-8")
    run = read_lesson(folder).steps[0].run
    assert run is not None and run.data_controls == {"file": str((folder / "mine.csv").resolve())}
    assert "is not in the lesson's folder" in fault(
        write(tmp_path, TINY.replace('data = "ring"', own.replace("mine.csv", "../other.csv"), 1)))


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = write(tmp_path, TINY.replace("More.", "![x](there.png)"))
    (tmp_path / "there.png").write_bytes(PNG)
    (folder / "there.png").symlink_to(tmp_path / "there.png")
    assert "is not in the lesson's folder" in fault(folder)


@pytest.mark.parametrize("link", ["states", "states/ready.ganrun"])
def test_a_state_does_not_lead_out_of_the_folder(tmp_path: Path, link: str) -> None:
    state = '[[state]]\nname = "ready"\nrun = { variant = "wgan-gp", data = "ring" }\nsteps = 50\n\n[[step]]\n'
    folder = write(tmp_path, TINY.replace("[[step]]\n", state, 1))
    read_lesson(folder)
    (tmp_path / "elsewhere").mkdir()
    (folder / link).parent.mkdir(exist_ok=True)
    (folder / link).symlink_to(tmp_path / "elsewhere")
    assert "is not in the lesson's folder" in fault(folder)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "./" + "x" * 5000, "a\0b"])
def test_a_name_that_no_folder_can_have(name: str) -> None:
    assert not is_lesson(name)
    with pytest.raises(BadInput):
        find_lesson(name)


def test_a_link_that_leads_back_to_itself_is_no_lesson(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BadInput):
        find_lesson(str(tmp_path / "loop"))


@pytest.mark.parametrize(("bytes_", "said"), [
    (PNG, ""),
    (b"<svg/>", "is not a PNG picture, whatever its name says"),
    (PNG[:16] + (50_000).to_bytes(4, "big") * 2, "has 50,000 × 50,000 pixels"),
    (PNG + bytes(5 << 20), "at most 4,096 are allowed"),
])
def test_pictures_are_looked_at_before_they_are_shown(tmp_path: Path, bytes_: bytes, said: str) -> None:
    folder = write(tmp_path, TINY.replace("More.", "![x](a.png)"))
    (folder / "a.png").write_bytes(bytes_)
    assert (said in fault(folder)) if said else read_lesson(folder)


def test_what_steers_a_terminal_is_written_as_an_escape(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path, TINY.replace("More.", "a\u202eb\x1b[31mc").replace(
        'title = "Tiny"', 'title = "T\\u001b[31m"')))
    assert lesson.title == "T\\x1b[31m"
    block = lesson.steps[1].prose[0]
    assert isinstance(block, Paragraph) and text_of(block.spans) == "a\\u202eb\\x1b[31mc"


@pytest.mark.parametrize(("raw", "said"), [
    (b"\xff\xfe", "line 1: the file is not UTF-8"),
    (b"+++\n" + b"a = " + b"[" * 5000 + b"\n+++\n", "deep inside each other"),
    (b"+++\nformat = " + b"9" * 6000 + b"\n+++\n", "its head is not TOML"),
    (b"x" * (300 * 1024), "has more than 256 KB"),
    (b"", "a lesson begins with a line +++"),
])
def test_files_of_any_bytes(tmp_path: Path, raw: bytes, said: str) -> None:
    folder = write(tmp_path)
    (folder / "lesson.md").write_bytes(raw)
    assert said in fault(folder)


def test_random_damage_raises_nothing_but_one_sentence(tmp_path: Path) -> None:
    rng = random.Random(0)
    folder = write(tmp_path)
    raw = TINY.encode()
    for _ in range(300):
        at = rng.randrange(len(raw))
        damaged = raw[:at] + bytes(rng.randrange(256) for _ in range(rng.randrange(4))) + raw[at + rng.randrange(9):]
        (folder / "lesson.md").write_bytes(damaged)
        try:
            read_lesson(folder)
        except BadInput as found:
            assert "\n" not in str(found)


def test_a_folder_that_is_no_lesson(tmp_path: Path) -> None:
    assert "is a folder with a file lesson.md" in fault(tmp_path / "none")
    assert "its name has lower-case letters" in fault(tmp_path / "No Lesson")


def test_claims_of_comparisons_and_parts(tmp_path: Path) -> None:
    head = TINY.replace('run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, '
                        'network_controls = { width = 4, depth = 1 } }',
                        'compare = [ { variant = "gan", data = "ring" }, { variant = "wgan", data = "ring" } ]')
    text = head.replace('quantity = "step"', 'quantity = "w1"\nof = "wgan"\nper = { quantity = "w1", of = 1, at = 0 }\n'
                                             'less = "floor:w1"')
    step = read_lesson(write(tmp_path, text)).steps[0]
    (claim,) = step.claims
    assert [step.entry_of(part) for part in claim.parts] == [1, 1, 0]
    assert step.moments == [0, 4]
    assert claim.measure == "(w1 − floor:w1) / w1"
    assert claim.combine([5.0, 1.0, 2.0]) == 2.0
    assert claim.combine([5.0, None, 2.0]) is None
    assert claim.combine([5.0, 1.0, 0.0]) is None
    assert "allowed is the number of a run from 1 to 2, or one of gan, wgan" in fault(
        write(tmp_path, text.replace('of = "wgan"', 'of = "lsgan"')))


def test_states(tmp_path: Path) -> None:
    state = ('[[state]]\nname = "ready"\nrun = { variant = "wgan-gp", data = "ring" }\nsteps = 50\n'
             'changes = [ { at = 20, name = "gp_weight", value = 1.0 } ]\n\n[[step]]\nstate = "ready"\nat = 30\n')
    text = TINY.replace("[[step]]\n", state, 1).replace(
        'run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, '
        'network_controls = { width = 4, depth = 1 } }\nuntil = 4', "until = 40").replace("until = 6", "until = 45")
    lesson = read_lesson(write(tmp_path, text))
    assert (lesson.steps[0].start, lesson.steps[0].end, lesson.steps[1].start) == (30, 40, 40)
    assert lesson.states[0].file == "states/ready.ganrun"
    assert lesson.states[0].changes[0].steps == 20
    seen = text.replace("steps = 50\n", "steps = 50\npictures = [ 5, 20 ]\n").replace(
        "at = 30\n", "at = 30\nshows = 5\n")
    lesson = read_lesson(write(tmp_path, seen))
    assert (lesson.states[0].pictures, lesson.steps[0].shows, lesson.steps[1].shows) == ([5, 20], 5, None)
    for wrong in ("[ 20, 5 ]", "[ 5, 51 ]", "[ 5, 5 ]", "[ true ]", "5"):
        assert "ascending" in fault(write(tmp_path, seen.replace("[ 5, 20 ]", wrong)))
    assert "shows = 41 is not possible" in fault(write(tmp_path, seen.replace("shows = 5", "shows = 41")))
    bare = TINY.replace("[[step]]\n", "[[step]]\nshows = 0\n[[step]]\n", 1)
    assert "no run of its own" in fault(write(tmp_path, bare))
    assert "at = 60 is not possible" in fault(write(tmp_path, text.replace("at = 30", "at = 60")))
