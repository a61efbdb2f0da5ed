"""Operations on tensors without contents are computed once: what is made in their place has the same shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import torch
from small_games import images_for, small
from torch import Tensor

from ganstudio.training import memory_estimate, shape_memory
from ganstudio.training.memory_estimate import Footprint
from ganstudio.training.shape_memory import ShapeMemory
from ganstudio.training.trainer import Trainer

aten = torch.ops.aten


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered yet."""
    monkeypatch.setattr(shape_memory, "_known", {})
    yield


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(*shape, dtype=dtype, device="meta")


def twice(func: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any, int]:
    """The result of an operation when it is met first and again, and how often it was computed."""
    calls = 0

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        return func(*args, **kwargs)

    first, again = (shape_memory.computed(counted, args, kwargs) for _ in range(2))
    return first, again, calls


@pytest.mark.parametrize(("func", "args"), [
    (aten.convolution.default, (meta(2, 3, 8, 8), meta(4, 3, 3, 3), None, [2, 2], [1, 1], [1, 1], False, [0, 0], 1)),
    (aten.mul.Tensor, (meta(2, 1, dtype=torch.bfloat16), meta(3))),
    (aten.sum.dim_IntList, (meta(2, 3, 4), [1], True)),
    (aten.native_batch_norm.default, (meta(2, 3, 4), None, None, None, None, True, 0.1, 1e-5)),
    (aten.clone.default, (meta(2, 3, 4, 5).permute(0, 2, 3, 1),)),
])
def test_what_is_remembered_has_the_shape_strides_type_and_size(func: Any, args: tuple[Any, ...]) -> None:
    first, again, calls = twice(func, *args)
    assert calls == 1
    assert isinstance(again, Tensor) == isinstance(first, Tensor)
    pairs = [(first, again)] if isinstance(first, Tensor) else list(zip(first, again, strict=True))
    for a, b in pairs:
        assert b.is_meta and (a.shape, a.stride(), a.dtype) == (b.shape, b.stride(), b.dtype)
        assert a.untyped_storage().nbytes() == b.untyped_storage().nbytes()
        assert a.untyped_storage()._cdata != b.untyped_storage()._cdata


def test_a_view_shares_its_memory_and_is_computed_each_time() -> None:
    x = meta(2, 3)
    for func, args in ((aten.t.default, (x,)), (aten.view.default, (x, [6])), (aten.split.Tensor, (x, 1))):
        _, again, calls = twice(func, *args)
        assert calls == 2
        for made in [again] if isinstance(again, Tensor) else again:
            assert made.untyped_storage()._cdata == x.untyped_storage()._cdata


def test_an_operation_in_place_returns_the_tensor_that_it_changed() -> None:
    x, other = meta(2, 3), meta(2, 3)
    assert shape_memory.computed(aten.add_.Tensor, (x, 1.0), {}) is x
    assert shape_memory.computed(aten.add_.Tensor, (other, 1.0), {}) is other
    again, _, calls = twice(aten.t_.default, meta(2, 3))
    assert calls == 2 and again.shape == (2, 3), "it turns the shape, each time"


@pytest.mark.parametrize(("one", "other"), [
    ((meta(2, dtype=torch.int64), 1), (meta(2, dtype=torch.int64), 1.0)),
    ((meta(2, 3), meta(3)), (meta(2, 3), meta(2, 1, 3))),
    ((meta(2, 3), meta(2, 3)), (meta(3, 2).t(), meta(3, 2).t())),
])
def test_other_arguments_are_another_operation(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    for args in (one, other):
        func = aten.mul.Tensor if isinstance(args[1], Tensor) else aten.mul.Scalar
        expected, made = func(*args), shape_memory.computed(func, args, {})
        assert (made.shape, made.stride(), made.dtype) == (expected.shape, expected.stride(), expected.dtype)


def test_tensors_with_contents_are_computed_as_ever() -> None:
    with ShapeMemory():
        x = torch.arange(3.0)
        assert [float((x * 2).sum()) for _ in range(2)] == [6.0, 6.0]


def test_the_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape_memory, "MOST", 3)
    for side in range(1, 9):
        made = shape_memory.computed(aten.add.Tensor, (meta(side), 1), {})
        assert made.shape == (side,)
        assert len(shape_memory._known) <= 3


@pytest.mark.parametrize("name", ["dcgan", "stylegan3", "vqgan"])
def test_an_estimate_is_the_same_from_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Trainer(msgspec.structs.replace(small(name, images_for(name)), device="cpu", threads=1))._plan
    assert plan is not None
    rehearsed = memory_estimate._footprint.__wrapped__
    remembered: list[Footprint] = [rehearsed(plan) for _ in range(2)]
    monkeypatch.setattr(memory_estimate, "computed", lambda func, args, kwargs: func(*args, **kwargs))
    assert remembered == [rehearsed(plan)] * 2
