"""What decides the last bits of a run beside its spec: on which machine it is computed, and with which builds."""

from __future__ import annotations

import functools
import platform
from pathlib import Path

import torch

import ganstudio
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.format import Machine
from ganstudio.core.system.wording import counted

CPU_INFO = Path("/proc/cpuinfo")


@functools.cache
def this_machine() -> Machine:
    """The processor and the instructions that torch uses of it."""
    return Machine(processor=_processor(), instructions=str(torch.backends.cpu.get_cpu_capability()),
                   system=f"{platform.system()} {platform.machine()}")


def _processor() -> str:
    try:
        for line in CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()[:100]
    except OSError:
        pass
    return platform.processor()[:100] or platform.machine()


def other_conditions(spec: Spec, machines: list[Machine], threads: int | None) -> list[str]:
    """What is not as it was when a run was made, of all that may move its last bits; a part of a sentence each.

    Args:
        spec: Of the run.
        machines: On which it was computed; none if its file does not say.
        threads: With how many CPU threads it is repeated, if not with its own number.
    """
    found = []
    if threads is not None and threads != spec.threads:
        found.append(f"it was made with {counted(spec.threads, 'thread')} and is repeated with {threads}")
    here = str(torch.__version__)
    if spec.torch and spec.torch != here:
        found.append(f"it was made with torch {spec.torch}, and {here} is here")
    if spec.version and spec.version != ganstudio.__version__:
        found.append(f"it was made with GAN Studio {spec.version}, and this is {ganstudio.__version__}")
    now = this_machine()
    found.extend(f"it was made on {_shown(was)}, and this is {_shown(now)}" for was in machines if was != now)
    return found


def _shown(machine: Machine) -> str:
    return f"{machine.processor} ({machine.instructions}, {machine.system})"


def cause_of_difference(spec: Spec, machines: list[Machine], threads: int | None) -> str:
    """What is known of why a run does not come out the same, as the end of a sentence."""
    if other := other_conditions(spec, machines, threads):
        return f"{'; '.join(other)}: each of these may change the last digits of a number, and all that follows from it"
    same = f"torch and the {counted(spec.threads, 'thread')} are the same as then"
    if machines:
        return (f"the processor, {same}: so the file's log, terms or checkpoints are not those that the run has made, "
                "but damaged or changed")
    return (f"{same}; the file does not say on which processor it was made: another one may round otherwise, and on "
            "the same one the file's log, terms or checkpoints are damaged or changed")
