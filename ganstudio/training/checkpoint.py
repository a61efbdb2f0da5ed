"""Checkpoints: a game's whole state as safetensors bytes, and back."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ganstudio.core.errors import BadInput
from ganstudio.core.run_file import Checkpoint, RunReader
from ganstudio.training.trainer import Trainer


def checkpoint_of(trainer: Trainer) -> Checkpoint:
    """The state of a run, copied."""
    return Checkpoint(position=trainer.position, tensors=save(trainer.game.state()))


def restored(path: Path) -> Trainer:
    """The run of a file at its last checkpoint, with its settings as they stood.

    Raises:
        BadInput: The file is not a run, or its checkpoint does not fit its spec.
    """
    reader = RunReader(path)
    try:
        trainer = Trainer(reader.spec())
        checkpoint = reader.checkpoint()
        for entry in reader.log():
            if entry.position.updates <= checkpoint.position.updates:
                trainer.recall(entry)
    finally:
        reader.close()
    try:
        tensors: dict[str, torch.Tensor] = load(checkpoint.tensors)
        trainer.game.load_state(tensors)
    except (SafetensorError, ValueError) as fault:
        raise BadInput(f"run file {path} has a damaged checkpoint: {' '.join(str(fault).split())}") from None
    return trainer
