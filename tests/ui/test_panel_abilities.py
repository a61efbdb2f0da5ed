"""What a panel may need of a run: said by the run, or, if its file is older, by its variant."""

from __future__ import annotations

import msgspec
import pytest
from studio_kit import started, variant_info

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panel import Panel, abilities_of


@pytest.mark.parametrize(("variant", "has"), [("wgan-gp", {"latent", "scores"}),
                                              ("progan", {"latent", "scores", "phases"})])
def test_runs_that_do_not_say_it_are_games_of_scores_on_a_latent(variant: str, has: set[str]) -> None:
    assert abilities_of(started(1, Spec()), variant_info(variant)) == has


def test_panels_of_scores_are_not_offered_to_a_game_without() -> None:
    without = msgspec.structs.replace(started(1, Spec()), has=["latent", "source"])
    panels = leaves("ganstudio.ui.panels", Panel)
    offered = {name for name, panel in panels.items() if panel.fits("image", abilities_of(without, None))}
    assert not {"gradients", "balance"} & offered and "samples" in offered
    assert {name for name, panel in panels.items() if panel.fits("image", ["latent", "source", "scores"])} == (
        offered | {"gradients", "balance"})


def test_a_panel_of_phases_is_offered_to_games_that_have_them_alone() -> None:
    panel = leaves("ganstudio.ui.panels", Panel)["progressive"]
    old = started(1, Spec())
    assert panel.fits("image", abilities_of(old, variant_info("progan")))
    assert not panel.fits("image", abilities_of(old, variant_info("dcgan")))
    assert not panel.fits("image", abilities_of(msgspec.structs.replace(old, has=["source", "scores"]), None))
