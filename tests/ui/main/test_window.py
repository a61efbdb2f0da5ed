"""The window with an engine played by the test: its start, palettes, sizes, keyboard, and what it never loads."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAction, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)
from studio_kit import measured, real_catalog, started
from window_kit import IMAGE, KINDS, LINE, House

from ganstudio.core.protocol.messages import Refused, SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.menu_bar import SCALES
from ganstudio.ui.main.window import Window
from ganstudio.ui.theme import THEMES

pytest_plugins = ["window_fixtures"]
ROOT = Path(__file__).resolve().parents[3]


def test_before_the_engine_is_up_nothing_can_be_driven(fresh: House) -> None:
    assert not fresh.window.transport.play.isEnabled()
    assert not fresh.window.pickers.variants.isEnabled()
    assert "engine" in fresh.window.transport.readout.text()
    fresh.begin()
    assert fresh.window.transport.play.isEnabled()
    assert fresh.window.pickers.variants.isEnabled()


def test_a_run_names_the_window(house: House) -> None:
    house.begin()
    catalog = real_catalog()
    assert house.window.windowTitle() == (
        f"{catalog.variant('wgan-gp').title} on {catalog.data_set('ring').title} – GAN Studio"
    )
    assert house.window.pickers.variants.text().strip() == catalog.variant("wgan-gp").title
    assert house.window.pickers.data.text().strip() == catalog.data_set("ring").title
    assert house.window.statusBar().currentMessage() == catalog.variant("wgan-gp").advice


def test_controls_for_images_stand_only_where_there_are_images(house: House) -> None:
    house.begin(Spec(variant="wgan-gp"))
    assert house.window.findChild(QWidget, "control.ema_decay") is None
    house.begin(Spec(variant="wgan-gp", data="digits"))
    assert house.window.findChild(QWidget, "control.ema_decay") is not None


def test_every_control_has_its_place(house: House) -> None:
    """Whatever box a variant puts it into."""
    for variant in real_catalog().variants:
        kind = "plane" if "plane" in variant.kinds else "image"
        house.begin(Spec(variant=variant.name, data="ring" if kind == "plane" else "digits"))
        for info in variant.controls:
            found = house.window.findChild(QWidget, f"control.{info.name}")
            assert (found is not None) == (not info.kinds or kind in info.kinds), info.name


@pytest.mark.parametrize("theme", THEMES)
def test_a_palette_dresses_everything_and_is_kept(fresh: House, theme: str) -> None:
    fresh.begin()
    fresh.window.set_theme(theme)
    shade = THEMES[theme]
    assert fresh.window.palette().window().color().name() == shade.window
    assert all(panel.theme == shade for panel in fresh.window.panels.values())
    image = fresh.window.grab().toImage()
    light = sum(image.pixelColor(x, y).lightness() > 128 for x in range(5, image.width(), 40)
                for y in range(5, image.height(), 40))
    assert (light > image.width() * image.height() / 1600 / 2) == (theme in ("light", "contrast"))
    fresh.again()
    assert fresh.window.preferences.theme == theme


def test_the_text_has_the_size_that_was_chosen(fresh: House) -> None:
    fresh.begin()
    for scale in SCALES:
        fresh.window.set_scale(scale)
        assert fresh.window.font().pointSizeF() == pytest.approx(10 * scale)
        fresh.window.grab()
    fresh.again()
    assert fresh.window.font().pointSizeF() == pytest.approx(10 * SCALES[-1])


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1600, 1000)])
@pytest.mark.parametrize("spec", [Spec(), LINE, IMAGE], ids=["plane", "line", "image"])
def test_the_window_fits_the_screens_it_is_made_for(house: House, spec: Spec, width: int, height: int) -> None:
    house.window.resize(width, height)
    house.window.lay_out("plane", afresh=True)
    run = house.begin(spec)
    house.stage.link.say(Refused(run=run, reason="a word " * 30, id=1))
    house.qtbot.waitUntil(lambda: house.window.notice.isVisible())
    assert house.window.minimumSizeHint().width() <= width
    assert house.window.minimumSizeHint().height() <= height
    assert (house.window.width(), house.window.height()) == (width, height)
    shown = [dock for dock in house.window.docks.values() if not dock.visibleRegion().isEmpty()]
    assert len(shown) >= 5
    for dock in shown:
        assert dock.width() >= 200, dock.objectName()
        assert dock.height() >= 150, dock.objectName()


def name_of(widget: QWidget) -> str:
    """What a screen reader says; Linux reads a combo box's text for its name, so its own is asked for."""
    if isinstance(widget, QComboBox):
        return widget.accessibleName()
    interface = QAccessible.queryAccessibleInterface(widget)
    return str(interface.text(QAccessible.Text.Name)) if interface is not None else widget.accessibleName()


@pytest.mark.parametrize("spec", [Spec(), LINE, Spec(variant="wgan", data="grid"), IMAGE],
                         ids=["plane", "line", "wgan", "image"])
def test_every_part_that_a_hand_moves_is_named_explained_and_found(house: House, spec: Spec) -> None:
    run = house.begin(spec)
    house.stage.link.say(Refused(run=run, reason="no", id=1))
    house.qtbot.waitUntil(lambda: house.window.notice.isVisible())
    parts = [part for part in house.window.findChildren(QWidget)
             if isinstance(part, QSlider | QAbstractButton | QComboBox | QLineEdit)
             and part.isVisible() and not part.objectName().startswith("qt_")
             and (part.focusPolicy() != Qt.FocusPolicy.NoFocus or part.objectName().startswith("transport."))]
    assert len(parts) > 40
    for part in parts:
        where = f"{type(part).__name__} {part.objectName() or part.parent()}"
        assert name_of(part), where
        assert part.toolTip(), where
        assert part.objectName(), where
    names = [part.objectName() for part in parts]
    assert len(names) == len(set(names))


def test_the_names_that_lessons_and_tests_rest_on(house: House) -> None:
    house.begin()
    for name in ("control.gp_weight", "control.width", "control.preset", "transport.play", "transport.d-step",
                 "transport.g-step", "transport.step", "transport.restart", "transport.speed", "transport.seed",
                 "menu.variant", "menu.data", "menu.search"):
        found = house.window.findChild(QWidget, name)
        assert isinstance(found, QWidget), name


@pytest.mark.parametrize("spec", [Spec(), LINE, IMAGE], ids=["plane", "line", "image"])
def test_tab_reaches_everything_and_gets_stuck_nowhere(house: House, spec: Spec) -> None:
    run = house.begin(spec)
    house.stage.link.say(measured(run, 1, {"w1": 0.5, "sliced_w1": 0.5}, {"w1": 0.1, "sliced_w1": 0.1}))
    wanted = {part.objectName() for part in house.window.findChildren(QWidget)
              if part.objectName().startswith(("control.", "box.", "menu.", "transport.s", "curves.", "points.",
                                               "landscape.", "line.")) and not isinstance(part, QMenu)
              and part.isVisible() and part.isEnabled() and part.focusPolicy() != Qt.FocusPolicy.NoFocus}
    assert len(wanted) > 30
    reached: set[str] = set()
    house.window.pickers.variants.setFocus()
    for _ in range(400):
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.add(focus.objectName())
        if wanted <= reached:
            break
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is not focus, f"Tab is stuck in {focus.objectName() or focus}"
    assert wanted - reached == set()


def test_what_is_no_tab_stop_has_a_key(house: House) -> None:
    house.begin()
    for button in house.window.transport.findChildren(QToolButton):
        if button.focusPolicy() == Qt.FocusPolicy.NoFocus and button.objectName().startswith("transport."):
            action = button.defaultAction()
            assert not action.shortcut().isEmpty(), button.objectName()
            assert action.shortcut().toString() in button.toolTip(), button.objectName()


def keys_of(window: Window, kind: str) -> list[tuple[str, str]]:
    """Each key and who answers to it now, whichever panels of a kind lie on top; a menu answers to its letter."""
    found = [(action.shortcut().toString(), action.text()) for action in window.findChildren(QAction)
             if action.isEnabled() or not action.objectName().startswith("presentation.")]
    found += [(shortcut.key().toString(), str(shortcut.parent())) for shortcut in window.findChildren(QShortcut)]
    found += [(QKeySequence.mnemonic(action.text()).toString(), action.text())
              for action in window.menuBar().actions()]
    for tabs in window.findChildren(QTabBar):
        found += [(QKeySequence.mnemonic(tabs.tabText(index)).toString(), tabs.tabText(index))
                  for index in range(tabs.count())]
    inside = {part for name, panel in window.panels.items() if kind not in panel.kinds
              for part in panel.findChildren(QAbstractButton)}
    found += [(button.shortcut().toString(), button.objectName()) for button in window.findChildren(QAbstractButton)
              if button not in inside and not (isinstance(button, QToolButton) and button.defaultAction())]
    return [(key, who) for key, who in found if key]


@KINDS
def test_no_key_is_taken_twice(house: House, kind: str, spec: Spec) -> None:
    """Qt runs neither of two that share one; any two panels of a kind can be seen at once."""
    house.begin(spec)
    keys = keys_of(house.window, kind)
    boxes = {"Alt+R"} if kind == "image" else {"Alt+R", "Alt+G"}
    assert {"Space", "Ctrl+F", "Alt+V", "Alt+D", *boxes} <= {key for key, _ in keys}
    taken: dict[str, list[str]] = {}
    for key, who in keys:
        taken.setdefault(key, []).append(who)
    assert {key: who for key, who in taken.items() if len(who) > 1} == {}


def is_checked(box: QAbstractButton, on: bool) -> bool:
    return box.isChecked() == on


@pytest.mark.parametrize(("spec", "names"), [
    (Spec(), ["points.real", "points.generated", "points.modes", "landscape.contours", "landscape.arrows",
              "wasserstein.gap"]),
    (LINE, ["line.real", "line.generated", "line.D(x)", "line.optimum", "line.z to G(z)"]),
], ids=["plane", "line"])
def test_a_box_answers_to_the_key_that_its_tooltip_names(house: House, spec: Spec, names: list[str]) -> None:
    house.begin(spec)
    for name in names:
        box = house.window.findChild(QAbstractButton, name)
        assert isinstance(box, QAbstractButton), name
        letter = box.shortcut().toString().removeprefix("Alt+")
        assert f"(Alt+{letter})" in box.toolTip(), name
        before = box.isChecked()
        QTest.keyClick(house.window, getattr(Qt.Key, f"Key_{letter}"), Qt.KeyboardModifier.AltModifier)
        house.qtbot.waitUntil(functools.partial(is_checked, box, not before))
        box.setChecked(before)


@pytest.mark.parametrize("name", ["control.preset", "control.gp_weight", "control.width"])
def test_the_wheel_restarts_nothing(house: House, name: str) -> None:
    house.begin()
    part = house.window.findChild(QWidget, name)
    assert isinstance(part, QWidget)
    sent = len(house.stage.link.sent)
    wheel = QWheelEvent(QPointF(5, 5), QPointF(part.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, -120),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(part, wheel)
    assert [command for command in house.stage.link.sent[sent:] if not isinstance(command, SnapshotRequest)] == []


def test_many_runs_leave_no_widget_behind(house: House) -> None:
    """Fields of replaced runs are deleted, curves and legends are used again."""
    names = [variant.name for variant in real_catalog().variants]
    for name in names:
        house.begin(Spec(variant=name))

    def count() -> int:
        return len(house.window.findChildren(QWidget))

    house.begin(Spec(variant="wgan-gp"))
    QApplication.sendPostedEvents(None, 0)
    QApplication.processEvents()
    before = count()
    for index in range(40):
        spec = Spec(variant=names[index % len(names)], seed=index)
        house.stage.link.say(started(house.stage.session.last_number, spec))
        house.begin(spec)
    house.begin(Spec(variant="wgan-gp"))
    house.qtbot.waitUntil(lambda: count() <= before)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60,
                          cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment}, check=False)


def test_the_window_never_loads_torch(tmp_path: Path) -> None:
    done = python(
        "import sys\n"
        "import ganstudio.commands.studio\n"
        "from ganstudio.ui.application import application\n"
        "from ganstudio.ui.main.window import Window\n"
        "from ganstudio.ui.state.run_commands import RunCommands\n"
        "from ganstudio.ui.state.session import Session\n"
        "from ganstudio.ui.state.preferences import Preferences\n"
        "from ganstudio.ui.state.engine_client import EngineProcess\n"
        "app = application()\n"
        "window = Window(RunCommands(Session(EngineProcess)), Preferences())\n"
        "window.show()\n"
        "app.processEvents()\n"
        "heavy = [name for name in sys.modules if name.split('.')[0] in ('torch', 'scipy', 'matplotlib')]\n"
        "assert not heavy, heavy\n", GANSTUDIO_HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr


def test_signals_can_be_emitted_all_day() -> None:
    """PySide6 6.12.0 on Python 3.10 and 3.11 drops a reference to True and None at each emit, and dies of it."""
    done = python(
        "import sys\n"
        "from PySide6.QtCore import QCoreApplication, QObject, Signal\n"
        "class Source(QObject):\n"
        "    plain = Signal()\n"
        "    thing = Signal(object)\n"
        "    word = Signal(str)\n"
        "app = QCoreApplication([])\n"
        "source, heard = Source(), []\n"
        "source.plain.connect(lambda: heard.append(0))\n"
        "source.thing.connect(heard.append)\n"
        "source.word.connect(heard.append)\n"
        "before = sys.getrefcount(True), sys.getrefcount(None)\n"
        "for index in range(20_000):\n"
        "    source.plain.emit()\n"
        "    source.thing.emit(True)\n"
        "    source.thing.emit(None)\n"
        "    source.word.emit('x')\n"
        "assert len(heard) == 80_000\n"
        "heard.clear()\n"
        "after = sys.getrefcount(True), sys.getrefcount(None)\n"
        "assert all(abs(a - b) < 100 for a, b in zip(before, after)), (before, after)\n"
    )
    assert done.returncode == 0, done.stderr
