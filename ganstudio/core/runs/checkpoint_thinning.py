"""Which checkpoints of a run can go: they lie the denser the nearer they are to its newest moment."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 32  # checkpoints of one run
AMPLE, FEWER = 64 << 20, 12  # bytes beyond which a run keeps fewer checkpoints than MOST, and how many then

Kept = tuple[int, int, int, bool]  # id, updates of both players, bytes, pinned


def dispensable(
    kept: Sequence[Kept], budget: int, most: int = MOST, ample: int = AMPLE, fewer: int = FEWER,
) -> list[int]:
    """Ids to delete until at most ``most`` checkpoints of together ``budget`` bytes are left.

    Of more than ``ample`` bytes only ``fewer`` are left: a large network's run must not fill a disk, and is shorter.

    The least useful goes first: the one whose going leaves the smallest gap, measured by how far back it
    lies. So gaps grow with the distance to the newest, and their number with the logarithm of the run's
    length. The first, the newest and pinned ones stay for any size.
    """
    left = sorted(kept, key=lambda one: (one[1], one[0]))
    gone: list[int] = []
    while len(left) > most or (size := sum(one[2] for one in left)) > budget or (len(left) > fewer and size > ample):
        newest = left[-1][1]
        candidates = [
            ((left[at + 1][1] - left[at - 1][1]) / (newest - left[at - 1][1] + 1), at)
            for at in range(1, len(left) - 1) if not left[at][3]
        ]
        if not candidates:
            break
        gone.append(left.pop(min(candidates)[1])[0])
    return gone
