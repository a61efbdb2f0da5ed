"""The toys are leaves while a test runs."""

from __future__ import annotations

import pytest
from casts_kit import TOYS

from ganstudio.core import leaves
from ganstudio.training.resolve_spec import datasets, networks, variants


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    for walk in variants, networks, datasets:
        walk()
    for folder, found in TOYS.items():
        for leaf in found:
            monkeypatch.setitem(leaves._KNOWN[f"ganstudio.{folder}"].leaves, leaf.name, leaf)
