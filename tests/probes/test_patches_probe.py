"""D's map of scores: the square that each score sees is the true one, and the look changes nothing of the run."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.core.network import ScoresPatches
from ganstudio.core.patch_field import PatchField, field_of
from ganstudio.core.protocol.spec import Spec
from ganstudio.probes.patches import PatchesProbe
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer

RUNS = {  # variant -> data, what its networks are set to, scores along a side at 32 px, and what one sees
    "pix2pix": ("scenes", {"width": 4, "width_d": 4}, 14, PatchField(16, 2, -5, 1)),
    "cyclegan": ("seasons", {"width": 4, "width_d": 4, "blocks": 1}, 14, PatchField(16, 2, -5, 1)),
    "spade": ("scenes", {"width": 4, "width_d": 4, "hidden": 4, "patch_layers": 2}, 6, PatchField(34, 4, -11, 2)),
    "stargan": ("faces", {"width": 4, "width_d": 4, "blocks": 1}, 4, PatchField(38, 8, -15, 3)),
}


def trainer(variant: str, **network: Any) -> Trainer:
    data, net, _, _ = RUNS[variant]
    return Trainer(Spec(variant=variant, data=data, seed=1, device="cpu", threads=1, data_controls={"count": 100},
                        network_controls={**net, **network}, controls={"batch_size": 2}))


@pytest.mark.parametrize("variant", RUNS)
def test_each_score_sees_the_square_that_the_view_says(variant: str) -> None:
    game = trainer(variant).game
    D = game.modules["D_B" if variant == "cyclegan" else "D"].double()
    assert isinstance(D, ScoresPatches)
    for name, module in list(D.named_modules()):  # a norm over the map would let every score see all of it
        if isinstance(module, nn.InstanceNorm2d | nn.BatchNorm2d):
            parent = D.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Identity())
    channels = 3 + (game.data.source_shape[0] if variant in ("pix2pix", "spade") else 0)
    x = torch.randn(1, channels, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x.requires_grad_()
    scores = D.finest(D(x), 32)[0]
    cells, field = RUNS[variant][2:]
    assert scores.shape == (cells, cells)
    assert D.field == field
    for row, column in ((cells // 2, cells // 2), (0, 0), (cells - 1, 0), (cells // 2, cells - 1)):
        (slope,) = torch.autograd.grad(scores[row, column], x, retain_graph=True)
        rows, columns = (slope[0].abs().sum(0) > 0).nonzero().T
        left, top, right, bottom = field.square(row, column)
        seen = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        assert seen == (max(left, 0), max(top, 0), min(right, 32), min(bottom, 32))


@pytest.mark.parametrize("variant", RUNS)
def test_the_maps_are_those_of_the_shown_images_and_a_look_changes_nothing(variant: str) -> None:
    looked, other = trainer(variant), trainer(variant)
    for each in (looked, other):
        each.step()
    assert "patches" in abilities(looked.game)
    view, again = (PatchesProbe().look(looked.view, 36) for _ in range(2))
    assert view == again
    cells = RUNS[variant][2]
    assert view.on_made.shape == view.on_real.shape == (8, cells, cells)
    assert view.made.shape == view.real.shape == (8, 32, 32, 3)
    assert not np.array_equal(view.on_made.numpy(), view.on_real.numpy())
    assert (view.judge, view.domain) == (("D_B", "winter") if variant == "cyclegan" else ("", ""))
    shown = looked.view.translation.translated(8)
    np.testing.assert_array_equal(shown["truth"].numpy(), looked.view.translation.scored_patches(8)[1]["real"].numpy())
    for each in (looked, other):
        each.step()
    assert looked.game.weights_hash() == other.game.weights_hash()


def test_a_discriminator_of_whole_images_has_no_map() -> None:
    run = Trainer(Spec(variant="dcgan", data="digits", seed=0, device="cpu", threads=1))
    assert "patches" not in abilities(run.game)
    with pytest.raises(ValueError, match="no patches"):
        run.view.translation.scored_patches(2)


def test_the_field_of_no_layer_is_a_pixel() -> None:
    assert field_of([]) == PatchField(1, 1, 0, 0)
    assert field_of([(4, 2, 1), (3, 1, 1)]) == PatchField(8, 2, -3, 1)


def test_a_run_that_is_let_go_of_ends_at_once() -> None:
    gc.disable()  # what lies in a circle would stay, and the thread that gathers its batches with it
    try:
        run = trainer("cyclegan")
        view = weakref.ref(run.view)
        run.view.translation.translated(1)
        del run
        assert view() is None
    finally:
        gc.enable()
