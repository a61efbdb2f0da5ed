"""Preset files and codes: what is written is read, and what is no preset is refused in one sentence."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ganstudio.core.presets import preset_code
from ganstudio.core.presets.layout import Split, Stack, parsed, written
from ganstudio.core.presets.preset_code import from_code, is_code, to_code
from ganstudio.core.presets.preset_file import LARGEST, SavedPreset, from_text, read_preset, to_text, write_preset
from ganstudio.core.system.errors import BadInput

NAMES = some.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True).filter(lambda name: name not in ("row", "column"))
TEXTS = some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=30)
VALUES = some.one_of(
    some.booleans(), some.integers(-(2**62), 2**62), some.floats(allow_nan=False, allow_infinity=False), TEXTS,
    some.lists(some.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4))
CONTROLS = some.dictionaries(some.from_regex(r"[a-z_]{1,12}(\.[a-z]{1,8})?", fullmatch=True), VALUES, max_size=4)
LAYOUTS = some.recursive(
    some.lists(some.from_regex(r"[a-z]{3,9}", fullmatch=True).filter(lambda name: name not in ("row", "column")),
               min_size=1, max_size=2).map(lambda names: Stack(tuple(names))),
    lambda inner: some.builds(
        Split, some.sampled_from(["row", "column"]),
        some.lists(some.tuples(some.sampled_from([0.5, 12.5, 40.0, 100.0]), inner), min_size=1, max_size=3).map(tuple)),
    max_leaves=4)
PRESETS = some.builds(
    SavedPreset, title=TEXTS, note=TEXTS, variant=NAMES, preset=NAMES, data=NAMES,
    network=some.one_of(some.just(""), NAMES), seed=some.integers(0, 2**63 - 1), until=some.integers(0, 10**9),
    controls=CONTROLS, network_controls=CONTROLS, data_controls=CONTROLS,
    hidden=some.lists(some.from_regex(r"[a-z_]{1,12}", fullmatch=True), unique=True, max_size=3).map(tuple))
EXAMPLE = SavedPreset(
    title="Cliffs", note="Drag λ to 0.\nThen back.", data="grid", seed=7, until=1500,
    controls={"gp_weight": 0.5, "gp_sides": "one", "batch_size": 64}, data_controls={"xs": [1.0, -2.5]},
    layout=parsed("row(20 controls, 80 column(60 row(50 points+samples, 50 landscape), 40 curves))"),
    hidden=("beta1_d", "beta1_g"))


@settings(max_examples=60, deadline=None)
@given(PRESETS)
def test_what_is_written_is_read_from_text_and_from_code(preset: SavedPreset) -> None:
    assert from_text(to_text(preset)) == preset
    code = to_code(preset)
    assert from_code(code) == preset
    assert from_code(code.lower().replace("-", " ", 3)) == preset
    assert to_code(from_code(code)) == code


@settings(max_examples=50, deadline=None)
@given(LAYOUTS)
def test_a_layout_is_read_as_it_was_written(layout: Stack | Split) -> None:
    names = written(layout).replace("row(", "(").replace("column(", "(")
    words = re.findall(r"[a-z]+", names)
    if len(set(words)) == len(words):
        assert parsed(written(layout)) == layout
    else:
        with pytest.raises(BadInput, match="twice"):
            parsed(written(layout))


def test_a_file_is_small_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "cliffs.ganpreset"
    write_preset(path, EXAMPLE)
    assert read_preset(path) == EXAMPLE
    text = path.read_text(encoding="utf-8")
    assert "gp_weight = 0.5\n" in text
    assert 'layout = "row(20 controls, 80 column(60 row(50 points+samples, 50 landscape), 40 curves))"\n' in text
    assert len(text) < 700


def test_the_code_of_a_usual_run_can_be_typed() -> None:
    assert len(to_code(SavedPreset(variant="gan", data="lines"))) <= 34
    assert len(to_code(SavedPreset(controls={"gp_weight": 0.5}, network="mlp"))) <= 54


def test_codes_of_this_version_never_change() -> None:
    """They stand on slides. If this fails, the dictionary or the packing was changed: give them another head."""
    assert zlib.crc32(preset_code._DICTIONARY) == DICTIONARY
    assert from_code(CODE) == SavedPreset(variant="gan", data="lines", controls={"learning_rate_d": 0.001})


DICTIONARY = 701331866
CODE = "GAN1-DGJZ-31Z0-D6RY-NMBC-8974-HE2J-480"


@pytest.mark.parametrize("at", range(5, 24, 3))
def test_a_mistyped_code_is_told(at: int) -> None:
    code = to_code(SavedPreset(variant="gan", data="lines", controls={"learning_rate_d": 0.001}))
    while code[at] == "-":
        at += 1
    wrong = code[:at] + ("7" if code[at] != "7" else "8") + code[at + 1 :]
    with pytest.raises(BadInput, match="mistyped or cut short"):
        from_code(wrong)


@pytest.mark.parametrize(("code", "said"), [
    ("GAN1-", "cut short"), ("GAN1-0", "cut short"), ("GAN1-00U0-0000", "holds 'U'"), ("GAN2-0000", "not a code"),
    ("GAN1-" + "0" * 9000, "9,005 signs: at most 8,192"),
])
def test_what_is_no_code_is_refused(code: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        from_code(code)


def test_a_code_that_unpacks_to_much_is_refused() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, preset_code._DICTIONARY)
    packed = packer.compress(b"#" * (4 * LARGEST)) + packer.flush()
    signs = preset_code._digits(zlib.crc32(packed) & 0xFFFFF, 4) + preset_code._digits(
        int.from_bytes(packed, "big"), -(-8 * len(packed) // 5))
    with pytest.raises(BadInput, match="unpacks to more than 65,536 bytes"):
        from_code("GAN1" + "-" + signs)


def test_words_of_the_command_line_are_no_codes() -> None:
    assert not any(map(is_code, ("gan", "gan/toy@ring", "gan1.ganrun", "wgan-gp", "", "GAN1")))
    assert is_code(" gan1-0000")
    assert is_code("GANl-0000")


@pytest.mark.parametrize(("text", "said"), [
    ("", "format = None is not allowed"),
    ("format = 2", "format 2: this version of GAN Studio reads 1"),
    ("format = true", "format = True"),
    ("format = 1\nx = 1", "a key 'x': known are format"),
    ("format = 1\n[run]\nsteps = 3", r"\[run\] has a key 'steps': known are variant"),
    ("format = 1\n[run]\nseed = -1", "seed = -1 is not allowed"),
    ("format = 1\n[run]\nseed = 1.5", "seed = 1.5 is not allowed"),
    ("format = 1\nrun = 3", "run is not a table"),
    ("format = 1\n[run]\nvariant = '../x'", "variant = '../x' is not a name"),
    ("format = 1\n[controls]\nclip = nan", "clip = nan is not allowed"),
    ("format = 1\n[controls]\nclip = 2026-01-01", "clip = datetime"),
    ("format = 1\n[controls]\n'a b' = 1", "a key 'a b'"),
    ("format = 1\n[controls]\nclip = []", r"clip = \[\] is not allowed"),
    ("format = 1\n[window]\nlayout = 'row(50 points'", "where '\\)' must be"),
    ("format = 1\n[window]\nlayout = 'row(0 points)'", "0 percent"),
    ("format = 1\n[window]\nlayout = 'points+points'", "twice"),
    ("format = 1\n[window]\nhidden = 'clip'", "not a list of names"),
    ("format = 1\ntitle = \"\\u001b]0;x\"", "control character"),
    ("format = 1\ntitle = '" + "x" * 121 + "'", "title has 121 characters"),
    ("format = ", "not written as TOML"),
    ("a = " + "[" * 3000, "not written as TOML"),
    ("format = 1\n[window]\nlayout = '" + "row(1 " * 40 + "points" + ")" * 40 + "'", "nested more than 12 deep"),
])
def test_a_preset_that_is_none_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as told:
        from_text(text)
    assert "\n" not in str(told.value)
    assert "\x1b" not in str(told.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ganpreset"
    with pytest.raises(BadInput, match=r"^preset file a.ganpreset is not there$"):
        read_preset(path)
    path.mkdir()
    with pytest.raises(BadInput, match=r"^preset file a.ganpreset is a folder and no file$"):
        read_preset(path)
    large = tmp_path / "b.ganpreset"
    large.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(BadInput, match="65,537 bytes: at most 65,536"):
        read_preset(large)
    large.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="not text in UTF-8"):
        read_preset(large)
    large.write_bytes(b"\xef\xbb\xbfformat = 1\r\n[run]\r\nvariant = 'gan'\r\n")
    assert read_preset(large) == SavedPreset(variant="gan")


@pytest.mark.parametrize("text", [
    "format = {}", "format = 1\n[run]\nseed = {}", "format = 1\n[controls]\nx = [{}]", "format = 1\nother = {}",
])
def test_a_number_too_long_to_be_written_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"a whole number of more than 4,300 digits|has a key"):
        from_text(text.format("0x" + "f" * 9000))


def test_a_key_of_very_many_parts_is_refused_at_once() -> None:
    with pytest.raises(BadInput, match="more than 40 parts"):
        from_text("format = 1\n" + "a." * 30_000 + "a = 1")
