"""Styles on a live run: answers to the hand, frames for looking back, and a game that does not notice."""

from __future__ import annotations

from ganstudio.core.protocol.asks import Ask, Mix
from ganstudio.core.protocol.messages import SnapshotRequest, Started, command_of, framed
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import View
from ganstudio.core.runs.view_shapes import check
from ganstudio.engine.live_views import LiveViews
from ganstudio.training.run_description import abilities, describe_run
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import ViewRecorder
from ganstudio.views.skip_stack import Skips
from ganstudio.views.styles import Styles

VIEWS = ["droplet", "skip-stack", "styles", "styles-hand"]
ASKS = [Mix(crossover=1, psi=0.5), Mix(show="noise", silent=[0]), Mix(show="directions", moved=[1.0, -1.0], layer=2)]


def trainer(network: str = "style2") -> Trainer:
    return Trainer(Spec(
        variant="r1-gan", data="digits", network=network, seed=1, device="cpu", threads=1, dtype="float32",
        memory="contiguous", controls={"batch_size": 4, "critic_steps": 1, "ema_decay": 0.5},
        data_controls={"count": 100},
        network_controls={"latent_dim": 8, "w_dim": 8, "width": 4, "mapping_layers": 2, "resolution": 8}))


def look(run: Trainer, *asks: Ask, playing: bool = True, live: LiveViews | None = None) -> dict[str, View]:
    request = command_of(framed(SnapshotRequest(run=1, views=VIEWS, size=36, measure=False, asks=list(asks)))[4:])
    assert isinstance(request, SnapshotRequest)
    return dict((live or LiveViews(run)).snapshot(1, request, VIEWS, playing=playing).views)


def test_training_goes_on_bit_for_bit_as_if_nobody_had_looked() -> None:
    seen, alone = trainer(), trainer()
    for ask in ASKS:
        for run in (seen, alone):
            run.step()
        for view in look(seen, ask).values():
            check(view)
    assert seen.game.weights_hash() == alone.game.weights_hash()
    seen.step()
    alone.step()
    assert seen.game.weights_hash() == alone.game.weights_hash()


def test_what_the_hand_moves_is_answered_at_once_although_the_run_plays() -> None:
    run = trainer()
    live = LiveViews(run)
    look(run, ASKS[0], live=live)  # the first look loads code and is not counted
    look(run, ASKS[1], live=live)
    for ask in ASKS:
        answer = look(run, ask, live=live)
        assert isinstance(answer["styles-hand"], Styles) and answer["styles-hand"].mix.show == ask.show
    again = look(run, ASKS[-1], live=live)
    assert "styles-hand" not in again  # nothing has moved: it keeps to its share of the time


def test_the_plain_grid_is_recorded_if_it_is_seen_and_the_hands_is_not() -> None:
    run = trainer()
    recorder = ViewRecorder(run)
    run.step()
    assert not {frame.name for frame in recorder.look()} & set(VIEWS)  # nobody looked
    frames = {frame.name: frame.view for frame in recorder.seen(run.position, look(run, ASKS[0]))}
    assert set(frames) == {"droplet", "skip-stack", "styles"}
    plain = frames["styles"]
    assert isinstance(plain, Styles) and plain.mix == Mix(crossover=1) and plain.mixing is not None


def test_only_generators_of_styles_have_the_panels_and_only_sums_the_stack() -> None:
    described: Started = describe_run(trainer())
    assert {"styles", "skips"} <= set(described.has)
    first = trainer("style")
    assert "styles" in abilities(first.game) and "skips" not in abilities(first.game)
    views = look(first, ASKS[1])
    assert "skip-stack" not in views and isinstance(views["styles-hand"], Styles)
    plain = Trainer(Spec(variant="dcgan", data="digits", device="cpu", threads=1, data_controls={"count": 100},
                         controls={"batch_size": 4}, network_controls={"width": 4, "resolution": 8}))
    assert not {"styles", "skips"} & abilities(plain.game)
    assert look(plain) == {}


def test_the_measured_difference_of_the_sum_is_rounding() -> None:
    run = trainer()
    for _ in range(3):
        run.step()
        stack = look(run, playing=False)["skip-stack"]
        assert isinstance(stack, Skips) and stack.apart <= 1e-5
