"""``ganstudio train --compare``: two to six runs in lockstep, on the same data, noise and batches; a table."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ganstudio.commands import arguments, terminal
from ganstudio.commands.comparison_entries import FEWEST, MOST, Entry, control_of, entries_of, specs_of
from ganstudio.commands.progress_display import show_spinner
from ganstudio.core.control import declared
from ganstudio.core.protocol.spec import MAX_SEED, Plan, Planned, Spec
from ganstudio.core.runs.format import SUFFIX, short, there
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.paths import why_absent
from ganstudio.core.system.shutdown_signals import defer_signals
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ganstudio.core.protocol.views import ScalarBatch
    from ganstudio.training.lockstep import Lockstep, Partner, SharedDraws
    from ganstudio.training.measuring import Measured
    from ganstudio.training.recorder import Recorder
    from ganstudio.training.trainer import Trainer

MOST_SEEDS = 1000


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of all entries with one seed."""

    seed: int
    reports: list[dict[str, Any]]  # `train`'s object of each run, and what a comparison adds
    shared: SharedDraws
    compared: dict[str, int]  # of how many updates of each player the draws were compared
    notes: list[str]  # why something was not shared
    seconds: float


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the words of comparisons."""
    parser.add_argument("--compare", default=None, metavar="V1,V2,…",
                        help=f"trains {FEWEST} to {MOST} runs in lockstep, on the same data, noise and batches, in the "
                             "place of --variant; an entry may have its own controls and preset: "
                             "wgan-gp,wgan-gp:critic_steps=1:preset=paper")
    parser.add_argument("--seeds", default=None, metavar="A..B",
                        help="repeats a comparison with every seed from A to B, and gives mean and spread (sample "
                             "standard deviation)")


def run(args: argparse.Namespace) -> int:
    """Trains, measures and compares. Returns 0, or 1 if a run diverged."""
    _refuse_others(args)
    entries = entries_of(args.compare)
    seeds = _seeds(args)
    steps = None if args.steps is None else arguments.steps(args.steps)
    moments = arguments.moments(args.at)

    from ganstudio.commands import train

    specs = specs_of(entries, train.spec_of(args))
    files = _files(args.run, entries, seeds if args.seeds is not None else [])
    rounds: list[Round] = []
    with _progress(entries, args.data) as (progress, task):
        for at, seed in enumerate(seeds):
            with show_spinner(f"preparing {args.data}"):
                trainers = _trainers(specs, seed)
            if not rounds:
                _tell_warnings(entries, trainers)
            total = trainers[0].preset.steps if steps is None else steps
            changes = _changes(entries, trainers, moments, total)
            progress.update(task, total=total * len(seeds), completed=total * at)
            rounds.append(_played(entries, trainers, changes, total, files[at] if files else [], progress, task))
    if args.json:
        arguments.print_json(_json(args, rounds))
    else:
        _print(args, entries, rounds)
    return 1 if any(report["diverged"] is not None for each in rounds for report in each.reports) else 0


# What is asked for ---------------------------------------------------------------------------------------------------


def _refuse_others(args: argparse.Namespace) -> None:
    """Raises BadInput if an option was given that means nothing for a comparison."""
    if args.compare is None:
        raise BadInput(f"--seeds {args.seeds[:60]} is for comparisons and goes with --compare V1,V2,…: a single run "
                       "has --seed")
    if args.resume:
        raise BadInput("--resume does not go with --compare, which begins new runs: `ganstudio train --resume RUN` "
                       "continues any one of them")
    if args.variant is not None:
        raise BadInput(f"--variant {args.variant} does not go with --compare, which names the variants itself")
    if args.data_path:
        raise BadInput(f"--data-path {args.data_path} is for a run that goes on, and does not go with --compare: new "
                       "runs take their data from --data-set path=FOLDER")
    if args.data is None:
        raise BadInput("--data is required: --compare says which variants are trained, and --data on what")
    if args.seed is not None and args.seeds is not None:
        raise BadInput(f"--seed {args.seed} does not go with --seeds {args.seeds}: give one of the two")


def _seeds(args: argparse.Namespace) -> list[int]:
    """The seeds, one after the other."""
    if args.seeds is None:
        return [arguments.seed("0" if args.seed is None else args.seed)]
    first, dots, last = args.seeds.partition("..")
    if not dots:
        raise BadInput(f"--seeds takes a range FIRST..LAST of whole numbers, such as 0..4, not '{args.seeds[:60]}'")
    low, high = (arguments.whole(f"the {which} seed of --seeds", text.strip(), 0, MAX_SEED)
                 for which, text in (("first", first), ("last", last)))
    if not low <= high < low + MOST_SEEDS:
        raise BadInput(f"--seeds {args.seeds[:60]} is not possible: the last seed is at least the first one, and there "
                       f"are at most {MOST_SEEDS:,}")
    return list(range(low, high + 1))


def _trainers(specs: Sequence[Spec], seed: int) -> list[Trainer]:
    """The runs before their first update; those that are given no batch size have that of the first."""
    from ganstudio.training.trainer import Trainer

    trainers: list[Trainer] = []
    for spec in specs:
        controls = spec.controls
        if trainers:
            controls = {"batch_size": trainers[0].game.controls.batch_size, **controls}
        trainers.append(Trainer(msgspec.structs.replace(spec, seed=seed, controls=controls)))
    return trainers


def _tell_warnings(entries: Sequence[Entry], trainers: Sequence[Trainer]) -> None:
    """Each warning once, with the entries that it is about if it is not about all."""
    found: dict[str, list[str]] = {}
    for entry, trainer in zip(entries, trainers, strict=True):
        for warning in trainer.warnings:
            found.setdefault(warning, []).append(entry.text)
    for warning, about in found.items():
        whom = "" if len(about) == len(entries) else f"{', '.join(about)}: "
        terminal.remark(f"note: {whom}{warning}")


def _changes(
    entries: Sequence[Entry], trainers: Sequence[Trainer], moments: list[tuple[int, str, str]], total: int,
) -> list[list[Planned]]:
    """The changes of ``--at`` for each run that has the control; BadInput if none has it."""
    from ganstudio.commands import train

    owners = [type(trainer.game.controls) for trainer in trainers]
    known = list(dict.fromkeys(name for owner in owners for name in declared(owner)))
    for _, name, _ in moments:
        if name not in known and "." not in name:  # one with a point belongs to the data, which all runs have
            raise unknown(control_of("variant", [entry.variant for entry in entries]), name, known)
    return [train.checked(trainer, [moment for moment in moments if moment[1] in declared(owner) or "." in moment[1]],
                          total) for trainer, owner in zip(trainers, owners, strict=True)]


# The files ------------------------------------------------------------------------------------------------------------


def _files(text: str | None, entries: Sequence[Entry], seeds: Sequence[int]) -> list[list[Path]]:
    """A file for each run, seed by seed: ``NAME-1 wgan.ganrun``; none if the runs are not kept.

    Args:
        text: What follows ``--run``: the name that files begin with, or a folder.
        entries: What is compared.
        seeds: The seeds if there are several: each file then names its own.

    Raises:
        BadInput: One of them exists already, or cannot be made.
    """
    if not text:
        return []
    where = Path(text)
    is_folder = there(where) and where.is_dir()
    folder, name = (where, "comparison") if is_folder else (where.parent, where.name.removesuffix(SUFFIX))
    endings = [f" seed {seed}" for seed in seeds] or [""]
    files = [[folder / f"{name}-{at} {entry.variant}{ending}{SUFFIX}" for at, entry in enumerate(entries, 1)]
             for ending in endings]
    for path in [path for each in files for path in each]:
        arguments.new_run(str(path))
        if why_absent(path) == "":
            raise BadInput(f"run file {short(path)} exists already: nothing is overwritten, choose another name")
    return files


# Training -------------------------------------------------------------------------------------------------------------


@contextmanager
def _progress(entries: Sequence[Entry], data: str) -> Iterator[tuple[Progress, TaskID]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = terminal.console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
    yield progress, progress.add_task(f"{', '.join(entry.variant for entry in entries)} on {data}", total=None)


def _played(
    entries: Sequence[Entry], trainers: Sequence[Trainer], changes: Sequence[Sequence[Planned]], total: int,
    files: Sequence[Path], progress: Progress, task: TaskID,
) -> Round:
    """Trains all entries with one seed, and measures them. However it ends, the files are whole."""
    from ganstudio.commands import train
    from ganstudio.training.lockstep import DRAWS, Lockstep, Partner

    partners = [Partner(entry.text, trainer, each)
                for entry, trainer, each in zip(entries, trainers, changes, strict=True)]
    lockstep = Lockstep(partners)
    with _recorded(partners, changes, total, files) as recorders:
        with progress, defer_signals() as requests:
            _train(lockstep, total, recorders, requests, progress, task)
        found = [_measured(partner, recorders.get(partner)) for partner in partners]
    reports = []
    for at, (partner, measured) in enumerate(zip(partners, found, strict=True)):
        trainer = partner.trainer
        path = files[at] if files else None
        report = train.report_of(trainer, trainer.game.steps, partner.seconds, partner.terms, measured, path)
        reports.append({**report, "entry": partner.name, "controls": trainer.spec.controls,
                        "network_controls": trainer.spec.network_controls, "drawn": lockstep.drawn(partner)})
    return Round(
        seed=trainers[0].spec.seed, reports=reports, shared=lockstep.shared(), notes=lockstep.why_not_shared(),
        compared={player: lockstep.compared(player) for player, _ in DRAWS.values()},
        seconds=sum(partner.seconds for partner in partners))


@contextmanager
def _recorded(
    partners: Sequence[Partner], changes: Sequence[Sequence[Planned]], total: int, files: Sequence[Path],
) -> Iterator[dict[Partner, Recorder]]:
    """Records the runs, if there are files for them; without any, there are no recorders."""
    from ganstudio.commands.train import close
    from ganstudio.training.recorder import Recorder

    recorders: dict[Partner, Recorder] = {}
    try:
        with defer_signals():  # lost on its way here, a recorder's thread would keep the program from ending
            for partner, path, planned in zip(partners, files, changes, strict=False):
                plan = Plan(steps=total, changes=list(planned))
                recorders[partner] = Recorder(path, partner.trainer, plan=plan)
        yield recorders
        for recorder in recorders.values():
            close(recorder)
    except BaseException:
        for recorder in recorders.values():
            recorder.close(patient=False)
        raise


def _train(
    lockstep: Lockstep, total: int, recorders: dict[Partner, Recorder], requests: Sequence[int], progress: Progress,
    task: TaskID,
) -> None:
    from ganstudio.commands.train import NOTED_S, wait_for_room

    def note(partner: Partner, batches: list[ScalarBatch]) -> None:
        recorder = recorders[partner]
        recorder.note(batches)
        if recorder.trouble:
            wait_for_room(recorder, requests)

    lockstep.heard = note if recorders else None
    before = progress.tasks[0].completed
    noted = time.perf_counter()
    while not requests and (partner := lockstep.update(total)) is not None:
        if recorders:
            recorders[partner].look()
        if time.perf_counter() - noted > NOTED_S:
            if recorders:
                lockstep.read_all()
            steps = sum(one.trainer.game.steps for one in lockstep.partners) / len(lockstep.partners)
            progress.update(task, completed=before + int(steps))
            noted = time.perf_counter()
    lockstep.read_all()
    for recorder in recorders.values():
        recorder.look_closely()


def _measured(partner: Partner, recorder: Recorder | None) -> Measured:
    """The numbers of a run's generator, which its file keeps too; none of one that diverged."""
    from ganstudio.commands.train import SAMPLES
    from ganstudio.core.protocol.messages import MeasuredNow
    from ganstudio.training.measuring import SCORED, Measured, compute_measures, copy_for_measuring

    if partner.trainer.divergence is not None:
        found = Measured(measures={}, floors={}, samples=SAMPLES)
    else:
        with show_spinner(f"measuring {partner.name}"):
            found = compute_measures(copy_for_measuring(partner.trainer, SAMPLES, scored=SCORED))
    if recorder is not None:
        recorder.measured(MeasuredNow(
            run=0, steps=partner.trainer.game.steps, samples=found.samples, measures=found.measures,
            floors=found.floors, net=found.net, in_user_units=True))
    return found


# Reporting ------------------------------------------------------------------------------------------------------------


def _json(args: argparse.Namespace, rounds: Sequence[Round]) -> dict[str, Any]:
    """The one object: all runs, seed by seed, and what those of the first seed shared."""
    first = rounds[0]
    found = {
        "data": args.data, "seeds": [each.seed for each in rounds], "seconds": sum(each.seconds for each in rounds),
        "runs": [report for each in rounds for report in each.reports],
        "shared": first.shared, "compared_updates": first.compared, "notes": first.notes,
    }
    if args.seeds is None:
        return found
    from ganstudio.commands.comparison_table import summaries

    by_seed = [{"seed": each.seed, "shared": each.shared, "compared_updates": each.compared, "notes": each.notes}
               for each in rounds]
    return {**found, "by_seed": by_seed, "summary": summaries([each.reports for each in rounds])}


def _print(args: argparse.Namespace, entries: Sequence[Entry], rounds: Sequence[Round]) -> None:
    """Reports in words and as a table."""
    from ganstudio.commands.comparison_table import print_wide, summaries, table_of
    from ganstudio.training.resolve_spec import variants

    reports = [report for each in rounds for report in each.reports]
    seeds = f"seed {rounds[0].seed}" if args.seeds is None else f"seeds {rounds[0].seed} to {rounds[-1].seed}"
    sizes = " and ".join(f"{size:,}" for size in sorted({report["controls"]["batch_size"] for report in reports}))
    steps, seconds = max(report["steps"] for report in reports), sum(each.seconds for each in rounds)
    terminal.say(
        f"{', '.join(entry.text for entry in entries)} on {args.data}: {counted(len(entries), 'run')} in lockstep, "
        f"{counted(steps, 'step')}, {seeds}, batches of {sizes}, {seconds:.{1 if seconds >= 1 else 2}f} s on "
        f"{reports[0]['device']}")
    reads_w1 = [variants()[entry.variant].reads_w1 for entry in entries]
    print_wide(terminal.console(), table_of(summaries([each.reports for each in rounds]), reads_w1))
    for net in dict.fromkeys(report["feature_net"] for report in reports if "feature_net" in report):
        terminal.say(f"features: {net}")
    for report in reports:
        if (bad := report["diverged"]) is not None:
            terminal.remark(f"{report['entry']}, seed {report['seed']}, diverged: the term '{bad.term}' became "
                            f"{bad.value} at step {bad.at:,.0f}; it stopped, the others went on")
    for line in _shared_lines(rounds):
        terminal.say(line)
    for report in reports:
        if report["run"]:
            terminal.say(f"kept in {report['run']}")


def _shared_lines(rounds: Sequence[Round]) -> list[str]:
    """What the runs of each seed drew alike, and what not; in one line for all seeds if it is the same things."""
    from ganstudio.training.lockstep import DRAWS, WORDS

    def alike(each: Round) -> dict[str, str]:
        found: dict[str, str | None] = msgspec.structs.asdict(each.shared)
        return {name: digest for name, digest in found.items() if digest is not None}

    def updates(each: Round) -> str:
        counts = sorted({each.compared[DRAWS[name][0]] for name in alike(each)})
        return f"the first {' and '.join(map(str, counts))} updates"

    if len(rounds) > 1 and len({(*alike(each), updates(each), *each.notes) for each in rounds}) == 1:
        same = ", ".join(WORDS[name] for name in alike(rounds[0]))
        lines = [f"the same for all runs, with each seed: {same} (SHA-256 of {updates(rounds[0])})"] if same else []
        return [*lines, *rounds[0].notes]
    lines = []
    for each in rounds:
        seed = f"seed {each.seed}, " if len(rounds) > 1 else ""
        if same := ", ".join(f"{WORDS[name]} {digest[:12]}" for name, digest in alike(each).items()):
            lines.append(f"{seed}the same for all runs: {same} (SHA-256 of {updates(each)})")
        lines += [f"{seed}{note}" for note in each.notes]
    return lines
