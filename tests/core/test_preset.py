"""A preset: what it sets, and what it sets besides on a network that needs it."""

from __future__ import annotations

from ganstudio.core.variant import Preset, Settings

PRESET = Preset(
    title="Toy", source="ours", steps=4000, controls={"batch_size": 128, "learning_rate_d": 1e-3},
    network={"init_d": "he", "width": 64},
    on_network={
        "affine": Settings(steps=6000, controls={"batch_size": 1024, "critic_steps": 2}, network={"init_d": "uniform"}),
        "mlp": Settings(controls={"critic_steps": 5}),
    },
    on_kind={"line": Settings(controls={"critic_steps": 3, "gamma": 2.0})},
)


def test_on_a_network_that_it_does_not_name_it_is_itself() -> None:
    assert PRESET.on("image", "conv") == Settings(steps=4000, controls=PRESET.controls, network=PRESET.network)


def test_what_a_network_needs_goes_over_the_rest() -> None:
    assert PRESET.on("image", "affine") == Settings(
        steps=6000, controls={"batch_size": 1024, "learning_rate_d": 1e-3, "critic_steps": 2},
        network={"init_d": "uniform", "width": 64},
    )


def test_without_steps_of_its_own_a_network_gets_the_presets() -> None:
    assert PRESET.on("image", "mlp") == Settings(
        steps=4000, controls={"batch_size": 128, "learning_rate_d": 1e-3, "critic_steps": 5}, network=PRESET.network)


def test_asking_changes_nothing() -> None:
    before = dict(PRESET.controls), dict(PRESET.network)
    PRESET.on("image", "affine").controls["batch_size"] = 1
    assert (PRESET.controls, PRESET.network) == before
    assert PRESET.on("image", "affine").controls["batch_size"] == 1024


def test_a_kind_of_data_goes_over_the_rest_and_a_network_over_both() -> None:
    assert PRESET.on("line", "conv").controls == {**PRESET.controls, "critic_steps": 3, "gamma": 2.0}
    assert PRESET.on("line", "mlp").controls == {**PRESET.controls, "critic_steps": 5, "gamma": 2.0}
