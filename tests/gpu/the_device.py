"""Which device the tests of this folder run on: the CPU, or the GPU if `make gpu-check` asks for it."""

from __future__ import annotations

import os

DEVICE = os.environ.get("GANSTUDIO_TEST_DEVICE", "cpu")
ON_GPU = DEVICE == "cuda"
