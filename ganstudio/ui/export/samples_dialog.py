"""Which samples are to be drawn: how many, and from which latents."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QWidget

from ganstudio.core.protocol.spec import MAX_SEED
from ganstudio.ui.state.preferences import Preferences

MOST_SEED = min(MAX_SEED, 2**31 - 1)  # a spin box counts no further

class SampleDialog(QDialog):
    """Asks how many samples, and of which latents."""

    def __init__(self, preferences: Preferences, parent: QWidget, then: Callable[[tuple[str, ...]], None]) -> None:
        """``then`` takes the words of ``ganstudio sample``."""
        super().__init__(parent)
        self.setObjectName("samples")
        self.setWindowTitle("Samples")
        self._preferences, self._then = preferences, then
        self.number = self._spin("number", "Number of samples", 1, 1_000_000, preferences.number("samples/number", 64))
        self.seed = self._spin("seed", "Seed of the latents. The same seed gives the same samples.", 0, MOST_SEED,
                               preferences.number("samples/seed", 0))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        for which, name, text, tip in (
            (QDialogButtonBox.StandardButton.Ok, "ok", "Next: the file…", "Next you choose the file and its format"),
            (QDialogButtonBox.StandardButton.Cancel, "cancel", "Cancel", "Closes this dialog without samples (Esc)"),
        ):
            button = buttons.button(which)
            button.setText(text)
            button.setObjectName(f"samples.{name}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("&Number", self.number)
        form.addRow("&Seed", self.seed)
        form.addRow(buttons)
        self.finished.connect(self.deleteLater)

    def _spin(self, name: str, tip: str, low: int, high: int, now: float) -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setGroupSeparatorShown(name == "number")
        box.setValue(max(low, min(round(now), high)))
        box.setObjectName(f"samples.{name}")
        box.setAccessibleName(tip)
        box.setToolTip(f"{tip} ({low:,} to {high:,})")
        return box

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        self._preferences.keep("samples/number", self.number.value())
        self._preferences.keep("samples/seed", self.seed.value())
        super().accept()
        self._then(("--n", str(self.number.value()), "--seed", str(self.seed.value())))
