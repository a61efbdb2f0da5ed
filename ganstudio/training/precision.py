"""The dtype and memory format that the players compute in: chosen by a short test, then kept in the spec.

Weights, losses, penalties and optimisers are always float32; bfloat16 is what autocast uses between layers.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median

import msgspec
import torch
from torch import Tensor, nn

from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.progress import report
from ganstudio.core.system.resources import cache_folder

DTYPES = ("auto", "float32", "bfloat16")
MEMORIES = ("auto", "contiguous", "channels_last")
WORTH_BFLOAT16 = 1.25  # how many times faster than float32 it must be: it has only eight bits of precision
WORTH_CHANNELS_LAST = 1.05  # how many times faster than contiguous it must be: the results are equally precise
REPEATS = 3
FILE = "precision.json"
HOPELESS = 4.0  # a candidate this many times slower in its first pass is dropped: some machines emulate bfloat16


class Precision(msgspec.Struct, frozen=True):
    """How the players of one run compute."""

    device_type: str  # "cpu", "cuda", as torch.device.type
    bfloat16: bool
    channels_last: bool

    def computing(self) -> AbstractContextManager[object]:
        """A fresh context in which forward passes run; entering it costs some ten microseconds."""
        if not self.bfloat16:
            return nullcontext()
        return torch.autocast(self.device_type, torch.bfloat16)

    def widened(self, x: Tensor) -> Tensor:
        """The output of autocast in float32; anything else as it is."""
        return x.float() if self.bfloat16 else x

    @property
    def memory_format(self) -> torch.memory_format:
        """The memory format of images and kernels, for ``Tensor.contiguous``."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    @property
    def dtype(self) -> str:
        """The dtype's name in ``Spec.dtype``."""
        return "bfloat16" if self.bfloat16 else "float32"

    @property
    def memory(self) -> str:
        """The memory format's name in ``Spec.memory``."""
        return "channels_last" if self.channels_last else "contiguous"


PLAIN = Precision("cpu", False, False)

_verdicts: dict[str, Precision] = {}  # results of the test, by machine and request


def chosen(
    dtype: str, memory: str, device: torch.device, try_it: Callable[[Precision], float] | None = None
) -> Precision:
    """Chooses the precision for what a spec asks for on this machine.

    Args:
        dtype: "auto", "float32" or "bfloat16".
        memory: "auto", "contiguous" or "channels_last".
        device: Where the run computes. On the CPU "auto" is decided by timing a small stack of convolutions,
            once per machine and build of torch; on CUDA it is bfloat16 and channels_last if the device
            has bfloat16; elsewhere it is float32 and contiguous.
        try_it: Measures the seconds of a pass in a given precision, instead of the small stack; its result is not
            kept.

    Raises:
        BadInput: A word is not known, or the device does not have the bfloat16 that was asked for.
    """
    if dtype not in DTYPES:
        raise unknown("dtype", dtype, DTYPES)
    if memory not in MEMORIES:
        raise unknown("memory format", memory, MEMORIES)
    if dtype == "bfloat16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
        raise BadInput(
            f"{torch.cuda.get_device_name(device)} does not have dtype bfloat16: allowed are float32 and auto")
    candidates = [
        Precision(device.type, bfloat16, channels_last)
        for bfloat16 in (False, True) if dtype in ("auto", "bfloat16" if bfloat16 else "float32")
        for channels_last in (False, True) if memory in ("auto", "channels_last" if channels_last else "contiguous")
    ]
    if len(candidates) == 1:
        return candidates[0]
    if device.type == "cuda":
        return candidates[-1] if torch.cuda.is_bf16_supported() else candidates[0]
    if device.type != "cpu":
        return candidates[0]
    if try_it is not None:
        return _fastest(candidates, try_it)
    key = f"{_machine()}, {dtype}, {memory}"
    if key not in _verdicts:
        report("timing number formats on this machine, once", 0, 0)
        _verdicts[key] = _kept(key, candidates) or _fastest(candidates, _SmallStack(device))
        _keep(key, _verdicts[key])
    return _verdicts[key]


def _machine() -> str:
    """The key of a test result: another build of torch or another processor is tested again."""
    return f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"


def _kept(key: str, candidates: list[Precision]) -> Precision | None:
    """The result of an earlier test: a busy machine must not make the same command train differently."""
    try:
        kept = msgspec.json.decode((cache_folder() / FILE).read_bytes(), type=dict[str, Precision])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return kept[key] if kept.get(key) in candidates else None


def _keep(key: str, verdict: Precision) -> None:
    """Stores a result; if that fails, the next process tests again."""
    path = cache_folder() / FILE
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, Precision])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        kept = {}
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.encode({**kept, key: verdict}))
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)


def _fastest(candidates: list[Precision], try_it: Callable[[Precision], float]) -> Precision:
    """The fastest candidate, if bfloat16 and channels_last gain as much as they must to be worth it."""
    seconds = _timed(candidates, try_it)

    def handicapped(candidate: Precision) -> float:
        handicap = WORTH_BFLOAT16 if candidate.bfloat16 else 1.0
        return seconds[candidate] * handicap * (WORTH_CHANNELS_LAST if candidate.channels_last else 1.0)

    return min(candidates, key=handicapped)  # if two are equal, the first, which is the simpler one


def _timed(candidates: list[Precision], try_it: Callable[[Precision], float]) -> dict[Precision, float]:
    """Median seconds of each candidate; infinite if its first pass was hopelessly slow."""
    found: dict[Precision, list[float]] = {candidate: [] for candidate in candidates}
    best = math.inf
    for candidate in candidates:
        try_it(candidate)  # not timed: it compiles kernels
        first = try_it(candidate)
        if first <= HOPELESS * best:
            found[candidate].append(first)
            best = min(best, first)
    for _ in range(REPEATS - 1):  # in turn, so that a busy moment of the machine slows all of them
        for candidate, times in found.items():
            if times:
                times.append(try_it(candidate))
    return {candidate: median(times) if times else math.inf for candidate, times in found.items()}


class _SmallStack:
    """Times a forward and a backward pass through a strided convolution and its transpose, as DCGAN has them."""

    def __init__(self, device: torch.device) -> None:
        rng = torch.Generator().manual_seed(0)
        with torch.random.fork_rng(devices=[]):  # torch draws initial weights from the global generator
            self.net = nn.Sequential(
                nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
                nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
            ).to(device)
        self.x = torch.randn(32, 64, 16, 16, generator=rng).to(device)
        self.parameters = list(self.net.parameters())

    def __call__(self, precision: Precision) -> float:
        """Seconds that one core was busy. Wall-clock time would depend on what else the machine does."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return self._passed(precision)
        finally:
            torch.set_num_threads(threads)

    def _passed(self, precision: Precision) -> float:
        for p in self.parameters:
            if p.dim() == 4:
                p.data = p.data.contiguous(memory_format=precision.memory_format)
        x = self.x.contiguous(memory_format=precision.memory_format)
        began = time.thread_time()
        with precision.computing():
            y = self.net(x)
        torch.autograd.grad(y.float().square().mean(), self.parameters)
        return time.thread_time() - began
