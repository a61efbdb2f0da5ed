"""Everything that comes from outside passes ``validated``: what it lets through, and what it says when not."""

from __future__ import annotations

import math
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import numpy as np
import pytest

from ganstudio.core.control import (
    MAX_NUMBERS,
    MAX_TEXT,
    Choice,
    ControlInfo,
    Controls,
    FilePath,
    Integer,
    Numbers,
    Slider,
    Text,
    Toggle,
    argument_of,
    declared,
    described,
    plain,
    validated,
    values,
)
from ganstudio.core.system.errors import BadInput


class Kitchen(Controls, frozen=True, kw_only=True):
    """One control of each kind."""

    heat: Annotated[float, Slider(0.0, 100.0, scale="log", detent=0.01, symbol="λ", unit="watt", label="the heat",
                                  help="How hot", group="stove")] = 10.0
    tilt: Annotated[float, Slider(-1.0, 1.0)] = 0.0
    egg_count: Annotated[int, Integer(1, 12, unit="eggs", live=False)] = 5
    style: Annotated[Literal["poached", "fried"], Choice(help="How it is done")] = "fried"
    salted: Annotated[bool, Toggle()] = True
    minutes: Annotated[tuple[float, ...], Numbers(0.0, 60.0)] = (1.0, 2.0)
    note: Annotated[str, Text()] = ""
    recipe: Annotated[str, FilePath(suffixes=(".csv",))] = ""

    def check(self) -> None:
        if self.style == "poached" and self.egg_count > 6:
            raise BadInput("style = poached goes with at most 6 eggs")


def read(name: str, value: Any) -> Any:
    return getattr(validated(Kitchen, {name: value}), name)


def refused(name: str, value: Any) -> str:
    with pytest.raises(BadInput) as caught:
        validated(Kitchen, {name: value})
    return str(caught.value)


# What is let through


@pytest.mark.parametrize(("name", "value", "expected"), [
    ("heat", 3.5, 3.5), ("heat", 3, 3.0), ("heat", "3.5", 3.5), ("heat", "1e-3", 1e-3), ("heat", " 4 ", 4.0),
    ("heat", 0, 0.0), ("heat", 100.0, 100.0), ("heat", np.float64(2.5), 2.5), ("tilt", "-1", -1.0),
    ("egg_count", 7, 7), ("egg_count", "7", 7), ("egg_count", 7.0, 7), ("egg_count", "7.0", 7),
    ("egg_count", 1, 1), ("egg_count", 12, 12),
    ("style", "poached", "poached"),
    ("salted", True, True), ("salted", False, False), ("salted", "on", True), ("salted", "OFF", False),
    ("salted", "true", True), ("salted", "False", False), ("salted", "1", True), ("salted", "0", False),
    ("salted", "yes", True), ("salted", "no", False),
    ("minutes", "1,2.5,3", (1.0, 2.5, 3.0)), ("minutes", "7", (7.0,)), ("minutes", " 1 , 2 ,", (1.0, 2.0)),
    ("minutes", [1, "2", 3.0], (1.0, 2.0, 3.0)), ("minutes", (4.0,), (4.0,)),
    ("minutes", [1.0] * MAX_NUMBERS, (1.0,) * MAX_NUMBERS),
    ("note", "", ""), ("note", "öl ✓", "öl ✓"), ("note", "x" * MAX_TEXT, "x" * MAX_TEXT),
    ("recipe", "/tmp/a b.csv", "/tmp/a b.csv"),
])
def test_values_and_texts_are_read(name: str, value: Any, expected: Any) -> None:
    found = read(name, value)
    assert found == expected
    assert isinstance(found, type(expected))


def test_the_empty_mapping_gives_the_defaults() -> None:
    assert validated(Kitchen, {}) == Kitchen()


def test_values_go_over_the_base_and_leave_it_as_it_was() -> None:
    base = Kitchen(heat=1.0, egg_count=3)
    assert validated(Kitchen, {"heat": 2}, base) == Kitchen(heat=2.0, egg_count=3)
    assert base == Kitchen(heat=1.0, egg_count=3)


def test_values_come_back_through_json() -> None:
    kitchen = Kitchen(heat=0.1, egg_count=2, minutes=(0.5, 1 / 3), salted=False, note="\n")
    travelled = msgspec.json.decode(msgspec.json.encode(values(kitchen)))
    assert validated(Kitchen, travelled) == kitchen


# What is refused


@pytest.mark.parametrize(("name", "value"), [
    ("heat", -0.001), ("heat", 100.5), ("heat", 1e300), ("tilt", -2), ("tilt", "1.5"), ("heat", "-1"),
    ("egg_count", 0), ("egg_count", 13), ("egg_count", "-4"), ("egg_count", 1e300), ("minutes", "1,61"),
    ("minutes", [-1.0]),
])
def test_what_is_out_of_range_is_refused_with_what_is_allowed(name: str, value: Any) -> None:
    control = declared(Kitchen)[name][0]
    assert isinstance(control, Slider | Integer | Numbers)
    sentence = refused(name, value)
    assert sentence.startswith(f"{name} = ")
    assert f"out of range: allowed is {control.low:g} to {control.high:g}" in sentence


def test_a_slider_with_one_value_says_why_there_is_no_other() -> None:
    class Cold(Kitchen, frozen=True, kw_only=True):
        heat: Annotated[float, Slider(0.0, 0.0, help="There is no gas")] = 0.0

    with pytest.raises(BadInput, match=r"heat = 0\.9 is not possible here: allowed is 0\. There is no gas"):
        validated(Cold, {"heat": 0.9})
    assert validated(Cold, {"heat": "0"}).heat == 0


@pytest.mark.parametrize("name", ["heat", "tilt", "egg_count"])
@pytest.mark.parametrize("value", [
    math.nan, math.inf, -math.inf, "nan", "inf", "-Infinity", "1e999", True, False, None, [], [1.0], {}, "", "ten",
    "1,5", "0x10", b"1", 1j, object, 10**400, -(10**400), "9" * 5000, np.array([1.0]),
])
def test_what_is_no_number_is_refused(name: str, value: Any) -> None:
    sentence = refused(name, value)
    assert sentence.startswith(f"{name} takes a number from ")
    assert len(sentence) < 200


@pytest.mark.parametrize("name", ["heat", "egg_count", "style", "salted", "minutes", "note"])
def test_an_int_too_long_to_print_is_refused(name: str) -> None:
    assert name in refused(name, 10**5000)


@pytest.mark.parametrize("value", [1.5, "1.5", "5e-1"])
def test_an_integer_takes_no_fraction(value: Any) -> None:
    assert refused("egg_count", value) == f"egg_count takes a whole number from 1 to 12, not {value!r}"


@pytest.mark.parametrize("value", ["boiled", "Fried", "", 1, None, True, ["fried"], "x" * 10_000])
def test_a_choice_takes_its_names_only(value: Any) -> None:
    sentence = refused("style", value)
    assert sentence.startswith("unknown style '")
    assert sentence.endswith("known are poached, fried")
    assert len(sentence) < 200


def test_a_misspelt_choice_gets_its_neighbour() -> None:
    assert refused("style", "poche") == "unknown style 'poche': did you mean 'poached'? known are poached, fried"


@pytest.mark.parametrize("value", [1, 0, 1.0, None, "maybe", "", [], [True], {}])
def test_a_toggle_is_on_or_off(value: Any) -> None:
    assert refused("salted", value) == f"salted is on or off, not {value!r}"


@pytest.mark.parametrize("value", ["", " , ", [], (), None, 3.0, True, {"a": 1}, [1.0] * (MAX_NUMBERS + 1), "1," * 300])
def test_numbers_are_a_list_of_a_sensible_length(value: Any) -> None:
    sentence = refused("minutes", value)
    assert sentence.startswith(f"minutes takes 1 to {MAX_NUMBERS} numbers separated by commas, not ")
    assert len(sentence) < 200


@pytest.mark.parametrize("value", ["1,two", [1.0, True], [math.nan], ["inf"], [[1.0]], [None], [10**400]])
def test_each_of_the_numbers_is_a_number(value: Any) -> None:
    assert refused("minutes", value).startswith("minutes takes a number from 0 to 60, not ")


@pytest.mark.parametrize("name", ["note", "recipe"])
@pytest.mark.parametrize("value", [1, None, True, b"text", ["text"], "x" * (MAX_TEXT + 1), "a\0b"])
def test_a_text_is_a_text_of_a_sensible_length(name: str, value: Any) -> None:
    sentence = refused(name, value)
    assert sentence.startswith(f"{name} takes a text of at most {MAX_TEXT} characters, not ")
    assert len(sentence) < 200


def test_an_unknown_name_gets_its_nearest_neighbour() -> None:
    assert refused("egg_cuont", 3).startswith("unknown control 'egg_cuont': did you mean 'egg_count'? known are heat,")
    assert "did you mean" not in refused("qqqqqqqq", 3)


def test_an_unknown_name_says_whose_control_it_is_not() -> None:
    with pytest.raises(BadInput, match="unknown control of variant omelette 'heet': did you mean 'heat'"):
        validated(Kitchen, {"heet": 3}, of="variant omelette")


@pytest.mark.parametrize("name", ["check", "__class__", "__struct_fields__", ""])
def test_only_fields_are_controls(name: str) -> None:
    assert refused(name, 3).startswith("unknown control ")


def test_values_that_do_not_go_together_are_refused() -> None:
    assert validated(Kitchen, {"style": "poached", "egg_count": 6}).egg_count == 6
    with pytest.raises(BadInput, match="at most 6 eggs"):
        validated(Kitchen, {"style": "poached", "egg_count": 7})
    with pytest.raises(BadInput, match="at most 6 eggs"):
        validated(Kitchen, {"style": "poached"}, Kitchen(egg_count=8))


def test_one_bad_value_among_good_ones_is_enough() -> None:
    with pytest.raises(BadInput, match="tilt"):
        validated(Kitchen, {"heat": 1.0, "tilt": 5.0})


# Controls as data


def test_described_in_the_order_they_are_written() -> None:
    found = described(Kitchen, "kitchen")
    assert [info.name for info in found] == list(Kitchen.__struct_fields__)
    assert [info.kind for info in found] == [
        "slider", "slider", "integer", "choice", "toggle", "numbers", "text", "file"]


def test_described_carries_what_the_annotation_says() -> None:
    found = {info.name: info for info in described(Kitchen, "kitchen")}
    assert found["heat"] == ControlInfo(
        name="heat", kind="slider", default=10.0, low=0.0, high=100.0, scale="log", detent=0.01, label="the heat",
        symbol="λ", unit="watt", help="How hot", group="stove")
    assert found["egg_count"] == ControlInfo(
        name="egg_count", kind="integer", default=5, low=1, high=12, scale="linear", live=False, label="egg count",
        unit="eggs", group="kitchen")
    assert found["style"].choices == ["poached", "fried"]
    assert found["tilt"].detent is None
    assert found["minutes"].default == [1.0, 2.0]
    assert (found["salted"].low, found["salted"].scale, found["salted"].choices) == (None, None, [])


def test_described_travels_as_json() -> None:
    found = described(Kitchen, "kitchen")
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[ControlInfo]) == found


@pytest.mark.parametrize("info", described(Kitchen, "kitchen"), ids=lambda info: info.name)
def test_every_default_is_valid(info: ControlInfo) -> None:
    assert plain(read(info.name, info.default)) == info.default


class Breakfast(Kitchen, frozen=True, kw_only=True):
    """A paper's default over the shared range, and a control of its own."""

    heat: Annotated[float, Slider(0.0, 5.0)] = 2.0
    toast: Annotated[int, Integer(0, 4)] = 1


def test_a_subclass_restates_and_adds() -> None:
    assert validated(Breakfast, {}).heat == 2.0
    assert validated(Breakfast, {"toast": "3", "egg_count": 2}).toast == 3
    with pytest.raises(BadInput, match="allowed is 0 to 5"):
        validated(Breakfast, {"heat": 6})
    assert read("heat", 6) == 6.0


class Bare(Controls, frozen=True, kw_only=True):
    """A field without a control."""

    size: int = 3


def test_a_field_without_a_control_is_a_mistake_that_is_named() -> None:
    with pytest.raises(TypeError, match=r"Bare\.size has no control"):
        described(Bare, "")


def test_controls_do_not_change_once_made() -> None:
    with pytest.raises(AttributeError):
        Kitchen().heat = 3.0  # type: ignore[misc]


# Whose controls


T = TypeVar("T", bound=Controls)


class Owner(Generic[T]):
    """A contract with controls."""


class Cook(Owner[Kitchen]):
    """Says its controls."""


class Apprentice(Cook):
    """Inherits them."""


class Chef(Apprentice, Owner[Breakfast]):
    """Says its own."""


class Guest(Owner):  # type: ignore[type-arg]
    """Does not say."""


def test_the_controls_of_a_leaf_are_those_it_gave_its_contract() -> None:
    assert argument_of(Cook, Owner) is Kitchen
    assert argument_of(Apprentice, Owner) is Kitchen
    assert argument_of(Chef, Owner) is Breakfast


def test_a_leaf_that_does_not_say_its_controls_is_told_how() -> None:
    with pytest.raises(TypeError, match=r"Guest does not say its controls: write Owner\[SomeControls\]"):
        argument_of(Guest, Owner)
