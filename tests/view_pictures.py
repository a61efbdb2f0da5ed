"""Takes pictures of every view of the window at the sizes, palettes and text that users have, to be looked at.

    python tests/view_pictures.py FOLDER                 all: some ten minutes on two quiet cores
    python tests/view_pictures.py FOLDER plane menus     these views

Runs train before they are looked at, and in slow motion meanwhile, on screens of 1366x768 and 1920x1080. The pictures
are FOLDER/VIEW_SIZE_PALETTE_TEXT.png; FOLDER/sheet_VIEW.png has those of a view beside each other, FOLDER/faults.txt
names every text that is cut or written over, as ``ui/painted_text.py`` finds them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

    from ganstudio.ui.application import Studio
    from ganstudio.ui.main.command_palette import CommandPalette

ROOT = Path(__file__).resolve().parents[1]
SIZES = ((1366, 768), (1920, 1080))
PALETTES = ("dark", "light")
SCALES = (1.0, 2.0)
LAYOUTS = {"plane": ("wgan-gp", "ring", 400), "line": ("gan", "mixture", 400), "image": ("dcgan", "digits", 30)}
LESSONS = {"lesson-line": ("how-a-gan-learns", 2), "lesson-plane": ("mode-collapse", 1)}
COMPARED = {2: ("gan", "wgan-gp"), 4: ("gan", "ns-gan", "wgan", "wgan-gp"),
            6: ("gan", "ns-gan", "lsgan", "wgan", "wgan-gp", "r1-gan")}
MENUS = {"menu-variant": ("variant",), "menu-data": ("data", "compare"), "menu-run": ("Run", "Edit", "Export"),
         "menu-view": ("View", "Lessons", "Help")}
PANELS = {"overview": "overview", "slow-motion": "algorithm"}
VIEWS = (*LAYOUTS, "welcome", *MENUS, "palette", "presentation", "presentation-alone", *PANELS, *LESSONS,
         *(f"compare-{count}" for count in COMPARED))
SETTLE_S, PATIENCE_S = 1.0, 240.0
SLOW = 6  # of the speed slider: about one update a second


async def _until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not there():
            await asyncio.sleep(0.05)


class Photographer:
    """Takes every view at one size of the screen."""

    def __init__(self, studio: Studio, folder: Path, size: tuple[int, int]) -> None:
        self.studio, self.window, self.folder, self.size = studio, studio.window, folder, size
        self.faults: list[str] = []

    async def take(self, name: str) -> None:
        """Poses for a view and takes its pictures."""
        window = self.window
        if name in (*LAYOUTS, "overview", "slow-motion", "welcome", "palette", *MENUS) or name.startswith("pres"):
            await self._train(*LAYOUTS.get(name, LAYOUTS["plane"]))
        if name == "slow-motion":
            window.transport._speed.setValue(SLOW)
            self.studio.commands.play(True)
            await asyncio.sleep(6 * SETTLE_S)
        if name in LESSONS:
            await self._learn(*LESSONS[name])
        shown: QMainWindow = window
        if name.startswith("compare-"):
            shown = await self._compare(COMPARED[int(name.removeprefix("compare-"))])
        for palette in PALETTES:
            for scale in SCALES:
                window.set_scale(scale)
                window.set_theme(palette)
                await asyncio.sleep(SETTLE_S)
                with self._posed(name):
                    await asyncio.sleep(SETTLE_S)
                    self._keep(name, shown, palette, scale)
        window.set_scale(1.0)
        if name == "slow-motion":
            window.transport._speed.setValue(window.transport._speed.maximum())
        window.lessons.player.leave()
        window.comparisons.close()

    async def _train(self, variant: str, data: str, steps: int) -> None:
        from ganstudio.core.protocol.spec import Spec

        run, spec = self.studio.run, Spec(variant=variant, data=data, preset="toy", seed=0)
        if run.started is None or (run.spec.variant, run.spec.data) != (variant, data):
            before = run.number
            self.studio.commands.next_run.start(spec)
            await _until(lambda: run.number != before and run.started is not None)
        self.studio.commands.play(True)
        self.window.lay_out(run.kind, afresh=True)
        await _until(lambda: run.progress is not None and run.progress.position.steps >= steps)
        self.studio.commands.play(False)

    async def _learn(self, name: str, page: int) -> None:
        from ganstudio.core.lessons.shelf import shelf

        lessons = self.window.lessons
        lessons.start(next(lesson for lesson in shelf().lessons if lesson.name == name))
        for at in range(1, page + 1):
            lessons.player.go(at)
            await _until(lambda: bool(lessons.player.claims()) and all(
                claim.holds is not None for claim in lessons.player.claims()) and not lessons.player.waits)

    async def _compare(self, variants: tuple[str, ...]) -> QMainWindow:
        from ganstudio.core.protocol.spec import Spec

        view = self.window.comparisons.show([(Spec(variant=each, data="ring", preset="toy"), "") for each in variants])
        view.resize(*self.size)
        await _until(lambda: min(member.steps for member in view.comparison.members) >= 120)
        view.comparison.play(False)
        return view

    @contextlib.contextmanager
    def _posed(self, name: str) -> Iterator[None]:
        """What is on screen only while a picture is taken."""
        window = self.window
        if name in PANELS:  # another panel may be in front of what has become one stack
            window.docks[PANELS[name]].raise_()
        elif name == "welcome":
            window.welcome.open_at_start()
        elif name == "palette":
            window.menus._show_palette()
            self._palette().line.setText("pen")
        elif name.startswith("presentation"):
            window.presentation.enter()
            if name.endswith("alone"):
                window.alone.show("points")
        yield
        if name == "welcome":
            window.welcome.leave()
        elif name == "palette":
            self._palette().close()
        elif name.startswith("presentation"):
            window.presentation.leave()

    def _keep(self, name: str, shown: QMainWindow, palette: str, scale: float) -> None:
        from painted_text import cut_texts

        width, height = self.size
        tag = f"{name}_{width}x{height}_{palette}_{scale:.0%}".rstrip("%")
        if (shown.width(), shown.height()) != self.size:
            self.faults.append(f"{tag}: the window is {shown.width()}x{shown.height()}")
        picture = shown.grab()
        parts: list[QWidget] = [shown]
        if name == "palette":
            dialog = self._palette()
            parts.append(dialog)
            _lay_over(picture, dialog.grab(), (width - dialog.width()) // 2)
        if name in MENUS:
            self._lay_menus(picture, tag, [self._menu(each) for each in MENUS[name]])
        picture.save(str(self.folder / f"{tag}.png"))
        for part in parts:
            self.faults += [f"{tag}: {fault}" for fault in cut_texts(part)]

    def _palette(self) -> CommandPalette:
        from ganstudio.ui.main.command_palette import CommandPalette

        found = self.window.findChild(CommandPalette, "palette")
        assert isinstance(found, CommandPalette)
        return found

    def _menu(self, name: str) -> QMenu:
        window = self.window
        if name in ("variant", "data"):
            return (window.pickers.variants if name == "variant" else window.pickers.data).menu()
        if name == "compare":
            return window.comparisons.menu
        return next(action.menu() for action in window.menuBar().actions()  # type: ignore[return-value]
                    if action.text().replace("&", "") == name)

    def _lay_menus(self, picture: QPixmap, tag: str, menus: list[QMenu]) -> None:
        left = 0
        for menu in menus:
            menu.popup(self.window.mapToGlobal(self.window.rect().topLeft()))
            if menu.height() > self.size[1] or menu.width() > self.size[0]:
                self.faults.append(f"{tag}: the menu {menu.title()} is {menu.width()}x{menu.height()}")
            _lay_over(picture, menu.grab(), left)
            left += menu.width() + 8
            menu.hide()


def _lay_over(picture: QPixmap, part: QPixmap, left: int) -> None:
    from PySide6.QtGui import QPainter

    with QPainter(picture) as painter:
        painter.drawPixmap(left, 40, part)


def photograph(folder: Path, size: tuple[int, int], views: list[str]) -> None:
    """Takes the pictures of one size, in this process."""
    sys.path.insert(0, str(ROOT / "tests" / "ui"))
    from ganstudio.commands.qt_messages import without_idle_words
    from ganstudio.commands.studio import FIRST, link_maker
    from ganstudio.ui.application import open_studio

    async def script(studio: Studio) -> int:
        photographer = Photographer(studio, folder, size)
        window = studio.window
        window.resize(*size)
        window.welcome.begin(page=False)
        await _until(lambda: studio.run.started is not None)
        for name in views:
            print(f"{size[0]}x{size[1]} {name}", flush=True)
            await photographer.take(name)
        with (folder / "faults.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{fault}\n" for fault in photographer.faults)
        return 0

    with without_idle_words():
        open_studio(link_maker("process"), None, FIRST, runs=Path(os.environ["GANSTUDIO_HOME"]) / "runs", script=script)


def sheets(folder: Path, views: list[str]) -> None:
    """Lays the pictures of each view beside each other."""
    from PIL import Image

    for name in views:
        found = [Image.open(path) for path in sorted(folder.glob(f"{name}_*.png"))]
        sheet = Image.new("RGB", (2 * 960, -(-len(found) // 2) * 540), "#808080")
        for at, picture in enumerate(found):
            picture.thumbnail((950, 534))
            sheet.paste(picture, (at % 2 * 960, at // 2 * 540))
        sheet.save(folder / f"sheet_{name}.png")


def main(folder: Path, views: list[str]) -> None:
    """Starts a process for each size, with a screen of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.txt").unlink(missing_ok=True)
    for width, height in SIZES:
        with tempfile.TemporaryDirectory() as home:
            screen = Path(home) / "screen.json"
            of_size = {"name": "screen", "x": 0, "y": 0, "width": width, "height": height, "logicalDpi": 96,
                       "logicalBaseDpi": 96, "dpr": 1}
            config = {"synchronousWindowSystemEvents": False, "windowFrameMargins": False, "screens": [of_size]}
            screen.write_text(json.dumps(config), encoding="utf-8")
            env = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screen}", "GANSTUDIO_HOME": home,
                   "PYTHONPATH": str(ROOT)}
            words = [sys.executable, __file__, "--size", f"{width}x{height}", str(folder), *views]
            subprocess.run(words, check=True, env=env)
    sheets(folder, views)


if __name__ == "__main__":
    if sys.argv[1] == "--size":
        across, _, down = sys.argv[2].partition("x")
        photograph(Path(sys.argv[3]), (int(across), int(down)), sys.argv[4:])
    else:
        main(Path(sys.argv[1]), sys.argv[2:] or list(VIEWS))
