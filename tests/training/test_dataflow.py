"""What flows where, against what the papers say of each game: found by a rehearsal, for every variant there is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from small_games import VARIANTS, small

from ganstudio.core.protocol.flow import Flow, credible
from ganstudio.training.dataflow import flows_of
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import Trainer

D, G = "discriminator", "generator"
USUAL = {(D, "latent", "G"), (D, "data", "D"), (D, "G", "D"), (D, "D", "loss"),
         (G, "latent", "G"), (G, "G", "D"), (G, "D", "loss")}
LABELS = {(player, "label", module) for player in (D, G) for module in "DG"}
DREW = {(G, "G", "loss"), (G, "data", "loss")}  # a distance between what was made and what was given is minimised
WHOLE: dict[str, set[tuple[str, str, str]]] = {  # the papers' games that are not the usual one with something beside
    "pix2pix": {  # L1 to the true image; D sees the source beside the image
        *((player, "source", module) for player in (D, G) for module in "DG"), (D, "data", "D"), (D, "G", "D"),
        (D, "D", "loss"), (G, "G", "D"), (G, "D", "loss"), *DREW},
    "cyclegan": {  # there and back from both sides; and an image of the target's domain stays as it is
        (D, "source", "G_AB"), (D, "data", "G_BA"), (D, "source", "D_A"), (D, "data", "D_B"), (D, "G_AB", "D_B"),
        (D, "G_BA", "D_A"), (D, "D_A", "loss"), (D, "D_B", "loss"),
        *((G, side, module) for side in ("source", "data") for module in ("G_AB", "G_BA", "loss")),
        (G, "G_AB", "D_B"), (G, "G_BA", "D_A"), (G, "D_A", "loss"), (G, "D_B", "loss"), (G, "G_AB", "G_BA"),
        (G, "G_BA", "G_AB"), (G, "G_AB", "loss"), (G, "G_BA", "loss")},
    "spade": {  # D's layers on the true image are matched in G's step, too
        *((player, "source", module) for player in (D, G) for module in "DG"),
        *((player, origin, target) for player in (D, G)
          for origin, target in (("latent", "G"), ("data", "D"), ("G", "D"), ("D", "loss")))},
    "stargan": {  # the penalty's points are drawn; D reads attributes, which are compared with labels
        *((player, origin, target) for player in (D, G) for origin, target in (
            ("data", "G"), ("label", "G"), ("G", "D"), ("D", "loss"), ("label", "loss"))),
        (D, "data", "D"), (D, "noise", "D"), *DREW},
    "stargan-v2": {  # styles come from latents and, by turns, from other images; D and E have a head for each label
        *((player, origin, target) for player in (D, G) for origin, target in (
            ("latent", "M"), ("label", "M"), ("data", "E"), ("label", "E"), ("M", "G"), ("E", "G"), ("data", "G"),
            ("G", "D"), ("label", "D"), ("D", "loss"))),
        (D, "data", "D"), (G, "G", "E"), (G, "E", "loss"), (G, "M", "loss"), *DREW},
    "singan": {  # the coarsest and the finest of five scales: each G adds to what those below it made, and draws noise
        *((player, "noise", f"G{at}") for player in (D, G) for at in range(5)),
        *((player, f"G{at}", f"G{at + 1}") for player in (D, G) for at in range(4)),
        *((player, origin, target) for player in (D, G) for at in (0, 4)
          for origin, target in ((f"G{at}", f"D{at}"), (f"D{at}", "loss"))),
        *((D, origin, f"D{at}") for at in (0, 4) for origin in ("data", "noise")),
        (G, "G0", "loss"), (G, "G4", "loss"), (G, "data", "loss")},  # the reconstruction
    "vqgan": {  # a gradient goes from G to E as if the codebook were not between them; codes and vectors draw near
        *((player, origin, target) for player in (D, G)
          for origin, target in (("data", "E"), ("E", "C"), ("C", "G"), ("G", "D"), ("D", "loss"))),
        (D, "data", "D"), (G, "E", "G"), (G, "E", "loss"), (G, "C", "loss"), *DREW,
        *(("prior", origin, target) for origin, target in (
            ("data", "E"), ("E", "C"), ("C", "T"), ("C", "loss"), ("T", "loss")))},
}
BESIDE = {  # what a paper has beside the usual game
    "cgan": LABELS,
    "r3gan": {(G, "data", "D")},  # a relativistic loss compares each generated sample with a real one
    "wgan-gp": {(D, "noise", "D")},  # the place between a pair of samples is drawn
    "progan": {(D, "noise", "D")},
    "gawwn": LABELS,  # words and place
    "stylegan2": {(G, "G", "loss"), (G, "noise", "loss")},  # path length: a gradient of the image times drawn noise
}


def trainer(name: str, **spec: Any) -> Trainer:
    own: dict[str, Any] = {"seed": 1, "device": "cpu", "threads": 1, "controls": {"batch_size": 8}, **spec}
    return Trainer(msgspec.structs.replace(small(name), **own))


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_is_drawn_as_its_paper_has_it(name: str) -> None:
    found = {(flow.player, flow.origin, flow.target) for flow in flows_of(trainer(name).game)}
    assert found == WHOLE.get(name, USUAL | BESIDE.get(name, set()))


def test_a_relativistic_loss_shows_the_discriminator_real_images_in_the_generators_update() -> None:
    relativistic = trainer("msg-gan", controls={"loss": "relativistic-hinge", "batch_size": 8})
    found = {(flow.player, flow.origin, flow.target) for flow in flows_of(relativistic.game)}
    assert found == USUAL | {(G, "data", "D")}


def test_a_discriminator_that_does_not_see_the_source_is_drawn_without() -> None:
    found = {(flow.player, flow.origin, flow.target)
             for flow in flows_of(trainer("pix2pix", controls={"conditional": False, "batch_size": 8}).game)}
    assert found == WHOLE["pix2pix"] - {(player, "source", "D") for player in (D, G)}


def test_a_discriminator_that_is_shown_no_label_is_drawn_without() -> None:
    blind = trainer("cgan", controls={"conditioning": "none", "batch_size": 8})
    found = {(flow.player, flow.origin, flow.target) for flow in flows_of(blind.game)}
    assert found == USUAL | {(player, "label", "G") for player in (D, G)}


def test_looking_for_it_changes_nothing() -> None:
    looked, other = trainer("wgan-gp"), trainer("wgan-gp")
    for run in (looked, other):
        run.step()
    flows_of(looked.game)
    for run in (looked, other):
        run.step()
    assert looked.game.weights_hash() == other.game.weights_hash()


def test_a_run_says_it_with_the_modules_of_its_players() -> None:
    started = describe_run(trainer("ns-gan"))
    assert [(player.name, player.modules) for player in started.players] == [(D, ["D"]), (G, ["G"])]
    assert started.flows


def test_a_variant_that_cannot_be_rehearsed_has_no_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer("gan", seed=2, controls={"batch_size": 9})

    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(VARIANTS["gan"], "terms", broken)
    assert flows_of(run.game) == []


def test_flows_of_a_stranger_are_checked() -> None:
    good = [Flow("generator", "latent", "G")]
    assert credible(good) == good
    assert credible([Flow("generator", "latent", "<b>")]) == []
    assert credible(good * 300) == []
