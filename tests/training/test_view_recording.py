"""A run is looked at ever more seldom, for a small share of its time, between whole steps, and is not changed by it."""

from __future__ import annotations

import math
import types
from typing import Any, ClassVar, cast

import msgspec
import numpy as np
import pytest
import torch
from small_games import small

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Array, Boundary, Points, View
from ganstudio.core.runs.view_frames import Frame, packed, unpacked
from ganstudio.core.turn import WHOLE
from ganstudio.training import view_recording as module
from ganstudio.training.resolve_spec import networks, probes, variants
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import KEPT, LEAP, SHARE, SHARE_BEHIND, SPARSEST, ViewRecorder

IMAGES: dict[str, Any] = {
    "data": "digits", "data_controls": {"count": 100}, "dtype": "float32", "memory": "contiguous",
    "controls": {"batch_size": 4}, "network_controls": {"width": 4, "resolution": 8, "latent_dim": 4},
}
SMALL: dict[str, Any] = {"controls": {"batch_size": 8}, "network_controls": {"width": 4, "depth": 1}}
SPECS = {
    "wgan-gp on the ring": Spec(variant="wgan-gp", data="ring", **SMALL),
    "wgan-gp on one latent": Spec(variant="wgan-gp", data="gaussians", controls={"batch_size": 8},
                                  network_controls={"width": 4, "depth": 1, "latent_dim": 1}),
    "wgan on a curve": Spec(variant="wgan", data="moons", controls={"batch_size": 8},
                            network_controls={"width": 4, "depth": 1, "latent_dim": 1}),
    "sn-gan on the spiral": Spec(variant="sn-gan", data="spiral", **SMALL),
    "gan on affine maps": Spec(variant="gan", data="gaussians", network="affine", controls={"batch_size": 8}),
    "gan on parallel lines": Spec(variant="gan", data="lines", network="line", **SMALL),
    "dcgan on digits": Spec(variant="dcgan", **IMAGES),
    "sn-gan on digits": Spec(variant="sn-gan", network="resnet", **{**IMAGES, "network_controls": {
        "resolution": 16, "width": 4, "latent_dim": 4}}),
    "began on digits": Spec(variant="began", **{**IMAGES, "network_controls": {
        "resolution": 8, "width": 4, "code": 4, "latent_dim": 4}}),
    "progan on digits": Spec(variant="progan", **{**IMAGES, "controls": {
        "batch_size": 4, "images_per_level": 8, "images_per_fade": 16}}),
    "stylegan3 on digits": Spec(variant="stylegan3", **{**IMAGES, "network_controls": {
        "resolution": 8, "width": 4, "width_d": 4, "margin": 1}}),
}


TOLD = {variant: msgspec.structs.replace(small(variant), controls={"batch_size": 4})
        for variant in ("pix2pix", "cyclegan", "spade", "stargan", "stargan-v2", "gawwn", "singan", "msg-gan",
                        "stylegan", "stylegan2", "vqgan")}
"""Games that are given more than a latent and a label, and games with networks of their own."""


def trainer_of(name: str) -> Trainer:
    return Trainer(msgspec.structs.replace((SPECS | TOLD)[name], device="cpu", threads=1, seed=3))


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


class Play:
    """A run of the plane that only counts, whose views cost what a test says."""

    def __init__(self, clock: Clock, monkeypatch: pytest.MonkeyPatch, **views: tuple[float, int]) -> None:
        """``views``: by name, the seconds that a look takes, and the bytes that it comes to."""
        self.seconds = dict.fromkeys(views, 0.0)
        self.steps = dict[str, list[int]]({name: [] for name in views})
        self.costs = {name: cost for name, (cost, _) in views.items()}

        def look(name: str) -> Boundary:
            clock.now += self.costs[name]
            self.seconds[name] += self.costs[name]
            self.steps[name].append(self.game.steps)
            return Boundary(at=Array((views[name][1] // 8, 2), "f4", bytes(views[name][1])), resolution=1.0)

        def leaf(name: str) -> type[Probe]:
            class Fake(Probe):
                kinds: ClassVar[Any] = ("plane",)

                def look(self, game: GameView, size: int) -> View:
                    return look(name)

            Fake.name, Fake.title = name, name
            Fake.priority = probes()[name].priority
            return Fake

        monkeypatch.setattr(module, "probes", lambda: {name: leaf(name) for name in views})
        self.game = types.SimpleNamespace(steps=0, done={}, modules={}, in_step=False, phase=WHOLE, average=None,
                                          data=types.SimpleNamespace(kind="plane", abilities=frozenset()),
                                          variant=variants()["gan"](), network=networks()["mlp"]())
        self.view = None
        self.updates = 0
        self.filming = ViewRecorder(cast("Trainer", self))

    @property
    def position(self) -> Position:
        return Position(steps=self.game.steps, place=sum(self.game.done.values()),
                        by_player={"generator": self.updates})

    def leap_to(self, end: int) -> int:
        """Goes from one due step to the next, where time is no matter; how many frames there were."""
        count = 0
        while self.filming._next <= end:
            self.game.steps = max(self.filming._next, self.game.steps)
            assert self.filming.due()
            count += len(self.filming.look())
        return count


# When --------------------------------------------------------------------------------------------------------------


def test_frames_grow_with_the_logarithm_of_the_steps(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.0, 800))
    first = play.leap_to(1000)
    decades = [play.leap_to(10**power) for power in (4, 5, 6, 7)]
    assert first < 600
    assert all(abs(count - 200 * math.log(10)) < 15 for count in decades)


def test_at_first_every_step_is_kept(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.0, 800))
    play.leap_to(200)
    assert play.steps["points"] == list(range(1, 201))


def test_gaps_grow_with_the_step_number(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.0, 800))
    play.leap_to(100_000)
    at = np.array(play.steps["points"])
    gaps = np.diff(at)
    assert np.all(np.abs(gaps - np.maximum(at[:-1] / 200, 1)) <= 0.5)


@pytest.mark.parametrize("size", [1000, 50_000, 400_000, 1_500_000])
def test_a_million_steps_stay_within_their_bytes(clock: Clock, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    play = Play(clock, monkeypatch, points=(0.0, size))
    assert play.leap_to(1_000_000) * size <= 1.1 * KEPT


def test_however_large_a_view_some_frames_are_kept(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.0, 30_000_000))
    count = play.leap_to(1_000_000)
    assert SPARSEST * math.log(1_000_000 / SPARSEST) < count < 2 * SPARSEST * math.log(1_000_000)


def test_nothing_is_looked_at_between_whole_steps(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.0, 800))
    assert not play.filming.due()  # before the first step
    play.game.in_step = True
    play.game.steps = 5
    assert not play.filming.due()
    play.game.in_step = False
    assert play.filming.due()


def test_a_run_that_goes_on_is_looked_at_from_its_next_step(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.0, 800))
    play.game.steps = 500
    play.filming = ViewRecorder(cast("Trainer", play))
    assert not play.filming.due()
    play.game.steps = 501
    assert [frame.position.steps for frame in play.filming.look()] == [501]


# How long ----------------------------------------------------------------------------------------------------------

FIRST_S = 2.0  # what torch loads


@pytest.mark.parametrize("views", [
    {"points": (0.003, 800), "gradients": (0.05, 800)},
    {"points": (0.0001, 800), "landscape": (0.02, 2_000_000), "boundary": (0.08, 400_000), "gradients": (0.05, 800),
     "manifold": (0.4, 1_000_000)},
], ids=["like", "unlike"])
def test_looking_takes_no_more_than_its_share(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, views: dict[str, tuple[float, int]]
) -> None:
    play = Play(clock, monkeypatch, **views)
    usual, play.costs = play.costs, dict.fromkeys(views, FIRST_S)
    behind = {"gradients", "manifold"} & views.keys()
    looks, start = 0, clock.now
    for _ in range(300_000):
        clock.now += 0.002
        play.game.steps += 1
        if play.filming.due():
            looks += bool(play.filming.look())
            if play.costs is not usual:
                play.costs, start = usual, clock.now
                play.seconds = dict.fromkeys(views, 0.0)
    whole = clock.now - start
    slack = sum(usual.values())
    ahead = 14.0  # seconds whose share was spent in advance
    assert sum(play.seconds[name] for name in views.keys() - behind) <= SHARE * (whole + ahead) + slack
    assert sum(play.seconds[name] for name in behind) <= SHARE_BEHIND * (whole + ahead) + slack
    assert looks > 40


def test_a_run_is_filmed_densely_at_first_and_within_a_hundredth_of_its_time_from_a_minute_on(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a WGAN-GP on the ring: 10 ms a step, 9 ms for what every layout shows, 26 for the rest."""
    play = Play(clock, monkeypatch, points=(0.009, 800), gradients=(0.026, 800))
    start, told = clock.now, dict[int, int]()
    for step in range(1, 18_000):
        clock.now += 0.01
        play.game.steps = step
        if play.filming.due():
            play.filming.look()
        elapsed = clock.now - start
        told[int(elapsed)] = len(play.steps["points"])
        if elapsed >= 60:
            assert sum(play.seconds.values()) <= 0.01 * elapsed + 0.035
    assert told[2] >= 15 and told[10] >= 23
    assert told[179] - told[119] <= 0.006 * 60 / 0.009 + 1  # what was had in advance is not had again


def test_what_was_earned_is_what_the_time_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for elapsed in (0.0, 0.1, 2.0, module.STEADY_S, 60.0, 1e5):
        assert module._when(module._earned(elapsed)) == pytest.approx(elapsed)
    assert module._earned(60.0) * (SHARE + SHARE_BEHIND) <= 0.01 * 60
    assert module._earned(1000.0) - module._earned(900.0) == pytest.approx(100.0)


def test_a_pause_of_the_machine_does_not_end_the_film(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.01, 800))
    for seconds in (0.01, 0.01, 60.0):  # the last one as a computer sleeps
        play.costs["points"] = seconds
        play.game.steps += 50
        clock.now += 1000
        assert play.filming.due()
        play.filming.look()
    play.game.steps += 50
    assert not play.filming.due()
    clock.now += 1.01 * LEAP * 0.01 / SHARE
    assert play.filming.due()


def test_nothing_is_looked_at_where_time_is_up_but_nothing_is_due(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One group may have time and nothing to do, the other the reverse: then asking stays cheap."""
    play = Play(clock, monkeypatch, points=(0.0, 800), gradients=(0.05, 800))
    play.game.steps = 4000
    clock.now += 100.0
    play.filming.look()
    play.game.steps = 5000
    clock.now += 100.0
    play.filming.look()
    clock.now += 1.0  # the points' time has come, they are not due; the gradients' has not
    play.game.steps += 1
    assert not play.filming.due()
    play.game.steps = 5025  # the points are due
    assert play.filming.due()
    assert [frame.name for frame in play.filming.look()] == ["points"]
    assert not play.filming.due()
    clock.now += 1000.0
    assert play.filming.due()
    assert [frame.name for frame in play.filming.look()] == ["gradients"]


# What is asked for -------------------------------------------------------------------------------------------------


def test_a_moment_is_filmed_once_whole_also_within_a_step(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.01, 800), gradients=(0.05, 800))
    play.game.steps, play.updates = 7, 40
    assert [frame.name for frame in play.filming.look()] == ["points", "gradients"]
    assert play.filming.moment() == []  # it is there
    play.game.done, play.game.in_step, play.updates = {"discriminator": 3}, True, 43
    frames = play.filming.moment()
    assert [(frame.name, frame.position) for frame in frames] == [
        (name, Position(steps=7, place=3, by_player={"generator": 43})) for name in ("points", "gradients")]
    play.updates = 44
    assert [frame.name for frame in play.filming.moment(patience_s=0.02)] == ["points"]
    play.game.done, play.game.in_step, play.game.steps = {}, False, 8
    clock.now += 1000
    assert play.filming.due()  # the film goes on as it would have


# What somebody else saw --------------------------------------------------------------------------------------------


def seen() -> Points:
    return Points(real=Array.of(np.ones((1, 2), np.float32)), fake=Array.of(np.ones((1, 2), np.float32)))


def test_what_a_window_saw_is_kept_where_it_is_due(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(clock, monkeypatch, points=(0.01, 800), landscape=(0.01, 800))
    at = Position(steps=1)
    assert play.filming.seen(at, {"points": seen(), "interpolation": seen()}) == [
        Frame(name="points", position=at, view=seen())]
    assert play.filming.seen(at, {"points": seen()}) == []  # it is there
    assert play.filming.seen(Position(steps=2, place=1), {"points": seen()}) == []
    assert len(play.filming.seen(Position(steps=2), {"points": seen(), "landscape": seen()})) == 2
    play.game.steps = 3
    assert not play.filming.due()  # the window, which saw all that was due, will look again
    clock.now += 0.2
    assert play.filming.due()  # it did not
    assert [frame.name for frame in play.filming.look()] == ["points", "landscape"]
    play.game.steps = 4
    play.filming.seen(Position(steps=4), {"points": seen(), "landscape": seen()})
    clock.now += 1000
    assert not play.filming.due()  # it was spared


# On real runs ------------------------------------------------------------------------------------------------------


def filmed(trainer: Trainer, steps: int, clock: Clock) -> list[Frame]:
    filming, frames = ViewRecorder(trainer), []
    while trainer.game.steps < steps:
        trainer.update()
        clock.now += 1e6
        if filming.due():
            assert not trainer.game.in_step
            frames += filming.look()
    return frames


@pytest.mark.parametrize("name", SPECS)
def test_a_run_that_is_looked_at_is_the_same_run_and_every_view_can_be_kept(name: str, clock: Clock) -> None:
    alone, watched = trainer_of(name), trainer_of(name)
    while alone.game.steps < 9:
        alone.update()
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    frames = filmed(watched, 9, clock)
    assert watched.game.weights_hash() == alone.game.weights_hash()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert [batch.values for batch in watched.flush()] == [batch.values for batch in alone.flush()]
    names = {frame.name for frame in frames}
    own = {view for word, view in (("progan", "pyramid"), ("parallel", "parallel-lines"),
                                   ("stylegan3", "placement-strip")) if word in name}
    assert names == {
        "line": {"line", "gradients", "few-points"},
        "plane": {"points", "landscape", "boundary", "manifold", "gradients", "few-points"},
        "image": {"gradients", "balance", "samples-average"},
    }[watched.game.data.kind] | own
    for frame in frames:
        assert unpacked(packed(frame)).position == frame.position
    assert [frame.position.steps for frame in frames if frame.name == "gradients"] == list(range(1, 10))


@pytest.mark.parametrize("name", TOLD)
def test_a_game_that_is_told_more_is_looked_at_and_stays_the_same_run(name: str, clock: Clock) -> None:
    alone, watched = trainer_of(name), trainer_of(name)
    while alone.game.steps < 3:
        alone.update()
    frames = filmed(watched, 3, clock)
    assert watched.game.weights_hash() == alone.game.weights_hash()
    assert [batch.values for batch in watched.flush()] == [batch.values for batch in alone.flush()]
    assert ("translation" in {frame.name for frame in frames}) == ("source" in watched.game.variant.needs)
    for frame in frames:
        assert unpacked(packed(frame)).position == frame.position


def test_the_runs_above_are_of_every_network() -> None:
    assert {trainer_of(name).spec.network for name in SPECS | TOLD} == set(networks())


def test_views_of_growth_are_of_growing_players_alone() -> None:
    assert "pyramid" in ViewRecorder(trainer_of("progan on digits"))._probes
    assert "pyramid" not in ViewRecorder(trainer_of("dcgan on digits"))._probes
