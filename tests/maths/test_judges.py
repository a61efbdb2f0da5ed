"""Judges are kept by all that they depend on, and by nothing else; they say what they cannot read."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.core.control import in_key
from ganstudio.datasets.faces import Faces, FacesControls
from ganstudio.datasets.scenes import Scenes, ScenesControls
from ganstudio.maths.judges import attribute_net, label_net
from ganstudio.maths.kept_arrays import folder


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys under which nets are looked for; none is trained."""
    asked: list[str] = []

    def noted(key: str, train: Any) -> tuple[dict[str, Any], float]:
        asked.append(key)
        return {}, 1.0

    for module in (label_net, attribute_net):
        monkeypatch.setattr(module, "kept_judge", noted)
    return asked


def test_nets_of_other_data_or_sizes_are_other_ones(keys: list[str]) -> None:
    scenes = Scenes(ScenesControls(count=100))
    for data in (scenes, scenes.resized(16), Scenes(ScenesControls(count=100, colour_share=0.7)),
                 Scenes(ScenesControls(count=100, uniform_share=0.2))):
        label_net.label_net(data)
    faces = Faces(FacesControls(count=100))
    for other in (faces, faces.resized(16), Faces(FacesControls(count=100, anywhere=True))):
        attribute_net.attribute_net(other)
    assert len(set(keys)) == len(keys) == 7


def test_how_many_there_are_to_learn_from_is_no_matter(keys: list[str]) -> None:
    for count in (100, 200):
        label_net.label_net(Scenes(ScenesControls(count=count)))
        attribute_net.attribute_net(Faces(FacesControls(count=count)))
    assert len(set(keys)) == 2


def test_equal_values_have_one_key(keys: list[str]) -> None:
    before = set(folder().glob("scenes-*")) if folder().exists() else set()
    for none in (0, 0.0, -0.0):
        label_net.label_net(Scenes(ScenesControls(count=101, uniform_share=none)))
    assert len(set(keys)) == 1
    assert len(set(folder().glob("scenes-*")) - before) == 1
    assert in_key({"b": 1.0, "a": True, "c": 0.25}) == in_key({"a": True, "b": 1, "c": 0.25}) == "aTrue-b1-c0.25"
    assert in_key({"a": 1e-9}) != in_key({"a": 0.0})


def test_what_has_nothing_to_read_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="Scenes names no attributes"):
        attribute_net.attribute_net(Scenes(ScenesControls(count=100)))
    with pytest.raises(TypeError, match="object has no label maps"):
        label_net.label_net(object())
