"""What every data set must keep: a new leaf is tested by existing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from ganstudio.core.control import Controls, FilePath, Integer, Slider, declared, described, values
from ganstudio.core.dataset import Dataset, Need
from ganstudio.core.leaves import leaves

DATASETS: dict[str, type[Dataset[Any]]] = leaves("ganstudio.datasets", Dataset)
SAMPLES = 20_000
Floats = NDArray[np.float64]


@pytest.fixture(scope="session")
def user_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("points") / "user.csv"
    rng = np.random.default_rng(0)
    np.savetxt(path, rng.normal([3.0, -1.0], [2.0, 0.5], (2000, 2)), delimiter=",")
    return path


@cache
def made(name: str, path: Path) -> Dataset[Any]:
    """The data set of that name with its defaults; where it asks for a file, with the user's."""
    owner: type[Controls] = DATASETS[name].controls_type()
    fields = declared(owner)
    files = {field: str(path) for field, (control, _) in fields.items() if isinstance(control, FilePath)}
    return DATASETS[name](owner(**files))


@pytest.fixture(params=sorted(DATASETS))
def data(request: pytest.FixtureRequest, user_file: Path) -> Dataset[Any]:
    try:
        return made(request.param, user_file)
    except ValueError as fault:  # a leaf that wants another kind of file has tests of its own
        pytest.skip(str(fault))


def drawn(data: Dataset[Any], n: int = SAMPLES, seed: int = 7) -> torch.Tensor:
    return data.sample(n, torch.Generator().manual_seed(seed))


def flat(data: Dataset[Any]) -> Floats:
    """Samples of data on a line or plane as (n, d) float64; skips for images."""
    if data.kind == "image":
        pytest.skip("images have no place on a line or plane")
    return drawn(data).numpy().astype(np.float64)


def test_it_says_what_it_is(data: Dataset[Any]) -> None:
    assert data.title and data.help and data.source
    assert data.name == data.name.lower() and " " not in data.name and "_" not in data.name
    assert data.kind in type(data).kinds
    assert type(data).gives <= set(get_args(Need))
    frequencies = data.label_frequencies
    assert ("label" in data.has) == (frequencies is not None)
    assert frequencies is None or (abs(float(frequencies.sum()) - 1) < 1e-9 and (frequencies >= 0).all())


def test_a_label_goes_with_each_sample_and_changes_none(data: Dataset[Any]) -> None:
    frequencies, needs = data.label_frequencies, frozenset({"label"})
    if frequencies is None:
        assert data.batch(data.draw(5, torch.Generator().manual_seed(1))).label is None
        return
    batch = data.batch(data.draw(4000, torch.Generator().manual_seed(1), needs), needs)
    assert batch.label is not None and batch.label.shape == (4000,) and batch.label.dtype == torch.int64
    assert torch.equal(batch.x, data.batch(data.draw(4000, torch.Generator().manual_seed(1))).x)
    counts = np.bincount(batch.label.numpy(), minlength=len(frequencies)) / 4000
    assert len(counts) == len(frequencies)
    np.testing.assert_allclose(counts, frequencies, atol=0.04)
    if data.modes is not None:  # a mode's samples lie around it
        off = (batch.x.double().numpy() - data.modes.centres[batch.label]) / data.modes.sds[batch.label, None]
        assert np.abs(off).max() < 6 and abs(float(off.std()) - 1) < 0.05


def test_what_it_says_it_gives_comes_with_each_sample(data: Dataset[Any]) -> None:
    for needs in [frozenset({need}) for need in data.gives] + [data.gives]:
        batch = data.batch(data.draw(6, torch.Generator().manual_seed(1), needs), needs)
        assert batch.x.shape == (6, *data.shape)
        for need in get_args(Need):
            assert (getattr(batch, need) is not None) == (need in needs), (needs, need)
        if batch.source is not None:
            assert batch.source.shape == (6, *data.source_shape) and batch.source.dtype == torch.float32
            assert -1 <= batch.source.min() < batch.source.max() <= 1
        if batch.attributes is not None:
            assert batch.attributes.shape == (6, len(data.attribute_values)) and batch.attributes.dtype == torch.int64
            counts = torch.tensor([len(words) for words in data.attribute_values.values()])
            assert ((batch.attributes >= 0) & (batch.attributes < counts)).all()
        if batch.place is not None:
            assert batch.place.shape == (6, data.place_size)
            assert ((batch.place >= 0) & (batch.place <= 1)).all()
            assert (batch.place[:, 2:4] > batch.place[:, :2]).all()  # a box has a size


def test_examples_are_others_for_each_purpose_and_the_same_each_time(data: Dataset[Any]) -> None:
    needs = data.gives & {"source", "attributes"}
    held, again, judged = (data.examples(4, purpose, needs) for purpose in ("unseen", "unseen", "judge"))
    if held is None or again is None or judged is None:
        assert held is again is judged is None
        return
    assert np.array_equal(held.images, again.images) and not np.array_equal(held.images, judged.images)
    batch = data.batch_of(held, needs, torch.device("cpu"))
    assert batch.x.shape == (4, *data.shape) and (batch.source is not None) == ("source" in needs)
    of_images: Any = data  # only data sets of images have pixels
    ours = of_images.pixels.images
    assert not any((ours == image).all(axis=(1, 2, 3)).any() for image in held.images), "it is learnt from"


def test_its_controls_are_said(data: Dataset[Any]) -> None:
    assert all(control.help for control in described(data.controls_type(), "data"))
    assert type(data.controls)(**{k: tuple(v) if isinstance(v, list) else v for k, v in values(data.controls).items()}
                               ) == data.controls


def test_a_live_control_moves_what_was_drawn_and_not_what_is_drawn(data: Dataset[Any]) -> None:
    """The samples are drawn ahead, for many updates: a control that moves meanwhile applies to them as they are."""
    owner: type[Controls] = data.controls_type()
    for name, (control, _) in declared(owner).items():
        if not control.live:
            continue
        assert isinstance(control, Slider | Integer)
        moved = data.with_controls(msgspec.structs.replace(data.controls, **{name: control.low}))
        assert (getattr(moved.controls, name), moved.extent) != (getattr(data.controls, name), data.extent)
        ahead, other = (each.draw(50, torch.Generator().manual_seed(1)) for each in (data, moved))
        assert torch.equal(ahead, other)
        assert not torch.equal(moved.batch(ahead).x, data.batch(ahead).x)
        assert torch.equal(moved.batch(ahead).x, moved.sample(50, torch.Generator().manual_seed(1)))


def test_samples_have_the_promised_shape(data: Dataset[Any]) -> None:
    for n in (1, 2, 257):
        x = drawn(data, n)
        assert x.shape == (n, *data.shape)
        assert x.dtype == torch.float32
        assert torch.isfinite(x).all()
    assert len(data.shape) == {"line": 1, "plane": 1, "image": 3}[data.kind]


def test_sampling_follows_the_seed_and_nothing_else(data: Dataset[Any]) -> None:
    first = drawn(data, 500, seed=1)
    torch.manual_seed(123)  # the global generator is none of its business
    before = torch.get_rng_state()
    assert torch.equal(drawn(data, 500, seed=1), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(drawn(data, 500, seed=2), first)


def test_the_extent_holds_the_samples(data: Dataset[Any]) -> None:
    x = flat(data)
    low, high = data.extent.low, data.extent.high
    assert low < high
    assert ((x >= low) & (x <= high)).all(axis=1).mean() >= 0.99
    assert np.ptp(x, axis=0).max() > 0.2 * (high - low), "the data is a dot in its extent"


def test_samples_agree_with_the_modes(data: Dataset[Any]) -> None:
    """Frequencies and spreads through each mode's responsibility, which is exact where modes overlap too."""
    modes = data.modes
    if modes is None:
        pytest.skip("not a mixture of Gaussians")
    x = flat(data)
    K, d = modes.centres.shape
    assert d == data.shape[0]
    assert modes.sds.shape == modes.weights.shape == (K,)
    assert modes.weights.sum() == pytest.approx(1)
    assert len(np.unique(modes.centres.round(9), axis=0)) == K, "two modes lie on one spot"
    q = ((x[:, None, :] - modes.centres) ** 2).sum(-1) / modes.sds**2  # (n, K), in squared sds
    logs = np.stack([stats.multivariate_normal(c, s**2).logpdf(x).reshape(-1)
                     for c, s in zip(modes.centres, modes.sds, strict=True)], axis=1) + np.log(modes.weights)
    share = np.exp(logs - logs.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    # E[share_k] = w_k and E[share_k q_k / d] = w_k; 5 standard errors let one of a million pass for wrong.
    for terms in (share, share * q / d):
        error = np.sqrt(terms.var(axis=0) / len(x))
        assert (abs(terms.mean(axis=0) - modes.weights) < 5 * error).all()
    centred = share[:, :, None] * (x[:, None, :] - modes.centres)  # (n, K, d)
    assert (abs(centred.mean(axis=0)) < 5 * np.sqrt(centred.var(axis=0) / len(x))).all()


def ticks_of(data: Dataset[Any]) -> tuple[Floats, float]:
    """Midpoints of cells along an axis, well beyond the extent, and their pitch."""
    low, high = data.extent.low, data.extent.high
    middle, width = (low + high) / 2, high - low
    pitch = float(data.modes.sds.min()) / 1.5 if data.modes is not None else width / 1000
    count = int(np.ceil((1.6 if data.kind == "plane" else 3) * width / pitch))
    return np.asarray(middle + (np.arange(count) - (count - 1) / 2) * pitch, dtype=np.float64), pitch


def integral(data: Dataset[Any], of: Callable[[Floats], Floats]) -> float:
    """Of p of(log p) by midpoints, over where p is not 0."""
    ticks, pitch = ticks_of(data)
    plane = data.kind == "plane"
    total = 0.0
    for row in ticks if plane else [0.0]:
        at = np.stack([np.full_like(ticks, row), ticks], axis=1) if plane else ticks[:, None]
        logs = data.log_density(at)
        assert logs is not None and logs.shape == (len(at),)
        logs = logs[logs > -700]
        total += float((np.exp(logs) * of(logs)).sum())
    return total * pitch ** data.shape[0]


def test_the_density_integrates_to_one(data: Dataset[Any]) -> None:
    if data.log_density(flat(data)[:1]) is None:
        pytest.skip("no density is known")
    # A Gaussian's midpoint sum at sd / 1.5 is exact to 1e-9; edges of other densities cost up to a cell.
    assert integral(data, np.ones_like) == pytest.approx(1, abs=1e-5 if data.modes is not None else 1e-2)


def test_the_density_is_that_of_the_samples(data: Dataset[Any]) -> None:
    """The mean log density of the samples is minus the entropy, by quadrature."""
    logs = data.log_density(flat(data))
    if logs is None:
        pytest.skip("no density is known")
    assert np.isfinite(logs).all()
    error = 5 * logs.std() / np.sqrt(len(logs)) + (1e-5 if data.modes is not None else 2e-2)
    assert logs.mean() == pytest.approx(integral(data, lambda at: at), abs=error)


def test_the_distribution_function_is_the_integral_of_the_density(data: Dataset[Any]) -> None:
    x = flat(data)
    if data.cdf(x[:1, 0]) is None:
        pytest.skip("no distribution function is known")
    assert data.kind == "line"
    ticks, pitch = ticks_of(data)
    density, at = data.log_density(ticks[:, None]), data.cdf(ticks)
    assert density is not None and at is not None
    heights = np.exp(density)
    between = (np.cumsum(heights) - heights / 2 - heights[0] / 2) * pitch  # trapezia
    tolerance = float(pitch**2 * abs(np.gradient(heights, pitch)).max()) + 1e-6
    assert abs(at - at[0] - between).max() < tolerance
    assert at[0] == pytest.approx(0, abs=1e-6) and at[-1] == pytest.approx(1, abs=1e-6)
    ordered = data.cdf(np.sort(x[:, 0]))
    assert ordered is not None
    assert stats.kstest(ordered, "uniform").pvalue > 1e-3  # F(x) is uniform where F is x's own
