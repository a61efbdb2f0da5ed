"""``ganstudio train``: trains without a window, measures, and says what came out."""

from __future__ import annotations

import argparse
import math
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.commands import arguments, compare, terminal
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.core.protocol.spec import BACKWARDS, OF_DATA, STREAMS, Change, Plan, Planned, Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import defer_signals
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from rich.progress import TaskID

    from ganstudio.core.protocol.views import ScalarBatch
    from ganstudio.core.runs.write_lock import WriteLock
    from ganstudio.training.measuring import Measured
    from ganstudio.training.recorder import Recorder
    from ganstudio.training.trainer import Trainer

SAMPLES = 2500
NOTED_S = 0.25  # how long an update's terms wait at most before they are recorded
OF_A_NEW_RUN: dict[str, Any] = {
    "variant": None, "data": None, "network": "", "preset": "toy", "seed": "0", "set": [], "data_set": [],
    "net_set": [], "device": "auto", "threads": "0", "dtype": "auto", "memory": "auto", "streams": str(STREAMS),
    "backward": BACKWARDS[0], "graphs": False, "run": "",
}
"""The options of a new run, and what holds for each if it is not given; None: it must be."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("--variant", default=None, metavar="V", help="the objective, as `ganstudio catalog` names it")
    parser.add_argument("--data", default=None, metavar="D", help="the data set")
    parser.add_argument("--network", default=None, metavar="N", help="the network (default: what suits the data)")
    parser.add_argument("--preset", default=None, help="preset: paper, toy, or another of the variant (default: toy)")
    parser.add_argument("--steps", default=None, metavar="N", help="number of steps (default: the preset's)")
    parser.add_argument("--seed", default=None, metavar="S", help="seed of all random numbers (default: 0)")
    parser.add_argument("--set", action="append", default=None, metavar="K=V", help="a control of the variant")
    parser.add_argument("--data-set", action="append", default=None, metavar="K=V", help="a control of the data set")
    parser.add_argument("--net-set", action="append", default=None, metavar="K=V", help="a control of the network")
    parser.add_argument("--at", action="append", default=[], metavar="STEP:K=V",
                        help="changes a control once STEP steps are done; one of the data set as data.K")
    parser.add_argument("--device", default=None, help="device: auto, cpu, cuda or mps (default: auto)")
    parser.add_argument("--threads", default=None, metavar="N", help="number of CPU threads (default: what suits the "
                                                                     "network)")
    parser.add_argument("--dtype", default=None, metavar="T",
                        help="number format on images: auto, float32 or bfloat16 (default: auto, by a short test on "
                             "this machine)")
    parser.add_argument("--memory", default=None, metavar="M",
                        help="memory format on images: auto, contiguous or channels_last (default: auto, by the same "
                             "test)")
    parser.add_argument("--streams", default=None, metavar="N",
                        help=f"streams of random numbers: {STREAMS}, latents and real samples for each player "
                             "(default), 2, latents for each player, or 1, shared by all, as in runs of format 3")
    parser.add_argument("--backward", default=None, metavar="B",
                        help="gradients of small fully connected networks: written, by formulas (default), or "
                             "autograd; the results are equal but for rounding")
    parser.add_argument("--graphs", action="store_true", default=None,
                        help="on a CUDA device, repeats updates on points as CUDA graphs, so that Python does not hold "
                             "small networks up; not yet tried on a GPU, so it is off unless asked for")
    parser.add_argument("--run", default=None, metavar="FILE", help="keeps the run in a new .ganrun file")
    parser.add_argument("--resume", default="", metavar="RUN",
                        help="continues a kept run, for --steps more or to its planned end; if its device is not "
                             "here, on the CPU, from its last checkpoint and with other random numbers")
    compare.add(parser)
    arguments.add_data_path(parser, "of --resume: ")
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Trains. Returns 0, or 1 if a run diverged."""
    if args.compare is not None or args.seeds is not None:
        return compare.run(args)
    if args.resume:
        return _resumed(args)
    for name in ("variant", "data"):
        if getattr(args, name) is None:
            raise BadInput(f"--{name} is required: a new run needs --variant and --data, an old one --resume")
    if args.data_path:
        raise BadInput(f"--data-path {args.data_path} is for a run that goes on, and goes with --resume: a new one "
                       "takes its data from --data-set path=FOLDER")
    spec = spec_of(args)
    steps = None if args.steps is None else arguments.steps(args.steps)
    moments = arguments.moments(args.at)

    from ganstudio.training.recorder import Recorder
    from ganstudio.training.trainer import Trainer

    with show_spinner(f"preparing {args.data}"):  # a large file takes seconds to read, a folder of images longer
        trainer = Trainer(spec)
    for warning in trainer.warnings:
        terminal.remark(f"note: {warning}")
    total = trainer.preset.steps if steps is None else steps
    changes = checked(trainer, moments, total)
    path = arguments.new_run(args.run) if args.run is not None else None
    begin = None if path is None else lambda: Recorder(path, trainer, plan=Plan(steps=total, changes=changes))
    return _finish(args, trainer, total, changes, begin, path)


def spec_of(args: argparse.Namespace) -> Spec:
    """The new run that was asked for; what was not given is as usual."""
    given = {name: usual if getattr(args, name) is None else getattr(args, name)
             for name, usual in OF_A_NEW_RUN.items()}
    return Spec(
        variant=given["variant"], data=given["data"], network=given["network"], preset=given["preset"],
        seed=arguments.seed(given["seed"]), controls=dict(arguments.pairs("--set", given["set"])),
        data_controls=dict(arguments.pairs("--data-set", given["data_set"])),
        network_controls=dict(arguments.pairs("--net-set", given["net_set"])), device=given["device"],
        threads=arguments.whole("--threads", given["threads"], 0, 256), dtype=given["dtype"], memory=given["memory"],
        streams=arguments.whole("--streams", given["streams"], 1, STREAMS),
        backward=given["backward"], graphs=given["graphs"],
    )


def _resumed(args: argparse.Namespace) -> int:
    """Goes on with a kept run; options of a new run are refused."""
    for name in OF_A_NEW_RUN:
        if getattr(args, name) is not None:
            raise BadInput(f"--{name.replace('_', '-')} cannot be given for a run that is continued: allowed beside "
                           "--resume are --steps, --at, --data-path and --json; `ganstudio branch` starts another run "
                           "from it")
    more = None if args.steps is None else arguments.steps(args.steps)
    moments = arguments.moments(args.at)
    path = arguments.run_file(args.resume)

    from ganstudio.core.runs.write_lock import WriteLock

    with WriteLock(path) as lock:  # before it is read: nothing is added to it meanwhile
        return _gone_on_with(args, path, more, moments, lock)


def _gone_on_with(
    args: argparse.Namespace, path: Path, more: int | None, moments: list[tuple[int, str, str]], lock: WriteLock,
) -> int:
    from ganstudio.core.runs.reader import RunReader
    from ganstudio.training.checkpoint import rebuild
    from ganstudio.training.recorder import Recorder

    tell_device(path, "with other random numbers: from here on the run is not the same, bit for bit, as on that device")
    reader = RunReader(path)
    plan = reader.plan()
    reader.close()
    with show_spinner(f"going to the end of {path.name}"):
        run = rebuild(path)
    run.need_data()
    trainer = run.trainer
    trainer.restore_terms([*run.stored, *run.batches])
    if (bad := trainer.divergence) is not None:
        before = max(math.ceil(bad.at) - 2, 0)  # the weights may have gone in the step before the term
        raise BadInput(f"{path} diverged at step {bad.at:,.0f}, where the term '{bad.term}' became {bad.value}, and "
                       f"cannot be continued: `ganstudio branch {shlex.quote(str(path))} --at {before} --run NEW` "
                       "starts another run before that")
    total = plan.steps if more is None else trainer.game.steps + more
    if more is None and trainer.game.steps >= total:
        raise BadInput(f"{path} has done its {counted(trainer.game.steps, 'step')}: give with --steps how many more")
    known = [planned for planned in plan.changes if planned.steps >= trainer.game.steps]
    known = [planned for planned in known if not _made(trainer, planned)]
    changes = sorted([*known, *checked(trainer, moments, total)], key=lambda planned: planned.steps)
    plan = Plan(steps=total, changes=changes)

    def begin() -> Recorder:
        recorder = Recorder.resumed(path, run, plan, lock)
        if run.foreign:
            recorder.pin()  # so that the file says at which step the device changed
        return recorder

    return _finish(args, trainer, total, changes, begin, path)


def _made(trainer: Trainer, planned: Planned) -> bool:
    """Whether a move that was planned for this very step is in the log already."""
    return any(entry.command == planned.change and entry.position.steps == planned.steps for entry in trainer.log)


def _finish(
    args: argparse.Namespace, trainer: Trainer, total: int, changes: list[Planned],
    begin: Callable[[], Recorder] | None, path: Path | None,
) -> int:
    """Trains and reports; ``begin`` starts recording, if wanted. However it ends, the file is whole."""
    from ganstudio.core.protocol.messages import MeasuredNow

    before = trainer.game.steps
    recorder: Recorder | None = None
    try:
        if begin is not None:
            with defer_signals():  # lost on its way here, its thread would keep the program from ending
                recorder = begin()
        seconds, terms = _train(trainer, total, changes, recorder)
        measured = _measured(trainer)
        if recorder is not None:
            recorder.measured(MeasuredNow(
                run=0, steps=trainer.game.steps, samples=measured.samples, measures=measured.measures,
                floors=measured.floors, net=measured.net, in_user_units=True,
            ))
            close(recorder)
    except BaseException:
        if recorder is not None:
            recorder.close(patient=False)
        raise
    done = trainer.game.steps - before
    report = report_of(trainer, done, seconds, terms, measured, path)
    if args.json:
        arguments.print_json(report)
    else:
        _print(report, done)
    return 1 if trainer.divergence else 0


def close(recorder: Recorder) -> None:
    """Waits until the file is whole, in a way that can be interrupted."""
    recorder.finish()
    while not recorder.written:  # not `join`: see export/film.py
        time.sleep(0.005)
    recorder.wait()


def checked(trainer: Trainer, moments: list[tuple[int, str, str]], total: int) -> list[Planned]:
    """The changes to come, each tried on the settings it will meet, so that a fault is reported before training."""
    from ganstudio.core.control import Controls, declared, plain, validated

    controls: dict[bool, Controls] = {False: trainer.game.controls, True: trainer.game.data.controls}
    changes: list[Planned] = []
    for at, name, text in moments:
        if at >= max(total, 1):
            raise BadInput(f"--at {at}:{name}={text} is past the last step: the run has {counted(total, 'step')}")
        own, of_data = name.removeprefix(OF_DATA), name.startswith(OF_DATA)
        of = f"data set {trainer.spec.data}" if of_data else f"variant {trainer.spec.variant}"
        moved = controls[of_data] = validated(type(controls[of_data]), {own: text}, controls[of_data], of=of)
        if not declared(type(moved))[own][0].live:
            raise BadInput(f"--at {at}:{name}={text} is not possible: {name} is not live, a change of it restarts the "
                           "run")
        changes.append(Planned(steps=at, change=Change(name=name, value=plain(getattr(moved, own)))))
    return changes


def _train(
    trainer: Trainer, total: int, changes: list[Planned], recorder: Recorder | None
) -> tuple[float, dict[str, float]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ganstudio.training.trainer import FLUSH_UPDATES

    terms: dict[str, float] = {}
    waiting = list(changes)
    console = terminal.console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    start = time.perf_counter()
    shown = noted = start
    progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
    with progress, defer_signals() as requests:  # to end: between two updates, so that the last checkpoint is a moment
        task: TaskID = progress.add_task(f"{trainer.spec.variant} on {trainer.spec.data}", total=total)
        while trainer.game.steps < total and trainer.divergence is None and not requests:
            while waiting and trainer.game.steps >= waiting[0].steps and trainer.position.place == 0:
                trainer.apply(waiting.pop(0).change)
            trainer.update()
            if recorder is not None:
                recorder.look()
            now = time.perf_counter()
            if trainer.waiting_scalars >= FLUSH_UPDATES or now - noted > NOTED_S:
                _note(trainer.flush(), terms, recorder, requests)
                noted = time.perf_counter()
                if now - shown > 0.1:
                    shown = now
                    progress.update(task, completed=trainer.game.steps)
        _note(trainer.flush(), terms, recorder, requests)
        seconds = time.perf_counter() - start
        if recorder is not None:
            recorder.look_closely()
    return seconds, terms


def _note(
    batches: list[ScalarBatch], terms: dict[str, float], recorder: Recorder | None, requests: Sequence[int]
) -> None:
    for batch in batches:
        values = batch.values.numpy()
        terms.update({name: float(values[-1, column]) for column, name in enumerate(batch.names)})
    if recorder is not None:
        recorder.note(batches)
        if recorder.trouble:
            wait_for_room(recorder, requests)


def wait_for_room(recorder: Recorder, requests: Sequence[int]) -> None:
    """The run pauses until it can be kept again, or is to end."""
    terminal.remark(f"paused: {recorder.trouble}")
    while recorder.trouble and not requests:
        time.sleep(0.1)
        recorder.check()
    recorder.check()
    if not requests:
        terminal.remark("there is room again: the run goes on")


def _measured(trainer: Trainer) -> Measured:
    """The numbers of the generator; none of one that diverged."""
    from ganstudio.training.measuring import SCORED, Measured, compute_measures, copy_for_measuring
    from ganstudio.training.run_description import abilities

    if trainer.divergence is not None:
        return Measured(measures={}, floors={}, samples=SAMPLES)
    if "styles" in abilities(trainer.game) and not terminal.console(stderr=True).is_terminal:  # it has no spinner
        terminal.remark(f"measuring G after {counted(trainer.game.steps, 'step')}: with styles that can take minutes")
    with show_spinner("measuring"):
        return compute_measures(copy_for_measuring(trainer, SAMPLES, scored=SCORED))


def report_of(
    trainer: Trainer, done: int, seconds: float, terms: dict[str, float], measured: Measured, path: Path | None
) -> dict[str, Any]:
    spec, game = trainer.spec, trainer.game
    return {
        "variant": spec.variant, "data": spec.data, "network": spec.network, "preset": spec.preset,
        "seed": spec.seed, "steps": game.steps, "seen": game.images_seen, "seconds": seconds,
        "steps_per_second": done / seconds if seconds > 0 and done else None, "device": str(game.device),
        "terms": {name: value if math.isfinite(value) else None for name, value in terms.items()},
        "measures": measured.measures, "floors": measured.floors, **_net(measured), **_classes(measured),
        "hash": game.weights_hash(),
        "run": str(path) if path else None, "diverged": trainer.divergence, "notes": list(trainer.warnings),
    }


def _net(measured: Measured) -> dict[str, str]:
    """The net whose features the numbers rest on, if any."""
    return {"feature_net": measured.net} if measured.net else {}


def _classes(measured: Measured) -> dict[str, Any]:
    """The numbers of each class, of a run with labels."""
    return {"classes": measured.classes} if measured.classes else {}


def _print(report: dict[str, Any], done: int) -> None:
    """Reports in words; ``done`` counts the new steps of a run that had others before."""

    from ganstudio.commands.measures_table import measures_table
    from ganstudio.training.resolve_spec import variants

    console = terminal.console()
    rate, seconds, steps = report["steps_per_second"], report["seconds"], report["steps"]
    ran = counted(steps, "step") if done == steps else f"{counted(done, 'more step')}, {steps:,} in all,"
    pace = f" ({rate:.{0 if rate >= 10 else 2}f} steps/s)" if rate else ""
    console.print(
        f"{report['variant']} on {report['data']}, seed {report['seed']}: {ran} in "
        f"{seconds:.{1 if seconds >= 1 else 2}f} s{pace} on {report['device']}",
        highlight=False,
    )
    if report["diverged"] is not None:
        bad = report["diverged"]
        terminal.remark(f"diverged: the term '{bad.term}' became {bad.value} at step {bad.at:,.0f}; the run stopped")
        return
    reads_w1 = variants()[report["variant"]].reads_w1
    console.print(measures_table(report["measures"], report["floors"], reads_w1=reads_w1))
    if "feature_net" in report:
        console.print(f"features: {report['feature_net']}", highlight=False)
    kept = f"   kept in {report['run']}" if report["run"] else ""
    console.print(f"hash {report['hash'][:16]}{kept}", highlight=False)
