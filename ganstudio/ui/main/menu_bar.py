"""The window's menu bar: every action that there is, with its key."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from ganstudio.core.leaves import broken_leaves
from ganstudio.core.protocol.messages import Welcome
from ganstudio.ui.main.action_registry import Line
from ganstudio.ui.main.control_lines import ControlLines
from ganstudio.ui.main.menus import Choices, Entry, UndoActions, add_menu, broken_lines, fill_menu
from ganstudio.ui.main.shortcut_editor import ShortcutEditor
from ganstudio.ui.main.text_dialog import TextDialog
from ganstudio.ui.panel import Panel

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

SCALES = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5)
PALETTES = (("Dark", "dark"), ("Light", "light"), ("High contrast, for projectors", "contrast"))
COPIED = "Copied the command that repeats this run up to here."


@runtime_checkable
class Uncovers(Protocol):
    """A panel that may have a control folded away."""

    def uncover(self, name: str) -> None:
        """Shows the control."""
        ...


class MenuBar(QObject):
    """Fills the menu bar of a window, and does what needs nothing else of it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        transport, timeline, bar = window.transport, window.timeline, window.menuBar()
        self.run = add_menu(bar, "&Run")
        transport.players_changed.connect(self._list_player_steps)
        fill_menu(self.run, window, [
            transport.play, transport.step, *transport.player_steps, transport.restart,
            None,
            Entry("&Runs…", "Ctrl+O", window.past_runs.show_library),
            Entry("Na&me and tags…", "F2", window.naming.ask),
            Entry("&Back to a step…", "Ctrl+B", window.past_runs.ask_for_step),
            timeline.again, timeline.live, timeline.go_on, timeline.pin,
            None,
            window.presets.open, window.presets.save, window.presets.copy,
            None,
            Entry("&Copy as command", "Ctrl+Shift+C", self._copy_command),
            Entry("Log a c&hecksum of the weights", "Ctrl+H", self._hash_weights),
            None,
            Entry("&Quit", "Ctrl+Q", window.quit),
        ])
        self.undo = UndoActions(window, window.undo_stack, window.in_live)
        self.edit = add_menu(bar, "Ed&it")
        fill_menu(self.edit, window, [
            self.undo.undo, self.undo.redo,
            None,
            Entry("&Every command…", "Ctrl+Shift+P", self._show_palette),
            Entry("Change &keys…", "", lambda: ShortcutEditor(window, window.registry).show()),
        ])
        bar.addMenu(window.export_menu.menu)
        bar.addMenu(window.comparisons.menu)
        self.view = add_menu(bar, "&View")
        fill_menu(self.view, window, [
            *(dock.toggleViewAction() for dock in sorted(window.docks.values(), key=lambda dock: dock.windowTitle())),
            *broken_lines(self.view, broken_leaves("ganstudio.ui.panels", Panel)),
            None,
        ])
        fill_menu(self.view.add_menu("&Go to"), window, [
            *window.pickers.keys, window.comparisons.key,
            None,
            *window.navigation.panels,
            None,
            window.navigation.next, window.navigation.previous,
        ])
        fill_menu(self.view, window, [
            Entry("This panel &alone", "F8", self._toggle_alone),
            Entry("&Reset layout", "Ctrl+0 Ctrl+L", window.reset_layout),
        ])
        fill_menu(self.view.add_menu("In front of a &class"), window, window.presentation.actions)
        self._palette = Choices(self.view.add_menu("&Palette"), PALETTES, window.preferences.theme, window.set_theme)
        text = self.view.add_menu("&Text size")
        fill_menu(text, window, [
            Entry("&Larger", "Ctrl++ Ctrl+=", functools.partial(self.resize_text, 1)),
            Entry("&Smaller", "Ctrl+-", functools.partial(self.resize_text, -1)),
            Entry("&Usual", "Ctrl+9", functools.partial(window.set_scale, 1.0)),
            None,
        ])
        self._scales = Choices(text, [(f"{scale:.0%}", scale) for scale in SCALES], window.presentation.scale,
                               window.set_scale)
        fill_menu(self.view, window, [Entry("&Full screen", "F11", window.full_screen)])
        window.lessons.add_to(bar)
        self._devices = add_menu(bar, "&Device")
        self.help = add_menu(bar, "&Help")
        fill_menu(self.help, window, [
            Entry("&Welcome page", "Ctrl+F2", window.welcome.open_page),
            Entry("&Tour", "Ctrl+F3", window.welcome.tour.start),
            None,
            Entry("&This panel", "F1", window.explainer.explain_panel),
            Entry("&What is this?", "Shift+F1", window.explainer.explain_focus),
            None,
            Entry("&Shortcuts", "Ctrl+/", functools.partial(self._show_help, "ShortcutsDialog")),
            Entry("&Glossary", "F3", functools.partial(self._show_help, "GlossaryDialog")),
            Entry("&Manual", "Ctrl+F1", functools.partial(self._show_help, "ManualDialog")),
            None,
            Entry("&Doctor…", "", self._show_doctor),
            Entry("&Report a problem…", "", window.reports.show),
            Entry("&About", "", self._about),
        ])
        window.registry.add_lines(ControlLines(window.commands, self._show_control, window.in_live))
        window.registry.add_lines(self._choices)
        window.registry.refresh()

    def show_look(self) -> None:
        """Ticks the palette and the size of text that the window has."""
        self._palette.show(self._window.preferences.theme)
        self._scales.show(self._window.presentation.scale)

    def show_devices(self, welcome: Welcome) -> None:
        """Lists where runs can be trained."""
        self._devices.clear()
        for device in welcome.devices:
            label = f"Automatic ({welcome.device})" if device == "auto" else device.upper()
            self._devices.addAction(label, functools.partial(self._window.commands.next_run.use_device, device))

    def _list_player_steps(self) -> None:
        """The run's players, in the menu too."""
        for action in self._window.transport.player_steps:
            self.run.insertAction(self._window.transport.restart, action)
        self._window.registry.renew(self._window.transport.player_steps)

    def resize_text(self, by: int) -> None:
        """The next larger or smaller size of text."""
        now = self._window.presentation.scale
        sizes = [scale for scale in SCALES if (scale > now if by > 0 else scale < now)]
        if sizes:
            self._window.set_scale(min(sizes) if by > 0 else max(sizes))

    def _copy_command(self) -> None:
        """The command that repeats the run, into the clipboard."""
        command = self._window.commands.next_run.command
        if command:
            QApplication.clipboard().setText(command)
            self._window.statusBar().showMessage(COPIED, 8000)

    def _hash_weights(self) -> None:
        self._window.navigation.bring_forward("log")
        self._window.commands.hash_weights()

    def _show_help(self, dialog: str) -> None:
        from ganstudio.ui.main import help  # not before it is wanted: the start is the quicker

        getattr(help, dialog)(self._window).show()

    def _show_palette(self) -> None:
        from ganstudio.ui.main.command_palette import CommandPalette

        CommandPalette(self._window, self._window.registry.lines).open()

    def _show_doctor(self) -> None:
        from ganstudio.ui.main.doctor import DoctorDialog

        DoctorDialog(self._window).show()

    def _choices(self, _text: str) -> Iterator[Line]:
        """Variants and data sets, for the palette."""
        pickers = self._window.pickers
        if pickers.variants.isEnabled():
            for found in pickers.found:
                yield Line(found, functools.partial(pickers.choose, found))

    def _show_control(self, name: str) -> None:
        """Goes to a control."""
        widget = self._window.findChild(QWidget, f"control.{name}")
        panel = widget
        while panel is not None and not isinstance(panel, Panel):
            panel = panel.parentWidget()
        if widget is not None and panel is not None:
            self._window.navigation.bring_forward(panel.name)
            if isinstance(panel, Uncovers):
                panel.uncover(name)
            self._window.focus_frame.reach(widget, Qt.FocusReason.ShortcutFocusReason)

    def _toggle_alone(self) -> None:
        """Shows the panel at hand alone, or all again."""
        alone, panel = self._window.alone, self._window.explainer.at_hand()
        if alone.name:
            alone.leave()
        elif panel is not None:
            alone.show(panel.name)

    def _about(self) -> None:
        from ganstudio.ui.main.about import about

        TextDialog(self._window, "about", "About GAN Studio", "", about()).show()


