"""A run's generator as ONNX: latents ``z`` and its other inputs in, ``samples`` out, any number at once."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec
import torch

from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.export.conditional_generator import conditional_generator, inputs_of
from ganstudio.export.generator import described, finished, is_conditional
from ganstudio.maths.latents import draw_latents
from ganstudio.networks.parts.noise import has_noise
from ganstudio.training.trainer import Trainer

MISSING = (
    "an ONNX file needs GAN Studio's extra onnx, which is not installed: pip install onnx onnxscript brings it"
)
DESCRIPTION = "ganstudio"  # key of the file's metadata that holds what the JSON beside a safetensors file holds
EXAMPLES = 2  # rows that the exporter is shown; with one it would take the batch for fixed


def write_onnx(trainer: Trainer, out: Path) -> None:
    """Writes the generator: the running mean of its weights if there is one. Weights and arithmetic are float32.

    The file's metadata hold what is known of the latent and the samples, as JSON.

    Raises:
        BadInput: The extra is not installed, an operation of the network has no counterpart in ONNX, or the file
            cannot be written.
    """
    if any(importlib.util.find_spec(name) is None for name in ("onnx", "onnxscript")):
        raise BadInput(MISSING)
    module: torch.nn.Module
    if is_conditional(trainer):
        module, averaged, shown = conditional_generator(trainer)
        inputs = inputs_of(trainer, shown)
        names, examples = [each.name for each in inputs], tuple(shown.values())
    else:
        module, averaged = finished(trainer)
        for layer in module.modules():
            if has_noise(layer):
                layer.noise_rng = None  # the file has no generator of ours: whoever runs it draws the noise
        inputs, names = [], ["z"]
        examples = (draw_latents(trainer.game.network_controls, EXAMPLES, torch.Generator()),)
    free = tuple({0: torch.export.Dim("n")} for _ in examples)
    with _quiet():
        try:
            program = torch.onnx.export(
                module, examples, dynamo=True, verbose=False, input_names=names, output_names=["samples"],
                dynamic_shapes=(free,) if inputs else free)
        except RuntimeError as fault:  # torch.onnx.OnnxExporterError is one
            raise BadInput(
                f"the generator of network {trainer.spec.network} cannot be written as ONNX: "
                f"{' '.join(str(fault).split())[:300]}") from None
        assert program is not None
        words = described(trainer, out.name, "", averaged=averaged, inputs=inputs)
        program.model.metadata_props[DESCRIPTION] = msgspec.json.encode(words).decode()
        with atomic_write(out) as (part,):
            program.save(part, external_data=False)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints its progress and warns of its own insides."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # WORKAROUND torch 2.13: its exporter calls parts of torch that torch itself calls deprecated.
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)
