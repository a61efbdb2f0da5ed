"""Pictures of panels: right in size, whole or not there, with words that are words and a page of the panel's shape."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import RING, Stage, points_view, progress, snapshot

from ganstudio.core.system.errors import BadInput
from ganstudio.ui.export.screenshot import ENDINGS, save
from ganstudio.ui.panels.points import PointsPanel
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Curve
from ganstudio.ui.theme import THEMES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def sheet(qtbot: QtBot) -> QWidget:
    """Red, with a word in black."""
    sheet = QWidget()
    sheet.setStyleSheet("QLabel { color: black; background: red; }")
    sheet.setFixedSize(200, 100)
    layout = QVBoxLayout(sheet)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(QLabel("gradient"))
    qtbot.addWidget(sheet)
    sheet.show()
    return sheet


def test_a_png_has_twice_the_widgets_pixels_and_its_colours(sheet: QWidget, tmp_path: Path) -> None:
    save(sheet, tmp_path / "a.png", "of a sheet", "#00ff00")
    image = QImage(str(tmp_path / "a.png"))
    assert (image.width(), image.height()) == (400, 200)
    assert image.pixelColor(399, 199).name() == "#ff0000"
    assert image.text("Title") == "of a sheet"


def test_a_drawing_holds_its_words_as_text_and_paints_the_same(sheet: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    save(sheet, path, "of a sheet", "#00ff00")
    root = ElementTree.parse(path).getroot()
    assert root.attrib["viewBox"] == "0 0 200 100"
    assert root.findtext(f"{SVG}title") == "of a sheet"
    assert "gradient" in "".join(word for text in root.iter(f"{SVG}text") for word in text.itertext())
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    assert image.pixelColor(190, 90).name() == "#ff0000"


def test_lines_keep_their_width_and_their_plot_whoever_reads_the_drawing(
    qtbot: QtBot, stage: Stage, tmp_path: Path
) -> None:
    plot = Plot()
    sheet = QWidget()
    layout = QVBoxLayout(sheet)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(plot.widget)
    qtbot.addWidget(sheet)
    curve = Curve(plot)
    stage.kept += [plot, curve, sheet]
    curve.set_style("#ff0000", 2.0)
    curve.show(np.array([0.0, 1.0, 2.0]), np.array([0.0, 100.0, 0.0]))  # leaves the plot in the middle
    plot.show_range((0.0, 2.0), (0.0, 1.0))
    sheet.resize(300, 200)
    sheet.show()
    save(sheet, tmp_path / "a.svg", "", "#000000")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    above = {child: parent for parent in root.iter() for child in parent}
    clips = {clip.attrib["id"]: clip for clip in root.iter(f"{SVG}clipPath")}
    drawn = [path for path in root.iter() if above.get(path) is not None
             and above[path].attrib.get("stroke") == "#ff0000" and path.tag in (f"{SVG}path", f"{SVG}polyline")]
    assert len(drawn) == 1
    line, group = drawn[0], above[drawn[0]]
    assert "vector-effect" not in line.attrib
    outer, inner = (affine(found.attrib["transform"]) for found in (group, line))
    assert outer @ inner == pytest.approx(np.eye(3), abs=1e-4)  # so its points are pixels, as its width is
    assert float(group.attrib["stroke-width"]) == 2.0
    at = [tuple(map(float, pair)) for pair in
          re.findall(r"([-\d.e]+),([-\d.e]+)", line.attrib.get("d", line.attrib.get("points", "")))]
    box = plot._view.box.sceneBoundingRect()
    assert at[0] == pytest.approx((box.left(), box.bottom()), abs=1.5)
    assert at[-1] == pytest.approx((box.right(), box.bottom()), abs=1.5)
    assert min(y for _, y in at) < -90 * box.height()
    clip = re.fullmatch(r"url\(#(.+)\)", above[group].attrib["clip-path"])
    assert clip is not None
    corners = re.findall(r"[ML]([-\d.e]+),([-\d.e]+)", clips[clip[1]][0].attrib["d"])
    xs, ys = zip(*((float(x), float(y)) for x, y in corners), strict=True)
    assert (min(xs), max(xs)) == pytest.approx((box.left(), box.right()), abs=1.5)
    assert (min(ys), max(ys)) == pytest.approx((box.top(), box.bottom()), abs=1.5)


def affine(text: str) -> NDArray[np.float64]:
    """The matrix of ``matrix(a,b,c,d,e,f)``, ``(3, 3)``."""
    a, b, c, d, e, f = (float(number) for number in text.removeprefix("matrix(").rstrip(")").split(","))
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]])


def test_a_page_has_the_widgets_shape_and_holds_type(sheet: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    save(sheet, path, "of a sheet", "#00ff00")
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    points = 72 / sheet.logicalDpiX()
    assert float(box[1]) == pytest.approx(200 * points, abs=1)  # a page counts whole points
    assert float(box[2]) == pytest.approx(100 * points, abs=1)
    assert b"/Font" in data
    drawn = b"".join(zlib.decompress(found) for found in re.findall(rb"stream\r?\n(x.+?)\r?\nendstream", data, re.S)
                     if found[:1] == b"x")
    assert b" Tf" in drawn or b"Tf\n" in drawn  # words are set in a font, not painted


@pytest.mark.parametrize("palette", ["dark", "light"])
@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_panel_is_drawn_in_its_palette_with_its_points(
    qtbot: QtBot, stage: Stage, tmp_path: Path, palette: str, ending: str
) -> None:
    panel = PointsPanel(stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    theme = THEMES[palette]
    panel.apply_theme(theme)
    panel.resize(420, 300)
    panel.show()
    run = stage.begin()
    stage.link.say(progress(run, 1))
    assert stage.run.started is not None
    panel.begin(stage.run.started)
    panel.show_snapshot(snapshot(run, points_view(RING)))
    path = tmp_path / f"a{ending}"
    save(panel, path, "Points", theme.base)
    if ending == ".png":
        image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    else:
        image = QImage(840, 600, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.magenta)
        painter = QPainter(image)
        QSvgRenderer(str(path)).render(painter)
        painter.end()
    pixels = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(600, -1)[:, : 840 * 4].reshape(600, 840, 4)
    rgb = pixels[..., 2::-1].astype(int)
    orange = np.array([int(theme.generated[at : at + 2], 16) for at in (1, 3, 5)])
    assert (np.abs(rgb - orange).max(axis=-1) < 60).sum() > 50  # the generated points are there
    ground = np.array([int(theme.base[at : at + 2], 16) for at in (1, 3, 5)])
    assert (np.abs(rgb - ground).max(axis=-1) < 30).mean() > 0.5  # and no box of another colour


def test_what_cannot_be_written_is_told_and_leaves_nothing(sheet: QWidget, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"allowed are \.png, \.svg, \.pdf"):
        save(sheet, tmp_path / "a.bmp", "", "#000000")
    for ending in ENDINGS:
        with pytest.raises(BadInput, match="cannot be written"):
            save(sheet, tmp_path / "nowhere" / f"a{ending}", "", "#000000")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        save(sheet, tmp_path / "folder.png", "", "#000000")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_what_stood_there_stays_until_the_picture_is_whole(
    sheet: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")

    def full(*_: object) -> bool:
        return False

    monkeypatch.setattr(QImage, "save", full)
    with pytest.raises(BadInput, match="disk full"):
        save(sheet, path, "", "#000000")
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.png"]
