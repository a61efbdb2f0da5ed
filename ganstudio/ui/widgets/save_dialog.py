"""Asks where a file is to be saved: with an ending that it can have, and never over a file that was not agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from ganstudio.ui.widgets.last_folder import last_folder, remember_folder
from ganstudio.ui.widgets.plain_text import plain_tip


def ask_where(parent: QWidget, title: str, offered: Path, endings: Mapping[str, str]) -> Path | None:
    """Asks for a file; None if the user gives none, or does not agree that one is replaced.

    Args:
        parent: The window of the dialog.
        title: Of the dialog.
        offered: The name that it begins with, with the first of the endings; without a folder: the last one's.
        endings: Ending -> what files with it are. If the name has none of them, the chosen one is added: then the
            dialog asked about another file, and it is asked again.
    """
    offered = last_folder("save") / offered  # which keeps the folder of one that has its own
    filters = {f"{words} (*{ending})": ending for ending, words in endings.items()}
    text, chosen = QFileDialog.getSaveFileName(parent, title, str(offered), ";;".join(filters))
    if not text:
        return None
    path = Path(text)
    if path.suffix.lower() not in endings or (chosen in filters and path.name == offered.name):
        ending = filters.get(chosen, next(iter(endings)))  # another kind was chosen, and the name left as it was
        bare = path.with_suffix("") if path.suffix.lower() in endings else path
        path = bare.with_name(bare.name + ending)
        if str(path) != text and path.exists() and not _agreed(parent, title, path):
            return None
    remember_folder("save", path.parent)
    return path


def _agreed(parent: QWidget, title: str, path: Path) -> bool:
    answer = QMessageBox.question(parent, title, plain_tip(f"{path.name} is there already. Replace it?"))
    return answer == QMessageBox.StandardButton.Yes
