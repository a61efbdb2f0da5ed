"""Moves runs into the system's trash, and back: the last ones thrown away come back first."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths

from ganstudio.core.runs import library
from ganstudio.core.system.errors import BadInput


class Trash:
    """Remembers where the system put what was thrown away."""

    def __init__(self) -> None:
        self._gone: list[list[tuple[Path, Path]]] = []  # for each call of `throw`: the paths before and in the trash

    @property
    def last(self) -> list[Path]:
        """Where the runs were that ``set_rng_state`` would bring back."""
        return [was for was, _ in self._gone[-1]] if self._gone else []

    def throw(self, paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
        """Moves runs into the trash.

        Returns:
            Those that went, and a sentence for each that stayed where it was.
        """
        # Qt makes the trash, but not the user's data folder around it, and a fresh account has none.
        with contextlib.suppress(OSError):
            data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
            Path(data).mkdir(parents=True, exist_ok=True)
        went, moved, faults = [], [], []
        for path in paths:
            try:
                if library.whole(path):
                    library.settle(path)
            except BadInput as fault:
                faults.append(f"{fault}.")
                continue
            file = QFile(str(path))
            if not file.moveToTrash():
                faults.append(f"The system's trash does not accept {path.name}, so it was not moved.")
                continue
            went.append(path)
            if file.fileName() != str(path):  # not every system says where it put it
                moved.append((path, Path(file.fileName())))
        if moved:
            self._gone.append(moved)
        return went, faults

    def take_back(self) -> tuple[list[Path], list[str]]:
        """Takes the last ones back; one whose name is taken by now gets a number.

        Returns:
            Where they are now, and a sentence for each that could not be taken back.
        """
        back, faults = [], []
        for was, now in self._gone.pop() if self._gone else []:
            try:
                if not now.exists():
                    raise FileNotFoundError("it is no longer in the trash")
                was.parent.mkdir(parents=True, exist_ok=True)
                back.append(Path(shutil.move(now, library.free_name(was))))
            except OSError as fault:
                faults.append(f"{was.name} cannot be taken back: {fault.strerror or fault}.")
            else:
                _forget(now)
        return back, faults


def _forget(now: Path) -> None:
    """Takes a file out of the trash's own list, if the desktop keeps one (freedesktop.org's trash, version 1.0)."""
    with contextlib.suppress(OSError):
        (now.parent.parent / "info" / f"{now.name}.trashinfo").unlink(missing_ok=True)
