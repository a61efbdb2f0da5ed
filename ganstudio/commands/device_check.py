"""What a command says if this machine lacks the device that a run was trained on."""

from __future__ import annotations

from pathlib import Path

from ganstudio.commands import terminal
from ganstudio.core.system.errors import BadInput


def tell_device(path: Path, more: str = "") -> None:
    """One line on standard error if the CPU is used in the place of a run's device; ``more`` follows it.

    Raises:
        BadInput: The file is no run, or its device is none that there is.
    """
    if device := _not_here(path):
        terminal.remark(f"note: {path.name} was trained on {device}, which is not on this machine: its CPU is used"
                         f"{', ' if more else ''}{more}")


def need_device(path: Path, why: str) -> None:
    """Refuses to repeat a run on another kind of device than it was trained on; ``why`` says what that would be.

    Raises:
        BadInput: As in ``tell_device``, or the device is not here.
    """
    if device := _not_here(path):
        raise BadInput(f"{path.name} was trained on {device}, which is not on this machine: {why}")


def _not_here(path: Path) -> str:
    """The run's device, if this machine lacks it."""
    from ganstudio.core.runs.reader import RunReader

    reader = RunReader(path)
    try:
        device = reader.spec().device
    finally:
        reader.close()
    if device in ("cpu", "auto"):
        return ""
    from ganstudio.training.resolve_spec import device_missing

    return device if device_missing(device) else ""
