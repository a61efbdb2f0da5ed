"""What the user arranges is kept between starts: layout for each kind of data, palette, scale."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from ganstudio.core.system.resources import settings_folder


class Keeping:
    """A small file of settings in the user's own folder."""

    def __init__(self) -> None:
        folder = settings_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = QSettings(str(folder / "studio.ini"), QSettings.Format.IniFormat)

    def text(self, key: str, default: str) -> str:
        """A word that was kept."""
        return str(self._settings.value(key, default))

    def number(self, key: str, default: float) -> float:
        """A number that was kept."""
        try:
            return float(str(self._settings.value(key, default)))
        except ValueError:
            return default

    def keep(self, key: str, value: str | float | QByteArray) -> None:
        """Keeps a word, a number or a state of Qt's."""
        self._settings.setValue(key, value)

    def state(self, key: str) -> QByteArray | None:
        """A state of Qt's that was kept."""
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def forget(self, key: str) -> None:
        """Forgets a key."""
        self._settings.remove(key)
