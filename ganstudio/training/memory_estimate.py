"""How much memory a run will need, told before it is taken, and what to do where there is less.

The players are built and an update of each rehearsed on tensors that have shapes but no contents, with two small
batches, while what lives at the same time is added up. Every moment of an update takes so much, and so much more for
an image: from two batches follows what any batch takes. A rehearsal takes .1 to .5 s of one core; the first one of a
process takes one more second, in which torch imports how it reckons with shapes.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ganstudio.core.dataset import Batch, DataShape
from ganstudio.core.network import Growable, Network, NetworkControls
from ganstudio.core.system.errors import BadInput
from ganstudio.core.turn import Turn
from ganstudio.core.variant import GameControls, Variant
from ganstudio.training.players import PlayedModule, Player, learn, widened
from ganstudio.training.precision import Precision

BATCHES = (4, 8)  # rehearsed: both whole groups of a minibatch standard deviation
# What a process grew by over what was added up: DCGAN at 64 px, batches of 16 to 256, both dtypes: 1.2 to 1.37.
ALLOCATOR = 1.3
MEMINFO = Path("/proc/meminfo")
GROUPS = Path("/sys/fs/cgroup")
SMALLEST = 2  # images of a batch that batch norm can play with


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A run on images, as far as its memory depends on it."""

    variant: type[Variant[Any]]
    controls: GameControls
    network: type[Network[Any]]
    network_controls: NetworkControls
    data: DataShape
    precision: Precision


class Footprint(msgspec.Struct, frozen=True):
    """What every moment of a step takes, in bytes, and how much more it takes for each image of the batch."""

    lasting: float  # between two updates: the players, their optimisers, the average
    fixed: tuple[float, ...]
    per_image: tuple[float, ...]

    def of(self, batch_size: int) -> int:
        """Bytes at the peak."""
        return int(max(a + b * batch_size for a, b in zip(self.fixed, self.per_image, strict=True)))

    def batch_that_fits(self, available: float) -> int:
        """The largest power of two whose peak fits; 0 where not even two images do."""
        size = 1 << 20
        while size >= SMALLEST and self.of(size) > available:
            size >>= 1
        return size if size >= SMALLEST else 0


def check(plan: Plan, device: torch.device, *, running: bool = False) -> None:
    """Holds a run, or a change to one, against the memory that there is.

    Args:
        plan: As the run would be.
        device: Where it is played.
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
    raise BadInput(
        f"a batch of {plan.controls.batch_size} images of {plan.data.x[-1]} px needs about {_told(asked)} of memory "
        f"and {_told(available)} are free: try {f'batch_size {fits}' if fits else 'a smaller width or resolution'}")


def free(device: torch.device) -> int | None:
    """Bytes that a run may still take on a device; None where the system does not say."""
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
    """Bytes below the limit of the control group that the process runs in; None where there is no limit."""
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
    """What is said of a fault that means that memory ran out, in one sentence; empty for any other fault.

    torch on the CPU raises a plain RuntimeError, on CUDA an error of its own, NumPy and Python a MemoryError.
    """
    words = str(fault)
    bytes_, units = re.search(r"allocate (\d+) bytes", words), re.search(r"allocate ([\d.]+) ([KMGTP]?)i?B", words)
    on_cpu = isinstance(fault, RuntimeError) and "can't allocate memory" in words
    if not (on_cpu or isinstance(fault, MemoryError | torch.OutOfMemoryError)):
        return ""
    asked = ""
    if bytes_:
        asked = f": {_told(int(bytes_[1]))} more were needed at once"
    elif units:
        asked = f": {_told(float(units[1]) * 1024 ** ' KMGTP'.index(units[2] or ' '))} more were needed at once"
    left = re.search(r"of which ([\d.]+) ([KMGTP]?)i?B is free", words)
    if asked and left:
        asked += f" and {_told(float(left[1]) * 1024 ** ' KMGTP'.index(left[2] or ' '))} were free"
    return f"out of memory{asked}. Try a smaller batch_size, width or resolution"


def _told(size: float) -> str:
    """Bytes as a person reads them."""
    for unit, least in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= least:
            return f"{size / least:.{0 if size >= 10 * least else 1}f} {unit}"
    return f"{size / 1e6:.1f} MB"


def footprint(plan: Plan) -> Footprint:
    """What a run will take beside what the process has already: players, optimisers, average and updates."""
    return _footprint(msgspec.structs.replace(plan, controls=msgspec.structs.replace(plan.controls, batch_size=1)))


@lru_cache(maxsize=8)
def _footprint(plan: Plan) -> Footprint:
    """The same for a plan whose batch size means nothing: a batch that moves needs no other rehearsal."""
    (lasting, small), (_, large) = (_rehearsed(plan, n) for n in BATCHES)
    if len(small) != len(large):  # a variant that goes other ways with other scores: both peaks count as one moment
        small, large = [max(small)], [max(large)]
    slopes = [ALLOCATOR * (b - a) / (BATCHES[1] - BATCHES[0]) for a, b in zip(small, large, strict=True)]
    fixed = tuple(ALLOCATOR * a - slope * BATCHES[0] for a, slope in zip(small, slopes, strict=True))
    return Footprint(ALLOCATOR * lasting, fixed, tuple(slopes))


def _rehearsed(plan: Plan, n: int) -> tuple[int, list[int]]:
    """Bytes of the players at rest, and after each operation of an update of each of them with a batch of n."""
    c, nc, data = plan.controls, plan.network_controls, plan.data
    rng = torch.Generator()  # nothing is drawn from it
    with torch.device("meta"), _Living() as living:
        variant, network = plan.variant(), plan.network()  # here, for some keep tensors of their own
        modules = network.modules(nc, data, lambda purpose: rng)
        if "D" in modules:
            modules["D"] = variant.wrap_discriminator(modules["D"], c, rng)
        levels = min((module.levels for module in modules.values() if isinstance(module, Growable)), default=0)
        phase = variant.phase(0, levels, c)
        players = {
            name: Player([modules[module] for module in team], variant.optimiser(name, c))
            for name, team in variant.players(phase).items()}
        average = [torch.empty_like(p) for name in ("G",) if name in modules for p in modules[name].parameters()]
        together = not network.batch_dependence(nc)
        played = {name: _Rehearsal(module, plan.precision, together=together) for name, module in modules.items()}
        living.moments.clear()
        lasting = living.now
        waiting = _batch(data, n)  # the next batch is gathered meanwhile
        for name, player in players.items():
            turn = Turn(name, 0, phase, rng, played, lambda: _batch(data, n), lambda: torch.empty(n, nc.latent_dim),
                        lambda: torch.zeros(n, dtype=torch.int64), torch.no_grad)
            learn(variant, c, turn, player, variant.pace(name, c))
        del waiting, average
    return lasting, living.moments


def _batch(data: DataShape, n: int) -> Batch:
    return Batch(
        torch.empty(n, *data.x), torch.zeros(n, dtype=torch.int64) if data.classes else None,
        torch.empty(n, *data.source) if data.source else None)


class _Rehearsal(PlayedModule):
    """A module on tensors without contents. Autocast passes these by: its part is done by hand."""

    def __call__(self, x: Any, *given: Any) -> Any:
        if not self._precision.bfloat16:
            return self.module(x, *given)
        weights = {name: parameter.bfloat16() for name, parameter in self.module.named_parameters()}
        narrow = tuple(part.bfloat16() if isinstance(part, Tensor) and part.is_floating_point() else part
                       for part in (x, *given))
        return widened(functional_call(self.module, weights, narrow), self._precision)


# These lay what they read and write out anew, in blocks that suit the machine.
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
        made = func(*args, **(kwargs or {}))
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
