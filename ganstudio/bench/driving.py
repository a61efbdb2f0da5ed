"""Drives the real window from a script, in a process of its own that never imports torch.

``python -m ganstudio.bench.driving NAME JSON`` opens the studio, runs the script of that name with the
parameters, and prints what it measured as one JSON line. Without a display it draws offscreen.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ganstudio.core.spec import Spec

if TYPE_CHECKING:
    from ganstudio.ui.application import Studio
    from ganstudio.ui.window import Window

SIZE = (1600, 1000)
QUICK = bool(os.environ.get("GANSTUDIO_BENCH_QUICK"))  # for tests: shorter, and not worth quoting


def in_window(name: str, home: str | None = None, **parameters: Any) -> dict[str, float]:
    """What a script measured in a fresh window process.

    Args:
        name: Of the script, a function below.
        home: Folder of settings and cache; a fresh one where None.
        parameters: Of the script.

    Raises:
        RuntimeError: The window process failed; its last words are told.
    """
    with tempfile.TemporaryDirectory() as fresh:
        environment = {**os.environ, "GANSTUDIO_HOME": home or fresh}
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        command = [sys.executable, "-m", "ganstudio.bench.driving", name, json.dumps(parameters)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"the window of benchmark script {name} failed: {done.stderr.strip()[-800:]}")
    measured: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


async def rate(studio: Studio, spec: Spec, warm_up: int, seconds: float) -> dict[str, float]:
    """Steps and pictures a second once ``warm_up`` steps are done."""
    session, looking = studio.session, studio.window.looking
    await _steps(studio, warm_up)
    assert session.progress is not None
    steps, pictures, began = session.progress.position.steps, looking.pictures, time.perf_counter()
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - began
    return {
        "steps_per_second": (session.progress.position.steps - steps) / elapsed,
        "pictures_per_second": (looking.pictures - pictures) / elapsed,
    }


async def startup(studio: Studio, spec: Spec, began: float) -> dict[str, float]:
    """Seconds from ``began`` (time.time of the process's start) to the painted window and to the first picture."""
    window, looking = studio.window, studio.window.looking
    painted: list[float] = []
    window.panels["points"].painted.connect(lambda: painted.append(time.time()))
    while not painted:
        await asyncio.sleep(0.002)
    while looking.pictures == 0 or looking.shown_steps < 1:
        await asyncio.sleep(0.002)
    return {"window_s": painted[0] - began, "first_picture_s": time.time() - began}


async def latency(studio: Studio, spec: Spec, moves: int) -> dict[str, float]:
    """From a moved control to its effect, and to the eye.

    ``apply_steps``: the most player updates that ended between the command's arrival at the engine and its
    application; 1 is the update that was under way. ``visible_ms``: median from the move to the moment when
    every panel has been painted from a picture that is later than the application.
    """
    session, looking = studio.session, studio.window.looking
    await _steps(studio, 30)
    milliseconds: list[float] = []
    waited: list[int] = []
    applied: list[Any] = []
    session.control_applied.connect(applied.append)
    for move in range(moves):
        await asyncio.sleep(0.11)
        at = time.perf_counter()
        session.set_control("gp_weight", 0.1 + 0.01 * (move % 7))
        applied.clear()
        while not applied:
            await asyncio.sleep(0)
        waited.append(applied[0].waited_updates)
        step = applied[0].position.steps
        pictures = looking.pictures
        while looking.pictures == pictures or looking.shown_steps < step:
            await asyncio.sleep(0)
        milliseconds.append(1000 * (time.perf_counter() - at))
    return {"apply_steps": float(max(waited)), "visible_ms": sorted(milliseconds)[moves // 2]}


async def memory(studio: Studio, spec: Spec, warm_up: int, steps: int) -> dict[str, float]:
    """Growth of both processes' resident memory over ``steps`` steps with all plane panels open, MB."""
    for dock in studio.window.docks.values():
        dock.setVisible(dock.objectName() != "dock.line")
    await _steps(studio, warm_up)
    pid = studio.session.process_id
    assert pid is not None
    window, engine = resident_mb(os.getpid()), resident_mb(pid)
    await _steps(studio, warm_up + steps)
    return {"window_mb": resident_mb(os.getpid()) - window, "engine_mb": resident_mb(pid) - engine}


async def _steps(studio: Studio, steps: int) -> None:
    """Waits until the run has done so many."""
    while studio.session.progress is None or studio.session.progress.position.steps < steps:
        await asyncio.sleep(0.02)


def resident_mb(pid: int) -> float:
    """Resident memory of a process, MB.

    Raises:
        RuntimeError: This system does not tell, and psutil is not installed.
    """
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024
    try:
        import psutil
    except ImportError:
        raise RuntimeError("memory can be measured on Linux, or with psutil installed") from None
    resident: int = psutil.Process(pid).memory_info().rss
    return resident / 2**20


SCRIPTS: dict[str, Callable[..., Any]] = {"rate": rate, "startup": startup, "latency": latency, "memory": memory}


def main() -> int:
    """Runs one script in a window."""
    from ganstudio.commands.studio import keep_catalog, kept_catalog, link_maker

    parameters = json.loads(sys.argv[2])
    spec = msgspec.convert(parameters.pop("spec", {}), Spec)
    make_link = link_maker("process")
    link = make_link()

    from ganstudio.ui.application import open_studio

    def prepare(window: Window) -> None:
        window.resize(*SIZE)
        window.lay_out("plane", anew=True)

    async def script(studio: Studio) -> int:
        measured = await SCRIPTS[sys.argv[1]](studio, spec, **parameters)
        sys.stdout.write(json.dumps(measured) + "\n")
        return 1 if "torch" in sys.modules else 0

    return open_studio(make_link, link, spec, catalog=kept_catalog(), keep_catalog=keep_catalog, script=script,
                       prepare=prepare)


if __name__ == "__main__":
    sys.exit(main())
