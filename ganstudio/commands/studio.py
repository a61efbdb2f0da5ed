"""``ganstudio``: opens the studio."""

from __future__ import annotations

import argparse
import difflib
import os
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import ganstudio
from ganstudio.commands import arguments
from ganstudio.commands import arguments as asking
from ganstudio.core.leaves import outside_names
from ganstudio.core.lessons.shelf import find_lesson, is_lesson
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.format import there
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.resources import cache_folder, runs_folder

if TYPE_CHECKING:
    from ganstudio.core.presets.preset_file import SavedPreset
    from ganstudio.ui.main.window import Window
    from ganstudio.ui.state.engine_client import EngineLink
    from ganstudio.ui.state.engine_start import StartedEngine

FIRST = Spec(variant="wgan-gp", data="ring", preset="toy")


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.add_argument("what", nargs="?", default="",
                        metavar="RUN.ganrun | FILE.ganpreset | CODE | LESSON | VARIANT[/PRESET][@DATA]",
                        help="a run to continue, a preset file or its code to start, a lesson to open, or what to "
                             "train first (default: wgan-gp/toy@ring)")
    arguments.add_data_path(parser, "of a run: ")
    parser.add_argument("--engine", default="process", metavar="process|thread",
                        help="thread: train inside the window's process, for debugging (default: process)")


def run(args: argparse.Namespace) -> int:
    """Opens the studio."""
    preset = preset_named(args.what)
    lesson = find_lesson(args.what) if preset is None and is_lesson(args.what) else None
    spec, file = (preset.spec, "") if preset is not None else opening("" if lesson is not None else args.what)
    if args.data_path and not file:
        raise BadInput(f"--data-path {args.data_path} says where the data of a run lies now, and goes with RUN.ganrun")
    arguments.one_of("engine", args.engine, ["process", "thread"])
    need_display()
    make_link = link_maker(args.engine, begin=True)

    from ganstudio.core.runs.moved_data import data_place
    from ganstudio.ui.application import open_studio

    def prepare(window: Window) -> None:
        if preset is not None:
            window.presets.expect(preset)

    return open_studio(make_link, None, spec, file=file, data_path=data_place(), runs=runs_folder(),
                       until=preset.until if preset is not None else 0, kept_catalog=kept_catalog,
                       keep_catalog=keep_catalog, prepare=prepare, lesson=lesson, at_once=True)


def preset_named(what: str) -> SavedPreset | None:
    """The preset of a file or a code; None if these words are neither.

    Raises:
        BadInput: They are, and it cannot be used.
    """
    from ganstudio.core.presets.preset_code import from_code, is_code
    from ganstudio.core.presets.preset_file import SUFFIX, read_preset

    if not is_code(what) and not what.lower().endswith(SUFFIX):
        return None

    from ganstudio.core.panel_catalog import panels
    from ganstudio.ui.state.preset_of_run import check, found_from

    preset = from_code(what) if is_code(what) else found_from(read_preset(Path(what)), Path(what).absolute().parent)
    check(preset, kept_catalog(), [panel.name for panel in panels()[0]])
    return preset


def opening(what: str) -> tuple[Spec, str]:
    """What is played at first, and the run file that it goes on from.

    Raises:
        BadInput: The file is not there or no run, or the words name nothing.
    """
    if not what:
        return FIRST, ""
    if _is_file(what):
        from ganstudio.core.runs.reader import RunReader

        reader = RunReader(arguments.run_file(what))
        try:
            return reader.spec(), str(Path(what).resolve())
        finally:
            reader.close()
    variant, _, data = what.partition("@")
    variant, _, preset = variant.partition("/")
    known = kept_catalog()
    if known is not None:
        kept = [v.name for v in known.variants]
        asking.one_of("command, run file or variant", variant, _with_outside("variants", kept))
        if data:
            asking.one_of("data set", data, _with_outside("datasets", [d.name for d in known.data]))
        if preset and variant in kept:
            asking.one_of(f"preset of {variant}", preset, [p.name for p in known.variant(variant).presets])
    else:  # the first start: names alone are known, from the names of the files
        asking.one_of("command, run file or variant", variant, _with_outside("variants", _file_names("variants")))
        if data:
            asking.one_of("data set", data, _with_outside("datasets", _file_names("datasets")))
    return Spec(variant=variant, data=data or FIRST.data, preset=preset or "toy"), ""


def _is_file(what: str) -> bool:
    """Whether a word means a file, whether it exists or not: no variant has a dot, and a slash follows its name."""
    path, variants = Path(what), _with_outside("variants", _file_names("variants"))
    variant = what.partition("@")[0].partition("/")[0]
    if variant in variants:
        return there(path) and path.is_file()
    mistyped = bool(difflib.get_close_matches(variant[:200], variants, n=1, cutoff=0.6))
    return bool(path.suffix) or "\\" in what or there(path) or ("/" in what and not mistyped)


def _file_names(folder: str) -> list[str]:
    """The names of a folder's leaves as their files give them, without importing one."""
    paths = [str(Path(ganstudio.__file__).parent / folder)]
    return [module.name.replace("_", "-") for module in pkgutil.iter_modules(paths)]


def _with_outside(folder: str, names: list[str]) -> list[str]:
    """These names and those that other packages declare: one may have been installed since the last start."""
    return list(dict.fromkeys([*names, *outside_names(f"ganstudio.{folder}")]))


def need_display() -> None:
    """One sentence and a remedy, if no window can open."""
    headless = sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if headless and not os.environ.get("QT_QPA_PLATFORM"):
        raise BadInput(
            "there is no display here (DISPLAY and WAYLAND_DISPLAY are not set): "
            "`make demo` trains without one and draws a picture of the window"
        )


def link_maker(engine: str, *, begin: bool = False) -> Callable[[], EngineLink]:
    """How an engine is started.

    Args:
        engine: ``process`` or ``thread``.
        begin: The process of the first one is started now, and torch loads beside Qt, not after it.
    """
    if engine == "thread":
        from ganstudio.engine.thread_link import ThreadLink

        return ThreadLink
    begun: list[StartedEngine] = []
    if begin:
        from ganstudio.ui.state.engine_start import engine_command, start_engine

        begun.append(start_engine(engine_command()))

    def make() -> EngineLink:
        from ganstudio.ui.state.engine_client import EngineProcess

        return EngineProcess(begun.pop() if begun else None)

    return make


def _catalog_file() -> Path:
    return cache_folder() / f"catalog-{ganstudio.__version__}.json"


def kept_catalog() -> Catalog | None:
    """The catalogue of the last start, if this version kept one and it can be read."""
    try:
        return msgspec.json.decode(_catalog_file().read_bytes(), type=Catalog)
    except (OSError, msgspec.MsgspecError):
        return None


def keep_catalog(catalog: Catalog) -> None:
    """Keeps the catalogue for the next start; a disk that is full only costs a slower one."""
    path = _catalog_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(catalog))
        fresh.replace(path)
    except OSError:
        return
