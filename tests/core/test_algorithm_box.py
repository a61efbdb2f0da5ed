"""The lines of every variant's box, against what its class does, which is known from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.core.algorithm_box import box_lines, moments, objective_line
from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.spec import PlayerInfo
from ganstudio.core.variant import Variant
from ganstudio.training.build_catalog import catalogue

VARIANTS: dict[str, type[Variant[Any]]] = leaves("ganstudio.variants", Variant)
INFOS = {info.name: info for info in catalogue().variants}
D, G = "discriminator", "generator"
AFTER = {"singan": [""]}  # lines that follow the updates of all players

# whose updates something follows, where it is not the discriminator's; "": of whoever moves last
AFTER = {"singan": [""], "stylegan2": [D, G], "vqgan": [G, "prior"]}

every_variant = pytest.mark.parametrize("name", VARIANTS)


def text(info: VariantInfo, player: str, *chosen: str) -> str:
    lines = box_lines(info.algorithm, info.players)
    return " ".join(lines[objective_line(lines, player, chosen)].text.split())


@every_variant
def test_each_player_has_a_line_that_is_optimised(name: str) -> None:
    info = INFOS[name]
    lines = box_lines(info.algorithm, info.players)
    for player in info.players:
        index = objective_line(lines, player.name, ())
        assert index >= 0 and lines[index].player == player.name and not lines[index].alternative
        # The formula of the theory panel says whether it is maximised: another text by another author.
        assert lines[index].maximised == info.formulas[player.name].startswith(r"\max")


@every_variant
def test_the_loop_is_the_discriminators(name: str) -> None:
    info = INFOS[name]
    assert [line.player for line in box_lines(info.algorithm, info.players) if line.role == "loop"] == [D]


@every_variant
def test_a_line_follows_the_step_if_and_only_if_the_class_does_something_then(name: str) -> None:
    leaf, info = VARIANTS[name], INFOS[name]
    acts = leaf.after_discriminator_step is not Variant.after_discriminator_step or leaf.after is not Variant.after
    after = [line.player for line in box_lines(info.algorithm, info.players) if line.role == "after"]
    assert after == AFTER.get(name, [D] if acts else [])


@every_variant
def test_the_moments_of_an_update_are_in_their_order_and_each_has_a_line(name: str) -> None:
    info = INFOS[name]
    lines = box_lines(info.algorithm, info.players)
    for player in (D, G):
        found = moments(lines, player, ())
        phases = [each.phase for each in found if each.phase not in ("meaning", "after")]
        assert phases == ["turn", "draw", "terms", "gradient", "step"]
        assert all(0 <= each.line < len(lines) for each in found)
        assert all(lines[each.line].player in ("", player) for each in found)
        assert [each.phase for each in found if each.phase == "after"] == [
            "after" for line in lines if line.role == "after" and line.player in ("", player)]


@pytest.mark.parametrize(("name", "player", "chosen", "line"), [
    ("f-gan", G, ("js", "exact"),
     "minimise -E[f*(T(G(z)))] (generator, exact)"),
    ("f-gan", G, ("js", "tricky"),
     'or -E[T(G(z))] (generator, the "tricky" one)'),
    ("sn-gan", D, ("hinge",), "minimise E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))] (hinge)"),
    ("sn-gan", D, ("non-saturating",), "or the non-saturating game's two losses in their place"),
    ("sn-gan", G, ("non-saturating",), "or the non-saturating game's two losses in their place"),
    ("sn-gan", G, ("hinge",), "minimise -E[D(G(z))] (generator)"),
    ("began", D, (), "minimise L(x) - k L(G(z))"),
])
def test_a_control_chooses_among_lines(name: str, player: str, chosen: tuple[str, ...], line: str) -> None:
    assert text(INFOS[name], player, *chosen) == line


def roles(name: str) -> list[tuple[str, str, str]]:
    info = INFOS[name]
    return [(line.role, line.player, line.text.strip().split("  ")[0])
            for line in box_lines(info.algorithm, info.players)]


def test_the_boxes_of_papers_with_lines_of_their_own_are_read_as_one_reads_them() -> None:
    assert roles("wgan-gp") == [
        ("loop", D, "repeat k times"), ("meaning", D, "x~ = eps x + (1 - eps) G(z),"),
        ("objective", D, "minimise"), ("objective", G, "minimise")]
    assert roles("began") == [
        ("meaning", "", "L(v) = mean |v - AE(v)| = -D(v)"), ("loop", D, "repeat k_D times"),
        ("objective", D, "minimise"), ("after", D, "k <- clip(k + lambda_k (gamma L(x) - L(G(z))), 0, 1),"),
        ("objective", G, "minimise"), ("note", "", "watched:")]
    assert roles("progan")[2] == (
        "after", D, "images shown += m; after enough of them the next level begins to fade in, or has faded in")
    assert roles("r3gan")[-1][:2] == ("meaning", "")
    assert roles("cgan")[-1][:2] == ("note", "")
    assert {role for role, _, _ in roles("dcgan")[3:]} == {"note"}


def test_a_box_that_says_nothing_of_a_player_has_no_line_for_it() -> None:
    players = [PlayerInfo(name="prior", letter="P", word="prior")]
    lines = box_lines("A prior that plays alone.\n\nIt learns from codes.", players)
    assert {each.line for each in moments(lines, "prior", ())} == {-1}
    assert box_lines("One sentence, and no box.", players) == []
