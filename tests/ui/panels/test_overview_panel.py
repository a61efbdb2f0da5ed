"""The overview: what is drawn for each variant, what is lit, what is said, and where each part leads."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from panel_kit import PANELS, Shown
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip
from pytestqt.qtbot import QtBot
from studio_kit import RING, Stage, landscape_view, points_view, progress, real_catalog, scalars, started, variant_info

from ganstudio.core.game_graph import game_graph
from ganstudio.core.protocol.flow import Flow
from ganstudio.core.protocol.messages import LastUpdate, Start
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.ui.panels.parts.overview_facts import facts_of, pictures_of
from ganstudio.ui.panels.parts.overview_pictures import Bars, Cloud, Landscape
from ganstudio.ui.panels.parts.overview_text import SHOWN_BY, describe, each_step, titles, words
from ganstudio.ui.panels.parts.overview_view import GameView
from ganstudio.ui.theme import DARK, LIGHT

D, G = "discriminator", "generator"


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.fixture
def shown(qtbot: QtBot, stage: Stage) -> Shown:
    made = Shown(qtbot, stage, PANELS["overview"], Spec(variant="ns-gan", data="ring"))
    made.panel.resize(900, 420)
    return made


def view_of(shown: Shown) -> GameView:
    found = shown.panel.findChild(GameView)
    assert isinstance(found, GameView)
    return found


def lit(shown: Shown) -> set[str]:
    view = view_of(shown)
    return {node.name for node in view.graph.nodes if view.is_lit(node)}


def updated(run: int, player: str, next_: str, **given: Any) -> LastUpdate:
    return msgspec.structs.replace(LastUpdate(
        run=run, position=Position(steps=1, by_player={player: 1}), first=True, player=player, next=next_, update=1,
        place=1, places=1, batch=128, drew=True, latents=128, terms={}, readings={}, gradient=1.0, moved=1.0, weights=8,
        set_after=0, rate=0.1, rate_share=1.0, optimiser="adam"), **given)


def test_the_parts_of_the_game_are_there(shown: Shown) -> None:
    assert {node.name for node in view_of(shown).graph.nodes} == {
        "latent", "G", "made.G", "data", "D", "scores.D", "loss.discriminator", "loss.generator"}


def test_while_it_plays_all_is_at_work_and_paused_the_next_one(shown: Shown, stage: Stage) -> None:
    stage.link.say(progress(shown.run, 5))
    assert len(lit(shown)) == 8
    assert shown.words == ("D learns to tell 128 real from 128 generated points apart; then G learns from what D says.")
    stage.link.say(msgspec.structs.replace(progress(shown.run, 5, playing=False), next=G))
    assert "data" not in lit(shown) and {"latent", "G", "loss.generator"} <= lit(shown)
    assert shown.words == "Paused. G moves next."


def test_in_single_steps_it_says_who_has_moved_and_who_moves_next(shown: Shown, stage: Stage) -> None:
    stage.link.say(msgspec.structs.replace(progress(shown.run, 5, playing=False), next=D))
    made = updated(shown.run, D, G)
    stage.link.say(made)
    stage.link.say(msgspec.structs.replace(progress(shown.run, 5, playing=False), position=made.position, next=G))
    assert shown.words == "D was just trained to tell 128 real from 128 generated points apart; G moves next."
    assert "loss.generator" in lit(shown) and "loss.discriminator" not in lit(shown)
    stage.link.say(updated(shown.run, G, D))
    assert shown.words == "G was just trained by what D says of 128 generated points; D moves next."


def test_in_slow_motion_the_one_that_has_moved_is_lit(shown: Shown, stage: Stage) -> None:
    stage.link.say(progress(shown.run, 5))
    stage.link.say(updated(shown.run, D, G))
    assert "loss.discriminator" in lit(shown) and "loss.generator" not in lit(shown)
    stage.link.say(progress(shown.run, 900))
    assert len(lit(shown)) == 8, "the run went on without telling of single updates"


def test_a_frozen_player_is_said_to_be_frozen(stage: Stage) -> None:
    run = started(1, Spec(variant="ns-gan"))
    graph = game_graph(run.players, [], ["latent"])
    stage.begin(Spec(variant="ns-gan"))
    facts = facts_of(stage.run)
    assert each_step(graph, facts, {"critic_steps": 5, "generator_steps": 0}).endswith(
        "apart, 5 times a step. G is frozen.")
    assert each_step(graph, facts, {"critic_steps": 0, "generator_steps": 2}) == (
        "G learns from what D says of 128 generated points, 2 times. D is frozen.")


def test_a_recorded_moment_is_said_to_be_one(shown: Shown) -> None:
    shown.panel.show_past(1200, None)
    assert shown.words == "The game as it was at step 1,200." and len(lit(shown)) == 8


def test_the_pictures_are_those_of_the_views(shown: Shown, stage: Stage) -> None:
    values = np.full((24, 24), 4.0)
    shown.show(stage, points_view(RING * 0.5), landscape_view(values, [[0.3, -0.4]] * 8, kind="logit"))
    stage.link.say(scalars(shown.run, D, np.arange(3.0), real=np.full(3, 0.5), fake=np.full(3, 0.25)))
    pictures = pictures_of(stage.run, view_of(shown).graph, shown.panel._seen, None, DARK)  # type: ignore[attr-defined]
    made, data, judge, scores, loss = (
        pictures[name] for name in ("made.G", "data", "D", "scores.D", "loss.discriminator"))
    assert isinstance(made, Cloud) and np.allclose(made.points, RING * 0.5) and made.filled
    assert isinstance(data, Cloud) and np.allclose(data.points, RING) and not data.filled
    assert isinstance(judge, Landscape) and judge.logit
    assert isinstance(scores, Bars) and scores.percent
    sure = 1 / (1 + np.exp(-4.0))
    assert [name for name, _, _ in scores.rows] == ["real", "generated"]
    assert [value for _, value, _ in scores.rows] == pytest.approx([sure, sure])
    assert isinstance(loss, Bars) and [row[:2] for row in loss.rows] == [("real", 0.5), ("fake", 0.25)]
    assert "loss.generator" not in pictures, "it has made no update yet"
    for colour in (DARK.real, DARK.generated):
        image = view_of(shown).grab().toImage()
        assert any(image.pixelColor(x, y).name() == colour for x in range(image.width())
                   for y in range(0, image.height(), 2))


def test_arrow_keys_go_from_part_to_part_and_enter_leads_on(shown: Shown, qtbot: QtBot) -> None:
    view = view_of(shown)
    led: list[object] = []
    shown.panel.leads_to.connect(led.append)  # type: ignore[attr-defined]
    view.setFocus()
    assert view.at == "latent"
    for key, name in ((Qt.Key.Key_Right, "G"), (Qt.Key.Key_Right, "made.G"), (Qt.Key.Key_Down, "data"),
                      (Qt.Key.Key_Right, "D"), (Qt.Key.Key_Right, "scores.D"), (Qt.Key.Key_Left, "D")):
        QTest.keyClick(view, key)
        assert view.at == name
    assert view.accessibleDescription().startswith("D, the discriminator, gives each point a score")
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert led == [(*SHOWN_BY["judge"], "theory")]
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.at in {node.name for node in view.graph.nodes}


def test_a_click_leads_to_the_panel_and_the_pointer_gets_a_sentence(shown: Shown, qtbot: QtBot) -> None:
    view = view_of(shown)
    led: list[object] = []
    shown.panel.leads_to.connect(led.append)  # type: ignore[attr-defined]
    at = view.places()["loss.generator"].center().toPoint()
    QTest.mouseMove(view, at)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert led == [("curves", "theory")]
    label = shown.panel.findChild(QLabel, "overview.sentence")
    assert isinstance(label, QLabel) and label.text().startswith("What the generator G lowers")
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    assert "What the generator G lowers" in QToolTip.text()
    QToolTip.hideText()


def test_no_parts_lie_on_each_other_in_any_shape(shown: Shown) -> None:
    view = view_of(shown)
    for width, height in ((900, 300), (500, 260), (260, 700), (1400, 900)):
        view.resize(width, height)
        places = list(view.places().values())
        assert all(view.rect().toRectF().contains(area) for area in places)
        assert not any(one.intersects(other) for i, one in enumerate(places) for other in places[i + 1 :])
        assert view.part_at(QPointF(QPoint(-5, -5))) == ""


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("variant", [info.name for info in real_catalog().variants])
def test_every_variant_has_a_graph_with_a_title_a_sentence_and_a_panel_for_each_part(
    qtbot: QtBot, stage: Stage, variant: str, theme: Any,
) -> None:
    info = variant_info(variant)
    spec = Spec(variant=variant, data="ring" if "plane" in info.kinds else "digits")
    shown = Shown(qtbot, stage, PANELS["overview"], spec)
    shown.panel.apply_theme(theme)
    assert stage.run.started is not None
    facts, graph = facts_of(stage.run), view_of(shown).graph
    for node in graph.nodes:
        assert titles(node, facts)[0] and describe(node, graph, facts).endswith(".")
        offered = [name for name in (*SHOWN_BY[node.role], "theory") if stage.run.kind in PANELS[name].kinds]
        assert offered
    assert not shown.panel.grab().isNull()
    assert words(graph, facts, stage.run.settings, playing=True, made=None, next_="")


def test_a_run_with_other_flows_is_drawn_so(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["overview"], Spec(variant="ns-gan", data="ring"))
    stage.next_run.start(Spec(variant="ns-gan", data="ring"))
    asked = stage.link.told(Start)[-1]
    flows = [Flow(G, "source", "G"), Flow(G, "G", "D"), Flow(G, "D", "loss"), Flow(D, "data", "D"),
             Flow(D, "D", "loss")]
    stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), flows=flows))
    names = {node.name for node in view_of(shown).graph.nodes}
    assert "source" in names and "latent" not in names
