"""Of a game of one image: its pyramid of reconstructions, and samples with noise from a scale on, on any canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSpinBox, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.images import coloured, images_of
from ganstudio.core.protocol.asks import Variation
from ganstudio.core.protocol.views import View
from ganstudio.ui.panels.parts.one_image_text import patch_words, scale_words, titles, variation_words
from ganstudio.ui.panels.parts.scale_pyramid import ScalePyramid
from ganstudio.ui.panels.parts.scales_body import ScalesBody
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.image_grid import NO_IMAGES, ImageGrid
from ganstudio.views.one_image import Reconstructions, Variations

PYRAMID, SAMPLES = 4, 3  # shares of the height


class OneImageScales(ScalesBody):
    """The pyramid above; below it the samples, and what the user asks of them."""

    asks = Signal()  # for other samples than before

    def __init__(self, next_scale: Callable[[], None]) -> None:
        """``next_scale``: has the run begin its next scale."""
        super().__init__()
        self._made: Reconstructions | None = None
        self._samples: Variations | None = None
        self._draw = 0
        self._pyramid = ScalePyramid()
        self._pyramid.on_hover = self.hovered.emit
        self._pyramid.shown = self.painted.emit
        self._grid = ImageGrid("generated", filled=True)
        self._grid.setObjectName("scales.samples")
        self._grid.setAccessibleName("Samples of the image's generator")
        self._patches = ElidedLabel()
        self._patches.setObjectName("scales.patches")
        self._patches.setToolTip("Sliced Wasserstein distance between the 7x7 patches of the samples and those of the "
                                 "image, beside that of the mirrored and of a blurred image")
        self._hand = QWidget()
        row = FlowLayout()
        self._hand.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.TIGHT)
        self._start = QSpinBox()
        self._start.setRange(0, 0)
        self._wide, self._high, self._noise = QDoubleSpinBox(), QDoubleSpinBox(), QDoubleSpinBox()
        for box, name, what, before, tip in (
            (self._start, "start", "Noise from scale", "from scale ",
             "The first scale that draws noise, 0 being the coarsest: those below it repeat the reconstruction"),
            (self._noise, "noise", "Strength of the noise", "noise × ",
             "The noise over that of the training: 0 gives one picture"),
            (self._wide, "wide", "Width of the canvas", "wide × ",
             "Width of the canvas over the image's: all layers are convolutions, so any size goes"),
            (self._high, "high", "Height of the canvas", "high × ", "Height of the canvas over the image's"),
        ):
            box.setObjectName(f"scales.{name}")
            box.setAccessibleName(what)
            box.setPrefix(before)
            box.setToolTip(tip)
            row.addWidget(box)
        for canvas in (self._wide, self._high):
            canvas.setRange(0.5, 4.0)
        self._noise.setRange(0.0, 4.0)
        for share in (self._wide, self._high, self._noise):
            share.setValue(1.0)
            share.setSingleStep(0.25)
            share.valueChanged.connect(lambda _: self.asks.emit())
        self._start.valueChanged.connect(lambda _: self.asks.emit())
        self._again = _button("again", "Draw again", "Draws other noise")
        self._again.clicked.connect(lambda _=False: self._draw_again())
        self._next = _button("next", "Next scale", "Ends the scale under way with its next update")
        self._next.clicked.connect(lambda _=False: next_scale())
        row.addWidget(self._again)
        row.addWidget(self._next)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.TIGHT)
        column.setSpacing(Space.TIGHT)
        column.addWidget(self._pyramid, PYRAMID)
        column.addWidget(self._hand)
        column.addWidget(self._patches)
        column.addWidget(self._grid, SAMPLES)

    def variation(self) -> Variation:
        """What the user asks for."""
        return Variation(start=self._start.value(), wide=self._wide.value(), high=self._high.value(),
                         noise=self._noise.value(), draw=self._draw)

    def _draw_again(self) -> None:
        self._draw += 1
        self.asks.emit()

    def hide_controls(self) -> None:
        """Hides what can be clicked: for films, which know nothing of the samples that a user asks for."""
        for part in (self._hand, self._patches, self._grid):
            part.hide()

    def look_back(self, past: bool) -> None:
        """Whether a moment that has passed is shown: samples are made of the live run alone."""
        self._hand.setEnabled(not past)
        if past:
            self._samples = None
            self._show_samples()

    def _show_samples(self) -> None:
        view = self._samples
        self._patches.setText("" if view is None else patch_words(view))
        self._grid.entitle("generated" if view is None else titles(view))
        self._grid.show_images(NO_IMAGES if view is None else coloured(images_of(view.images)))

    def apply_theme(self, theme: Theme) -> None:
        self._pyramid.apply_theme(theme)
        self._grid.apply_theme(theme)

    def begin(self) -> None:
        self._made = self._samples = None
        self._pyramid.take(None)
        self._show_samples()
        self._start.setRange(0, 0)
        self._next.setEnabled(False)
        self._hand.setEnabled(True)

    def take(self, view: View, steps: int) -> str:
        if isinstance(view, Reconstructions):
            self._made = view
            self._pyramid.take(view)
            self._start.setMaximum(len(view.real) - 1)
            self._next.setEnabled(len(view.real) < view.scales)
        elif isinstance(view, Variations):
            self._samples = view
            self._show_samples()
        else:
            return ""
        said = [] if self._made is None else [scale_words(self._made)]
        return " ".join([*said, *([] if self._samples is None else [variation_words(self._samples)])])


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"scales.{name}")
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
