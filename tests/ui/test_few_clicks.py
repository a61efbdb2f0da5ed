"""Five usual demonstrations, from the fresh window with its welcome page, in at most three presses of the mouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QWidget
from studio_kit import RING, mode_count, points_view, progress, snapshot, started
from window_kit import House
from window_poses import settle

from ganstudio.commands.studio import FIRST
from ganstudio.core.protocol.messages import Play, SetControl, Start, Together
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Points
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.ui.export.film_dialog import FilmDialog
from ganstudio.ui.export.queue import Export

pytest_plugins = ["window_fixtures"]
ROOT = Path(__file__).parents[2]
MOST = 3  # presses
CLICKS = {
    "GAN against WGAN on separate lines": 2,
    "Mode collapse, and its cure": 2,
    "A film of 10 s": 3,
    "Back to before the collapse": 2,
    "The same run again tomorrow": 2,
}
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Mouse(QObject):
    """Clicks on what can be seen, and counts the presses that arrive anywhere in the program."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.presses = 0
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick) and watched.isWindowType():
            self.presses += 1
        return False

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Clicks where the pointer would meet the widget: nothing may lie over it, and it must be in sight."""
        place = widget.rect().center() if at is None else at
        window = widget.window()
        spot = widget.mapTo(window, place)
        assert widget.isVisible() and widget.isEnabled(), widget.objectName()
        hit = window.childAt(spot)
        assert hit is not None and (hit is widget or widget.isAncestorOf(hit)), (
            f"{hit.objectName() if hit else None} lies over {widget.objectName()}")
        handle = window.windowHandle()
        assert handle is not None
        QTest.mouseClick(handle, LEFT, NONE, spot)

    def choose(self, opens: Callable[[], None], title: str) -> None:
        """Opens a menu, and clicks on the entry with these words."""
        chosen: list[str] = []

        def pick() -> None:
            menu = QApplication.activePopupWidget()
            if not isinstance(menu, QMenu):
                return
            watch.stop()
            entry = next(each for each in menu.actions() if re.sub("&(.)", r"\1", each.text()).startswith(title))
            assert entry.isEnabled(), title
            chosen.append(entry.text())
            area = menu.actionGeometry(entry)
            handle = menu.windowHandle()
            assert handle is not None and menu.rect().contains(area)
            QTest.mouseMove(handle, area.center())
            QTest.mouseClick(handle, LEFT, NONE, area.center())

        watch = QTimer(self.house.window, interval=20)
        watch.timeout.connect(pick)
        watch.start()
        opens()
        self.house.qtbot.waitUntil(lambda: bool(chosen))
        watch.stop()

    def choose_in_bar(self, menu: str, title: str) -> None:
        """The same of the menu bar."""
        bar = self.house.window.menuBar()
        action = next(each for each in bar.actions() if each.text().replace("&", "") == menu)
        self.choose(lambda: self.click(bar, bar.actionGeometry(action).center()), title)

    def press(self, name: str) -> None:
        """Clicks on a button of the window."""
        found = self.house.window.findChild(QWidget, name)
        assert isinstance(found, QToolButton | QPushButton), name
        self.click(found)


class Studio:
    """The window as the program opens it, on an engine that the test plays; its runs are files."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.open()

    def open(self) -> None:
        """Opens the first run, and the welcome page beside it."""
        self.folder.mkdir(exist_ok=True)
        self.house.stage.next_run.folder = self.folder
        self.house.stage.welcome()
        self.house.window.welcome.begin(page=True)
        self.house.stage.next_run.start(FIRST)
        self.stand(600)
        settle()
        assert self.house.window.welcome.isVisible()
        self.mouse = Mouse(self.house)

    def stand(self, steps: int) -> Start:
        """Lets the run that was asked for last stand, and train for some steps that are recorded."""
        asked = self.asked
        writer = RunWriter(Path(asked.record), asked.spec)
        view = Points(real=points_view(RING)[1].real, fake=points_view(RING)[1].fake)
        for at in range(0, steps + 1, 100):
            writer.add_frame(Frame(name="points", position=Position(steps=at, by_player={"generator": at}), view=view))
        writer.close()
        self.house.stage.link.say(msgspec.structs.replace(
            started(asked.run, asked.spec), record=asked.record, playing=asked.playing))
        self.house.stage.link.say(progress(asked.run, steps, playing=asked.playing))
        settle()
        return asked

    def collapse(self) -> None:
        """From step 350 to step 1,450 all points lie at one mode, as the engine's pictures say."""
        assert self.asked.spec.preset == "collapse"
        modes = mode_count([1.0, *[0.0] * 7])
        link, run = self.house.stage.link, self.asked.run
        for steps in range(350, 1500, 100):
            fake = np.tile(RING[0], (64, 1))
            link.say(snapshot(run, points_view(fake, modes=modes), steps=steps))
        link.say(progress(run, 1450))
        settle()
        assert self.house.said().startswith("Mode collapse since step 350")

    @property
    def asked(self) -> Start:
        asked: Start = self.sent(Start)[-1]
        return asked

    def sent(self, kind: type) -> list:  # type: ignore[type-arg]
        """The commands of a kind, also those that go together."""
        each = [one for command in self.house.stage.link.sent
                for one in (command.commands if isinstance(command, Together) else [command])]
        return [command for command in each if isinstance(command, kind)]

    def counted(self, what: str) -> None:
        """The presses since the window was opened are those of the table, and few."""
        assert self.mouse.presses == CLICKS[what] <= MOST


@pytest.fixture
def studio(fresh: House, tmp_path: Path) -> Iterator[Studio]:
    made = Studio(fresh, tmp_path / "runs")
    yield made
    made.house.window.comparisons.close()


def test_gan_against_wgan_on_separate_lines(studio: Studio) -> None:
    mouse = studio.mouse
    mouse.choose(lambda: mouse.press("menu.compare"), "GAN and WGAN on separate lines")
    view = studio.house.window.comparisons.view
    assert view is not None and view.isVisible()
    for _ in range(2):  # the second is asked for once the first has begun
        asked = studio.asked
        studio.house.stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), record=asked.record))
    assert view.windowTitle().startswith("GAN, WGAN on Parallel lines")
    assert [(start.spec.variant, start.spec.data) for start in studio.sent(Start)[-2:]] == [
        ("gan", "lines"), ("wgan", "lines")]
    studio.counted("GAN against WGAN on separate lines")


def test_a_mode_collapse_and_its_cure(studio: Studio) -> None:
    studio.mouse.press("welcome.cure.r1-gan.collapse")
    studio.stand(1400)
    studio.collapse()
    assert studio.house.stage.run.settings["gamma"] == 0.0
    cure = studio.house.window.findChild(QPushButton, "notice.0")
    assert isinstance(cure, QPushButton) and cure.text() == "Cure it: R1 penalty γ 0.1"
    studio.mouse.press("notice.0")
    studio.house.qtbot.waitUntil(lambda: bool(studio.sent(SetControl)))
    assert [(command.name, command.value) for command in studio.sent(SetControl)] == [("gamma", 0.1)]
    studio.counted("Mode collapse, and its cure")


def test_a_film_of_ten_seconds(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Export] = []
    window = studio.house.window
    monkeypatch.setattr(window.export_menu.exports, "add", lambda export, source: made.append(export))
    studio.mouse.choose_in_bar("Export", "Film…")
    dialog = window.findChild(FilmDialog)
    assert isinstance(dialog, FilmDialog) and dialog.plan.seconds == 10 and not dialog.plan.faults()
    settle()
    button = dialog.findChild(QPushButton, "film.ok")
    assert isinstance(button, QPushButton)
    studio.mouse.click(button)
    studio.house.qtbot.waitUntil(lambda: bool(made), timeout=20_000)
    assert made[0].command == "video" and "10" in " ".join(made[0].words)
    studio.counted("A film of 10 s")


def test_back_to_before_the_collapse(studio: Studio) -> None:
    studio.mouse.press("welcome.cure.r1-gan.collapse")
    run = studio.stand(1400)
    studio.collapse()
    buttons = studio.house.window.notice.findChildren(QPushButton)
    back = next(button for button in buttons if button.text() == "Back to step 300")
    studio.mouse.click(back)
    assert (studio.asked.file, studio.asked.at, studio.asked.playing) == (run.record, 300, False)
    studio.counted("Back to before the collapse")


def test_the_same_run_again_tomorrow(studio: Studio) -> None:
    house = studio.house
    house.stage.next_run.start(Spec(variant="wgan", data="moons", seed=7))
    yesterday = studio.stand(800)
    house.again()
    house.enter()
    studio.open()
    studio.mouse.press("welcome.run.0")
    assert studio.asked.file == yesterday.record and not studio.asked.playing
    studio.stand(800)
    assert house.window.windowTitle().startswith("WGAN (weight clipping) on Two moons")
    studio.mouse.press("transport.play")
    assert [(play.run, play.on) for play in studio.sent(Play)][-1] == (studio.asked.run, True)
    studio.counted("The same run again tomorrow")


def test_the_manual_has_the_counts() -> None:
    text = (ROOT / "docs" / "manual.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^\| ([^|]+?) \| (\d) \|", text, flags=re.MULTILINE))
    assert {what: int(count) for what, count in found.items()} == CLICKS
