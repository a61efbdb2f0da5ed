"""The Compare menu, and the comparison that is open: the run on screen is paused meanwhile."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QToolButton

from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.comparison.choose_dialog import ChooseDialog
from ganstudio.ui.comparison.film import ComparisonFilm
from ganstudio.ui.comparison.window import ComparisonWindow
from ganstudio.ui.lessons.view import LessonView
from ganstudio.ui.main.menus import Entry, fill_menu, make_action
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.state.comparison_plan import MOST, Plan, beside, fitting, ready, specs_of
from ganstudio.ui.state.comparison_plan import Entry as Run
from ganstudio.ui.theme import THEMES, Theme
from ganstudio.ui.widgets.menu import Menu

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

PAUSED = "This run is paused while the comparison is open. It goes on when you close that window."
PROSE = 0.33  # of the window's width, if its letters need no more
STAYS = "The comparison is open in a window of its own."


class Comparisons(QObject):
    """Opens comparisons, one at a time."""

    def __init__(self, window: Window, tell: Callable[[str], None]) -> None:
        """``tell`` says a sentence in the window."""
        super().__init__(window)
        self._window, self._tell = window, tell
        self._session, self._run = window.session, window.run
        self.view: ComparisonWindow | None = None
        self.dialog: ChooseDialog | None = None
        self._closed: list[ComparisonWindow] = []  # until Qt has deleted them: collecting half of a plot crashes
        self._held = 0  # the number of the run that was paused for the comparison; 0: none
        self.menu = Menu("Compare", window)  # every letter of it is taken: it has a key
        self.menu.setToolTipsVisible(True)
        self.button = QToolButton()
        self.button.setText("Compare ")
        self.button.setObjectName("menu.compare")
        self.button.setAccessibleName("Compare")
        self.button.setToolTip("Two to six runs beside each other, in lockstep (Ctrl+3)")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.button.setMenu(self.menu)
        window.pickers.addWidget(self.button)
        self.key = make_action(window, Entry("&Compare", "Ctrl+3", self.button.showMenu))
        self.menu.setEnabled(False)
        self.button.setEnabled(False)
        self._beside = self.menu
        self._session.catalog_changed.connect(self._fill)
        self._run.began.connect(lambda _: self._offer_beside())

    # The menu --------------------------------------------------------------------------------------------------

    def _fill(self, catalog: Catalog) -> None:
        self.menu.clear()
        self.menu.add_heading("Ready")
        for at, plan in enumerate(ready(catalog)):
            action = self.menu.addAction(plan.title, functools.partial(self.open, plan))
            action.setObjectName(f"compare.ready.{at + 1}")
        self.menu.add_heading("Your own")
        self._beside = self.menu.add_menu("&The run on screen beside")
        choose = self.menu.addAction("C&hoose…", self.choose)
        choose.setObjectName("compare.choose")
        library = self.menu.addAction("&Runs from the library…", self._window.past_runs.show_library)
        library.setToolTip(f"Mark 2 to {MOST} runs there, then Compare")
        self.menu.setEnabled(True)
        self.button.setEnabled(True)
        self._offer_beside()

    def _offer_beside(self) -> None:
        """The variants that play on the data of the run on screen."""
        catalog = self._session.catalog
        if catalog is None or self._beside is self.menu:
            return
        self._beside.clear()
        self._beside.setEnabled(self._run.started is not None)
        for info in fitting(catalog, self._run.kind):
            self._beside.addAction(info.title.split(" (")[0], functools.partial(self._open_beside, info.name))

    # Opening ---------------------------------------------------------------------------------------------------

    def open(self, plan: Plan) -> None:
        """Starts the runs of a plan."""
        if (catalog := self._session.catalog) is not None:
            self.show([(spec, "") for spec in specs_of(catalog, plan)])

    def _open_beside(self, variant: str) -> None:
        if (catalog := self._session.catalog) is not None:
            base = self._window.commands.next_run.base
            self.show([(spec, "") for spec in beside(catalog, base, self._run.kind, variant)])

    def choose(self) -> None:
        """Asks which runs are compared."""
        catalog = self._session.catalog
        if catalog is None:
            return
        data = self._run.spec.data if self._run.data is not None and self._run.data.kind else "ring"
        kind = catalog.data_set(data).kind or "plane"
        names = [info.name for info in fitting(catalog, kind)]
        first = self._run.spec.variant if self._run.spec.variant in names else names[0]
        other = next((name for name in ("gan", *names) if name in names and name != first), first)
        self.dialog = ChooseDialog(catalog, Plan("", data, (Run(first), Run(other))), self._window)
        self.dialog.chosen.connect(self.open)
        self.dialog.open()

    def show_stored(self, runs: list[tuple[str, Spec]]) -> None:
        """Shows runs from the library at their last moments, paused."""
        self.show([(spec, path) for path, spec in runs], playing=False)

    def show(self, runs: list[tuple[Spec, str]], *, playing: bool = True, prose: LessonView | None = None,
             ) -> ComparisonWindow:
        """Opens a comparison, in the place of the one that is open.

        Args:
            runs: Spec of each run, and the file that it goes on from, if any.
            playing: Whether they play at once.
            prose: Of a lesson that compares them, to be read beside them: then each has the batch size of its spec, and
                the window takes the place of the main one.
        """
        self.close()
        window = self._window
        progress = self._run.progress
        if self._run.started is not None and progress is not None and progress.playing:
            self._held = self._run.number
            window.commands.play(False)
        comparison = Comparison(self._session, window.commands.next_run.folder, len(runs))
        view = self.view = ComparisonWindow(
            comparison, {name: type(panel) for name, panel in window.panels.items()}, window.preferences)
        self._add_look(view)
        window.export_menu.tell_elsewhere = ComparisonFilm(view, window.export_menu, window.preferences).tell
        view.closing.connect(self._end)
        view.opened.connect(self._open_alone)
        self.apply_theme(THEMES[window.preferences.theme])
        self._tell(PAUSED if self._held else STAYS)
        if prose is not None:
            view.setGeometry(window.geometry())
            view.setWindowState(window.windowState())
            view.put_beside(prose, round(PROSE * window.width()))
        view.show()
        view.raise_()
        view.activateWindow()
        comparison.start(runs, playing=playing, alike=prose is None)
        return view

    def _add_look(self, view: ComparisonWindow) -> None:
        """Palette and size of text, which are those of the main window."""
        window, menu = self._window, view.view_menu
        menu.addSeparator()
        palette = menu.addMenu("&Palette")
        for name in THEMES:
            palette.addAction(name.capitalize(), functools.partial(window.set_theme, name))
        fill_menu(menu, view, [
            Entry("&Larger text", "Ctrl++ Ctrl+=", functools.partial(window.menus.resize_text, 1)),
            Entry("&Smaller text", "Ctrl+-", functools.partial(window.menus.resize_text, -1)),
            Entry("&Usual text", "Ctrl+9", functools.partial(window.set_scale, 1.0)),
        ])

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        if self.view is not None:
            self.view.apply_theme(theme)

    def files(self) -> set[Path]:
        """The run files that the open comparison shows or writes; none if there is none."""
        return set() if self.view is None else self.view.comparison.files

    def close(self) -> None:
        """Closes the comparison that is open, if there is one; its runs end."""
        if self.view is not None:
            self.view.close()

    def _end(self) -> None:
        view, self.view = self.view, None
        self._window.export_menu.tell_elsewhere = None
        if view is not None:
            self._closed = [*(each for each in self._closed if shiboken6.isValid(each)), view]
            view.deleteLater()
        held, self._held = self._held, 0
        if held and held == self._run.number and self._run.started is not None:
            self._window.commands.play(True)
        if self._window.notice.text in (PAUSED, STAYS):
            self._window.notice.dismiss()

    def _open_alone(self, member: Member, on: bool) -> None:
        """Shows a run of the comparison in the main window, at the moment that is shown there."""
        source, history = member.run.source, member.history
        if not source:
            return
        at = history.end if history.at is None else history.at
        self._held = 0  # another run takes its place
        self._window.commands.next_run.start(member.run.spec, file=source, at=at, playing=on)
        self._window.raise_()
        self._window.activateWindow()
