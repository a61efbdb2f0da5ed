"""Saves what is on screen as a preset, and opens presets: files, codes, what is dropped or named at the start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QApplication

from ganstudio.core.presets.preset_code import to_code
from ganstudio.core.presets.preset_file import SUFFIX, SavedPreset, write_preset
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.docks.readable_layout import read_layout, show_layout
from ganstudio.ui.main.menus import Entry, make_action
from ganstudio.ui.main.preset_dialogs import OpenPresetDialog, SavePresetDialog, opened
from ganstudio.ui.state.preset_of_run import beside, check, preset_of
from ganstudio.ui.widgets.notice_bar import COMMAND
from ganstudio.ui.widgets.save_dialog import ask_where

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window


class PresetFiles:
    """The presets of a window."""

    def __init__(self, window: Window, tell: Callable[..., None]) -> None:
        """``tell`` says what happened, as `Window._tell` does."""
        self._window, self._tell = window, tell
        self._commands = window.commands
        self._awaited: SavedPreset | None = None  # its run was asked for
        self.dialog: SavePresetDialog | OpenPresetDialog | None = None
        self.save = make_action(window, Entry("Save as &preset…", "Ctrl+Alt+S", self.ask_to_save))
        self.open = make_action(window, Entry("&Open preset…", "Ctrl+Alt+O", self.ask_to_open))
        self.copy = make_action(window, Entry("Copy preset c&ode", "Ctrl+Alt+C", self.copy_code))
        window.intake.preset_dropped.connect(self.open_text)
        self._commands.run.refused.connect(lambda _: self._forget())
        self._commands.run.failed.connect(lambda _: self._forget())

    # Saving ---------------------------------------------------------------------------------------------------

    def present(
        self, *, title: str = "", note: str = "", until: int = 0, hidden: tuple[str, ...] | None = None,
        with_layout: bool = True,
    ) -> SavedPreset:
        """The preset of what is on screen."""
        window, run = self._window, self._commands.run
        layout = read_layout(window, window.docks, window.proportions.tops()) if with_layout else None
        return preset_of(self._commands.next_run.base, run.usual_values(), title=title, note=note, until=until,
                         layout=layout, hidden=self._commands.hidden.names if hidden is None else hidden)

    def ask_to_save(self) -> None:
        """Asks what goes into the file, and for its name."""
        run = self._commands.run
        steps = run.progress.position.steps if run.progress is not None else 0
        dialog = SavePresetDialog(self.present, run.variant, self._commands.hidden.names, steps, self._window)
        self.dialog = dialog
        dialog.accepted.connect(lambda: self._ask_where(dialog.preset))
        dialog.open()

    def _ask_where(self, preset: SavedPreset) -> None:
        bare = "".join(sign for sign in preset.title if sign.isalnum() or sign in " -_").strip()
        name = bare or f"{preset.variant} {preset.data}"
        path = ask_where(self._window, "Save as preset", Path(f"{name}{SUFFIX}"), {SUFFIX: "Preset of GAN Studio"})
        if path is None:
            return
        try:
            write_preset(path, beside(preset, path.absolute().parent))
        except BadInput as fault:
            self._tell(f"The preset was not saved: {fault}.", fault=COMMAND)
            return
        self._window.statusBar().showMessage(f"Saved: {path.name}. `ganstudio {path.name}` opens it.", 8000)

    def copy_code(self) -> None:
        """The code of what is on screen, into the clipboard; without the layout, which would make it thrice as long."""
        QApplication.clipboard().setText(to_code(msgspec.structs.replace(self.present(), layout=None)))
        self._window.statusBar().showMessage(
            "Copied the preset's code, without the layout of the panels. Open preset (Ctrl+Alt+O) takes it.", 8000)

    # Opening --------------------------------------------------------------------------------------------------

    def ask_to_open(self) -> None:
        """Asks for a code or a file."""
        dialog = OpenPresetDialog(self._window)
        self.dialog = dialog
        dialog.accepted.connect(lambda: self.start(dialog.chosen) if dialog.chosen is not None else None)
        dialog.open()

    def open_text(self, text: str) -> None:
        """Opens the preset of a file or a code, or says why it is none."""
        try:
            preset = opened(text)
        except BadInput as fault:
            self._tell(f"The preset was not opened: {fault}. Nothing was changed.", fault=COMMAND)
            return
        self.start(preset)

    def start(self, preset: SavedPreset) -> None:
        """Starts the run of a preset; the window follows when it begins."""
        try:
            check(preset, self._window.session.catalog, self._window.panels)
        except BadInput as fault:
            self._tell(f"The preset was not opened: {fault}. Nothing was changed.", fault=COMMAND)
            return
        self._commands.next_run.start(preset.spec, until=preset.until)
        self.expect(preset)

    def expect(self, preset: SavedPreset) -> None:
        """The run that was asked for last is that of a preset: its layout and its hidden controls follow it."""
        self._awaited = preset

    def begin(self) -> None:
        """A run has begun, and the window shows it: if a preset asked for it, the window follows the preset."""
        preset, self._awaited = self._awaited, None
        if preset is None:
            return
        self._commands.hidden.hide(preset.hidden)
        if preset.layout is not None:
            window = self._window
            window.setUpdatesEnabled(False)
            show_layout(window, window.docks, preset.layout)
            window.proportions.arranged()
            window.setUpdatesEnabled(True)
        words = ": ".join(filter(None, (preset.title, " ".join(preset.note.split()))))
        if words:
            self._tell(f"Preset: {words}")

    def _forget(self) -> None:
        self._awaited = None
