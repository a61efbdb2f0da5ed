"""The live controls of all runs: a slider moves every run that has the control, or one of them."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGroupBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.design import Space
from ganstudio.core.idle_controls import idle
from ganstudio.core.system.wording import format_value
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.widgets.control_fields import Field, field
from ganstudio.ui.widgets.scroll_column import ScrollColumn

TITLES = {
    "data": "Data", "objective": "Objective", "growth": "Growth", "players": "Players", "optimisers": "Optimisers",
}


def live_controls(member: Member) -> dict[str, ControlInfo]:
    """The controls of a run that can be moved while it plays, by the names under which it has them."""
    run = member.run
    owners = (("", run.variant), ("net.", run.network), ("data.", run.data))
    found = {f"{prefix}{info.name}": info for prefix, owner in owners if owner is not None for info in owner.controls
             if info.live and (not info.kinds or run.kind in info.kinds)}
    return {name: msgspec.structs.replace(info, name=name) for name, info in found.items() if name in run.settings}


class ComparisonControls(QWidget):
    """One field for each control that any run has, and the choice of the runs that it moves."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._comparison = comparison
        self._fields: dict[str, Field] = {}
        self._notes: dict[str, QLabel] = {}
        self._built: tuple[object, ...] = ()
        self._locked = False  # a moment that has passed is shown
        self.setObjectName("comparison.controls")
        self.setAccessibleName("Controls of the runs")
        self.target = QComboBox()
        self.target.setObjectName("comparison.target")
        self.target.setAccessibleName("Change")
        self.target.setToolTip("Which runs the controls below change: all that have the control, or one")
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.target.activated.connect(lambda _: self._build())
        label = QLabel("Change")
        label.setBuddy(self.target)
        self._shared = QLabel()
        self._shared.setObjectName("comparison.shared")
        self._shared.setProperty("quiet", True)
        self._shared.setWordWrap(True)
        self._area = ScrollColumn()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = self._margins = QVBoxLayout(self)
        column.setContentsMargins(Space.USUAL, Space.CLOSE, Space.TIGHT, Space.TIGHT)
        column.setSpacing(Space.TIGHT)
        for widget in (label, self.target, self._shared):
            column.addWidget(widget)
        column.addWidget(self._area, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        comparison.began.connect(self._begin)
        comparison.control_applied.connect(self._applied)
        comparison.refused.connect(lambda _: self._show_values())
        comparison.changed.connect(self._name)

    # Which runs ------------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> list[Member]:
        """The runs that are moved."""
        there = [member for member in self._comparison.members if member.run.started is not None]
        index = self.target.currentData()
        return there if index is None else [member for member in there if member.index == index]

    def _begin(self) -> None:
        self._name()
        self._build()
        size = self._comparison.batch_size
        first = self._comparison.first
        data = f"All runs: {first.run.data_name}, seed {first.run.spec.seed}" if first is not None else ""
        batch = f", batch size {size:,} (that of run 1)" if size is not None else ""
        self._shared.setText(f"{data}{batch}." if data else "")

    def _name(self) -> None:
        """The runs as they are called now."""
        entries = [("all runs", None), *((f"{member.index + 1}  {member.label}", member.index)
                                         for member in self._comparison.members if member.run.started is not None)]
        if entries == [(self.target.itemText(i), self.target.itemData(i)) for i in range(self.target.count())]:
            return
        before = self.target.currentData()
        self.target.clear()
        for text, index in entries:
            self.target.addItem(text, index)
        self.target.setCurrentIndex(max(self.target.findData(before), 0) if before is not None else 0)

    # Fields ----------------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Makes the fields again: text has another size."""
        self._built = ()
        self._build()

    def _build(self) -> None:
        infos: dict[str, ControlInfo] = {}
        for member in self._chosen:
            for name, info in live_controls(member).items():
                infos.setdefault(name, info)
        built = (tuple(infos), self.target.currentData(), self.font().pointSizeF())
        if built == self._built:
            self._show_values()
            return
        self._built = built
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.HAIR, 0, Space.USUAL, Space.USUAL)
        column.setSpacing(Space.USUAL)
        self._fields, self._notes = {}, {}
        others = {info.group: info.group.capitalize() for info in infos.values() if info.group not in TITLES}
        for group, title in {**TITLES, **others}.items():
            members = {name: info for name, info in infos.items() if info.group == group}
            if not members:
                continue
            box = QGroupBox(title)
            rows = QVBoxLayout(box)
            rows.setContentsMargins(0, Space.TIGHT, 0, 0)
            rows.setSpacing(Space.HAIR)
            for name, info in members.items():
                self._add(rows, name, info)
            column.addWidget(box)
        column.addStretch(1)
        self._area.setWidget(content)
        margins = self._margins.contentsMargins()
        self.setMinimumWidth(self._area.minimumSizeHint().width() + margins.left() + margins.right())
        self._show_values()

    def _add(self, rows: QVBoxLayout, name: str, info: ControlInfo) -> None:
        made = field(info)
        made.moved.connect(self._moved)
        note = QLabel()
        note.setProperty("quiet", True)
        note.setWordWrap(True)
        self._fields[name], self._notes[name] = made, note
        rows.addWidget(made)
        rows.addWidget(note)

    def lock(self, on: bool) -> None:
        """Locks the controls while a moment that has passed is shown: a change would apply to the live runs."""
        self._locked = on
        self._show_values()

    def _moved(self, name: str, value: Value) -> None:
        self._comparison.set_control(name, value, self.target.currentData())
        self._write_note(name)

    def _applied(self, name: str) -> None:
        if name in self._fields and not self._comparison.is_moving(name):
            self._show_values()

    def _show_values(self) -> None:
        content = self._area.widget()
        if content is not None:
            content.setEnabled(not self._locked)
        for name, made in self._fields.items():
            having = [member for member in self._chosen if name in member.run.settings]
            if not having:
                continue
            run = having[0].run
            started = run.started
            if started is not None:
                made.set_default(started.preset_controls.get(name, made.info.default))
            if not self._comparison.is_moving(name):
                made.show_value(run.settings[name])
            self._write_note(name)
        self._show_idle()

    def _show_idle(self) -> None:
        """Greys a control that does nothing in any of the runs that it moves."""
        why = {}
        for member in self._chosen:
            run = member.run
            if run.variant is None:
                continue
            has = run.started.has or None if run.started is not None else None
            found = idle(run.variant.controls, run.settings, steps=member.steps, has=has)
            why[member.index] = found
        for name, made in self._fields.items():
            reasons = [found.get(name, "") for index, found in why.items()
                       if name in self._comparison.members[index].run.settings]
            made.show_idle(reasons[0] if reasons and all(reasons) else "")

    def _write_note(self, name: str) -> None:
        """Says whose control it is if not all runs have it, and where they differ."""
        chosen = self._chosen
        having = [member for member in chosen if name in member.run.settings]
        words = []
        if len(having) < len(chosen):
            words.append(f"only {_listed(having)}")
        values = [member.run.settings[name] for member in having]
        if any(value != values[0] for value in values) and not self._comparison.is_moving(name):
            alike: dict[str, list[Member]] = {}
            for member in having:
                alike.setdefault(format_value(member.run.settings[name]), []).append(member)
            words.append("now " + ", ".join(f"{value} in {_listed(those)}" for value, those in alike.items()))
        note = self._notes[name]
        note.setText("; ".join(words))
        note.setVisible(bool(words))


def _listed(members: list[Member]) -> str:
    numbers = [str(member.index + 1) for member in members]
    *others, last = numbers
    return f"runs {', '.join(others)} and {last}" if others else f"run {last}"
