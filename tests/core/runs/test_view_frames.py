"""Views go into a file and come back bit for bit; bytes from anybody are a view that can be drawn, or refused."""

from __future__ import annotations

import pickle
import typing
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from views import VIEWS, images

from ganstudio.core.protocol.any_view import VIEWS as VIEWS_THERE_ARE
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import (
    Array,
    ModeCount,
    Samples,
    View,
)
from ganstudio.core.runs.view_frames import MAX_FRAME, Frame, packed, unpacked
from ganstudio.core.runs.view_shapes import shapes_of

KINDS: tuple[type[msgspec.Struct], ...] = tuple(VIEWS_THERE_ARE.values())


def frame(view: View, steps: int = 7) -> Frame:
    at = Position(steps=steps, by_player={"discriminator": 5 * steps, "generator": steps})
    return Frame(name="any", position=at, view=view)


def bits(view: View) -> bytes:
    """A view's bits: two NaNs are never equal."""
    return msgspec.msgpack.encode(view)


def fuzz(examples: int) -> settings:
    return settings(derandomize=True, deadline=None, database=None, max_examples=examples,
                    suppress_health_check=list(HealthCheck))


# There and back ----------------------------------------------------------------------------------------------------


def test_every_kind_of_view_is_among_these() -> None:
    assert {type(view) for view in VIEWS.values()} == set(KINDS)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_comes_back_bit_for_bit(name: str) -> None:
    kept = frame(VIEWS[name])
    again = unpacked(packed(kept))
    assert (again.name, again.position, type(again.view)) == (kept.name, kept.position, type(kept.view))
    assert bits(again.view) == bits(kept.view)


def test_packing_makes_images_smaller() -> None:
    flat = Samples(real=images(1, 8, 1), fake=Array.of(np.zeros((64, 32, 32, 3), np.uint8)), averaged=False)
    assert len(packed(frame(flat))) < 64 * 32 * 32 * 3 // 50


@pytest.mark.parametrize("kind", [*KINDS, ModeCount], ids=lambda kind: kind.__name__)
def test_the_shape_of_every_array_is_known(kind: type[msgspec.Struct]) -> None:
    hints = typing.get_type_hints(kind)  # without the shapes
    arrays = {name for name, hint in hints.items() if Array in (hint, *typing.get_args(hint))}
    assert set(shapes_of(kind)) == arrays


# From anybody ------------------------------------------------------------------------------------------------------


@fuzz(200)
@given(data=st.binary(max_size=400), squeezed=st.booleans())
def test_random_bytes_raise_nothing_but_value_error(data: bytes, squeezed: bool) -> None:
    with pytest.raises(ValueError):
        unpacked(zlib.compress(data) if squeezed else data)


@fuzz(200)
@given(name=st.sampled_from(sorted(VIEWS)), at=st.integers(0, 5000), bad=st.binary(min_size=1, max_size=6))
def test_changed_bytes_are_a_view_or_raise_value_error(name: str, at: int, bad: bytes) -> None:
    body = msgspec.msgpack.encode(frame(VIEWS[name]))
    at %= len(body)
    try:
        found = unpacked(zlib.compress(body[:at] + bad + body[at + len(bad) :]))
    except ValueError as fault:
        assert "\n" not in str(fault)
        return
    for array in (getattr(found.view, one) for one in found.view.__struct_fields__):
        if isinstance(array, Array):
            array.numpy()


@pytest.mark.parametrize("name", VIEWS)
def test_a_frame_that_is_cut_off_is_refused(name: str) -> None:
    whole = packed(frame(VIEWS[name]))
    for end in (0, 1, 2, len(whole) // 2, len(whole) - 5, len(whole) - 1):
        with pytest.raises(ValueError):
            unpacked(whole[:end])
    body = msgspec.msgpack.encode(frame(VIEWS[name]))
    with pytest.raises(ValueError):
        unpacked(zlib.compress(body[:-1]))


def test_what_unpacks_to_more_than_any_frame_is_refused() -> None:
    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(bytes(1 << 20)) for _ in range((MAX_FRAME >> 20) + 1)) + bomb.flush()
    assert len(data) < MAX_FRAME // 900
    with pytest.raises(ValueError, match="larger than any frame"):
        unpacked(data)


@pytest.mark.parametrize("header", [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff",
                                    b"\x91" * 100_000, b"\x81\xa1x" * 100_000])
def test_a_length_that_is_not_there_takes_no_memory(header: bytes) -> None:
    for body in (header, b"\x83\xa4view" + header, b"\x81\xa1z" + header):
        with pytest.raises(ValueError):
            unpacked(zlib.compress(body))


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    mark = tmp_path / "executed"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (mark,)

    for data in (pickle.dumps(Trap()), zlib.compress(pickle.dumps(Trap()))):
        with pytest.raises(ValueError):
            unpacked(data)
    assert not mark.exists()


def changed(name: str, **values: object) -> bytes:
    """A view with some fields in the place of its own, as one packs it who does not care."""
    view = msgspec.to_builtins(VIEWS[name], builtin_types=(bytes,))
    view.update(values)
    body = {"name": "any", "position": {"steps": 7}, "view": view}
    return zlib.compress(msgspec.msgpack.encode(body))


def array(shape: list[int], dtype: str = "f4", data: bytes | None = None) -> list[object]:
    size = {"f4": 4, "f8": 8, "u1": 1}.get(dtype, 4)
    return [shape, dtype, bytes(min(int(np.prod(shape)), 1000) * size) if data is None else data]


def test_a_view_that_is_changed_by_nothing_is_accepted() -> None:
    for name in VIEWS:
        assert bits(unpacked(changed(name)).view) == bits(VIEWS[name])
    assert unpacked(changed("boundary", at=array([0, 2])))


@pytest.mark.parametrize(("name", "values"), [
    ("points", {"type": "picture"}), ("points", {"type": 5}), ("points", {"type": "line"}),
    ("points", {"real": None}), ("points", {"real": []}), ("points", {"real": [[2, 2], "f4"]}),
    ("points", {"real": array([-1, 2], data=b"")}), ("points", {"real": array([-1, -2], data=bytes(8))}),
    ("points", {"real": array([1 << 40, 2])}), ("points", {"real": array([1 << 32, 1 << 32], data=b"")}),
    ("points", {"real": [[0, 1 << 63], "f4", b""]}), ("points", {"real": [[1] * 70, "f4", bytes(4)]}),
    ("points", {"real": array([4, 2], data=bytes(31))}), ("points", {"real": array([4, 2], data=bytes(33))}),
    ("points", {"real": array([8])}), ("points", {"real": array([2, 3])}), ("points", {"real": array([0, 2])}),
    ("points", {"real": array([2, 2], "u1")}), ("points", {"real": array([2, 2], "O")}),
    ("points", {"real": array([2, 2], "i8")}),
    ("landscape", {"values": array([4, 3])}), ("landscape", {"values": array([1, 1])}),
    ("landscape", {"gradient": array([2, 2])}), ("landscape", {"low": 3.0}), ("landscape", {"high": float("inf")}),
    ("landscape", {"low": float("nan")}), ("landscape", {"kind": "secret"}),
    ("boundary", {"at": array([6, 3])}),
    ("line", {"score": array([8])}), ("line", {"optimum": array([8])}), ("line", {"latents": None}),
    ("line", {"reached": array([5])}), ("line", {"kind": ""}),
    ("manifold", {"density": array([4, 4])}), ("manifold", {"stretch": array([3, 2])}), ("manifold", {"latent_dim": 0}),
    ("manifold of one latent", {"at": array([1, 1, 2])}),
    ("gradients", {"edges": array([4])}), ("gradients", {"singular": [array([2, 2])]}),
    ("gradients", {"singular": array([2])}),
    ("samples", {"fake": array([2, 8, 8, 3])}), ("samples", {"fake": array([2, 8, 8, 1], "u1")}),
    ("samples", {"real": array([4, 8, 8, 2], "u1"), "fake": array([2, 8, 8, 2], "u1")}),
    ("interpolation", {"norms": array([2])}), ("interpolation", {"anchors": array([3, 8, 8, 1], "u1")}),
    ("interpolation", {"walk": {"anchors": [0], "path": "spiral", "blend": "lerp", "at": []}}),
    ("pyramid", {"level": 2}), ("pyramid", {"level": -1}), ("pyramid", {"alpha": 2.0}), ("pyramid", {"lasts": -1}),
    ("pyramid", {"levels": 1}), ("pyramid", {"levels": 1 << 60}), ("pyramid", {"fake": []}),
    ("balance", {"kind": "x"}), ("balance", {"readings": {"k": "x"}}), ("balance", {"real": array([0])}),
])
def test_a_view_that_nobody_could_draw_is_refused(name: str, values: dict[str, object]) -> None:
    with pytest.raises(ValueError) as fault:
        unpacked(changed(name, **values))
    assert str(fault.value) and "\n" not in str(fault.value)


@pytest.mark.parametrize("position", [None, [], {"steps": "x"}, {"steps": 1.5}, {"steps": {}}])
def test_a_position_that_is_none_is_refused(position: object) -> None:
    view = msgspec.to_builtins(VIEWS["boundary"], builtin_types=(bytes,))
    with pytest.raises(ValueError):
        unpacked(zlib.compress(msgspec.msgpack.encode({"name": "any", "position": position, "view": view})))
