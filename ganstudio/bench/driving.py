"""Drives the real window from a script, in a process of its own that never imports torch.

``python -m ganstudio.bench.driving NAME JSON`` opens the studio, runs the script of that name with the
parameters, and prints what it measured as one JSON line. Without a display it draws offscreen.

``GANSTUDIO_BENCH_QUICK=1`` shortens every benchmark to a few seconds, for tests: its figures mean nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from ganstudio.bench import board_script, first_scripts, startup_script
from ganstudio.bench.benchmark import NotMeasured
from ganstudio.bench.startup_script import SIZE
from ganstudio.bench.waiting import latent_picture, next_of, picture, steps_done
from ganstudio.core.protocol.messages import Applied
from ganstudio.core.protocol.spec import Spec

if TYPE_CHECKING:
    from ganstudio.ui.application import Studio
    from ganstudio.ui.main.window import Window

PATIENCE_S = 1800.0  # a script that takes longer hangs: the slowest takes some four minutes on two cores
OPENS_ITSELF = {"startup": "ganstudio.bench.startup_script"}
"""Scripts whose process opens the studio as the command does, without what this file imports."""
QUICK = bool(os.environ.get("GANSTUDIO_BENCH_QUICK"))


def in_window(name: str, home: str | None = None, **parameters: Any) -> dict[str, float]:
    """Runs a script in a fresh window process, and returns what it measured.

    Args:
        name: Of the script, a function below.
        home: Folder of settings and cache; a fresh one if None.
        parameters: Of the script; ``spec`` and ``layout``, a kind of data, are the window's.

    Raises:
        NotMeasured: The window process failed or hung; the message has its last line.
    """
    with tempfile.TemporaryDirectory() as fresh:
        environment = {**os.environ, "GANSTUDIO_HOME": home or fresh}
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        module = OPENS_ITSELF.get(name, "ganstudio.bench.driving")
        command = [sys.executable, "-m", module, name, json.dumps(parameters)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False,
                                  timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"the window of script {name} was not done after {PATIENCE_S:.0f} s") from None
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise NotMeasured(f"the window of script {name} failed: {words[-1][:400]}")
    measured: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


# Scripts -----------------------------------------------------------------------------------------------------------


async def rate(studio: Studio, warm_up: int, seconds: float) -> dict[str, float]:
    """Steps and pictures a second once ``warm_up`` steps are done and the first measures have come.

    The first measures also pay for the floors, once a run, and on images the second ones for what numbers do not
    see, once a data set; from there on nothing is done only once.
    """
    run, scheduler = studio.run, studio.window.scheduler
    await steps_done(studio, warm_up)
    while (last := run.last_measured) is None or (run.kind == "image" and not last.blind):
        await next_of(run.measured)
    await next_of(run.progressed)  # sent by the engine every 40 ms: both ends lie on such a moment
    assert run.progress is not None
    steps, pictures, began = run.progress.position.steps, scheduler.pictures, time.perf_counter()
    await asyncio.sleep(seconds)
    await next_of(run.progressed)
    elapsed = time.perf_counter() - began
    return {
        "steps_per_second": (run.progress.position.steps - steps) / elapsed,
        "pictures_per_second": (scheduler.pictures - pictures) / elapsed,
    }


async def latency(studio: Studio, moves: int) -> dict[str, float]:
    """From a control that is moved in the window, at full speed, to its effect and to the eye.

    ``apply_steps``: the most player updates that ended between the command's arrival in the engine's mailbox
    and its application; 1 is the update that was under way, so that the command holds from the next one.
    ``visible_ms``: median from the slider's move to the moment when every visible panel has been painted from
    a snapshot with at least one update that obeyed it.
    """
    from PySide6.QtWidgets import QSlider

    await steps_done(studio, 30)
    slider = studio.window.findChild(QSlider, "control.gp_weight")
    assert isinstance(slider, QSlider)
    applied: list[Applied] = []
    studio.run.control_applied.connect(applied.append)
    waited: list[int] = []
    milliseconds: list[float] = []
    for move in range(moves):
        # Uneven pauses: moves must not fall in step with the pictures.
        await asyncio.sleep(0.15 + 0.1 * (move * 0.618 % 1))
        applied.clear()
        seen = picture(studio, lambda position: bool(applied) and position.updates > applied[0].position.updates)
        at = time.perf_counter()
        slider.setValue(slider.value() + (1 if move % 2 else -1))
        await seen
        milliseconds.append(1000 * (time.perf_counter() - at))
        waited.append(applied[0].waited_updates)
    return {"apply_steps": float(max(waited)), "visible_ms": median(milliseconds)}


async def memory(studio: Studio, warm_up: int, steps: int) -> dict[str, float]:
    """Growth of both processes' resident memory over ``steps`` steps with all plane panels open, MB."""
    for name, dock in studio.window.docks.items():
        dock.setVisible("plane" in studio.window.panels[name].kinds)
    pid = studio.session.process_id
    assert pid is not None
    await steps_done(studio, warm_up)
    window, engine = await _resident(os.getpid()), await _resident(pid)
    await steps_done(studio, warm_up + steps)
    return {"window_mb": await _resident(os.getpid()) - window, "engine_mb": await _resident(pid) - engine}


async def latent(studio: Studio, moves: int) -> dict[str, float]:
    """``latent_ms``: median from a move of the point in the Interpolation panel, while the run plays at full speed,
    until the panel has been painted with the image of the latent that the point was moved to.
    """
    from ganstudio.ui.widgets.latent_path_pad import LatentPathPad

    pad = studio.window.findChild(LatentPathPad, "interpolation.way")
    assert isinstance(pad, LatentPathPad)
    await steps_done(studio, 5)
    milliseconds: list[float] = []
    for move in range(moves):
        await asyncio.sleep(0.15 + 0.1 * (move * 0.618 % 1))  # uneven, as above
        place = ((0.11 + 0.618 * move) % 1.0, 0.5)
        seen = latent_picture(studio, place)
        at = time.perf_counter()
        pad.put(*place)
        pad.moved.emit(*place)
        await seen
        milliseconds.append(1000 * (time.perf_counter() - at))
    return {"latent_ms": median(milliseconds)}


async def compare(studio: Studio, runs: list[dict[str, Any]], warm_up: int, seconds: float) -> dict[str, float]:
    """Of runs in lockstep, the steps a second of the slowest, and the plots a second painted from a new picture: of
    all of them, and of the one that has the fewest.
    """
    specs = msgspec.convert(runs, list[Spec])
    view = studio.window.comparisons.show([(spec, "") for spec in specs])
    view.resize(*SIZE)
    members = view.comparison.members
    for member in members:
        while member.run.started is None:
            await next_of(member.changed)
        while member.steps < warm_up or member.run.last_measured is None:
            await next_of(member.run.progressed)
    await next_of(members[-1].run.progressed)
    steps, plots, began = [member.steps for member in members], list(view.scheduler.plots), time.perf_counter()
    await asyncio.sleep(seconds)
    await next_of(members[-1].run.progressed)
    elapsed = time.perf_counter() - began
    if (fault := next((member.state for member in members if not member.alive), "")):
        raise NotMeasured(fault)
    painted = [now - before for now, before in zip(view.scheduler.plots, plots, strict=True)]
    return {
        "steps_per_second": min(member.steps - done for member, done in zip(members, steps, strict=True)) / elapsed,
        "plots_per_second": sum(painted) / elapsed,
        "slowest_plots_per_second": min(painted) / elapsed,
    }


# How a script is run ------------------------------------------------------------------------------------------------


async def unharmed(studio: Studio, work: Coroutine[Any, Any, dict[str, float]]) -> dict[str, float]:
    """What a script measured.

    Raises:
        NotMeasured: The run or its engine failed in the meantime.
    """
    run = studio.run
    fault: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def fail(why: str) -> None:
        if not fault.done():
            fault.set_result(why)

    run.failed.connect(lambda failed: fail(f"the run failed: {failed.reason}"))
    run.refused.connect(lambda refused: fail(f"refused: {refused.reason}"))
    run.diverged.connect(lambda diverged: fail(f"the term {diverged.what.term} became {diverged.what.value}"))
    studio.session.engine_lost.connect(lambda why: fail(f"the engine stopped: {why}"))
    script = asyncio.ensure_future(work)
    either: list[asyncio.Future[Any]] = [script, fault]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if fault.done():
        script.cancel()
        raise NotMeasured(fault.result())
    return script.result()


async def _resident(pid: int) -> float:
    """Resident memory of a process, MB: the median of a few readings, for allocators breathe."""
    readings = []
    for _ in range(5):
        readings.append(resident_mb(pid))
        await asyncio.sleep(0.05)
    return median(readings)


def resident_mb(pid: int) -> float:
    """Resident memory of a process, MB.

    Raises:
        NotMeasured: This system does not report it, and psutil is not installed.
    """
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024
    try:
        import psutil
    except ImportError:
        raise NotMeasured("memory can be measured on Linux, or with psutil installed") from None
    resident: int = psutil.Process(pid).memory_info().rss
    return resident / 2**20


SCRIPTS: dict[str, Callable[..., Coroutine[Any, Any, dict[str, float]]]] = {
    "rate": rate, "startup": startup_script.startup, "latency": latency, "memory": memory, "latent": latent,
    "compare": compare,
    "board": board_script.board, "refresh": board_script.refresh, "first_run": first_scripts.first_run,
    "first_digits": first_scripts.first_digits,
}


def main() -> int:
    """Runs one script in a window, opened as ``ganstudio`` opens it."""
    from ganstudio.commands.studio import keep_catalog, kept_catalog, link_maker

    parameters = json.loads(sys.argv[2])
    spec = msgspec.convert(parameters.pop("spec", {}), Spec)
    layout = parameters.pop("layout", "plane")
    make_link = link_maker("process", begin=True)

    from ganstudio.ui.application import open_studio

    def prepare(window: Window) -> None:
        window.resize(*SIZE)
        window.lay_out(layout, afresh=True)

    async def script(studio: Studio) -> int:
        if sys.argv[1] != "first_run":  # it shows the window itself, to see the first painting
            studio.window.show()
        measured = await unharmed(studio, SCRIPTS[sys.argv[1]](studio, **parameters))
        if "torch" in sys.modules:
            raise NotMeasured("the window's process has imported torch")
        sys.stdout.write(json.dumps(measured) + "\n")
        return 0

    try:
        with tempfile.TemporaryDirectory() as runs:  # recorded, as every training in the studio is
            return open_studio(make_link, None, spec, runs=Path(runs), kept_catalog=kept_catalog,
                               keep_catalog=keep_catalog, script=script, prepare=prepare, show=False)
    except NotMeasured as fault:
        sys.stderr.write(f"{fault}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
