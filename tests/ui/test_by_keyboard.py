"""The studio by keyboard alone, from its start to its end: no click, and no call of what a key would call."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
from PySide6.QtCore import QPoint, QRect, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QMenu,
    QSlider,
    QTextBrowser,
    QWidget,
)
from studio_kit import end

from ganstudio.commands.studio import FIRST
from ganstudio.ui.application import open_studio
from ganstudio.ui.comparison.window import ComparisonWindow
from ganstudio.ui.main.window import Window
from ganstudio.ui.state.engine_client import EngineProcess

PATIENCE_S = 90.0  # only ever waited out by a test that fails
MOST_TABS = 150  # stops of a window, and more


class Typist:
    """Presses keys; they go where a keyboard's keys would go, and it sees what is on the screen."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._manager = QTimer(window, interval=10)
        self._manager.timeout.connect(self._activate)
        self._manager.start()

    def _activate(self) -> None:
        """What a window manager does: after a window has closed, another one has the keys."""
        active = QApplication.activeWindow()
        if (active is None or not active.isVisible()) and QApplication.activePopupWidget() is None:
            in_front = QApplication.activeModalWidget() or self.window.comparisons.view or self.window
            if in_front.isVisible():
                in_front.activateWindow()

    # Keys ----------------------------------------------------------------------------------------------------

    @property
    def focus(self) -> QWidget:
        """What the next key goes to: an open menu, the widget with the focus, or the active window."""
        found = QApplication.activePopupWidget() or QApplication.focusWidget() or QApplication.activeWindow()
        assert isinstance(found, QWidget), "no window has the keyboard"
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            combination = QKeySequence(key)[0]  # type: ignore[index]
            QTest.keyClick(self.focus, combination.key(), combination.keyboardModifiers())

    def write(self, text: str) -> None:
        QTest.keyClicks(self.focus, text)

    async def press_in_menu(self, opens: str, *keys: str) -> None:
        """Presses a key that opens a menu, and then keys in that menu.

        The menu holds the event loop up, so it is not opened from this task: while one task waits within another's
        step, asyncio gives none of them a turn, and a user's keys come from no task.
        """
        menus: list[QWidget] = []
        closed: list[bool] = []

        def go_on() -> None:
            menu = QApplication.activePopupWidget()
            if menu is None:
                return
            watch.stop()
            menus.append(menu)
            self.press(*keys)

        def open_it() -> None:
            self.press(opens)
            closed.append(True)

        watch = QTimer(self.window, interval=20)
        watch.timeout.connect(go_on)
        watch.start()
        QTimer.singleShot(0, self.window, open_it)
        await self.until(lambda: closed, f"the menu of {opens} is closed again")
        watch.stop()
        assert menus, f"{opens} opens no menu"

    def tab_to(self, name: str) -> QWidget:
        """Presses Tab until a widget has the focus; each stop on the way is framed."""
        for _ in range(MOST_TABS):
            if self.focus.objectName() == name:
                return self.focus
            self.press("Tab")
            self.frame()
        raise AssertionError(f"Tab does not come to {name}")

    # What is seen --------------------------------------------------------------------------------------------

    def frame(self) -> None:
        """What has the focus can be seen, and its frame is drawn around it, in its own window."""
        widget = self.focus
        rings = self.framed
        assert len(rings) == 1, f"{len(rings)} frames; {self.where}"
        place = QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())
        assert rings[0].geometry().intersects(place), widget.objectName()
        assert not widget.visibleRegion().isEmpty(), widget.objectName()

    @property
    def framed(self) -> list[QWidget]:
        """The frames that can be seen in the window of the focus."""
        return [ring for ring in self.focus.window().findChildren(QWidget, "focus.frame") if ring.isVisible()]

    def text(self, name: str) -> str:
        """What a label or a field of the window in front says; nothing if it cannot be seen."""
        window = QApplication.activeWindow()
        found = window.findChild(QWidget, name) if window is not None else None
        if not isinstance(found, QLabel | QLineEdit | QTextBrowser) or not found.isVisible():
            return ""
        return found.toPlainText() if isinstance(found, QTextBrowser) else found.text()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"waited in vain until {what}; {self.where}"
            await asyncio.sleep(0.02)

    @property
    def where(self) -> str:
        """Where it stands, for a fault."""
        window, focus = QApplication.activeWindow(), QApplication.focusWidget()
        return (f"in front is {window.windowTitle() if window else None}, the focus is on "
                f"{focus.objectName() or focus if focus else None}, the notice says: {self.window.notice.text}")

    @property
    def steps(self) -> int:
        progress = self.window.run.progress
        return progress.position.steps if progress is not None else -1


Stage = Callable[[Typist, Path], Coroutine[Any, Any, None]]
STAGES: dict[str, Stage] = {}


def stage(act: Stage) -> Stage:
    """A part of the way; the name of the function is the name of its test."""
    STAGES[act.__name__] = act
    return act


@stage
async def a_run_is_started_from_the_welcome_page(typist: Typist, _: Path) -> None:
    window = typist.window
    await typist.until(lambda: window.isActiveWindow() and typist.steps > 2, "the first run moves")
    assert window.welcome.isVisible()
    first = window.run.number
    typist.tab_to("welcome.plane")
    await typist.until(lambda: typist.steps > 2, "the run goes on beside the page")
    typist.press("Return")
    await typist.until(lambda: window.run.number > first and typist.steps > 2, "the run that was asked for moves")
    assert not window.welcome.isVisible()
    assert typist.text("transport.readout").startswith("step ")
    typist.press("Space")
    await typist.until(lambda: ", paused" in typist.text("transport.readout"), "Space pauses it")
    typist.press("Space")
    await typist.until(lambda: "steps/s" in typist.text("transport.readout"), "Space plays it")


@stage
async def a_slider_is_moved(typist: Typist, _: Path) -> None:
    window = typist.window
    typist.press("Ctrl+Shift+P")
    await typist.until(lambda: typist.focus.objectName() == "palette.line", "the palette takes the keys")
    typist.write("lambda 0.5")
    typist.press("Return")
    await typist.until(lambda: typist.text("box.gp_weight") == "0.5", "the palette sets λ")
    slider = typist.tab_to("control.gp_weight")
    assert isinstance(slider, QSlider)
    before = slider.value()
    typist.press("Right", "Right")
    assert slider.value() == before + 2
    await typist.until(lambda: window.run.settings["gp_weight"] != 0.5, "the arrow keys move λ")
    assert float(typist.text("box.gp_weight")) > 0.5
    assert typist.focus is slider
    typist.press("Ctrl+Z")
    await typist.until(lambda: slider.value() <= before, "it is taken back")
    assert typist.focus is slider, "the keys stay where they were"


@stage
async def a_lesson_is_opened_and_a_step_is_turned(typist: Typist, _: Path) -> None:
    window = typist.window
    typist.press("Alt+L")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu) and menu.title() == "&Lessons"
    typist.press("Down", "Return")
    await typist.until(lambda: window.lessons.open, "a lesson is open")
    introduction = typist.text("lesson.prose")
    await typist.until(lambda: typist.focus.objectName() == "lesson.next" and typist.framed, "the way on has the keys")
    typist.press("Return")
    await typist.until(lambda: "1 of" in typist.text("lesson.where"), "step 1 is there")
    assert typist.text("lesson.prose") != introduction
    lesson = window.lessons.player.lesson
    assert lesson is not None and lesson.steps[0].title in typist.text("lesson.prose")
    typist.press("PgDown")
    await typist.until(lambda: lesson.steps[1].title in typist.text("lesson.prose"), "Page Down turns the page")
    typist.tab_to("lesson.leave")
    typist.press("Space")
    await typist.until(lambda: not window.lessons.open, "the lesson is left")


@stage
async def a_comparison_is_opened(typist: Typist, _: Path) -> None:
    window = typist.window
    await typist.press_in_menu("Ctrl+3", "Down", "Return")
    await typist.until(lambda: isinstance(QApplication.activeWindow(), ComparisonWindow), "the comparison is in front")
    view = window.comparisons.view
    assert view is not None
    await typist.until(lambda: all(member.steps > 2 for member in view.comparison.members), "both runs move")
    assert view.windowTitle().startswith("GAN, WGAN on ")
    assert [cell.isVisible() for cell in view.grid.cells] == [True, True]
    await typist.until(lambda: typist.text("comparison.readout").startswith("step"), "it says how far they are")
    typist.tab_to("comparison.speed")
    typist.tab_to("comparison.panel")
    track = view.findChild(QWidget, "comparison.track")
    assert track is not None
    await typist.until(track.isEnabled, "there is something to look back at")
    typist.tab_to("comparison.track")
    typist.press("Ctrl+W")
    await typist.until(lambda: QApplication.activeWindow() is window, "the main window has the keyboard again")
    assert window.comparisons.view is None


@stage
async def a_film_is_exported(typist: Typist, folder: Path) -> None:
    window = typist.window
    lesson = window.run.number
    typist.press("Ctrl+R")  # a lesson's run is not kept: this one is
    await typist.until(lambda: window.run.number > lesson and window.run.source and typist.steps > 2, "a run is kept")
    film = next(action for action in window.findChildren(QAction) if action.shortcut() == QKeySequence("Ctrl+M"))
    await typist.until(film.isEnabled, "there is something to film")
    typist.press("Ctrl+M")
    await typist.until(lambda: isinstance(QApplication.activeWindow(), QDialog), "the dialog is open")
    typist.tab_to("film.file")
    typist.press("Ctrl+A")
    typist.write(str(folder / "by keys.mp4"))
    seconds = typist.tab_to("film.seconds")
    assert isinstance(seconds, QDoubleSpinBox)
    typist.press("Ctrl+A")
    typist.write("1")
    typist.press("Tab")
    assert seconds.value() == 1.0
    typist.tab_to("film.ok")
    typist.press("Return")
    await typist.until(lambda: window.notice.isVisible() and "Exported: film" in window.notice.text, "the film is made")
    with av.open(str(folder / "by keys.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 30 and frames[0].shape == (720, 1280, 3)
    assert frames[-1].std() > 10  # something is to be seen
    for _ in range(MOST_TABS):
        if window.notice.isAncestorOf(typist.focus):
            break
        typist.press("Tab")
        typist.frame()
    assert window.notice.isAncestorOf(typist.focus), "Tab comes to what the notice offers"
    typist.press("Esc")
    assert not window.notice.isVisible() and typist.focus is window


@stage
async def the_studio_is_quit(typist: Typist, _: Path) -> None:
    typist.press("Ctrl+Q")
    await typist.until(lambda: not typist.window.isVisible(), "the window is gone")


# The tests ---------------------------------------------------------------------------------------------------------


class Journey:
    """What became of each stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.played: list[str] = []
        self.faults: dict[str, BaseException] = {}
        self.engines: list[EngineProcess] = []
        self.status = -1
        self._task: asyncio.Task[None] | None = None

    def engine(self) -> EngineProcess:
        self.engines.append(EngineProcess())
        return self.engines[-1]

    def prepare(self, window: Window) -> None:
        QTimer.singleShot(0, window, lambda: self._begin(window))

    def _begin(self, window: Window) -> None:
        self._task = asyncio.ensure_future(self._play(window))

    async def _play(self, window: Window) -> None:
        typist = Typist(window)
        for name, act in STAGES.items():
            self.played.append(name)
            try:
                await act(typist, self.folder)
            except Exception as fault:  # noqa: BLE001  # raised by the stage's own test
                self.faults[name] = fault
                break
        window.close()


@pytest.fixture(scope="module")
def studio_home(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings of nobody's; and what opening a studio changes in the process is put back."""
    handlers = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    font, palette = qapp.font(), qapp.palette()
    qapp.setQuitOnLastWindowClosed(False)
    folder = tmp_path_factory.mktemp("by keyboard")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(folder))
        yield folder
    for which, handler in handlers.items():
        signal.signal(which, handler)
    for window in qapp.topLevelWidgets():
        if isinstance(window, Window):
            end(window)
    qapp.setStyleSheet("")
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.fixture(scope="module")
def journey(studio_home: Path) -> Journey:
    made = Journey(studio_home)
    made.status = open_studio(made.engine, None, FIRST, runs=studio_home / "runs", prepare=made.prepare)
    return made


@pytest.mark.timeout(900)  # the first waits for the whole way
@pytest.mark.parametrize("name", STAGES)
def test_by_keyboard(journey: Journey, name: str) -> None:
    assert name in journey.played, f"{list(journey.faults)} was not got through"
    if name in journey.faults:
        raise journey.faults[name]


def test_nothing_is_left(journey: Journey) -> None:
    assert journey.status == 0 and len(journey.engines) == 1
    assert not psutil.pid_exists(journey.engines[0].pid)
    assert list((journey.folder / "runs").glob("*.ganrun"))
