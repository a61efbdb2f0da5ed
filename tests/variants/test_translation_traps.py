"""Faults that published code of conditional games and of translation has had, each tried on ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load, save
from small_games import VARIANTS, small
from torch import Tensor, nn

from ganstudio.core.control import Value, validated
from ganstudio.core.protocol.spec import Change
from ganstudio.core.turn import Given
from ganstudio.core.variant import Terms
from ganstudio.maths.gradients import input_gradient_norm
from ganstudio.networks.parts.noise import NoiseDropout
from ganstudio.networks.parts.patch_discriminator import PatchDiscriminator
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.players import PlayedModule
from ganstudio.training.trainer import Trainer

D, G = "discriminator", "generator"
TRANSLATORS = ("pix2pix", "cyclegan", "spade", "stargan", "stargan-v2", "gawwn")
every_system = pytest.mark.parametrize("name", TRANSLATORS)


def trainer(name: str, *, network: Mapping[str, Value] | None = None, **controls: Value) -> Trainer:
    spec = small(name)
    return Trainer(msgspec.structs.replace(
        spec, seed=4, device="cpu", threads=1, controls={"batch_size": 4, **controls},
        network_controls={**spec.network_controls, **(network or {})}))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def played(run: Trainer, updates: int) -> Trainer:
    for _ in range(updates):
        run.update()
    return run


class Calls:
    """What the modules of a run are called with while its terms are worked out."""

    def __init__(self, run: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
        names = {id(module): name for name, module in run.game.played.items()}
        self.made: list[tuple[str, tuple[Any, ...], Any]] = []
        call = PlayedModule.__call__

        def noted(module: PlayedModule, x: Any, *given: Any) -> Any:
            made = call(module, x, *given)
            self.made.append((names.get(id(module), ""), (x, *given), made))
            return made

        monkeypatch.setattr(PlayedModule, "__call__", noted)

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [given for module, given, _ in self.made if module == name]

    def by(self, name: str) -> list[Any]:
        return [made for module, _, made in self.made if module == name]


def spied_batch(run: Trainer, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The batches that the run draws from now on."""
    drawn: list[Any] = []
    draw = run.game._draw

    def noted(stream: str, note: Any) -> Any:
        batch = draw(stream, note)
        drawn.append(batch)
        return batch

    monkeypatch.setattr(run.game, "_draw", noted)
    return drawn


# What holds for all of them ----------------------------------------------------------------------------------------


def moved_by(optimiser: str, factor: float, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """How D's weights move in five updates whose loss is multiplied by a factor."""
    run = trainer("pix2pix", optimiser_d=optimiser, beta1_d=0.0, learning_rate_d=1e-3)
    terms = run.game.variant.terms

    def scaled(turn: Any, c: Any) -> Terms:
        return {name: factor * term for name, term in terms(turn, c).items()}

    monkeypatch.setattr(run.game.variant, "terms", scaled)
    before = run.game.players[D].flat.clone()
    for _ in range(5):
        run.update(D)
    return run.game.players[D].flat - before


def test_half_a_loss_is_only_a_label_under_adam(monkeypatch: pytest.MonkeyPatch) -> None:
    """"We divide the objective by 2, which slows down D": it does under SGD, and does not under Adam."""
    for optimiser, at_most, at_least in (("adam", 0.02, 0.0), ("sgd", 0.6, 0.4)):
        whole, half = (moved_by(optimiser, factor, monkeypatch) for factor in (1.0, 0.5))
        apart = float((half - whole).norm() / whole.norm())
        assert at_least <= apart <= at_most, optimiser


@every_system
@pytest.mark.parametrize("streams", [3, 1])
def test_a_state_in_the_middle_of_a_step_is_enough_to_go_on(name: str, streams: int) -> None:
    """With dropout, a pool that is full, and all players, also where one looks ahead."""
    more: dict[str, Value] = {"pool_size": 3} if name == "cyclegan" else {}
    controls: dict[str, Value] = {"critic_steps": 3, "optimiser_g": "extra-adam", **more}
    straight, other = (Trainer(msgspec.structs.replace(
        small(name), seed=4, device="cpu", threads=1, streams=streams, controls={"batch_size": 4, **controls}))
        for _ in range(2))
    played(straight, 6)
    assert straight.position.place == 2
    load_game_state(other.game, load(save(game_state(straight.game))))
    for run in (straight, other):
        run.apply(Change(name="learning_rate_g", value=1e-3))  # a branch goes on with other values
        played(run, 6)
    assert other.game.weights_hash() == straight.game.weights_hash()
    mine, theirs = game_state(straight.game), game_state(other.game)
    assert mine.keys() == theirs.keys() and all(torch.equal(mine[key], theirs[key]) for key in mine)


@every_system
def test_looking_ahead_leaves_nothing_behind_but_the_step(name: str) -> None:
    run = played(trainer(name), 3)
    kept = {key: torch.as_tensor(value).clone() for key, value in run.game.variant.state().items()}
    with run.game.lookahead(run.game.cycle()):
        pass
    after = run.game.variant.state()
    assert after.keys() == kept.keys()
    assert all(torch.equal(torch.as_tensor(after[key]), value) for key, value in kept.items())


def test_a_pool_fills_as_fast_when_d_looks_ahead() -> None:
    pools = {}
    for optimiser in ("adam", "extra-adam"):
        run = played(trainer("cyclegan", optimiser_d=optimiser, optimiser_g=optimiser), 6)  # three of each player
        pools[optimiser] = [len(torch.as_tensor(pool)) for pool in run.game.variant.state().values()]
    assert pools["adam"] == pools["extra-adam"] == [12, 12]


@every_system
def test_no_module_hangs_on_statistics_of_before_but_by_batch_norm(name: str) -> None:
    """``track_running_stats`` on instance norm makes another function of the same weights in evaluation."""
    for module in trainer(name).game.modules.values():
        for layer in module.modules():
            if isinstance(layer, nn.InstanceNorm2d):
                assert not layer.track_running_stats and layer.running_mean is None


@every_system
def test_an_image_alone_is_the_image_that_it_is_in_a_batch(name: str) -> None:
    """In evaluation mode: what a board shows must not hang on its neighbours."""
    run = played(trainer(name, network={"dropout": 0.0} if name == "pix2pix" else None), 4)
    view = run.view
    given = view.given(view.latents[:6])
    with torch.no_grad(), view.looked_at():
        together = run.game.generate(given)
        if name == "stargan":  # it asks each image for another attribute, by its place in the batch
            modules = run.game.played
            together = modules["G"](given.source, given.attributes)
            alone = torch.cat([modules["G"](given.source[i : i + 1], given.attributes[i : i + 1]) for i in range(6)])
        else:
            alone = torch.cat([run.game.generate(given.rows(i, i + 1)) for i in range(6)])
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


@every_system
def test_a_batch_of_one_is_played(name: str) -> None:
    """The papers' Pix2Pix and CycleGAN do so; a norm over a map of 1 x 1 raises then, or empties it without a word."""
    run = played(trainer(name, batch_size=1), 4)
    assert all(torch.isfinite(module.flat).all() for module in run.game.players.values())
    terms = run.game.terms_of(G)
    assert terms and all(math.isfinite(float(term.detach())) for term in terms.values())


@every_system
def test_an_update_moves_the_player_whose_it_is_and_no_other(name: str) -> None:
    """Terms of G go through D, and those of D come from G: neither leaves a gradient with the other."""
    run = played(trainer(name), 2)
    for mover in (D, G):
        before = {player: run.game.players[player].flat.clone() for player in (D, G)}
        run.update(mover)
        moved = {player for player in (D, G) if not torch.equal(run.game.players[player].flat, before[player])}
        assert moved == {mover}
        assert all(parameter.grad is None for module in run.game.modules.values() for parameter in module.parameters())


@every_system
def test_all_that_is_drawn_comes_from_the_runs_generators(name: str) -> None:
    """Dropout, orders of a batch, places in a pool and points of a penalty too: torch's own seed changes nothing."""
    hashes = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        run = trainer(name, pool_size=2) if name == "cyclegan" else trainer(name)
        hashes.append(played(run, 6).game.weights_hash())
    assert hashes[0] == hashes[1]


def test_a_rate_that_falls_in_a_straight_line_ends_at_0_and_not_just_below_where_it_began() -> None:
    """StarGAN's code subtracts a part for each step once in 1000 steps: it ends at 9.99e-5 of 1e-4."""
    run = trainer("stargan", schedule="linear", horizon=4, learning_rate_d=1e-4)
    rates = []
    for _ in range(5):
        rates.append(run.game.pace_of(D).rate)
        run.step()
    assert rates == pytest.approx([1e-4, 0.75e-4, 0.5e-4, 0.25e-4, 0.0])


# PatchGAN ----------------------------------------------------------------------------------------------------------


def test_a_loss_is_the_mean_over_all_patches_of_all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target of another shape than the map would be broadcast without a word."""
    run = trainer("pix2pix")
    calls = Calls(run, monkeypatch)
    terms = run.game.terms_of(D)
    real, fake = calls.by("D")
    assert real.shape == fake.shape == (4, 1, 6, 6)  # n = 1 at 16 px
    torch.testing.assert_close(terms["real"], torch.log1p(torch.exp(-real)).sum() / (2 * 4 * 36))
    torch.testing.assert_close(terms["fake"], torch.log1p(torch.exp(fake)).sum() / (2 * 4 * 36))
    run = trainer("cyclegan")
    calls = Calls(run, monkeypatch)
    terms = run.game.terms_of(D)
    real, fake = calls.by("D_A")
    torch.testing.assert_close(terms["D_A"], ((real - 1).square().sum() + fake.square().sum()) / real.numel())


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan", "spade", "stargan"])
def test_an_image_has_one_score_and_not_one_for_each_patch(name: str) -> None:
    """Whatever counts images that D takes for real would count patches else."""
    run = played(trainer(name), 2)
    view = run.view
    given = view.given(view.latents[:5])
    scores = view.score(view.batch.x[:5])
    with torch.no_grad(), view.looked_at():
        map_: Any = view.variant.judge(run.game.played, view.batch.x[:5], given, view.controls)
    maps = map_ if isinstance(map_, list) else [map_]
    assert scores.shape == (5,) and maps[0].numel() > 5
    torch.testing.assert_close(scores, torch.stack([one.flatten(1).mean(1) for one in maps]).mean(0))


def test_batch_norm_joins_the_patches_of_a_batch_in_training_alone() -> None:
    """The square that a score sees is nominal then: it also sees the statistics of all others."""
    torch.manual_seed(0)
    judge = PatchDiscriminator(1, 4, 2, norm=nn.BatchNorm2d)
    x = torch.randn(2, 1, 64, 64)
    other = x.clone()
    other[1, 0, 10, 10] += 5.0
    with torch.no_grad():
        assert not torch.equal(judge.train()(x)[0], judge(other)[0])
        judge.eval()
        assert torch.equal(judge(x)[0], judge(other)[0])


# Pix2Pix -----------------------------------------------------------------------------------------------------------


def test_the_pairs_that_d_sees_have_one_source_and_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("pix2pix")
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    run.update(D)
    (batch,), (real,), (fake,) = drawn, *calls.of("D")
    planes = batch.source.shape[1]
    torch.testing.assert_close(real, torch.cat([batch.source, batch.x], 1))
    torch.testing.assert_close(fake[:, :planes], batch.source)
    torch.testing.assert_close(fake[:, planes:], calls.by("G")[0])
    assert calls.of("G")[0][0] is batch.source


def test_a_map_and_its_image_belong_together() -> None:
    """Pairs drawn in two orders teach nothing: pixels of one class resemble each other in their own image alone."""
    batch = trainer("pix2pix").game._draw(D, None)
    assert batch.source is not None

    def spread(source: Tensor) -> float:
        """Mean squared distance of pixels from the mean colour of their class in their image."""
        share = source / source.sum((2, 3), keepdim=True).clamp(min=1)
        means = torch.einsum("nkyx,ncyx->nkc", share, batch.x)
        painted = torch.einsum("nkyx,nkc->ncyx", source, means)
        return float((batch.x - painted).square().mean())

    assert spread(batch.source) < 0.5 * spread(batch.source.roll(1, 0))


@pytest.mark.parametrize("name", ["pix2pix", "spade"])
def test_a_map_is_given_as_planes_of_0_and_1_and_not_as_grey_levels(name: str) -> None:
    source = trainer(name).game._draw(D, None).source
    assert source is not None
    assert set(source.flatten().tolist()) == {0.0, 1.0} and (source.sum(1) == 1).all()


def test_the_weight_of_l1_multiplies_a_mean() -> None:
    terms = [float(trainer("pix2pix", network={"resolution": side}).game.terms_of(G)["L1"].detach())
             for side in (16, 32)]
    assert 0.3 < terms[0] / terms[1] < 3  # of a sum it would be a quarter
    assert all(10 < term < 200 for term in terms)  # 100 times a mean difference of pixels from -1 to 1


def test_dropout_is_kept_when_looked_at_with_a_seed_of_its_own() -> None:
    run = played(trainer("pix2pix"), 2)
    view, noise = run.view, [layer for layer in run.game.modules["G"].modules() if isinstance(layer, NoiseDropout)]
    assert noise
    before = game_state(run.game)
    torch.manual_seed(1)
    one = view.generate(view.latents[:4])
    torch.manual_seed(2)
    again = view.generate(view.latents[:4])
    assert torch.equal(one, again)
    after = game_state(run.game)
    assert all(torch.equal(before[key], after[key]) for key in before)
    for layer in noise:
        layer.p = 0.0
    assert not torch.equal(view.generate(view.latents[:4]), one)  # so it was not switched off by the evaluation mode


def test_l1_alone_is_l1_alone() -> None:
    assert set(trainer("pix2pix", adversarial=0.0).game.terms_of(G)) == {"L1"}
    assert set(trainer("pix2pix", l1_weight=0.0).game.terms_of(G)) == {"generator"}


def test_the_bottleneck_of_one_pixel_row_has_no_norm_that_would_empty_it() -> None:
    """A norm over a map of 1 x 1 in a batch of one takes everything away: the paper's version 1 did."""
    run = trainer("pix2pix", batch_size=1, network={"resolution": 16, "dropout": 0.0})
    G_module: Any = run.game.modules["G"]
    source = run.view.batch.source
    assert source is not None
    x = source[:1]
    seen: list[Tensor] = []
    G_module.down[-1].register_forward_hook(lambda _, __, made: seen.append(made))
    G_module.train()
    G_module(x)
    assert seen[0].abs().sum() > 0 and not [m for m in G_module.down[-1] if isinstance(m, nn.BatchNorm2d)]
    assert all(not getattr(layer, "inplace", False) for layer in G_module.modules())  # skips are passed on unchanged


# CycleGAN ----------------------------------------------------------------------------------------------------------


def test_the_pool_serves_d_alone_and_the_way_back_is_of_fresh_images(monkeypatch: pytest.MonkeyPatch) -> None:
    run = played(trainer("cyclegan", pool_size=2), 6)
    before = {key: torch.as_tensor(value).clone() for key, value in run.game.variant.state().items()}
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    run.update(G)
    assert all(torch.equal(torch.as_tensor(run.game.variant.state()[key]), value) for key, value in before.items())
    (batch,) = drawn
    there, back, same = calls.of("G_AB")
    torch.testing.assert_close(there[0], batch.source)
    torch.testing.assert_close(calls.of("G_BA")[1][0], calls.by("G_AB")[0])  # the way back of what was just made
    torch.testing.assert_close(back[0], calls.by("G_BA")[0])
    torch.testing.assert_close(same[0], batch.x)  # identity: G_AB is given an image that is of B already
    torch.testing.assert_close(calls.of("G_BA")[2][0], batch.source)
    assert torch.equal(calls.of("D_B")[0][0], calls.by("G_AB")[0])  # judged fresh, too


def test_each_direction_has_a_pool_and_it_holds_its_own_images(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("cyclegan")
    calls = Calls(run, monkeypatch)
    run.update(D)
    state = run.game.variant.state()
    assert torch.equal(torch.as_tensor(state["pool_b"]), calls.by("G_AB")[0])
    assert torch.equal(torch.as_tensor(state["pool_a"]), calls.by("G_BA")[0])


def test_a_pool_that_comes_back_goes_where_the_images_are() -> None:
    """A checkpoint holds it on the CPU; a run on another device goes on there."""
    from ganstudio.variants.cyclegan import ImagePool

    pool = ImagePool()
    pool.images = torch.zeros(2, 1, 4, 4)
    pool.exchanged(torch.zeros(1, 1, 4, 4, device="meta"), 8, rng())
    assert pool.images.device.type == "meta" and len(pool.images) == 3


def test_the_terms_of_cycle_and_identity_are_means_and_neither_weight_is_in_units_of_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some ports give the identity's weight relative to the cycle's."""
    run = trainer("cyclegan", cycle_weight=20.0, identity_weight=3.0)
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    terms = run.game.terms_of(G)
    (batch,) = drawn
    of_ab, of_ba = calls.by("G_AB"), calls.by("G_BA")
    values = 4 * 3 * 16 * 16
    away = ((of_ba[1] - batch.source).abs().sum() + (of_ab[1] - batch.x).abs().sum()) / values
    changed = ((of_ab[2] - batch.x).abs().sum() + (of_ba[2] - batch.source).abs().sum()) / values
    torch.testing.assert_close(terms["cycle"], 20 * away)
    torch.testing.assert_close(terms["identity"], 3 * changed)


def test_there_is_no_identity_between_domains_of_other_planes() -> None:
    """A map of five planes is no image of three: G_AB cannot be given one."""
    spec = small("cyclegan")
    run = Trainer(msgspec.structs.replace(spec, data="scenes", device="cpu", threads=1, controls={"batch_size": 2}))
    assert set(run.game.terms_of(G)) == {"G_AB", "G_BA", "cycle"}
    assert "identity" in trainer("cyclegan").game.terms_of(G)


def test_no_norm_of_cyclegan_mixes_images_of_a_batch() -> None:
    """Two domains in one batch would share the statistics of batch norm; also in training, each image is alone."""
    run = trainer("cyclegan")
    a, b = run.view.batch.source, run.view.batch.x
    assert a is not None
    for name, module in run.game.modules.items():
        assert not [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
        module.train()
        with torch.no_grad():
            mixed = module(torch.cat([a[:2], b[:2]]))[:2]
            torch.testing.assert_close(mixed, module(a[:2]), rtol=1e-4, atol=1e-5), name


# StarGAN -----------------------------------------------------------------------------------------------------------


def test_the_targets_are_the_batchs_own_labels_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn evenly they would give D a reason to refuse by the label alone, and contradict each other."""
    for name, module in (("stargan", "G"), ("stargan-v2", "M")):
        run = trainer(name, batch_size=16)
        with monkeypatch.context() as patched:
            drawn, calls = spied_batch(run, patched), Calls(run, patched)
            run.update(D)
            asked, own = calls.of(module)[0][1], drawn[0].attributes
        if asked.dim() == 1:
            asked, own = asked[:, None], own[:, :1]
        assert sorted(asked.tolist()) == sorted(own.tolist())
        assert not torch.equal(asked, own)


def test_d_reads_attributes_of_real_images_alone_and_the_way_back_asks_for_the_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = trainer("stargan", class_weight=1.0)
    flat = run.game.players[D].parameters
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    torch.manual_seed(0)
    terms = run.game.terms_of(D)
    read = torch.autograd.grad(
        terms["class of real"], flat, retain_graph=True, allow_unused=True, materialize_grads=True)
    real, fake = drawn[0], calls.by("G")[0]
    of_real: Any = run.game.modules["D"]
    from ganstudio.maths.attribute_codes import code_loss

    generator: Any = run.game.modules["G"]
    values = generator.values
    expected = torch.autograd.grad(
        code_loss(of_real.heads(real.x)[1], real.attributes, values), flat, allow_unused=True, materialize_grads=True)
    for mine, theirs in zip(read, expected, strict=True):
        torch.testing.assert_close(mine, theirs)
    assert not fake.requires_grad
    calls.made.clear()
    run.game.terms_of(G)
    there, back = calls.of("G")
    torch.testing.assert_close(back[0], calls.by("G")[0])
    assert torch.equal(back[1], drawn[1].attributes) and torch.equal(there[0], drawn[1].x)


def test_the_penalty_is_on_the_slope_of_the_sum_of_the_map() -> None:
    """As in the authors' code: the score is the mean of the map, whose slope is then 1 / (h w) of it."""
    torch.manual_seed(0)
    D_module: Any = PatchDiscriminator(3, 4, 1, norm=None)
    x = torch.randn(2, 3, 16, 16)
    places = D_module(x)[0].numel()
    norm = input_gradient_norm(D_module, x)
    leaf = x.clone().requires_grad_()
    (mean_slope,) = torch.autograd.grad(D_module(leaf).mean((1, 2, 3)).sum(), leaf)
    torch.testing.assert_close(norm, places * mean_slope.flatten(1).norm(dim=1), rtol=1e-4, atol=1e-6)


def test_the_penalty_is_at_points_between_an_image_and_its_own_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("stargan")
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    at: list[Tensor] = []

    def noted(judge: Any, x: Tensor) -> Tensor:
        at.append(x.detach())
        return input_gradient_norm(judge, x)

    monkeypatch.setattr("ganstudio.variants.stargan.input_gradient_norm", noted)
    run.game.terms_of(D)
    (batch,), (fake,), (between,) = drawn, calls.by("G"), at
    share = ((between - fake) * (batch.x - fake)).flatten(1).sum(1) / (batch.x - fake).square().flatten(1).sum(1)
    assert len(share.unique()) == len(share) and share.min() >= 0 and share.max() <= 1  # one eps for each image
    mixed = fake + share[:, None, None, None] * (batch.x - fake)
    torch.testing.assert_close(between, mixed, rtol=1e-3, atol=1e-5)


def first_layers(pad: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(pad(), nn.Conv2d(5, 8, 7, bias=False), nn.InstanceNorm2d(8)).double()


def test_a_constant_plane_is_gone_after_reflect_padding_and_instance_norm_and_not_after_zero_padding() -> None:
    x = torch.randn(2, 3, 16, 16, generator=rng()).double()
    planes = [torch.cat([x, torch.full((2, 1, 16, 16), a), torch.full((2, 1, 16, 16), 1 - a)], 1).double()
              for a in (0.0, 1.0)]
    reflect, zero = first_layers(lambda: nn.ReflectionPad2d(3)), first_layers(lambda: nn.ZeroPad2d(3))
    with torch.no_grad():
        assert (reflect(planes[0]) - reflect(planes[1])).abs().max() < 1e-5
        assert (zero(planes[0]) - zero(planes[1])).abs().mean() > 0.02


@pytest.mark.parametrize("form", ["residual", "paper"])
@pytest.mark.parametrize("norm", ["none", "instance"])
def test_the_label_reaches_stargans_images(form: str, norm: str) -> None:
    run = trainer("stargan", network={"form": form, "norm": norm})
    module: Any = run.game.modules["G"]
    batch = run.view.batch.rows(slice(4))
    assert batch.attributes is not None
    other = batch.attributes.clone()
    other[:, 0] = (other[:, 0] + 1) % module.values[0]
    with torch.no_grad():
        first = module.layers[:2]  # convolution and norm

        def seen(attributes: Tensor) -> Tensor:
            from ganstudio.maths.attribute_codes import encoded

            code = encoded(attributes, module.values)[:, :, None, None].expand(-1, -1, 16, 16)
            found: Tensor = first(torch.cat([batch.x, code], 1))
            return found

        assert (seen(other) - seen(batch.attributes)).abs().mean() > 0.02
        assert not torch.equal(module(batch.x, other), module(batch.x, batch.attributes))


# StarGAN v2 --------------------------------------------------------------------------------------------------------


def test_the_penalty_and_the_real_score_are_of_the_own_domains_head(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("stargan-v2", batch_size=6)
    drawn = spied_batch(run, monkeypatch)
    calls = Calls(run, monkeypatch)
    terms = run.game.terms_of(D)
    own = drawn[0].attributes[:, 0]
    asked = calls.of("M")[0][1]
    fakes = [given for given in calls.of("D") if torch.equal(given[0], calls.by("G")[0])]
    reals = [given for given in calls.of("D") if given[0].shape == drawn[0].x.shape and torch.equal(
        given[0].detach(), drawn[0].x)]
    assert len(fakes) == 1 and torch.equal(fakes[0][1], asked)
    assert reals and all(torch.equal(given[1], own) for given in reals)
    # R1 by hand: half gamma times the mean squared slope of each image's own head.
    x = drawn[0].x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(run.game.modules["D"](x, own).sum(), x)
    torch.testing.assert_close(terms["R1"], 0.5 * slope.flatten(1).square().sum(1).mean(), rtol=1e-4, atol=1e-7)


def test_the_way_back_has_the_sources_own_style_and_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("stargan-v2")
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    run.game.terms_of(G)
    last = calls.of("E")[-1]
    assert torch.equal(last[0], drawn[0].x) and torch.equal(last[1], drawn[0].attributes[:, 0])
    back = calls.of("G")[-1]
    assert torch.equal(back[0], calls.by("G")[0]) and torch.equal(back[1], calls.by("E")[-1])


def test_diversity_fades_out_and_its_second_image_is_held() -> None:
    """A weight that stays would ask for difference at any price; and it has no upper bound."""
    run = trainer("stargan-v2", horizon=4)
    weights = []
    for _ in range(6):
        terms = run.game.terms_of(G) if run.game.updates_of[G] % 2 == 0 else {}
        weights.append("diversity" in terms)
        run.step()
    assert weights == [True, False, True, False, False, False]  # by turns with references, and gone from update 4 on


def test_by_turns_with_references_the_mapping_net_rests() -> None:
    """The authors step it with latents alone; its gradient is 0 here, and Adam without momentum then moves nothing."""
    run = trainer("stargan-v2")
    moved = []
    for _ in range(4):
        before = [parameter.clone() for parameter in run.game.modules["M"].parameters()]
        run.step()
        after = list(run.game.modules["M"].parameters())
        moved.append(not all(torch.equal(a, b) for a, b in zip(before, after, strict=True)))
    assert moved == [True, False, True, False]


def test_the_averages_of_all_that_generates_are_what_is_shown() -> None:
    """A style of the newest M would be drawn by a G that never saw it; the authors average G, M and E."""
    run = trainer("stargan-v2", ema_decay=0.5)
    means: dict[str, Tensor] = {}
    for count in range(4):
        run.step()
        share = 1 - min(0.5, (1 + count) / (10 + count)) if count else 1.0
        for name in ("G", "M", "E"):
            now = torch.cat([p.detach().flatten() for p in run.game.modules[name].parameters()])
            means[name] = now if not count else torch.lerp(means[name], now, share)
    average = run.game.average
    assert average is not None and set(average.modules) == {"G", "M", "E"}
    for name, module in average.modules.items():
        found = torch.cat([p.flatten() for p in module.parameters()])
        torch.testing.assert_close(found, means[name], rtol=1e-5, atol=1e-6)
    view = run.view
    given = view.given(view.latents[:4])
    with torch.no_grad():
        expected = run.game.variant.generate(average.modules, given)
    made = view.average(view.latents[:4])
    assert made is not None
    torch.testing.assert_close(made, expected)
    state = average.state()
    other = trainer("stargan-v2", ema_decay=0.5).game.average
    assert other is not None
    other.load_state(state)
    assert all(torch.equal(mine, other.state()[key]) for key, mine in state.items())
    older = {key: tensor for key, tensor in state.items() if ":" not in key}  # of G alone
    average.load_state(older)
    of_mean, of_run = (modules["M"].state_dict() for modules in (average.modules, run.game.modules))
    assert all(torch.equal(tensor, of_run[name]) for name, tensor in of_mean.items())


def test_adain_begins_as_instance_norm_where_the_style_says_nothing() -> None:
    module: Any = trainer("stargan-v2", network={"norm": "instance"}).game.modules["G"]
    layer = next(layer for layer in module.modules() if type(layer).__name__ == "_AdaIN")
    for parameter in layer.parameters():
        parameter.data.zero_()
    style = torch.zeros(2, 4)
    channels = next(m for m in layer.modules() if isinstance(m, nn.InstanceNorm2d)).num_features
    x = torch.randn(2, channels, 6, 6, generator=rng())
    torch.testing.assert_close(layer(x, style), nn.InstanceNorm2d(channels)(x))


# SPADE -------------------------------------------------------------------------------------------------------------


def test_real_and_generated_images_pass_d_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("spade")
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    run.update(D)
    ((seen,),) = calls.of("D")
    (batch,) = drawn
    planes = batch.source.shape[1]
    assert len(seen) == 2 * len(batch.x)
    torch.testing.assert_close(seen[: len(batch.x), planes:], batch.x)
    torch.testing.assert_close(seen[:, :planes], torch.cat([batch.source, batch.source]))


def test_features_are_matched_layer_by_layer_as_a_sum_and_not_on_the_scores() -> None:
    run = trainer("spade", feature_weight=2.0, batch_size=3)
    found: list[list[list[Tensor]]] = []
    judge: Any = run.game.modules["D"]
    features = judge.features

    def noted(x: Tensor) -> Any:
        made = features(x)
        found.append(made)
        return made

    judge.features = noted
    terms = run.game.terms_of(G)
    (scales,) = found
    assert len(scales) == 2
    by_hand = [sum((layer[:3] - layer[3:]).abs().mean() for layer in scale[:-1]) for scale in scales]
    torch.testing.assert_close(terms["features"], torch.as_tensor(2.0 * (by_hand[0] + by_hand[1]) / 2))


@pytest.mark.parametrize("norm", ["batch", "instance", "adain", "spade", "layer"])
def test_a_bias_before_a_norm_that_takes_each_channels_mean_is_dead_weight_and_no_more(norm: str) -> None:
    """The six norms share one generator, and before layer norm a bias acts; before the others it harms nothing."""
    run = trainer("spade", network={"norm": norm})
    module: Any = run.game.modules["G"]
    named = dict(module.named_parameters())
    loss = torch.stack(list(run.game.terms_of(G).values())).sum()
    slopes = torch.autograd.grad(loss, list(named.values()), allow_unused=True, materialize_grads=True)
    size = {name: float(slope.abs().max()) for name, slope in zip(named, slopes, strict=True)}
    biases = [size[name] for name in size if ".convs.0" in name and name.endswith("bias")]
    assert biases and (max(biases) > 1e-5 * max(size.values())) == (norm == "layer")


def test_spades_plain_norm_has_no_scale_of_its_own_and_maps_are_not_blended() -> None:
    run = trainer("spade")
    module: Any = run.game.modules["G"]
    norms = [layer for layer in module.modules() if type(layer).__name__ == "MapNorm"]
    assert norms and all(not layer.plain.affine for layer in norms)
    seen: list[Tensor] = []
    for layer in norms:
        layer.seen.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    batch = run.view.batch.rows(slice(3))
    with torch.no_grad():
        module(run.view.latents[:3], batch.source)
    assert len(seen) == len(norms) and len({tuple(m.shape[2:]) for m in seen}) > 1
    assert all(set(m.flatten().tolist()) <= {0.0, 1.0} and (m.sum(1) == 1).all() for m in seen)


# GAWWN -------------------------------------------------------------------------------------------------------------


def test_the_wrong_pair_keeps_image_and_place_and_only_its_words_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("gawwn")
    drawn, calls = spied_batch(run, monkeypatch), Calls(run, monkeypatch)
    run.update(D)
    (batch,) = drawn
    real, wrong, fake = calls.of("D")
    for pair in (real, wrong):
        assert torch.equal(pair[0], batch.x) and torch.equal(pair[2], batch.place)
    assert torch.equal(real[1], batch.attributes) and torch.equal(wrong[1], batch.attributes.roll(1, 0))
    assert torch.equal(fake[1], batch.attributes) and torch.equal(fake[2], batch.place)
    assert sorted(wrong[1].tolist()) == sorted(real[1].tolist())


def test_the_own_words_of_a_single_image_are_never_called_wrong() -> None:
    assert "wrong" not in trainer("gawwn", batch_size=1).game.terms_of(D)
    assert "wrong" in trainer("gawwn", batch_size=2).game.terms_of(D)


def test_the_terms_of_gawwn_are_means_over_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("gawwn", wrong_weight=0.25)
    calls = Calls(run, monkeypatch)
    terms = run.game.terms_of(D)
    real, wrong, fake = calls.by("D")
    assert real.shape == (4,)
    torch.testing.assert_close(terms["real"], -torch.sigmoid(real).log().sum() / 4)
    torch.testing.assert_close(terms["wrong"], -0.25 * (1 - torch.sigmoid(wrong)).log().sum() / 4)
    torch.testing.assert_close(terms["fake"], -0.75 * (1 - torch.sigmoid(fake)).log().sum() / 4)


@pytest.mark.parametrize("place", ["box", "keypoints"])
def test_what_is_told_is_seen_and_a_moved_place_changes_the_image(place: str) -> None:
    run = played(trainer("gawwn", network={"place": place}), 2)
    view = run.view
    given = view.given(view.latents[:4])
    with torch.no_grad(), view.looked_at():
        image = run.game.generate(given)
        moved = run.game.generate(msgspec.structs.replace(given, place=given.place.roll(1, 0)))
        other = run.game.generate(msgspec.structs.replace(given, attributes=given.attributes.roll(1, 0)))
    assert not torch.equal(image, moved) and not torch.equal(image, other)


# Controls ----------------------------------------------------------------------------------------------------------


@every_system
def test_every_control_of_an_objective_acts(name: str) -> None:
    """A control that changes nothing is a lie: one after the other is moved, and the terms are other ones."""
    leaf = VARIANTS[name]
    own = [field for field in leaf.controls_type().__struct_fields__
           if field.endswith(("_weight", "adversarial", "conditional", "gamma"))]
    assert own

    def losses(**moved: Any) -> dict[str, float]:
        found = {player: trainer(name, **moved).game.terms_of(player) for player in (D, G)}
        return {player: math.fsum(float(term.detach()) for term in terms.values()) for player, terms in found.items()}

    before = losses()
    for field in own:
        now = getattr(leaf.controls_type()(), field)
        value: Value = not now if isinstance(now, bool) else now / 2
        validated(leaf.controls_type(), {field: value})
        assert losses(**{field: value}) != before, field


@every_system
def test_weights_come_from_the_runs_generators_alone(name: str) -> None:
    hashes = []
    for seed in (1, 2):
        torch.manual_seed(seed)  # torch's own layers draw from this, and must be drawn again
        hashes.append(trainer(name).game.weights_hash())
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan", "stargan"])
def test_a_network_without_a_latent_offers_no_control_of_one(name: str) -> None:
    from ganstudio.training.build_catalog import catalogue

    run = trainer(name)
    offered = {info.name for info in catalogue().network(run.spec.network).controls}
    assert not offered & {"latent_dim", "latent"}
    assert Given(source=torch.zeros(1)).parts()[0].shape == (1,)
    assert run.view.given(run.view.latents[:2]).latent is None
