"""Six norms of one-class maps: what each keeps of the class, by other ways, and that a look changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.core.feature_norms import LOST, NAMES
from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.view_shapes import check
from ganstudio.engine.live_views import LiveViews
from ganstudio.lessons.moment import value_of
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.probes.normalisation import NormalisationProbe
from ganstudio.training.first_norms import OneClassFeatures, difference_between, shown_channels
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer
from ganstudio.training.view_recording import ViewRecorder
from ganstudio.views.normalisation import Normalisation

EPS = 1e-5
ALONE_TOO = {"layer", "group"}  # know the class also of a map by itself, without a map added after them


def trainer(norm: str, steps: int = 2) -> Trainer:
    made = Trainer(Spec(variant="spade", data="scenes", seed=1, device="cpu", threads=1, data_controls={"count": 100},
                        network_controls={"width": 4, "width_d": 4, "hidden": 4, "resolution": 32, "norm": norm},
                        controls={"batch_size": 2}))
    for _ in range(steps):
        made.step()
    return made


def look(run: Trainer) -> Normalisation:
    return NormalisationProbe().look(run.view, 36)


def raw(run: Trainer) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The first features ``(k, c, h, h)`` by hand: a one-class map adds the sum of a kernel, at every place."""
    G: Any = run.game.modules["G"]
    conv = next(module for module in G.enter.modules() if isinstance(module, torch.nn.Conv2d))
    assert conv.bias is not None
    constants = conv.weight.detach().double().sum((2, 3)).T + conv.bias.detach().double()  # (k, c)
    z = run.view.latents[:1].double()
    added = (z @ G.start.weight.detach().double().T + G.start.bias.detach().double()).reshape(1, -1, G.side, G.side)
    found: np.ndarray[Any, np.dtype[np.float64]] = (constants[:, :, None, None] + added).numpy()
    return found


@pytest.mark.parametrize("norm", NAMES)
def test_the_maps_are_those_of_numpy(norm: str) -> None:
    """The five norms that the run does not have; of the run's own its weights are asked below."""
    run = trainer(norm)
    view, x = look(run), raw(run)
    assert view.norm == norm
    np.testing.assert_allclose(view.before.numpy(), x[:, view.channels], rtol=1e-4, atol=1e-7)
    after = dict(zip(NAMES, view.after.numpy()[0], strict=True))
    axes: dict[str, tuple[int, ...]] = {"batch": (0, 2, 3), "spade": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3),
                                        "adain": (2, 3)}
    for name, over in axes.items():
        by_hand = (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + EPS)
        if name != norm:
            np.testing.assert_allclose(after[name], by_hand[:, view.channels], atol=1e-4)
    parts = x.reshape(len(x), 8, 2, *x.shape[2:])
    grouped = (parts - parts.mean((2, 3, 4), keepdims=True)) / np.sqrt(parts.var((2, 3, 4), keepdims=True) + EPS)
    if norm != "group":
        np.testing.assert_allclose(after["group"], grouped.reshape(x.shape)[:, view.channels], atol=1e-4)


@pytest.mark.parametrize("norm", NAMES)
def test_a_map_after_instance_norm_is_the_same_for_every_class(norm: str) -> None:
    """Whichever norm the run has, and whatever it has learned: adain's scale and shift are those of the latent."""
    view = look(trainer(norm))
    after, differences = view.after.numpy(), view.difference.numpy()
    for at, name in enumerate(NAMES):
        for alone in (0, 1):
            apart = float(np.abs(after[alone, at] - after[alone, at, :1]).max())
            kept = name in ALONE_TOO or (name in ("batch", "spade") and not alone) or name == norm == "spade"
            assert (apart > 1e-5) == kept, (name, alone, apart)
            assert (differences[alone, at] > LOST) == kept, (name, alone)
    assert view.difference_before > 0.1


def test_the_norm_of_a_run_has_its_trained_scale_and_shift() -> None:
    """With one class alone in the batch only gamma and beta depend on the class, so spade's output gives both."""
    run = trainer("spade")
    G: Any = run.game.modules["G"]
    view, x = look(run), raw(run)
    by_hand = (x - x.mean((2, 3), keepdims=True)) / np.sqrt(x.var((2, 3), keepdims=True) + EPS)
    norm, k = G.first_norm, len(x)
    weights = {name: [part.detach().double() for part in getattr(norm, name)[1].parameters()]
               for name in ("seen", "scale", "shift")}
    seen = torch.relu(weights["seen"][0].sum((2, 3)).T + weights["seen"][1])  # (k, hidden), the same at all places
    gamma, beta = (seen @ weights[name][0].sum((2, 3)).T + weights[name][1] for name in ("scale", "shift"))
    expected = (1 + gamma.numpy())[:, :, None, None] * by_hand + beta.numpy()[:, :, None, None]
    at = NAMES.index("spade")
    np.testing.assert_allclose(view.after.numpy()[1, at], expected[:, view.channels], atol=1e-5)
    assert gamma.std() > 0 and k == len(view.classes) == 5


@pytest.mark.parametrize(("norm", "batch"), [("spade", "together"), ("spade", "alone"), ("instance", "together"),
                                             ("batch", "alone"), ("group", "together")])
def test_the_lesson_and_the_panel_have_one_number(norm: str, batch: str) -> None:
    run = trainer(norm)
    number = value_of(Asked(quantity="one-class-maps", params={"batch": batch}), run, RecentTerms())
    shown = look(run).difference.numpy()[("together", "alone").index(batch), NAMES.index(norm)]
    assert number == pytest.approx(float(shown), rel=1e-6)


def test_the_difference_is_that_of_all_pairs() -> None:
    maps = torch.randn(4, 3, 2, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pairs = [(maps[i] - maps[j]).abs().mean() for i in range(4) for j in range(i)]
    assert float(difference_between(maps)) == pytest.approx(float(torch.stack(pairs).mean() / maps.abs().mean()))
    assert float(difference_between(torch.ones(3, 2, 2, 2))) == 0


@pytest.mark.parametrize(("width", "groups"), [(64, 8), (16, 8), (20, 5), (12, 1), (7, 7), (1, 1), (1024, 8)])
def test_channels_that_are_shown_come_from_several_groups(width: int, groups: int) -> None:
    shown = shown_channels(width, groups, 8)
    assert shown == sorted(set(shown)) and 1 <= len(shown) <= 8 and max(shown) < width
    in_group = [channel * groups // width for channel in shown]
    assert len(set(in_group)) == min(groups, 4)
    assert width == groups or max(map(in_group.count, in_group)) > 1  # so that a group is seen to be one


def test_large_maps_are_shown_with_fewer_pixels_and_measured_whole() -> None:
    run = trainer("spade")
    features = OneClassFeatures(run.game, run.view.latents[:1])
    few, all_ = features.all_norms(2, 3), features.all_norms(8, 16)
    assert few.before.shape[1:] == (2, 3, 3) and all_.before.shape[1:] == (8, 8, 8)
    torch.testing.assert_close(few.difference, all_.difference)
    torch.testing.assert_close(few.after, all_.after[:, :, :, :2, ::3, ::3])


@pytest.mark.parametrize("norm", ["spade", "batch", "adain"])
def test_a_look_changes_nothing_of_the_run(norm: str) -> None:
    looked, other = trainer(norm), trainer(norm)
    buffers = {name: buffer.clone() for name, buffer in looked.game.modules["G"].named_buffers()}
    before = torch.get_rng_state()
    assert look(looked) == look(looked)
    assert torch.equal(torch.get_rng_state(), before)
    for name, buffer in looked.game.modules["G"].named_buffers():
        assert torch.equal(buffer, buffers[name]), name
    for each in (looked, other):
        for _ in range(2):
            each.step()
    assert looked.game.weights_hash() == other.game.weights_hash()


def test_weights_that_ran_away_are_shown_as_they_are() -> None:
    run = trainer("spade", steps=0)
    with torch.no_grad():
        next(run.game.modules["G"].parameters()).fill_(float("nan"))
    view = look(run)
    check(view)
    assert np.isnan(view.difference.numpy()).all() and np.isnan(view.difference_before)


def test_it_is_computed_only_if_a_panel_asks_and_recorded_only_if_it_was() -> None:
    run = trainer("spade", steps=0)
    recorder = ViewRecorder(run)
    calls: list[int] = []
    true = OneClassFeatures.all_norms

    def counted(self: OneClassFeatures, channels: int, pixels: int) -> Any:
        calls.append(1)
        return true(self, channels, pixels)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OneClassFeatures, "all_norms", counted)
        run.step()
        recorder.look()
        assert "normalisation" not in {frame.name for frame in recorder.moment()}
        live = LiveViews(run)
        live.snapshot(1, SnapshotRequest(run=1, views=["translation"], size=16), ["translation"], playing=False)
        assert not calls
        asked = SnapshotRequest(run=1, views=["normalisation"], size=16)
        views = live.snapshot(1, asked, ["normalisation"], playing=False).views
        assert calls == [1]
    kept = recorder.seen(run.position, dict(views))
    assert [frame.name for frame in kept] == ["normalisation"]
    assert recorder.seen(run.position, dict(views)) == []  # it is there


def test_other_games_have_no_such_norm() -> None:
    assert "norms" in abilities(trainer("spade", 0).game)
    pairs = Trainer(Spec(variant="pix2pix", data="scenes", seed=1, device="cpu", threads=1,
                         data_controls={"count": 100}, network_controls={"width": 4, "width_d": 4}))
    assert "norms" not in abilities(pairs.game)
