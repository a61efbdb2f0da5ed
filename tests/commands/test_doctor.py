"""The doctor tells the truth about a whole machine, one without a screen and one where Qt cannot start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ganstudio.commands import doctor

ROOT = Path(__file__).resolve().parents[2]
FAILS = (sys.executable, "-c", "import sys; sys.exit('ImportError: libEGL.so.1: cannot open shared object file')")
HANGS = (sys.executable, "-c", "import time; time.sleep(600)")


def found(report: doctor.Report, name: str) -> doctor.Check:
    return next(check for check in report.checks if check.name == name)


@pytest.fixture(scope="module")
def whole() -> doctor.Report:
    return doctor.report()


def test_every_check_has_a_name_of_its_own_and_advice_where_it_is_not_ok(whole: doctor.Report) -> None:
    assert len({check.name for check in whole.checks}) == len(whole.checks)
    for check in whole.checks:
        assert check.found, check
        assert (check.status == "ok") == (check.advice == ""), check
    assert whole.ok == all(check.status != "missing" for check in whole.checks)


def test_qt_starts_offscreen_and_torch_is_found(whole: doctor.Report) -> None:
    assert "starts with offscreen" in found(whole, "Qt offscreen").found
    assert found(whole, "torch").status == "ok"
    assert "PySide6-Essentials 6." in found(whole, "versions").found


def test_json_is_one_object(whole: doctor.Report, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.print_report(whole, as_json=True)
    printed = capsys.readouterr().out
    data = json.loads(printed)
    assert printed.count("\n") == 1
    assert data["ok"] is whole.ok
    assert [set(check) for check in data["checks"]] == [{"name", "status", "found", "advice"}] * len(whole.checks)


def test_the_table_names_every_check(whole: doctor.Report, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.print_report(whole, as_json=False)
    printed = capsys.readouterr().out
    assert all(check.name.split()[0] in printed for check in whole.checks)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their desktops have no DISPLAY")
def test_without_a_display_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    report = doctor.report(FAILS)
    assert found(report, "display").status == "warning"
    assert "xvfb-run" in found(report, "display").advice
    assert found(report, "Qt window").status != "ok"


@pytest.mark.parametrize("command", [FAILS, ("/no/such/interpreter",)])
def test_it_survives_a_qt_that_cannot_start(command: tuple[str, ...]) -> None:
    report = doctor.report(command)
    assert not report.ok
    assert found(report, "Qt offscreen").status == "missing"
    assert found(report, "fonts").status == "warning"
    assert found(report, "torch").status == "ok"


def test_the_reason_of_the_failure_is_passed_on() -> None:
    assert "libEGL.so.1" in found(doctor.report(FAILS), "Qt offscreen").found


def test_a_qt_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PROBE_TIMEOUT_S", 0.2)
    assert "did not start" in found(doctor.report(HANGS), "Qt offscreen").found


def test_missing_libraries_become_one_apt_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "missing_libraries", lambda: ["libEGL.so.1", "libgthread-2.0.so.0"])
    advice = found(doctor.report(FAILS), "Qt offscreen").advice
    assert advice.endswith("sudo apt-get install -y --no-install-recommends libegl1 libglib2.0-0")


def test_a_settings_folder_that_cannot_be_written_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("GANSTUDIO_HOME", str(file))
    assert found(doctor.report(FAILS), "settings").status == "missing"


def test_it_looks_at_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=!~;\[ ]", line)[0] for line in project["dependencies"]}
    assert set(doctor.DEPENDENCIES) == declared


def test_importing_it_loads_neither_qt_nor_torch() -> None:
    code = ("import sys, ganstudio.commands.doctor; "
            "print([m for m in ('torch', 'PySide6', 'rich', 'PIL') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
