"""Progressive GAN: its loss by hand, its schedule position by position, and the game that grows by it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ganstudio.core.control import Value, validated
from ganstudio.core.network import Stage
from ganstudio.core.protocol.spec import Change, Grow, Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Given, Phase
from ganstudio.maths.optimisers import optimiser
from ganstudio.maths.resampling import doubled, halved
from ganstudio.networks.progressive import ProgressiveDiscriminator, ProgressiveGenerator
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.trainer import Trainer
from ganstudio.variants.progan import ProGAN, ProGANControls

LEVELS = 3  # 4, 8 and 16 px


def controls(**values: Any) -> ProGANControls:
    return validated(ProGANControls, values)


SHORT = controls(batch_size=10, images_per_level=40, images_per_fade=20)


# The loss ----------------------------------------------------------------------------------------------------------


class Judge:
    """A discriminator given by a function of images."""

    def __init__(self, score: Callable[[Tensor], Tensor]) -> None:
        self.score = score

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        return self.score(x)

    precisely = __call__

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        return self(real), self(fake)


def terms(slope: float, c: ProGANControls) -> tuple[dict[str, float], Tensor, Tensor]:
    """The critic's terms where it is flat with that slope, and its scores."""
    rng = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(6, 3, 4, 4, generator=rng) + shift for shift in (1.0, -1.0))
    D = Judge(lambda x: slope * x.flatten(1).sum(1) / math.sqrt(48))
    found = ProGAN().discriminator_terms(D, real, fake, c, rng)
    return {name: float(term) for name, term in found.items()}, D(real), D(fake)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0, 3.0])
def test_the_critics_terms_are_wgan_gps_and_the_drift(slope: float) -> None:
    found, on_real, on_fake = terms(slope, controls())
    assert found == pytest.approx({
        "critic": float(on_fake.mean() - on_real.mean()),
        "drift": 1e-3 * float(on_real.square().mean()),
        "penalty": 10.0 * (slope - 1) ** 2,  # two-sided: a slope below 1 is punished too
    }, abs=1e-4)


def test_the_weights_of_the_penalties_are_live() -> None:
    found, on_real, _ = terms(3.0, controls(drift=0.5, gp_weight=2.0))
    assert found["drift"] == pytest.approx(0.5 * float(on_real.square().mean()), rel=1e-5)
    assert found["penalty"] == pytest.approx(8.0, rel=1e-5)
    assert terms(3.0, controls(drift=0.0))[0]["drift"] == 0.0


def test_the_generator_maximises_its_score() -> None:
    fake = torch.tensor([[1.0], [-4.0]])
    found = ProGAN().generator_terms(Judge(lambda x: x[:, 0]), fake, controls())
    assert {name: float(term) for name, term in found.items()} == {"generator": 1.5}


def test_the_papers_numbers() -> None:
    c = controls()
    assert (c.gp_weight, c.drift, c.critic_steps, c.batch_size, c.ema_decay) == (10.0, 1e-3, 1, 16, 0.999)
    assert (c.learning_rate_d, c.learning_rate_g) == (1e-3, 1e-3)
    assert (c.beta1_d, c.beta2_d, c.beta1_g, c.beta2_g) == (0.0, 0.99, 0.0, 0.99)
    assert (c.images_per_level, c.images_per_fade) == (600_000, 600_000)
    assert ProGAN.averages_after == "discriminator"


# The schedule ------------------------------------------------------------------------------------------------------


class Tall(nn.Module):
    """A discriminator with so many levels."""

    def __init__(self, levels: int = LEVELS) -> None:
        super().__init__()
        self.levels = levels
        self.weight = nn.Parameter(torch.zeros(1))

    def set_stage(self, stage: Stage) -> None:
        raise AssertionError("a variant says the stage, it does not set it")


def shown(variant: ProGAN, updates: int, c: ProGANControls = SHORT, levels: int = LEVELS) -> Phase:
    """Where it stands after so many more updates of D."""
    for _ in range(updates):
        variant.after_discriminator_step(Tall(levels), c)
    return variant.phase(0, levels, c)


def test_the_schedule_position_by_position() -> None:
    """10 images an update, 40 a level, 20 a fade: 4 updates at 4 px, 2 fading to 8 px, 4 at 8 px, 2 to 16 px."""
    variant = ProGAN()
    seen = [shown(variant, 0), *(shown(variant, 1) for _ in range(14))]
    stable = [(0, 1.0)] * 4
    expected = [*stable, (1, 0.0), (1, 0.5), *[(1, 1.0)] * 4, (2, 0.0), (2, 0.5), *[(2, 1.0)] * 3]
    assert [(now.stage.level, now.stage.alpha) for now in seen if now.stage] == expected
    assert [now.shown for now in seen] == [0, 10, 20, 30, 0, 10, 0, 10, 20, 30, 0, 10, 0, 10, 20]
    assert [now.lasts for now in seen] == [40] * 4 + [20] * 2 + [40] * 4 + [20] * 2 + [0] * 3
    assert {now.levels for now in seen} == {LEVELS}


def test_the_last_level_lasts_to_the_end() -> None:
    now = shown(ProGAN(), 100)
    assert (now.stage, now.lasts) == (Stage(2), 0)


def test_the_papers_schedule_in_images() -> None:
    """600,000 stable at 4 px, then 600,000 a fade and 600,000 a level: 32 px have faded in after 3.6 million images."""
    variant, c, at = ProGAN(), controls(batch_size=6000), 0
    for images, stage in (
        (594_000, Stage(0)), (600_000, Stage(1, 0.0)), (900_000, Stage(1, 0.5)), (1_200_000, Stage(1)),
        (1_800_000, Stage(2, 0.0)), (2_400_000, Stage(2)), (3_594_000, Stage(3, 0.99)), (3_600_000, Stage(3)),
    ):
        assert shown(variant, images // 6000 - at, c, levels=9).stage == stage
        at = images // 6000


def test_players_of_one_level_do_not_grow() -> None:
    now = shown(ProGAN(), 50, levels=1)
    assert (now.stage, now.lasts) == (Stage(0), 0)


def test_grow_now_ends_the_phase_at_once() -> None:
    variant = ProGAN()
    shown(variant, 1)
    seen = []
    for _ in range(5):
        variant.end_phase(LEVELS, SHORT)
        now = variant.phase(0, LEVELS, SHORT)
        assert now.stage is not None
        seen.append((now.stage.level, now.stage.alpha, now.shown))
        shown(variant, 1)
    assert seen == [(1, 0.0, 0), (1, 1.0, 0), (2, 0.0, 0), (2, 1.0, 0), (2, 1.0, 10)]  # the last: nothing left to do


def test_a_schedule_that_is_moved_holds_at_once() -> None:
    variant = ProGAN()
    assert shown(variant, 5).stage == Stage(1, 0.5)
    slower = controls(batch_size=10, images_per_level=40, images_per_fade=100)
    assert variant.phase(0, LEVELS, slower).stage == Stage(1, 0.1)
    faster = controls(batch_size=10, images_per_level=40, images_per_fade=5)
    assert variant.phase(0, LEVELS, faster).stage == Stage(1, 1.0)
    now = shown(variant, 1, faster)
    assert (now.stage, now.shown) == (Stage(1), 0)
    assert shown(variant, 1, controls(batch_size=10, images_per_level=1, images_per_fade=20)).stage == Stage(2, 0.0)


@pytest.mark.parametrize(("start", "level"), [(4, 0), (8, 1), (16, 2), (1024, 2)])
def test_it_can_start_larger(start: int, level: int) -> None:
    c = controls(batch_size=10, images_per_level=40, images_per_fade=20, start_resolution=start)
    variant = ProGAN()
    assert variant.phase(0, LEVELS, c).stage == Stage(level)
    now = shown(variant, 4, c)
    assert now.stage == (Stage(level + 1, 0.0) if level < 2 else Stage(2))


@pytest.mark.parametrize("start", [5, 12, 1023])
def test_a_start_that_no_level_has_is_refused(start: int) -> None:
    with pytest.raises(BadInput, match=f"start_resolution = {start} is not allowed: it is a power of two from 4"):
        controls(start_resolution=start)


@pytest.mark.parametrize("updates", [0, 3, 5, 8, 30])
def test_what_it_remembers_comes_back(updates: int) -> None:
    variant, other = ProGAN(), ProGAN()
    shown(variant, updates)
    other.load_state(variant.state())
    assert other.state() == variant.state()
    for _ in range(12):
        assert shown(other, 0) == shown(variant, 0)
        shown(other, 1)
        shown(variant, 1)


def test_the_level_is_a_curve_that_rises_with_alpha() -> None:
    variant = ProGAN()
    seen = []
    for _ in range(12):
        shown(variant, 1)
        seen.append(float(variant.diagnostics()["level"]))
    assert seen == [0, 0, 0, 0, 0.5, 1, 1, 1, 1, 1, 1.5, 2]


# The game ----------------------------------------------------------------------------------------------------------


def trainer_of(seed: int = 2, **values: Value) -> Trainer:
    return Trainer(Spec(
        variant="progan", data="avatars", seed=seed, device="cpu", threads=1, dtype="float32", memory="contiguous",
        controls={"batch_size": 4, "images_per_level": 8, "images_per_fade": 16, **values},
        network_controls={"width": 4, "latent_dim": 5, "resolution": 0},  # the avatars' own 64 px: nothing to resize
    ))


def stages(trainer: Trainer) -> set[Stage]:
    """The stages at which the players and the average stand."""
    game = trainer.game
    assert game.average is not None
    modules = (game.modules["G"], game.modules["D"], game.average.module)
    return {module.stage for module in modules
            if isinstance(module, ProgressiveGenerator | ProgressiveDiscriminator)}


def test_the_players_follow_the_schedule() -> None:
    trainer = trainer_of()
    seen = []
    for _ in range(14):
        (stage,) = stages(trainer)
        assert trainer.game.phase.stage == stage
        seen.append((stage.resolution, stage.alpha))
        made = trainer.game.generate(Given(latent=torch.zeros(1, 5)))
        assert made.shape == (1, 3, stage.resolution, stage.resolution)
        trainer.step()
    eight, sixteen = ([(px, alpha) for alpha in (0.0, 0.25, 0.5, 0.75, 1.0, 1.0)] for px in (8, 16))
    assert seen == [(4, 1.0)] * 2 + eight + sixteen
    trainer.flush()
    assert trainer.divergence is None


def test_real_images_fade_as_the_generators_do() -> None:
    """What a stage does to real images is what G does to its own: the halved ones doubled, and so much of the new."""
    trainer = trainer_of()
    real = trainer.game.data.gather(torch.arange(3))
    assert real.shape == (3, 3, 64, 64)
    for _ in range(4):
        trainer.step()
    assert stages(trainer) == {Stage(1, 0.5)}
    of_8 = real.reshape(3, 3, 8, 8, 8, 8).mean(dim=(3, 5))
    expected = 0.5 * of_8 + 0.5 * doubled(halved(of_8))
    torch.testing.assert_close(trainer.game.real_at_stage(real), expected, rtol=0, atol=1e-6)
    G, z = trainer.game.modules["G"], torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    assert isinstance(G, ProgressiveGenerator)
    with torch.no_grad():
        half = G(z)
        G.set_stage(Stage(1))
        new = G(z)
        G.set_stage(Stage(0))
        old = doubled(G(z))
    torch.testing.assert_close(half, 0.5 * new + 0.5 * old, rtol=0, atol=1e-6)


def test_a_new_level_takes_fresh_optimisers_and_the_same_weights() -> None:
    trainer = trainer_of()
    game = trainer.game
    trainer.step()
    trainer.update()
    assert stages(trainer) == {Stage(1, 0.0)}
    for player in game.players.values():
        fresh = optimiser("adam", player.flat).state()
        assert all(torch.equal(tensor, fresh[name]) for name, tensor in player.optimiser.state().items())
    before = game.weights_hash()
    trainer.apply(Grow())
    assert game.weights_hash() == before
    trainer.step()
    trainer.step()
    for player in game.players.values():
        assert player.optimiser.state()["square"].any()


def test_a_schedule_that_is_moved_moves_the_players_at_once() -> None:
    trainer = trainer_of()
    for _ in range(3):
        trainer.step()
    assert stages(trainer) == {Stage(1, 0.25)}
    trainer.apply(Change(name="images_per_fade", value=40))
    assert stages(trainer) == {Stage(1, 0.1)}


def test_the_end_of_a_fade_is_no_new_level() -> None:
    trainer = trainer_of(images_per_level=1000)
    trainer.apply(Grow())
    trainer.step()
    player = trainer.game.players["generator"]
    kept = {name: tensor.clone() for name, tensor in player.optimiser.state().items()}
    trainer.apply(Grow())
    assert stages(trainer) == {Stage(1)}
    assert kept["square"].any()
    assert all(torch.equal(tensor, kept[name]) for name, tensor in player.optimiser.state().items())


def test_the_average_of_g_moves_with_d() -> None:
    trainer = trainer_of()
    average = trainer.game.average
    assert average is not None
    for _ in range(4):
        before, player = average.count, trainer.game.next_player()
        trainer.update()
        assert average.count - before == (1 if player == "discriminator" else 0)


def test_grow_now_is_logged_and_the_run_can_be_repeated_from_its_log() -> None:
    trainer, again = trainer_of(images_per_level=1000), trainer_of(images_per_level=1000)
    for run in (trainer, again):
        run.step()
        run.apply(Grow())
        run.step()
        assert stages(run) == {Stage(1, 0.25)}
    assert [entry.command for entry in trainer.log] == [Grow()]
    assert trainer.game.weights_hash() == again.game.weights_hash()


def test_a_run_goes_on_from_the_middle_of_a_fade() -> None:
    trainer, other = trainer_of(), trainer_of(seed=5)
    for _ in range(7):
        trainer.update()
    assert stages(trainer) == {Stage(1, 0.5)}
    load_game_state(other.game, load(save(game_state(trainer.game))))
    assert other.game.phase == trainer.game.phase
    assert stages(other) == stages(trainer)
    assert other.game.weights_hash() == trainer.game.weights_hash()
    for run in (trainer, other):
        for _ in range(8):
            run.update()
    assert other.game.weights_hash() == trainer.game.weights_hash()


def test_only_the_layers_of_the_stage_move() -> None:
    trainer = trainer_of(images_per_level=1000)
    before = {name: tensor.clone() for name, tensor in trainer.game.modules["G"].state_dict().items()}
    trainer.step()
    moved = {name for name, tensor in trainer.game.modules["G"].state_dict().items()
             if not torch.equal(tensor, before[name])}
    assert {name.split(".")[0] for name in moved} == {"smallest", "to_colours"}
    assert not any(name.startswith(("to_colours.1", "to_colours.2")) for name in moved)


def test_it_plays_with_its_own_network_and_on_images_only() -> None:
    with pytest.raises(BadInput, match="progan"):
        Trainer(Spec(variant="progan", data="ring", device="cpu"))
    with pytest.raises(BadInput, match=r"progan cannot be used with network dcgan"):
        Trainer(Spec(variant="progan", data="avatars", network="dcgan", device="cpu"))
