"""``ganstudio shoot``: a picture of the real window, for docs and eyes."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from ganstudio.commands import arguments, terminal
from ganstudio.commands.qt_messages import without_idle_words
from ganstudio.commands.run_at import moment
from ganstudio.commands.shoot_comparison import entries, pose
from ganstudio.commands.studio import FIRST, link_maker, opening
from ganstudio.core.panel_catalog import panels
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import REQUESTS, defer_signals

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ganstudio.core.protocol.messages import MeasuredNow, Snapshot
    from ganstudio.ui.application import Studio
    from ganstudio.ui.main.window import Window

PATIENCE_S = 600.0
LOOKS = 12  # at a run that is trained for the picture: a curve of what was measured has that many points
STILL_S = 1.0  # without a change, before the picture is taken
SETTLED_S = 20.0  # after which it is taken in any case
SPEC = ("variant", "data", "network", "preset", "steps", "seed", "set", "data_set", "net_set")  # not for a run
STATES = ("training", "start", "diverged", "engine-lost", "refused")


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("run", nargs="?", default="", metavar="RUN", help="a .ganrun file, shown at its last step")
    parser.add_argument("--variant", default=None, metavar="V", help="or: a variant (default: wgan-gp)")
    parser.add_argument("--data", default=None, metavar="D", help="on this data (default: ring)")
    parser.add_argument("--network", default=None, metavar="N", help="with this network (default: the usual one)")
    parser.add_argument("--preset", default=None, help="preset of the variant (default: toy)")
    parser.add_argument("--compare", default="", metavar="V1,V2,…",
                        help="or: two to six variants beside each other, in the window of a comparison; a variant may "
                             "carry settings of its own, as in wgan-gp:gp_weight=0")
    parser.add_argument("--steps", default=None, metavar="N", help="number of steps (default: 400)")
    parser.add_argument("--seed", default=None, metavar="S", help="seed of all random numbers (default: 0)")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="a control of the variant")
    parser.add_argument("--data-set", action="append", default=[], metavar="K=V", help="a control of the data set")
    parser.add_argument("--net-set", action="append", default=[], metavar="K=V", help="a control of the network")
    parser.add_argument("--at", default=None, metavar="STEP",
                        help="of a run: the moment to show, with what was recorded by that step (default: its last "
                             "step)")
    arguments.add_data_path(parser, "of a run: ")
    parser.add_argument("--show", action="append", default=[], metavar="PANEL",
                        help="a panel that is brought to the front; may be given again")
    parser.add_argument("--layout", default="", metavar="L", help="layout for plane, line or image (default: that of "
                                                                  "the data)")
    parser.add_argument("--theme", default="dark", metavar="dark|light|contrast", help="palette (default: dark)")
    parser.add_argument("--text", default="100", metavar="%", help="size of all text (default: 100)")
    parser.add_argument("--size", default="1600x1000", metavar="WxH", help="size of the window (default: 1600x1000)")
    parser.add_argument("--state", default="training", metavar="STATE", help=f"one of {', '.join(STATES)}")
    parser.add_argument("--out", required=True, metavar="FILE", help=f"a .png file; {arguments.REPLACED}")


def run(args: argparse.Namespace) -> int:
    """Takes the picture."""
    width, height = arguments.size(args.size)
    if args.run:
        for name in SPEC:
            if getattr(args, name):
                raise BadInput(f"{args.run} and --{name.replace('_', '-')} do not go together: a run is shown "
                               "as kept, or a new one is trained for the picture")
    at = moment(args.at)
    if at is not None and not args.run:
        raise BadInput(f"--at {at} is a moment of a run that was kept, and goes with RUN; --steps says how far a new "
                       "one is trained")
    if args.data_path and not args.run:
        raise BadInput(f"--data-path {args.data_path} says where the data of a run lies now, and goes with RUN")
    steps = arguments.steps(args.steps or "400")
    out = arguments.output(args.out, (".png",))
    theme = arguments.one_of("theme", args.theme, ["dark", "light", "contrast"])
    state = arguments.one_of("state", args.state, list(STATES))
    layout = arguments.one_of("layout", args.layout, ["plane", "line", "image"]) if args.layout else ""
    text = arguments.whole("--text", args.text, 50, 400) / 100
    known = [panel.name for panel in panels()[0]]
    forward = args.show if args.compare else [arguments.one_of("panel", name, known) for name in args.show]
    spec, file = Spec(
        variant=args.variant or FIRST.variant, data=args.data or FIRST.data, network=args.network or "",
        preset=args.preset or FIRST.preset, seed=arguments.seed(args.seed or "0"),
        controls=dict(arguments.pairs("--set", args.set)),
        data_controls=dict(arguments.pairs("--data-set", args.data_set)),
        network_controls=dict(arguments.pairs("--net-set", args.net_set)),
    ), ""
    if args.run:
        spec, file = opening(args.run)
    compared = entries(args.compare, spec) if args.compare else []
    if compared and (args.run or args.variant):
        raise BadInput(f"--compare {args.compare} names the variants, and goes with neither RUN nor --variant")
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from ganstudio.core.runs.moved_data import data_place
    from ganstudio.core.system.atomic_write import atomic_write
    from ganstudio.ui.application import open_studio

    def prepare(window: Window) -> None:
        window.resize(width, height)
        window.set_theme(theme)
        window.set_scale(text)
        window.lay_out(layout or "plane", afresh=True)
        window.scheduler.pause()  # no look but those of ``_pose``: what is seen would depend on the machine's speed

    fault: list[str] = []

    async def script(studio: Studio) -> int:
        try:
            shown: QWidget = studio.window
            if compared:
                panel = forward[0] if forward else ""
                await _unless(requests, pose(studio, compared, looks_at(steps), (width, height), panel))
                shown = studio.window.comparisons.view or shown
                await _painted(shown)
            else:
                await _unless(requests, _pose(studio, steps, state, bool(file), layout, forward, at))
            if not requests:
                with atomic_write(out) as (fresh,):
                    if not shown.grab().save(str(fresh), "PNG"):
                        raise BadInput(f"--out {out} cannot be written")
        except BadInput as refusal:
            fault.append(str(refusal))
            return 2
        return 0

    # What a request raised while Qt is at work, Qt would swallow.
    with (
        defer_signals() as requests, without_idle_words(),
        tempfile.TemporaryDirectory() as home,  # the layout of the first start
    ):
        before = os.environ.get("GANSTUDIO_HOME")
        os.environ["GANSTUDIO_HOME"] = home
        try:
            status = open_studio(link_maker("process"), None, spec, file=file, until=looks_at(steps)[0],
                                 playing=steps > 0 and state != "start" and not compared, script=script,
                                 prepare=prepare, data_path=data_place())
        finally:
            if before is None:
                del os.environ["GANSTUDIO_HOME"]
            else:
                os.environ["GANSTUDIO_HOME"] = before
    if fault:
        raise BadInput(fault[0])
    return status


async def _unless(requests: list[int], pose: Coroutine[None, None, None]) -> None:
    """Waits for the pose, but no longer than until the program is asked to end; ``requests``: what came.

    Raises:
        BadInput: The engine would not start what was asked for, or it took too long.
    """
    asked = asyncio.Event()

    def hear(number: int, _: object) -> None:
        requests.append(number)
        asked.set()

    for request in REQUESTS:  # the window would only close
        signal.signal(request, hear)
    if requests:
        asked.set()
    posing, waiting = asyncio.ensure_future(pose), asyncio.ensure_future(asked.wait())
    await asyncio.wait((posing, waiting), timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    done = posing.done()
    for task in (posing, waiting):
        task.cancel()
    await asyncio.wait((posing, waiting))
    if done:
        posing.result()
    elif not requests:
        raise BadInput(f"what you asked for did not appear within {PATIENCE_S:.0f} s")


class _Refusal(BadInput):
    """The engine would not start what was asked for."""


async def _pose(
    studio: Studio, steps: int, state: str, stored: bool, layout: str, forward: list[str], at: int | None
) -> None:
    """Waits until the window shows what the picture is of."""
    session, run, window = studio.session, studio.run, studio.window
    refused: list[str] = []
    run.refused.connect(
        lambda event: refused.append(": ".join(filter(None, (event.reason, event.way_out)))))
    run.failed.connect(lambda event: refused.append(event.reason))
    await _until(lambda: run.started is not None and run.progress is not None, refused)
    assert run.started is not None
    if state == "start":
        await _painted(window)
        return
    if layout and layout != run.started.kind:
        raise _Refusal(f"--layout {layout} shows data of kind {layout}, and this is {run.started.kind}: "
                       f"allowed is {run.started.kind}")
    if layout:
        window.lay_out(layout, afresh=True)
    _bring_forward(window, forward, run.started.kind)
    for index, step in enumerate([0] if stored else looks_at(steps)):
        if index:
            window.scheduler.pause()
            studio.commands.play(True, until=step)
        await _looked_at(studio, 0 if stored else step, refused)
        if run.last_diverged is not None:
            break
    if at is not None:
        _look_back(window, at)
    if state == "engine-lost" and (pid := session.process_id) is not None:
        os.kill(pid, 9)
        while session.engine is not None:
            await asyncio.sleep(0.02)
    if state == "refused":
        missing = Spec(variant=run.spec.variant, data="points", data_controls={"file": "no-such-file.csv"})
        studio.commands.next_run.start(missing)
        while not refused:
            await asyncio.sleep(0.02)
    await _painted(window)


def _look_back(window: Window, at: int) -> None:
    """Shows what was recorded by a step."""
    past = window.history
    past.refresh()
    if at > past.end:
        raise _Refusal(f"--at {at} is past the run's end: it was recorded up to step {past.end:,}")
    past.to(at)
    if past.at is None and at < past.end:
        raise _Refusal(f"--at {at} cannot be shown: this run has no recorded moments")
    if past.at is not None and past.at != at:
        which = f"the last that was recorded by step {at:,}" if past.at < at else "the first that was recorded"
        terminal.remark(f"note: step {past.at:,} is shown, {which}")


def _bring_forward(window: Window, names: list[str], kind: str) -> None:
    """Brings panels to the front of their stacks."""
    for name in names:
        if kind not in window.panels[name].kinds:
            kinds = " or ".join(window.panels[name].kinds)
            raise _Refusal(f"--show {name}: that panel is for data of kind {kinds}, and this is {kind}")
        window.docks[name].show()
        window.docks[name].raise_()


def looks_at(steps: int) -> list[int]:
    """The steps at which the window looks at a run that is trained for the picture: always the same ones."""
    return sorted({round(steps * part / LOOKS) for part in range(1, LOOKS + 1)} - {0}) or [0]


async def _until(there: Callable[[], bool], refused: list[str]) -> None:
    while not there():
        if refused:
            raise _Refusal(refused[0])
        await asyncio.sleep(0.02)


async def _looked_at(studio: Studio, step: int, refused: list[str]) -> None:
    """Waits until the run is held at a step or later, then has the window look at it and measure it, once."""
    run, window = studio.run, studio.window

    def held() -> bool:
        progress = run.progress
        return progress is not None and not progress.playing and (
            progress.position.steps >= step or run.last_diverged is not None)

    await _until(held, refused)
    came = {"answer": False, "picture": False, "measures": False}

    def see(snapshot: Snapshot) -> None:
        came["answer"] = True  # of no view, if the docks were not laid out yet
        came["picture"] = came["picture"] or bool(snapshot.views)

    def hear(measured: MeasuredNow) -> None:
        came["measures"] = came["measures"] or came["answer"]  # what a file holds of them comes before any answer

    run.snapshot_came.connect(see)
    run.measured.connect(hear)
    try:
        window.scheduler.resume()
        await _until(lambda: came["picture"], refused)
        done, last = run.progress, run.last_measured
        known = run.last_diverged is not None and done is not None and last is not None and (
            last.steps == done.position.steps)  # it diverged within the step after a look
        if not known and any(panel.measures for panel in window.scheduler.visible()):
            await _until(lambda: came["measures"], refused)
    finally:
        run.snapshot_came.disconnect(see)
        run.measured.disconnect(hear)


async def _painted(window: QWidget) -> None:
    """Until what has come is laid out and painted, and the window stays as it is."""
    end = time.monotonic() + SETTLED_S
    before, since = window.grab().toImage(), time.monotonic()
    while time.monotonic() < min(end, since + STILL_S):
        await asyncio.sleep(0.1)
        now = window.grab().toImage()
        if now != before:
            before, since = now, time.monotonic()
