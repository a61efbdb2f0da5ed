"""A spec is made whole once: presets under the given values, every fault one sentence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch

import ganstudio
from ganstudio.core.dataset import Dataset
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.spec import MAX_SEED, Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.resolve_spec import (
    device_missing,
    device_of,
    device_title,
    fallback_device,
    networks,
    resolved,
    variants,
)


def test_the_whole_spec_has_every_default_filled_in() -> None:
    spec = resolved(Spec(variant="wgan-gp", data="ring", device="cpu")).spec
    assert spec.network == "mlp"
    assert set(spec.controls) == set(variants()["wgan-gp"].controls_type().__struct_fields__)
    assert set(spec.network_controls) == set(networks()["mlp"].controls_type().__struct_fields__)
    assert set(spec.data_controls) == {"modes", "radius", "sd"}
    assert spec.device == "cpu"
    assert spec.threads >= 1
    assert spec.torch == torch.__version__
    assert spec.version == ganstudio.__version__


def test_a_whole_spec_resolves_to_itself() -> None:
    spec = resolved(Spec(variant="wgan", data="mixture", seed=7, device="auto")).spec
    assert resolved(spec).spec == spec
    assert resolved(msgspec.json.decode(msgspec.json.encode(spec), type=Spec)).spec == spec


def test_given_values_go_over_the_preset_and_that_over_the_defaults() -> None:
    defaults = variants()["wgan-gp"].controls_type()()
    toy = variants()["wgan-gp"].presets["toy"].controls
    parts = resolved(Spec(variant="wgan-gp", data="ring", preset="toy", controls={"critic_steps": "7"}))
    assert parts.spec.controls["critic_steps"] == 7
    assert parts.spec.controls["gp_weight"] == toy["gp_weight"] != defaults.gp_weight
    assert parts.spec.controls["gp_sides"] == defaults.gp_sides
    assert parts.preset.steps == variants()["wgan-gp"].presets["toy"].on("plane", "mlp").steps
    paper = resolved(Spec(variant="wgan-gp", data="ring", preset="paper"))
    assert paper.controls == defaults


@pytest.mark.parametrize(("variant", "preset", "data", "controls"), [
    ("pix2pix", "median", "scenes", {"colour_share": 0.7}),
    ("cyclegan", "hidden", "seasons", {"summer_colours": 2}),
    ("spade", "toy", "scenes", {"uniform_share": 0.2}),
    ("gawwn", "toy", "faces", {"attributes": "all", "anywhere": True}),
])
def test_a_preset_sets_what_it_needs_of_the_data_and_what_is_given_goes_over_it(
    variant: str, preset: str, data: str, controls: dict[str, Any],
) -> None:
    held = variants()[variant].presets[preset]
    assert held.data in ("", data)
    spec = resolved(Spec(variant=variant, data=data, preset=preset, device="cpu", data_controls={"count": 100})).spec
    assert {name: spec.data_controls[name] for name in controls} == controls
    plain: dict[str, Any] = {"colour_share": 0.5, "summer_colours": 1, "uniform_share": 0.0, "attributes": "style"}
    name = next(iter(controls))
    given: dict[str, Any] = {"count": 100, name: plain[name]}
    asked = resolved(Spec(variant=variant, data=data, preset=preset, device="cpu", data_controls=given)).spec
    assert asked.data_controls[name] == plain[name] != controls[name]


@pytest.mark.parametrize("variant", ["stargan", "stargan-v2"])
def test_the_papers_presets_keep_the_papers_norm(variant: str) -> None:
    """The toys do without; what is called the paper's is not to lose it with the default."""
    for name, preset in variants()[variant].presets.items():
        if name == "paper" or preset.network.get("form") == "paper":
            assert (preset.network["form"], preset.network["norm"]) == ("paper", "instance"), name


def test_nothing_asked_for_still_stands() -> None:
    assert resolved(Spec()).spec.variant == "wgan-gp"


@pytest.mark.parametrize("seed", [0, MAX_SEED])
def test_every_seed_in_range_is_taken(seed: int) -> None:
    assert resolved(Spec(seed=seed)).spec.seed == seed


@pytest.mark.parametrize(("asked", "sentence"), [
    ({"variant": "wgan-pg"}, "unknown variant 'wgan-pg': did you mean 'wgan-gp'?"),
    ({"variant": ""}, "unknown variant ''"),
    ({"data": "rng"}, "unknown data set 'rng': did you mean 'ring'?"),
    ({"network": "mpl"}, "unknown network 'mpl': did you mean 'mlp'?"),
    ({"preset": "papper"}, "unknown preset of wgan-gp 'papper': did you mean 'paper'?"),
    ({"seed": -1}, "seed = -1 is out of range: allowed is 0 to"),
    ({"seed": 2**63}, "seed = 9223372036854775808 is out of range"),
    ({"threads": -1}, "threads = -1 is out of range"),
    ({"threads": 257}, "threads = 257 is out of range"),
    ({"dtype": "float16"}, "unknown dtype 'float16'"),
    ({"device": "cdua"}, "unknown device 'cdua': did you mean 'cuda'?"),
    ({"device": ""}, "unknown device ''"),
    ({"device": "cpu:x"}, "unknown device 'cpu:x'"),
    ({"controls": {"gp_wieght": 1}}, "unknown control of variant wgan-gp 'gp_wieght': did you mean 'gp_weight'?"),
    ({"controls": {"gp_weight": 101.0}}, "gp_weight = 101 is out of range: allowed is 0 to 100"),
    ({"controls": {"critic_steps": 0, "generator_steps": 0}}, "at least one player must be trained"),
    ({"network_controls": {"widht": 1}}, "unknown control of network mlp 'widht': did you mean 'width'?"),
    ({"network_controls": {"width": 0}}, "width = 0 is out of range"),
    ({"data_controls": {"mode": 1}}, "unknown control of data set ring 'mode': did you mean 'modes'?"),
    ({"data_controls": {"sd": "wide"}}, "sd takes a number from 0.001 to 1, not 'wide'"),
    ({"data": "points"}, "file"),
    ({"data": "points", "data_controls": {"file": "/no/such/file.csv"}}, "/no/such/file.csv"),
])
def test_what_does_not_stand_is_one_sentence(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as fault:
        resolved(Spec(**asked))
    assert sentence in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="device cuda is not on this machine: there is"):
        device_of("cuda")


@pytest.mark.parametrize(("name", "there", "expected"), [
    ("cuda", {"cuda": 0, "mps": 0, "cpu": 1}, "cpu"), ("cuda:1", {"cuda": 0, "mps": 1, "cpu": 1}, "cpu"),
    ("mps", {"cuda": 1, "mps": 0, "cpu": 1}, "cpu"), ("cuda:1", {"cuda": 1, "mps": 0, "cpu": 1}, "cuda"),
    ("cuda:1", {"cuda": 2, "mps": 0, "cpu": 1}, "cuda:1"), ("cpu", {"cuda": 2, "mps": 0, "cpu": 1}, "cpu"),
])
def test_what_stands_in_for_a_device(
    name: str, there: dict[str, int], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganstudio.training.resolve_spec._there", lambda: there)
    assert str(fallback_device(name)) == expected
    assert device_missing(name) == (name.split(":")[0] != expected.split(":")[0])


def test_a_device_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.training.resolve_spec._there", lambda: {"cuda": 2, "mps": 0, "cpu": 1})
    assert str(device_of("cuda:1")) == "cuda:1"
    with pytest.raises(BadInput, match="device cuda:2 is not on this machine: there is cuda:0 to 1, cpu"):
        device_of("cuda:2")


def test_a_spec_stays_what_it_was_where_the_cpu_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.training.resolve_spec._there", lambda: {"cuda": 0, "mps": 0, "cpu": 1})
    spec = Spec(variant="dcgan", data="digits", device="cuda", dtype="bfloat16", memory="channels_last", threads=1)
    parts = resolved(spec, elsewhere=True)
    assert (parts.spec.device, parts.spec.dtype, parts.spec.memory) == ("cuda", "bfloat16", "channels_last")
    assert parts.device.type == parts.precision.device_type == "cpu"
    assert (parts.precision.dtype, parts.precision.memory) == ("float32", "channels_last")
    assert "trained on cuda, which is not on this machine" in parts.warnings[-1]
    with pytest.raises(BadInput, match="device cuda is not on this machine: there is cpu"):
        resolved(spec)


def test_the_device_has_a_title() -> None:
    assert device_title(torch.device("cpu")).startswith("CPU (")


def test_wide_networks_get_threads_and_narrow_ones_do_not() -> None:
    narrow = resolved(Spec(network_controls={"width": 128}, device="cpu"))
    wide = resolved(Spec(network_controls={"width": 1024}, device="cpu"))
    assert narrow.spec.threads == 1
    assert wide.spec.threads >= narrow.spec.threads
    assert resolved(Spec(threads=3, device="cpu")).spec.threads == 3


def test_the_catalogue_travels() -> None:
    found = catalogue()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Catalog) == found
    assert found.variant("wgan-gp").reads_w1
    assert (found.data_set("points").kind, found.data_set("points").kinds) == (None, ["plane", "line"])
    assert found.network("mlp").kinds == ["line", "plane", "image"]
    with pytest.raises(KeyError):
        found.variant("nothing")


def test_the_catalogue_is_made_from_classes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sets that are not on this machine too."""
    monkeypatch.setattr(Dataset, "__init__", lambda *_: pytest.fail("a data set was constructed"))
    found = {data.name: data for data in catalogue().data}
    assert all(found[name].kind == "image" for name in ("celeba", "folder", "mnist", "fashion-mnist", "cifar10"))
    assert [name for name, data in found.items() if data.kind is None] == ["points"]
    assert {name for name, data in found.items() if "label" in data.gives} >= {
        "avatars", "cifar10", "digits", "fashion-mnist", "mnist"}


def test_a_leaf_that_cannot_be_described_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants()["wgan"], "presets", 5)
    found = catalogue()
    assert "wgan-gp" in {info.name for info in found.variants}
    assert [(leaf.name, leaf.folder, leaf.fault) for leaf in found.broken] == [
        ("wgan", "variants", "it cannot be described: AttributeError: 'int' object has no attribute 'items'")]


def test_the_catalogue_carries_the_algorithm_box() -> None:
    for info in catalogue().variants:
        assert "repeat" in info.algorithm or "minimise" in info.algorithm
        assert info.reference and info.discriminator_formula and info.generator_formula
        assert {preset.name for preset in info.presets} >= {"paper", "toy"}


@pytest.mark.parametrize(("variant", "network", "resolution", "said"), [
    ("dcgan", "", 1024, "resolution|px"), ("wgan-gp", "resnet", 2048, "resolution|px"),
])
def test_a_resolution_that_cannot_be_is_refused_before_the_images_are_made(
    variant: str, network: str, resolution: int, said: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def made(*_: object) -> None:
        raise AssertionError("the images were made")

    monkeypatch.setattr("ganstudio.datasets.parts.images.resized", made)
    with pytest.raises(BadInput, match=said):
        resolved(Spec(variant=variant, data="digits", network=network, device="cpu",
                      network_controls={"resolution": resolution}))


def test_images_that_do_not_fit_into_memory_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.training.memory_estimate.free", lambda _: 10_000_000)
    with pytest.raises(BadInput, match=r"images of 64 px need \d+ MB of memory and 10 MB are free: try a smaller"):
        resolved(Spec(variant="dcgan", data="digits", device="cpu", network_controls={"resolution": 64}))
