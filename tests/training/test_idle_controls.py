"""A control that is said to do nothing does nothing, and one that is not acts: asked of the training itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ganstudio.core.control import ControlInfo, Needs, Value
from ganstudio.core.idle_controls import idle
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.trainer import Trainer

CATALOG = catalogue()
PLANE = [variant.name for variant in CATALOG.variants if "plane" in variant.kinds]
BEFORE, AFTER = 1, 2  # steps before a control is moved, and after
STATES: dict[str, dict[str, Value]] = {
    "as it is": {"schedule": "constant", "optimiser_d": "sgd", "optimiser_g": "optimistic-adam"},
    "D held": {"critic_steps": 0, "generator_steps": 1, "optimiser_d": "adam", "optimiser_g": "rmsprop",
               "schedule": "linear", "horizon": 50},
    "G held": {"critic_steps": 1, "generator_steps": 0, "optimiser_d": "adam", "optimiser_g": "extra-adam"},
}
OVER: dict[str, Value] = {"schedule": "linear", "horizon": 1, "rate_floor": 0.0}  # nothing at all moves any more
OF_ITS_OWN: dict[str, list[dict[str, Value]]] = {
    "wgan-gp": [{"gp_weight": 0.0}], "f-gan": [{"divergence": "alpha"}, {"divergence": "js-weighted"},
                                               {"divergence": "custom"}],
}


def states(variant: str) -> Iterator[dict[str, Value]]:
    yield from STATES.values()
    yield OVER
    for more in OF_ITS_OWN.get(variant, []):
        yield {**STATES["as it is"], **more}


def another(info: ControlInfo, now: Value) -> list[Value]:
    """Other values of a control, of which one at least makes a difference if the control acts."""
    match info.kind:
        case "toggle":
            return [not now]
        case "choice":
            return [choice for choice in info.choices if choice not in (now, "custom")]
        case "text":
            return ["(u-1)**2"]
    assert isinstance(now, float | int) and info.low is not None and info.high is not None
    if info.name.endswith("_steps"):
        return [now + 1]
    half = now / 2 if now else info.low + (info.high - info.low) / 4
    if info.kind == "integer":
        return [int(half) if int(half) not in (0, now) else now + 1]
    return [half]


def trained(variant: str, settings: dict[str, Value], moved: dict[str, Value]) -> str:
    """The weights after some steps, in the middle of which controls were moved."""
    trainer = Trainer(Spec(
        variant=variant, data="ring", seed=3, device="cpu", threads=1, controls={"batch_size": 8, **settings},
        network_controls={"width": 4, "depth": 1}))
    for _ in range(BEFORE):
        trainer.step()
    for name, value in moved.items():
        trainer.apply(Change(name=name, value=value))
    for _ in range(AFTER):
        trainer.step()
    return trainer.game.weights_hash()


@pytest.mark.parametrize("name", PLANE)
def test_what_is_said_to_do_nothing_does_nothing_and_all_else_acts(name: str) -> None:
    controls = [info for info in CATALOG.variant(name).controls if info.live and not info.kinds]
    for settings in states(name):
        usual = trained(name, settings, {})
        now = {info.name: info.default for info in controls} | preset(name) | {"batch_size": 8} | settings
        silent = idle(controls, now, steps=BEFORE)
        for info in controls if settings is not OVER else [info for info in controls if info.name in silent]:
            for value in another(info, now[info.name]):
                if trained(name, settings, {info.name: value}) != usual:
                    assert info.name not in silent, (settings, info.name, value)
                    break
            else:
                assert info.name in silent or later(info), (settings, info.name)


def preset(name: str) -> dict[str, Value]:
    return next(each.controls for each in CATALOG.variant(name).presets if each.name == "toy")


def later(info: ControlInfo) -> bool:
    """What acts, but not in the few steps of this test."""
    return info.name == "rate_floor"  # once the schedule has fallen so far


def test_a_sentence_names_what_keeps_a_control_from_acting() -> None:
    f_gan = CATALOG.variant("f-gan").controls
    why = idle(f_gan, {"divergence": "js", "critic_steps": 0, "schedule": "constant", "optimiser_g": "sgd"})
    assert why["alpha"] == "divergence is js, not alpha"
    assert why["learning_rate_d"] == "D steps k is 0"
    assert why["horizon"] == "schedule is constant, not linear"
    assert why["beta2_g"] == "G optimiser is sgd, not adam or optimistic-adam or extra-adam"
    assert set(why).isdisjoint({"divergence", "critic_steps", "schedule", "batch_size", "learning_rate_g"})
    over: dict[str, Value] = {"schedule": "linear", "horizon": 100, "rate_floor": 0.0}
    assert "learning_rate_g" not in idle(f_gan, over, steps=99)
    assert "step 100" in idle(f_gan, over, steps=100)["learning_rate_g"]
    assert "learning_rate_g" not in idle(f_gan, {**over, "rate_floor": 0.1}, steps=100)


def test_labels_do_nothing_in_a_run_without_labels() -> None:
    avatars = CATALOG.data_set("avatars").controls
    assert set(idle(avatars, {}, has={"latent", "scores"})) == {"label", "attributes"}
    assert idle(avatars, {}, has={"latent", "scores", "label", "attributes"}) == {}
    assert idle(avatars, {}) == {}  # a run file of before does not say


@pytest.mark.parametrize("owner", [*CATALOG.variants, *CATALOG.networks, *CATALOG.data], ids=lambda each: each.name)
def test_a_control_needs_only_what_its_owner_has(owner: object) -> None:
    controls = {info.name: info for info in owner.controls}  # type: ignore[attr-defined]
    for info in controls.values():
        for need in info.needs:
            assert isinstance(need, Needs)
            other = controls[need.control]
            assert set(need.among) <= set(other.choices)
            assert bool(need.among) != (need.above is not None)


def test_network_and_data_controls_that_do_nothing() -> None:
    gaussians, affine, mlp = (
        CATALOG.data_set("gaussians").controls, CATALOG.network("affine").controls, CATALOG.network("mlp").controls)
    assert set(idle(gaussians, {"centres": "drawn"})) == {"xs", "ys"}
    assert set(idle(gaussians, {"centres": "listed"})) == {"count", "layout", "spread"}
    assert set(idle(affine, {"start": "data", "depth": 2})) == {"mean", "sd"}
    assert set(idle(mlp, {"depth": 0})) == {"width", "activation", "norm_g"}
    for network, name, value in (("mlp", "width", 8), ("mlp", "activation", "tanh")):
        hashes = {Trainer(Spec(
            variant="gan", data="ring", seed=1, device="cpu", threads=1, network=network,
            network_controls={"depth": 0, **more})).game.weights_hash() for more in ({}, {name: value})}
        assert len(hashes) == 1, name
