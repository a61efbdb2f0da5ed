"""The matrix: each cell is the image of its own request, and what a source has already is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.core.images import pixels
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.view_shapes import check
from ganstudio.probes.matrix import MatrixProbe
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer
from ganstudio.views.matrix import Matrix


def trainer(variant: str, data: str, controls: dict[str, Any] | None = None, **network: Any) -> Trainer:
    return Trainer(Spec(variant=variant, data=data, seed=1, device="cpu", threads=1, data_controls=controls or {},
                        network_controls=network, controls={"batch_size": 2}))


def looked(run: Trainer) -> Matrix:
    view = MatrixProbe().look(run.view, 36)
    check(view)
    return view


def test_an_attribute_takes_each_of_its_values_and_the_own_one_is_framed() -> None:
    run = trainer("stargan", "faces", {"count": 100}, width=4, width_d=4, blocks=1)
    assert "domains" in abilities(run.game)
    view = looked(run)
    assert (view.by, view.rows, len(view.columns[0])) == (["attributes"], 8, 9)
    assert [column.group for column in view.columns[0]] == ["hair"] * 5 + ["glasses"] * 2 + ["beard"] * 2
    framed = [sum(row in column.own for column in view.columns[0]) for row in range(8)]
    assert framed == [3] * 8  # each source has one value of each of the three attributes
    grid = view.made[0].numpy().reshape(8, 9, 32, 32, 3)
    own = run.view.translation.translated(8)["own"].numpy()
    for index, column in enumerate(view.columns[0]):
        for row in column.own:
            np.testing.assert_array_equal(grid[row, index], pixels(own[row : row + 1])[0])


def test_styles_come_from_latents_and_from_each_source() -> None:
    run = trainer("stargan-v2", "faces", {"count": 100, "attributes": "style"}, width=4, resolution=16)
    view = looked(run)
    assert view.by == ["latents", "references"]
    assert [len(columns) for columns in view.columns] == [8, 8]
    assert [column.own for column in view.columns[1]] == [[at] for at in range(8)]
    assert view.heads[0].shape[0] == 0 and view.heads[1] == view.source
    own = pixels(run.view.translation.translated(8)["own"].numpy())
    grid = view.made[1].numpy().reshape(8, 8, 16, 16, 3)
    for row in range(8):  # its own style is read from itself: only the batch is another one
        assert np.abs(grid[row, row] - own[row].astype(float)).max() <= 1


def test_along_a_row_the_latent_stays_and_the_class_is_that_of_the_column() -> None:
    run = trainer("cgan", "digits")
    view = looked(run)
    assert view.by == ["classes"] and view.source.shape[0] == 0
    assert [column.title for column in view.columns[0]] == run.view.class_names
    with torch.no_grad():
        made = run.view.generate(run.view.latents[2:3], torch.tensor([7]))
    grid = view.made[0].numpy().reshape(8, 10, *view.made[0].shape[1:])
    assert np.abs(grid[2, 7] - pixels(made.numpy())[0].astype(float)).max() <= 1


@pytest.mark.parametrize(("variant", "data"), [("pix2pix", "scenes"), ("dcgan", "digits")])
def test_games_that_can_be_asked_for_nothing_have_no_matrix(variant: str, data: str) -> None:
    assert "domains" not in abilities(trainer(variant, data).game)
