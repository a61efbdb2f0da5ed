"""What every variant promises, tested on each that is found: a new one is tested by existing."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load, save
from small_games import LINE, NETWORKS, PLANE, VARIANTS, data_for, images_for, narrow, side_for, small
from torch import Tensor

from ganstudio.core.control import (
    Choice,
    Control,
    Controls,
    Integer,
    Slider,
    Toggle,
    Value,
    declared,
    described,
    validated,
)
from ganstudio.core.dataset import Kind
from ganstudio.core.protocol.spec import Change
from ganstudio.core.turn import Turn
from ganstudio.core.variant import Terms
from ganstudio.maths.optimisers import NAMES as OPTIMISERS
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.measuring import copy_for_measuring
from ganstudio.training.players import PlayedModule
from ganstudio.training.resolve_spec import DEFAULT_NETWORK, probes
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer

PRESETS = [(name, preset) for name, leaf in VARIANTS.items() for preset in leaf.presets]
IMAGES = {name: images_for(name) for name, leaf in VARIANTS.items() if "image" in leaf.kinds}
KINDS: dict[str, Kind] = {LINE: "line", PLANE: "plane", **dict.fromkeys(IMAGES.values(), "image")}
ON_DATA = [(name, data) for name, leaf in VARIANTS.items() for data in (LINE, PLANE, IMAGES.get(name, ""))
           if data and KINDS[data] in leaf.kinds]
SIDES = {  # px, of the presets whose discriminators have a score from some size on only
    ("pix2pix", "paper"): 64, ("cyclegan", "paper"): 64, ("spade", "paper"): 128, ("stargan", "paper"): 128,
    ("stargan-v2", "paper"): 64, ("vqgan", "paper"): 64}

# calls of generators in a step of D: both directions; a style and an image; vectors, codes' vectors and an image
MADE_BY_D = {"cyclegan": 2, "stargan-v2": 2, "vqgan": 3}
MADE_BY_G: dict[str, list[bool]] = {  # whether what each call makes carries a gradient
    "cyclegan": [True] * 6,  # there and back, and two images that should stay as they are
    "stargan": [True] * 2,  # there and back
    "vqgan": [True] * 3,
    "singan": [True] * 2,  # of fresh noise, and of the fixed one
    # two styles, the image, its style read back, the image of the second style (held), the own style, the way back
    "stargan-v2": [True, True, True, True, False, True, True],
}

# what brings all players into the first steps, and moves weights in updates alone
AT_ONCE: dict[str, dict[str, Value]] = {"vqgan": {"disc_start": 0, "codebook_start": "uniform"}}

# Extra-Adam keeps all that any optimiser keeps, and looks ahead; the others take turns, for none knows its variant.
OTHERS = [optimiser for optimiser in OPTIMISERS if optimiser != "extra-adam"]
GOING_ON = [(name, optimiser) for place, name in enumerate(VARIANTS)
            for optimiser in ("extra-adam", OTHERS[place % len(OTHERS)])]

every_variant = pytest.mark.parametrize("name", VARIANTS)


def short(
    name: str, *, seed: int = 3, data: str = "", controls: Mapping[str, Value] | None = None, backward: str = "",
) -> Trainer:
    """A run of small players, fresh."""
    return Trainer(msgspec.structs.replace(
        small(name, data), seed=seed, device="cpu", threads=1, backward=backward,
        controls={"batch_size": 16, **AT_ONCE.get(name, {}), **(controls or {})},
    ))


def played(trainer: Trainer, updates: int) -> Trainer:
    for _ in range(updates):
        trainer.update()
    return trainer


def terms_of(trainer: Trainer) -> tuple[Terms, Terms]:
    """The terms of both players at this moment, with their graphs."""
    return trainer.game.terms_of("discriminator"), trainer.game.terms_of("generator")


def test_the_first_variants_are_found() -> None:
    assert {"gan", "ns-gan", "wgan", "wgan-gp"} <= set(VARIANTS)


@every_variant
def test_it_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    leaf = VARIANTS[name]
    assert leaf.title and leaf.family and leaf.discriminator_word
    assert leaf.advice.endswith((".", "!")) and len(leaf.advice) > 20
    assert leaf.reference.authors and leaf.reference.title and 1990 < leaf.reference.year < 2100
    assert leaf.reference.arxiv in str(leaf.reference)
    assert leaf.formula.discriminator and leaf.formula.generator
    assert all(formula.count("{") == formula.count("}") for formula in (leaf.formula.discriminator,
                                                                        leaf.formula.generator))
    assert leaf.score_kind in ("logit", "value")


@every_variant
def test_it_sets_no_value_that_its_contract_does_not_have(name: str) -> None:
    """A misspelt name is not noticed otherwise: the contract's own value holds. What is the leaf's own is annotated."""
    leaf = VARIANTS[name]
    values = (str, bool, int, float, tuple, frozenset, dict, list)
    own = {key for key, value in vars(leaf).items() if isinstance(value, values) and not key.startswith("_")}
    bases = leaf.__mro__[1:]
    known = {key for base in bases for key in (*vars(base), *inspect.get_annotations(base))}
    assert own <= known | set(inspect.get_annotations(leaf))


@every_variant
def test_every_control_says_what_it_is(name: str) -> None:
    for control in described(VARIANTS[name].controls_type(), "objective"):
        assert control.help, control.name
        assert control.label and control.group


@every_variant
def test_it_has_the_papers_settings_and_some_for_points(name: str) -> None:
    presets = VARIANTS[name].presets
    assert {"paper", "toy"} <= set(presets)
    for preset in presets.values():
        assert preset.title and preset.source
        assert preset.steps > 0


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_stands_and_trains(name: str, preset: str) -> None:
    leaf = VARIANTS[name]
    found = leaf.presets[preset]
    controls = validated(leaf.controls_type(), found.controls)
    assert all(getattr(controls, key) == value for key, value in found.controls.items())
    data = data_for(name)
    on_images = KINDS[data] == "image"
    network = next(iter(leaf.networks), DEFAULT_NETWORK[KINDS[data]])
    settings = found.on(KINDS[data], network)
    validated(NETWORKS[network].controls_type(), settings.network)
    few: dict[str, Value] = {"batch_size": 16} if on_images else {}
    spec = msgspec.structs.replace(small(name), preset=preset, device="cpu", threads=1, controls=few)
    if NETWORKS[network].needs or (name, preset) in SIDES:  # as deep as the preset has it, but narrow
        side = SIDES.get((name, preset), side_for(network))
        layers = {"blocks": settings.network["blocks"]} if "blocks" in settings.network else {}
        spec = msgspec.structs.replace(
            spec, controls={"batch_size": 2 if side > 16 else 16},
            network_controls={**narrow(network, side), **layers})
    trainer = Trainer(spec)
    assert trainer.preset.steps == settings.steps
    played(trainer, 3).flush()
    assert trainer.divergence is None


@pytest.mark.parametrize(("name", "network"), [
    (name, network) for name, leaf in VARIANTS.items() for network, net in NETWORKS.items()
    if "image" in leaf.kinds and "image" in net.kinds
    and (network in leaf.networks or (not leaf.networks and net.signed_scores and not net.of_one_game))
    and (net.conditions or "label" not in leaf.needs) and net.needs <= leaf.needs
])
@pytest.mark.parametrize("preset", ["toy"])
def test_it_trains_on_images_with_every_network_that_it_can_play_with(name: str, network: str, preset: str) -> None:
    width: dict[str, Value] = {"width": 4} if network == "mlp" else narrow(network, 16)
    asked: type[Controls] = NETWORKS[network].controls_type()
    if "norm_d" in declared(asked):
        width["norm_d"] = "none"
    trainer = Trainer(msgspec.structs.replace(small(name, IMAGES[name]), network=network, preset=preset, device="cpu",
                                              threads=1, controls={"batch_size": 8}, network_controls=width))
    played(trainer, 3).flush()
    assert trainer.divergence is None


@pytest.mark.parametrize(("name", "data"), ON_DATA)
def test_terms_are_finite_named_scalars(name: str, data: str) -> None:
    trainer = short(name, data=data)
    for terms in terms_of(trainer):
        assert terms
        for term_name, term in terms.items():
            assert term_name and term_name == term_name.strip()
            assert term.shape == ()
            assert math.isfinite(float(term.detach()))
            assert term.requires_grad


@every_variant
def test_each_term_is_a_curve(name: str) -> None:
    trainer = short(name)
    for_d, for_g = (set(terms) for terms in terms_of(trainer))
    assert not for_d & for_g, "two curves of one name"
    trainer.step()
    curves: dict[str, set[str]] = {}
    for batch in trainer.flush():
        curves.setdefault(batch.player, set()).update(batch.names)
    expected = {"discriminator": for_d, "generator": for_g}
    expected[next(iter(trainer.game.cycle()))] |= set(trainer.game.variant.diagnostics())
    assert curves == expected


@every_variant
def test_the_sum_of_the_terms_is_what_is_minimised(name: str) -> None:
    plain: dict[str, Value] = {
        "optimiser_g": "sgd", "beta1_g": 0.0, "learning_rate_g": 0.5, "schedule": "constant",
    }
    game = short(name, controls=plain, backward="autograd").game  # within the terms all is autograd's to see
    seen: list[Tensor] = []
    original = game.variant.terms

    def spied(turn: Turn, c: Any) -> Terms:
        terms = original(turn, c)
        loss = torch.stack(list(terms.values())).sum()
        seen.extend(torch.autograd.grad(
            loss, game.players["generator"].parameters, retain_graph=True, allow_unused=True, materialize_grads=True))
        return terms

    game.variant.terms = spied  # type: ignore[method-assign]
    before, rate = game.players["generator"].flat.clone(), game.pace_of("generator").rate
    game.update("generator")
    gradient = game.players["generator"].flattened(seen)
    torch.testing.assert_close(game.players["generator"].flat, before - rate * gradient)
    written = short(name, controls=plain).game
    written.update("generator")
    torch.testing.assert_close(written.players["generator"].flat, before - rate * gradient, rtol=1e-4, atol=1e-5)


@every_variant
def test_the_generators_update_moves_the_generator_alone(name: str) -> None:
    game = short(name).game
    D, G = game.players["discriminator"].flat.clone(), game.players["generator"].flat.clone()
    game.update("generator")
    assert not torch.equal(game.players["generator"].flat, G)
    assert torch.equal(game.players["discriminator"].flat, D)
    assert all(p.grad is None for player in game.players.values() for p in player.parameters)


@every_variant
def test_the_discriminators_update_moves_the_discriminator_alone(name: str) -> None:
    game = short(name).game
    D, G = game.players["discriminator"].flat.clone(), game.players["generator"].flat.clone()
    game.update("discriminator")
    assert torch.equal(game.players["generator"].flat, G)
    assert not torch.equal(game.players["discriminator"].flat, D)
    assert all(p.grad is None for player in game.players.values() for p in player.parameters)


@every_variant
def test_the_generators_terms_give_every_layer_of_the_generator_a_gradient(name: str) -> None:
    trainer = short(name)
    _, terms = terms_of(trainer)
    loss = torch.stack(list(terms.values())).sum()
    gradients: tuple[Tensor | None, ...] = torch.autograd.grad(
        loss, trainer.game.players["generator"].parameters, allow_unused=True)
    for gradient in gradients:
        if gradient is None:  # of a level that is still to come
            assert trainer.game.phase is not None
            continue
        assert torch.isfinite(gradient).all()
        assert gradient.abs().sum() > 0


@every_variant
def test_the_fake_is_detached_in_the_discriminators_step_and_not_in_the_generators(
    name: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = short(name).game
    made: list[bool] = []
    call, attribute = PlayedModule.__call__, PlayedModule.__getattr__
    ours = [game.played[module] for module in game.variant.players(game.phase)["generator"]]

    def spied(self: PlayedModule, x: Any, *given: Any) -> Any:
        found = call(self, x, *given)
        if self in ours:
            made.append(found.requires_grad)
        return found

    def spied_attribute(self: PlayedModule, name: str) -> Any:
        found = attribute(self, name)
        if name != "levels_of" or self not in ours:
            return found

        def levels_of(z: Tensor) -> list[Tensor]:
            levels: list[Tensor] = found(z)
            made.append(any(level.requires_grad for level in levels))
            return levels

        return levels_of

    monkeypatch.setattr(PlayedModule, "__call__", spied)
    monkeypatch.setattr(PlayedModule, "__getattr__", spied_attribute)
    game.update("discriminator")
    in_d = made.copy()
    made.clear()
    game.update("generator")
    assert in_d == [False] * MADE_BY_D.get(name, 1)
    assert made == MADE_BY_G.get(name, [True])


@pytest.mark.parametrize(("name", "data"), ON_DATA)
def test_looking_changes_nothing(name: str, data: str) -> None:
    unseen, seen = short(name, data=data), short(name, data=data)
    has = abilities(seen.game)
    shown = [leaf() for leaf in probes().values() if leaf.fits(seen.game.data.kind, has)]
    assert shown
    for update in range(12 if KINDS[data] != "image" else 4):
        unseen.update()
        for probe in shown:
            probe.look(seen.view, 8 + update % 2)
        copy_for_measuring(seen, 50, draw=update)
        seen.update()
        copy_for_measuring(seen, 50, draw=update)
    assert seen.game.weights_hash() == unseen.game.weights_hash()
    assert all(torch.equal(mine, game_state(unseen.game)[key]) for key, mine in game_state(seen.game).items())


@pytest.mark.parametrize(("name", "optimiser"), GOING_ON)
def test_a_run_goes_on_from_its_state_as_if_nothing_had_happened(name: str, optimiser: str) -> None:
    chosen: dict[str, Value] = {"optimiser_d": optimiser, "optimiser_g": optimiser, "critic_steps": 3, "beta1_d": 0.5,
                                "generator_steps": 1}
    straight = played(short(name, controls=chosen), 6)
    assert straight.position.place == 2, "the state is to be taken in the middle of a cycle"
    state: Mapping[str, Tensor] = load(save(game_state(straight.game)))
    other = short(name, controls=chosen)
    load_game_state(other.game, state)
    assert other.position == straight.position
    assert other.game.images_seen == straight.game.images_seen
    assert other.game.weights_hash() == straight.game.weights_hash()
    played(straight, 9)
    played(other, 9)
    assert other.position == straight.position
    assert other.game.weights_hash() == straight.game.weights_hash()


@every_variant
def test_a_state_is_a_copy(name: str) -> None:
    trainer = played(short(name), 2)
    state = game_state(trainer.game)
    before = {key: tensor.clone() for key, tensor in state.items()}
    played(trainer, 4)
    assert all(torch.equal(before[key], tensor) for key, tensor in state.items())


@every_variant
def test_what_a_variant_remembers_comes_back(name: str) -> None:
    trainer = played(short(name), 5)
    fresh = VARIANTS[name]()
    fresh.load_state(trainer.game.variant.state())
    kept, came_back = trainer.game.variant.state(), fresh.state()
    assert came_back.keys() == kept.keys()
    assert all(torch.equal(torch.as_tensor(came_back[key]), torch.as_tensor(value)) for key, value in kept.items())


@every_variant
def test_the_seed_decides(name: str) -> None:
    one, again, other = (played(short(name, seed=seed), 8).game.weights_hash() for seed in (3, 3, 4))
    assert one == again
    assert one != other


@every_variant
def test_the_global_randomness_decides_nothing(name: str) -> None:
    one = played(short(name), 4).game.weights_hash()
    torch.manual_seed(99)
    assert played(short(name), 4).game.weights_hash() == one


def another(control: Control, choices: tuple[str, ...], value: Any) -> Value:
    """A value near the current one."""
    match control:
        case Toggle():
            return not value
        case Choice():
            return next(choice for choice in choices if choice != value)
        case Integer():
            return int(value + 1 if value < control.high else value - 1)
        case Slider():
            return float((value + control.high) / 2 if value < control.high / 2 else (value + control.low) / 2)
    pytest.skip(f"no other value of a {type(control).__name__} is known")


@every_variant
def test_a_live_control_never_restarts_the_run(name: str) -> None:
    trainer = played(short(name), 3)
    moved = 0
    for field, (control, choices) in declared(type(trainer.game.controls)).items():
        if not control.live:
            continue
        old = getattr(trainer.game.controls, field)
        for value in (another(control, choices, old), old):
            position, weights = trainer.position, trainer.game.weights_hash()
            entry = trainer.apply(Change(name=field, value=value))
            moved += 1
            assert trainer.position == position == entry.position
            assert trainer.game.weights_hash() == weights
            assert trainer.settings()[field] == value
            trainer.update()
            assert trainer.position.updates == position.updates + 1
    assert [entry.position.updates for entry in trainer.log] == list(range(3, 3 + moved))


@every_variant
def test_a_moved_control_tells(name: str) -> None:
    """A control that is moved and does nothing is a lie."""
    still, moved = played(short(name), 4), played(short(name), 4)
    moved.apply(Change(name="learning_rate_d", value=0.05))
    assert played(still, 4).game.weights_hash() != played(moved, 4).game.weights_hash()


@pytest.mark.parametrize("name", [name for name, leaf in VARIANTS.items()
                                  if leaf().weight_bound(leaf.controls_type()()) is not None])
def test_the_weights_keep_within_their_bound(name: str) -> None:
    trainer = played(short(name, controls={"learning_rate_d": 0.1}), 6)
    bound = trainer.game.variant.weight_bound(trainer.game.controls)
    assert bound is not None
    assert trainer.game.players["discriminator"].flat.abs().max() <= bound
