"""What this machine has and lacks for the studio, and what to do about it: `ganstudio doctor`.

Works even if Qt cannot start: Qt is tried in processes of its own, since a platform plugin that cannot
load aborts the process it is in.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ganstudio.commands import arguments, terminal
from ganstudio.core.system import resources

DEPENDENCIES = (
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "sympy",
    "contourpy",
    "msgspec",
    "safetensors",
    "PySide6-Essentials",
    "pyqtgraph",
    "ziamath",
    "qasync",
    "rich",
    "platformdirs",
    "filelock",
    "pillow",
    "av",
    "jinja2",
    "markupsafe",
)
"""The distributions of pyproject.toml's `dependencies`; a test compares the two."""

OLDEST_GLIBC = (2, 34)
"""What PySide6's wheels are built for (manylinux_2_34)."""

PROBE_TIMEOUT_S = 6.0
"""A cold start of Qt takes 1 to 2 s; both probes run at once, and the whole report has to take less than 10 s."""

DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}
"""Shared library -> the Debian and Ubuntu package that has it."""

_QT_PROBE = """
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass
from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
app = QApplication([])
fonts = [family for family in QFontDatabase.families() if QFontDatabase.isSmoothlyScalable(family)]
print(json.dumps({"platform": app.platformName(), "version": qVersion(), "fonts": fonts}))
"""

Status = Literal["ok", "warning", "missing"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `advice` says what to do and is empty if there is nothing to do."""

    name: str
    status: Status
    found: str
    advice: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All checks; `ok` if nothing is missing, even with warnings."""

    checks: tuple[Check, ...]
    ok: bool


class QtStart(msgspec.Struct, frozen=True, kw_only=True):
    """How a QApplication fared in a process of its own; `error` is empty when it started."""

    platform: str = ""
    version: str = ""
    fonts: tuple[str, ...] = ()
    error: str = ""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Reports; 1 if something that the studio needs is missing."""
    found = report()
    print_report(found, args.json)
    return 0 if found.ok else 1


def report(python: Sequence[str] | None = None) -> Report:
    """Looks at the machine; takes some seconds, most of them torch's and Qt's own start.

    Args:
        python: The command that runs Python code given after ``-c``; this interpreter when None.
    """
    command = tuple(python) if python is not None else (sys.executable,)
    screen = _has_screen()
    bundled = bool(getattr(sys, "frozen", False))  # there, sys.executable is the studio: it takes no -c
    deadline = time.monotonic() + PROBE_TIMEOUT_S
    offscreen_probe = None if bundled else _start_qt(command, {**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    native_probe = None if bundled or not screen else _start_qt(command, _native_environment())
    torch_checks = _torch()  # while Qt starts
    offscreen = _finish_qt(offscreen_probe, deadline)
    native = _finish_qt(native_probe, deadline)
    libraries = missing_libraries()
    checks = (
        _platform(),
        _versions(),
        *torch_checks,
        _display(screen),
        _qt("Qt window", native, libraries),
        _qt("Qt offscreen", offscreen, libraries),
        _fonts(offscreen),
        _pictures(),
        _video(),
        _settings(),
    )
    return Report(checks=checks, ok=all(check.status != "missing" for check in checks))


def print_report(report: Report, as_json: bool) -> None:
    """Prints a report on standard output: one JSON object, or a table."""
    if as_json:
        arguments.print_json(report, indent=-1)
        return
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "warning": "yellow", "missing": "bold red"}
    table = Table("check", "status", "found", "what to do", title="GAN Studio on this machine")
    for check in report.checks:
        status = Text(check.status, style=styles[check.status])
        table.add_row(check.name, status, check.found, check.advice)
    terminal.console().print(table)


def _platform() -> Check:
    system = f"{platform.system()} {platform.release()} ({platform.machine()}), Python {platform.python_version()}"
    memory = memory_bytes()
    size = f"{memory / 2**30:.1f} GiB memory" if memory else "memory unknown"
    found = f"{system}, {usable_cores()} of {os.cpu_count() or 1} cores, {size}"
    library, version = platform.libc_ver()
    if library == "glibc":
        found += f", glibc {version}"
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
            advice = "Qt for Python needs glibc 2.34 or newer: Debian 12, Ubuntu 22.04 or later."
            return Check(name="platform", status="missing", found=found, advice=advice)
    return Check(name="platform", status="ok", found=found)


def usable_cores() -> int:
    """Cores this process may run on, which in a container or under taskset are fewer than the machine's."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return cores


def memory_bytes() -> int:
    """Physical memory in bytes; 0 if the system does not say."""
    if sys.platform == "win32":
        import ctypes

        class MemoryStatus(ctypes.Structure):
            """MEMORYSTATUSEX of the Windows API; the six last fields are not read."""

            _fields_ = [
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                ("total", ctypes.c_ulonglong),
                ("rest", ctypes.c_ulonglong * 6),
            ]

        status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
        size = int(status.total) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
    else:
        try:
            size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError):
            size = 0
    return size


def _versions() -> Check:
    found, absent = [], []
    for name in DEPENDENCIES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
    if absent:
        advice = f"Not installed: {', '.join(absent)}. `pip install ganstudio` (or `make run`) brings them."
        return Check(name="versions", status="missing", found=", ".join(found), advice=advice)
    return Check(name="versions", status="ok", found=", ".join(found))


def _torch() -> list[Check]:
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")  # a driver that is too old says so in a warning only
            import torch

            cuda = torch.cuda.is_available()
    except (ImportError, OSError, RuntimeError) as error:
        advice = "Install torch again; without it nothing trains."
        return [Check(name="torch", status="missing", found=_one_line(str(error)), advice=advice)]
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU build"
    if torch.version.hip:
        build = f"ROCm {torch.version.hip}"
    made = Check(name="torch", status="ok", found=f"{torch.__version__}, {build}, {torch.get_num_threads()} threads")

    if cuda:
        cards = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
        names = ", ".join(f"{card.name} ({card.total_memory / 2**30:.1f} GiB)" for card in cards)
        return [made, Check(name="device", status="ok", found=f"cuda: {names}")]
    if torch.backends.mps.is_available():
        return [made, Check(name="device", status="ok", found="mps: this Mac's GPU")]
    if torch.version.cuda is None and shutil.which("nvidia-smi"):
        advice = "This machine has NVIDIA's driver, but torch is a CPU build: install one for CUDA from pytorch.org."
        return [made, Check(name="device", status="warning", found="cpu", advice=advice)]
    if caught and shutil.which("nvidia-smi"):
        advice = _one_line(str(caught[0].message))
        return [made, Check(name="device", status="warning", found="cpu", advice=advice)]
    return [made, Check(name="device", status="ok", found="cpu")]


def _has_screen() -> bool:
    if platform.system() in ("Windows", "Darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _display(screen: bool) -> Check:
    names = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if screen:
        return Check(name="display", status="ok", found=", ".join(names) or "the desktop")
    return Check(
        name="display",
        status="warning",
        found="neither DISPLAY nor WAYLAND_DISPLAY is set",
        advice="A window needs a desktop: start from one, log in with `ssh -X`, or use `xvfb-run -a ganstudio`. "
        "`catalog`, `train` and `measure` need none.",
    )


def _native_environment() -> dict[str, str]:
    """This environment without a choice of a plugin that shows no window."""
    environment = dict(os.environ)
    if environment.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal", "minimalegl", "vnc"):
        del environment["QT_QPA_PLATFORM"]
    return environment


def _start_qt(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str] | str:
    """The running probe, or why there is none."""
    try:
        return subprocess.Popen(
            [*command, "-c", _QT_PROBE],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        return _one_line(str(error))


def _finish_qt(probe: subprocess.Popen[str] | str | None, deadline: float) -> QtStart | None:
    if probe is None:
        return None
    if isinstance(probe, str):
        return QtStart(error=probe)
    try:
        out, err = probe.communicate(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        probe.kill()
        probe.communicate()
        return QtStart(error=f"did not start within {PROBE_TIMEOUT_S:.0f} s")
    if probe.returncode:
        return QtStart(error=_reason(err) or f"ended with status {probe.returncode}")
    try:
        return msgspec.convert(json.loads(out), QtStart)
    except (json.JSONDecodeError, msgspec.ValidationError):
        return QtStart(error="the trial gave no answer")


def _reason(stderr: str) -> str:
    """The telling line of what Qt or Python wrote before it ended."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for word in ("Error", "could not connect", "Could not load", "could not"):
        for line in reversed(lines):
            if word in line:
                return _one_line(line)
    return _one_line(lines[-1]) if lines else ""


def missing_libraries() -> list[str]:
    """Shared libraries that PySide6's widgets and platform plugins name and the loader does not find (Linux)."""
    specification = importlib.util.find_spec("PySide6")
    if platform.system() != "Linux" or specification is None or specification.origin is None or not shutil.which("ldd"):
        return []
    qt = Path(specification.origin).parent / "Qt"
    files = [
        qt / "lib" / "libQt6Gui.so.6",
        qt / "lib" / "libQt6Widgets.so.6",
        qt / "plugins" / "platforms" / "libqoffscreen.so",
        qt / "plugins" / "platforms" / "libqxcb.so",
    ]
    present = [str(file) for file in files if file.exists()]
    if not present:
        return []
    try:
        listing = subprocess.run(
            ["ldd", *present], capture_output=True, text=True, timeout=5, env={**os.environ, "LC_ALL": "C"}
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted({line.split()[0] for line in listing.splitlines() if line.endswith("=> not found")})


def apt_line(libraries: Sequence[str]) -> str:
    """The command that brings these libraries on Debian and Ubuntu; empty when none of them is known."""
    packages = sorted({DEBIAN_PACKAGES[library] for library in libraries if library in DEBIAN_PACKAGES})
    return f"sudo apt-get install -y --no-install-recommends {' '.join(packages)}" if packages else ""


def _qt(name: str, start: QtStart | None, libraries: Sequence[str]) -> Check:
    """What became of a trial, None if none was made: without a screen, or in a bundle."""
    lacks = f"libraries missing: {', '.join(libraries)}" if libraries else "no library is missing"
    line = apt_line(libraries)
    install = f"On Debian and Ubuntu: {line}" if line else "Install the packages that bring these libraries."
    if start is None:
        advice = install if libraries else "Open the studio on a machine with a display."
        return Check(name=name, status="warning", found=f"not tried; {lacks}", advice=advice)
    if not start.error:
        return Check(name=name, status="ok", found=f"Qt {start.version} starts with {start.platform}")
    if libraries:
        advice = install
    elif "could not connect to display" in start.error:
        advice = "DISPLAY names a screen that does not answer: log in to the desktop again, or set DISPLAY right."
    else:
        advice = "Install PySide6-Essentials again; QT_DEBUG_PLUGINS=1 makes Qt say more."
    return Check(name=name, status="missing", found=f"{start.error}; {lacks}", advice=advice)


def _fonts(start: QtStart | None) -> Check:
    if start is None or start.error:
        advice = "See Qt offscreen."
        return Check(name="fonts", status="warning", found="unknown: Qt did not start", advice=advice)
    if not start.fonts:
        return Check(
            name="fonts",
            status="missing",
            found="no scalable font",
            advice="Without one every label is a row of boxes. On Debian and Ubuntu type this: sudo apt-get install "
                   "-y fonts-dejavu-core",
        )
    return Check(name="fonts", status="ok", found=f"{len(start.fonts)} scalable families, {start.fonts[0]} among them")


def _pictures() -> Check:
    try:
        from PIL import features

        webp = bool(features.check("webp"))
    except (ImportError, OSError) as error:
        advice = "Install pillow again; without it no picture is read or written."
        return Check(name="pictures", status="missing", found=_one_line(str(error)), advice=advice)
    if webp:
        return Check(name="pictures", status="ok", found="PNG, GIF, WebP")
    advice = "This build of pillow has no WebP; the wheels of PyPI have."
    return Check(name="pictures", status="warning", found="PNG, GIF", advice=advice)


def _video() -> Check:
    from ganstudio.export.film_video import CODECS, lacking

    kinds = {ending: f"{ending[1:]} ({codec.title}, {codec.encoder})" for ending, codec in CODECS.items()}
    faults = {ending: fault for ending in CODECS if (fault := lacking(ending))}
    writes = [kind for ending, kind in kinds.items() if ending not in faults]
    found = ", ".join([*writes, "gif", "png sequence"])
    if not faults:
        return Check(name="video", status="ok", found=f"{found}; PyAV {importlib.metadata.version('av')}")
    advice = f"No {' and no '.join(ending[1:] for ending in faults)}: {_one_line('; '.join(set(faults.values())))}. "
    advice += "Install av again; until then films are .gif or .png."
    return Check(name="video", status="warning", found=found, advice=advice)


def _settings() -> Check:
    folder = resources.settings_folder()
    existing = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    try:
        with tempfile.TemporaryFile(dir=existing):  # asking the permission bits misses full and read-only disks
            return Check(name="settings", status="ok", found=str(folder))
    except OSError as error:
        advice = "Make this folder writable, or set GANSTUDIO_HOME to one that is."
        found = f"{folder}: {_one_line(error.strerror or str(error))}"
        return Check(name="settings", status="missing", found=found, advice=advice)


def _one_line(text: str) -> str:
    """The text on one line, of a length that fits a table."""
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"
