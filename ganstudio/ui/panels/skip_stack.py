"""Skip stack: what each level of G adds to an image, and that all of it together is the image."""

from __future__ import annotations

from ganstudio.core.images import coloured, images_of
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.picture_strip import Column, PictureStrip
from ganstudio.views.skip_stack import Skips

EXACT = 1e-5  # image units: a larger difference is more than rounding


class SkipStackPanel(Panel):
    """A column for each level, the largest first; then their sum, and the image that G makes."""

    name = "skip-stack"
    title = "Skip stack"
    kinds = ("image",)
    needs = frozenset({"styles", "skips"})
    help = "What each level of G adds to its images, from the largest to the smallest, and the sum of it all."
    reading = ("Each level has a toRGB that adds to the image of the levels below it, enlarged. A part is drawn on "
               "mid-grey, which is 0. The share is its mean size among all parts. With the box on, a column shows the "
               "sum of its level and all smaller ones.")
    healthy = ("All levels add something. As training goes on the weight moves from the small levels to the large "
               "ones, which is what progressive growing had forced.")
    sick = ("The largest levels add nothing: G works at a lower resolution than it has. One level alone adds all: the "
            "others do not draw.")
    formula = r"G(z) = \sum_r \mathrm{up}(\mathrm{toRGB}_r(h_r))"
    papers = "Karras et al. 2020, StyleGAN2, arXiv:1912.04958, section 4.2 and figures 7 and 8"
    place = {"image": Place("upper", column=1, order=4)}
    views = ("skip-stack",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Skips | None = None
        self._added = self.add_toggle("added up", "U")
        self._added.setToolTip("Shows the sum of each level and all smaller ones instead of what it adds (Alt+U)")
        self._added.setChecked(False)
        self._added.toggled.connect(lambda _: self._show())
        self._strip = PictureStrip()
        self._strip.setObjectName("skip-stack.strip")
        self._strip.setAccessibleName("What each level adds, the sum, and the image")
        self._strip.painted.connect(self.painted.emit)
        self._strip.pointed.connect(self._tell)
        self.set_body(self._strip)

    def begin(self, started: Started) -> None:
        self._clear()
        self.set_headline("Waiting for the first images…")

    def _clear(self) -> None:
        self._view = None
        self._strip.show_columns([])

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        if steps is not None:  # what was recorded by then follows
            self._clear()
            self.set_headline(retold("Nothing of this was recorded: that is done only while this panel is visible. Go "
                                     "back to live (Ctrl+E), or continue from here."))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("skip-stack")
        self._strip.update()
        if isinstance(view, Skips):
            self._view = view
            self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        added = self._added.isChecked()
        shown, shares = view.sums if added else view.parts, shares_of(view)
        columns = []
        for level in reversed(range(len(view.sides))):
            title = f"up to {view.sides[level]} px" if added else f"{view.sides[level]} px {shares[level]:.0%}"
            columns.append(Column(title, coloured(images_of(shown[level])), "plain"))
        columns += [Column("sum", coloured(images_of(view.sums[-1])), "generated"),
                    Column("G(z)", coloured(images_of(view.made)), "generated")]
        self._strip.show_columns(columns)
        self.set_headline(words(view))

    def _tell(self, row: int, column: int) -> None:
        view = self._view
        if view is None or row < 0:
            self.show_hover_value("")
            return
        level = len(view.sides) - 1 - column
        if level < 0:
            self.show_hover_value("the sum of all levels" if level == -1 else "the image that G makes")
        elif self._added.isChecked():
            self.show_hover_value(f"the sum of all levels up to {view.sides[level]} px")
        else:
            size = float(view.sizes.numpy()[level])
            self.show_hover_value(f"what the level of {view.sides[level]} px adds: root mean square {figure(size)}")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._strip.apply_theme(theme)


def shares_of(view: Skips) -> list[float]:
    """The size of what each level adds, as a share of all sizes."""
    sizes = [float(size) for size in view.sizes.numpy()]
    total = sum(sizes)
    return [size / total if total > 0 else 0.0 for size in sizes]


def words(view: Skips) -> str:
    """Which level adds most, and how exactly the sum is the image."""
    shares = shares_of(view)
    most = max(range(len(shares)), key=shares.__getitem__)
    apart = figure(view.apart, 2)
    exact = (f"G(z) is the sum of all levels, to {apart}." if view.apart <= EXACT else
             f"The sum of all levels differs from G(z) by up to {apart}, more than rounding explains.")
    return f"The {view.sides[most]} px level adds most ({shares[most]:.0%}). {exact}"
