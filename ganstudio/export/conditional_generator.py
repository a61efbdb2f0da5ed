"""A conditional generator: it takes a label, a source image, attributes or a place, with a latent or without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import torch
from torch import Tensor, nn

from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Given
from ganstudio.maths.latents import draw_latents
from ganstudio.networks.parts.noise import copied_module
from ganstudio.training.game import Game
from ganstudio.training.trainer import Trainer

NAMES = {"latent": "z"}  # of inputs that are not called as in ``Given``


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One input of a generator."""

    name: str
    shape: list[int]  # of one sample; [] for a number
    dtype: str
    meaning: str
    values: dict[str, list[str]] = {}  # what the numbers stand for: the classes, or those of each attribute


class ConditionalGenerator(nn.Module):
    """All modules that take part in generating, called with tensors in the order of ``inputs``."""

    def __init__(self, game: Game, modules: Mapping[str, nn.Module], inputs: list[str]) -> None:
        super().__init__()
        self._variant, self._network, self._phase, self._inputs = game.variant, game.network, game.phase, inputs
        self._parts = nn.ModuleDict(modules)
        self._changes = {"source", "attributes"} <= game.variant.needs

    def forward(self, *inputs: Tensor) -> Tensor:
        """Samples ``(n, *shape)``."""
        parts: dict[str, Any] = dict(zip(self._inputs, inputs, strict=True))
        given = Given(phase=self._phase, **parts)
        modules: Any = dict(self._parts.items())
        made = self._variant.change_attributes(modules, given) if self._changes else (
            self._variant.generate(modules, given))
        return self._network.picture(made)


def averaged_generator(game: Game) -> nn.Module | None:
    """The running mean of G's weights; None if the game keeps none, or has not updated it yet."""
    average = game.average
    return None if average is None or average.count == 0 else average.module


def check_inputs(trainer: Trainer) -> None:
    """Raises BadInput if the generator takes nothing: a file of it would make the same samples for ever."""
    game = trainer.game
    if not game.variant.needs and not game.network.has_latent:
        raise BadInput(f"the generator of variant {game.variant.name} has no latent and no other input, and draws as "
                       "it goes: it cannot be exported; `ganstudio sample` draws from it")


def conditional_generator(trainer: Trainer) -> tuple[ConditionalGenerator, bool, dict[str, Tensor]]:
    """A copy on the CPU, in evaluation mode, whether G is the running mean of its weights, and two rows of each input.

    Layers that draw noise draw from no generator of ours.

    Raises:
        BadInput: It takes nothing.
        NeedsData: The images of the run are not there.
    """
    game = trainer.game
    check_inputs(trainer)
    rows = game.data.batch(game.data.draw(2, torch.Generator(game.device), game.variant.needs), game.variant.needs)
    latent = draw_latents(game.network_controls, 2, torch.Generator()) if game.network.has_latent else None
    given = {"latent": latent, "label": rows.label if "label" in game.variant.needs else None,
             "source": rows.source, "attributes": rows.attributes, "place": rows.place}
    shown = {name: part.cpu() for name, part in given.items() if part is not None}
    modules = dict(game.modules)
    average = game.average
    averaged = average is not None and average.count > 0
    if average is not None and averaged:
        modules |= average.modules
    copied = {name: copied_module(module).cpu().eval().requires_grad_(False) for name, module in modules.items()}
    module = ConditionalGenerator(game, copied, list(shown))
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.data = tensor.data.contiguous()
    return module.eval(), averaged, shown


def inputs_of(trainer: Trainer, shown: Mapping[str, Tensor]) -> list[Input]:
    """What each input is, for whoever uses the file."""
    data = trainer.game.data
    values = {name: list(each) for name, each in data.attribute_values.items()}
    planes = ", planes of 0 and 1, one for each class of a label map" if data.brushes else " of -1 to 1"
    meaning = {
        "latent": f"a latent of the {trainer.game.network_controls.latent} law",
        "label": "a class, counted from 0",
        "source": f"the image to be translated{planes}",
        "attributes": "the value asked for of each attribute, counted from 0",
        "place": "left, top, right and bottom of a box as shares of the side, then x and y of each key point",
    }
    known = {"label": {"label": list(data.label_names)}, "attributes": values}
    return [Input(name=NAMES.get(name, name), shape=list(part.shape[1:]), dtype=str(part.dtype).removeprefix("torch."),
                  meaning=meaning[name], values=known.get(name, {})) for name, part in shown.items()]
