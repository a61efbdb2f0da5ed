"""The design system: contrast of every palette, the page of it, and no colour or size besides it in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from pathlib import Path

import pytest
from design_page import PAGE, PAIRS, PART, ROLES, SEEN, colours, comments, contrast, least, needed, written

from ganstudio.core import design
from ganstudio.core.design import ICON_PAINT, ON_TICK, SHADE, THEMES, Space, Theme, icon_side
from ganstudio.core.system.resources import asset

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "ganstudio"
SPACING = {"setContentsMargins", "setSpacing", "setHorizontalSpacing", "setVerticalSpacing", "addSpacing"}
SIZES = {*SPACING, "QSize", "resize", "setIconSize", *(f"set{what}{which}" for what in ("Fixed", "Minimum", "Maximum")
                                                     for which in ("Width", "Height", "Size"))}
FONTS = {"setPointSize", "setPointSizeF", "setPixelSize"}  # factors, too, are of the type scale
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
LENGTH = re.compile(r"(?<![\w.])(?!0)\d+(?:\.\d+)?(?:px|pt)\b|(?<![\w.])0\.\d+(?:px|pt)\b")
PIXELS = re.compile(r"^([A-Z_]+) = [\d.]+ +#.*\b(?:px|pixels)\b", re.MULTILINE)

# Pages that a browser shows: their lengths are rem and em, which follow the reader's text.
BROWSER = {"export/report_page.py", "export/lesson_report_page.py", "export/svg_charts.py"}
# Constants in pixels that are neither a distance nor a size of what is laid out, and why.
OWN = {
    "ui/lessons/prose_document.py": {"SHARP"},  # how sharp
    "ui/export/screenshot.py": {"SHARP"},
    "ui/widgets/legend.py": {"SHARP"},
    "ui/panels/samples.py": {"READABLE", "SIDE", "WRITTEN_GAP"},  # of images, whose pixels are the data's
    "ui/panels/parts/overview_pictures.py": {"SIDE"},  # how finely a landscape is computed
    "ui/panels/landscape.py": {"SIDE"},
    "ui/panels/parts/overview_view.py": {"LARGEST"},  # a drawing that is fitted to its panel
    "ui/library/table.py": {"MIN_HEIGHT"},  # of a thumbnail: less would show nothing
    "ui/plotting/heaps.py": {"RING"},  # around a heap of points, however large they are
    "ui/main/timeline_track.py": {"EDGE"},  # half of the handle, in units of its drawing
    "ui/main/reading_order.py": {"NEAR"},  # no length that is seen: what counts as beside each other
    "ui/main/window_place.py": {"FRAME"},  # the desktop's
    "ui/widgets/codebook.py": {"LARGEST"},  # of a tile, whose pixels are the data's
    "ui/widgets/earth_board.py": {"GRIP"},  # what the pointer reaches
    "ui/widgets/latent_path_pad.py": {"GRIP", "WHOLE_FROM"},
    "ui/widgets/drawing_canvas.py": {"ROOM"},  # an area: how densely points are drawn
    "ui/widgets/points_picture.py": {"RADIUS"},  # a drawing that is fitted to its dialog
    "export/report.py": {"GAP", "EM"},  # for a browser
    "export/generator.py": {"LARGEST_SIDE"},  # of an image
    "export/tensorboard.py": {"SIDE"},
}


def numbers(node: ast.AST, module: dict[str, ast.expr], *, factors: bool) -> list[float]:
    """The numbers of an expression that are lengths by themselves: all but 0 and 1 and, unless asked for, factors."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, int | float) and node.value not in (0, 1) else []
    if isinstance(node, ast.Name):
        return numbers(module[node.id], {}, factors=factors) if node.id in module else []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.FloorDiv) and not factors:
        return []
    if isinstance(node, ast.Subscript | ast.Compare | ast.Attribute | ast.ListComp):
        return []
    if isinstance(node, ast.IfExp):
        return numbers(node.body, module, factors=factors) + numbers(node.orelse, module, factors=factors)
    return [each for child in ast.iter_child_nodes(node) for each in numbers(child, module, factors=factors)]


def literals(source: str, own: Collection[str] = ()) -> list[str]:
    """Colours and lengths that a source has of its own, each with its line; but for the constants ``own``."""
    tree = ast.parse(source)
    module = {target.id: node.value for node in tree.body if isinstance(node, ast.Assign)
              for target in node.targets if isinstance(target, ast.Name) and target.id not in own}
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            found += [(node.lineno, hit) for pattern in (COLOUR, LENGTH) for hit in pattern.findall(node.value)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            if node.value.attr == "GlobalColor" and node.attr not in ("transparent",):
                found.append((node.lineno, f"Qt.GlobalColor.{node.attr}"))
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = {word.arg: word.value for word in node.keywords}
            args = (node.args if name in SIZES | FONTS else node.args[1:2] if name == "QPen"
                    else [*node.args[1:], *([words["width"]] if "width" in words else [])] if name == "set_style"
                    else [])
            if name == "QColor" and any(isinstance(arg, ast.Constant) for arg in node.args):
                found.append((node.lineno, ast.unparse(node)))
            found += [(node.lineno, f"{name}({each:g})") for arg in args
                      for each in numbers(arg, module, factors=name in FONTS)]
    return [f"{line}: {what}" for line, what in sorted(found)]


def drawn() -> list[str]:
    """The files that draw, below ``ganstudio/``."""
    paths = [path for room in ("ui", "export") for path in (CODE / room).rglob("*.py")]
    return sorted(path.relative_to(CODE).as_posix() for path in paths)


@pytest.fixture(params=THEMES)
def theme(request: pytest.FixtureRequest) -> Theme:
    return THEMES[request.param]


def test_every_colour_has_a_role_and_is_seen(theme: Theme) -> None:
    """Text has 4.5:1 and marks 3:1 at least, on everything that they lie on."""
    assert {name.split()[0] for name in colours(theme)} == set(ROLES)
    assert not {f"{name}: {least(theme, name):.2f}" for name in colours(theme) if least(theme, name) < needed(name)}
    assert not {f"{mark} on {ground}" for mark, ground, _ in PAIRS
                if contrast(getattr(theme, mark), getattr(theme, ground)) < SEEN}
    assert contrast(ON_TICK, theme.tick) >= 4.5 and contrast(theme.base, theme.accent) >= 4.5  # a mark, a chosen row


def test_the_page_says_what_the_code_has() -> None:
    """After a change of a token: python tests/design_page.py."""
    page = PAGE.read_text(encoding="utf-8")
    owners = {part[2] for part in PART.finditer(page)}
    assert owners == {"palettes", "pairs", "Text", "Space", "Least", "First", "Icon", "Pen", "Dot", "Film"}
    assert written(page) == page
    assert written(page.replace(THEMES["light"].accent, "#123456")) == page


@pytest.mark.parametrize("owner", ["Text", "Space", "Least", "First", "Icon", "Pen", "Dot", "Film"])
def test_the_page_has_every_token(owner: str) -> None:
    held = [name for name in vars(getattr(design, owner)) if name.isupper()]
    assert [name for name, _, _ in comments(owner)] == held


@pytest.mark.parametrize("file", drawn())
def test_no_file_has_colours_or_sizes_of_its_own(file: str) -> None:
    source = (CODE / file).read_text(encoding="utf-8")
    found = literals(source, OWN.get(file, ()))
    if file in BROWSER:
        found = [each for each in found if not LENGTH.search(each)]
    assert not found
    assert set(PIXELS.findall(source)) == OWN.get(file, set())


def test_what_is_refused() -> None:
    source = '''
"""A docstring may say #123456 and 12px."""
GAP = 9
a.setSpacing(GAP)
a.setContentsMargins(0, Space.TIGHT, 7, 0)
a.setFixedWidth(metrics.horizontalAdvance("00") + 5)
a.setFixedHeight(4 * line)
a.setStyleSheet(f"color: #abc; padding: {Space.TIGHT}px 3px; border: 0px; font-size: 1.5pt")
font.setPointSizeF(1.3 * size)
QPen(QColor(colour), 2.5)
QColor(0, 0, 0, 175)
curve.set_style(theme.real, 4, filled=True, width=1.5, alpha=95)
image.fill(Qt.GlobalColor.red)
image.fill(Qt.GlobalColor.transparent)
'''
    assert literals(source) == [
        "4: setSpacing(9)", "5: setContentsMargins(7)", "6: setFixedWidth(5)", "8: #abc", "8: 1.5pt", "8: 3px",
        "9: setPointSizeF(1.3)", "10: QPen(2.5)", "11: QColor(0, 0, 0, 175)", "12: set_style(1.5)", "12: set_style(4)",
        "13: Qt.GlobalColor.red"]


def test_the_grid_is_a_grid() -> None:
    """Steps of 4, with 2 and 6 between."""
    steps = [value for name, value in vars(Space).items() if name.isupper() and name not in ("RADIUS", "BORDER")]
    assert steps == sorted(steps) and all(step % 4 == 0 or step in (2, 6) for step in steps)


def test_icons_follow_the_text() -> None:
    assert [icon_side(1.3, line) for line in (12, 16, 40)] == [16, 21, 52] and icon_side(0.1, 1) == 1


def test_icons_are_drawn_in_the_one_colour_that_is_replaced() -> None:
    """All but the studio's own, which the desktop shows, and the check mark on its fill."""
    for path in asset("icons").glob("*.svg"):
        if path.stem != "ganstudio":
            assert set(COLOUR.findall(path.read_text(encoding="utf-8"))) == {
                ON_TICK if path.stem == "check" else ICON_PAINT}, path.name
    assert contrast(SHADE, "#ffffff") == pytest.approx(21)
