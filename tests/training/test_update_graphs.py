"""Updates that are recorded and repeated: here by the stand-in for a CUDA graph, against updates made by Python.

All is bit for bit on the CPU: a number on the device is what torch makes of a number of Python there.
"""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import torch
from small_games import LINE, PLANE, VARIANTS, small
from torch import Generator, Tensor

from ganstudio.commands import train
from ganstudio.core.command_line import as_command
from ganstudio.core.control import declared
from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.core.turn import Turn
from ganstudio.core.variant import Terms
from ganstudio.maths.optimisers import NAMES as OPTIMISERS
from ganstudio.maths.optimisers import optimiser
from ganstudio.training.dials import Dials
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.recordings import CudaRecording, Rerun
from ganstudio.training.trainer import Trainer
from ganstudio.training.update_graphs import WARM_UP, UpdateGraphs, can_repeat
from ganstudio.training.update_watch import UpdateWatch
from ganstudio.variants.hinge_gan import HingeGAN
from ganstudio.variants.ns_gan import NSGAN
from ganstudio.variants.r1_gan import R1GAN

ON_POINTS = [(name, data) for name, leaf in VARIANTS.items() for data, kind in ((PLANE, "plane"), (LINE, "line"))
             if kind in leaf.kinds]
BY_HAND = {"cgan", "sn-gan"}  # one_hot asks for the least label, on the CPU; spectral norm puts its vectors elsewhere
Moves = dict[int, list[tuple[str, Any]]]


def spec_of(variant: str = "wgan-gp", data: str = PLANE, **controls: Any) -> Spec:
    return msgspec.structs.replace(small(variant, data), seed=3, device="cpu", threads=1,
                                   controls={"batch_size": 16, "critic_steps": 1, **controls})


def repeating(spec: Spec, recording: Callable[[Generator], Any] = Rerun) -> tuple[Trainer, UpdateGraphs]:
    trainer = Trainer(spec)
    graphs = UpdateGraphs(trainer.game.modules, recording)
    trainer.game.graphs = graphs
    return trainer, graphs


def played(trainer: Trainer, updates: int, moves: Moves | None = None) -> tuple[str, list[bytes]]:
    """The weights after some updates, and all terms."""
    for update in range(updates):
        for name, value in (moves or {}).get(update, []):
            trainer.apply(Change(name=name, value=value))
        trainer.update()
    return trainer.game.weights_hash(), [batch.values.numpy().tobytes() for batch in trainer.flush()]


def sliders(spec: Spec) -> Moves:
    """Every float that is live, moved once, one after the other, from update 10 on."""
    controls = Trainer(spec).game.controls
    live = declared(type(controls))
    names = [name for name, value in msgspec.structs.asdict(controls).items()
             if isinstance(value, float) and live[name][0].live]
    return {10 + at: [(name, getattr(controls, name) * 0.7)] for at, name in enumerate(names)}


@pytest.mark.parametrize(("variant", "data"), ON_POINTS)
def test_repeated_updates_are_the_same_while_every_slider_moves(variant: str, data: str) -> None:
    spec = spec_of(variant, data)
    moves = sliders(spec)
    trainer, graphs = repeating(spec)
    assert can_repeat(trainer.game.variant, trainer.game.data)
    updates = 14 + len(moves)
    assert played(trainer, updates, moves) == played(Trainer(spec), updates, moves)
    if variant in BY_HAND:
        assert graphs.recorded == graphs.repeated == 0
    elif variant != "f-gan":  # its terms decide by their α
        assert graphs.recorded == 2
        assert graphs.repeated == updates - 2 * (WARM_UP + 1)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_takes_its_numbers_from_the_device(name: str) -> None:
    spec = spec_of(optimiser_d=name, optimiser_g=name, beta1_d=0.5, beta1_g=0.0, schedule="linear", horizon=20)
    trainer, graphs = repeating(spec)
    moves: Moves = {9: [("learning_rate_d", 3e-3)], 12: [("beta1_g", 0.4)], 14: [("beta1_d", 0.0)],
                    16: [("beta2_g", 0.8)], 22: [("beta1_d", 0.3)]}
    assert played(trainer, 30, moves) == played(Trainer(spec), 30, moves)
    looks_ahead = name.startswith("extra")
    assert (graphs.repeated == 0) == looks_ahead


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("beta1", [0.0, 0.7])
def test_a_step_by_numbers_on_the_device_is_the_step(name: str, beta1: float) -> None:
    rng = Generator().manual_seed(0)
    plain, by_device = (torch.randn(37, generator=Generator().manual_seed(1)) for _ in range(2))
    one, other = optimiser(name, plain), optimiser(name, by_device)
    for update in range(5):
        gradient = torch.randn(37, generator=rng)
        rate = 0.1 / (1 + update)
        one.step(plain, gradient.clone(), rate, beta1, 0.9)
        numbers = [torch.tensor(number, dtype=torch.float32) for number in other.numbers(rate, beta1, 0.9)]
        other.step_by(by_device, gradient.clone(), numbers)
        assert torch.equal(plain, by_device)
    for key, remembered in one.state().items():
        assert torch.equal(remembered, other.state()[key])


def test_an_optimiser_that_remembers_a_step_keeps_it_in_one_place() -> None:
    """D's memory of its last step is restored after G has looked ahead at it: a recording of D reads it there."""
    spec = spec_of(optimiser_d="optimistic-adam", optimiser_g="extra-adam")
    trainer, graphs = repeating(spec)
    assert played(trainer, 24) == played(Trainer(spec), 24)
    assert graphs.repeated > 0


def test_a_switch_begins_another_recording_and_back_uses_the_first() -> None:
    spec = spec_of("hinge-gan", gamma=0.1)
    trainer, graphs = repeating(spec)
    moves: Moves = {10: [("gamma", 0.2)], 12: [("gamma", 0.0)], 24: [("gamma", 0.3)]}
    assert played(trainer, 32, moves) == played(Trainer(spec), 32, moves)
    assert graphs.recorded == 3, "D with a penalty, D without one, and G"
    assert isinstance(trainer.game.variant, HingeGAN)


def test_another_batch_size_or_optimiser_begins_another_recording() -> None:
    spec = spec_of()
    trainer, graphs = repeating(spec)
    moves: Moves = {10: [("batch_size", 24)], 20: [("optimiser_d", "sgd")], 30: [("gp_sides", "one")]}
    assert played(trainer, 40, moves) == played(Trainer(spec), 40, moves)
    assert graphs.recorded == 2 * 4, "each is a control of the game, so both players record"


def test_k_and_single_updates_come_between() -> None:
    spec = spec_of("wgan", critic_steps=3)
    trainer, graphs = repeating(spec)
    plain = Trainer(spec)
    for each in (trainer, plain):
        for update in range(30):
            each.update("generator" if update % 7 == 3 else "")
    assert played(trainer, 4) == played(plain, 4)
    assert graphs.repeated > 15


def test_a_watched_update_is_made_by_hand_and_its_numbers_are_the_same() -> None:
    seen: list[Any] = []
    for trainer in (repeating(spec_of())[0], Trainer(spec_of())):
        played(trainer, 12)
        trainer.game.watch = UpdateWatch()
        trainer.update()
        seen.append(trainer.game.watch.numbers)
        trainer.game.watch = None
        seen.append(played(trainer, 6))
    assert seen[:2] == seen[2:]


def test_a_run_that_is_watched_from_its_first_update_is_repeated_later() -> None:
    trainer, graphs = repeating(spec_of())
    trainer.game.watch = UpdateWatch()
    trainer.step()
    trainer.game.watch = None
    played(trainer, 12)
    assert graphs.recorded == 2


def test_a_run_that_goes_on_from_a_checkpoint_has_the_same_bits() -> None:
    spec = spec_of(optimiser_g="optimistic-adam")
    whole, _ = repeating(spec)
    played(whole, 13)
    state = game_state(whole.game)
    expected = played(whole, 15)[0]
    again, graphs = repeating(spec)
    played(again, 9)
    load_game_state(again.game, state)
    assert played(again, 15)[0] == expected
    assert graphs.recorded == 4, "what was recorded before reads weights that lie elsewhere now"


def test_a_recording_that_fails_costs_nothing() -> None:
    class Failing:
        def __init__(self, rng: Generator) -> None:
            self.rng = rng

        def replay(self) -> None:
            raise AssertionError("nothing was recorded")

        def make(self, work: Callable[[], object]) -> None:
            raise RuntimeError("operation not permitted when stream is capturing")

    trainer, graphs = repeating(spec_of(), Failing)
    assert played(trainer, 14) == played(Trainer(spec_of()), 14)
    assert graphs.recorded == graphs.repeated == 0


def reading_terms(self: Any, turn: Turn, c: Any) -> Terms:
    """As every game's, but for a number that waits for the device."""
    terms = super(NSGAN, self).terms(turn, c)
    return {name: term * (1.0 + float(term.detach()) * 0.0) for name, term in terms.items()}


def asking_terms(self: Any, turn: Turn, c: Any) -> Terms:
    return {name: term * (1 + turn.step % 3) for name, term in super(NSGAN, self).terms(turn, c).items()}


def remembering_terms(self: Any, turn: Turn, c: Any) -> Terms:
    self.seen = getattr(self, "seen", 0.0) + 0.1
    return {name: term * self.seen for name, term in super(NSGAN, self).terms(turn, c).items()}


@pytest.mark.parametrize("terms", [reading_terms, asking_terms, remembering_terms])
def test_what_cannot_be_repeated_is_made_by_hand(terms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NSGAN, "terms", terms)
    trainer, graphs = repeating(spec_of("ns-gan"))
    assert played(trainer, 16) == played(Trainer(spec_of("ns-gan")), 16)
    assert graphs.recorded == 0


def curious(self: Any, D: Any, fake: Tensor, c: Any) -> Terms:
    """Uses of a control beside those of the catalogue: worked with, given to torch, compared, and as its own number."""
    by = -(2 * c.gamma + 1) / 3 - c.gamma**2 + 2**c.gamma
    scores = torch.clamp(D(fake), max=c.gamma) + torch.lerp(D(fake), -D(fake), c.gamma) - c.gamma
    share = 1 - (scores - by) * 0.1 + c.gamma / (3 + scores.square())
    return {"generator": (share.pow(2) / (1 + c.gamma)).mean() * max(c.gamma, 0.05) + round(float(c.gamma), 2)}


def test_a_control_may_be_used_in_any_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(R1GAN, "generator_terms", curious)
    spec = spec_of("r1-gan", gamma=0.5)
    moves: Moves = {at: [("gamma", 0.5 + at / 100)] for at in range(9, 30, 7)}
    trainer, _ = repeating(spec)
    assert played(trainer, 34, moves) == played(Trainer(spec), 34, moves)


def test_dials_know_when_they_decide_otherwise() -> None:
    controls = VARIANTS["r1-gan"].controls_type()(gamma=2.0)
    dials = Dials(torch.device("cpu"), numbers=1)
    with_dials = dials.controls(controls)
    dials.turn_to([0.0], {"gamma": 2.0})
    made = with_dials.gamma * torch.ones(2)
    assert with_dials.gamma / 2 > 0.5 and bool(with_dials.gamma) and int(with_dials.gamma) == 2
    dials.end_first()
    assert dials.hold_for({"gamma": 2.5}) and not dials.hold_for({"gamma": 1.0}) and not dials.hold_for({"gamma": 3.0})
    dials.turn_to([0.0], {"gamma": 2.5})
    dials.begin()
    assert (with_dials.gamma * torch.ones(2)).tolist() == [2.5, 2.5] and made.tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="more numbers"):
        _ = with_dials.gamma * torch.ones(2)


def test_on_the_cpu_the_switch_changes_nothing() -> None:
    spec = spec_of()
    asked = Trainer(msgspec.structs.replace(spec, graphs=True))
    assert asked.spec.graphs and asked.game.graphs is None
    assert asked.warnings == [
        "CUDA graphs change nothing in this run: they repeat updates on points, on a CUDA device."]
    assert played(asked, 6) == played(Trainer(spec), 6)


def test_the_command_names_the_switch() -> None:
    spec = Trainer(spec_of()).spec
    words = as_command(spec, 5, [], {}), as_command(msgspec.structs.replace(spec, graphs=True), 5, [], {})
    assert ["--graphs" in each for each in words] == [False, True]
    parser = ArgumentParser()
    train.add(parser)
    parsed = [train.spec_of(parser.parse_args([*shlex.split(each)[2:]])) for each in words]
    assert [each.graphs for each in parsed] == [False, True]


def test_games_on_images_are_made_by_python() -> None:
    game = Trainer(msgspec.structs.replace(small("dcgan"), device="cpu", threads=1)).game
    assert not can_repeat(game.variant, game.data)


class FakeGraph:
    """Notes what is asked of a CUDA graph."""

    def __init__(self, asked: list[str]) -> None:
        self.asked = asked

    def register_generator_state(self, rng: Generator) -> None:
        self.asked.append("register")

    def replay(self) -> None:
        self.asked.append("replay")


@pytest.mark.parametrize("fails", [False, True])
def test_a_graph_is_captured_and_then_played_and_a_failure_leaves_the_device_as_it_was(
    fails: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    @contextmanager
    def graph(_: Any, *, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        asked.append("begin")
        yield
        asked.append("end")

    @contextmanager
    def device(_: Any) -> Iterator[None]:
        yield

    class FakeGenerator:
        device = torch.device("cpu")

        def clone_state(self) -> str:
            return "as it was"

        def graphsafe_set_state(self, state: str) -> None:
            asked.append(f"generator {state}")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: FakeGraph(asked))
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "device", device)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: "stream")
    monkeypatch.setattr(torch.cuda, "set_stream", lambda stream: asked.append(stream))
    rng: Any = FakeGenerator()
    recording = CudaRecording(rng)
    if not fails:
        recording.make(lambda: asked.append("work"))
        recording.replay()
        assert asked == ["register", "begin", "work", "end", "replay", "replay"]
        return

    def failing() -> None:
        raise RuntimeError("not permitted")

    with pytest.raises(RuntimeError, match="not permitted"):
        recording.make(failing)
    assert asked == ["register", "begin", "stream", "generator as it was"]
