"""Where a file is saved: with an ending, and over another file only if the user agrees to that very file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.ui.widgets.save_dialog import ask_where

KINDS = {".png": "Pictures", ".csv": "Tables"}


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize(("typed", "chosen", "there", "agrees", "given"), [
    ("", "", [], True, None),
    ("a.png", "Pictures (*.png)", [], True, "a.png"),
    ("a", "Pictures (*.png)", [], True, "a.png"),
    ("a", "Tables (*.csv)", [], True, "a.csv"),
    ("a.b", "Pictures (*.png)", [], True, "a.b.png"),
    ("a.PNG", "Pictures (*.png)", ["a.PNG"], False, "a.PNG"),  # the dialog itself has asked about this one
    ("a", "Pictures (*.png)", ["a.png"], True, "a.png"),
    ("a", "Pictures (*.png)", ["a.png"], False, None),
    ("offered.png", "Tables (*.csv)", ["offered.csv"], False, None),
    ("offered.png", "Tables (*.csv)", [], False, "offered.csv"),
])
def test_a_file_is_replaced_only_if_that_was_agreed(
    typed: str, chosen: str, there: list[str], agrees: bool, given: str | None, parent: QWidget, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in there:
        (tmp_path / name).write_text("precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_: (str(tmp_path / typed) if typed else "", chosen))
    asked: list[str] = []

    def question(_: QWidget, title: str, text: str) -> QMessageBox.StandardButton:
        asked.append(text)
        return QMessageBox.StandardButton.Yes if agrees else QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", question)
    found = ask_where(parent, "Save", tmp_path / "offered.png", KINDS)
    assert found == (None if given is None else tmp_path / given)
    expected = [f"{name} is there already. Replace it?" for name in there if name != typed]
    assert asked == expected
