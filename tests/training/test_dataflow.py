"""What flows where, against what the papers say of each game: found by a rehearsal, for every variant there is."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.flow import Flow, credible
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.variant import Variant
from ganstudio.training.dataflow import flows_of
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import Trainer

VARIANTS: dict[str, type[Variant[Any]]] = leaves("ganstudio.variants", Variant)
D, G = "discriminator", "generator"
USUAL = {(D, "latent", "G"), (D, "data", "D"), (D, "G", "D"), (D, "D", "loss"),
         (G, "latent", "G"), (G, "G", "D"), (G, "D", "loss")}
LABELS = {(player, "label", module) for player in (D, G) for module in "DG"}
BESIDE = {  # what a paper has beside the usual game
    "cgan": LABELS,
    "r3gan": {(G, "data", "D")},  # a relativistic loss compares each generated sample with a real one
    "wgan-gp": {(D, "noise", "D")},  # the place between a pair of samples is drawn
    "progan": {(D, "noise", "D")},
}


def trainer(name: str, **spec: Any) -> Trainer:
    leaf = VARIANTS[name]
    data = "ring" if "plane" in leaf.kinds else "digits"
    small = {"width": 8, "depth": 1} if data == "ring" else {"width": 4, "resolution": 8}
    return Trainer(Spec(**{
        "variant": name, "data": data, "seed": 1, "device": "cpu", "threads": 1, "dtype": "float32",
        "memory": "contiguous", "controls": {"batch_size": 8}, "network_controls": small,
        "data_controls": {"count": 100} if data == "digits" else {}, **spec}))


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_is_drawn_as_its_paper_has_it(name: str) -> None:
    found = {(flow.player, flow.origin, flow.target) for flow in flows_of(trainer(name).game)}
    assert found == USUAL | BESIDE.get(name, set())


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
