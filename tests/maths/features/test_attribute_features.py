"""Features of an attribute net: white over the data, of any number type, and used where a data set asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.avatars import VALUES, Avatars, AvatarsControls
from ganstudio.datasets.faces import Faces, FacesControls
from ganstudio.maths.features import feature_nets
from ganstudio.maths.features.attribute_features import FEATURES, AttributeFeatures, whitening_of
from ganstudio.maths.features.feature_nets import net_for, pixels_of
from ganstudio.maths.judges import attribute_net, judge_net


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and nets of a few steps."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    for known in (feature_nets, judge_net):
        monkeypatch.setattr(known, "_known", {})
    monkeypatch.setattr(attribute_net, "STEPS", 30)
    return tmp_path


def avatars(label: Any = "hair") -> Any:
    return Avatars(AvatarsControls(label=label)).resized(16)


def test_whitened_samples_have_mean_0_and_covariance_1() -> None:
    x = torch.randn(500, 6, generator=torch.Generator().manual_seed(0)).double() @ torch.randn(
        6, 6, generator=torch.Generator().manual_seed(1)).double() + 5
    mean, matrix = whitening_of(x)
    white = (x - mean) @ matrix
    torch.testing.assert_close(white.mean(0), torch.zeros(6).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(white.T.cov(), torch.eye(6).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(matrix, matrix.T)  # no direction is turned more than it must be


def test_a_direction_that_never_changes_stays_narrow() -> None:
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)).double()
    x[:, 2] = 1.0
    mean, matrix = whitening_of(x)
    assert torch.isfinite(matrix).all() and float(((x - mean) @ matrix)[:, 2].abs().max()) < 1e-9


def test_avatars_are_judged_by_their_attribute_net(home: Path) -> None:
    data = avatars()
    net = net_for(data)
    assert isinstance(net, AttributeFeatures)
    assert net.name == attribute_net.attribute_net(data).name
    assert "10 attributes" in net.description
    images = pixels_of(data.sample(300, torch.Generator().manual_seed(3)))
    seen = net.features(images)
    assert seen.values.dtype == np.float64 and seen.values.shape == (300, FEATURES)
    assert np.abs(seen.values.mean(0)).max() < 0.4 and np.median(seen.values.std(0)) == pytest.approx(1, abs=0.1)
    assert seen.probabilities is not None and seen.probabilities.shape == (300, len(VALUES["style"]))
    np.testing.assert_allclose(seen.probabilities.sum(1), 1, atol=1e-5)
    assert net.features(images[:0]).values.shape == (0, FEATURES)
    exact = torch.from_numpy(images[:20]).double() / 127.5 - 1
    in_double = net.seen(exact)
    assert in_double.dtype == torch.float64
    np.testing.assert_allclose(in_double.numpy(), seen.values[:20], atol=1e-3)
    files = sorted(path.name for path in (home / "cache" / "judges").iterdir())
    feature_nets._known.clear()
    judge_net._known.clear()
    again = net_for(avatars()).features(images)
    np.testing.assert_array_equal(again.values, seen.values)  # read from the disk
    assert sorted(path.name for path in (home / "cache" / "judges").iterdir()) == files and len(files) == 2


def test_glasses_as_a_label_are_of_pairs_that_another_net_tells_apart(home: Path) -> None:
    data = avatars("glasses")
    net = net_for(data)
    seen = net.features(pixels_of(data.sample(4, torch.Generator().manual_seed(3))))
    assert isinstance(net, AttributeFeatures)
    assert seen.probabilities is not None and seen.probabilities.shape == (4, 5)


def test_a_map_is_the_same_at_another_size_and_attributes_are_linear_in_it(home: Path) -> None:
    judge = attribute_net.attribute_net(avatars())
    images = avatars().examples(5, "unseen").images
    x = torch.from_numpy(images).float() / 127.5 - 1
    large = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(judge.last_map(x), judge.last_map(large), atol=1e-5, rtol=1e-5)
    shares, read = judge.shares(images), judge.read(images)
    for name, words in VALUES.items():
        assert shares[name].shape == (5, len(words))
        assert np.array_equal(shares[name].argmax(1), read[name])
        np.testing.assert_allclose(shares[name].sum(1), 1, atol=1e-5)


def test_what_it_reads_well_is_found_on_images_that_it_does_not_know(home: Path) -> None:
    data = avatars()
    judge = attribute_net.attribute_net(data)
    assert judge.reads_well(data, 0.0) == list(VALUES)
    assert judge.reads_well(data, 1.01) == []
    unseen = data.examples(500, "unseen")
    read = judge.read(unseen.images)
    right = {name: (read[name] == unseen.details[name]).mean() for name in VALUES}
    middle = float(np.median(list(right.values())))
    assert judge.reads_well(data, middle) == [name for name, share in right.items() if share >= middle]


def test_other_data_with_attributes_keeps_its_net() -> None:
    with pytest.raises(BadInput, match="data set faces is not judged by its attributes"):
        net_for(Faces(FacesControls(count=100)), "attributes")
