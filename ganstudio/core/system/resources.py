"""The only locator of assets: package data first, else the checkout's assets/; and of the user's own folders."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[2]


def asset(*parts: str) -> Path:
    """The path of an asset.

    Raises:
        FileNotFoundError: Neither the installed package nor the checkout has it.
    """
    for root in (_PACKAGE / "assets", _PACKAGE.parent / "assets"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"asset {'/'.join(parts)} is missing from this installation")


def manual() -> str:
    """The manual, in Markdown.

    Raises:
        FileNotFoundError: Neither the installed package nor the checkout has it.
    """
    checkout = _PACKAGE.parent / "docs" / "manual.md"
    return (checkout if checkout.exists() else asset("manual.md")).read_text(encoding="utf-8")


def settings_folder() -> Path:
    """The folder of layouts and choices; GANSTUDIO_HOME moves it, for tests and for sticks in schools."""
    home = os.environ.get("GANSTUDIO_HOME")
    return Path(home) if home else Path(platformdirs.user_config_dir("ganstudio", appauthor=False))


def runs_folder() -> Path:
    """The folder of all runs."""
    home = os.environ.get("GANSTUDIO_HOME")
    return (Path(home) if home else Path(platformdirs.user_data_dir("ganstudio", appauthor=False))) / "runs"


def lessons_folder() -> Path:
    """The folder of the user's own lessons."""
    home = os.environ.get("GANSTUDIO_HOME")
    return (Path(home) if home else Path(platformdirs.user_data_dir("ganstudio", appauthor=False))) / "lessons"


def cache_folder() -> Path:
    """The folder of what can be made again."""
    home = os.environ.get("GANSTUDIO_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir("ganstudio", appauthor=False))
