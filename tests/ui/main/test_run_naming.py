"""The run on screen gets its name and tags from the window, while it is recorded."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QDialogButtonBox, QLabel
from studio_kit import started
from window_kit import House

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.library import runs
from ganstudio.core.runs.writer import RunWriter

pytest_plugins = ["window_fixtures"]


@pytest.fixture
def recorded(house: House, tmp_path: Path) -> tuple[House, Path]:
    """A run on screen whose file is being made."""
    path = tmp_path / "run.ganrun"
    spec = Spec(variant="wgan", data="ring")
    number = house.begin(spec)
    house.window.run.begin(msgspec.structs.replace(started(number, spec), record=str(path)))
    return house, path


def test_it_is_named_and_tagged_while_it_is_written(recorded: tuple[House, Path]) -> None:
    house, path = recorded
    plain = house.window.windowTitle()
    writer = RunWriter(path, Spec(variant="wgan", data="ring"))
    writer.commit()
    house.window.naming.ask()
    dialog = house.window.naming.dialog
    assert dialog is not None and dialog.title.text() == dialog.tags.text() == ""
    dialog.title.setText("Collapse, 3rd try")
    dialog.tags.setText("good, lecture 3")
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons is not None
    buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert not dialog.isVisible() and house.window.windowTitle() == f"Collapse, 3rd try – {plain}"
    (found,) = runs(path.parent)
    assert (found.name, found.tags) == ("Collapse, 3rd try", ("good", "lecture 3"))
    writer.close()
    house.window.naming.ask()
    again = house.window.naming.dialog
    assert again is not None and again.title.text() == "Collapse, 3rd try" and again.tags.text() == "good, lecture 3"
    again.title.setText("")
    again.accept()
    assert house.window.windowTitle() == plain and runs(path.parent)[0].name == "run"


def test_a_name_that_cannot_be_is_said_and_nothing_typed_is_lost(recorded: tuple[House, Path]) -> None:
    house, path = recorded
    RunWriter(path, Spec(variant="wgan", data="ring")).close()
    house.window.naming.ask()
    dialog = house.window.naming.dialog
    assert dialog is not None
    for title, words, why in (("a/b", "good", "cannot name a run"), ("fine", "x" * 41, "41 letters")):
        dialog.title.setText(title)
        dialog.tags.setText(words)
        dialog.accept()
        assert dialog.isVisible() and (dialog.title.text(), dialog.tags.text()) == (title, words)
        assert why in dialog.findChild(QLabel, "naming.words").text()  # type: ignore[union-attr]
    dialog.reject()
    (found,) = runs(path.parent)
    assert (found.title, found.tags) == ("", ())


def test_a_run_without_a_file_says_so(recorded: tuple[House, Path]) -> None:
    house, path = recorded
    house.window.naming.ask()
    assert "no file yet" in house.said() and not path.exists()


def test_the_next_run_has_no_name(recorded: tuple[House, Path]) -> None:
    house, path = recorded
    RunWriter(path, Spec(variant="wgan", data="ring")).close()
    house.window.naming._named(str(path), "mine")
    assert house.window.windowTitle().startswith("mine – ")
    house.begin(Spec(variant="wgan", data="ring"))
    assert not house.window.windowTitle().startswith("mine")
