"""The lessons of a window: their menu, the place of the prose beside the panels, and the panels that a step shows."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from PySide6.QtCore import QEvent, QObject, QTimer, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QInputDialog, QMenuBar, QWidget

from ganstudio.core.design import UNLIMITED
from ganstudio.core.lessons.lesson import Lesson, RunAsked
from ganstudio.core.lessons.shelf import shelf
from ganstudio.core.lessons.template import write_template
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of
from ganstudio.core.system.resources import cache_folder, lessons_folder
from ganstudio.ui.docks.chosen import arrange_chosen
from ganstudio.ui.export.queue import Export
from ganstudio.ui.lessons.view import LessonView
from ganstudio.ui.main.lesson_comparison import LessonComparison
from ganstudio.ui.main.menus import add_menu
from ganstudio.ui.state.lesson_player import LessonPlayer
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.look_frame import LookFrame
from ganstudio.ui.widgets.notice_bar import COMMAND
from ganstudio.ui.widgets.plain_text import plain_tip
from ganstudio.ui.widgets.save_dialog import ask_where

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

SHARE, LETTERS, MOST = 0.33, 46, 0.52  # of the window's width; but so many letters, and no more than this share


class Lessons(QObject):
    """Opens, arranges and closes lessons in a window."""

    HINT: ClassVar[str] = ("Page Down: next step; Page Up: the one before; F4: the answer. Try what you like: the next "
                           "step takes it back.")

    def __init__(self, window: Window, tell: Callable[..., None], say: Callable[[str], None]) -> None:
        """Makes it.

        Args:
            window: With its docks and its menus; the prose is its central widget while a lesson is open.
            tell: Shows a sentence.
            say: Has a screen reader say one.
        """
        super().__init__(window)
        self._window, self._tell, self._say = window, tell, say
        self._theme: Theme | None = None
        self.player = LessonPlayer(window.commands, window.preferences)
        self.player.entered.connect(self._enter)
        self.player.left.connect(self._leave)
        self.player.changed.connect(self._changed)
        self.view: LessonView | None = None
        self._beside = LessonComparison(window, self.player)
        self.frame = LookFrame(window)
        self._shown: list[str] = []  # the panels that the last step asked for
        self._looks_back = False  # the step that is open shows a recorded moment, as soon as its run is there
        self._turns = [
            self._action("next", "&Next step", "", lambda: self.player.go_by(1)),
            self._action("back", "Step &before", "", lambda: self.player.go_by(-1)),
            self._action("answer", "Show or fold the &answer", "F4", self._toggle_answer),
            self._action("again", "&Play this step again", "Ctrl+F5", self.player.again),
            self._action("report", "&Report of this lesson…", "", self._report),
            self._action("leave", "&Leave the lesson", "", self.player.leave),
        ]
        self._write = self._action("write", "&Write a lesson from this moment…", "", self.write)
        self._lessons: list[QAction] = []
        window.installEventFilter(self)
        self._fit_soon = QTimer(self, singleShot=True, interval=0)
        self._fit_soon.timeout.connect(self._fit)
        self._changed()

    @property
    def open(self) -> bool:
        """Whether a lesson is open: the docks are then where it wants them."""
        return self.view is not None

    # The menu ------------------------------------------------------------------------------------------------

    def add_to(self, bar: QMenuBar) -> None:
        """Adds the menu."""
        menu = self.menu = add_menu(bar, "&Lessons")
        menu.setObjectName("menu.lessons")
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        for action in [*self._turns, None, self._write]:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)

    def _action(self, name: str, title: str, key: str, act: Callable[[], object]) -> QAction:
        action = QAction(title, self._window)
        action.setObjectName(f"lessons.{name}")
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _=False: act())
        return action

    def _fill(self) -> None:
        """Lists the lessons above the other lines: their titles and minutes, with their summaries as tooltips."""
        for action in self._lessons:
            self.menu.removeAction(action)
            action.deleteLater()
        found = shelf()
        self._lessons = []
        for number, lesson in enumerate(found.lessons, start=1):
            own = lesson.name in found.own
            title = f"{number}. {lesson.title}" if not own else f"{lesson.title} (your own)"
            action = QAction(plain_tip(f"{title}   {lesson.minutes:g} min").replace("&", "&&"), self)
            action.setObjectName(f"lessons.open.{lesson.name}")
            action.setToolTip(plain_tip(lesson.summary))
            action.triggered.connect(functools.partial(lambda lesson, _=False: self.start(lesson), lesson))
            self._lessons.append(action)
        for fault in found.faults:
            action = QAction(plain_tip(f"Cannot be read: {fault}"), self)
            action.setEnabled(False)
            self._lessons.append(action)
        line = QAction(self)
        line.setSeparator(True)
        self._lessons.append(line)
        self.menu.insertActions(self._turns[0], self._lessons)

    def _changed(self) -> None:
        """Switches what the page does not allow."""
        player = self.player
        step = player.step
        can = {"next": player.page < player.pages, "back": player.page > 0, "answer": bool(step and step.question),
               "again": step is not None, "report": True, "leave": True}
        for action in self._turns:
            action.setEnabled(player.notes is not None and can[action.objectName().removeprefix("lessons.")])
        if self._looks_back and step is not None and step.shows is not None and not player.playing_page:
            self._looks_back = False
            self._window.history.to(step.shows)
        self._window.presentation.take_pages(self._turn if player.notes is not None else None, "next step")

    def _turn(self, by: int) -> bool:
        """Goes to the next step or the one before; there is always one lesson to stay in."""
        if 0 <= self.player.page + by <= self.player.pages:
            self.player.go_by(by)
        return True

    def _toggle_answer(self) -> None:
        if self.view is not None:
            self.view.answer.click()

    # Opening and leaving -------------------------------------------------------------------------------------

    def start(self, lesson: Lesson) -> None:
        """Opens a lesson where it was left."""
        window = self._window
        if self.view is None:
            window.keep_layout()
            self.view = LessonView(self.player)
            self.view.said.connect(self._say)
            self.view.titles = self._beside.titles = {one.name: one.title for one in shelf().lessons}
            old = window.takeCentralWidget()
            window.setCentralWidget(self.view)
            if old is not None:
                old.deleteLater()
            if self._theme is not None:
                self.view.apply_theme(self._theme)
            self._fit()
            window.show_hint()
        self._shown = []
        self.player.open(lesson)
        self.view.next.setFocus()

    def _leave(self) -> None:
        """Back to the layout that the user had."""
        window, view = self._window, self.view
        self.frame.around(None)
        self.view = None
        if view is not None:
            window.takeCentralWidget()
            view.hide()
            view.deleteLater()
            nothing = QWidget()
            nothing.setMaximumSize(0, 0)
            window.setCentralWidget(nothing)
            window.lay_out(window.kind)
            window.show_hint()
        self._changed()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.frame.apply_theme(theme)
        self._beside.apply_theme(theme)
        if self.view is not None:
            self.view.apply_theme(theme)
            self._fit_soon.start()

    # Panels --------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        """Another page: its panels are shown, and the one to look at is framed."""
        step = self.player.step
        self._looks_back = step is not None and step.shows is not None
        self._window.history.to_live()  # what the page before looked back at is not of this one
        if step is None or not step.compared:
            self._shown = [] if step is None else list(step.layout) or self._shown
        self.arrange()
        self._fit()

    def arrange(self) -> None:
        """Puts the docks where the step that is open wants them; nothing if no lesson is open."""
        if self.view is None:
            return
        window, step = self._window, self.player.step
        names = [name for name in self._shown if name in window.panels and window.run.kind in window.panels[name].kinds]
        compared = step is not None and bool(step.compared)
        if compared:
            names = []  # the comparison shows them
        if names or step is None or compared:  # beside the introduction there is nothing to look at yet
            window.setUpdatesEnabled(False)
            arrange_chosen(window, window.docks, names, window.width() - self._width, window.run.kind)
            window.proportions.arranged()
            window.setUpdatesEnabled(True)
        look_at = step.look_at if step is not None and not compared else ""
        dock = window.docks.get(look_at)
        if dock is not None and not dock.isHidden():
            dock.raise_()
        self.frame.around(dock if dock is not None and not dock.isHidden() else None)
        window.notice.raise_()  # docks that were added lie above it

    @property
    def _width(self) -> int:
        """Pixels that the prose takes."""
        letters = self._window.fontMetrics().averageCharWidth() * LETTERS
        width = self._window.width()
        return round(min(max(SHARE * width, letters), MOST * width))

    def _fit(self) -> None:
        """Gives the prose its width: on the introduction, and where a step shows no panels, that of the window."""
        if self.view is None:
            return
        alone = not any(not dock.isHidden() for dock in self._window.docks.values())
        self.view.set_alone(alone)
        if alone:
            self.view.setMinimumWidth(0)
            self.view.setMaximumWidth(UNLIMITED)
        else:
            self.view.setFixedWidth(self._width)
        self._window.proportions.keep()

    # A lesson of one's own -----------------------------------------------------------------------------------

    def write(self) -> None:
        """Asks for a name, and writes a lesson that begins with the run on screen and shows the panels on screen."""
        run = self._window.run
        if run.started is None:
            self._tell("There is no run on screen to write a lesson from.", fault=COMMAND)
            return
        title, sure = QInputDialog.getText(self._window, "Write a lesson from this moment",
                                           "A folder with a lesson is made, for you to write in.\nTitle:")
        if not sure:
            return
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        spec = run.started.spec
        done = run.progress.position.steps if run.progress is not None else run.started.position.steps
        usual = {**{one.name: one.default for one in run.variant.controls}, **run.started.preset_controls} if (
            run.variant is not None) else {}
        net = {**{one.name: one.default for one in run.network.controls}, **run.started.preset_network} if (
            run.network is not None) else {}
        data = {one.name: one.default for one in run.data.controls} if run.data is not None else {}
        asked = RunAsked(
            variant=spec.variant, data=spec.data, preset=spec.preset, seed=spec.seed, network=spec.network,
            controls={key: value for key, value in run.settings_at(None).items() if usual.get(key) != value},
            network_controls={key: value for key, value in spec.network_controls.items() if net.get(key) != value},
            data_controls={key: value for key, value in spec.data_controls.items() if data.get(key) != value})
        shown = self._window.proportions.tops()
        layout = [key for key, dock in self._window.docks.items() if dock in shown]
        try:
            file = write_template(lessons_folder() / (name or "my-lesson"), asked, until=max(done, 1),
                                  layout=layout[:8], title=title.strip())
        except BadInput as fault:
            text = str(fault)
            self._tell(f"The lesson was not written. {text[:1].upper()}{text[1:]}.", fault=COMMAND)
            return
        self._tell(f"A lesson to write in is at {file}. It is in the menu Lessons already.",
                   ("Open the folder", functools.partial(_open_folder, file.parent)))

    # The report ----------------------------------------------------------------------------------------------

    def _report(self) -> None:
        """Asks for a file, and has the page written by a command beside the window."""
        lesson, notes = self.player.lesson, self.player.notes
        if lesson is None or notes is None:
            return
        target = ask_where(self._window, "Report of this lesson", Path(f"{lesson.name}.html"), {".html": "Page"})
        if target is None:
            return
        noted = cache_folder() / f"lesson-{lesson.name}.json"
        try:
            noted.parent.mkdir(parents=True, exist_ok=True)
            noted.write_bytes(msgspec.json.encode(notes.played))
        except OSError as fault:
            self._tell(f"The report was not written. {noted} cannot be written: {said_of(fault)}.", fault=COMMAND)
            return
        self._window.export_menu.exports.add(
            Export("report of the lesson", "lesson", target, ("--played", str(noted)), option="--report"),
            str(lesson.folder))

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.view is not None:
            self._fit_soon.start()
        return False


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
