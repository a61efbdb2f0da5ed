"""The picture of the game for casts beyond two players on a latent: what flows is found, and all of it is drawn."""

from __future__ import annotations

import pytest
from casts_kit import CASTS, TOYS

from ganstudio.core import leaves
from ganstudio.core.game_graph import GameGraph, game_graph
from ganstudio.training.resolve_spec import datasets, networks, variants
from ganstudio.training.run_description import describe_run

D, G = "discriminator", "generator"
FLOWS: dict[str, dict[str, set[tuple[str, str]]]] = {  # as the toys' papers have them
    "pix2pix": {
        D: {("source", "G"), ("G", "D"), ("source", "D"), ("data", "D"), ("D", "loss")},
        G: {("source", "G"), ("G", "D"), ("source", "D"), ("D", "loss"), ("G", "loss"), ("data", "loss")}},
    "cyclegan": {
        D: {("source", "G_AB"), ("data", "G_BA"), ("source", "D_A"), ("data", "D_B"), ("G_AB", "D_B"),
            ("G_BA", "D_A"), ("D_A", "loss"), ("D_B", "loss")},
        G: {("source", "G_AB"), ("data", "G_BA"), ("G_AB", "D_B"), ("G_BA", "D_A"), ("D_A", "loss"), ("D_B", "loss"),
            ("G_AB", "G_BA"), ("G_BA", "G_AB"), ("G_AB", "loss"), ("G_BA", "loss"), ("source", "loss"),
            ("data", "loss")}},
    "cgan": {
        D: {("latent", "G"), ("label", "G"), ("G", "D"), ("label", "D"), ("data", "D"), ("D", "loss")},
        G: {("latent", "G"), ("label", "G"), ("G", "D"), ("label", "D"), ("D", "loss")}},
    "msg-gan": {
        D: {("latent", "G"), ("G", "D"), ("data", "D"), ("D", "loss")},
        G: {("latent", "G"), ("G", "D"), ("D", "loss")}},
    "vqgan": {"prior": {("data", "E"), ("codes", "T"), ("E", "T"), ("T", "loss"), ("E", "loss"), ("codes", "loss")}},
}


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toys are leaves while a test runs."""
    for walk in variants, networks, datasets:
        walk()
    for folder, found in TOYS.items():
        for leaf in found:
            monkeypatch.setitem(leaves._KNOWN[f"ganstudio.{folder}"].leaves, leaf.name, leaf)


def drawn(name: str) -> GameGraph:
    started = describe_run(CASTS[name].trainer())
    assert started.flows, "it can be rehearsed"
    return game_graph(started.players, started.flows, started.has)


@pytest.mark.parametrize("name", FLOWS)
def test_what_flows_is_what_the_paper_says(name: str) -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    for flow in describe_run(CASTS[name].trainer()).flows:
        found.setdefault(flow.player, set()).add((flow.origin, flow.target))
    assert {player: found[player] for player in FLOWS[name]} == FLOWS[name]


@pytest.mark.parametrize("name", CASTS)
def test_every_cast_is_drawn_whole(name: str) -> None:
    graph = drawn(name)
    names = {node.name for node in graph.nodes}
    assert {node.owner for node in graph.nodes if node.role == "loss"} == set(CASTS[name].terms)
    for edge in graph.edges:
        assert {edge.origin, edge.target} <= names and edge.players <= set(CASTS[name].terms)
    for player in CASTS[name].terms:
        ends = {edge.target for edge in graph.edges if edge.gradient and player in edge.players}
        starts = {edge.origin for edge in graph.edges if edge.gradient and player in edge.players}
        own = {node.name for node in graph.nodes if node.owner == player and node.role in ("judge", "maker", "network")}
        assert f"loss.{player}" in ends and starts & own, "its gradient comes from its loss and reaches its networks"
    joined = {graph.nodes[0].name}
    while more := {other for edge in graph.edges for one, other in (
            (edge.origin, edge.target), (edge.target, edge.origin)) if one in joined} - joined:
        joined |= more
    assert joined == names, "nothing lies apart"


def test_the_parts_of_each_cast() -> None:
    assert {node.name for node in drawn("singan").nodes} == {
        "noise", "G", "made.G", "data", "D", "scores.D", "loss.discriminator", "loss.generator"}
    assert drawn("singan").node("G").count == 3
    assert [node.name for node in drawn("cyclegan").nodes if node.role == "made"] == ["made.G_AB", "made.G_BA"]
    assert drawn("vqgan").node("T").owner == "prior"
    assert "latent" not in {node.name for node in drawn("vqgan").nodes}, "training draws none"
    assert "latent" in {node.name for node in drawn("stylegan2").nodes}
