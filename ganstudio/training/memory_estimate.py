"""Estimates how much memory a run will need before it takes any, and says what to change if there is too little.

The players are built, and an update of each is rehearsed, on tensors that have shapes but no contents, while the bytes
of all living tensors are added up. Each moment of an update takes a fixed amount and an amount for each image, so two
small batches are enough to know what any batch takes. A rehearsal takes .03 to .5 s of one core, SinGAN's, which has
many phases, up to 2.7 s; the first one of a process takes one more second, in which torch imports what it needs to
compute with shapes alone.
"""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from ganstudio.core.dataset import Batch, DataShape
from ganstudio.core.network import Growable, Network, NetworkControls
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Phase, Turn
from ganstudio.core.variant import GameControls, Variant
from ganstudio.training.game import levels_of
from ganstudio.training.players import PlayedModule, Player, learn, widened
from ganstudio.training.precision import Precision
from ganstudio.training.shape_memory import computed

BATCHES = (4, 8)  # that are rehearsed: whole groups of a minibatch standard deviation
# How much a process really grew, over the sum of its tensors. DCGAN at 64 px, batches of 16 to 256, both dtypes: 1.2 to
# 1.37.
ALLOCATOR = 1.3
MEMINFO = Path("/proc/meminfo")
GROUPS = Path("/sys/fs/cgroup")
SMALLEST = 2  # images that batch norm needs in a batch


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the memory of a run depends on."""

    variant: type[Variant[Any]]
    controls: GameControls
    network: type[Network[Any]]
    network_controls: NetworkControls
    data: DataShape
    precision: Precision


class Footprint(msgspec.Struct, frozen=True):
    """Bytes at the moments of a step that can be its peak: a fixed part, and a part for each image of the batch."""

    lasting: float  # between two updates: the players, their optimisers, the average
    fixed: tuple[float, ...]
    per_image: tuple[float, ...]

    def of(self, batch_size: int) -> int:
        """Bytes at the peak with this batch size."""
        return int(max(a + b * batch_size for a, b in zip(self.fixed, self.per_image, strict=True)))

    def batch_that_fits(self, available: float) -> int:
        """The largest power of two whose peak fits; 0 if not even two images fit."""
        size = 1 << 20
        while size >= SMALLEST and self.of(size) > available:
            size >>= 1
        return size if size >= SMALLEST else 0


def check(plan: Plan, device: torch.device, *, running: bool = False) -> None:
    """Checks that a run, or a running one after a change, fits into the memory that is free.

    Args:
        plan: The run as it would be.
        device: Where it computes.
        running: Whether its players are in memory already.

    Raises:
        BadInput: It does not fit; the sentence says what it needs, what is free, and what would fit.
    """
    available = free(device)
    if available is None:
        return
    of = footprint(plan)
    if running:
        available += int(of.lasting)
    if (asked := of.of(plan.controls.batch_size)) <= available:
        return
    fits = of.batch_that_fits(available)
    on_images = len(plan.data.x) == 3
    what = f"images of {plan.data.x[-1]} px" if on_images else "points"
    advice = f"batch_size {fits}" if fits else f"a smaller width or {'resolution' if on_images else 'depth'}"
    raise BadInput(
        f"a batch of {plan.controls.batch_size} {what} needs about {_readable(asked)} of memory and "
        f"{_readable(available)} are free: try {advice}")


def check_resolution(network: type[Network[Any]], c: NetworkControls, data: DataShape, side: int, images: int) -> None:
    """Checks that images of a side can be played on and held, before they are made.

    Args:
        network: The network; its modules are built without contents.
        c: Its controls.
        data: What it has to know of the data, at another side.
        side: Of the images, px.
        images: How many there will be.

    Raises:
        BadInput: The network has no such size, or the images do not fit into half of the memory that is free.
    """
    rng = torch.Generator()  # nothing is drawn from it
    shown = _at_side(data, side)
    with torch.device("meta"):
        network().modules(c, shown, lambda purpose: rng)
    available = free(torch.device("cpu"))
    needed = images * math.prod(shown.x)
    if available is not None and needed > available / 2:
        raise BadInput(f"{images:,} images of {side} px need {_readable(needed)} of memory and "
                       f"{_readable(available)} are free: try a smaller resolution")


def free(device: torch.device) -> int | None:
    """Bytes that a run may still take on a device; None if the system does not say."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + unused
    known = [of for of in (_system_free(), _group_free(GROUPS)) if of is not None]
    return min(known, default=None)


def _system_free() -> int | None:
    if MEMINFO.exists():
        found = re.search(r"^MemAvailable:\s+(\d+) kB$", MEMINFO.read_text(), re.MULTILINE)
        return int(found[1]) * 1024 if found else None
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def _group_free(groups: Path) -> int | None:
    """Bytes left below the limit of the process's control group; None if there is no limit."""
    try:
        limit, current = ((groups / name).read_text().strip() for name in ("memory.max", "memory.current"))
        statistics = (groups / "memory.stat").read_text()
    except OSError:
        return None
    if limit == "max":
        return None
    cached = re.search(r"^inactive_file (\d+)$", statistics, re.MULTILINE)  # given back when memory is short
    return max(0, int(limit) - int(current) + (int(cached[1]) if cached else 0))


def explained(fault: BaseException) -> str:
    """Explains in one sentence a fault that means that memory ran out; empty for any other fault.

    torch on the CPU raises a plain RuntimeError, on CUDA an error of its own, NumPy and Python a MemoryError.
    """
    words = str(fault)
    bytes_, units = re.search(r"allocate (\d+) bytes", words), re.search(r"allocate ([\d.]+) ([KMGTP]?)i?B", words)
    on_cpu = isinstance(fault, RuntimeError) and "can't allocate memory" in words
    if not (on_cpu or isinstance(fault, MemoryError | torch.OutOfMemoryError)):
        return ""
    asked = ""
    if bytes_:
        asked = f": {_readable(int(bytes_[1]))} more were needed at once"
    elif units:
        asked = f": {_readable(float(units[1]) * 1024 ** ' KMGTP'.index(units[2] or ' '))} more were needed at once"
    left = re.search(r"of which ([\d.]+) ([KMGTP]?)i?B is free", words)
    if asked and left:
        asked += f" and {_readable(float(left[1]) * 1024 ** ' KMGTP'.index(left[2] or ' '))} were free"
    return f"out of memory{asked}: try a smaller batch_size, width or resolution"


def _readable(size: float) -> str:
    """A number of bytes in a unit that a person reads easily."""
    for unit, least in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= least:
            return f"{size / least:.{0 if size >= 10 * least else 1}f} {unit}"
    return f"{size / 1e6:.1f} MB"


def footprint(plan: Plan) -> Footprint:
    """Estimates what a run will take in addition to the process: players, optimisers, average and updates."""
    return _footprint(msgspec.structs.replace(plan, controls=msgspec.structs.replace(plan.controls, batch_size=1)))


@lru_cache(maxsize=128)
def _footprint(plan: Plan) -> Footprint:
    """The same for a plan whose batch size is ignored: another batch size needs no second rehearsal."""
    (lasting, small), (_, large) = (_rehearsed(plan, n) for n in BATCHES)
    if len(small) != len(large):  # the variant does other operations with another batch: compare the peaks alone
        small, large = [max(small)], [max(large)]
    slopes = [ALLOCATOR * (b - a) / (BATCHES[1] - BATCHES[0]) for a, b in zip(small, large, strict=True)]
    fixed = [ALLOCATOR * a - slope * BATCHES[0] for a, slope in zip(small, slopes, strict=True)]
    peaks = _peaks(zip(fixed, slopes, strict=True))
    return Footprint(ALLOCATOR * lasting, tuple(a for a, _ in peaks), tuple(b for _, b in peaks))


def _peaks(moments: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The moments of thousands to which no other is equal or above at every batch size: some ten."""
    found: list[tuple[float, float]] = []
    for fixed, per_image in sorted(set(moments), reverse=True):
        if not found or per_image > found[-1][1]:
            found.append((fixed, per_image))
    return found


def _rehearsed(plan: Plan, n: int) -> tuple[int, list[int]]:
    """Bytes between two updates, and after each operation of an update of each player, with a batch of n."""
    c, nc, data = plan.controls, plan.network_controls, plan.data
    rng = torch.Generator()  # nothing is drawn from it
    with torch.device("meta"), _Living() as living:
        variant, network = plan.variant(), plan.network()  # in here: some have tensors of their own, which count
        modules = network.modules(nc, data, lambda purpose: rng)
        if "D" in modules:
            modules["D"] = variant.wrap_discriminator(modules["D"], c, rng)
        levels = levels_of(modules)
        averaged = [modules[name] for name in variant.averaged if name in modules]
        average = [torch.empty_like(p) for module in averaged for p in module.parameters()]
        together = not network.batch_dependence(nc)
        played = {name: _Rehearsal(module, plan.precision, together=together) for name, module in modules.items()}
        lasting, moments, remembered = 0, [], variant.remembered_bytes(c, data)
        for phase in variant.phases(levels, c):
            players = _players(modules, variant, c, phase)
            living.moments.clear()
            lasting = max(lasting, living.now + remembered)
            shown = data if phase.stage is None else _at_side(data, phase.stage.resolution)
            waiting = _batch(shown, n)  # the next batch, which is gathered during the update
            draw, latent = partial(_batch, shown, n), partial(torch.empty, n, nc.latent_dim)
            labels = partial(torch.zeros, n, dtype=torch.int64)
            for name, player in players.items():
                for step, place in variant.kinds_of_update(name, c):
                    turn = Turn(name, 0, phase, rng, played, draw, latent, labels, torch.no_grad, place, step)
                    learn(variant, c, turn, player, variant.pace(name, c))
            moments += [now + remembered for now in living.moments]
            del waiting, players, player, turn
        del average, averaged
    return lasting, moments


def _players(
    modules: dict[str, nn.Module], variant: Variant[Any], c: GameControls, phase: Phase,
) -> dict[str, Player]:
    """Makes the players of a phase, and brings their modules to its stage."""
    if phase.stage is not None:
        for module in modules.values():
            if isinstance(module, Growable):
                module.set_stage(phase.stage)
    return {name: Player([modules[module] for module in team], variant.optimiser(name, c))
            for name, team in variant.players(phase).items()}


def _at_side(data: DataShape, side: int) -> DataShape:
    """The same data with images, and sources if there are any, of another side."""
    source = (data.source[0], side, side) if data.source else ()
    return msgspec.structs.replace(data, x=(data.x[0], side, side), source=source)


def _batch(data: DataShape, n: int) -> Batch:
    return Batch(
        torch.empty(n, *data.x), torch.zeros(n, dtype=torch.int64) if data.classes else None,
        torch.empty(n, *data.source) if data.source else None,
        torch.zeros(n, len(data.attributes), dtype=torch.int64) if data.attributes else None,
        torch.empty(n, data.place) if data.place else None)


class _Rehearsal(PlayedModule):
    """A module on tensors without contents. Autocast ignores them, so its conversions are done here."""

    def __call__(self, x: Any, *given: Any) -> Any:
        if not self._precision.bfloat16 or getattr(self.module, "in_float32", False):
            return self.module(x, *given)
        weights = {name: parameter.bfloat16() for name, parameter in self.module.named_parameters()}
        narrow = tree_map(_narrowed, (x, *given))
        return widened(functional_call(self.module, weights, narrow), self._precision)


def _narrowed(part: Any) -> Any:
    return part.bfloat16() if isinstance(part, Tensor) and part.is_floating_point() else part


# These copy what they read and write into blocks that suit the machine.
_CONVOLUTIONS = (torch.ops.aten.convolution.default, torch.ops.aten.convolution_backward.default)


class _Living(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the storages that live at the same time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = 0
        self.moments: list[int] = []
        self._known: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None,
    ) -> Any:
        made = computed(func, args, kwargs or {})
        met = [tensor for tensor in tree_leaves(made) if isinstance(tensor, Tensor)]
        for tensor in met:
            self._meet(tensor.untyped_storage())
        workspace = 0
        if func in _CONVOLUTIONS:
            workspace = sum(tensor.nbytes for tensor in [*args, *met] if isinstance(tensor, Tensor))
        self.moments.append(self.now + workspace)
        return made

    def _meet(self, storage: torch.UntypedStorage) -> None:
        if storage not in self._known:
            self._known.add(storage)
            size = storage.nbytes()
            self.now += size
            weakref.finalize(storage, self._part, size)

    def _part(self, size: int) -> None:
        self.now -= size
