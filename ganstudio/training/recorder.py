"""Writes a run to its file from a thread of its own: the training thread never waits for a disk."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path

from ganstudio.core.run_file import Checkpoint, RunWriter
from ganstudio.core.spec import LogEntry
from ganstudio.core.views import ScalarBatch
from ganstudio.training.checkpoint import checkpoint_of
from ganstudio.training.trainer import Trainer

COMMIT_S = 0.5
CHECKPOINT_S = 15.0

_Item = ScalarBatch | LogEntry | Checkpoint | None


class Recorder:
    """Records one run. Faults of the disk surface in ``check`` and ``close``."""

    def __init__(self, path: Path, trainer: Trainer) -> None:
        """Makes the file; BadInput where that cannot be."""
        self._writer = RunWriter(path, trainer.spec)
        self._trainer = trainer
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._fault: Exception | None = None
        self._logged = 0
        self._last_checkpoint = time.monotonic()
        self._thread = threading.Thread(target=self._write, name="recorder")
        self._items.put(checkpoint_of(trainer))
        self._thread.start()

    def note(self, batches: list[ScalarBatch]) -> None:
        """Takes what was flushed, new log entries, and now and then a checkpoint."""
        self.check()
        for batch in batches:
            self._items.put(batch)
        for entry in self._trainer.log[self._logged :]:
            self._items.put(entry)
        self._logged = len(self._trainer.log)
        if time.monotonic() - self._last_checkpoint >= CHECKPOINT_S:
            self._last_checkpoint = time.monotonic()
            self._items.put(checkpoint_of(self._trainer))

    def check(self) -> None:
        """Raises what went wrong while writing."""
        if self._fault is not None:
            raise self._fault

    def close(self) -> None:
        """Writes the rest and a last checkpoint; the file is whole afterwards."""
        self._items.put(checkpoint_of(self._trainer))
        self._items.put(None)
        self._thread.join()
        self.check()

    def _write(self) -> None:
        last = time.monotonic()
        try:
            while True:
                try:
                    item = self._items.get(timeout=COMMIT_S)
                except queue.Empty:
                    self._writer.commit()
                    last = time.monotonic()
                    continue
                match item:
                    case None:
                        break
                    case ScalarBatch():
                        self._writer.add_scalars(item)
                    case LogEntry():
                        self._writer.add_entry(item)
                    case Checkpoint():
                        self._writer.set_checkpoint(item)
                if time.monotonic() - last >= COMMIT_S:
                    self._writer.commit()
                    last = time.monotonic()
            self._writer.close()
        except Exception as fault:  # noqa: BLE001  # carried to the thread that records, which raises it
            self._fault = fault
