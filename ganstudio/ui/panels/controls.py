"""Controls: every slider of the variant, its players, its network and its data."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.control import Value
from ganstudio.core.design import Space
from ganstudio.core.idle_controls import idle
from ganstudio.core.protocol.messages import Applied, MeasuredNow, Refused, Started
from ganstudio.core.protocol.spec import OF_DATA
from ganstudio.core.system.wording import counted
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.control_setting import Owner, owned_controls, set_control
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.control_fields import Field, field
from ganstudio.ui.widgets.folding_group import FoldingGroup
from ganstudio.ui.widgets.scroll_column import ScrollColumn

TITLES = {
    "objective": "Objective", "growth": "Growth", "players": "Players", "optimisers": "Optimisers",
    "network": "Network", "data": "Data",
}
FEW = ("objective", "growth")  # groups that are a variant's own
THREE = ("critic_steps", "learning_rate_d", "learning_rate_g")  # that matter most in every game beside them


class ControlsPanel(Panel):
    """Built from the catalogue alone. A live control takes effect at the next update; ⟲ marks those that restart."""

    name = "controls"
    title = "Controls"
    kinds = ("line", "plane", "image")
    help = "Presets and all controls of the run. A change applies at the next update; with ⟲ it restarts the run."
    reading = ("A bold name differs from the preset, and ↺ takes it back. A name with ⟲ restarts the run. A grey "
               "control has no effect now; its tooltip says why. “What is this?” (Shift+F1) explains the control that "
               "has the focus.")
    healthy = "Few names are bold: most values are those of a preset, whose source is named below it."
    sick = ("Many names are bold, and the run does badly: one cannot tell which change did it. Choose the preset "
            "again and change one control at a time.")
    place = dict.fromkeys(kinds, Place("left"))
    interactive = True

    all_wanted = Signal(bool)  # the user wants all controls, or few
    folds_changed = Signal(str)  # the groups that the user has folded now, with commas between them

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._words_room.hide()
        self._few = False  # only those that matter most are shown
        self._more = False  # whether there is more to be shown by one click
        self._folded: set[str] = set()  # groups that the user has folded
        self._groups: dict[str, FoldingGroup] = {}
        self._fields: dict[tuple[Owner, str], Field] = {}
        self._at: int | None = None  # the step that the window shows, if that is not the live one
        self._built_for: tuple[str, str, str, str, float] | None = None  # and for text of this size
        self._presets = QComboBox()
        self._presets.setObjectName("control.preset")
        self._presets.setAccessibleName("Preset")
        self._presets.setToolTip("Settings that belong together. Choosing one restarts the run.")
        self._presets.activated.connect(self._choose_preset)
        self._tools.setContentsMargins(Space.USUAL, Space.USUAL, Space.WIDE, Space.HAIR)
        self._tools.setSpacing(Space.USUAL)
        self._tools.addWidget(QLabel("Preset"))
        self._tools.addWidget(self._presets, 1)
        self._source = QLabel()
        self._source.setProperty("quiet", True)
        self._source.setWordWrap(True)
        self._source.setContentsMargins(Space.USUAL, Space.HAIR, Space.WIDE, Space.CLOSE)
        self._body.addWidget(self._source)
        self._unhide = QPushButton()
        self._unhide.setObjectName("control.show-hidden")
        self._unhide.setToolTip("Controls that the preset file hides, or that you hid. This shows all of them again.")
        self._unhide.clicked.connect(commands.hidden.show_all)
        self._unhide.hide()
        self._body.addWidget(self._unhide)
        self._area = ScrollColumn()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes from field to field, and it follows
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.set_body(self._area)
        commands.hidden.changed.connect(lambda: self._fold() if self._fields else None)
        run.control_applied.connect(self._applied)
        run.progressed.connect(self._show_idle)
        run.refused.connect(self._refused)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if self.run.started is not None and self._built_for is not None:
            self._fill(self.run.started)  # the boxes are as wide as their numbers

    def begin(self, started: Started) -> None:
        self._at = None
        self._fill(started)

    def _fill(self, started: Started) -> None:
        """Makes the controls of a run, with the values of the moment that is shown."""
        spec = started.spec
        built_for = (spec.variant, spec.network, spec.data, started.kind, self.font().pointSizeF())
        if built_for != self._built_for:
            self._build()
            self._built_for = built_for
        variant = self.run.variant
        preset = next((p for p in variant.presets if p.name == started.spec.preset), None) if variant else None
        if variant is not None:
            self._presets.clear()
            for index, each in enumerate(variant.presets):
                self._presets.addItem(each.title, each.name)
                self._presets.setItemData(index, each.source, Qt.ItemDataRole.ToolTipRole)
            self._presets.setCurrentIndex(self._presets.findData(started.spec.preset))
        self._origin = preset.source if preset else ""
        self._allow()
        for (owner, name), widget in self._fields.items():
            if owner == "variant":
                widget.set_default(started.preset_controls.get(name, widget.info.default))
            elif owner == "network":
                widget.set_default(started.preset_network.get(name, widget.info.default))
        self._show_all(started)

    _origin = ""  # of the preset's numbers

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._at = steps
        self._allow()
        if self.run.started is not None:
            self._show_all(self.run.started)

    def _allow(self) -> None:
        """Locks the controls while a recorded moment is shown: a change would apply to the live run."""
        content = self._area.widget()
        if content is not None:
            content.setEnabled(self._at is None)
        self._presets.setEnabled(self._at is None)
        self._source.setText(self._origin if self._at is None else
                             retold(f"Settings of step {self._at:,}. To change them, go back to live (Ctrl+E)."))
        self._source.setStyleSheet("" if self._at is None else f"color: {self.theme.text}; font-weight: 600;")

    def _show_all(self, started: Started) -> None:
        values = {
            "variant": self.run.settings_at(self._at), "network": started.spec.network_controls,
            "data": self.run.data_controls_at(self._at),
        }
        for (owner, name), each in self._fields.items():
            if name in values[owner]:
                each.show_value(values[owner][name])
        self._show_idle()

    def _show_idle(self, _: object = None) -> None:
        """Greys the controls that do nothing with the others as they are."""
        run = self.run
        steps = run.progress.position.steps if self._at is None and run.progress is not None else self._at or 0
        has = run.started.has or None if run.started is not None else None
        for owner, info in (("variant", run.variant), ("network", run.network), ("data", run.data)):
            values = {name: each.value for (whose, name), each in self._fields.items() if whose == owner}
            why = idle(info.controls, values, steps=steps, has=has) if info is not None else {}
            for name in values:
                if (each := self._fields[owner, name]).idle != why.get(name, ""):
                    each.show_idle(why.get(name, ""))

    def _build(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.USUAL, 0, Space.WIDE, Space.USUAL)
        column.setSpacing(Space.USUAL)
        self._fields.clear()
        self._groups.clear()
        owned = owned_controls(self.run)
        others = {info.group: info.group.capitalize() for _, info in owned if info.group not in TITLES}
        titles = {**TITLES, **others}
        first = [info.group for owner, info in owned if owner == "data" and info.live]  # what moves the data
        for group, title in {**{group: titles[group] for group in first}, **titles}.items():
            members = [(owner, info) for owner, info in owned if info.group == group]
            if not members:
                continue
            box = self._groups[group] = FoldingGroup(group, title)
            box.folded_by_user.connect(lambda on, group=group: self._fold_group(group, on))
            for owner, info in members:
                made = field(info)
                made.moved.connect(lambda name, value, owner=owner: self._moved(owner, name, value))
                self._fields[owner, info.name] = made
                if owner == "variant":
                    self._add_hiding(made)
                box.add(made)
            column.addWidget(box)
        self._all = QPushButton()
        self._all.setObjectName("control.all")
        self._all.setAutoDefault(False)
        self._all.clicked.connect(lambda: self._want_all(self._more))
        column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self._fold()
        focus, old = QApplication.focusWidget(), self._area.takeWidget()
        if old is not None:
            old.deleteLater()
        self._area.setWidget(content)
        if focus is not None and old is not None and old.isAncestorOf(focus):  # the keys stay where they were
            same = content.findChild(QWidget, focus.objectName())
            if isinstance(same, QWidget):
                same.setFocus()

    # Few, or all ---------------------------------------------------------------------------------------------

    def show_few(self, on: bool) -> None:
        """Shows the variant's own controls and the three that matter most, or all."""
        self._few = on
        if self._fields:
            self._fold()

    def fold_groups(self, names: str) -> None:
        """Folds the groups that were folded when the user left: their names, with commas between them."""
        self._folded = set(names.split(",")) - {""}
        if self._fields:
            self._fold()

    def uncover(self, name: str) -> None:
        """Shows a control that is folded away, or not among the few; what the user has hidden stays hidden."""
        for (owner, each), found in self._fields.items():
            if each == name and not found.isVisibleTo(self):
                self._folded.discard(found.info.group)
                self.show_few(self._few and self._matters(found, owner))

    def _want_all(self, everything: bool) -> None:
        if everything:
            self._folded.clear()
            self.folds_changed.emit("")
        self.show_few(not everything)
        self.all_wanted.emit(everything)

    def _fold_group(self, group: str, on: bool) -> None:
        (self._folded.add if on else self._folded.discard)(group)
        self.folds_changed.emit(",".join(sorted(self._folded)))
        self._fold()

    def _add_hiding(self, made: Field) -> None:
        """A control's own menu hides it, for a hand-out that shows the few that matter."""
        act = QAction(f"Hide {made.info.label}", made)
        act.triggered.connect(lambda: self.commands.hidden.hide([*self.commands.hidden.names, made.info.name]))
        made.addAction(act)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _fold(self) -> None:
        """Hides what is not to be seen, and the groups of which nothing is left."""
        out = [(owner, name) for owner, name in self._fields
               if owner == "variant" and name in self.commands.hidden.names]
        shown: set[str] = set()
        for (owner, name), each in self._fields.items():
            seen = (self._matters(each, owner) or not self._few) and (owner, name) not in out
            each.setVisible(seen)
            shown |= {each.info.group} if seen else set()
        for name, group in self._groups.items():
            group.setVisible(name in shown)
            group.fold(name in self._folded)
        self._more = more = self._few or bool(self._folded & set(self._groups))
        self._all.setText(f"All {len(self._fields) - len(out)} controls" if more else "Fewer controls")
        self._all.setAccessibleName(self._all.text())
        self._all.setToolTip("Shows all controls: of the variant, its players, the network, the data" if more else
                             "Shows the variant's own controls and the three that matter most in every game")
        self._unhide.setVisible(bool(out))
        self._unhide.setText(f"Show {counted(len(out), 'hidden control')}")
        self._unhide.setAccessibleName(self._unhide.text())

    @staticmethod
    def _matters(each: Field, owner: Owner) -> bool:
        """Whether a control is one of the few."""
        return each.info.group in FEW or each.info.name in THREE or (owner == "data" and each.info.live)

    def field_of(self, name: str, owner: Owner = "variant") -> Field:
        """The widget of a control; KeyError if there is none."""
        return self._fields[owner, name]

    def _moved(self, owner: Owner, name: str, value: Value) -> None:
        set_control(self.commands, owner, self._fields[owner, name].info, value)
        self._show_idle()

    def _choose_preset(self, index: int) -> None:
        self.commands.next_run.start_preset(str(self._presets.itemData(index)))

    def _applied(self, applied: Applied) -> None:
        owner = "data" if applied.name.startswith(OF_DATA) else "variant"
        each = self._fields.get((owner, applied.name.removeprefix(OF_DATA)))
        if each is not None and self._at is None and not self.commands.sender.is_moving(applied.name):
            each.show_value(applied.value)
            self._show_idle()

    def _refused(self, refused: Refused) -> None:
        if self.run.started is not None:
            self._show_all(self.run.started)
