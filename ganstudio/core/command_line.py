"""The ``ganstudio train`` line that repeats a run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Applied
from ganstudio.core.protocol.spec import STREAMS, Spec


def as_command(spec: Spec, steps: int, changes: Sequence[Applied], usual: Mapping[str, Mapping[str, Value]]) -> str:
    """The words of a resolved spec; values that are the default are left out.

    Args:
        spec: The run's, whole.
        steps: How many it has done.
        changes: What the user changed: each becomes an ``--at``. Single steps of one player have no such word.
        usual: For ``controls``, ``network_controls`` and ``data_controls`` their defaults.
    """
    words = ["ganstudio", "train", "--variant", spec.variant, "--data", spec.data, "--network", spec.network,
             "--preset", spec.preset, "--seed", str(spec.seed), "--device", spec.device, "--threads", str(spec.threads)]
    if spec.dtype != "auto":
        words += ["--dtype", spec.dtype]
    if spec.memory != "auto":
        words += ["--memory", spec.memory]
    if 0 < spec.streams < STREAMS:
        words += ["--streams", str(spec.streams)]
    if spec.backward == "autograd":
        words += ["--backward", spec.backward]
    if spec.graphs:
        words += ["--graphs"]
    for option, part in (("--set", "controls"), ("--data-set", "data_controls"), ("--net-set", "network_controls")):
        values: dict[str, Value] = getattr(spec, part)
        for name, value in values.items():
            if usual.get(part, {}).get(name) != value:
                words += [option, f"{name}={_text(value)}"]
    for change in changes:
        if change.position.steps < steps:
            words += ["--at", f"{change.position.steps}:{change.name}={_text(change.value)}"]
    return shlex.join([*words, "--steps", str(steps)])


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    return repr(value) if isinstance(value, float) else str(value)
