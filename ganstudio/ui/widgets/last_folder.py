"""The folder that a file dialog was left in, kept between starts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from ganstudio.core.system.resources import settings_folder


def last_folder(what: str) -> Path:
    """The folder that was used last for something ("save", "runs"); the user's home before that."""
    text = str(_settings().value(f"folders/{what}", ""))
    return Path(text) if text and Path(text).is_dir() else Path.home()


def remember_folder(what: str, folder: Path) -> None:
    """Keeps a folder for the next dialog."""
    _settings().setValue(f"folders/{what}", str(folder))


def _settings() -> QSettings:
    """The file of the studio's preferences; Qt keeps what several of these say together."""
    folder = settings_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return QSettings(str(folder / "studio.ini"), QSettings.Format.IniFormat)
