"""Brings the user's own data in: chosen from the menu or dropped, looked at, asked about, and started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMainWindow

from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import DataInfo
from ganstudio.core.protocol.data_preview import Inspected
from ganstudio.core.protocol.messages import DataInspected, Refused
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.main.dropping import DropTarget
from ganstudio.ui.state.dropped import TABLES, judge, short
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.theme import DARK, THEMES, Theme
from ganstudio.ui.widgets.last_folder import last_folder, remember_folder

if TYPE_CHECKING:
    from ganstudio.ui.main.column_dialog import ColumnDialog
    from ganstudio.ui.main.folder_dialog import FolderDialog

FILES = ("points",)  # data sets that need a file
FOLDERS = ("folder", "paired-folder", "unpaired-folders", "labelled-folder")  # data sets that need a folder
POINTS_FILTER = f"Points ({' '.join(f'*{ending}' for ending in TABLES)});;All files (*)"


class Intake(QObject):
    """One file or folder at a time; a newer one takes the place of one that is still looked at."""

    preset_dropped = Signal(str)  # its path

    def __init__(self, commands: RunCommands, preferences: Preferences, window: QMainWindow,
                 tell: Callable[..., None]) -> None:
        """Makes it.

        Args:
            commands: Runs are asked for there.
            preferences: Know the palette.
            window: Of the dialogs; files and folders can be dropped onto it.
            tell: Is given what to say, and a button's text and act for each thing that can be done.
        """
        super().__init__(window)
        self._commands, self._preferences, self._window = commands, preferences, window
        self._tell = tell
        self._asked = -1  # the look that is awaited
        self._remark = ""
        self.dialog: FolderDialog | ColumnDialog | None = None
        self.target = DropTarget(window, self.drop)
        commands.session.inspected.connect(self._take)

    # From where ----------------------------------------------------------------------------------------------

    def choose(self, data: DataInfo) -> None:
        """Chooses a data set from the menu; one of the user's own is asked for."""
        if data.name in (*FILES, *FOLDERS):
            if path := self._ask(data.title, folder=data.name in FOLDERS):
                self.look(path, data.name)
        else:
            self._forget()
            self._commands.next_run.choose_data(data.name)

    def choose_folder_of(self, data: DataInfo) -> None:
        """Asks for the folder that holds the files of a published data set, and starts on it."""
        control = next((control.name for control in data.controls if control.kind == "folder"), "")
        if path := self._ask(f"Folder that holds {data.title}", folder=True):
            self._commands.next_run.choose_data(data.name, {control: path})

    def _ask(self, title: str, *, folder: bool) -> str:
        """Asks for a file or folder, where the last one was."""
        start = str(last_folder("data"))
        if folder:
            path = QFileDialog.getExistingDirectory(self._window, title, start)
        else:
            path, _ = QFileDialog.getOpenFileName(self._window, title, start, POINTS_FILTER)
        if path:
            remember_folder("data", Path(path).parent)
        return path

    def drop(self, paths: Sequence[str]) -> None:
        """Takes what was dropped onto the window."""
        dropped = judge(paths)
        if dropped.act == "refuse":
            self._tell(dropped.sentence)
        elif dropped.act == "run":
            self._open_run(dropped.path)
        elif dropped.act == "preset":
            self._forget()
            self.preset_dropped.emit(dropped.path)
        else:
            self.look(dropped.path, remark=dropped.sentence)

    def _open_run(self, path: str) -> None:
        self._forget()
        try:
            reader = RunReader(Path(path))
            try:
                spec = reader.spec()
            finally:
                reader.close()
        except BadInput as fault:
            self._tell(_sentence(str(fault)))
            return
        self._commands.next_run.start(spec, file=path, playing=False)

    # The look ------------------------------------------------------------------------------------------------

    def look(self, path: str, data: str = "", remark: str = "") -> None:
        """Has a file or folder looked at; what follows is a run, a dialog, or a sentence that says why not."""
        self._forget()
        self._remark = remark
        self._window.statusBar().showMessage(f"Looking at {short(Path(path).name or path)}…")
        self._asked = self._commands.session.inspect(path, data)

    def _forget(self) -> None:
        self._asked, self._remark = -1, ""
        if self.dialog is not None:
            self.dialog.reject()

    def _take(self, answer: DataInspected) -> None:
        if answer.id != self._asked:
            return
        from ganstudio.ui.main.folder_dialog import FolderDialog  # not before it is wanted: the start is the quicker

        self._asked = -1
        self._window.statusBar().clearMessage()
        dialog = self.dialog
        if isinstance(dialog, FolderDialog):  # another choice in a dialog that is open
            if answer.found is None:
                dialog.show_refusal(_sentence(answer.refusal))
            else:
                dialog.show_found(answer.found)
        elif answer.found is None:
            self._tell(_sentence(answer.refusal))
        else:
            self._go(answer.found)

    def _go(self, found: Inspected) -> None:
        """Begins, or asks first."""
        from ganstudio.ui.main.column_dialog import ColumnDialog
        from ganstudio.ui.main.folder_dialog import FolderDialog

        start = self._commands.next_run.choose_data
        if found.table is not None and found.table.ask:
            self._show(ColumnDialog(found, self._theme, self._window,
                                    lambda controls, kind: start("points", controls, kind)))
        elif found.folder is not None and (catalog := self._commands.session.catalog) is not None:
            self._show(FolderDialog(found, catalog.data_set(found.data), self._remark, self._theme, self._window,
                                    partial(self._look_again, found.data),
                                    lambda controls: start(found.data, controls, "image")))
        else:
            start(found.data, found.data_controls, found.kind)

    def _look_again(self, data: str, controls: dict[str, Value]) -> None:
        self._asked = self._commands.session.inspect(str(controls["path"]), data, controls)

    def _show(self, dialog: FolderDialog | ColumnDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self) -> None:
        self.dialog, self._asked = None, -1

    @property
    def _theme(self) -> Theme:
        return THEMES.get(self._preferences.theme, DARK)

    # What is not there ---------------------------------------------------------------------------------------

    def tell_missing(self, refused: Refused) -> bool:
        """Offers ways on where the files of a published data set are not here; False if that is not why."""
        catalog = self._commands.session.catalog
        if not refused.missing or catalog is None:
            return False
        data = next((each for each in catalog.data if each.name == refused.missing), None)
        if data is None:
            return False
        offline = next((each for each in catalog.data if each.kind == data.kind and each.usual), None)
        acts = [("Choose a folder…", lambda: self.choose_folder_of(data))]
        if offline is not None:
            acts.append((f"Use {offline.title}", lambda: self.choose(offline)))
        instead = f", or use {offline.title}, which works offline" if offline is not None else ""
        self._tell(f"{data.title} is not on this machine and could not be fetched from the internet. Choose a folder "
                   f"that contains it{instead}. The run on screen goes on.", *acts)
        return True


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}. Nothing was changed."
