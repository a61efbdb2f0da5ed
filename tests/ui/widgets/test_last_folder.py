"""A file dialog opens where the last one of its kind was left, also at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from ganstudio.ui.widgets.last_folder import last_folder, remember_folder
from ganstudio.ui.widgets.save_dialog import ask_where


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))


def test_folders_are_remembered_by_what_they_are_for(qapp: object, tmp_path: Path) -> None:
    assert last_folder("data") == Path.home()
    remember_folder("data", tmp_path)
    assert (last_folder("data"), last_folder("runs")) == (tmp_path, Path.home())
    remember_folder("data", tmp_path / "gone")
    assert last_folder("data") == Path.home()


def test_a_name_without_a_folder_is_offered_in_the_last_one(
    qtbot: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []

    def ask(_: object, __: str, path: str, *___: object) -> tuple[str, str]:
        offered.append(path)
        return str(tmp_path / "mine.csv"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    window = QWidget()
    qtbot.addWidget(window)  # type: ignore[attr-defined]
    for _ in range(2):
        ask_where(window, "Export", Path("points.csv"), {".csv": "Points"})
    ask_where(window, "Export", tmp_path / "here" / "points.csv", {".csv": "Points"})
    assert offered == [str(Path.home() / "points.csv"), str(tmp_path / "points.csv"),
                       str(tmp_path / "here" / "points.csv")]
