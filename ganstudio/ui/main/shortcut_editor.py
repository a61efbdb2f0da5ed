"""The dialog in which keys are changed: every action with its key, and a field that takes another one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QMainWindow, QPushButton, QTableWidgetItem, QWidget

from ganstudio.core.system.errors import BadInput
from ganstudio.ui.main.action_registry import ActionRegistry, Registered
from ganstudio.ui.main.help import SearchTable
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.plain_text import PlainLabel

CHOOSE = "Choose a line, then press the new key in the field below."
NAME = Qt.ItemDataRole.UserRole


class ShortcutEditor(SearchTable):
    """Changes keys one by one; a key that another action has is refused with its name."""

    def __init__(self, window: QMainWindow, registry: ActionRegistry) -> None:
        super().__init__(window, "keys", "Change keys", ("Key", "What it does"))
        self._registry = registry
        self._chosen = ""
        self.said = PlainLabel(CHOOSE)
        self.said.setObjectName("help.keys.said")
        self.said.setWordWrap(True)
        self.said.setAccessibleName("What was done")
        self.field = QKeySequenceEdit()
        self.field.setMaximumSequenceLength(1)
        self.field.setClearButtonEnabled(True)
        self.field.setObjectName("help.keys.field")
        self.field.setAccessibleName("New key")
        self.field.setToolTip("Press the new key here, with Ctrl, Shift or Alt if you want")
        buttons = QWidget()
        row = FlowLayout()
        buttons.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field)
        self.use = self._button("use", "Use this key", "Gives the chosen action the key in the field", self._use)
        self.without = self._button("none", "No key", "Takes the key of the chosen action away", self._take_away)
        self.usual = self._button("usual", "Default key", "Gives the chosen action the key of the first start",
                                  self._reset)
        self.all = self._button("all", "Reset all keys", "Gives every action the key of the first start",
                                self._reset_all)
        for button in (self.use, self.without, self.usual, self.all):
            row.addWidget(button)
        column = self.layout()
        assert column is not None
        column.addWidget(self.said)
        column.addWidget(buttons)
        self.table.currentCellChanged.connect(lambda row, *_: self._choose(row))
        self._fill()

    def _button(self, name: str, text: str, tip: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"help.keys.{name}")
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: act() if callable(act) else None)
        return button

    # The list ------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Lists every action that can have a key; those of the panels come last."""
        self.clear_groups()
        groups: dict[str, list[Registered]] = {}
        for each in sorted(self._registry.every(), key=lambda each: bool(each.kinds)):
            groups.setdefault(each.group or "More", []).append(each)
        for group, members in groups.items():
            self.add_group(group, [])
            for each in members:
                row = self.add_line(group, [each.key_text, each.title])
                item = self.table.item(row, 0)
                assert item is not None
                item.setData(NAME, each.name)
        self.narrow()
        self._choose(self._row_of(self._chosen))

    def _row_of(self, name: str) -> int:
        rows = (row for row in range(self.table.rowCount()) if self._name_at(row) == name)
        return next(rows, -1) if name else -1

    def _name_at(self, row: int) -> str:
        item: QTableWidgetItem | None = self.table.item(row, 0)
        return str(item.data(NAME) or "") if item is not None else ""

    def _choose(self, row: int) -> None:
        self._chosen = self._name_at(row) if row >= 0 else ""
        for button in (self.use, self.without, self.usual):
            button.setEnabled(bool(self._chosen))
        self.field.setEnabled(bool(self._chosen))

    # What the buttons do -------------------------------------------------------------------------------------

    @property
    def _now(self) -> Registered:
        return next(each for each in self._registry.every() if each.name == self._chosen)

    def _use(self) -> None:
        key: QKeySequence = self.field.keySequence()
        if key.isEmpty():
            self.said.setText("The field is empty: press a key in it first.")
            return
        self._try(lambda: self._registry.set_key(self._chosen, key))

    def _take_away(self) -> None:
        self._try(lambda: self._registry.set_key(self._chosen, None))

    def _reset(self) -> None:
        self._try(lambda: self._registry.reset_key(self._chosen))

    def _reset_all(self) -> None:
        self._registry.reset_keys()
        self.field.clear()
        self._fill()
        self.said.setText("All keys are those of the first start again.")

    def _try(self, act: object) -> None:
        """Does it, and says what is so now; or why it cannot be."""
        try:
            if callable(act):
                act()
        except BadInput as fault:
            said = str(fault)
            self.said.setText(f"{said[:1].upper()}{said[1:]}. Nothing was changed.")
            return
        self.field.clear()
        now = self._now
        self.said.setText(f"{now.title}: {now.key_text or 'no key'}.")
        row = self.table.currentRow()
        self._fill()
        self.table.setCurrentCell(row, 0)
