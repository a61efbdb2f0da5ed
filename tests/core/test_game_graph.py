"""The graph of a game, for casts that are written down by hand: what is drawn, where it lies, and the gradients."""

from __future__ import annotations

import pytest

from ganstudio.core.game_graph import GameGraph, game_graph, usual_flows
from ganstudio.core.protocol.flow import Flow
from ganstudio.core.protocol.spec import TWO_PLAYERS, PlayerInfo

D, G = "discriminator", "generator"


def cast(**modules: list[str]) -> list[PlayerInfo]:
    return [PlayerInfo(name=name, letter=name[0].upper(), word=name, modules=own) for name, own in modules.items()]


def forward(graph: GameGraph) -> set[tuple[str, str]]:
    return {(edge.origin, edge.target) for edge in graph.edges if not edge.gradient}


def back(graph: GameGraph, player: str) -> set[tuple[str, str]]:
    return {(edge.origin, edge.target) for edge in graph.edges if edge.gradient and player in edge.players}


USUAL = {("latent", "G"), ("G", "made.G"), ("made.G", "D"), ("data", "D"), ("D", "scores.D"),
         ("scores.D", "loss.discriminator"), ("scores.D", "loss.generator")}


def test_the_usual_game() -> None:
    graph = game_graph(TWO_PLAYERS, [], ["latent", "scores"])
    assert forward(graph) == USUAL
    assert back(graph, D) == {("D", "scores.D"), ("scores.D", "loss.discriminator")}
    assert back(graph, G) == {("G", "made.G"), ("made.G", "D"), ("D", "scores.D"), ("scores.D", "loss.generator")}
    columns = {node.name: node.column for node in graph.nodes}
    assert columns == {"latent": 0, "G": 1, "made.G": 2, "data": 2, "D": 3, "scores.D": 4, "loss.generator": 5,
                       "loss.discriminator": 5}
    rows = {node.name: node.row for node in graph.nodes}
    assert rows["made.G"] < rows["data"] and rows["loss.generator"] < rows["loss.discriminator"]
    assert (graph.node("D").role, graph.node("D").owner, graph.node("G").role) == ("judge", D, "maker")


def test_who_is_at_work_in_an_update_is_lit_with_it() -> None:
    graph = game_graph(TWO_PLAYERS, [], ["latent", "scores"])
    at_work = {node.name: node.players for node in graph.nodes}
    assert at_work["data"] == {D} and at_work["loss.generator"] == {G}
    assert at_work["latent"] == at_work["D"] == at_work["G"] == {D, G}


def test_labels_go_where_they_are_given() -> None:
    shown = game_graph(TWO_PLAYERS, [], ["latent", "label", "scores"])
    assert forward(shown) == USUAL | {("label", "G"), ("label", "D")}
    hidden = game_graph(TWO_PLAYERS, [*usual_flows(TWO_PLAYERS, frozenset({"latent"})), Flow(D, "label", "G")])
    assert forward(hidden) == USUAL | {("label", "G")}


def test_a_draw_inside_a_penalty_is_not_drawn_and_one_that_samples_are_made_of_is() -> None:
    penalty = [*usual_flows(TWO_PLAYERS, frozenset({"latent"})), Flow(D, "noise", "D")]
    assert forward(game_graph(TWO_PLAYERS, penalty)) == USUAL
    alone = [Flow(flow.player, "noise" if flow.origin == "latent" else flow.origin, flow.target)
             for flow in usual_flows(TWO_PLAYERS, frozenset({"latent"}))]
    assert ("noise", "G") in forward(game_graph(TWO_PLAYERS, alone))


def test_a_translation_is_compared_with_its_target() -> None:
    flows = [Flow(p, o, t) for p in (D, G) for o, t in (("source", "G"), ("source", "D"), ("G", "D"), ("D", "loss"))]
    flows += [Flow(D, "data", "D"), Flow(G, "G", "loss"), Flow(G, "data", "loss")]
    graph = game_graph(TWO_PLAYERS, flows)
    assert {("source", "G"), ("source", "D"), ("data", "loss.generator"), ("made.G", "loss.generator")} <= (
        forward(graph))
    assert ("made.G", "loss.generator") in back(graph, G)
    assert not any(target == "loss.discriminator" and origin == "data" for origin, target in forward(graph))


def test_two_pairs_and_the_way_round() -> None:
    players = cast(discriminator=["D_A", "D_B"], generator=["G_AB", "G_BA"])
    once = [("source", "G_AB"), ("data", "G_BA"), ("G_AB", "D_B"), ("G_BA", "D_A"), ("D_A", "loss"), ("D_B", "loss")]
    flows = [Flow(p, o, t) for p in (D, G) for o, t in once]
    flows += [Flow(D, "source", "D_A"), Flow(D, "data", "D_B"), Flow(G, "G_AB", "G_BA"), Flow(G, "G_BA", "G_AB"),
              Flow(G, "G_AB", "loss"), Flow(G, "G_BA", "loss"), Flow(G, "source", "loss"), Flow(G, "data", "loss")]
    graph = game_graph(players, flows)
    names = {node.name for node in graph.nodes}
    assert {"made.G_AB", "made.G_BA", "scores.D_A", "scores.D_B"} <= names
    assert {("made.G_AB", "G_BA"), ("made.G_BA", "G_AB"), ("made.G_AB", "D_B")} <= forward(graph)
    assert graph.node("data").column == 0 == graph.node("source").column
    row = {node.name: node.row for node in graph.nodes}
    assert row["made.G_AB"] < row["made.G_BA"] and row["D_B"] < row["D_A"], "each judge lies beside what it judges"
    assert ("G_AB", "made.G_AB") in back(graph, G) and ("D_A", "scores.D_A") in back(graph, D)
    assert not any(origin.startswith("G") for origin, _ in back(graph, D))


def test_the_scales_of_a_stack_are_one_part() -> None:
    flows = [Flow(p, o, t) for p in (D, G) for o, t in (
        ("noise", "G0"), ("noise", "G1"), ("G0", "G1"), ("G0", "D1"), ("G1", "D1"), ("D0", "loss"), ("D1", "loss"),
        ("G0", "D0"), ("data", "D0"), ("data", "D1"))]
    graph = game_graph(cast(discriminator=["D0", "D1"], generator=["G0", "G1"]), flows)
    assert {node.name for node in graph.nodes} == {
        "noise", "G", "made.G", "data", "D", "scores.D", "loss.discriminator", "loss.generator"}
    assert (graph.node("G").count, graph.node("D").count, graph.node("data").count) == (2, 2, 1)


def test_a_codebook_and_a_prior_that_plays_alone() -> None:
    players = cast(generator=["E", "codes", "G"], discriminator=["D"], prior=["T"])
    flows = [Flow(G, o, t) for o, t in (("data", "E"), ("E", "codes"), ("codes", "G"), ("G", "D"), ("G", "loss"),
                                        ("E", "loss"), ("codes", "loss"), ("data", "loss"), ("D", "loss"))]
    flows += [Flow(D, o, t) for o, t in (("data", "E"), ("E", "codes"), ("codes", "G"), ("G", "D"), ("data", "D"),
                                         ("D", "loss"))]
    flows += [Flow("prior", "data", "E"), Flow("prior", "E", "T"), Flow("prior", "T", "loss")]
    graph = game_graph(players, flows)
    assert {("data", "E"), ("E", "codes"), ("codes", "G"), ("E", "T"), ("T", "loss.prior")} <= forward(graph)
    assert ("E", "loss.generator") not in forward(graph), "what is not judged or made is in its loss by way of G"
    assert [graph.node(name).role for name in ("E", "codes", "T", "G")] == ["network", "network", "network", "maker"]
    assert graph.node("T").owner == "prior" and back(graph, "prior") == {("T", "loss.prior")}
    assert graph.node("data").column == 0


def test_one_player_alone() -> None:
    players = cast(generator=["G"])
    graph = game_graph(players, [], ["latent"])
    assert forward(graph) == {
        ("latent", "G"), ("G", "made.G"), ("made.G", "loss.generator"), ("data", "loss.generator")}
    assert back(graph, G) == {("G", "made.G"), ("made.G", "loss.generator")}


@pytest.mark.parametrize("has", [(), ("latent",), ("latent", "label"), ("source",)])
def test_files_of_before_are_drawn_from_what_they_say(has: tuple[str, ...]) -> None:
    graph = game_graph([PlayerInfo(name="discriminator", letter="D", word="critic"),
                        PlayerInfo(name="generator", letter="G", word="generator")], [], has)
    assert {node.name for node in graph.nodes} >= {"G", "D", "data", *has}


def test_no_two_parts_lie_on_one_place() -> None:
    graph = game_graph(TWO_PLAYERS, [], ["latent", "label", "scores"])
    places = [(node.column, node.row) for node in graph.nodes]
    assert len(set(places)) == len(places)
    assert all(0 < row < 1 for _, row in places)
