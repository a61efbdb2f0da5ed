"""Every test sees a studio without a screen, and settings of nobody's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # read when the first test asks for an application


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the studio keeps between starts lands in a folder of the session's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        yield


_FRESH: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def undressed(request: pytest.FixtureRequest) -> None:
    """A test of the window starts with the application's own text and colours, whatever the last one chose."""
    if "qapp" not in request.fixturenames or "studio_home" in request.fixturenames:  # its scenes share one window
        return
    app = request.getfixturevalue("qapp")
    if not _FRESH:
        _FRESH.update(font=app.font(), palette=app.palette())
    app.setStyleSheet("")
    app.setFont(_FRESH["font"])
    app.setPalette(_FRESH["palette"])
