"""Gathering ahead changes nothing but the waiting."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import Tensor

from ganstudio.core.dataset import Batch
from ganstudio.training.prefetch import GatheringStream
from ganstudio.training.streams import Stream, generator_for

CPU = torch.device("cpu")
IMAGES = torch.randn(97, 1, 4, 4, generator=generator_for(0, "images", CPU))
BLOCK = 50


def draw(n: int, rng: torch.Generator) -> Tensor:
    return torch.randint(len(IMAGES), (n,), generator=rng)


def gather(drawn: Tensor) -> Batch:
    return Batch(IMAGES[drawn])


def ahead(seed: int = 1) -> GatheringStream:
    return GatheringStream(draw, generator_for(seed, "real", CPU), BLOCK, gather)


def plain(seed: int = 1) -> Stream:
    return Stream(draw, generator_for(seed, "real", CPU), BLOCK)


SIZES = [8, 8, 8, 8, 8, 8, 8, 5, 5, 16, 16, 16, 60, 8, 8, 50, 50, 1, 7]  # within blocks, across them, beyond one


def test_the_samples_and_their_order_are_those_of_the_stream() -> None:
    gathering, stream = ahead(), plain()
    for n in SIZES:
        assert torch.equal(gathering.take_batch(n).x, gather(stream.take(n)).x)


@pytest.mark.parametrize("taken", range(len(SIZES)))
def test_a_checkpoint_is_that_of_the_stream_and_goes_on_alike(taken: int) -> None:
    gathering, stream = ahead(), plain()
    for n in SIZES[:taken]:
        gathering.take_batch(n)
        stream.take(n)
    state = gathering.state()
    assert state.keys() == stream.state().keys()
    assert all(torch.equal(state[name], held) for name, held in stream.state().items())
    again = ahead(seed=2)
    again.take_batch(3)  # has foreseen something else
    again.load_state(state)
    for n in SIZES[taken:]:
        assert torch.equal(again.take_batch(n).x, gather(stream.take(n)).x)


def test_the_next_batch_is_gathered_while_the_caller_works() -> None:
    """Without waiting on time: the gathering of the second batch is let go before it is asked for."""
    threads: list[str] = []
    done = threading.Semaphore(0)

    def watched(drawn: Tensor) -> Batch:
        threads.append(threading.current_thread().name)
        done.release()
        return gather(drawn)

    stream = GatheringStream(draw, generator_for(1, "real", CPU), BLOCK, watched)
    stream.take_batch(8)
    assert done.acquire(timeout=20) and done.acquire(timeout=20)  # the first, and the second that nobody asked for yet
    assert threads[0] == threading.current_thread().name and threads[1].startswith("gathering")
    stream.take_batch(8)
    assert stream.waited_s > 0


def test_another_batch_size_is_not_served_with_what_was_foreseen() -> None:
    gathering, stream = ahead(), plain()
    assert torch.equal(gathering.take_batch(8).x, gather(stream.take(8)).x)
    assert torch.equal(gathering.take_batch(4).x, gather(stream.take(4)).x)
    assert torch.equal(gathering.take_batch(8).x, gather(stream.take(8)).x)


def test_a_fault_of_the_gathering_is_the_callers() -> None:
    calls = iter(range(9))

    def failing(drawn: Tensor) -> Batch:
        if next(calls) == 1:
            raise RuntimeError("no such row")
        return gather(drawn)

    stream = GatheringStream(draw, generator_for(1, "real", CPU), BLOCK, failing)
    stream.take_batch(8)
    with pytest.raises(RuntimeError, match="no such row"):
        stream.take_batch(8)


def test_its_thread_ends_with_it() -> None:
    def gathering() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name.startswith("gathering")}

    before = gathering()
    stream = ahead()
    stream.take_batch(8)
    (own,) = gathering() - before
    del stream
    own.join(20)
    assert not own.is_alive()


def test_another_way_to_gather_holds_from_the_next_batch_on() -> None:
    gathering, stream = ahead(), plain()
    assert torch.equal(gathering.take_batch(8).x, gather(stream.take(8)).x)
    gathering.gather_by(lambda drawn: Batch(-IMAGES[drawn]))  # the next batch was gathered ahead the other way
    for _ in range(3):
        assert torch.equal(gathering.take_batch(8).x, -gather(stream.take(8)).x)
