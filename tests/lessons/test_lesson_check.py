"""A lesson is played without a window: its claims are measured, hold or do not, and are the same each time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from lesson_kit import TINY, write

from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.lessons.check import check, check_names
from ganstudio.lessons.prepare import prepare
from ganstudio.lessons.stage import Stage
from ganstudio.training.trainer import Trainer

RUN = ('run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, '
       'network_controls = { width = 4, depth = 1 } }')
W1 = TINY.replace('quantity = "step"', 'quantity = "w1"').replace("above = 3.5\nbelow = 4.5", "above = 0.0")


def test_claims_that_hold(tmp_path: Path) -> None:
    found = check(read_lesson(write(tmp_path)))
    assert [(claim.value, claim.holds, claim.at) for claim in found.claims] == [(4.0, True, 4), (2.0, True, 6)]
    assert found.holds


def test_a_claim_that_does_not_hold(tmp_path: Path) -> None:
    found = check(read_lesson(write(tmp_path, TINY.replace("above = 1.9\nbelow = 2.1", "above = 2.0"))))
    assert [claim.holds for claim in found.claims] == [True, False]
    assert not found.holds


def test_twice_the_same_numbers_and_those_of_the_command_train(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path, W1))
    first, second = check(lesson), check(lesson)
    assert first.claims == second.claims
    assert lesson.steps[0].run is not None
    trainer = Trainer(lesson.steps[0].run.spec())
    while trainer.game.steps < 4:
        trainer.step()
    from ganstudio.commands.train import _measured

    assert first.claims[0].value == _measured(trainer).measures["w1"]


def test_measuring_on_the_way_changes_nothing(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path, W1))
    stage = Stage(lesson)
    for step in lesson.steps:
        stage.enter(step)
        stage.play(step)
    run = lesson.steps[0].run
    assert run is not None
    alone = Trainer(run.spec())
    while alone.game.steps < 6:
        if alone.game.steps == 4 and not alone.log:
            for change in lesson.steps[1].changes:
                alone.apply(change)
        alone.step()
    assert stage.runs[0].trainer.game.weights_hash() == alone.game.weights_hash()


@pytest.mark.parametrize(("old", "new", "said"), [
    ('variant = "wgan-gp"', 'variant = "wgan-pg"', "step 1: unknown variant 'wgan-pg': did you mean 'wgan-gp'?"),
    ("gp_weight = 2.0", "gp_wait = 2.0", "step 2: unknown control of variant wgan-gp 'gp_wait'"),
    ("gp_weight = 2.0", "gp_weight = 2e9", "step 2: gp_weight = 2000000000 is out of range"),
    ('quantity = "step"', 'quantity = "stip"', "step 1, claim 1: unknown quantity 'stip': did you mean 'step'?"),
    ('quantity = "step"', 'quantity = "slope"\nwith = { part = "most" }', "unknown part 'most'"),
    ('quantity = "step"', 'quantity = "step"\nwith = { part = "most" }', "quantity step takes no parameters"),
    ('quantity = "control:gp_weight"', 'quantity = "control:gp"', "unknown control of variant wgan-gp 'gp'"),
    ("until = 4", "until = 4\nlayout = ['pionts']", "step 1: unknown panel 'pionts': did you mean 'points'?"),
    ("until = 4", "until = 4\nlayout = ['samples']", "panel samples is for data of kind image, and this is plane"),
])
def test_names_are_checked_before_anything_is_trained(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"tiny/lesson\.md, step ") as found:
        check_names(read_lesson(write(tmp_path, TINY.replace(old, new, 1))))
    assert said in str(found.value)


def test_runs_that_are_compared_step_together(tmp_path: Path) -> None:
    other = RUN.removeprefix("run = ").replace("batch_size = 8", "batch_size = 8, critic_steps = 1")
    text = TINY.replace(RUN, f"compare = [ {RUN.removeprefix('run = ')}, {other} ]").replace(
        'quantity = "control:gp_weight"', 'quantity = "control:gp_weight"\nof = 2').replace(
        'quantity = "step"', 'quantity = "control:critic_steps"\nof = 2\nless = { quantity = "step", of = 2 }').replace(
        "above = 3.5\nbelow = 4.5", "below = -2.5")
    found = check(read_lesson(write(tmp_path, text)))
    assert [claim.value for claim in found.claims] == [-3.0, 2.0]


def test_a_prepared_state_goes_on_as_the_run_did(tmp_path: Path) -> None:
    state = (f'[[state]]\nname = "ready"\n{RUN}\nsteps = 4\n\n[[step]]\nstate = "ready"\n')
    through = W1.replace("until = 4\n[[step.claim]]", "until = 4\n[[step.claim]]").replace(
        'quantity = "control:gp_weight"', 'quantity = "w1"').replace("above = 1.9\nbelow = 2.1", "above = 0.0")
    text = through.replace("[[step]]\n", state, 1).replace(RUN + "\nuntil = 4", "until = 4", 1)
    folder = write(tmp_path, through.replace(state, ""), "plain")
    plain = check(read_lesson(folder))
    lesson = read_lesson(write(tmp_path, text, "kept"))
    with pytest.raises(BadInput, match="`ganstudio lesson kept --prepare` makes it"):
        check(lesson)
    (made,) = prepare(lesson)
    assert made.is_file() and [each.name for each in made.parent.iterdir()] == ["ready.ganrun"]
    assert [claim.value for claim in check(lesson).claims] == [claim.value for claim in plain.claims]


def test_the_mean_of_a_term_is_of_the_last_updates(tmp_path: Path) -> None:
    text = TINY.replace('quantity = "step"', 'quantity = "term:generator/generator"').replace(
        "above = 3.5\nbelow = 4.5", "above = -1e9")
    lesson = read_lesson(write(tmp_path, text))
    run = lesson.steps[0].run
    assert run is not None
    trainer = Trainer(run.spec())
    while trainer.game.steps < 4:
        trainer.step()
    values = [value for batch in trainer.flush() if batch.player == "generator" for value in batch.values.numpy()[:, 0]]
    assert check(lesson).claims[0].value == pytest.approx(sum(values) / len(values))


def test_a_run_that_diverges_is_measured_as_it_is(tmp_path: Path) -> None:
    text = TINY.replace("batch_size = 8", "batch_size = 8, learning_rate_g = 1.0, optimiser_g = 'sgd', "
                                          "learning_rate_d = 1.0, optimiser_d = 'sgd', gp_weight = 100.0")
    text = text.replace("until = 4", "until = 400").replace("until = 6", "until = 410").replace(
        'quantity = "step"', 'quantity = "diverged"').replace("above = 3.5\nbelow = 4.5", "above = 0.5").replace(
        'quantity = "control:gp_weight"', 'quantity = "w1"')
    found = check(read_lesson(write(tmp_path, text)))
    assert [(claim.value, claim.holds) for claim in found.claims] == [(1.0, True), (None, False)]


def test_what_a_prepared_state_holds_does_not_depend_on_how_fast_it_was_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = f'[[state]]\nname = "ready"\n{RUN}\nsteps = 600\n\n[[step]]\nstate = "ready"\nat = 4\n'
    text = W1.replace("[[step]]\n", state, 1)
    lesson = read_lesson(write(tmp_path, text.replace(RUN + "\nuntil = 4", "until = 4")))
    monkeypatch.setattr("ganstudio.training.recorder.CHECKPOINT_S", 0.0)  # as if each part took very long
    (made,) = prepare(lesson)
    with closing(RunReader(made)) as reader:
        assert [position.steps for _, position in reader.moments()] == [4, 600]


def test_pictures_of_a_prepared_state_are_kept_without_its_weights(tmp_path: Path) -> None:
    state = f'[[state]]\nname = "ready"\n{RUN}\nsteps = 60\npictures = [ 10, 30 ]\n\n[[step]]\nstate = "ready"\n'
    lesson = read_lesson(write(tmp_path, W1.replace("[[step]]\n", state, 1).replace(RUN + "\nuntil = 4", "until = 60")
                               .replace("until = 6\n", "until = 61\n")))
    (made,) = prepare(lesson)
    with closing(RunReader(made)) as reader:
        assert [position.steps for _, position in reader.moments()] == [60]
        assert sorted({steps for _, name, steps in reader.frames() if name == "points"}) == [10, 30, 60]
