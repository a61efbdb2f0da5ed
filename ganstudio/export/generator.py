"""A run's generator as a file of its own: weights as safetensors, beside them a JSON with all it takes to use them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

import ganstudio
from ganstudio.core.control import validated
from ganstudio.core.network import Growable, Network, Stage, StyleBased
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.core.variant import Variant
from ganstudio.export.conditional_generator import Input, averaged_generator, check_inputs
from ganstudio.networks.parts.noise import copied_module, has_noise
from ganstudio.networks.parts.style_look import Truncated
from ganstudio.training.resolve_spec import network_of
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

FORMAT = 1
LARGEST_SIDE = 1024  # px, as in core.network.ImageControls


class Latent(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator starts from."""

    law: str  # "gaussian": N(0, 1) in each dimension; "uniform": U(-1, 1)
    dimension: int


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator makes."""

    kind: str  # "line", "plane" or "image"
    shape: list[int]  # of one sample: [1], [2] or [colours, height, width]
    grown_shape: list[int]  # the same if the network is fully grown: the size it is built for
    value_range: list[float] | None  # range of the data's values; of images [-1, 1], a byte being 127.5 (x + 1)
    units: str  # how data units relate to the user's, a sentence; empty if they are the same
    scale: list[float]  # samples * scale + shift are in the user's units, one of each per column; empty for images
    shift: list[float]


class GeneratorFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the JSON holds."""

    format: int = FORMAT
    program: str
    torch: str
    weights: str  # the file beside this one
    weights_sha256: str  # of its bytes
    averaged: bool  # whether it is the running mean of the generator's weights
    psi: float = 1.0  # truncation of w that its samples have; 1: none
    latent: Latent | None  # None: it has none
    inputs: list[Input] = []  # of a conditional generator, in the order in which it takes them
    samples: Samples
    stage: Stage | None  # how far a growing network had grown
    position: Position
    hash: str  # SHA-256 over both players' weights, as `ganstudio measure` prints it
    spec: Spec


def is_conditional(trainer: Trainer) -> bool:
    """Whether the generator takes more than a latent, or consists of several modules."""
    game = trainer.game
    return bool(game.variant.needs) or not game.network.has_latent or (
        type(game.variant).generate is not Variant.generate)


def finished(trainer: Trainer) -> tuple[nn.Module, bool]:
    """A copy of the generator on the CPU, in evaluation mode, and whether it is the running mean of the weights.

    Raises:
        BadInput: The game has no module that makes samples of a latent alone.
    """
    game = trainer.game
    check_inputs(trainer)
    if is_conditional(trainer):
        raise BadInput(f"variant {game.variant.name} has no generator that makes samples of a latent alone: it can be "
                       "exported as ONNX, with --out FILE.onnx")
    average = averaged_generator(game)
    made = copied_module(game.modules["G"] if average is None else average).cpu().eval().requires_grad_(False)
    _give_noise(made, trainer.spec.seed)
    for tensor in (*made.parameters(), *made.buffers()):  # kernels may lie in another order, as may their results
        tensor.data = tensor.data.contiguous()
    _give_picture(made, game.network)
    return made, average is not None


def _give_picture(module: nn.Module, network: Network[Any]) -> None:
    """Makes a generator return the samples that the studio shows: if it makes several scales, the finest.

    A hook, not a module around it: the names of the weights stay what they are.
    """
    module.register_forward_hook(lambda module, given, made: network.picture(made))


def _give_noise(module: nn.Module, seed: int) -> None:
    """Layers that draw do so from a seed: the same file makes the same samples."""
    for layer in module.modules():
        if has_noise(layer):
            layer.noise_rng = generator_for(seed, "noise", torch.device("cpu"))


def check_truncation(trainer: Trainer, psi: float) -> None:
    """Raises BadInput if the generator has no w that could be truncated."""
    if psi != 1 and not isinstance(trainer.game.modules.get("G"), StyleBased):
        raise BadInput(f"--psi {psi:g} truncates w, and network {trainer.spec.network} has none: it is for generators "
                       "of styles, such as those of StyleGAN")


def described(
    trainer: Trainer, weights: str, sha256: str, *, averaged: bool, inputs: Sequence[Input] = (), psi: float = 1.0,
) -> GeneratorFile:
    """All it takes to rebuild and use the generator of a run.

    Args:
        trainer: The run.
        weights: Name of the file with the weights.
        sha256: Of that file's bytes.
        averaged: Whether the weights are the running mean.
        inputs: Of a conditional generator.
        psi: Truncation that its samples have.
    """
    game = trainer.game
    image = game.data.kind == "image"
    shape = list(game.data.shape)
    if (stage := game.phase.stage) is not None:
        shape = [shape[0], stage.resolution, stage.resolution]
    ends = np.stack([np.zeros(shape, np.float32), np.ones(shape, np.float32)])
    zero, one = (np.zeros(0), np.zeros(0)) if image else game.data.to_user_units(ends).astype(np.float64)
    c = game.network_controls
    return GeneratorFile(
        program=f"GAN Studio {ganstudio.__version__}", torch=str(torch.__version__), weights=weights,
        weights_sha256=sha256, averaged=averaged, psi=psi, inputs=list(inputs),
        latent=Latent(law=c.latent, dimension=c.latent_dim) if game.network.has_latent else None,
        samples=Samples(
            kind=game.data.kind, shape=shape, grown_shape=list(game.data.shape),
            value_range=[-1.0, 1.0] if image else None, units=game.data.units,
            scale=(one - zero).tolist(), shift=zero.tolist()),
        stage=stage, position=game.position,
        hash=game.weights_hash(), spec=trainer.spec,
    )


def write_generator(trainer: Trainer, out: Path, psi: float = 1.0) -> Path:
    """Writes ``x.safetensors`` and ``x.json``, both or none; returns the second's path.

    ``psi`` is noted in the JSON, and ``read_generator`` applies it: the weights are the same for every psi.

    Raises:
        BadInput: There is no w to truncate, they cannot be written, or the JSON's place is taken by another file.
    """
    check_truncation(trainer, psi)
    beside = out.with_suffix(".json")
    _check_free(beside)
    module, averaged = finished(trainer)
    weights = save({name: tensor.clone() for name, tensor in module.state_dict().items()})
    words = described(trainer, out.name, hashlib.sha256(weights).hexdigest(), averaged=averaged, psi=psi)
    with atomic_write(beside, out) as (json_part, weights_part):
        json_part.write_bytes(msgspec.json.format(msgspec.json.encode(words), indent=2) + b"\n")
        weights_part.write_bytes(weights)
    return beside


def _check_free(beside: Path) -> None:
    """A file of the user's own must not be lost to a name that the user did not type."""
    try:
        msgspec.json.decode(beside.read_bytes(), type=GeneratorFile)
    except FileNotFoundError:
        return
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise BadInput(
            f"{beside} would describe the weights, but another file of that name exists: choose another name") from None


def read_generator(path: Path) -> tuple[nn.Module, GeneratorFile]:
    """A generator that ``write_generator`` wrote: latents ``(n, dimension)`` in, samples ``(n, *shape)`` out.

    It computes in float32; a run whose dtype is bfloat16 rounded more coarsely between its layers.

    Args:
        path: Of the safetensors; the JSON lies beside it.

    Raises:
        BadInput: A file is missing, damaged, or does not fit the other.
    """
    beside = path.with_suffix(".json")
    try:
        words = msgspec.json.decode(beside.read_bytes(), type=GeneratorFile)
        weights = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"{fault.filename} cannot be read: {fault.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise BadInput(f"{beside} does not describe a generator: {fault}") from None
    if words.format != FORMAT:
        raise BadInput(f"{beside} has format {words.format}: this version of GAN Studio reads {FORMAT}")
    if hashlib.sha256(weights).hexdigest() != words.weights_sha256:
        raise BadInput(f"{path} is not the file that {beside} describes: its SHA-256 differs")
    network = network_of(words.spec, words.spec.network)()
    controls = validated(network.controls_type(), words.spec.network_controls, of=f"network {network.name}")
    shape = tuple(words.samples.grown_shape)
    if len(shape) not in (1, 3) or not all(0 < side <= LARGEST_SIDE for side in shape):
        raise BadInput(f"{beside} describes samples of shape {list(shape)[:9]}: allowed are one or three sides "
                       f"of 1 to {LARGEST_SIDE}")
    try:
        module = network.generator(controls, shape, torch.Generator())
        module.load_state_dict(load(weights))
        if words.stage is not None and isinstance(module, Growable):
            module.set_stage(words.stage)
    except (SafetensorError, RuntimeError, ValueError, IndexError) as fault:
        raise BadInput(f"{path} does not fit network {network.name}: {' '.join(str(fault).split())[:300]}") from None
    _give_noise(module, words.spec.seed)
    _give_picture(module, network)
    if words.psi != 1:
        if not isinstance(module, StyleBased):
            raise BadInput(f"{beside} asks for psi {words.psi:g}, and network {network.name} has no w to truncate")
        module = Truncated(module, words.psi)
    return module.eval().requires_grad_(False), words

