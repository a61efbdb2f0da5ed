"""Finds what flows where in a game: for the picture of the game that the window draws.

The terms of each player are worked out once, on modules of the same shapes that nobody trains, while each tensor
remembers what it was made from. So the picture is right for every variant: what a paper's file does is drawn, and what
it does not do is not. Points take some milliseconds; images are rehearsed on tensors without contents, as for the
memory estimate.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from ganstudio.core.dataset import Batch, DataShape
from ganstudio.core.network import Growable, Network, NetworkControls
from ganstudio.core.protocol.flow import DATA, LABEL, LATENT, LOSS, NOISE, SOURCE, Flow
from ganstudio.core.turn import Phase, Turn
from ganstudio.core.variant import GameControls, Variant
from ganstudio.networks.parts.noise import has_noise
from ganstudio.training.game import Game, data_shape, levels_of
from ganstudio.training.players import PlayedModule
from ganstudio.training.precision import PLAIN
from ganstudio.training.shape_memory import ShapeMemory

UPDATES = 2  # of each player: a variant may do this in one and that in the next (StarGAN v2: latents, references)
ROWS = 4  # samples of a rehearsal: a whole group of a minibatch standard deviation
_KEPT = "ganstudio_origins"  # the attribute of a tensor that names what it was made from
_DRAWS = frozenset({torch.rand, torch.randn, torch.randint, torch.normal})


class _Cast(msgspec.Struct, frozen=True, kw_only=True):
    """What the flows of a game depend on."""

    variant: type[Variant[Any]]
    controls: GameControls
    network: type[Network[Any]]
    network_controls: NetworkControls
    data: DataShape


def flows_of(game: Game) -> list[Flow]:
    """What flows where in the updates of each player, in all phases; empty if it could not be found."""
    variant, c = game.variant, game.controls
    try:
        return list(_flows(_Cast(
            variant=type(variant), controls=c, network=type(game.network), network_controls=game.network_controls,
            data=data_shape(variant, c, game.data))))
    except Exception:  # noqa: BLE001  a variant may raise anything: then the window draws the usual game
        return []


@lru_cache(maxsize=128)
def _flows(cast: _Cast) -> tuple[Flow, ...]:
    rng = torch.Generator()  # of the rehearsal alone
    contents = len(cast.data.x) < 3  # images have none
    shapes = nullcontext() if contents else ShapeMemory()
    with torch.random.fork_rng(devices=[]), torch.device("cpu" if contents else "meta"), shapes:
        variant, network = cast.variant(), cast.network()
        c, nc, data = cast.controls, cast.network_controls, cast.data
        modules = network.modules(nc, data, lambda purpose: rng)
        if "D" in modules:
            modules["D"] = variant.wrap_discriminator(modules["D"], c, rng)
        for layer in (layer for module in modules.values() for layer in module.modules() if has_noise(layer)):
            layer.noise_rng = rng
        levels = levels_of(modules)
        together = not network.batch_dependence(nc)
        found: dict[Flow, None] = {}
        for phase in _distinct([variant.phase(0, levels, c), *variant.phases(levels, c)]):
            shown = _at_stage(modules, data, phase)
            for player in variant.players(phase):
                blind = ("D",) if variant.conditioning(c) == "none" else ()
                trace = _Trace(player, found, blind)
                played = {name: _Traced(module, name, trace, together=together) for name, module in modules.items()}
                draw, latent = partial(trace.batch, shown), partial(trace.latent, nc.latent_dim)
                for update, (step, place) in itertools.product(range(UPDATES), variant.kinds_of_update(player, c)):
                    turn = Turn(
                        player, update, phase, rng, played, draw, latent, trace.labels, torch.no_grad, place, step)
                    with trace:
                        trace.end(variant.terms(turn, c))
    return tuple(found)


def _distinct(phases: Iterable[Phase]) -> list[Phase]:
    found: list[Phase] = []
    for phase in phases:
        if phase not in found:
            found.append(phase)
    return found


def _at_stage(modules: Mapping[str, nn.Module], data: DataShape, phase: Phase) -> DataShape:
    """Brings growing modules to a phase; the data as they see it there."""
    if phase.stage is None:
        return data
    growing = [module for module in modules.values() if isinstance(module, Growable)]
    for module in growing:
        module.set_stage(phase.stage)
    side = phase.stage.resolution
    return msgspec.structs.replace(data, x=(data.x[0], side, side))


class _Trace(TorchFunctionMode):
    """Passes on from tensor to tensor what they were made from, and notes what reaches modules and the loss."""

    def __init__(self, player: str, found: dict[Flow, None], blind: Collection[str] = ()) -> None:
        """``blind``: modules that are shown no labels."""
        super().__init__()
        self._player, self._found, self._blind = player, found, blind

    def batch(self, data: DataShape) -> Batch:
        """Real samples, and what goes with each."""
        x = self.named(torch.zeros(ROWS, *data.x), DATA)
        label = self.named(torch.zeros(ROWS, dtype=torch.int64), LABEL) if data.classes else None
        source = self.named(torch.zeros(ROWS, *data.source), SOURCE) if data.source else None
        attributes = place = None
        if data.attributes:
            attributes = self.named(torch.zeros(ROWS, len(data.attributes), dtype=torch.int64), LABEL)
        if data.place:  # a box of half the side in the middle
            place = self.named(torch.tensor([[0.25, 0.25, 0.75, 0.75, *[0.5] * (data.place - 4)]] * ROWS), LABEL)
        return Batch(x, label, source, attributes, place)

    def latent(self, size: int) -> Tensor:
        """Latents."""
        return self.named(torch.zeros(ROWS, size), LATENT)

    def labels(self) -> Tensor:
        """Labels of generated samples."""
        return self.named(torch.zeros(ROWS, dtype=torch.int64), LABEL)

    def named(self, tensor: Tensor, name: str) -> Tensor:
        """A tensor that comes from there and from nowhere else."""
        setattr(tensor, _KEPT, frozenset({name}))
        return tensor

    def through(self, name: str, call: Callable[..., Any], inputs: Sequence[Any]) -> Any:
        """What a module makes of inputs."""
        self._note(inputs, name)
        made = call(*inputs)
        for tensor in _tensors(made):
            self.named(tensor, name)
        return made

    def end(self, terms: Mapping[str, Tensor]) -> None:
        """The terms that are minimised."""
        self._note(list(terms.values()), LOSS)

    def _note(self, inputs: Any, target: str) -> None:
        for origin in sorted(_origins(inputs) - {target}):
            if origin == LABEL and target in self._blind:
                continue  # it is given them and leaves them aside
            self._found[Flow(self._player, origin, target)] = None

    # torch ---------------------------------------------------------------------------------------------------

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None,
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        # A gradient is one of what was differentiated, not of where.
        origins = _origins(args[0] if func is torch.autograd.grad else (args, kwargs))
        if not origins and func in _DRAWS and kwargs and kwargs.get("generator") is not None:
            origins = frozenset({NOISE})
        if origins:
            for tensor in _tensors(made):
                setattr(tensor, _KEPT, origins | _origins(tensor))
        return made


class _Traced(PlayedModule):
    """A module that notes what it is given."""

    def __init__(self, module: nn.Module, name: str, trace: _Trace, *, together: bool = False) -> None:
        super().__init__(module, PLAIN, together=together)
        self._name, self._trace = name, trace

    def __call__(self, x: Any, *given: Any) -> Any:
        return self._trace.through(self._name, self.module, (x, *given))

    def precisely(self, x: Any, *given: Any) -> Any:
        return self(x, *given)

    def input_gradient(self, x: Tensor) -> Tensor | None:
        made: Tensor | None = self._trace.through(self._name, super().input_gradient, (x,))
        return made

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.module, name)
        if isinstance(found, nn.Module):
            return _Traced(found, self._name, self._trace)
        if isinstance(found, Tensor):
            return self._trace.named(found, self._name)
        if not callable(found):
            return found
        return lambda *inputs, **options: self._trace.through(
            self._name, lambda *given: found(*given, **options), inputs)

    def __getitem__(self, index: int) -> PlayedModule:
        part: nn.Module = self.module[index]  # type: ignore[index]
        return _Traced(part, self._name, self._trace)


def _tensors(made: Any) -> list[Tensor]:
    if isinstance(made, Tensor):
        return [made]
    return [leaf for leaf in tree_leaves(made) if isinstance(leaf, Tensor)]


def _origins(inputs: Any) -> frozenset[str]:
    return frozenset().union(*(getattr(tensor, _KEPT, ()) for tensor in _tensors(inputs)))
