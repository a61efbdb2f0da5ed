"""What is kept between starts, and what is put up with in a file that was edited."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from ganstudio.ui.state.preferences import Preferences


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    return tmp_path


def test_palette_and_size_of_text_are_kept() -> None:
    first = Preferences()
    assert (first.theme, first.scale) == ("dark", 1.0)
    first.theme, first.scale = "light", 1.5
    assert (Preferences().theme, Preferences().scale) == ("light", 1.5)


def test_what_is_no_number_is_the_usual_one() -> None:
    Preferences().keep("look/scale", "large")
    assert Preferences().scale == 1.0


def test_a_state_is_kept_until_it_is_forgotten() -> None:
    Preferences().keep("layout/plane", QByteArray(b"docks"))
    assert Preferences().state("layout/plane") == QByteArray(b"docks")
    Preferences().forget("layout/plane")
    assert Preferences().state("layout/plane") is None
    Preferences().keep("layout/plane", "not a state")
    assert Preferences().state("layout/plane") is None
