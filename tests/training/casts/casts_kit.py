"""Runs of toys whose casts differ: of what each is made, how long it plays, and what it minimises."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from toy_cyclegan import Cycle, CycleGAN
from toy_data import Blobs, OneImage, Pairs, Unpaired
from toy_msggan import MSGGAN, Scales
from toy_pix2pix import Pix2Pix, Translator
from toy_singan import Pyramid, SinGAN
from toy_stylegan2 import Style, StyleGAN2
from toy_vqgan import VQGAN, Codebook

from ganstudio.core.leaves import Leaf
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.game_state import game_state
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

TOYS: dict[str, tuple[type[Leaf], ...]] = {
    "variants": (Pix2Pix, CycleGAN, StyleGAN2, MSGGAN, SinGAN, VQGAN),
    "networks": (Translator, Cycle, Style, Scales, Pyramid, Codebook),
    "datasets": (Blobs, Pairs, Unpaired, OneImage),
}


@dataclass(frozen=True)
class Cast:
    """A run of one of them."""

    variant: str
    data: str
    terms: dict[str, set[str]]  # of each player
    steps: int = 7
    moments: tuple[int, ...] = (4, 11)  # updates after which it is interrupted: in the middle of a step of each phase
    spec: dict[str, Any] = field(default_factory=lambda: {"network_controls": {"latent_dim": 6}})

    def trainer(self, *, streams: int = 0, seed: int = 3, **controls: Any) -> Trainer:
        """The run before its first step."""
        own = {"batch_size": 4, "critic_steps": 2, "ema_decay": 0.9, **controls}
        return Trainer(Spec(variant=self.variant, data=self.data, seed=seed, device="cpu", threads=1, dtype="float32",
                            memory="contiguous", streams=streams, controls=own, **self.spec))

    def kept(self, path: Path) -> Trainer:
        """The run, played to its end and recorded."""
        trainer = self.trainer()
        recorder = Recorder(path, trainer)
        play(trainer, self.steps, recorder)
        recorder.note(trainer.flush())
        recorder.close()
        return trainer


CASTS = {
    "pix2pix": Cast("toy-pix2pix", "toy-pairs", {
        "discriminator": {"real", "fake"}, "generator": {"generator", "L1"}}),
    "cyclegan": Cast("toy-cyclegan", "toy-unpaired", {
        "discriminator": {"D_A", "D_B"}, "generator": {"G_AB", "G_BA", "cycle"}}),
    "cgan": Cast("cgan", "digits", {
        "discriminator": {"real", "fake"}, "generator": {"generator"}},
        spec={"network": "dcgan", "data_controls": {"count": 100}, "preset": "paper",
              "network_controls": {"latent_dim": 6, "resolution": 8, "width": 4, "norm_d": "none"}}),
    "stylegan2": Cast("toy-stylegan2", "toy-blobs", {
        "discriminator": {"real", "fake", "R1"}, "generator": {"generator", "path length"}}),
    "msg-gan": Cast("toy-msg-gan", "toy-blobs", {
        "discriminator": {"real", "fake"}, "generator": {"generator"}}),
    "singan": Cast("toy-singan", "toy-one-image", {
        "discriminator": {"critic"}, "generator": {"generator", "reconstruction"}},
        steps=17, moments=(4, 19, 34), spec={"network_controls": {"latent_dim": 6}, "data_controls": {"side": 16}}),
    "vqgan": Cast("toy-vqgan", "toy-blobs", {
        "generator": {"reconstruction", "codebook", "commitment", "adversarial"}, "discriminator": {"critic"},
        "prior": {"cross entropy"}},
        steps=11, moments=(5, 15)),
}


def play(trainer: Trainer, steps: int, recorder: Recorder | None = None) -> None:
    """Goes on to a step."""
    while trainer.game.steps < steps:
        trainer.step()
        if recorder is not None and trainer.waiting_scalars >= 5:
            recorder.note(trainer.flush())


def same_state(one: Trainer, other: Trainer) -> bool:
    """Whether two runs would go on alike, bit for bit."""
    state, there = game_state(one.game), game_state(other.game)
    return one.game.weights_hash() == other.game.weights_hash() and state.keys() == there.keys() and all(
        torch.equal(tensor, there[name]) for name, tensor in state.items())
