"""Typeset: LaTeX shown as mathematics, broken and shrunk to fit its width."""

from __future__ import annotations

import functools
import math
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Text
from ganstudio.ui.theme import DARK, Theme

if TYPE_CHECKING:
    from ziamath.zmath import Latex

EM = 48.0  # size in SVG units at which formulas are made; they are vectors and drawn at any size
NATURAL = Text.FORMULA  # times the text beside it
SHRUNK = 0.8  # of the natural size; rather than smaller, a formula is broken before its plus and minus signs
INDENT = 1.5  # of the rows that follow a break, in ems of the formula
GAP = 0.35  # between rows, in ems of the formula
LONGEST = 400  # characters; typesetting takes some 1 ms each
DEEPEST = 5  # braces within braces; each level takes ziamath twice as long, at twelve it is half a minute

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_OPENING = {"(", "[", "{", r"\{", r"\begin"}
_CLOSING = {")", "]", "}", r"\}", r"\end"}
_NO_TERM = {  # commands after which a sign belongs to a term, and is not between two
    r"\in", r"\sim", r"\le", r"\leq", r"\ge", r"\geq", r"\ne", r"\to", r"\mapsto", r"\approx", r"\cdot", r"\times",
    r"\left", r"\big", r"\Big", r"\quad", r"\qquad", r"\log", r"\ln", r"\exp", r"\min", r"\max", r"\sup", r"\inf",
}
_WORDS = {r"\text", r"\textrm", r"\mathrm", r"\mathbb", r"\mathcal", r"\operatorname", r"\begin", r"\end", r"\mbox"}


def tokens(latex: str) -> list[str]:
    """LaTeX cut into what belongs together: a command with its backslash, a run of blanks, one character each."""
    return _TOKEN.findall(latex)


def spaced(latex: str) -> str:
    """The same formula with the blanks that TeX would set by itself and ziamath does not.

    A sign before a single term is set close to it, the name of a function apart from its neighbours, what a supremum
    is taken over below it.
    """
    cut = tokens(latex)
    made: list[str] = []
    for index, token in enumerate(cut):
        following = next((later for later in cut[index + 1 :] if not later.isspace()), "")
        if in_words(cut, index):
            made.append(token)
        elif token in {"+", "-"} and not _joins(cut, index) and following != "}":
            made.append(f"{{{token}}}")
        elif token in {r"\log", r"\ln", r"\exp"} and following not in {"_", "^"}:
            before = r"\," if _joins(cut, index) else ""
            made.append(f"{before}\\mathrm {{{token[1:]}}}" + ("" if following in "([}" else r"\,"))
        elif token in {r"\sup", r"\inf"} and following == "_":
            made.append(rf"{token}\limits")
        else:
            made.append(token)
    return "".join(made)


def pieces(latex: str) -> list[str]:
    """A formula in the pieces between which a line may break: outside brackets, before a binary sign or wide blank."""
    parts, level = [""], 0
    cut = tokens(latex)
    for index, token in enumerate(cut):
        level += (token in _OPENING) - (token in _CLOSING)
        if level == 0 and ((token in {"+", "-"} and _joins(cut, index)) or token in {r"\quad", r"\qquad"}):
            parts.append("")
        parts[-1] += token
    return parts


def depth(latex: str) -> int:
    """How deep its groups lie within each other."""
    deepest = open_now = 0
    for token in tokens(latex):
        open_now = max(open_now + (token in {"{", r"\left", r"\begin"}) - (token in {"}", r"\right", r"\end"}), 0)
        deepest = max(deepest, open_now)
    return deepest


def _joins(cut: list[str], index: int) -> bool:
    """Whether a term ends right before a token: a sign there joins two of them."""
    before = [token for token in cut[:index] if not token.isspace()][-2:]
    if not before or before[-1] in _NO_TERM:
        return False
    raised = len(before) == 2 and before[0] in {"^", "_"}
    return raised or re.fullmatch(r"[\w)\]}|'!]|\\[A-Za-z|}]+", before[-1]) is not None


def in_words(cut: list[str], index: int) -> bool:
    """Whether a token is in the braces of a command whose argument is a word and not a formula."""
    level = 0
    for at in range(index - 1, 0, -1):
        level += (cut[at] == "}") - (cut[at] == "{")
        if level < 0:
            return next((token for token in reversed(cut[:at]) if not token.isspace()), "") in _WORDS
    return False


@dataclass(frozen=True)
class Row:
    """One typeset row; width and height in ems."""

    svg: bytes
    width: float
    height: float


@functools.cache
def _typesetter() -> tuple[type[Latex], tuple[type[Exception], ...]]:
    """ziamath, and what it raises if a text is no LaTeX."""
    # Imported at first use: it takes 0.15 s, which the window's start need not wait for.
    with warnings.catch_warnings():
        # WORKAROUND ziamath 0.13: it finds its font by importlib.resources.path, deprecated in Python 3.11 and 3.12.
        warnings.simplefilter("ignore", DeprecationWarning)
        from latex2mathml import exceptions
        from ziamath.config import config
        from ziamath.zmath import Latex

    config.svg2 = False  # Qt draws the symbols of SVG 2 in the wrong place
    own = [kind for kind in vars(exceptions).values() if isinstance(kind, type)]
    return Latex, (*own, ParseError, ValueError, LookupError, ArithmeticError, AttributeError, TypeError,
                   AssertionError, NotImplementedError, RecursionError, StopIteration)


@functools.lru_cache(maxsize=512)
def row_of(latex: str, colour: str, continued: bool = False) -> Row | None:
    """A row of mathematics, made once for each text and colour.

    Args:
        latex: In LaTeX's mathematical mode.
        colour: ``#rrggbb``.
        continued: Whether it follows a break: a sign at its start is then between two terms.

    Returns:
        None if the text is empty, too long, too deep, or no LaTeX that can be set.
    """
    if not latex.strip() or len(latex) > LONGEST or depth(latex) > DEEPEST:
        return None
    Latex, refusals = _typesetter()
    try:
        drawn = Latex(spaced("{}" + latex if continued else latex), size=EM, color=colour)
        svg, box = drawn.svg().encode(), drawn.node.bbox
    except refusals:
        return None
    margin = drawn.margin
    width, height = box.xmax - box.xmin + 2 * margin, box.ymax - box.ymin + 2 * margin
    if not (0 < width < math.inf and 0 < height < math.inf):
        return None  # nothing but blanks
    return Row(svg, width / EM, height / EM)


class Typeset(QWidget):
    """A formula at a third more than the size of its text, broken or shrunk if there is less room, never grown."""

    def __init__(self, latex: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latex = ""
        self._colour = DARK.text
        self._laid: tuple[float, list[tuple[float, float, Row, QSvgRenderer]], float] | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_latex(latex)

    @property
    def latex(self) -> str:
        """What is shown."""
        return self._latex

    @property
    def is_set(self) -> bool:
        """Whether it is shown as mathematics; else its LaTeX is shown as text."""
        return row_of(self._latex, self._colour) is not None

    def show_latex(self, latex: str, spoken: str = "") -> None:
        """Shows a formula.

        Args:
            latex: In LaTeX's mathematical mode; what cannot be typeset is shown as it is written.
            spoken: What screen readers say; the LaTeX itself if it is empty.
        """
        self.setAccessibleName(spoken or latex)
        if latex != self._latex:
            self._latex = latex
            self._forget_layout()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._colour = theme.text
        self._forget_layout()

    def _forget_layout(self) -> None:
        self._laid = None
        self.updateGeometry()
        self.update()

    @property
    def _natural(self) -> float:
        """Pixels of an em if there is room."""
        return NATURAL * self.fontInfo().pixelSize()

    def _rows(self, width: float) -> list[Row]:
        """The rows that the formula takes at this width in ems; none if it cannot be set."""
        whole = row_of(self._latex, self._colour)
        if whole is None:
            return []
        parts = pieces(self._latex)
        if whole.width * SHRUNK <= width or len(parts) == 1:
            return [whole]
        rows: list[tuple[str, Row]] = []
        for part in parts:
            if rows:
                longer = row_of(rows[-1][0] + part, self._colour, len(rows) > 1)
                if longer is not None and longer.width + INDENT * (len(rows) > 1) <= width:
                    rows[-1] = rows[-1][0] + part, longer
                    continue
            alone = row_of(part, self._colour, len(rows) > 0)
            if alone is None:
                return [whole]
            rows.append((part, alone))
        return [row for _, row in rows]

    def _lay(self, width: int) -> tuple[float, list[tuple[float, float, Row]], float]:
        """Pixels of an em, the upper left corner of each row in pixels, and the height of all rows."""
        em = self._natural
        rows = self._rows(width / em)
        if not rows:
            return em, [], float(self._plain(width).height())
        widest = max(row.width + INDENT * (index > 0) for index, row in enumerate(rows))
        em = min(em, width / widest)
        placed, y = [], 0.0
        for index, row in enumerate(rows):
            placed.append((INDENT * em * (index > 0), y, row))
            y += (row.height + GAP * (index < len(rows) - 1)) * em
        return em, placed, y

    def _plain(self, width: int) -> QRectF:
        flags = Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignLeft
        return QRectF(self.fontMetrics().boundingRect(0, 0, max(width, 1), 1_000_000, flags.value, self._latex))

    # Qt --------------------------------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return int(self._lay(max(width, 1))[2]) + 1

    def sizeHint(self) -> QSize:
        whole = row_of(self._latex, self._colour)
        if whole is None:
            plain = self._plain(1_000_000)
            return QSize(int(plain.width()) + 1, int(plain.height()) + 1)
        return QSize(int(whole.width * self._natural) + 1, int(whole.height * self._natural) + 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * self.fontMetrics().height(), self.fontMetrics().height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._forget_layout()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._laid = None
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._latex:
            return
        if self._laid is None:
            em, placed, height = self._lay(max(self.width(), 1))
            self._laid = em, [(x, y, row, QSvgRenderer(QByteArray(row.svg))) for x, y, row in placed], height
        em, drawn, height = self._laid
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not drawn:
            painter.setPen(self._colour)
            painter.drawText(self.rect(), Qt.TextFlag.TextWrapAnywhere.value, self._latex)
        above = max((self.height() - height) / 2, 0.0)
        for x, y, row, renderer in drawn:
            renderer.render(painter, QRectF(x, above + y, row.width * em, row.height * em))
        painter.end()
