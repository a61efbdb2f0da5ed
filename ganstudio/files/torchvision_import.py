"""The one door to torchvision, which does not open by itself everywhere.

torchvision's compiled operators are built for one build of torch. Beside another (the registry's torchvision is the
CUDA build, installed beside a CPU-only torch) they do not load, and the import raises RuntimeError, "operator
torchvision::nms does not exist": the operators' shapes are registered before any check that they exist.
Declared by name, without a body, that goes through. Data sets, models, transforms and ``make_grid`` then work;
``ops.nms`` and ``io.read_image`` do not, and nothing here needs them.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType

import torch

# Operators whose shapes torchvision registers on import, as its own C++ declares them (0.21 to 0.28; qnms is newer).
DECLARED = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_LOCK = threading.Lock()
_KEPT: list[torch.library.Library] = []  # what is declared lasts as long as this object


def import_torchvision() -> ModuleType:
    """torchvision, with ``datasets`` and ``models`` on it. The first call takes some 2 s.

    Raises:
        ImportError: It is not installed, or does not fit this torch in any other way.
    """
    with _LOCK:
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as fault:
            if "torchvision::" not in str(fault) or _KEPT:
                raise ImportError(f"torchvision does not fit torch {torch.__version__}: {fault}") from fault
        # First try, then declare: if the compiled operators do load, a second declaration would be refused.
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        _KEPT.append(library)
        for schema in DECLARED:
            library.define(schema)  # type: ignore[no-untyped-call]
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as fault:
            raise ImportError(f"torchvision does not fit torch {torch.__version__}: {fault}") from fault
