"""What a run lacks that a panel needs, in words: a panel that is shown all the same says so."""

from __future__ import annotations

from collections.abc import Collection

from ganstudio.core.leaves import ABILITIES

WITHOUT = {
    "latent": "its G draws from no latent",
    "label": "its images have no labels",
    "source": "its G translates no images",
    "attributes": "its images have no named attributes",
    "place": "its G is not asked where the figure is to be",
    "label maps": "its data has no label maps",
    "seasons": "its data has no summers and winters",
    "phases": "its networks do not grow",
    "scores": "the loss of its D is not made of scores of single images",
    "patches": "its D scores whole images, not patches",
    "domains": "its G cannot be asked for a class or an attribute",
    "board": "its G takes nothing that can be drawn by hand",
    "norms": "its G draws no label maps with one of six norms",
    "parallel lines": "its data is not a pair of parallel lines",
    "styles": "its G has no styles",
    "levels": "its G makes images of one size only",
    "placement": "its G cannot be asked to move or turn an image",
    "one image": "its data is more than one image",
    "codes": "it has no codebook",
    "scales": "its images are made at one size only",
    "skips": "its images are not a sum of what each level adds",
}
"""Ability -> a clause about a run without it."""


def what_is_missing(needs: Collection[str], has: Collection[str]) -> str:
    """The first thing that a run lacks, as a clause; empty if it lacks nothing.

    Args:
        needs: What a leaf needs, of `core.leaves.ABILITIES`.
        has: What the run has.
    """
    return next((WITHOUT[ability] for ability in ABILITIES if ability in needs and ability not in has), "")
