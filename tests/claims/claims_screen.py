"""Claims on the screen: what a panel says and what the measures' table has are the same at a moment that is held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial

from claim import Claim, Outcome

MOMENTS = 20
RUNS = (("wgan-gp", "ring"), ("ns-gan", "grid"), ("cgan", "ring"), ("r1-gan", "grid"), ("wgan", "ring"))

WINDOW = """
import asyncio, json, re, sys
from PySide6.QtWidgets import QTableWidget
from ganstudio.commands.studio import link_maker
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.application import open_studio

variant, data, moments = sys.argv[1], sys.argv[2], int(sys.argv[3])

async def until(what, seconds=120.0):
    for _ in range(int(seconds / 0.02)):
        if what():
            return
        await asyncio.sleep(0.02)
    raise SystemExit("the window did not get there")

def numbers(table):
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}

async def script(studio):
    run, panels = studio.run, {panel.name: panel for panel in studio.window.panels.values()}
    table = panels["measures"].findChild(QTableWidget)
    seen, wrong, last = [], [], []
    run.snapshot_came.connect(lambda snapshot: "points" in snapshot.views and last.__setitem__(slice(None), [snapshot]))
    for moment in range(moments):
        target = 25 * (moment + 1) ** 1.4
        await until(lambda: run.progress is not None and run.progress.position.steps >= target)
        studio.window.transport.play.trigger()
        await until(lambda: not run.progress.playing)
        steps = run.progress.position.steps
        await until(lambda: run.last_measured is not None and run.last_measured.steps == steps)
        await until(lambda: last and last[0].position.steps == steps)
        await asyncio.sleep(0.1)
        said, head, rows = panels["points"]._headline.text(), panels["measures"]._headline.text(), numbers(table)
        modes = last[0].views["points"].modes
        told = re.search(r"([0-9]+)% of these ([0-9,]+) points", said)
        found = re.search(r"(All )?([0-9]+)( of [0-9]+)? modes found|: ([0-9]+) of [0-9]+ found", said)
        facts = [f"{modes.found}" == rows["modes found"], f"{modes.high_quality:.1%}" == rows["high quality"],
                 f"step {steps:,}" in head]
        if told is not None:
            facts += [f"{modes.high_quality:.0%}" == f"{told[1]}%", f"{told[2]} samples" in head]
        if found is not None:
            facts.append((found[2] or found[4]) == rows["modes found"])
        seen.append(steps)
        if not all(facts):
            wrong.append([steps, said, head, rows, facts])
        studio.window.transport.play.trigger()
    print(json.dumps({"seen": seen, "wrong": wrong}))
    return 0

sys.exit(open_studio(link_maker("process"), None, Spec(variant=variant, data=data, seed=7), script=script))
"""


def agree(variant: str, data: str) -> Outcome:
    """The real window, paused at moments of a run."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "GANSTUDIO_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-c", WINDOW, variant, data, str(MOMENTS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return Outcome(False, (done.stderr.strip().splitlines() or ["no output"])[-1])
    seen = json.loads(done.stdout.splitlines()[-1])
    first = f"; first: {seen['wrong'][0]}" if seen["wrong"] else ""
    return Outcome(len(seen["seen"]) == MOMENTS and not seen["wrong"],
                   f"{len(seen['seen']) - len(seen['wrong'])} of {len(seen['seen'])} moments agree, "
                   f"steps {seen['seen'][0]} to {seen['seen'][-1]}{first}")


CLAIMS = [
    Claim(f"panels and measures agree, {variant} on {data}", f"{MOMENTS} of {MOMENTS} moments",
          partial(agree, variant, data))
    for variant, data in RUNS
]
