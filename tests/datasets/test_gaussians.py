"""Gaussians of one's own: the lists mean what they say, and those that do not fit together are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import pdist

from ganstudio.core.control import validated, values
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.gaussians import Gaussians, GaussiansControls


def gaussians(**controls: Any) -> Gaussians:
    return Gaussians(validated(GaussiansControls, controls, of="data set gaussians"))


LISTED = {"centres": "listed", "xs": "-1,0,1", "ys": "0,1,0"}


def test_listed_gaussians_are_as_listed() -> None:
    modes = gaussians(**LISTED, sds=".1,.2,.3", weights="1,2,5").modes
    np.testing.assert_array_equal(modes.centres, [[-1, 0], [0, 1], [1, 0]])
    np.testing.assert_allclose(modes.sds, [0.1, 0.2, 0.3])
    np.testing.assert_allclose(modes.weights, [0.125, 0.25, 0.625])


def test_one_number_holds_for_all() -> None:
    modes = gaussians(centres="listed", xs="-1,0,1", ys=".5", sds=".1", weights="4").modes
    np.testing.assert_array_equal(modes.centres, [[-1, 0.5], [0, 0.5], [1, 0.5]])
    np.testing.assert_allclose(modes.sds, [0.1] * 3)
    np.testing.assert_allclose(modes.weights, [1 / 3] * 3)
    alone = gaussians(centres="listed", xs="2", ys="3").modes
    np.testing.assert_array_equal(alone.centres, [[2, 3]])


def test_the_density_is_that_of_the_list() -> None:
    data = gaussians(**LISTED, sds=".1,.2,.3", weights="1,2,5")
    at = np.random.default_rng(0).normal(size=(50, 2))
    expected = sum(weight / 8 * stats.multivariate_normal(centre, sd**2).pdf(at) for weight, sd, centre in
                   zip((1, 2, 5), (0.1, 0.2, 0.3), ([-1, 0], [0, 1], [1, 0]), strict=True))
    logs = data.log_density(at)
    assert logs is not None
    np.testing.assert_allclose(np.exp(logs), expected, rtol=1e-9)


def test_samples_have_the_moments_of_the_list() -> None:
    n = 50_000
    x = gaussians(**LISTED, sds=".1,.2,.3", weights="1,2,5").sample(n, torch.Generator().manual_seed(0)).numpy()
    # By hand: E x = (-1 + 5) / 8, E y = 2/8, E sd^2 = (.01 + 2 * .04 + 5 * .09) / 8 = .0675.
    assert x.mean(axis=0) == pytest.approx([0.5, 0.25], abs=0.02)
    assert x.var(axis=0) == pytest.approx([0.0675 + 0.75 - 0.25, 0.0675 + 0.25 - 0.0625], abs=0.02)
    assert np.cov(x.T)[0, 1] == pytest.approx(-0.125, abs=0.02)


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_as_many_are_drawn_as_asked_for_and_they_keep_apart(count: int) -> None:
    centres = gaussians(count=count, spread=1.5).modes.centres
    assert centres.shape == (count, 2)
    assert np.hypot(*centres.T).max() <= 1.5
    if count > 1:  # a square lattice that fills the disc with as many has a pitch of 1.5 sqrt(pi / count)
        assert pdist(centres).min() > 0.4 * 1.5 * np.sqrt(np.pi / count)


def test_one_more_leaves_the_others_where_they_are() -> None:
    np.testing.assert_array_equal(gaussians(count=9).modes.centres[:8], gaussians(count=8).modes.centres)


def test_a_layout_is_the_same_each_time_and_another_is_another() -> None:
    first, again, other = gaussians(layout=3), gaussians(layout=3), gaussians(layout=4)
    np.testing.assert_array_equal(first.modes.centres, again.modes.centres)
    assert abs(first.modes.centres - other.modes.centres).max() > 0.1
    wider = gaussians(layout=3, spread=3.4).modes.centres
    np.testing.assert_allclose(wider, 2 * first.modes.centres)


def test_the_origin_is_in_the_middle_of_the_picture() -> None:
    extent = gaussians(centres="listed", xs="5", ys="4", sds=".5").extent
    assert extent.low == -extent.high
    assert 7 < extent.high < 8


def test_every_set_of_controls_travels() -> None:
    for controls in (GaussiansControls(), validated(GaussiansControls, LISTED)):
        assert validated(GaussiansControls, values(controls)) == controls


def test_one_control_at_a_time_leads_from_any_lists_to_any_others() -> None:
    """A hand on the panel changes one field at once; each of these must stand."""
    at = validated(GaussiansControls, {**LISTED, "sds": ".1,.2,.3", "weights": "1,2,3"})
    for name, value in (("sds", ".1"), ("weights", "1"), ("ys", "0"), ("xs", "1,2,3,4"), ("ys", "1,2,3,4"),
                        ("xs", "0,0,1,1"), ("sds", "1,2,3,4"), ("weights", "4,3,2,1")):
        at = validated(GaussiansControls, {name: value}, at)
    assert at.number == 4


@pytest.mark.parametrize(("controls", "words"), [
    ({"sds": "1,2"}, ["sds has 2 numbers for 7 Gaussians", "one for each"]),
    ({"weights": "1,2,3", "count": 1}, ["weights has 3 numbers for 1 Gaussian:"]),
    ({**LISTED, "xs": "1,2"}, ["xs has 2 numbers for 3 Gaussians"]),
    ({**LISTED, "ys": "1,2,3,4"}, ["xs has 3 numbers for 4 Gaussians"]),
    ({**LISTED, "weights": "1,2,3,4"}, ["weights has 4 numbers for 3 Gaussians"]),
    ({**LISTED, "xs": "1,2,1"}, ["x = 1, y = 0", "xs and ys must differ"]),
    ({"centres": "listed", "xs": ",".join(str(i / 10) for i in range(65)), "ys": "0"}, ["65", "at most 64"]),
    ({"weights": "0"}, ["weights = 0 ", "1e-06"]),
    ({"weights": "-1"}, ["weights = -1"]),
    ({"sds": "0"}, ["sds = 0", "0.001"]),
    ({"xs": "11"}, ["xs = 11", "-10 to 10"]),
    ({"xs": "nan"}, ["xs"]),
    ({"xs": ""}, ["xs takes 1 to"]),
    ({"count": 0}, ["count = 0"]),
    ({"count": 65}, ["count = 65"]),
    ({"centres": "guessed"}, ["centres", "drawn", "listed"]),
])
def test_numbers_that_do_not_fit_are_refused(controls: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        gaussians(**controls)
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert "\n" not in said
