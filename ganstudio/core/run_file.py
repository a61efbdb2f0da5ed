"""The run file: one SQLite file per run, with nothing executable in it. What it holds stands in ``run_format``."""

from ganstudio.core.run_format import (
    APPLICATION_ID,
    BUDGET,
    SCHEMA,
    SUFFIX,
    UNREADABLE,
    Checkpoint,
    DiskFull,
    KeptPoints,
)
from ganstudio.core.run_reader import RunReader
from ganstudio.core.run_writer import RunWriter

__all__ = [
    "APPLICATION_ID", "BUDGET", "SCHEMA", "SUFFIX", "UNREADABLE", "Checkpoint", "DiskFull", "KeptPoints",
    "RunReader", "RunWriter",
]
