"""What a spec's words on precision come to, and what is decided by a test of the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from ganstudio.core.system.errors import BadInput
from ganstudio.training import precision
from ganstudio.training.precision import PLAIN, Precision, chosen

CPU = torch.device("cpu")
FLOAT, FLOAT_LAST = Precision("cpu", False, False), Precision("cpu", False, True)
HALF, HALF_LAST = Precision("cpu", True, False), Precision("cpu", True, True)


def machine(*seconds: float) -> Callable[[Precision], float]:
    """One on which float32, the same in channels_last, bfloat16 and that in channels_last take so long."""
    known = dict(zip((FLOAT, FLOAT_LAST, HALF, HALF_LAST), seconds, strict=True))
    return known.__getitem__


@pytest.mark.parametrize(("seconds", "best"), [
    ((1.0, 1.0, 1.0, 1.0), FLOAT),
    ((1.0, 0.9, 1.0, 1.0), FLOAT_LAST),
    ((1.0, 0.97, 1.0, 1.0), FLOAT),  # not worth another order
    ((1.0, 1.0, 0.82, 1.0), FLOAT),  # below 1.25 times as fast
    ((1.0, 1.0, 0.78, 1.0), HALF),
    ((1.0, 1.2, 0.7, 0.4), HALF_LAST),
    ((1.0, 0.5, 0.45, 0.45), FLOAT_LAST),  # bfloat16 has to beat the best of float32
    ((1.0, 1.0, 50.0, 60.0), FLOAT),  # emulated
])
def test_auto_takes_bfloat16_only_where_it_is_worth_its_precision(seconds: tuple[float, ...], best: Precision) -> None:
    assert chosen("auto", "auto", CPU, machine(*seconds)) == best


def test_what_is_named_is_not_put_to_the_test() -> None:
    def never(_: Precision) -> float:
        raise AssertionError

    assert chosen("bfloat16", "channels_last", CPU, never) == HALF_LAST
    assert chosen("float32", "contiguous", CPU, never) == PLAIN


def test_half_of_it_may_be_named() -> None:
    assert chosen("bfloat16", "auto", CPU, machine(1.0, 0.1, 3.0, 2.0)) == HALF_LAST
    assert chosen("float32", "auto", CPU, machine(1.0, 0.5, 0.1, 0.1)) == FLOAT_LAST
    assert chosen("auto", "channels_last", CPU, machine(0.1, 1.0, 0.1, 0.5)) == HALF_LAST


def test_a_hopeless_candidate_is_tried_but_twice() -> None:
    tried: list[Precision] = []

    def slow_in_bfloat16(candidate: Precision) -> float:
        tried.append(candidate)
        return 10.0 if candidate.bfloat16 else 1.0

    chosen("auto", "contiguous", CPU, slow_in_bfloat16)
    assert tried.count(HALF) == 2
    assert tried.count(FLOAT) > 2


def test_a_busy_moment_does_not_decide() -> None:
    """One of three readings is off by a lot; the median is not."""
    readings = {FLOAT: [9.0, 1.0, 1.0, 9.0], HALF: [9.0, 0.5, 5.0, 0.5]}
    assert chosen("auto", "contiguous", CPU, lambda candidate: readings[candidate].pop(0)) == HALF


@pytest.mark.parametrize(("dtype", "memory", "words"), [
    ("bflaot16", "auto", "unknown dtype 'bflaot16': did you mean 'bfloat16'?"),
    ("float64", "auto", "unknown dtype 'float64'"),
    ("auto", "chanels_last", "unknown memory format 'chanels_last': did you mean 'channels_last'?"),
])
def test_an_unknown_word_is_refused(dtype: str, memory: str, words: str) -> None:
    with pytest.raises(BadInput, match=words.replace("?", r"\?")):
        chosen(dtype, memory, CPU)


def test_the_machine_is_tested_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not once a process: the same command must train the same way on a busy day."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    made: list[torch.device] = []

    def stack(device: torch.device) -> Callable[[Precision], float]:
        made.append(device)
        return machine(1.0, 1.0, 0.5, 1.0)

    monkeypatch.setattr(precision, "_SmallStack", stack)
    monkeypatch.setattr(precision, "_verdicts", {})
    assert [chosen("auto", "auto", CPU) for _ in range(3)] == [HALF] * 3
    monkeypatch.setattr(precision, "_verdicts", {})  # another process
    assert chosen("auto", "auto", CPU) == HALF
    assert made == [CPU]
    kept = tmp_path / "cache" / precision.FILE
    kept.write_bytes(b"\xff{")
    monkeypatch.setattr(precision, "_verdicts", {})
    assert chosen("auto", "auto", CPU) == HALF
    assert made == [CPU, CPU]


def test_the_test_itself_leaves_torchs_generator_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(precision, "_verdicts", {})
    before = torch.random.get_rng_state()
    assert chosen("auto", "contiguous", CPU) in (FLOAT, HALF)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_computing_casts_between_layers_and_nowhere_else() -> None:
    layer, x = nn.Conv2d(3, 4, 3), torch.zeros(1, 3, 4, 4)
    with HALF.computing():
        assert layer(x).dtype == torch.bfloat16
    with FLOAT.computing():
        assert layer(x).dtype == torch.float32
    assert layer.weight.dtype == torch.float32
    assert not torch.is_autocast_enabled("cpu")


def test_its_words_are_those_of_a_spec() -> None:
    for each in (FLOAT, FLOAT_LAST, HALF, HALF_LAST):
        assert chosen(each.dtype, each.memory, CPU) == each
    x = torch.zeros(2, 3, 4, 4)
    assert x.contiguous(memory_format=HALF_LAST.memory_format).stride() == (48, 1, 12, 3)
    assert x.contiguous(memory_format=HALF.memory_format).stride() == (48, 16, 4, 1)
