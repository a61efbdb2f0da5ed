"""`make gpu-check`: what holds on this machine's GPU, and how fast it is, within six minutes.

The tests marked ``gpu`` run on the GPU, then `ganstudio bench gpu`. Without a GPU the same tests run on the CPU, in the
few cases that `make test` has too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 345.0  # of all; what is not done by then is ended
TESTS_S = 180.0  # of the tests alone
NONE = "There is no GPU here that torch can use: the tests of a GPU run on the CPU, and nothing is measured."


def main() -> int:
    """Runs the tests and the benchmark; 1 if a test fails, or if something takes too long."""
    began = time.monotonic()
    there = torch.cuda.is_available()
    if there:
        print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, CUDA {torch.version.cuda}", flush=True)
    else:
        print(NONE, flush=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(GANSTUDIO_HOME=home, QT_QPA_PLATFORM="offscreen",
                          GANSTUDIO_TEST_DEVICE="cuda" if there else "cpu")
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "OMP_NUM_THREADS"):
            os.environ.pop(name, None)
        failed = _ran("the tests", ["pytest", "-m", "gpu", "-p", "no:xdist", "tests/gpu"], TESTS_S)
        if there:
            left = LIMIT_S - (time.monotonic() - began)
            failed = _ran("the benchmark", ["ganstudio", "bench", "gpu"], left) or failed
    print(f"{'Something failed' if failed else 'All well'}, in {time.monotonic() - began:.0f} s")
    return int(failed)


def _ran(what: str, words: list[str], seconds: float) -> bool:
    """Runs a module of Python from the folder of the program; whether it failed."""
    try:
        return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=False, timeout=seconds).returncode != 0
    except subprocess.TimeoutExpired:
        print(f"Broken off after {seconds:.0f} s: {what}", flush=True)
        return True


if __name__ == "__main__":
    sys.exit(main())
