"""What the studio says: plain words, one way to write a number, and whole sentences. The list: tests/sentences.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sentences import Said, sentences

# Riddles, and words that have another word here. On the right: what to say.
NEVER = {
    r"for real\b(?! and)": "real: D says real, D calls it real",
    r"hardly visited": "gets almost no points",
    r"\bon (its|their|the) way\b": "so far, or: waiting for …",
    r"\bhold G\b|\bholds? (the )?(run|generator|discriminator|trajectory)\b|\bheld\b(?!-out)":
        "pause (a run), freeze (a player), kept",
    r"\bthe present\b|\bpresent (G|D|data|settings|values|moment)\b": "live, current",
    r"\bmoves? of a control\b|\bwas moved\b|\bmoved controls?\b|\bmoves a control\b": "a change: you changed …",
    r"\b(critic|gap|slope|only|its) readings?\b|\breads? W1\b|\bit reads?\b|\bbut reads\b": "estimates, is",
    r"\bsees no collapse\b": "cannot detect collapse",
    r"\bleft the picture\b": "is outside the axes",
    r"\bgoes the same way\b": "repeats itself",
    r"\bunbounded\b": "full",
    r"\bunharmed\b": "is not affected",
    r"\bnothing holds\b|\bholds it\b": "nothing limits",
    r"\bhand-?made|\ba hand\b|\bsomebody\b|\bnobody\b|\bwhoever\b|\banybody\b": "the user, you",
    r"\banew\b|\blikewise\b|\bas it stands\b|\bstands (for|at|in)\b": "again, also, is",
    r"\bbends?\b": "activation",
    r"\bupright (axis|line)": "vertical",
    r"\bthat there is\b|\bthere is to be\b": "that exists",
    r"(?<!there )\b(is|are) no (?!longer)": "is not a",
    r"\blies? (in|at|on|past|before|ahead|outside|beyond|where)\b|\blie (in|at|on|outside|beyond|where)\b": "is",
    r"\bso long as\b|\bfrom here on it\b|\bof before\b": "while, earlier",
    r"\bOurs\b": "Our values",
    r"\btells? a pair apart\b": "ranks a real above a generated one in …% of pairs",
    r"\bdecades a layer\b": "×… per layer",
    r"\bplays? (on|with)\b": "needs, can be used with",
    r"\bTrain it\b|\bLooking at it\b|\bperhaps\b": "what is trained, Checking…",
    r"\bgone on with\b|\bput the former\b": "continued, earlier",
}
FILE_NAME = "{spec.variant} {own} step"  # a file is sorted by it
KNOWN = ("et al.", "vs.", "e.g.", "no.", "St.")


def where(it: Said) -> str:
    return f"ganstudio/{it.path}:{it.line}: {it.text}"


@pytest.fixture(scope="module")
def said() -> list[Said]:
    return sentences()


def test_the_list_has_what_the_window_says(said: list[Said]) -> None:
    """Of each kind one that is known to be there: a tooltip, a headline, a control's help, an error, a help line."""
    texts = [it.text for it in said]
    for known in ("Play or pause the run (Space)", "Waiting for the first points…", "a .ganrun file; it is only read",
                  "Every weight of the critic is clipped to the range from −c to c",
                  "run file {path} is damaged: {line(fault)}"):
        assert known in texts
    assert len(texts) > 1500


@pytest.mark.parametrize("word", NEVER)
def test_no_riddles_and_one_word_for_one_thing(said: list[Said], word: str) -> None:
    wrong = [where(it) for it in said if re.search(word, _plain(it.text), re.IGNORECASE if word.islower() else 0)]
    assert not wrong, f"say instead: {NEVER[word]}\n" + "\n".join(wrong)


def _plain(text: str) -> str:
    """Without placeholders."""
    return re.sub(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", "{}", text)


def test_numbers_are_written_one_way(said: list[Said]) -> None:
    """1,000 and 0.5 and 5%; steps are whole numbers with their commas. A default can be typed as it is given."""
    wrong = []
    for it in said:
        text = re.sub(r"https?:\S+|arXiv:\S+|\d{4}\.\d{5}|\d+x\d+|-\d{5}\.png|\(default: \d+\)", "", _plain(it.text))
        if re.search(r"(?<![\d\w.,/−:-])\.\d", text) or re.search(r"\d %", text):
            wrong.append(where(it))
        for number in re.findall(r"(?<![\w.,#x×=-])\d{4,}(?![\w.x×-])", text):
            if not 1980 <= int(number) <= 2030:
                wrong.append(where(it))
        if (not it.text.startswith(FILE_NAME) and re.search(r"\b[Ss]teps? \{(?!near)[^{}:()]*\}", it.text)) or (
                re.search(r"\{[^{}]*:\.[1-9]g\}", it.text) and not it.path.startswith("maths/")):
            wrong.append(where(it))
    assert not wrong, "\n".join(wrong)


def test_sentences_begin_with_a_capital_and_end(said: list[Said]) -> None:
    """A headline is a sentence; help and tips are phrases, or sentences if there are several."""
    wrong = []
    for it in said:
        text = it.text.strip()
        for known in KNOWN:
            text = text.replace(known, known[:-1])
        several = re.search(r"[a-zà-ÿ0-9)”}%₂]\. [A-ZÀ-ÝΑ-Ω“]", text)
        whole = it.text == it.text.strip()
        if it.kind == "fault":
            if text.endswith("."):
                wrong.append(f"a reason follows a colon and has no full stop: {where(it)}")
        elif whole and (it.kind == "headline" or several) and it.path not in ("commands/doctor.py",):
            if re.match(r"[a-z]", text) and not text.startswith(("f is", "step ")):
                wrong.append(f"begins small: {where(it)}")
            if not re.search(r"([.…?!:]|[.?!]\)|\}|\n)$", text) and not text.endswith("Step:"):
                wrong.append(f"has no end: {where(it)}")
    assert not wrong, "\n".join(wrong)


def test_what_only_the_program_reads_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        'say(f"{n:,} points are {what}.")\nx.execute("SELECT a FROM b")\n"""Not said."""\n', encoding="utf-8")
    assert [(it.line, it.text, it.kind) for it in sentences(tmp_path)] == [(1, "{n:,} points are {what}.", "other")]
