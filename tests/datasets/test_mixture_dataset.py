"""A mixture on a line: its numbers must fit together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.mixture import Mixture, MixtureControls


def test_weights_are_normalised() -> None:
    data = Mixture(validated(MixtureControls, {"weights": "1,3", "means": "0,1", "sds": "1,2"}))
    np.testing.assert_allclose(data.modes.weights, [0.25, 0.75])


def test_one_gaussian_is_a_mixture() -> None:
    data = Mixture(validated(MixtureControls, {"weights": "2", "means": "3", "sds": ".5"}))
    assert (data.extent.low, data.extent.high) == (0.75, 5.25)
    np.testing.assert_allclose(data.cdf(np.array([2.5, 3.0])), [0.15865525393145707, 0.5])
    assert data.sample(5, torch.Generator().manual_seed(0)).shape == (5, 1)


def test_the_defaults_have_the_papers_moments() -> None:
    modes = Mixture(MixtureControls()).modes
    mean = float(modes.weights @ modes.centres[:, 0])
    variance = float(modes.weights @ (modes.sds**2 + modes.centres[:, 0] ** 2)) - mean**2
    assert mean == pytest.approx(1.01)
    assert variance**0.5 == pytest.approx(1.8304, abs=1e-4)  # forward KL's exact fit keeps both moments


@pytest.mark.parametrize(("values", "words"), [
    ({"weights": "1,1,1"}, ["weights, means and sds", "3, 2 and 2"]),
    ({"means": "1"}, ["2, 1 and 2"]),
    ({"weights": "0,1"}, ["weights = 0", "positive"]),
    ({"weights": "-1,1"}, ["weights = -1"]),
    ({"sds": "0,1"}, ["sds = 0", "positive"]),
    ({"sds": "-1,1"}, ["sds = -1"]),
    ({"sds": "1e-300,1"}, ["sds = 1e-300", "at least 0.0001"]),
    ({"means": "nan,1"}, ["means"]),
])
def test_numbers_that_do_not_fit_are_refused(values: dict[str, str], words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        validated(MixtureControls, values, of="data set mixture")
    for word in words:
        assert word in str(caught.value)
