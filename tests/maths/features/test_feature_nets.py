"""The nets that see for FID: the same features whatever else is computed, a classifier that can tell, blind spots."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.core.control import Controls
from ganstudio.core.dataset import NOTHING, Dataset, Extent, Kind
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.features import feature_nets
from ganstudio.maths.features.classifier import Classifier
from ganstudio.maths.features.feature_nets import FeatureNet, key_of, net_for, pixels_of
from ganstudio.maths.features.frechet import frechet_of
from ganstudio.maths.features.inception import Inception
from ganstudio.maths.features.metric_blind_spots import blind_spots, blindness, blurred, swapped
from ganstudio.maths.features.random_net import RandomNet, spread

N, SIDE = 900, 8


def corners(channels: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Squares of any brightness in one of three corners, over a little noise; the corner is the class."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, N)
    images = rng.integers(0, 40, (N, channels, SIDE, SIDE))
    for image, label in zip(images, labels, strict=True):
        top, left = divmod(int(label), 2)
        image[:, 4 * top : 4 * top + 4, 4 * left : 4 * left + 4] += rng.integers(60, 200)
    return images.astype(np.uint8), labels


class Corners(Dataset[Controls]):
    """Images in memory, as the data sets of images keep theirs."""

    name = "corners"
    title = "Corners"

    def __init__(self, *, channels: int = 1, labelled: bool = True) -> None:
        super().__init__(Controls())
        self.images, self.truth = corners(channels)
        self._labelled = labelled

    @property
    def kind(self) -> Kind:
        return "image"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.images.shape[1:]

    @property
    def labels(self) -> NDArray[np.int64] | None:
        return 5 + 10 * self.truth if self._labelled else None  # classes need not be 0, 1, 2

    @property
    def extent(self) -> Extent:
        return Extent(-1.0, 1.0)

    def draw(self, n: int, rng: torch.Generator, needs: frozenset[str] = NOTHING) -> torch.Tensor:
        return torch.randint(len(self.images), (n,), generator=rng)

    def gather(self, drawn: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.images[drawn.numpy()]).float() / 127.5 - 1

    def sample(self, n: int, rng: torch.Generator) -> torch.Tensor:
        return self.gather(self.draw(n, rng))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and nothing remembered from another test."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(feature_nets, "_known", {})
    return tmp_path


def both() -> list[FeatureNet]:
    return [net_for(Corners()), net_for(Corners(labelled=False))]


def test_labels_train_a_classifier_and_without_them_filters_stay_random() -> None:
    learnt, random = both()
    assert learnt.name == "classifier of corners, 100% right"
    assert "3 classes" in learnt.description
    assert random.name == "random filters, 128 features"
    for net in (learnt, random):
        assert net.features(Corners().images[:3]).net == net.name


def test_the_classifier_names_images_it_has_not_seen() -> None:
    net, data = net_for(Corners()), Corners()
    shifted = np.clip(data.images.astype(int) + 3, 0, 255).astype(np.uint8)
    seen = net.features(shifted)
    assert seen.probabilities is not None
    assert seen.probabilities.shape == (N, 3)
    assert (seen.probabilities.argmax(axis=1) == data.truth).mean() > 0.97
    np.testing.assert_allclose(seen.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("labelled", [True, False])
def test_features_are_doubles_of_mean_zero_and_spread_one_over_the_data(channels: int, labelled: bool) -> None:
    data = Corners(channels=channels, labelled=labelled)
    net = net_for(data)
    values = net.features(data.images).values
    assert values.dtype == np.float64
    assert values.shape == (N, 64 if labelled else 128)
    assert np.abs(values.mean(axis=0)).max() < 0.15
    assert np.median(values.std(axis=0)) == pytest.approx(1, abs=0.05)
    assert net.features(data.images[:0]).values.shape == (0, values.shape[1])


def test_an_image_is_seen_the_same_whatever_stands_beside_it_and_at_any_size() -> None:
    data = Corners()
    for net in both():
        alone, among = net.features(data.images[7:8]).values, net.features(data.images[:300]).values[7:8]
        np.testing.assert_allclose(alone, among, atol=1e-4)
        large = data.images[7:8].repeat(4, axis=2).repeat(4, axis=3)  # means over blocks of 4 give it back
        np.testing.assert_allclose(net.features(large).values, alone, atol=1e-4)


def test_nothing_is_drawn_from_torchs_own_randomness_nor_is_gradient_mode_changed() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    with torch.no_grad():  # as a worker may have it
        learnt, random = both()
        assert not torch.is_grad_enabled()
    for net in (learnt, random):
        net.features(Corners().images[:5])
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled()


def test_the_same_data_trains_the_same_net(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = net_for(Corners())
    monkeypatch.setattr(feature_nets, "_known", {})
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "elsewhere"))
    images = Corners().images[:20]
    np.testing.assert_allclose(net_for(Corners()).features(images).values, first.features(images).values, atol=1e-3)


# Keeping -----------------------------------------------------------------------------------------------------------


def kept(home: Path) -> Path:
    (path,) = (home / "cache" / "feature-nets").iterdir()
    return path


def test_a_net_is_trained_once_and_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = net_for(Corners())
    assert net_for(Corners()) is first
    monkeypatch.setattr(feature_nets, "_known", {})
    monkeypatch.setattr(feature_nets, "trained", lambda _: pytest.fail("trained again"))
    again = net_for(Corners())
    assert again is not first
    images = Corners().images[:20]
    np.testing.assert_array_equal(again.features(images).values, first.features(images).values)
    assert (again.name, again.description) == (first.name, first.description)


@pytest.mark.parametrize("damage", [b"", b"\xff" * 200, "half", "flip"])
def test_a_damaged_file_is_made_anew(home: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | str) -> None:
    name = net_for(Corners()).name
    path = kept(home)
    whole = path.read_bytes()
    flipped = whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]
    path.write_bytes(damage if isinstance(damage, bytes) else flipped if damage == "flip" else whole[: len(whole) // 2])
    assert Classifier.read(path) is None
    monkeypatch.setattr(feature_nets, "_known", {})
    assert net_for(Corners()).name == name
    assert Classifier.read(path) is not None


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(home: Path) -> None:
    (home / "cache").write_text("a file where the folder should be")
    assert net_for(Corners()).name.startswith("classifier")


def test_other_pixels_or_labels_are_other_data() -> None:
    data, other = Corners(), Corners()
    assert key_of(data) == key_of(other)
    other.images = 255 - other.images
    assert key_of(data) != key_of(other)
    other = Corners()
    other.truth = (other.truth + 1) % 3
    assert key_of(data) != key_of(other)


# Asking ------------------------------------------------------------------------------------------------------------


def test_what_cannot_be_had_is_refused_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="unknown feature net 'incepton': did you mean 'inception'"):
        net_for(Corners(), "incepton")
    with pytest.raises(BadInput, match="corners cannot train a classifier: that takes 500 images with labels"):
        net_for(Corners(labelled=False), "classifier")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(home))
    with pytest.raises(BadInput, match=r"not on this machine: inception_v3_google-0cc3c7bd.pth is looked for in"):
        net_for(Corners(), "inception")


def test_a_file_that_is_not_torchvisions_is_not_interpreted(home: Path) -> None:
    path = home / "inception_v3_google-0cc3c7bd.pth"
    path.write_bytes(b"anything")
    with pytest.raises(BadInput, match="SHA-256 does not begin with 0cc3c7bd"):
        Inception(path)
    with pytest.raises(BadInput, match="cannot be read"):
        Inception(home / "missing")


def test_few_images_or_one_class_train_no_classifier() -> None:
    data = Corners()
    data.truth = np.zeros_like(data.truth)
    assert net_for(data).name.startswith("random")
    data = Corners()
    data.images, data.truth = data.images[:400], data.truth[:400]
    assert net_for(data).name.startswith("random")
    assert net_for(Corners(), "random").name.startswith("random")


def test_bytes_of_samples_are_rounded_and_clipped() -> None:
    samples = torch.tensor([-1.0, 1.0, 0.0, -3.0, 9.0, float("nan"), 41 / 127.5 - 1])
    assert pixels_of(samples).tolist() == [0, 255, 128, 0, 255, 0, 41]


def test_a_feature_that_never_moves_is_not_blown_up() -> None:
    features = np.stack([np.zeros(9), np.arange(9.0)], axis=1)
    assert spread(features).tolist() == pytest.approx([1e-3 * np.arange(9.0).std(), np.arange(9.0).std()])


# Blind spots -------------------------------------------------------------------------------------------------------


def spots(labelled: bool) -> dict[str, BlindSpot]:
    data = Corners(labelled=labelled)
    return {spot.title: spot for spot in blindness(data, net_for(data), samples=300)}


def value(spot: BlindSpot, label: str) -> float:
    return cast(float, spot.values[label])


def test_each_blind_spot_shows_what_its_sentence_says() -> None:
    shown = spots(labelled=True)
    memorised = shown["All of them: memorised images"]
    assert value(memorised, "IS of copies") == pytest.approx(value(memorised, "IS of the data"), rel=0.03)
    assert value(memorised, "precision of copies") > 0.9
    assert value(memorised, "FID of copies") < 3
    one = shown["IS: one image a class"]
    assert "The same 3 images" in one.sentence
    assert value(one, "IS of one image a class") >= value(one, "IS of the data")
    assert value(one, "recall") < 0.1
    bias = list(shown["FID: how many images"].values.values())
    assert bias == sorted(cast("list[float]", bias), reverse=True)
    assert list(shown["Precision: one outlier"].values.values()) == [0.0, 1.0]
    assert value(shown["Diversity: noise"], "diversity of noise") > 1


def test_without_classes_nothing_is_said_of_is() -> None:
    shown = spots(labelled=False)
    assert not [title for title in shown if title.startswith("IS")]
    assert not [label for spot in shown.values() for label in spot.values if "IS" in label]


def test_the_sentence_on_arrangement_follows_its_numbers() -> None:
    for labelled in (True, False):
        spot = spots(labelled)["FID: where things are"]
        torn, blurred = list(spot.values.values())[:2]
        assert torn is not None and blurred is not None
        assert ("rates the swapped pictures better" in spot.sentence) == (torn < blurred)
        assert len(spot.values) == (4 if labelled else 2)


def test_pooled_random_filters_hardly_see_where_things_are() -> None:
    rng = np.random.default_rng(2)
    images = np.zeros((400, 1, 32, 32), np.uint8)
    for image in images:
        top, left, size = rng.integers(2, 22), rng.integers(2, 6), rng.integers(4, 9)
        image[:, top : top + size, left : left + size] = rng.integers(120, 256)
    net = RandomNet(1, 32)
    net.calibrate(images)
    torn, soft = (frechet_of(net.features(images).values, net.features(change(images)).values)
                  for change in (swapped, blurred))
    assert torn < 0.6 * soft
    assert (swapped(images)[..., 16:] == images[..., :16]).all()


def test_blind_spots_are_kept_for_the_next_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = Corners(labelled=False)
    net = net_for(data)
    monkeypatch.setattr("ganstudio.maths.features.metric_blind_spots.SAMPLES", 100)
    first = blind_spots(data, net)
    path = kept(home)
    monkeypatch.setattr("ganstudio.maths.features.metric_blind_spots.blindness",
                        lambda *_: pytest.fail("computed again"))
    assert blind_spots(data, net) == first
    path.write_text("[{}]")
    monkeypatch.setattr("ganstudio.maths.features.metric_blind_spots.blindness", lambda *_: first[:1])
    assert blind_spots(data, net) == first[:1]
