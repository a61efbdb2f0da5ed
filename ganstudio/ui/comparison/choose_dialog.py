"""Chooses what is compared: two to six variants with their settings, one data set, one seed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import Catalog, VariantInfo
from ganstudio.core.protocol.spec import MAX_SEED
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.state.comparison_plan import FEWEST, MOST, Entry, Plan, fitting
from ganstudio.ui.state.compatibility import quick_preset

EXAMPLE = "gp_weight=1, critic_steps=5"


def typed_controls(text: str, info: VariantInfo) -> dict[str, Value]:
    """The controls of a line such as ``gp_weight=1, critic_steps=5``.

    Args:
        text: What was typed.
        info: The variant.

    Raises:
        BadInput: It is no such line, or the variant has no such control.
    """
    known = {control.name for control in info.controls}
    found: dict[str, Value] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not equals or not value:
            raise BadInput(f"“{part}” is not a setting: write a control's name, =, and its value, such as {EXAMPLE}")
        if name not in known:
            raise BadInput(f"{info.title.split(' (')[0]} has no control “{name}”: it has {', '.join(sorted(known))}")
        found[name] = value
    return found


class _Row:
    """The widgets of one entry."""

    def __init__(self, number: int) -> None:
        self.variant, self.preset, self.controls = QComboBox(), QComboBox(), QLineEdit()
        self.remove = QToolButton()
        self.remove.setText("✕")
        self.controls.setPlaceholderText("settings that differ")
        for widget, name, title, tip in (
            (self.variant, "variant", "Variant", "The objective of this run"),
            (self.preset, "preset", "Preset", "The settings that this run starts from"),
            (self.controls, "controls", "Settings", f"Controls that differ from the preset, such as {EXAMPLE}"),
            (self.remove, "remove", "Remove", "Takes this run out of the comparison"),
        ):
            widget.setObjectName(f"compare.{name}.{number}")
            widget.setAccessibleName(f"{title} of run {number}")
            widget.setToolTip(tip)


class ChooseDialog(QDialog):
    """A row for each run."""

    chosen = Signal(object)  # Plan

    def __init__(self, catalog: Catalog, first: Plan, parent: QWidget | None = None) -> None:
        """Fills in a proposal.

        Args:
            catalog: What there is.
            first: The proposal: its data is the data that is chosen at first.
            parent: The window it belongs to.
        """
        super().__init__(parent)
        self.setObjectName("compare")
        self.setWindowTitle("Compare")
        self._catalog = catalog
        self._rows: list[_Row] = []
        self._made = 0
        self._data = QComboBox()
        self._data.setObjectName("compare.data")
        self._data.setAccessibleName("Data")
        self._data.setToolTip("What all runs learn to make")
        for info in catalog.data:
            if info.kind is not None:  # the user's own files have a dialog of their own
                self._data.addItem(info.title, info.name)
        self._data.setCurrentIndex(max(self._data.findData(first.data), 0))
        self._data.activated.connect(lambda _: self._fill_variants())
        self._seed = QLineEdit(str(first.seed))
        self._seed.setObjectName("compare.seed")
        self._seed.setAccessibleName("Seed")
        self._seed.setToolTip("All random numbers of the runs follow from the seed")
        self._grid = QGridLayout()
        self._grid.setColumnStretch(2, 1)
        holder = QWidget()
        holder.setLayout(self._grid)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(holder)
        area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.add_row = QPushButton("Add a run")
        self.add_row.setObjectName("compare.add")
        self.add_row.setAccessibleName("Add a run")
        self.add_row.setToolTip(f"One more run, up to {MOST}")
        self.add_row.clicked.connect(lambda: self._add(Entry(self._variant_names()[0])))
        self.words = QLabel()
        self.words.setObjectName("compare.words")
        self.words.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton("Compare", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setObjectName("compare.go")
        self.go.setToolTip("Starts all runs in a window of their own")
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setObjectName("compare.cancel")
        cancel.setToolTip("Closes this dialog; nothing is started (Esc)")
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        top = QGridLayout()
        for column, (text, widget) in enumerate((("&Data", self._data), ("&Seed", self._seed))):
            label = QLabel(text)
            label.setBuddy(widget)
            top.addWidget(label, 0, 2 * column)
            top.addWidget(widget, 0, 2 * column + 1)
        top.setColumnStretch(1, 2)
        top.setColumnStretch(3, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(area, 1)
        layout.addWidget(self.add_row)
        layout.addWidget(self.words)
        layout.addWidget(buttons)
        for entry in first.entries:
            self._add(entry)
        digit, line = self.fontMetrics().horizontalAdvance("0"), self.fontMetrics().lineSpacing()
        self.resize(90 * digit, 26 * line)

    @property
    def _kind(self) -> str:
        return self._catalog.data_set(str(self._data.currentData())).kind or "plane"

    def _variant_names(self) -> list[str]:
        return [info.name for info in fitting(self._catalog, self._kind)]

    def _add(self, entry: Entry) -> None:
        self._made += 1
        row = _Row(self._made)
        self._rows.append(row)
        row.variant.activated.connect(lambda _: self._fill_presets(row))
        row.remove.clicked.connect(lambda: self._remove(row))
        self._fill_variants(row, entry.variant)
        row.preset.setCurrentIndex(max(row.preset.findData(entry.preset), 0) if entry.preset
                                   else row.preset.currentIndex())
        row.controls.setText(", ".join(f"{name}={value}" for name, value in entry.controls.items()))
        self._place()

    def _remove(self, row: _Row) -> None:
        self._rows.remove(row)
        for widget in (row.variant, row.preset, row.controls, row.remove):
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._place()

    def _place(self) -> None:
        for at, row in enumerate(self._rows):
            for column, widget in enumerate((row.variant, row.preset, row.controls, row.remove)):
                self._grid.addWidget(widget, at, column)
            row.remove.setEnabled(len(self._rows) > FEWEST)
        self._grid.setRowStretch(MOST, 1)
        self.add_row.setEnabled(len(self._rows) < MOST)
        self.words.setText("All runs have the batch size of the first one, so that they get the same data.")

    def _fill_variants(self, row: _Row | None = None, chosen: str = "") -> None:
        for each in self._rows if row is None else [row]:
            before = chosen or str(each.variant.currentData())
            each.variant.clear()
            for info in fitting(self._catalog, self._kind):
                each.variant.addItem(info.title.split(" (")[0], info.name)
            each.variant.setCurrentIndex(max(each.variant.findData(before), 0))
            self._fill_presets(each)

    def _fill_presets(self, row: _Row) -> None:
        info = self._catalog.variant(str(row.variant.currentData()))
        row.preset.clear()
        for preset in info.presets:
            row.preset.addItem(preset.title, preset.name)
        row.preset.setCurrentIndex(max(row.preset.findData(quick_preset(info)), 0))

    def plan(self) -> Plan:
        """What was chosen.

        Raises:
            BadInput: A field holds what it cannot.
        """
        text = self._seed.text().strip()
        if not text.isdecimal() or int(text) > MAX_SEED:
            raise BadInput(f"“{text}” is not a seed: a seed is a whole number from 0 to {MAX_SEED:,}")
        entries = []
        for row in self._rows:
            info = self._catalog.variant(str(row.variant.currentData()))
            entries.append(Entry(info.name, str(row.preset.currentData()), typed_controls(row.controls.text(), info)))
        return Plan("Chosen", str(self._data.currentData()), tuple(entries), int(text))

    def _accept(self) -> None:
        try:
            plan = self.plan()
        except BadInput as fault:
            said = str(fault)
            self.words.setText(f"{said[:1].upper()}{said[1:]}.")
            return
        self.chosen.emit(plan)
        self.accept()
