"""The ring's modes lie on distinct angles."""

from __future__ import annotations

import numpy as np

from ganstudio.datasets.ring import Ring, RingControls


def test_eight_modes_have_eight_angles() -> None:
    """A linspace over both ends lays two on one spot: seven angles."""
    modes = Ring(RingControls()).modes
    angles = np.arctan2(modes.centres[:, 1], modes.centres[:, 0]) % (2 * np.pi)
    np.testing.assert_allclose(np.diff(np.sort(angles)), np.pi / 4)
    np.testing.assert_allclose(np.linalg.norm(modes.centres, axis=1), 1.414)
