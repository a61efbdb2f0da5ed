"""The pictures of the window can be made again: each has a command, and each command is one that the program takes."""

from __future__ import annotations

import argparse

import pytest
from pictures import COMMANDS, PICTURES

from ganstudio.commands import shoot, train


def test_each_picture_of_the_window_has_a_command() -> None:
    assert {path.stem for path in PICTURES.glob("*.png")} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_program_takes_the_commands(name: str) -> None:
    for command in COMMANDS[name]:
        which, *words = command.format(run="x.ganrun", out="x.png").split()
        parser = argparse.ArgumentParser(exit_on_error=False)
        (shoot if which == "shoot" else train).add(parser)
        assert parser.parse_args(words)
