"""No text of a file is taken for mark-up in the window, and no picture that it names is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.core.control import ControlInfo
from ganstudio.core.protocol.spec import Parent, Position, Spec
from ganstudio.core.runs.writer import RunWriter
from ganstudio.ui.library.dialog import LibraryDialog
from ganstudio.ui.widgets.control_fields import field
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.notice_bar import Notice
from ganstudio.ui.widgets.plain_text import PlainLabel, plain_tip

TURNED = "\u202egpj"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture that mark-up of a stranger could load: all red."""
    path = tmp_path / "p.png"
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 0, 0))
    assert image.save(str(path))
    return path


def shows_red(widget: QWidget) -> bool:
    image = widget.grab().toImage()
    return any(image.pixelColor(x, y).getRgb()[:3] == (255, 0, 0)  # type: ignore[index]
               for x in range(0, image.width(), 3) for y in range(0, image.height(), 3))


def test_a_label_shows_mark_up_as_it_is_and_loads_no_picture(qtbot: QtBot, picture: Path) -> None:
    markup = f"<img src='{picture}'> <b>bold</b>"
    rich = QLabel(markup)
    qtbot.addWidget(rich)
    rich.resize(400, 80)
    assert shows_red(rich)  # what Qt does by itself
    for label in (PlainLabel(markup), PlainLabel(), ElidedLabel(markup)):
        qtbot.addWidget(label)
        label.setText(f"{markup}\x1b[2J{TURNED}")
        label.resize(400, 80)
        assert label.textFormat() == Qt.TextFormat.PlainText and not shows_red(label)
        assert label.text() == f"{markup}\\x1b[2J\\u202egpj"


@pytest.mark.parametrize("text", [
    "<img src='x'>", "<b>a</b>", "a <a href='http://x'>b</a>", "&lt;b&gt;", "<!DOCTYPE html>x<b>y", "<qt><b>x</b></qt>",
])
def test_a_tooltip_says_mark_up_as_it_is(text: str) -> None:
    tip = plain_tip(text)
    assert tip == text if not QtText.mightBeRichText(text) else "&lt;" in tip or "&amp;lt;" in tip
    assert "<img" not in tip and "<b>" not in tip.replace("<b>y", "") and "<a " not in tip


def test_a_plain_tooltip_stays() -> None:
    assert plain_tip("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"
    assert plain_tip(f"line\nline{TURNED}") == "line\nline\\u202egpj"


def test_a_notice_and_a_field_take_any_text(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.tell(f"<img src='x'>{TURNED}")
    assert notice.text == "<img src='x'>\\u202egpj"
    assert notice.toolTip() == "<qt>&lt;img src=&#x27;x&#x27;&gt;\\u202egpj</qt>"
    assert notice.accessibleName() == notice.text


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[LibraryDialog]:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name in ("<img src='x'>", f"a{TURNED}", "b\x1b[2J"):
        writer = RunWriter(folder / f"{name}.ganrun", Spec(variant="gan", data="ring"),
                           parent=Parent(file=f"<b>mother{TURNED}</b>.ganrun", position=Position()))
        writer.close()
    (folder / f"<b>c{TURNED}.ganrun").write_bytes(b"no run")
    made = LibraryDialog(folder)
    qtbot.addWidget(made)
    yield made


def test_the_library_shows_names_as_they_are(dialog: LibraryDialog) -> None:
    model = dialog.table.runs
    assert model.rowCount(QModelIndex()) == 4
    for row in range(4):
        for column in range(model.columnCount(QModelIndex())):
            index = model.index(row, column)
            shown = [str(model.data(index, role)) for role in (
                Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.UserRole, Qt.ItemDataRole.ToolTipRole,
                Qt.ItemDataRole.AccessibleTextRole)]
            assert not any(sign in text for text in shown for sign in ("\u202e", "\x1b"))
            assert "<img" not in shown[2] and "<b>" not in shown[2]
    for row in range(4):
        dialog.table.selectRow(row)
        for label in dialog.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText or not QtText.mightBeRichText(label.text())
            assert "\u202e" not in label.text()


def test_a_field_says_a_value_of_a_run_as_it_is(qtbot: QtBot) -> None:
    made = field(ControlInfo(name="path", kind="text", default=""))
    qtbot.addWidget(made)
    made.set_default("<img src='x'>")
    tips = [widget.toolTip() for widget in (made, *made.findChildren(QWidget))]
    assert any("&lt;img" in tip for tip in tips)
    assert not any(QtText.mightBeRichText(tip) and "<img" in tip for tip in tips)
