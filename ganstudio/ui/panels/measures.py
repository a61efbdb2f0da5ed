"""Measures: numbers of the generator, each beside what a perfect generator would score."""

from __future__ import annotations

from ganstudio.core.measured_rows import shown_rows
from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.system.wording import format_measure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.widgets.number_table import NumberTable


class MeasuresPanel(Panel):
    """Shows each number with its reference value: a number alone cannot be judged."""

    name = "measures"
    title = "Measures"
    kinds = ("line", "plane", "image")
    help = "Numbers about the generator. Beside each: its floor, what a perfect generator scores with as many samples."
    reading = ("Compare each number with that of a perfect generator in the right column: it is not 0 or 100% with so "
               "few samples. The tooltip of a row says what it measures.")
    healthy = "All numbers of the left column come near those of the right one, and stay there."
    sick = ("One number is good and another bad. Few modes with high quality are a mode collapse; all modes with low "
            "quality mean many samples between them.")
    place = dict.fromkeys(kinds, Place("side"))
    measures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._table = NumberTable(["", "G", "perfect G"], numbers=2)
        self._table.setObjectName("measures.table")
        self._table.setAccessibleName("Measures")
        self.set_body(self._table)
        run.measured.connect(self._measured)

    def begin(self, started: Started) -> None:
        self._table.setRowCount(0)
        self.set_headline("Measuring samples…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._looks_back = steps is not None
        if measured is not None:
            self._show(measured)
        else:
            self._table.setRowCount(0)
            self.set_headline("Nothing had been measured by then." if self._looks_back else "Measuring samples…")

    _looks_back = False  # at a moment that has passed

    def _measured(self, measured: MeasuredNow) -> None:
        if not self._looks_back:
            self._show(measured)

    def _show(self, measured: MeasuredNow) -> None:
        catalog = self.run.catalog
        if catalog is None:
            return
        known = {info.name: info for info in catalog.measures}
        reads_w1 = self.run.variant is None or self.run.variant.reads_w1
        shown = list(shown_rows(known, measured.measures, measured.floors, reads_w1=reads_w1))
        self._table.setRowCount(len(shown))
        for at, (info, value, floor) in enumerate(shown):
            numbers = (format_measure(each, info.format) for each in (value, floor))
            for column, text in enumerate((info.title, *numbers)):
                self._table.write(at, column, text, info.help)
        fewer = 0 < measured.matched < measured.samples and "w1" in measured.measures
        w1 = f" ({measured.matched:,} for W1)" if fewer else ""
        self.set_headline(f"{measured.samples:,} samples{w1} at step {measured.steps:,}.")
