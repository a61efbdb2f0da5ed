"""A folder that is dropped is looked at by its layout: pairs, two kinds, or images; pairs are shown as pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.core.control import Value
from ganstudio.core.images import images_of
from ganstudio.core.protocol.messages import DataInspected, InspectData
from ganstudio.engine.data_inspector import DataInspector


def look(path: Path, data: str = "", **controls: Value) -> DataInspected:
    said: list[DataInspected] = []
    inspector = DataInspector(said.append)
    inspector.ask(InspectData(id=1, path=str(path), data=data, data_controls=controls))
    inspector._executor.shutdown(wait=True)
    (answer,) = said
    return answer


def fill(folder: Path, names: str, size: tuple[int, int] = (20, 20), level: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for at, name in enumerate(names):
        Image.new("L", size, level + at).save(folder / f"{name}.png")


@pytest.mark.parametrize(("first", "second", "data"), [
    (("A", "abc"), ("B", "abc"), "paired-folder"),
    (("trainA", "abc"), ("trainB", "abd"), "paired-folder"),
    (("trainA", "abc"), ("trainB", "xyz"), "unpaired-folders"),
    (("cats", "abc"), ("dogs", "abc"), "folder"),
])
def test_a_layout_says_which_data_it_is(
    tmp_path: Path, first: tuple[str, str], second: tuple[str, str], data: str,
) -> None:
    fill(tmp_path / first[0], first[1])
    fill(tmp_path / second[0], second[1])
    answer = look(tmp_path)
    assert answer.found is not None and answer.found.data == data, answer.refusal
    for asked in ("folder", "labelled-folder", "unpaired-folders"):
        chosen = look(tmp_path, asked)
        assert chosen.found is not None and chosen.found.data == asked


def test_pairs_are_previewed_side_by_side(tmp_path: Path) -> None:
    fill(tmp_path / "two" / "A", "abcd")
    fill(tmp_path / "two" / "B", "abce", level=100)
    picture = np.zeros((20, 40), np.uint8)
    picture[:, 20:] = 100
    (tmp_path / "halves").mkdir()
    for name in "ab":
        Image.fromarray(picture).save(tmp_path / "halves" / f"{name}.png")
    for folder, count in (("two", 3), ("halves", 2)):
        found = look(tmp_path / folder, resolution="8").found
        assert found is not None and found.data == "paired-folder" and found.folder is not None
        shown = images_of(found.folder.pictures).astype(int)
        assert found.folder.pairs and found.folder.count == count and shown.shape == (2 * count, 8, 8, 3)
        assert (shown[1::2] - shown[::2] == 100).all()
        assert found.folder.smallest == [20, 20]
        alone = {} if folder == "halves" else {"without a partner of the same name in the other folder": 2}
        assert found.folder.others == alone


def test_what_is_no_pair_is_said(tmp_path: Path) -> None:
    fill(tmp_path / "A", "abc")
    fill(tmp_path / "B", "ab")
    fill(tmp_path / "B", "c", (30, 20))
    found = look(tmp_path).found
    assert found is not None and found.folder is not None
    assert found.folder.unread == ["A/c.png is 20 x 20 px and its partner 30 x 20 px"]
    fill(tmp_path, "z")
    assert "in one way or the other" in look(tmp_path, "paired-folder").refusal
    assert "in one way or the other" in look(tmp_path, "unpaired-folders").refusal
    fill(tmp_path / "plain", "ab")
    assert "in two folders" in look(tmp_path / "plain", "unpaired-folders").refusal
    assert "two or more classes" in look(tmp_path / "plain", "labelled-folder").refusal
