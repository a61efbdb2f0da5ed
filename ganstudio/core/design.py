"""The design system: every colour, size of text, distance and size of a picture that the studio draws with.

Windows, dialogs, films and the pages of reports take them from here, and `docs/design.md` has them as a page.
Nothing here needs Qt: `ganstudio.ui.theme` gives it to the application.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Name = Literal["dark", "light", "contrast"]


# Colours ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Theme:
    """A palette: colours by meaning, as ``#rrggbb``."""

    name: Name
    window: str
    base: str  # where things are drawn
    raised: str  # buttons, headers
    line: str  # separators and grids, which say nothing by themselves
    edge: str  # of what can be operated: a field is seen by it
    text: str
    quiet: str  # secondary text
    accent: str
    tick: str  # behind a white check mark
    real: str
    generated: str
    truth: str
    low: str  # the discriminator's lowest scores
    middle: str
    high: str  # and its highest
    warning: str
    discriminator: str  # what it says, and its losses; what the generator makes is ``generated``
    generator: str  # its losses
    penalty: str
    others: tuple[str, ...]  # what has no meaning of its own
    curves: tuple[str, ...]
    stroke: float = 1.0  # how thick lines of plots are drawn, 1 being usual


# Okabe and Ito's palette (2008) is the source of the hues: they stay apart for every common colour blindness.
DARK: Final = Theme(
    name="dark", window="#1b1e24", base="#13161b", raised="#262b33", line="#3a414c", edge="#737c8a", text="#e8eaee",
    quiet="#a3abb8",
    accent="#4aa3df", tick="#1f78b4", real="#62b4f0", generated="#ff9f2e", truth="#d9dde3", low="#5b3f99",
    middle="#1d222a",
    high="#1f9e87", warning="#f2c14e", discriminator="#3fc6a0", generator="#e58ac0", penalty="#b7a4f0",
    others=("#f2dd5a", "#8fb7c9", "#c98f8f"),
    curves=("#62b4f0", "#ff9f2e", "#3fc6a0", "#e58ac0", "#f2dd5a", "#b7a4f0"),
)
LIGHT: Final = Theme(
    name="light", window="#f1f3f6", base="#ffffff", raised="#e3e7ec", line="#c2c9d2", edge="#7b8491", text="#1a1d22",
    quiet="#545c68",
    accent="#0067a8", tick="#0067a8", real="#0067a8", generated="#bf5300", truth="#3a3f47", low="#8f78c9",
    middle="#fbfbfc",
    high="#4cb79f", warning="#8f6200", discriminator="#00785a", generator="#a8437f", penalty="#5b3fa8",
    others=("#7a6a00", "#3f6a7d", "#8a4a4a"),
    curves=("#0067a8", "#bf5300", "#00785a", "#a8437f", "#7a6a00", "#5b3fa8"),
)
# For a projector that washes colours out: black on white, dark hues, thick lines.
CONTRAST: Final = Theme(
    name="contrast", window="#ffffff", base="#ffffff", raised="#e6e6e6", line="#949494", edge="#4a4a4a",
    text="#000000",
    quiet="#2e2e2e", accent="#00468c", tick="#00468c", real="#00468c", generated="#8f3500", truth="#000000",
    low="#7d62c4", middle="#ffffff",
    high="#2f9c83", warning="#6e4a00", discriminator="#005741", generator="#8a1f62", penalty="#47219c",
    others=("#5c5000", "#234f61", "#6e2f2f"),
    curves=("#00468c", "#8f3500", "#005741", "#8a1f62", "#5c5000", "#47219c"), stroke=1.5,
)
THEMES: Final[dict[str, Theme]] = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}
"""By name, in the order of the menu."""

SHADE: Final = "#000000"  # over the whole window: a black screen, and what lies outside the pointer's light
ON_TICK: Final = "#ffffff"  # the check mark, as it is drawn in check.svg
ICON_PAINT: Final = "#c8c8c8"  # what icons are drawn with in their files; the window puts a palette's colour for it


# Text ------------------------------------------------------------------------------------------------------------


class Text:
    """The type scale: sizes of text as shares of the usual size, which the user scales from 75 to 250 %."""

    POINTS: Final = 10.0  # the usual size at 100 %
    DISPLAY: Final = 1.5  # one sentence over a whole window or page
    TITLE: Final = 1.25  # of a lesson, a panel's page, a dialog's page, a film
    HEADING: Final = 1.1  # of a section in prose
    USUAL: Final = 1.0
    SMALL: Final = 0.9  # code in prose, whose letters look larger than those around them
    LEAST: Final = 0.4  # a letter on a picture, however small the picture is
    FORMULA: Final = 1.35  # a formula on a line of its own: its indices, at two thirds of it, stay readable


# Distances -------------------------------------------------------------------------------------------------------


class Space:
    """The spacing grid: distances in logical pixels, in steps of 4, with 2 and 6 between for what belongs together.

    They do not grow with the text: at 200 % the room is wanted for the words.
    """

    HAIR: Final = 2  # between the lines of one thing
    TIGHT: Final = 4  # between a thing and its parts
    CLOSE: Final = 6  # between plots beside each other
    USUAL: Final = 8  # from a panel's edge to its words, and between the fields of a row
    WIDE: Final = 12  # between the entries of a legend, and before a title
    APART: Final = 16  # between columns; left and right of the word in a button
    FAR: Final = 24  # around the words of an entry
    BROAD: Final = 32  # beside a list: its scroll bar and its frame

    RADIUS: Final = 4  # of a corner
    BORDER: Final = 1  # around a field


class Least:
    """Sizes that nothing is pushed below: width and height in logical pixels."""

    PANEL: Final = (60, 40)  # what can be pushed together as far as the user likes
    PICTURE: Final = (60, 60)
    PLOT: Final = (80, 60)
    CELL: Final = (100, 80)  # of a comparison
    CANVAS: Final = (140, 120)  # that is drawn on
    PREVIEW: Final = (180, 140)  # of data, in a dialog
    TRACK: Final = (300, 24)  # of the time line
    GRID: Final = (480, 480)  # of images, before it was laid out


class First:
    """Sizes of windows when they are opened for the first time, logical pixels; a small screen has less."""

    MAIN: Final = (1600, 1000)
    COMPARISON: Final = (1500, 940)


UNLIMITED: Final = 16_777_215  # the height or width of a widget without a limit, as Qt has it


# Pictures --------------------------------------------------------------------------------------------------------


class Icon:
    """Sides of icons, in heights of a line of the text beside them."""

    BESIDE: Final = 0.2  # no icon: room between a line of a legend and its name, more than Qt leaves
    SWATCH: Final = 0.6  # a block of a run's colour; the width of a colour bar
    TITLE: Final = 0.8  # in the title of a panel
    CHECK: Final = 1.05  # the box of a check mark
    BUTTON: Final = 1.3  # in a row of buttons
    SCROLLER: Final = 1.4  # the arrows beside tabs
    MENU: Final = 1.5  # in a menu; the length of a line in a legend


def icon_side(share: float, line: int) -> int:
    """Side of an icon, pixels.

    Args:
        share: One of ``Icon``.
        line: Height of a line of text, pixels.
    """
    return max(round(share * line), 1)


class Pen:
    """Widths of lines that are drawn by hand, logical pixels; plots multiply theirs with ``Theme.stroke``."""

    FINE: Final = 1.0  # axes, frames, a plate's edge
    RING: Final = 1.2  # a hollow point
    LIGHT: Final = 1.5  # a curve beside those that the plot is about
    USUAL: Final = 2.0  # a curve that a plot is about; what is marked or has the focus
    HEAVY: Final = 3.0  # what is to be seen from afar


class Dot:
    """Diameters of points in plots, logical pixels at the usual size of text; they grow with it."""

    FINE: Final = 4
    SAMPLE: Final = 5  # a generated sample
    HOLLOW: Final = 6  # a real one, which is a ring
    KNOT: Final = 8  # a value on a curve; a ring around a sample
    MARK: Final = 9  # what lies outside the picture; where a run is now
    BODY: Final = 11  # one thing that moves
    CROSS: Final = 13  # a goal
    DIAMOND: Final = 18  # around a body


# Films -----------------------------------------------------------------------------------------------------------


class Film:
    """Lengths of a film's frame, pixels, at the size where text has its usual one; all grow with the frame."""

    ROWS: Final = 720  # of that size
    COLUMN: Final = 400  # width of a panel at it
    HEAD: Final = 34  # the title
    FOOT: Final = 50  # the track and the controls' values
    EDGE: Final = Space.WIDE  # left and right of both
    TRACK_TOP: Final = Space.USUAL
    TRACK: Final = Space.TIGHT  # its height
    TICK: Final = 10  # height of the mark of a change
    DOT: Final = Space.USUAL  # of the legend
