"""Board: the user paints a label map, or drags a box or key points and chooses words; G's image answers at once."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from ganstudio.core.design import Icon, Space, icon_side
from ganstudio.core.images import images_of
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import Array, Sketch
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.board_canvas import BoardCanvas
from ganstudio.ui.widgets.image_grid import NO_IMAGES, ImageGrid
from ganstudio.ui.widgets.side_by_side import SideBySide
from ganstudio.views.board import Board

APPROACH_S = 0.2  # between two askings while the pointer comes near: less than the engine holds its updates
LARGEST_BRUSH = 16  # squares of the map
MAP_WORDS = "Paint with the mouse, or with arrow keys and Space. Digits choose a class."
BOX_WORDS = "Drag the box or its corners, or use the arrow keys (with Shift: its size)."
POINT_WORDS = "Drag a key point, or all from between them. Digits choose one for the arrow keys, 0 all."


class BoardPanel(Panel):
    """One forward pass for each stroke: G in evaluation mode, with one of the fixed latents."""

    name = "board"
    title = "Board"
    kinds = ("image",)
    needs = frozenset({"board"})
    help = ("Paint a label map, or drag a box or key points and choose words: what G makes of it is shown at once. "
            "While you draw, or move the pointer over the sketch, the training waits.")
    reading = ("One image is what you ask for, the other what G makes of it, now. Nothing of it is trained on, and the "
               "run stays as it is. Latent: another one gives another image of the same sketch, where G has a latent.")
    healthy = "The image follows the sketch: each area shows its class; the figure is in its box, as the words say."
    sick = ("The image hardly changes with the sketch: G ignores what it is asked for. A sketch that is unlike all "
            "those of the data may give any image.")
    formula = r"m \mapsto G(z, m)"
    papers = "Park et al. 2019, SPADE, arXiv:1903.07291; Reed et al. 2016, GAWWN, arXiv:1610.02454"
    place = {"image": Place("upper", 1, 1)}  # before Progressive, which few runs fill
    interactive = True
    views = ("board",)
    pictures = True

    asks = Signal()  # another sketch than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Board | None = None  # that the sketch began with
        self.asked = 0  # the number of the last sketch; 0: none yet
        self.answered = 0  # of the one whose image is shown
        self._asked_at = 0.0  # when, of ``time.monotonic``
        self._words: list[QComboBox] = []
        self._classes = self._list("class", "Class of the brush", "What the brush paints (digits choose it)")
        self._classes.currentIndexChanged.connect(self._choose)
        self._size = self._spin("size", "Brush size, pixels of the map", "brush ", 1, LARGEST_BRUSH)
        self._size.setValue(4)
        self._latent = self._spin("latent", "Latent", "latent ", 1, 1)
        self._fill = self.add_button("fill", "Fill", "Gives the whole map the class of the brush")
        self._undo = self.add_button("undo", "Undo", "Takes the last stroke back (Ctrl+Z on the board)")
        self._clear = self.add_button("clear", "Clear", "Begins again with a sketch of the data")
        self._canvas = BoardCanvas()
        self._canvas.setObjectName("board.canvas")
        self._canvas.setAccessibleName("Sketch")
        self._made = ImageGrid("made", filled=True)
        self._made.setAccessibleName("What G makes of the sketch")
        self._made.setMinimumSize(self._canvas.minimumSize())
        self._canvas.lie_like(self._made)
        self.set_body(SideBySide(self._canvas, self._made, gap=Space.TIGHT))
        self._canvas.changed.connect(self._ask)
        self._canvas.approached.connect(self._approach)
        self._canvas.class_asked.connect(self._take_class)
        self._canvas.pointed.connect(self.show_hover_value)
        self._latent.valueChanged.connect(lambda _: self._ask())
        self._size.valueChanged.connect(self._take_size)
        self._fill.clicked.connect(lambda _=False: self._canvas.fill())
        self._undo.clicked.connect(lambda _=False: self._canvas.undo())
        self._clear.clicked.connect(lambda _=False: self._begin_again())
        self._made.painted.connect(self.painted.emit)

    def _spin(self, name: str, what: str, before: str, low: int, high: int) -> QSpinBox:
        box = QSpinBox()
        box.setObjectName(f"board.{name}")
        box.setAccessibleName(what)
        box.setToolTip(what)
        box.setRange(low, high)
        box.setPrefix(before)
        self._tools.addWidget(box)
        return box

    def _list(self, name: str, what: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"board.{name}")
        box.setAccessibleName(what)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._tools.addWidget(box)
        return box

    # What is asked -------------------------------------------------------------------------------------------

    def sketch(self) -> Sketch | None:
        """What the user has drawn; None before the first stroke."""
        if self.asked == 0 or self._view is None:
            return None
        drawn = self._canvas.labels
        return Sketch(
            number=self.asked, latent=self._latent.value() - 1, map=Array.of(drawn) if drawn.size else None,
            box=self._canvas.box, points=self._canvas.points, words=[box.currentIndex() for box in self._words])

    def _ask(self) -> None:
        self.asked += 1
        self._asked_at = time.monotonic()
        self._undo.setEnabled(self._canvas.can_undo)
        self.asks.emit()

    def _approach(self) -> None:
        """Asks for the same image again: then no update is under way when the first stroke comes."""
        progress = self.run.progress
        if progress is not None and progress.playing and time.monotonic() - self._asked_at > APPROACH_S:
            self._ask()

    def _begin_again(self) -> None:
        """Asks for the data's own sketch once more; the latent stays."""
        if self._view is not None:
            self._take(self._view)
            self._ask()

    def _take_class(self, index: int) -> None:
        if index < self._classes.count():
            self._classes.setCurrentIndex(index)

    def _take_size(self, size: int) -> None:
        self._canvas.thickness = size
        self._canvas.update()

    # What is shown -------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._view, self.asked, self.answered = None, 0, 0
        self._canvas.clear()
        self._canvas.show_answer(None)
        self._made.show_images(NO_IMAGES)
        self._undo.setEnabled(False)
        self.set_headline("Waiting for the first image…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._canvas.setEnabled(steps is None)
        if steps is not None:
            self.set_headline(retold(f"This image is of the live G, not of step {steps:,}. Go back to live (Ctrl+E) to "
                                     "draw."))
        elif self._view is not None:
            self.set_headline(_words(self._view))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("board")
        self._made.update()
        if not isinstance(view, Board) or not self._canvas.isEnabled():
            return
        if self._view is None:
            self._view = view
            self._offer(view)
            self._take(view)
        image = images_of(view.image)
        self._made.show_images(image)
        self._canvas.show_answer(image[0])
        self.answered = view.number
        if 0 < view.number < self.asked:  # the user has gone on meanwhile
            self.asks.emit()

    def _take(self, view: Board) -> None:
        """Begins with a sketch of the data."""
        if view.labels is not None:
            self._canvas.show_map(view.labels.numpy().astype(np.uint8), np.array(view.colours, dtype=np.uint8))
        elif view.points:
            self._canvas.show_points(view.points, view.point_names)
        elif view.box:
            left, top, right, bottom = view.box
            self._canvas.show_box((left, top, right, bottom))
        for box, value in zip(self._words, view.words, strict=True):
            with QSignalBlocker(box):
                box.setCurrentIndex(value)
        self._undo.setEnabled(False)

    def _offer(self, view: Board) -> None:
        """Offers the classes, or a list for each attribute."""
        for old in self._words:
            self._tools.removeWidget(old)
            old.deleteLater()
        self._words = []
        self._classes.clear()
        side = icon_side(Icon.SWATCH, self.fontMetrics().height())
        for name, colour in zip(view.classes, view.colours, strict=True):
            self._classes.addItem(_patch(colour, side), name)
        for name, words in view.values.items():
            box = self._list(name, name, f"What is asked of: {name}")
            box.addItems(words)
            box.activated.connect(lambda _: self._ask())
            self._words.append(box)
        for before, after in pairwise([self._clear, *self._words, self._canvas]):
            QWidget.setTabOrder(before, after)  # lists that were made last lie before the canvas
        for widget in (self._classes, self._size, self._fill):
            widget.setVisible(bool(view.classes))
        self._latent.setVisible(view.latents > 1)
        with QSignalBlocker(self._latent):
            self._latent.setMaximum(view.latents)
            self._latent.setValue(view.latent + 1)
        self.set_headline(_words(view))

    def _choose(self, index: int) -> None:
        self._canvas.brush = max(index, 0)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._canvas.apply_theme(theme)
        self._made.apply_theme(theme)


def _words(view: Board) -> str:
    """How a sketch is drawn."""
    return MAP_WORDS if view.classes else POINT_WORDS if view.points else BOX_WORDS


def _patch(colour: tuple[int, int, int], side: int) -> QIcon:
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(QColor(*colour))
    return QIcon(pixmap)
