"""Principal directions: those of a known covariance, with signs that do not depend on the sample."""

from __future__ import annotations

import pytest
import torch

from ganstudio.maths.principal_directions import principal_directions


def test_the_axes_of_a_known_cloud_are_found() -> None:
    turn, _ = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64))
    sds = torch.tensor([3.0, 2.0, 1.0, 0.5, 0.2, 0.1], dtype=torch.float64)
    cloud = torch.randn(200_000, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * sds @ turn.T + 5
    found = principal_directions(cloud, 3)
    torch.testing.assert_close(found.sds, sds[:3], rtol=0.01, atol=0)
    torch.testing.assert_close(found.mean, torch.full((6,), 5.0, dtype=torch.float64), rtol=0.01, atol=0)
    for at in range(3):
        assert abs(float(found.directions[at] @ turn[:, at])) == pytest.approx(1, abs=1e-3)
        assert found.directions[at].abs().max() == found.directions[at].max()
    torch.testing.assert_close(found.directions @ found.directions.T, torch.eye(3, dtype=torch.float64))
    assert float(found.shares.sum()) == pytest.approx(14 / 14.3, abs=1e-3)


def test_a_sample_that_does_not_vary_has_no_shares() -> None:
    found = principal_directions(torch.ones(10, 4), 9)
    assert found.directions.shape == (4, 4) and found.directions.dtype == torch.float32
    assert float(found.sds.max()) == 0 and float(found.shares.max()) == 0
