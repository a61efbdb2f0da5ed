"""Lessons that tests write."""

from __future__ import annotations

from pathlib import Path

TINY = """\
+++
format = 1
title = "Tiny"
minutes = 5
summary = "Two steps."

[[step]]
run = { variant = "wgan-gp", data = "ring", controls = { batch_size = 8 }, network_controls = { width = 4, depth = 1 } }
until = 4
[[step.claim]]
text = "Four steps were made."
quantity = "step"
above = 3.5
below = 4.5

[[step]]
change = { gp_weight = 2.0 }
until = 6
[[step.claim]]
text = "The penalty is 2."
quantity = "control:gp_weight"
above = 1.9
below = 2.1
+++
Introduction with $x$.

## First

Prose.

### Question

Why?

### Answer

Because.

## Second

More.
"""


def write(folder: Path, text: str = TINY, name: str = "tiny") -> Path:
    """Writes a lesson; returns its folder."""
    lesson = folder / name
    lesson.mkdir(parents=True, exist_ok=True)
    (lesson / "lesson.md").write_text(text, encoding="utf-8")
    return lesson
