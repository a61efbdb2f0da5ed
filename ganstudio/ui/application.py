"""Opens the studio: application, event loop, window, engine; closes them in reverse order."""

from __future__ import annotations

import asyncio
import atexit
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from ganstudio.ui.collector import collector
from ganstudio.ui.main.opening import Opening, keep_outline, kept_outline, outline_of
from ganstudio.ui.main.window import Window
from ganstudio.ui.main.window_place import place
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.theme import THEMES

if TYPE_CHECKING:
    from ganstudio.core.lessons.lesson import Lesson
    from ganstudio.core.protocol.catalog import Catalog
    from ganstudio.core.protocol.spec import Spec
    from ganstudio.ui.state.engine_client import EngineLink
    from ganstudio.ui.state.run_commands import RunCommands

HEARTBEAT_MS = 250
Script = Callable[["Studio"], Coroutine[Any, Any, int]]


class Studio:
    """An open studio, for scripts that drive it: benchmarks, screenshots, tests."""

    def __init__(self, window: Window, commands: RunCommands, painted_at: float | None = None) -> None:
        self.window = window
        self.painted_at = painted_at  # `time.time` of the first painting, if the window was shown before it was whole
        self.commands = commands
        self.run = commands.run
        self.session = commands.session
        self.closed = asyncio.Event()
        window.closing.connect(self.closed.set)


def application() -> QApplication:
    """The one QApplication, made at the first call."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontCreateNativeWidgetSiblings)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("GAN Studio")
    app.setDesktopFileName("ganstudio")
    app.setQuitOnLastWindowClosed(False)  # the engine is to be ended first, by this very event loop
    atexit.register(_hide_windows)
    return app


def _hide_windows() -> None:
    """Hides what is still shown when Python ends.

    Docks of a shown window that are deleted one by one resize the plots of the others, and pyqtgraph's handlers
    would run in a dying interpreter: one exit in twelve was a segmentation fault, none in forty of a hidden window.
    """
    for widget in QApplication.topLevelWidgets():
        widget.hide()


def _keep_outline(window: Window) -> None:
    """Keeps the outline that the next start shows: the first layout is that of data in a plane."""
    if window.kind == "plane" and not window.lessons.open:
        keep_outline(outline_of(window, window.preferences.scale))


def open_studio(
    make_link: Callable[[], EngineLink],
    link: EngineLink | None,
    spec: Spec,
    *,
    file: str = "",
    data_path: str = "",
    until: int = 0,
    playing: bool = True,
    runs: Path | None = None,
    kept_catalog: Callable[[], Catalog | None] | None = None,
    keep_catalog: Callable[[Catalog], None] | None = None,
    script: Script | None = None,
    prepare: Callable[[Window], None] | None = None,
    lesson: Lesson | None = None,
    show: bool = True,
    at_once: bool = False,
    size: tuple[int, int] | None = None,
) -> int:
    """Runs the studio until its window is closed, or until a script is done.

    Args:
        make_link: Starts an engine.
        link: One that was started already.
        spec: The first run.
        file: A run file to go on with, over ``spec``.
        data_path: Where the data of that run lies now; empty: where it did.
        until: The first run is paused once it has done that many steps; 0: never.
        playing: Whether the first run plays at once; one of a file never does.
        runs: Where every run is recorded; None: nowhere.
        kept_catalog: Reads what was kept from the last start: the menus are filled before the engine is up.
        keep_catalog: Keeps the engine's own for the next start.
        script: Drives the window in place of the user.
        prepare: Is given the window before it is shown.
        lesson: One that is opened at once.
        show: Whether the window is shown.
        at_once: It is shown before anything is in it, as an outline of what it is going to be.
        size: Of the window, pixels; None: as it was closed last.

    Returns:
        Exit status.
    """
    app = application()
    garbage = collector(app)
    preferences = Preferences()
    window = Window(None, preferences)
    if script is None:
        place(window, preferences.state("window/geometry"))
    if size is not None:
        window.resize(*size)
    opening: Opening | None = None
    if at_once:
        opening = Opening(window, THEMES[preferences.theme], kept_outline(preferences.scale))
        opening.show_window()

    # Imported when the window is on screen: they take longer than Qt.
    import qasync

    from ganstudio.core.system.life_record import LifeRecord, left_over, records_folder
    from ganstudio.ui.state.run_commands import RunCommands
    from ganstudio.ui.state.session import Session

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    session = Session(make_link, link)
    commands = RunCommands(session)
    commands.next_run.folder = runs
    window.fill(commands)
    if kept_catalog is not None and (catalog := kept_catalog()) is not None:
        session.set_catalog(catalog)
    if keep_catalog is not None:
        session.welcomed.connect(lambda welcome: keep_catalog(welcome.catalog))
    record: LifeRecord | None = None
    if script is None:
        left, record = left_over(records_folder()), LifeRecord(records_folder())
        window.reports.keep(record)
        for older in left[1:]:
            older.forget()
        crashed = left[:1]
        commands.run.began.connect(lambda _: window.reports.offer(crashed.pop()) if crashed else None)
    if prepare is not None:
        prepare(window)

    async def live() -> int:
        studio = Studio(window, commands, opening.painted_at if opening is not None else None)
        session.open()
        commands.next_run.start(  # a stored run is shown paused
            spec, file=file, playing=playing and not file and lesson is None, until=until, data_path=data_path)
        # Python sees a signal only when it runs, and the window of a paused run may run nothing for minutes.
        heartbeat = QTimer(window, interval=HEARTBEAT_MS)
        heartbeat.timeout.connect(lambda: None)
        heartbeat.start()
        signal.signal(signal.SIGINT, lambda *_: window.close())
        signal.signal(signal.SIGTERM, lambda *_: window.close())
        if opening is not None:
            opening.finish()
            window.closing.connect(lambda: _keep_outline(window))
        if show:
            window.show()
            window.setFocus()  # and not the search field, which would take Space and D for words
            if script is None:
                window.welcome.begin(page=not file and lesson is None)
        QTimer.singleShot(0, garbage.settle)
        if window.to_close:
            QTimer.singleShot(0, window.close)
        if lesson is not None:
            window.lessons.start(lesson)
        try:
            if script is not None:
                return await script(studio)
            await studio.closed.wait()
            return 0
        finally:
            if at_once and window.isVisible():
                _keep_outline(window)
            window.hide()
            await session.close()

    with loop:
        status: int = loop.run_until_complete(live())
    if record is not None:
        record.close()
    return status
