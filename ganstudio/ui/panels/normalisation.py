"""Normalisation: what each of six norms takes away from label maps of one class, on G's first feature map."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from ganstudio.core.feature_norms import LOST, NAMES, shares_mean
from ganstudio.core.images import Bytes
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts import normalisation_text as say
from ganstudio.ui.plotting.colors import colour_table
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.norm_table import NormRow, NormTable
from ganstudio.views.normalisation import Normalisation

Floats = NDArray[np.float32]
BATCHES = ("one batch", "each alone")
ADDED: dict[str, Literal["latent", "map"]] = {"adain": "latent", "spade": "map"}  # what gives scale and shift


class NormalisationPanel(Panel):
    """A row before the norm, and one for each of six norms; the run's own is marked."""

    name = "normalisation"
    title = "Normalisation"
    kinds = ("image",)
    needs = frozenset({"norms"})
    help = ("What six norms keep of label maps of one class everywhere, and over which maps, channels and pixels each "
            "takes its mean.")
    reading = say.READING
    healthy = ("In the row of this run's norm the maps of the classes differ, also with each map alone in its batch: G "
               "can know which class is asked for.")
    sick = ("The maps in the row of this run's norm are all alike and their difference is 0: the class is lost at the "
            "entrance of G, and no training brings it back.")
    formula = r"y = \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"
    papers = ("Ioffe, Szegedy 2015, arXiv:1502.03167; Ba et al. 2016, arXiv:1607.06450; Ulyanov et al. 2016, "
              "arXiv:1607.08022; Wu, He 2018, arXiv:1803.08494; Huang, Belongie 2017, arXiv:1703.06868; "
              "Park et al. 2019, arXiv:1903.07291")
    place = {"image": Place("upper", column=1, order=8)}
    views = ("normalisation",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Normalisation | None = None
        self._row: int | None = None  # that the user chose; None: that of the run's norm
        self._class = self._list("class", "Class of the map", "The class that the label map has everywhere")
        self._channel = self._list("channel", "Channel", "The channel of the feature map that is shown")
        self._batch = self._list("batch", "Batch", "Whether the maps of all classes are normalised in one batch, or "
                                                   "each in a batch of its own")
        self._batch.addItems(BATCHES)
        self._table = NormTable()
        self._table.setObjectName("normalisation.table")
        self._table.setAccessibleName("Norms, what each takes its mean over, and the maps of each class")
        self._table.painted.connect(self.painted.emit)
        self._table.pointed.connect(self._tell)
        self._table.row_chosen.connect(self._choose)
        self._table.class_chosen.connect(self._choose_class)
        self.set_body(self._table)

    def _list(self, name: str, what: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"normalisation.{name}")
        box.setAccessibleName(what)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(lambda _: self._show())
        self._tools.addWidget(box)
        return box

    def begin(self, started: Started) -> None:
        self._row = None
        self._clear()
        self.set_headline("Waiting for the first feature map…")

    def _clear(self) -> None:
        self._view = None
        self._table.show_rows([], [], [])
        self._table.setAccessibleDescription("")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        if steps is not None:  # what was recorded by then follows
            self._clear()
            self.set_headline(retold("Nothing of this was recorded: that is done only while this panel is visible. Go "
                                     "back to live (Ctrl+E), or continue from here."))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("normalisation")
        self._table.update()
        if isinstance(view, Normalisation):
            self._view = view
            self._show()

    # What is chosen ------------------------------------------------------------------------------------------

    def _choose(self, row: int) -> None:
        self._row = row
        self._show()

    def _choose_class(self, class_: int) -> None:
        self._class.setCurrentIndex(class_)
        self._show()

    @property
    def _alone(self) -> bool:
        return self._batch.currentIndex() == 1

    def _chosen_row(self, view: Normalisation) -> int:
        """Row 0 is before the norms."""
        own = 1 + [str(name) for name in NAMES].index(view.norm)
        return own if self._row is None else self._row

    # What is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        _offer(self._class, view.classes)
        _offer(self._channel, [f"channel {channel + 1}" for channel in view.channels])
        class_, channel = max(self._class.currentIndex(), 0), max(self._channel.currentIndex(), 0)
        row, rows = self._chosen_row(view), self._rows(view, class_, channel)
        self._table.choose(row, class_, channel)
        self._table.show_rows(rows, view.classes, view.colours)
        self._table.setAccessibleDescription(" ".join(f"{each.title}, {each.verdict}. {each.words}" for each in rows))
        self.set_headline(self._words(view, row))

    def _rows(self, view: Normalisation, class_: int, channel: int) -> list[NormRow]:
        """The rows for a map of a class, and one of the channels that are shown."""
        table = colour_table(self.theme.low, self.theme.middle, self.theme.high)
        alone = self._alone
        cells = [(image, at) for image in range(len(view.classes)) for at in range(len(view.channels))]
        rows = [NormRow("before", f"classes differ: {figure(view.difference_before, 2)}", say.BEFORE,
                        signed_colours(view.before.numpy()[:, channel], table),
                        np.zeros((len(view.classes), len(view.channels)), bool))]
        size = view.width // max(max(view.groups) + 1, 1)
        after, differences = view.after.numpy()[int(alone)], view.difference.numpy()[int(alone)]
        for at, name in enumerate(NAMES):
            own, apart = name == view.norm, float(differences[at])
            shared = [shares_mean(name, (class_, channel), cell, view.groups, alone=alone) for cell in cells]
            rows.append(NormRow(
                say.TITLES[name], say.verdict(name, apart, own=own),
                f"{say.over(name, size, alone=alone)} {say.why(name, own=own, alone=alone)} {say.scale(name, own=own)}",
                signed_colours(after[at][:, channel], table), np.array(shared).reshape(len(view.classes), -1),
                lost=apart < LOST and (own or name != "spade"), own=own, after=ADDED.get(name, ""), trained=own))
        return rows

    def _words(self, view: Normalisation, row: int) -> str:
        if row == 0:
            return f"{say.BEFORE} One channel of {view.width} is shown. Only the norm of this run, " \
                   f"{say.TITLES[view.norm]}, has a trained scale and shift."
        name = NAMES[row - 1]
        return say.headline(name, own=name == view.norm, alone=self._alone)

    def _tell(self, row: int, class_: int) -> None:
        """The numbers of the map under the pointer, or of the row's norm for the chosen one."""
        view = self._view
        if view is None or row < 0:
            self.show_hover_value("")
            return
        class_ = max(class_ if class_ >= 0 else self._class.currentIndex(), 0)
        channel = max(self._channel.currentIndex(), 0)
        which = f"{view.classes[class_]}, channel {view.channels[channel] + 1}"
        if row == 0:
            self.show_hover_value(f"{which}, before the norm: {_range(view.before.numpy()[class_, channel])}")
            return
        at = int(self._alone), row - 1, class_, channel
        mean, spread = float(view.mean.numpy()[at]), float(view.spread.numpy()[at])
        self.show_hover_value(f"{which}: mean {figure(mean)}, spread {figure(spread)}. After "
                              f"{say.TITLES[NAMES[row - 1]]}: {_range(view.after.numpy()[at])}")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._table.apply_theme(theme)
        self._show()


def _offer(box: QComboBox, entries: list[str]) -> None:
    """Fills a list; what was chosen stays, if it is there."""
    if [box.itemText(index) for index in range(box.count())] != entries:
        before = box.currentText()
        with QSignalBlocker(box):
            box.clear()
            box.addItems(entries)
            box.setCurrentIndex(max(box.findText(before), 0))


def signed_colours(values: Floats, table: NDArray[np.uint8]) -> Bytes:
    """Colours ``(..., 3)`` of values, 0 in the middle and the largest at an end; what is no number has the middle."""
    with np.errstate(invalid="ignore"):  # a NaN may be a signalling one
        known = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf)
    finite = np.abs(known[np.isfinite(known)])
    far = max(float(finite.max()), 1e-30) if finite.size else 1.0
    share = (known / far).clip(-1.0, 1.0)
    found: Bytes = table[np.clip((share + 1) * 127.5, 0, 255).astype(int)]
    return found


def _range(values: Floats) -> str:
    return f"values from {figure(float(values.min()))} to {figure(float(values.max()))}"
