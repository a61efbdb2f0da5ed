"""What tests of the window share: windows over what is kept between starts."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from studio_kit import Stage, end, progress

from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.window import Window
from ganstudio.ui.state.preferences import Preferences

LINE = Spec(variant="ns-gan", data="mixture")
IMAGE = Spec(variant="dcgan", data="digits")
KINDS = pytest.mark.parametrize(
    ("kind", "spec"), [("plane", Spec()), ("line", LINE), ("image", IMAGE)], ids=["plane", "line", "image"]
)


class House:
    """Windows, one after the other, over what is kept between starts."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.stage = Stage(welcomed=False)
        self.window = self.built()

    def built(self) -> Window:
        window = Window(self.stage.commands, Preferences())
        window.show()
        return window

    def enter(self) -> None:
        """Keys go to this window."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def close(self) -> None:
        end(self.window)

    def again(self) -> None:
        """The studio is closed and started once more."""
        self.close()
        self.stage = Stage(welcomed=False)
        self.window = self.built()

    def begin(self, spec: Spec | None = None) -> int:
        if self.stage.session.engine is None:
            self.stage.welcome()
        run = self.stage.begin(spec)
        self.stage.link.say(progress(run, 1))
        return run

    def said(self) -> str:
        """What the notice says; nothing where it cannot be seen."""
        return self.window.notice.text if self.window.notice.isVisible() else ""

    def press(self, index: int) -> None:
        """Presses a button of the notice."""
        button = self.window.notice.findChild(QPushButton, f"notice.{index}")
        assert isinstance(button, QPushButton)
        assert button.isVisible()
        button.click()

    def looks_are(self, count: int) -> bool:
        return len(self.stage.link.told(SnapshotRequest)) >= count

    def pictures_are(self, count: int) -> bool:
        return self.window.scheduler.pictures == count

    def visible(self) -> set[str]:
        return {name for name, dock in self.window.docks.items() if not dock.isHidden()}


def undress() -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")
