"""Reports: made when the engine is killed or silent, or after a crash; they can be copied, and the run goes on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec
import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from studio_kit import applied, progress, started
from window_kit import House

from ganstudio.core.protocol.messages import Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.life_record import Left, LifeRecord
from ganstudio.ui.main import reports
from ganstudio.ui.main.about import about, parts
from ganstudio.ui.main.doctor import FAILED, DoctorDialog
from ganstudio.ui.main.glossary import page_tables
from ganstudio.ui.main.help import GlossaryDialog
from ganstudio.ui.state.engine_client import EngineProcess

pytest_plugins = ["window_fixtures"]


def text_of(house: House) -> str:
    dialog = house.window.reports.dialog
    assert dialog is not None and dialog.isVisible()
    return dialog.text.toPlainText()


def test_an_engine_that_is_lost_leaves_a_report_and_the_ways_back(fresh: House) -> None:
    run = fresh.begin(Spec(data_controls={}))
    fresh.stage.link.say(applied(run, 1, "gp_weight", 5.0, steps=12))
    fresh.stage.link.say(progress(run, 345))
    fresh.stage.link.last_words = (  # type: ignore[attr-defined]
        'Fatal Python error: Aborted\n  File "/home/someone/ganstudio/engine/server.py", line 3 in main\n')
    fresh.stage.link.lose("it was ended by signal 6")
    assert fresh.said().startswith("The engine stopped: it was ended by signal 6.")
    fresh.press(1)
    said = text_of(fresh)
    for part in ("The engine stopped: it was ended by signal 6.", "GAN Studio ", "torch ", "variant: wgan-gp",
                 "step: 345", "step 12: gp_weight = 5", "gp_weight = 5", '"variant": "wgan-gp"',
                 "Fatal Python error: Aborted", 'File "…/ganstudio/engine/server.py"'):
        assert part in said, part
    assert "someone" not in said and str(Path.home()) not in said
    dialog = fresh.window.reports.dialog
    assert dialog is not None
    dialog.copy.click()
    assert QApplication.clipboard().text() == said
    dialog.reject()
    assert fresh.said().startswith("The engine stopped")  # the ways back are still there
    fresh.stage.open(lambda: fresh.press(0))
    fresh.stage.welcome()
    assert fresh.stage.link.told(Start)[-1].spec.variant == "wgan-gp"


def test_the_report_has_no_path_of_the_users_data(fresh: House, tmp_path: Path) -> None:
    secret = tmp_path / "patients of Dr Meier" / "heart.csv"
    fresh.begin(Spec(data="points", data_controls={"file": str(secret)}))
    fresh.window.tell(f"Not done: {secret} is not there.")
    said = fresh.window.reports.text()
    assert '"file": "….csv"' in said and "Meier" not in said and str(tmp_path) not in said


def test_a_real_engine_that_is_killed_says_so_in_the_report(qtbot: QtBot, qapp: QApplication) -> None:
    """It writes all stacks when it dies of a signal, and when it is asked where it is."""
    link = EngineProcess()
    loop = qasync.QEventLoop(qapp)
    lost: list[str] = []

    async def story() -> None:
        up: asyncio.Future[object] = loop.create_future()
        gone: asyncio.Future[str] = loop.create_future()
        await link.open(lambda event: None if up.done() else up.set_result(event), gone.set_result)
        await asyncio.wait_for(up, 60)
        os.kill(link.pid, signal.SIGUSR1)
        for _ in range(600):
            if "most recent call first" in link.last_words:
                break
            await asyncio.sleep(0.05)
        assert "asyncio" in link.last_words
        os.kill(link.pid, signal.SIGABRT)
        lost.append(await asyncio.wait_for(gone, 30))
        await link.close()

    with loop:
        loop.run_until_complete(story())
    assert lost == [f"it was ended by signal {int(signal.SIGABRT)}"]
    assert "Fatal Python error: Aborted" in link.last_words


def test_an_engine_that_is_silent_is_said_to_be_until_it_answers(
    fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    window, session = fresh.window, fresh.stage.session
    run = fresh.begin()
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(type(session), "process_id", property(lambda _: 4321))
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    now = time.monotonic()
    session.heard_at = now - reports.SILENT_S + 20
    window.reports.look()
    assert fresh.said() == ""
    session.heard_at = now - reports.SILENT_S - 1
    window.reports.look()
    window.reports.look()
    assert fresh.said().startswith("The engine has not answered for 60 seconds.")
    assert sent == [(4321, signal.SIGUSR1)]
    fresh.press(1)
    assert "The engine did not answer." in text_of(fresh)
    fresh.press(0)
    assert sent[1:] == [(4321, signal.SIGKILL)]
    window.reports.look()
    fresh.stage.link.say(progress(run, 9))
    window.reports.look()
    assert fresh.said() == ""
    session.heard_at = now - 1000
    fresh.stage.link.say(progress(run, 9, playing=False))
    session.heard_at = now - 1000
    window.reports.look()
    assert fresh.said() == ""  # a run that is paused says nothing


def test_what_is_noted_is_offered_at_the_next_start_with_the_run(fresh: House, tmp_path: Path) -> None:
    record, file = LifeRecord(tmp_path / "reports"), tmp_path / "kept.ganrun"
    RunWriter(file, Spec(seed=3)).close()
    fresh.begin()
    fresh.window.reports.keep(record)
    fresh.stage.commands.next_run.start(Spec(seed=3))
    asked = fresh.stage.link.told(Start)[-1]
    fresh.stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), record=str(file)))
    fresh.stage.link.say(progress(asked.run, 77))
    fresh.window.reports.look()
    (facts,) = (tmp_path / "reports").glob("*.facts.json")
    noted = json.loads(facts.read_text())
    assert noted["facts"]["step"] == 77 and noted["file"] == str(file)
    record.close()
    fresh.window.reports._clock.stop()

    fresh.window.reports.offer(Left(noted, "Fatal Python error: Segmentation fault\n\nThread 0x1:\n", ()))
    assert fresh.said() == ("Last time the studio ended unexpectedly (Segmentation fault). A report can be copied, and "
                            "its run is kept.")
    fresh.press(1)
    said = text_of(fresh)
    assert "step: 77" in said and "Thread 0x1" in said and str(tmp_path) not in said
    fresh.press(0)
    last = fresh.stage.link.told(Start)[-1]
    assert (last.file, last.spec.seed, last.playing) == (str(file), 3, False)


def test_without_a_run_that_is_there_the_report_alone_is_offered(fresh: House) -> None:
    facts: dict[str, object] = {"file": "/none.ganrun", "facts": 3, "sections": [["a"], 4]}
    fresh.window.reports.offer(Left(facts, "Timeout (0:00:30)!", ()))
    assert fresh.said() == "Last time the studio did not answer and was ended. A report can be copied."
    fresh.press(0)
    assert "Timeout (0:00:30)!" in text_of(fresh)


# Help ----------------------------------------------------------------------------------------------------------------


def test_the_doctor_says_what_the_command_says(house: House, tmp_path: Path) -> None:
    said = tmp_path / "said.py"
    checks = [{"name": "torch", "status": "missing", "found": "none", "advice": "Install it."},
              {"name": "device", "status": "ok", "found": "cpu", "advice": ""}]
    said.write_text('import sys; assert sys.argv[1:] == ["doctor", "--json"]\n'
                    f"print({json.dumps({'checks': checks, 'ok': False})!r})")
    shown = DoctorDialog(house.window, [sys.executable, str(said)])
    shown.show()
    house.qtbot.waitUntil(lambda: "torch" in shown.text.toPlainText())
    assert shown.text.toPlainText() == "torch: missing\n  none\n  What to do: Install it.\n\ndevice: ok\n  cpu"
    assert shown.said.text().startswith("Something is missing")
    shown.reject()
    said.write_text("import sys; sys.exit('no torch here')")
    shown = DoctorDialog(house.window, [sys.executable, str(said)])
    house.qtbot.waitUntil(lambda: shown.said.text() == FAILED)
    assert "no torch here" in shown.text.toPlainText()
    shown.reject()


def test_about_names_every_package_with_its_licence() -> None:
    said = about()
    assert "MIT" in said
    found = {name.lower(): licence for name, _, licence in parts()}
    names = {name.replace("-", "_") for name in found}
    assert {"torch", "numpy", "pyside6_essentials", "pyqtgraph", "msgspec"} <= names
    assert all(found.values()) and all(len(licence) < 120 for licence in found.values())


def test_the_glossary_has_the_pages_words_and_is_searched(house: House) -> None:
    page = "# G\n## One\n| here | what | else |\n|---|---|---|\n| *a* `b` | is it | c |\n| d | e | |\n"
    tables = dict(page_tables(page))
    assert tables == {"One": [("a b", "Is it. Elsewhere: c."), ("d", "E.")]}
    shown = GlossaryDialog(house.window)
    shown.line.setText("minibatch")
    left = [shown.table.model().index(row, 0).data() for row in range(shown.table.rowCount())
            if not shown.table.isRowHidden(row)]
    assert left == ["The game", "batch"]
    shown.close()
