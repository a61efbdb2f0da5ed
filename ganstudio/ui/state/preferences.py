"""What the user arranges is kept between starts: the layout for each kind of data, the palette, the size of text."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from ganstudio.core.system.resources import settings_folder


class Preferences:
    """A small file of settings in the user's own folder."""

    def __init__(self) -> None:
        folder = settings_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = QSettings(str(folder / "studio.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """The name of the palette."""
        return self.text("look/theme", "dark")

    @theme.setter
    def theme(self, name: str) -> None:
        self.keep("look/theme", name)

    @property
    def scale(self) -> float:
        """The size of all text; 1 is the usual one."""
        return self.number("look/scale", 1.0)

    @scale.setter
    def scale(self, scale: float) -> None:
        self.keep("look/scale", scale)

    def text(self, key: str, default: str) -> str:
        """A text that was kept."""
        return str(self._settings.value(key, default))

    def number(self, key: str, default: float) -> float:
        """A number that was kept."""
        try:
            return float(str(self._settings.value(key, default)))
        except ValueError:
            return default

    def keep(self, key: str, value: str | float | QByteArray) -> None:
        """Keeps a text, a number or a state of Qt's."""
        self._settings.setValue(key, value)

    def state(self, key: str) -> QByteArray | None:
        """A state of Qt's that was kept."""
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def forget(self, key: str) -> None:
        """Forgets a key."""
        self._settings.remove(key)
