"""Dialogs of preset files: what goes into one, and where one comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.presets.preset_code import from_code, is_code, to_code
from ganstudio.core.presets.preset_file import MOST_NOTE, MOST_STEPS, MOST_TITLE, SUFFIX, SavedPreset, read_preset
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.state.preset_of_run import found_from
from ganstudio.ui.widgets.last_folder import last_folder, remember_folder
from ganstudio.ui.widgets.plain_text import PlainLabel

FILTER = f"Presets of GAN Studio (*{SUFFIX});;All files (*)"
CODE_LINES = 3


class SavePresetDialog(QDialog):
    """Asks for a title, a note and what is left out; shows the code of the result."""

    def __init__(
        self, make: Callable[..., SavedPreset], variant: VariantInfo | None, hidden: Sequence[str], steps: int,
        parent: QWidget,
    ) -> None:
        """Makes the dialog.

        Args:
            make: Makes the preset; takes title, note, until, hidden and whether the layout goes into it.
            variant: Whose controls can be hidden.
            hidden: Those that are hidden now.
            steps: How many the run on screen has done.
            parent: The window.
        """
        super().__init__(parent)
        self._make = make
        self.setObjectName("preset-save")
        self.setWindowTitle("Save as preset")
        self.title = QLineEdit()
        _name(self.title, "preset-save.title", "Title", "What the preset is called; it may be empty")
        self.title.setMaxLength(MOST_TITLE)
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(4 * self.fontMetrics().lineSpacing())
        _name(self.note, "preset-save.note", "Note", "Shown when the preset is opened: what to do, or to look at")
        self.layout_too = QCheckBox("The layout of the &panels as it is now")
        self.layout_too.setChecked(True)
        _name(self.layout_too, "preset-save.layout", "", "Without it, opening the preset leaves the window as it is")
        self.held = QCheckBox("&Pause the run at step")
        _name(self.held, "preset-save.held", "", "Without it the run goes on until the user pauses it")
        self.until = QSpinBox()
        self.until.setRange(1, MOST_STEPS)
        self.until.setGroupSeparatorShown(True)
        self.until.setValue(max(steps, 1))
        self.until.setEnabled(False)
        _name(self.until, "preset-save.until", "Step at which the run is paused",
              f"Step at which the run is paused, 1 to {MOST_STEPS:,}")
        self.held.toggled.connect(self.until.setEnabled)
        self.controls = QListWidget()
        _name(self.controls, "preset-save.controls", "Controls that are shown",
              "Controls without a tick are hidden until the user shows all of them")
        for control in variant.controls if variant is not None else []:
            item = QListWidgetItem(f"{control.label}  {control.symbol}".rstrip())
            item.setData(Qt.ItemDataRole.UserRole, control.name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Unchecked if control.name in hidden else Qt.CheckState.Checked)
            self.controls.addItem(item)
        self.code = QPlainTextEdit()
        self.code.setReadOnly(True)
        self.code.setTabChangesFocus(True)
        self.code.setFixedHeight(round((CODE_LINES + 0.8) * self.fontMetrics().lineSpacing()))
        _name(self.code, "preset-save.code", "Code", "The same preset as a code to type or paste: Open preset takes it")
        self._copy = QPushButton("&Copy code")
        _name(self._copy, "preset-save.copy", "", "Puts the code into the clipboard")
        self._copy.clicked.connect(lambda: QApplication.clipboard().setText(self.code.toPlainText()))
        self.fault = PlainLabel("")
        self.fault.setObjectName("preset-save.fault")
        self.fault.setWordWrap(True)
        self._arrange()
        for signal in (self.title.textChanged, self.note.textChanged, self.layout_too.toggled, self.held.toggled,
                       self.until.valueChanged, self.controls.itemChanged):
            signal.connect(self._show_code)
        self._show_code()

    def _arrange(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        _name(self.buttons.button(QDialogButtonBox.StandardButton.Save), "preset-save.save", "", "Asks for the file")
        _name(self.buttons.button(QDialogButtonBox.StandardButton.Cancel), "preset-save.cancel", "",
              "Closes this dialog without a preset (Esc)")
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setText("&Save…")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        step = QHBoxLayout()
        step.addWidget(self.held)
        step.addWidget(self.until)
        step.addStretch(1)
        code = QHBoxLayout()
        code.addWidget(self.code, 1)
        code.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)
        form = QFormLayout()
        form.addRow("&Title:", self.title)
        form.addRow("&Note:", self.note)
        form.addRow("", self.layout_too)
        form.addRow("", step)
        form.addRow("Controls that are &shown:", self.controls)
        form.addRow(_label("Co&de:", self.code), code)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.fault)
        column.addWidget(self.buttons)
        metrics = self.fontMetrics()
        self.resize(90 * metrics.horizontalAdvance("0"), 34 * metrics.lineSpacing())

    @property
    def hidden(self) -> tuple[str, ...]:
        """The controls without a tick."""
        items = [self.controls.item(row) for row in range(self.controls.count())]
        return tuple(str(item.data(Qt.ItemDataRole.UserRole)) for item in items
                     if item.checkState() == Qt.CheckState.Unchecked)

    @property
    def preset(self) -> SavedPreset:
        """What is to be saved."""
        return self._make(
            title=self.title.text().strip(), note=self.note.toPlainText().strip()[:MOST_NOTE],
            until=self.until.value() if self.held.isChecked() else 0, hidden=self.hidden,
            with_layout=self.layout_too.isChecked())

    def _show_code(self) -> None:
        self.code.setPlainText(to_code(self.preset))


class OpenPresetDialog(QDialog):
    """Asks for a preset: a code that is typed or pasted, or a file."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.chosen: SavedPreset | None = None
        self.setObjectName("preset-open")
        self.setWindowTitle("Open preset")
        self.line = QLineEdit()
        _name(self.line, "preset-open.line", "Code or file",
              "The code of a preset, or the path of a preset file. Small letters are read as large ones.")
        self.line.setPlaceholderText("GAN1-…")
        self._browse = QPushButton("&Browse…")
        _name(self._browse, "preset-open.browse", "", "Chooses a preset file in a dialog")
        self._browse.setAutoDefault(False)
        self._browse.clicked.connect(self._choose)
        self.words = PlainLabel("A new run starts as the preset says. The run on screen is kept.")
        self.words.setObjectName("preset-open.words")
        self.words.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        _name(self.buttons.button(QDialogButtonBox.StandardButton.Open), "preset-open.open", "",
              "Starts a new run as the preset says")
        _name(self.buttons.button(QDialogButtonBox.StandardButton.Cancel), "preset-open.cancel", "",
              "Closes this dialog; the run on screen goes on (Esc)")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self._browse)
        form = QFormLayout()
        form.addRow(_label("&Code or file:", self.line), row)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(self.buttons)
        self.resize(80 * self.fontMetrics().horizontalAdvance("0"), self.sizeHint().height())

    def accept(self) -> None:
        """Reads the preset, or says what is wrong with it; what was typed stays."""
        text = self.line.text().strip()
        try:
            self.chosen = opened(text)
        except BadInput as fault:
            self.words.setText(f"Not opened: {fault}.")
            return
        super().accept()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.windowTitle(), str(last_folder("presets")), FILTER)
        if path:
            remember_folder("presets", Path(path).parent)
            self.line.setText(path)
            self.accept()


def opened(text: str) -> SavedPreset:
    """The preset of a code or of a file; BadInput if it is none."""
    if not text:
        raise BadInput("there is no code: type it, or choose a file")
    if is_code(text):
        return from_code(text)
    path = Path(text).expanduser()
    return found_from(read_preset(path), path.absolute().parent)


def _label(text: str, of: QWidget) -> QLabel:
    """The words before a row of several widgets; their letter leads to one of them."""
    label = QLabel(text)
    label.setBuddy(of)
    return label


def _name(widget: QWidget, name: str, accessible: str, tip: str) -> None:
    widget.setObjectName(name)
    if accessible:
        widget.setAccessibleName(accessible)
    widget.setToolTip(tip)
