"""Matrix: rows of sources or latents, and a column for each thing that G can be asked for."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from ganstudio.core.images import images_of
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.picture_strip import Column, PictureStrip
from ganstudio.views.matrix import Matrix

ALL = "all attributes"
MANY = 8  # columns: of more, one attribute is shown at first, as all would be small


class MatrixPanel(Panel):
    """Each row is one source or latent. A dashed frame marks what the source has already: nothing should change."""

    name = "matrix"
    title = "Matrix"
    kinds = ("image",)
    needs = frozenset({"domains"})
    help = "All that G can be asked for, of the same sources or latents. Point at an image to enlarge it."
    reading = ("Each row is one source, or one latent; each column is one thing that is asked for. In a dashed frame: "
               "what the source has already, where nothing should change. Go along a row to see what G keeps, and down "
               "a column to see what it makes of the request.")
    healthy = "Only what was asked for changes, and all else of a row stays. Dashed images are as the source."
    sick = ("All images of a row are alike if G ignores what is asked, all of a column if it ignores its source or "
            "latent. Dashed images that differ from the source say that G changes what it should leave alone.")
    formula = r"(x, c) \mapsto G(x, c)"
    papers = ("Choi et al. 2018, StarGAN, arXiv:1711.09020; Choi et al. 2020, StarGAN v2, arXiv:1912.01865; "
              "Mirza, Osindero 2014, arXiv:1411.1784")
    place = {"image": Place("upper", column=1, order=7)}
    views = ("matrix",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Matrix | None = None
        self._way = self._choice("way", "Asked by", "Whether styles come from latents or from other images")
        self._group = self._choice("attribute", "Attribute", "The attribute whose values are asked for")
        self._strip = PictureStrip()
        self._strip.setObjectName("matrix.strip")
        self._strip.setAccessibleName("What is made of each row for each request")
        self._strip.painted.connect(self.painted.emit)
        self._strip.pointed.connect(self._tell)
        self.set_body(self._strip)

    def _choice(self, name: str, what: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"matrix.{name}")
        box.setAccessibleName(what)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(lambda _: self._show())
        box.hide()
        self._tools.addWidget(box)
        return box

    def begin(self, started: Started) -> None:
        self._view = None
        self._strip.show_columns([])
        self.set_headline("Waiting for the first images…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("matrix")
        self._strip.update()
        if isinstance(view, Matrix):
            self._view = view
            self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        _offer(self._way, list(view.by))
        at = max(self._way.currentIndex(), 0)
        asked, made, heads = view.columns[at], images_of(view.made[at]), images_of(view.heads[at])
        groups = list(dict.fromkeys(column.group for column in asked))
        _offer(self._group, [ALL, *groups] if len(groups) > 1 else [], at_first=int(len(asked) > MANY))
        chosen = self._group.currentText()
        grid = made.reshape(view.rows, len(asked), *made.shape[1:])
        source = images_of(view.source)
        columns = [Column("source", source, "real")] if len(source) else []
        columns += [
            Column(column.title, grid[:, index], "generated", frozenset(column.own),
                   heads[index] if len(heads) else None)
            for index, column in enumerate(asked) if chosen in ("", ALL, column.group)]
        self._strip.show_columns(columns)
        self.set_headline(words(view, at))

    def _tell(self, row: int, column: int) -> None:
        view, shown = self._view, self._strip.columns
        if view is None or not 0 <= column < len(shown):
            self.show_hover_value("")
            return
        of = "source" if len(images_of(view.source)) else "latent"
        own = " It has that already: nothing should change." if row in shown[column].own else ""
        title = shown[column].title
        asked = "" if title == "source" else f": {title}.{own}"
        self.show_hover_value(f"{of.capitalize()} {row + 1}{asked}")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._strip.apply_theme(theme)


def _offer(box: QComboBox, entries: list[str], at_first: int = 0) -> None:
    """Fills a list, and shows it if there is something to choose; what was chosen stays."""
    if [box.itemText(index) for index in range(box.count())] != entries:
        before = box.currentText()
        with QSignalBlocker(box):
            box.clear()
            box.addItems(entries)
            known = box.findText(before)
            box.setCurrentIndex((known if known >= 0 else at_first) if entries else -1)
    box.setVisible(len(entries) > 1)


def words(view: Matrix, at: int) -> str:
    """One sentence on what rows and columns are."""
    by = view.by[at]
    if by == "classes":
        return "Rows are latents, columns are classes: along a row the latent stays, and only the class changes."
    if by == "attributes":
        return "Rows are sources, columns what is asked. Dashed frame: the source's own value, nothing should change."
    if by == "latents":
        return "Each column is one latent: its style should show in every row, and what is not style should stay."
    return "Each column has the style of the image above it. Dashed frame: its own style, nothing should change."
