"""``ganstudio lesson``: lists lessons, plays one without a window, checks its claims, makes states or a template."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ganstudio.commands import arguments, terminal
from ganstudio.commands.progress_display import show_spinner
from ganstudio.core.lessons.lesson import Lesson, Step
from ganstudio.core.lessons.played import ClaimPlayed, Played
from ganstudio.core.lessons.prose import as_text
from ganstudio.core.lessons.shelf import find_lesson, shelf
from ganstudio.core.lessons.template import write_template
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted, figure, format_value

if TYPE_CHECKING:
    from ganstudio.lessons.check import Checked

WIDTH = 100  # letters of a line of prose
WORKERS = 2  # lessons that are checked side by side, each on one thread
POLL_S = 0.1


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME",
                        help="a lesson, or the path of its folder; new: makes a template (default: lists the lessons)")
    parser.add_argument("folder", nargs="?", default="", metavar="FOLDER",
                        help="of new: the folder to make, whose name will be the lesson's")
    parser.add_argument("--all", action="store_true", help="all lessons, the user's own included")
    parser.add_argument("--check", action="store_true",
                        help="measures every claim and prints whether it holds, without the prose")
    parser.add_argument("--seed", default=None, metavar="S", help="of --check: the seed of every run that the lesson "
                                                                  "begins; prepared states stay as they are")
    parser.add_argument("--prepare", action="store_true", help="trains the prepared states and keeps them in the "
                                                               "lesson's folder")
    parser.add_argument("--report", default="", metavar="FILE.html",
                        help=f"writes a page of the lesson as it was played; {arguments.REPLACED}")
    parser.add_argument("--played", default="", metavar="FILE.json",
                        help="of --report: what the window noted while the lesson was played there; nothing is trained")
    parser.add_argument("--quantities", action="store_true", help="lists what a claim can measure, with its parameters")
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Does what was asked for. Returns 0, or 1 if a claim does not hold."""
    if args.quantities:
        return _list_quantities(args)
    if args.name == "new":
        return _new(args)
    if args.folder:
        raise BadInput(f"{args.folder} is a second name: allowed is one lesson, or --all")
    if args.seed is not None and not (args.check and (args.all or args.name)):
        raise BadInput("--seed goes with NAME --check, or --all --check: elsewhere a lesson has its own seeds")
    if args.all and args.name:
        raise BadInput(f"--all does not go with the name of a lesson ({args.name}): give one of the two")
    if args.report:
        return _report(args)
    if args.played:
        raise BadInput(f"--played {args.played} goes with --report FILE.html")
    if args.all:
        return _all(args)
    if not args.name:
        if args.check or args.prepare:
            raise BadInput(f"{'--check' if args.check else '--prepare'} needs the name of a lesson, or --all")
        return _list(args)
    return _one(args, find_lesson(args.name))


def _new(args: argparse.Namespace) -> int:
    if not args.folder:
        raise BadInput("lesson new needs the folder to make: its name will be the lesson's")
    if args.all or args.check or args.prepare or args.report or args.played:
        raise BadInput("lesson new makes a template, and takes no option but --json")
    file = write_template(Path(args.folder).absolute())
    if args.json:
        arguments.print_json({"file": str(file)})
    else:
        terminal.say(f"{file} is a lesson of two steps: write over it, then `ganstudio lesson {args.folder} --check`")
    return 0


def _list(args: argparse.Namespace) -> int:
    found = shelf()
    if args.json:
        arguments.print_json({"lessons": [_listed(lesson, lesson.name in found.own) for lesson in found.lessons]})
    else:
        from rich.table import Table

        table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
        for head in ("lesson", "minutes", "what it is about"):
            table.add_column(head, justify="right" if head == "minutes" else "left", no_wrap=head != "what it is about")
        for lesson in found.lessons:
            own = " (your own)" if lesson.name in found.own else ""
            table.add_row(lesson.name, f"{lesson.minutes:g}", f"{lesson.title}{own}: {lesson.summary}")
        terminal.console().print(table)
        if not found.lessons:
            terminal.say("no lessons are here: `ganstudio lesson new FOLDER` makes one")
    for fault in found.faults:
        terminal.remark(f"note: {fault}")
    return 0


def _listed(lesson: Lesson, own: bool) -> dict[str, Any]:
    """A lesson that was not played: its claims have no values."""
    return {
        "name": lesson.name, "title": lesson.title, "minutes": lesson.minutes, "summary": lesson.summary,
        "prerequisites": lesson.prerequisites, "papers": lesson.papers, "steps": len(lesson.steps), "own": own,
        "seconds": None,
        "claims": [ClaimPlayed(step=number, text=claim.text, measure=claim.measure, at=step.moment_of(claim.value),
                               value=None, bound=claim.bound, holds=None)
                   for number, step in enumerate(lesson.steps, start=1) for claim in step.claims],
    }


def _list_quantities(args: argparse.Namespace) -> int:
    from ganstudio.core.control import ControlInfo, described
    from ganstudio.core.leaves import broken_leaves
    from ganstudio.lessons.quantity import Quantity, quantities

    found = quantities()
    params: dict[str, list[ControlInfo]] = {name: described(leaf.params_type(), "") for name, leaf in found.items()}
    if args.json:
        arguments.print_json({"quantities": [
            {"name": name, "title": leaf.title, "unit": leaf.unit, "help": leaf.help, "needs_run": leaf.needs_run,
             "parameters": params[name]} for name, leaf in found.items()]})
        return 0
    for name, leaf in found.items():
        run = "" if leaf.needs_run else "; needs no run"
        terminal.say(f"{name}: {leaf.title}{f', {leaf.unit}' if leaf.unit else ''}{run}")
        terminal.say(f"    {leaf.help}")
        for info in params[name]:
            choices = f" ({', '.join(info.choices)})" if info.choices else ""
            terminal.say(f"    {info.name} = {format_value(info.default)}{choices}: {info.help}")
    terminal.say("Also: the numbers of measures (`ganstudio catalog`), floor:NAME, term:PLAYER/TERM, control:NAME, "
                 "step, diverged and finite.")
    for broken in broken_leaves("ganstudio.lessons.quantities", Quantity):
        terminal.remark(f"note: quantity {broken.name} cannot be used: {broken.fault}")
    return 0


# One lesson -------------------------------------------------------------------------------------------------


def _one(args: argparse.Namespace, lesson: Lesson) -> int:
    if args.prepare:
        _prepare(lesson)
        if not args.check:
            if args.json:
                arguments.print_json({"lessons": [_listed(lesson, own=False)]})
            return 0
    if args.seed is not None:
        lesson = lesson.with_seed(arguments.seed(args.seed))
    checked = _played(lesson, prose=not args.check and not args.json, quiet=args.json)
    if args.json:
        arguments.print_json({"lessons": [checked]})
    else:
        terminal.say(_summed([checked]))
    return 0 if checked.holds else 1


def _prepare(lesson: Lesson) -> None:
    from ganstudio.lessons.prepare import prepare

    with show_spinner(f"preparing {lesson.name}"):
        made = prepare(lesson)
    for path in made:
        terminal.remark(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    if not made:
        terminal.remark(f"{lesson.name} has no prepared states")


def _played(lesson: Lesson, *, prose: bool, quiet: bool) -> Checked:
    """Plays a lesson, and prints its prose and its claims as it goes."""
    from ganstudio.lessons.check import check

    if prose:
        terminal.say(lesson.title)
        terminal.say("")
        _print_prose(as_text(lesson.introduction))

    def entered(number: int, step: Step) -> None:
        if prose:
            terminal.say(f"{number}. {step.title}")
            terminal.say("")
            _print_prose(as_text(step.prose))
            for word, part in (("Question: ", step.question), ("Answer: ", step.answer)):
                if part:
                    _print_prose(word + as_text(part))

    def played(claims: list[ClaimPlayed]) -> None:
        if not quiet:
            for claim in claims:
                _print_claim(claim)
            if prose and claims:
                terminal.say("")

    with show_spinner(lesson.name):
        return check(lesson, entered, played)


def _print_prose(text: str) -> None:
    for paragraph in text.split("\n"):
        lines = [paragraph] if paragraph.startswith("    ") else textwrap.wrap(
            paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in lines or [""]:
            terminal.say(line)
    terminal.say("")


def _print_claim(claim: ClaimPlayed) -> None:
    """A claim, its number, its bound, and whether it holds."""
    verdict = "holds" if claim.holds else "DOES NOT HOLD"
    value = "undefined" if claim.value is None else figure(claim.value, 4)
    terminal.say(f"{verdict:<13}  step {claim.step:,}, at {claim.at:,}: {claim.measure} = {value}, must be "
                 f"{claim.bound}")
    terminal.say(f"{'':<15}{claim.text}")


def _summed(checked: Sequence[Checked]) -> str:
    claims = [claim for one in checked for claim in one.claims]
    failed = sum(not claim.holds for claim in claims)
    what = "every claim holds" if not failed else f"{counted(failed, 'claim')} of {len(claims)} does not hold" if (
        failed == 1) else f"{failed} of {len(claims)} claims do not hold"
    names = checked[0].name if len(checked) == 1 else counted(len(checked), "lesson")
    return f"{names}: {what if claims else 'no claims'} ({sum(one.seconds for one in checked):.0f} s)"


# All lessons ------------------------------------------------------------------------------------------------


def _all(args: argparse.Namespace) -> int:
    """Plays all lessons in child processes, two side by side. A lesson that cannot be played does not stop the rest."""
    found = shelf()
    if args.prepare:
        for lesson in found.lessons:
            if lesson.states:
                _prepare(lesson)
        if not args.check:
            if args.json:
                arguments.print_json({"lessons": [_listed(lesson, lesson.name in found.own)
                                                  for lesson in found.lessons]})
            return 0
    from ganstudio.lessons.check import Checked

    results: dict[str, Checked] = {}
    faults = list(found.faults)
    begun = time.perf_counter()
    for lesson, status, out, said in _children(found.lessons, args.seed):
        try:
            one = msgspec.json.decode(out, type=dict[str, list[Checked]])["lessons"][0]
        except (msgspec.MsgspecError, KeyError, IndexError):
            faults.append(said.strip().removeprefix("ganstudio: ") or f"{lesson.name} ended with status {status}")
            terminal.remark(f"{lesson.name}: {faults[-1]}")
            continue
        results[lesson.name] = one
        terminal.remark(_summed([one]))
    ordered = [results[lesson.name] for lesson in found.lessons if lesson.name in results]
    if args.json:
        arguments.print_json({"lessons": ordered, "faults": faults, "seconds": time.perf_counter() - begun})
    else:
        for one in ordered:
            terminal.say(one.name)
            for claim in one.claims:
                _print_claim(claim)
        terminal.say(f"{_summed(ordered)} in {time.perf_counter() - begun:.0f} s" if ordered else "no lessons are here")
    if faults:
        raise BadInput("; ".join(faults))
    return 0 if all(one.holds for one in ordered) else 1


def _children(lessons: Sequence[Lesson], seed: str | None) -> Iterator[tuple[Lesson, int, bytes, str]]:
    """Each lesson with the status and the output of the process that checked it, as they end."""
    waiting, running = list(lessons), dict[str, tuple[Lesson, subprocess.Popen[bytes]]]()
    try:
        while waiting or running:
            while waiting and len(running) < min(WORKERS, _cores()):
                lesson = waiting.pop(0)
                running[lesson.name] = lesson, _child(lesson, seed)
            for name, (lesson, child) in list(running.items()):
                if child.poll() is not None:
                    out, said = child.communicate()
                    del running[name]
                    yield lesson, child.returncode, out, said.decode(errors="replace")
            time.sleep(POLL_S)
    finally:
        for _, child in running.values():
            child.terminate()
        for _, child in running.values():
            child.wait()


def _child(lesson: Lesson, seed: str | None) -> subprocess.Popen[bytes]:
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "ganstudio"]
    seeded = [] if seed is None else ["--seed", seed]
    return subprocess.Popen([*program, "lesson", str(lesson.folder), "--check", *seeded, "--json"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# The report -------------------------------------------------------------------------------------------------


def _report(args: argparse.Namespace) -> int:
    if not args.name:
        raise BadInput("--report needs the name of a lesson")
    out = arguments.output(args.report, (".html",))
    lesson = find_lesson(args.name)

    from ganstudio.export.lesson_report import write_lesson_report

    if args.played:
        with _readable(Path(args.played)) as raw:
            played = msgspec.json.decode(raw, type=Played)
        write_lesson_report(lesson, played, out)
        return 0
    checked = _played(lesson, prose=False, quiet=args.json)
    played = Played(name=lesson.name, reached=len(lesson.steps), answers=list(range(1, len(lesson.steps) + 1)),
                    claims=checked.claims)
    write_lesson_report(lesson, played, out)
    if args.json:
        arguments.print_json({"lessons": [checked]})
    return 0 if checked.holds else 1


@contextmanager
def _readable(path: Path) -> Iterator[bytes]:
    """The bytes of what the window noted; BadInput if it cannot be read."""
    try:
        yield path.read_bytes()
    except (OSError, msgspec.MsgspecError) as fault:
        raise BadInput(f"--played {path} is not what the window notes of a lesson: {fault}") from None
