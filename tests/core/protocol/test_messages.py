"""Every kind of message survives its way through a frame; what is none of ours is refused and nothing else."""

from __future__ import annotations

import contextlib
import typing
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from views import VIEWS

from ganstudio.core.control import ControlInfo
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.any_view import VIEWS as VIEWS_THERE_ARE
from ganstudio.core.protocol.asks import Completion, Mix, Placement, Variation
from ganstudio.core.protocol.catalog import Catalog, DataInfo, NetworkInfo, NumberInfo, PresetInfo, VariantInfo
from ganstudio.core.protocol.data_preview import FolderPreview, Inspected
from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.protocol.flow import Flow
from ganstudio.core.protocol.spec import PlayerInfo, Position, Spec
from ganstudio.core.protocol.views import (
    Array,
    Divergence,
    ScalarBatch,
    Walk,
)

POSITION = Position(steps=7, by_player={"discriminator": 23, "generator": 7}, place=2)
ARRAY = Array.of(np.arange(6, dtype=np.float32).reshape(3, 2))
IMAGES = Array.of(np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3))
WALK = Walk(anchors=[3, 0], path="line", blend="slerp", at=[(0.0, 0.0), (0.5, 1.0)])
CONTROL = ControlInfo(name="gp_weight", kind="slider", default=10.0, low=0.0, high=100.0, scale="log", detent=1e-3,
                      symbol="λ", help="How hard", choices=["a"], group="objective")
CATALOG = Catalog(
    version="0.1.0",
    variants=[VariantInfo(
        name="wgan-gp", title="WGAN-GP", family="W", reference="R", algorithm="A", discriminator_formula=r"\max",
        generator_formula=r"\min", symbols={"gp_weight": r"\lambda"}, discriminator_word="critic", score="value",
        reads_w1=True, at_optimum="", advice="Drag λ.",
        controls=[CONTROL], presets=[PresetInfo(name="toy", title="Toy", source="ours", steps=3,
                                                controls={"a": 1, "b": "x", "c": True, "d": [1.0, 2.5]}, network={})],
    )],
    networks=[NetworkInfo(name="mlp", title="MLP", kinds=["line"], help="h", reference="r", controls=[])],
    data=[DataInfo(name="points", title="P", kind=None, help="h", reference="r", controls=[])],
    measures=[NumberInfo(name="w1", title="W1", help="h", better="low", format=".3g", kinds=["plane"])],
)
SPEC = Spec(variant="wgan", controls={"clip": 0.1, "warm_up": True, "critic_steps": 3},
            data_controls={"means": [1.0, -2.0], "file": "x.csv"}, seed=2**63 - 1)
EXAMINATION = Examination(
    text="u*log(u)", shifted_by=0.0, known_as="This is kl.", f="u", derivative="1", conjugate="e", activation="v",
    discriminator="D", generator="G", domain_end=None, threshold=1.0, u=ARRAY, f_values=ARRAY, t=ARRAY,
    conjugate_values=ARRAY, v=ARRAY, activation_values=ARRAY, tangents=ARRAY)

COMMANDS: list[m.Command] = [
    m.Hello(token="t" * 32), m.Start(run=1, spec=SPEC), m.Start(run=2, spec=Spec(), playing=False, file="x.ganrun"),
    m.Grow(run=1), m.Pin(run=1), m.Pin(run=1, for_good=False),
    m.SnapshotRequest(run=1, views=["interpolation"], walk=WALK),
    m.SnapshotRequest(run=1, views=[], asks=[
        Mix(psi=0.5), Placement(angle=90.0), Variation(start=1), Completion(kept=0.0)]),
    m.Stop(run=1), m.Play(run=1, on=False), m.Step(run=1, player="cycle"),
    m.Step(run=1, player="generator"),
    m.SetControl(run=1, id=9, name="gp_weight", value=0.5), m.SetControl(run=1, id=9, name="x", value=[1.0, 2.0]),
    m.SetControl(run=1, id=9, name="x", value=True), m.SetControl(run=1, id=9, name="x", value="two"),
    m.SetControl(run=1, id=9, name="x", value=3), m.SetSpeed(run=1, updates_per_second=20.0),
    m.WeightsHashRequest(run=1),
    m.SnapshotRequest(run=1, views=["points"], size=64, measure=True), m.AnalyseDivergence(id=3, text="u*log(u)"),
    m.InspectData(id=4, path="x.csv", data_controls={"resolution": "32"}),
    m.MeasureQuantities(run=1, id=2, asked=[m.AskedNumber(quantity="slope", params={"part": "largest"})]),
    m.SetClock(run=1, clock="time"), m.Start(run=3, spec=SPEC, group=2),
    m.Together(commands=[m.Play(run=1, on=True), m.SetControl(run=2, id=1, name="x", value=0.5)]),
]
FOLDER = Inspected(data="folder", data_controls={"path": "pictures"}, kind="image", folder=FolderPreview(
    count=2, whole=True, classes={}, pictures=Array.of(np.zeros((1, 3, 4, 4), np.uint8)), names=["a.png"],
    smallest=[4, 5], largest=[6, 7]))
EVENTS: list[m.Event] = [
    m.Welcome(catalog=CATALOG, device="CPU", devices=["auto", "cpu"], torch="2"),
    m.Started(run=1, spec=SPEC, settings={"clip": 0.1}, kind="plane", low=-1.0, high=1.0, units="", preset_steps=9,
              device_title="CPU", position=POSITION, playing=True, flows=[Flow("generator", "latent", "G")],
              players=[PlayerInfo(name="generator", letter="G", word="generator", modules=["G"])]),
    m.Loading(run=1, what="reading images", done=3, total=0),
    m.CheckpointSaved(run=1, position=POSITION, file="x.ganrun"),
    m.Notice(run=1, text="There is room again."),
    m.Refused(run=1, reason="gp_weight = 101 is out of range", id=4),
    m.WeightsHash(run=1, position=POSITION, hash="ab" * 32),
    m.Applied(run=1, id=3, name="gp_weight", value=2.0, position=POSITION),
    m.Scalars(run=1, batches=[ScalarBatch(player="generator", names=["a", "b"], at=ARRAY, values=ARRAY)]),
    m.Progress(run=1, position=POSITION, seen=100, steps_per_second=3.5, playing=True, next="generator"),
    m.LastUpdate(run=1, position=POSITION, first=True, player="discriminator", next="generator", update=4, place=1,
                 places=2, batch=8, drew=True, latents=8, terms={"critic": -0.5}, readings={"k": 0.1}, gradient=2.5,
                 moved=0.01, weights=33, set_after=2, rate=0.001, rate_share=0.5, optimiser="adam"),
    m.MeasuredNow(run=1, steps=3, samples=500, measures={"w1": None, "modes": 8.0}, floors={"w1": 0.1}),
    m.QuantitiesMeasured(run=1, id=2, position=POSITION, values=[1.5, None], faults=["unknown quantity"]),
    m.Diverged(run=1, what=Divergence(term="critic", at=3.25, value="nan"), good_settings={"clip": 0.1}),
    m.Failed(run=1, reason="RuntimeError: no", traceback="Traceback ...\n"),
    m.DivergenceAnalysed(id=3, found=EXAMINATION),
    m.DivergenceAnalysed(id=4, found=None, refusal="f(u) is not convex at u = 1"),
    m.DataInspected(id=5, path="x.csv", found=None, refusal="'x.csv' does not exist"),
    m.DataInspected(id=6, path="pictures", found=FOLDER),
    m.Snapshot(run=1, position=POSITION, views=VIEWS, seconds=0.01),
]


def body(message: m.Message) -> bytes:
    frame = m.framed(message)
    (length,) = m.HEADER.unpack(frame[: m.HEADER.size])
    assert length == len(frame) - m.HEADER.size
    return frame[m.HEADER.size :]


def test_every_kind_is_tried_here() -> None:
    assert {type(one) for one in COMMANDS} == set(typing.get_args(m.Command))
    assert {type(one) for one in EVENTS} == set(typing.get_args(m.Event))
    assert {type(view) for view in VIEWS.values()} == set(VIEWS_THERE_ARE.values())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_a_command_comes_back_as_it_was(command: m.Command) -> None:
    found = m.command_of(body(command))
    assert found == command
    assert type(found) is type(command)


@pytest.mark.parametrize("event", EVENTS, ids=lambda one: type(one).__name__)
def test_an_event_comes_back_as_it_was(event: m.Event) -> None:
    found = m.event_of(body(event))
    assert body(found) == body(event)  # in bytes: two NaNs are never equal
    assert type(found) is type(event)


def test_the_two_directions_do_not_mix() -> None:
    for command in COMMANDS:
        with pytest.raises(msgspec.ValidationError):
            m.event_of(body(command))
    for event in EVENTS:
        with pytest.raises(msgspec.ValidationError):
            m.command_of(body(event))


def test_a_value_keeps_its_type() -> None:
    for value in (True, 1, 1.0, "1", [1.0]):
        found = m.command_of(body(m.SetControl(run=1, id=1, name="x", value=value)))
        assert isinstance(found, m.SetControl)
        assert type(found.value) is type(value)


def test_messages_cannot_be_changed() -> None:
    for message in (*COMMANDS, *EVENTS):
        with pytest.raises(AttributeError):
            message.run = 5  # type: ignore[misc, union-attr]


@pytest.mark.parametrize("wrong", [
    {"is": "nothing", "run": 1}, {"run": 1}, {"is": "stop"}, {"is": "stop", "run": "one"}, {"is": "stop", "run": 1.5},
    {"is": "step", "run": 1, "player": 7}, {"is": "set", "run": 1, "id": 1, "name": "x", "value": {"a": 1}},
    {"is": "set", "run": 1, "id": 1, "name": "x", "value": None}, {"is": "look", "run": 1, "views": "points"},
    {"is": "start", "run": 1, "spec": {"seed": "x"}}, {"is": "start", "run": 1, "spec": {"controls": {"a": [[1.0]]}}},
    {"is": "play", "run": 1, "on": 1}, [1, 2], "stop", None, 7,
])
def test_what_is_not_typed_as_promised_is_refused(wrong: Any) -> None:
    with pytest.raises(msgspec.MsgspecError):
        m.command_of(msgspec.msgpack.encode(wrong))


def only_msgspec_errors(data: bytes) -> None:
    for decode in (m.command_of, m.event_of):
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):  # both drop the connection
            decode(data)


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_msgspec_errors(data: bytes) -> None:
    only_msgspec_errors(data)


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(st.sampled_from([*COMMANDS, *EVENTS]), st.integers(0, 10_000), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_message_raises_nothing_but_msgspec_errors(one: m.Message, at: int, bad: bytes, cut: bool) -> None:
    data = body(one)
    at %= len(data)
    only_msgspec_errors(data[:at] if cut else data[:at] + bad + data[at + len(bad) :])


@pytest.mark.parametrize("data", [
    b"\x83\xa2is\xa4stop\xa3run\x01\xa1x" + b"\x91" * 100_000, b"\x82\xa2is\xa5hello\xa5token\xa1\xff",
], ids=["deeply nested", "not UTF-8"])
def test_what_cannot_be_decoded_is_a_msgspec_error(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        m.command_of(data)


# Arrays ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [
    np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(6, dtype=np.float64).reshape(3, 2), np.zeros((0, 2), "f4"),
    np.arange(6, dtype=np.uint8), np.arange(24, dtype=np.float32).reshape(2, 3, 4)[:, ::2], np.float32(3) * np.ones(()),
])
def test_an_array_comes_back_as_it_was(values: Any) -> None:
    found = Array.of(values).numpy()
    assert found.shape == values.shape
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values)


def test_an_array_is_a_copy() -> None:
    values = np.ones(3, np.float32)
    array = Array.of(values)
    values[0] = 5
    assert array.numpy().tolist() == [1, 1, 1]


def test_other_types_do_not_travel() -> None:
    for dtype in ("i4", "c8", "O", "f2"):
        with pytest.raises(TypeError):
            Array.of(np.zeros(2, dtype))


@pytest.mark.parametrize("array", [
    Array((3,), "f4", bytes(8)), Array((-1,), "f4", bytes(8)), Array((2,), "O", bytes(16)), Array((2,), "", bytes(8)),
    Array((1 << 30, 1 << 30), "f4", b""), Array((1,), "f4", bytes(3)), Array((-1, -2), "f4", bytes(8)),
    Array((), "f4", bytes(8)),
])
def test_an_array_whose_shape_does_not_fit_its_bytes_is_refused(array: Array) -> None:
    with pytest.raises(ValueError):
        array.numpy()
