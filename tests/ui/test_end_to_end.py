"""The real window on a real engine, driven as a hand would, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import asyncio, json, os, sys, threading
from ganstudio.commands.studio import link_maker
from ganstudio.core.spec import Spec
from ganstudio.ui.application import open_studio

told = {}

async def until(condition, what):
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(what)

async def script(studio):
    session, window = studio.session, studio.window
    notice = lambda: window._notice_action.isVisible() and window.notice.text
    steps = lambda: session.progress.position.steps if session.progress else 0
    await until(lambda: steps() >= 20 and window.looking.pictures > 2, "first")
    told["pictures"] = window.looking.pictures
    told["points"] = window.panels["points"]._headline.text()

    session.play(False)
    await until(lambda: not session.progress.playing, "hold")
    before = session.progress.position
    session.step("discriminator")
    await until(lambda: session.progress.position.discriminator_updates > before.discriminator_updates, "one step")
    after = session.progress.position
    told["one_step"] = [after.discriminator_updates - before.discriminator_updates,
                        after.generator_updates - before.generator_updates]
    session.play(True)
    await until(lambda: session.progress.position.steps > after.steps + 3, "resume")

    run = session.started.run
    window.panels["controls"].field_of("gp_weight")._choose(3.5)
    await until(lambda: session.settings["gp_weight"] == 3.5, "control")
    told["same_run"] = session.started.run == run
    told["tick"] = session.changes[-1].name

    session.choose_data("mixture")
    await until(lambda: session.started.kind == "line", "line")
    told["line"] = [window.docks["line"].isVisible(), window.docks["points"].isVisible()]
    session.choose_data("ring")
    await until(lambda: session.started.kind == "plane" and session.progress, "plane")
    told["plane"] = [window.docks["line"].isVisible(), window.docks["points"].isVisible()]

    session.choose_data("rign")
    await until(notice, "refused")
    told["refused"] = window.notice.text
    told["goes_on"] = session.started.spec.data

    session.start(Spec(controls={"learning_rate_d": 1.0, "optimiser_d": "sgd", "gp_weight": 100.0}))
    await until(lambda: session.last_diverged is not None, "divergence")
    told["diverged"] = window.notice.text
    window.notice._buttons[0].click()
    await until(lambda: session.last_diverged is None and steps() > 3, "restart")
    told["good"] = [session.settings["learning_rate_d"], notice()]

    pid = session.process_id
    os.kill(pid, 9)
    await until(notice, "loss")
    told["lost"] = window.notice.text
    window.notice._buttons[0].click()
    await until(lambda: session.progress and steps() > 3 and session.process_id != pid, "fresh")
    told["fresh"] = session.spec.variant
    told["engine"] = session.process_id

    window.set_theme("light")
    window.docks["log"].setVisible(False)
    window.reset_layout()
    told["log"] = window.docks["log"].isVisibleTo(window)
    told["torch"] = "torch" in sys.modules
    window.close()
    await asyncio.wait_for(studio.closed.wait(), 3)
    return 0

status = open_studio(link_maker("process"), None, Spec(), script=script)
told["threads"] = threading.active_count()
print(json.dumps(told))
sys.exit(status)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script saw."""
    environment = {**os.environ, "GANSTUDIO_HOME": str(tmp_path_factory.mktemp("home")), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-W", "error::RuntimeWarning", "-c", SCRIPT], capture_output=True, text=True,
                          env=environment, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_it_plays_at_once_and_says_what_is_to_be_seen(told: dict[str, Any]) -> None:
    assert told["pictures"] > 2
    assert "of 8" in told["points"]


def test_one_step_is_one_update(told: dict[str, Any]) -> None:
    assert told["one_step"] == [1, 0]


def test_a_live_control_never_restarts(told: dict[str, Any]) -> None:
    assert told["same_run"]
    assert told["tick"] == "gp_weight"


def test_the_layout_follows_the_data(told: dict[str, Any]) -> None:
    assert told["line"] == [True, False]
    assert told["plane"] == [False, True]


def test_what_is_refused_leaves_the_run(told: dict[str, Any]) -> None:
    assert "did you mean 'ring'" in told["refused"]
    assert told["goes_on"] == "ring"


def test_a_divergence_names_its_term_and_the_way_back_works(told: dict[str, Any]) -> None:
    assert "the term “" in told["diverged"]
    assert "at step" in told["diverged"]
    assert told["good"] == [1e-3, False]


def test_a_killed_engine_is_told_and_replaced(told: dict[str, Any]) -> None:
    assert "signal 9" in told["lost"]
    assert told["fresh"] == "wgan-gp"


def test_closing_while_it_trains_leaves_nothing_behind(told: dict[str, Any]) -> None:
    assert not told["torch"]
    assert told["log"]
    assert told["threads"] == 1
    assert not Path(f"/proc/{told['engine']}").exists()
