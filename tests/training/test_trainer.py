"""One run: what a hand may do, what is logged, and how a divergence is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.core.protocol.spec import Change, LogEntry, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.core.runs.joined_terms import merge_batches
from ganstudio.core.system.errors import BadInput
from ganstudio.training.scalars import ScalarBuffer
from ganstudio.training.trainer import Trainer


def trainer_of(variant: str = "wgan-gp", **controls: Any) -> Trainer:
    return Trainer(Spec(
        variant=variant, data="ring", seed=1, device="cpu", threads=1, controls={"batch_size": 16, **controls},
        network_controls={"width": 8, "depth": 1},
    ))


def stepped(trainer: Trainer, steps: int) -> Trainer:
    for _ in range(steps):
        trainer.step()
    return trainer


def at_of(trainer: Trainer, player: str) -> list[float]:
    """Where the terms of a player stand, over everything flushed now."""
    found = [at for batch in trainer.flush() if batch.player == player
             for at in np.frombuffer(batch.at.data, np.float64).tolist()]
    return [float(at) for at in found]


def test_a_change_takes_effect_once_its_step_is_done() -> None:
    """The same run until then, another one afterwards; a change before the first update is a setting."""
    plain, changed = stepped(trainer_of(), 4), stepped(trainer_of(), 4)
    assert changed.game.weights_hash() == plain.game.weights_hash()
    entry = changed.apply(Change(name="gp_weight", value=50.0))
    assert entry == LogEntry(position=Position(steps=4, by_player={"discriminator": 8, "generator": 4}),
                             command=Change(name="gp_weight", value=50.0))
    assert changed.game.weights_hash() == plain.game.weights_hash()
    stepped(plain, 1), stepped(changed, 1)
    assert changed.game.weights_hash() != plain.game.weights_hash()

    early, given = trainer_of(), stepped(trainer_of(gp_weight=50.0), 3)
    early.apply(Change(name="gp_weight", value=50.0))
    assert stepped(early, 3).game.weights_hash() == given.game.weights_hash()


def test_the_log_replayed_gives_the_same_weights() -> None:
    trainer = trainer_of()
    for updates, command in (
        (5, Change(name="gp_weight", value=5.0)), (2, SingleStep(player="discriminator")),
        (3, SingleStep(player="generator")), (1, Change(name="critic_steps", value=1)),
        (4, Change(name="batch_size", value=7)), (2, Change(name="optimiser_d", value="rmsprop")),
    ):
        for _ in range(updates):
            trainer.update()
        trainer.apply(command)
    stepped(trainer, 3)

    again = Trainer(trainer.spec)
    for entry in trainer.log:
        while again.position.updates < entry.position.updates:
            again.update()
        assert again.apply(entry.command) == entry
    while again.position.updates < trainer.position.updates:
        again.update()
    assert again.position == trainer.position
    assert again.game.weights_hash() == trainer.game.weights_hash()


@pytest.mark.parametrize("command", [
    Change(name="gp_wieght", value=1.0), Change(name="gp_weight", value=1e9), Change(name="gp_weight", value="much"),
    Change(name="gp_weight", value=math.nan), Change(name="gp_weight", value=True),
    Change(name="gp_weight", value=[1.0]), Change(name="critic_steps", value=2.5),
    Change(name="gp_sides", value="three"), Change(name="optimiser_d", value="x"), Change(name="width", value=16),
    Change(name="", value=0), SingleStep(player="both"), SingleStep(player=""),
])
def test_what_is_refused_leaves_everything_as_it_was(command: Change | SingleStep) -> None:
    trainer = stepped(trainer_of(), 2)
    before = trainer.settings(), trainer.position, trainer.game.weights_hash(), trainer.waiting_scalars
    with pytest.raises(BadInput) as fault:
        trainer.apply(command)
    assert "\n" not in str(fault.value) and len(str(fault.value)) < 600
    assert trainer.log == []
    assert (trainer.settings(), trainer.position, trainer.game.weights_hash(), trainer.waiting_scalars) == before
    other = stepped(trainer_of(), 3)
    assert stepped(trainer, 1).game.weights_hash() == other.game.weights_hash()


def test_the_sentence_names_what_was_meant() -> None:
    with pytest.raises(BadInput, match=r"unknown control of variant wgan-gp 'gp_wieght': did you mean 'gp_weight'\?"):
        trainer_of().apply(Change(name="gp_wieght", value=1.0))


# Scalars -----------------------------------------------------------------------------------------------------------


def test_every_update_is_a_row_of_its_player() -> None:
    trainer = trainer_of(critic_steps=3)
    for _ in range(10):
        trainer.update()
    assert trainer.waiting_scalars == 10
    batches = {batch.player: batch for batch in trainer.flush()}
    assert batches["discriminator"].names == ["critic", "penalty"]
    assert batches["discriminator"].values.shape == (8, 2)
    assert batches["generator"].values.shape == (2, 1)
    assert trainer.waiting_scalars == 0
    assert trainer.flush() == []


def test_the_jth_update_of_a_step_stands_at_its_share_of_the_step() -> None:
    trainer = stepped(trainer_of(critic_steps=3), 2)
    at = {batch.player: np.frombuffer(batch.at.data, np.float64) for batch in trainer.flush()}
    assert at["discriminator"] == pytest.approx([0.25, 0.5, 0.75, 1.25, 1.5, 1.75])
    assert at["generator"] == pytest.approx([1.0, 2.0])


def test_the_terms_are_those_of_the_update() -> None:
    trainer, other = trainer_of(), trainer_of()
    trainer.update()
    _, terms, _ = other.game.update()
    (batch,) = trainer.flush()
    assert batch.values.numpy()[0].tolist() == [float(term.detach()) for term in terms.values()]


def test_flushing_often_or_seldom_gives_the_same_rows() -> None:
    often, seldom = trainer_of(), trainer_of()
    rows: list[list[float]] = []
    for _ in range(12):
        often.update()
        rows.extend(row for batch in often.flush() if batch.player == "discriminator"
                    for row in batch.values.numpy().tolist())
        seldom.update()
    whole = next(batch for batch in seldom.flush() if batch.player == "discriminator")
    assert rows == whole.values.numpy().tolist()


def test_curves_never_run_backwards() -> None:
    trainer = trainer_of(critic_steps=3)
    trainer.update()
    trainer.update()
    trainer.apply(SingleStep(player="discriminator"))
    trainer.step()
    at = at_of(trainer, "discriminator")
    assert at == sorted(at) and len(set(at)) == len(at)


# Divergence --------------------------------------------------------------------------------------------------------


def divergence_of(trainer: Trainer) -> Divergence | None:
    return trainer.divergence


def test_a_run_that_diverges_says_which_term_and_when() -> None:
    trainer = trainer_of(critic_steps=2)
    stepped(trainer, 3)
    assert trainer.flush() and divergence_of(trainer) is None
    trainer.game.players["discriminator"].flat[0] = math.nan
    trainer.update()
    assert divergence_of(trainer) is None, "noticed when the terms are read, not before"
    batches = trainer.flush()
    bad = divergence_of(trainer)
    assert bad is not None
    assert (bad.term, bad.value) == ("critic", "nan")
    assert bad.at == pytest.approx(3 + 1 / 3)
    assert math.isnan(batches[0].values.numpy()[-1, 0]), "shown, not repaired"
    stepped(trainer, 2)
    trainer.flush()
    assert divergence_of(trainer) == bad, "the first one stays"


def test_rates_of_one_and_a_heavy_penalty_diverge() -> None:
    trainer = trainer_of(learning_rate_d=1.0, learning_rate_g=1.0, gp_weight=100.0, optimiser_d="sgd",
                         optimiser_g="sgd", schedule="constant")
    while trainer.divergence is None and trainer.game.steps < 200:
        trainer.step()
        trainer.flush()
    assert trainer.divergence is not None
    assert trainer.divergence.term in ("critic", "penalty", "generator")
    assert 0 < trainer.divergence.at <= trainer.game.steps
    assert trainer.divergence.value in ("nan", "inf", "-inf")


def test_the_first_bad_term_is_found_across_players_and_names() -> None:
    def term(value: float) -> Tensor:
        return torch.tensor(value)

    buffer = ScalarBuffer()
    buffer.add("discriminator", {"critic": term(1.0), "penalty": term(2.0)}, 0.5)
    buffer.add("generator", {"generator": term(math.inf)}, 1.0)
    buffer.add("discriminator", {"critic": term(math.nan), "penalty": term(math.nan)}, 1.5)
    _, bad = buffer.flush()
    assert bad is not None
    assert (bad.term, bad.at, bad.value) == ("generator", 1.0, "inf")

    buffer.add("discriminator", {"critic": term(1.0), "penalty": term(-math.inf)}, 2.5)
    buffer.add("generator", {"generator": term(math.nan)}, 3.0)
    _, bad = buffer.flush()
    assert bad is not None
    assert (bad.term, bad.at, bad.value) == ("penalty", 2.5, "-inf")
    assert buffer.flush() == ([], None)


def test_terms_that_come_in_some_updates_only_stay_in_the_order_of_the_updates() -> None:
    buffer, kept = ScalarBuffer(), []
    for update in range(9):
        lazy = {"penalty": torch.tensor(0.0)} if update % 4 == 0 else {}
        buffer.add("discriminator", {"critic": torch.tensor(1.0), **lazy}, update + 0.5)
        buffer.add("generator", {"generator": torch.tensor(1.0)}, update + 1.0)
        if update in (2, 5):
            kept += buffer.flush()[0]
    kept += buffer.flush()[0]
    for batches in kept, merge_batches(kept):
        found = [at for batch in batches if batch.player == "discriminator" for at in batch.at.doubles().tolist()]
        assert found == [update + 0.5 for update in range(9)]
        assert sum(batch.at.shape[0] for batch in batches if "penalty" in batch.names) == 3
    assert [len(batch.at.doubles()) for batch in merge_batches(kept)] == [1, 3, 1, 3, 1, 9]


def broken(trainer: Trainer) -> Trainer:
    trainer.game.players["discriminator"].flat[0] = math.nan
    trainer.update()
    trainer.flush()
    assert trainer.divergence is not None
    return trainer


def test_good_settings_are_those_before_the_last_change_ahead_of_the_divergence() -> None:
    trainer = stepped(trainer_of(gp_weight=3.0), 1)
    trainer.apply(Change(name="gp_weight", value=7.0))
    trainer.step()
    trainer.apply(Change(name="learning_rate_d", value=1.0))
    trainer.step()
    broken(trainer)
    settings = trainer.safe_settings()
    assert settings == {**trainer.settings(), "learning_rate_d": 2e-3}
    assert settings["gp_weight"] == 7.0
    Trainer(Spec(variant="wgan-gp", data="ring", controls=settings))  # they stand


def test_good_settings_of_an_untouched_run_are_its_presets() -> None:
    trainer = broken(trainer_of(gp_weight=3.0))
    assert trainer.settings()["gp_weight"] == 3.0
    assert trainer.safe_settings() == Trainer(Spec(variant="wgan-gp", data="ring", device="cpu")).settings()


def test_a_change_after_the_divergence_is_not_its_cause() -> None:
    trainer = trainer_of()
    trainer.apply(Change(name="gp_weight", value=7.0))
    stepped(trainer, 2)
    broken(trainer)
    stepped(trainer, 2)
    trainer.apply(Change(name="batch_size", value=8))
    assert trainer.safe_settings() == {**trainer.spec.controls}


def test_a_change_that_was_borne_for_long_is_not_its_cause() -> None:
    trainer = trainer_of()
    trainer.apply(Change(name="gp_weight", value=7.0))
    stepped(trainer, 3)
    trainer.divergence = Divergence(term="critic", at=9000.0, value="nan")
    assert trainer.safe_settings() == Trainer(Spec(variant="wgan-gp", data="ring", device="cpu")).settings()
    trainer.divergence = Divergence(term="critic", at=150.0, value="nan")
    assert trainer.safe_settings() == {**trainer.spec.controls}


def test_a_drag_is_taken_back_whole() -> None:
    trainer = trainer_of(gp_weight=3.0)
    for value in (0.01, 0.1, 1.0):
        trainer.apply(Change(name="learning_rate_d", value=value))
        trainer.step()
    broken(trainer)
    assert trainer.safe_settings() == {**trainer.spec.controls}
    assert trainer.safe_settings()["learning_rate_d"] == 2e-3


def test_a_stored_past_that_diverged_is_known_by_its_first_bad_term() -> None:
    trainer = stepped(trainer_of(), 2)
    trainer.restore_terms(trainer.flush())
    assert divergence_of(trainer) is None
    trainer.game.players["discriminator"].flat[0] = math.nan
    stepped(trainer, 2)
    past = trainer.flush()
    fresh = trainer_of()
    fresh.restore_terms([*past, *past])
    assert fresh.divergence is not None
    assert (fresh.divergence.term, fresh.divergence.value) == ("critic", "nan")
    assert fresh.divergence.at == past[0].at.doubles()[0]


def test_the_log_keeps_the_value_as_it_was_applied() -> None:
    trainer = trainer_of()
    entry = trainer.apply(Change(name="gp_weight", value="7"))
    assert trainer.settings()["gp_weight"] == 7.0
    assert isinstance(entry.command, Change)
    assert entry.command.value == 7.0


def test_the_run_obeys_its_number_of_threads() -> None:
    before = torch.get_num_threads()
    try:
        one, two = trainer_of(), Trainer(Spec(variant="wgan-gp", data="ring", device="cpu", threads=2))
        assert torch.get_num_threads() == 2
        one.activate()
        assert torch.get_num_threads() == 1
        two.activate()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
