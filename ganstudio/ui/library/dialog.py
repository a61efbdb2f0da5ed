"""The library: every run that was kept, to be found, opened, tagged, copied, renamed or deleted."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.runs import library
from ganstudio.core.runs.format import SUFFIX
from ganstudio.core.runs.library import Kept
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.library.columns import amount
from ganstudio.ui.library.copying import copy_files
from ganstudio.ui.library.dialog_parts import allow, first_sentences, wrapped_label
from ganstudio.ui.library.in_use import RunsInUse
from ganstudio.ui.library.room import offer
from ganstudio.ui.library.table import RunTable
from ganstudio.ui.library.trash import Trash
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.last_folder import last_folder, remember_folder
from ganstudio.ui.widgets.menu import Menu

MOST_WORDS = 12  # tags that are offered
NONE_MARKED = "Choose a run first"
FEWEST, MOST = 2, 6  # runs beside each other


class LibraryDialog(QDialog):
    """Runs in a table; what is typed above narrows it to the rows that hold every word."""

    chosen = Signal(str, object)  # path, Spec
    compared = Signal(object)  # list of path and Spec

    def __init__(
        self, folder: Path, parent: QWidget | None = None, *, running: str = "", shown: str = "",
        trash: Trash | None = None, compared: Callable[[], Collection[Path]] = tuple,
    ) -> None:
        """Reads the folder.

        Args:
            folder: Where the runs are.
            parent: The window it belongs to.
            running: The file of the run on screen, which is being written: it is not copied or thrown away.
            shown: The file that the run on screen is read from, if it was opened: it keeps its file name.
            compared: The files of the open comparison: they are not copied or thrown away, and keep their names.
            trash: What was thrown away before; with one that outlives the dialog, this can still be undone.
        """
        super().__init__(parent)
        self._in_use = RunsInUse(running, shown, compared)
        self._folder = folder
        self._trash = trash if trash is not None else Trash()
        self.setObjectName("library")
        self.setWindowTitle("Runs")
        self.setAcceptDrops(True)
        self.search = QLineEdit()
        self.search.setObjectName("library.search")
        self.search.setPlaceholderText("Search: variant, data, step, date, tag:word…")
        self.search.setAccessibleName("Search the runs")
        self.search.setToolTip("Shows the runs that contain every word typed here. tag:word searches tags only "
                               "(Ctrl+F).")
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # files that are dropped here are the dialog's
        self.search.textChanged.connect(self._narrow)
        self.table = RunTable(self._in_use.running)
        self.table.setToolTip("Double-click a run to open it at its last moment")
        self.table.marked.connect(self._selected)
        self.table.doubleClicked.connect(lambda _: self._open())
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.empty = wrapped_label("library.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.table)
        self._middle.addWidget(self.empty)
        self.words = wrapped_label("library.words")
        self._row = FlowLayout()
        self.opening = self._button(
            "open", "Open", "Shows the run at its last moment, paused; Play makes a new run", self._open)
        self.compare = self._button(
            "compare", "Compare", "Shows the chosen runs beside each other, at their last moments (2 to 6 runs)",
            self._compare, "Ctrl+P")
        self.rename = self._button("rename", "Rename…", "Gives the run another name", self._rename, "F2")
        self.tags = self._button("tags", "Tags…", "Your own words for the chosen runs", self._edit_tags, "Ctrl+T")
        self.copy = self._button("copy", "Duplicate", "Makes a copy of the file", self.duplicate, "Ctrl+D")
        self.trash = self._button(
            "trash", "Move to trash", "Moves the chosen runs to the system's trash. Undo takes them back.",
            self.throw_away, "Del")
        self.undo = self._button("undo", "Undo", "", self.take_back, "Ctrl+Z")
        self._row.addStretch(1)
        self.room = self._button(
            "room", "Free room…", "Short runs into the trash, long ones without checkpoints in between: asks first",
            self.free_room)
        self.importing = self._button(
            "import", "Import…", "Copies run files from elsewhere into the library. You can also drop them here.",
            self._import, "Ctrl+I")
        self._button("close", "Close", "Closes the library (Esc)", self.reject)
        self.opening.setDefault(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self._middle, 1)
        layout.addWidget(self.words)
        layout.addLayout(self._row)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search, context=Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self.table.setFocus)
        QShortcut(QKeySequence("Ctrl+F"), self).activated.connect(self.search.setFocus)
        digit, line = self.fontMetrics().horizontalAdvance("0"), self.fontMetrics().lineSpacing()
        self.resize((self.screen().availableSize() * 0.9).boundedTo(self.size().expandedTo(
            QSize(150 * digit, 36 * line))))
        self.refresh()
        readable = next((kept for kept in self.table.runs.shown if kept.spec is not None), None)
        if readable is not None:
            self.table.select([readable.path])

    def _button(self, name: str, text: str, tip: str, act: Callable[[], None], key: str = "") -> QPushButton:
        """A button for what the context menu and a key do too."""
        action = QAction(text, self)
        action.setObjectName(f"library.{name}.action")
        if key:
            action.setShortcut(QKeySequence(key))
        action.setProperty("tip", f"{tip} ({key})" if key else tip)
        action.triggered.connect(lambda _=False: act())
        self.addAction(action)
        button = QPushButton(text)
        button.setObjectName(f"library.{name}")
        button.setAccessibleName(text.rstrip("…"))
        button.clicked.connect(action.trigger)
        button.addAction(action)
        self._row.addWidget(button)
        allow(button)
        return button

    # What is shown ----------------------------------------------------------------------------------------------

    def refresh(self, marked: Iterable[Path] = (), said: str = "") -> None:
        """Reads the folder again.

        Args:
            marked: The runs to mark; none: those that were.
            said: What to say, in the place of how many there are.
        """
        self.table.show_runs(library.runs(self._folder))
        wanted = list(marked)
        if wanted:
            if not {kept.path for kept in self.table.runs.shown} & set(wanted):
                self.search.clear()
            self.table.select(wanted)
        self._selected()
        if said:
            self.words.setText(said)

    def _narrow(self, text: str) -> None:
        self.table.narrow(text)
        self._selected()

    @property
    def selected(self) -> Kept | None:
        """The run whose row is marked, or the first of them."""
        return next(iter(self.table.selected), None)

    def _selected(self) -> None:
        """Says what is marked, and which buttons go with it."""
        chosen = self.table.selected
        one = chosen[0] if len(chosen) == 1 else None
        none = "" if chosen else NONE_MARKED
        single = none or ("" if one else "Choose a single run for this")
        damaged = "This file cannot be read as a run" if one and one.fault else ""
        live = self._in_use.why_kept(one.path) if one else ""
        allow(self.opening, single or damaged)
        allow(self.compare, none or _why_not_compared(chosen))
        allow(self.rename, single)
        allow(self.tags, none or damaged)
        allow(self.copy, single or live or damaged)
        allow(self.trash, none or live)
        last = self._trash.last
        taken = "the run" if len(last) == 1 else f"the {len(last)} runs"
        allow(self.undo, "" if last else "Nothing has been moved to the trash yet",
               f"Takes {taken} back out of the trash (Ctrl+Z)")
        shown, everything = len(self.table.runs.shown), self.table.runs.everything
        allow(self.room, "" if everything else "No run has been recorded yet")
        self._middle.setCurrentWidget(self.table if shown else self.empty)
        self.empty.setText(
            "No run contains all of these words." if everything else
            "No run has been recorded yet.\n\nEvery training is recorded from its first step and will be listed "
            "here.\nTo add runs from elsewhere, use Import… or drop their files here.")
        total = amount(sum(kept.size for kept in everything))
        if one is not None and one.fault:
            self.words.setText(f"This one cannot be opened: {one.fault}. All runs take {total}.")
        elif one is not None and live:
            self.words.setText(f"{self._in_use.way_out(one.path)} All runs take {total}.")
        elif len(chosen) > 1:
            self.words.setText(f"{len(chosen)} of {len(everything)} runs are marked, "
                               f"{amount(sum(kept.size for kept in chosen))} of {total}.")
        else:
            self.words.setText(f"{shown} of {len(everything)} runs in {self._folder}, "
                               f"{amount(sum(kept.size for kept in self.table.runs.shown))}." if everything else
                               f"Runs are kept in {self._folder}.")

    def _show_menu(self, at: QPoint) -> None:
        menu = Menu(parent=self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.opening, self.compare, self.rename, self.tags, self.copy, self.trash, self.undo, self.room,
                       self.importing):
            menu.addAction(button.actions()[0])
        menu.popup(self.table.viewport().mapToGlobal(at))

    # What is done -----------------------------------------------------------------------------------------------

    def _open(self) -> None:
        chosen = self.table.selected
        if len(chosen) == 1 and chosen[0].spec is not None:
            self.chosen.emit(str(chosen[0].path), chosen[0].spec)
            self.accept()

    def _compare(self) -> None:
        chosen = self.table.selected
        if not _why_not_compared(chosen):
            self.compared.emit([(str(kept.path), kept.spec) for kept in chosen])
            self.accept()

    def _rename(self) -> None:
        kept = self.selected
        if kept is None:
            return
        name, sure = QInputDialog.getText(self, "Rename the run", "Name:", text=kept.name)
        if sure:
            self.name(kept, name)

    def name(self, kept: Kept, name: str) -> None:
        """Gives a run another name, or says why it cannot have it."""
        try:
            if kept.path in self._in_use.files:  # the window knows it by its file
                library.set_title(kept.path, name)
                path = kept.path
            else:
                path = library.renamed(kept.path, name)
        except BadInput as fault:
            self.words.setText(f"Not done: {fault}.")
        else:
            self.refresh([path])

    def _edit_tags(self) -> None:
        common = self._common_tags()
        used = Counter(tag for kept in self.table.runs.everything for tag in kept.tags).most_common(MOST_WORDS)
        offered = f"<br>In use: {html.escape(', '.join(tag for tag, _ in used))}." if used else ""
        many = len(self.table.selected)
        whose = "Tags of this run" if many == 1 else f"Tags that all {many} runs have"
        line, sure = QInputDialog.getText(
            self, "Tags", f"<qt>{whose}, with commas between them:{offered}</qt>", text=", ".join(common))
        if sure:
            self.tag(line)

    def _common_tags(self) -> list[str]:
        """The tags that all marked runs have."""
        chosen = self.table.selected
        return [tag for tag in chosen[0].tags if all(tag in kept.tags for kept in chosen)] if chosen else []

    def tag(self, line: str) -> None:
        """Gives the marked runs these tags in the place of those they have in common; each keeps its others."""
        gone = {tag.casefold() for tag in self._common_tags()}
        faults = []
        chosen = self.table.selected
        try:
            wanted = library.tags(line)
        except BadInput as fault:
            self.words.setText(f"Not done: {fault}.")
            return
        for kept in chosen:
            own = [tag for tag in kept.tags if tag.casefold() not in gone] if len(chosen) > 1 else []
            try:
                library.set_tags(kept.path, [*own, *wanted])
            except BadInput as fault:
                faults.append(f"Not done: {fault}.")
        self.refresh(said=first_sentences(faults))

    def duplicate(self) -> None:
        """Makes a copy of the marked run beside it."""
        kept = self.selected
        if kept is not None:
            self._copy([kept.path], library.duplicated)

    def _import(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self, "Import runs", str(last_folder("runs")), f"GAN Studio runs (*{SUFFIX});;All files (*)")
        if paths:
            remember_folder("runs", Path(paths[0]).parent)
        self.take_in(Path(path) for path in paths)

    def take_in(self, paths: Iterable[Path]) -> None:
        """Copies run files from elsewhere into the folder, and says of each that is refused why."""
        self._copy(list(paths), lambda path: library.imported(path, self._folder))

    def _copy(self, paths: list[Path], copy: Callable[[Path], Path]) -> None:
        copied = copy_files(self, paths, copy)
        if paths:
            self.refresh(copied.made or copied.there, first_sentences(copied.said))

    def throw_away(self) -> None:
        """Moves the marked runs into the trash; those on screen and in a comparison stay."""
        chosen = [kept.path for kept in self.table.selected]
        went, faults = self._trash.throw(path for path in chosen if not self._in_use.why_kept(path))
        faults += self._in_use.refusals(chosen)
        runs = f"{went[0].name} is" if len(went) == 1 else f"{len(went):,} runs are"
        undoable = f"; Undo takes {'it' if len(went) == 1 else 'them'} back" if self._trash.last and went else ""
        self.refresh(said=first_sentences([*([f"{runs} in the trash{undoable}."] if went else []), *faults]))

    def take_back(self) -> None:
        """Takes back what went into the trash last."""
        back, faults = self._trash.take_back()
        runs = f"{back[0].name} is" if len(back) == 1 else f"{len(back):,} runs are"
        self.refresh(back, first_sentences([*([f"{runs} back in the library."] if back else []), *faults]))

    def free_room(self) -> None:
        """Offers to make room, and does what the user agrees to."""
        offer(self, self.table.runs.everything, self._in_use.files, self._trash, lambda said: self.refresh(said=said))

    # Qt ------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take_in(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())


def _why_not_compared(chosen: Sequence[Kept]) -> str:
    """Why these runs cannot be shown beside each other; empty if they can."""
    if any(kept.spec is None for kept in chosen):
        return "One of these files cannot be read as a run"
    return "" if FEWEST <= len(chosen) <= MOST else f"Mark {FEWEST} to {MOST} runs to compare them"
