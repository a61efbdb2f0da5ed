"""Interpolation: what is asked for and when, where the point goes, and what is said of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
import shiboken6
import torch
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, floats, snapshot, started

from ganstudio.core.control import Value
from ganstudio.core.images import Bytes
from ganstudio.core.protocol.messages import SnapshotRequest, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, Interpolation, Walk
from ganstudio.maths.latents import along
from ganstudio.ui.main.snapshot_scheduler import SnapshotScheduler
from ganstudio.ui.panels.interpolation import PACE_S, InterpolationPanel, on_round
from ganstudio.ui.panels.parts.interpolation_text import usual_norms, where, words
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.theme import DARK, THEMES, apply
from ganstudio.ui.widgets.image_grid import ImageGrid
from ganstudio.ui.widgets.latent_path_pad import LatentPathPad, Path, places, stops

PATHS: list[Path] = ["line", "square", "circle"]
every_path = pytest.mark.parametrize("path", PATHS)
every_count = pytest.mark.parametrize("k", [2, 3, 4])


class Shown:
    """The panel on screen with a run begun, and the looks that are sent for it."""

    def __init__(self, qtbot: QtBot, size: tuple[int, int] = (640, 480), **network: Value) -> None:
        self.qtbot = qtbot
        self.stage = Stage()
        self.window = QWidget()
        self.panel = InterpolationPanel(self.stage.run, self.stage.commands)
        self.panel.setParent(self.window)
        self.panel.apply_theme(DARK)
        self.panel.resize(*size)
        self.window.resize(*size)
        self.window.show()
        self.scheduler = SnapshotScheduler(
            self.stage.commands, [self.panel], lambda: True, RunHistory(self.stage.commands))
        self.stage.run.began.connect(self.panel.begin)
        self.run = self.stage.begin(Spec(network_controls=dict(network)))
        qtbot.waitUntil(lambda: len(self.looks) == 1)

    def begin_again(self, *has: str) -> None:
        """Another run, with these abilities."""
        self.stage.commands.next_run.start(Spec())
        asked = self.stage.link.told(Start)[-1]
        self.run, count = asked.run, len(self.looks)
        self.stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), has=list(has)))
        self.qtbot.waitUntil(lambda: len(self.looks) > count)

    @property
    def looks(self) -> list[SnapshotRequest]:
        return self.stage.link.told(SnapshotRequest)

    @property
    def asked(self) -> Walk:
        walk = self.looks[-1].walk
        assert walk is not None
        return walk

    def answer(self, walk: Walk | None = None, steps: int = 1, norm: float = 1.4) -> None:
        """The images of the last look, each of the shade that its number says."""
        walk = walk or self.asked
        shades = np.arange(len(walk.at), dtype=np.uint8)[:, None, None, None]
        images: Bytes = np.broadcast_to(shades, (len(walk.at), 8, 8, 1)).copy()
        view = Interpolation(walk=walk, images=Array.of(images), anchors=Array.of(images[: len(walk.anchors)]),
                             norms=floats(np.full(len(walk.at), norm)), latent_dim=2)
        self.stage.link.say(snapshot(self.run, ("interpolation", view), steps=steps))

    def next_look(self, count: int) -> Walk:
        """The way of the look that comes after so many."""
        self.qtbot.waitUntil(lambda: len(self.looks) > count)
        return self.asked

    def choose(self, name: str, text: str) -> None:
        box = self.panel.findChild(QComboBox, f"interpolation.{name}")
        assert isinstance(box, QComboBox)
        box.setCurrentText(text)
        box.activated.emit(box.currentIndex())

    @property
    def pad(self) -> LatentPathPad:
        found = self.panel.findChild(LatentPathPad)
        assert isinstance(found, LatentPathPad)
        return found

    @property
    def here(self) -> ImageGrid:
        found = self.panel.findChild(ImageGrid)
        assert isinstance(found, ImageGrid)
        return found

    @property
    def words(self) -> str:
        return next(label for label in self.panel.findChildren(QLabel) if label.property("headline")).text()

    def end(self) -> None:
        self.scheduler._next.stop()
        self.scheduler._patience.stop()
        self.panel._clock.stop()
        self.panel._later.stop()
        self.window.close()
        self.window.deleteLater()
        self.qtbot.waitUntil(lambda: not shiboken6.isValid(self.window))


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    made = Shown(qtbot)
    yield made
    made.end()


# Where things lie on a way -----------------------------------------------------------------------------------------


@every_path
@every_count
def test_every_anchor_lies_among_the_images_and_is_reached(path: Path, k: int) -> None:
    """The letters stand where the engine's way meets the anchors."""
    anchors = torch.randn((k, 7), generator=torch.Generator().manual_seed(0))
    for letter, place in stops(path, k):
        assert any(np.allclose(place, other) for other in places(path, k)), letter
        found = along(anchors, path, "slerp", torch.tensor([place]))[0]
        sign = -1 if letter.startswith("−") else 1
        assert torch.equal(found, sign * anchors["ABCD".index(letter[-1])]), letter
    assert len({letter for letter, _ in stops(path, k)}) == (4 if path == "circle" and k == 2 else k)


@every_path
def test_a_round_is_gone_in_small_steps_and_ends_where_it_began(path: Path) -> None:
    at = np.array([on_round(path, phase) for phase in np.linspace(0, 1, 401)])
    assert at.min() >= 0 and at.max() <= 1
    steps = np.abs(np.diff(at, axis=0)).max(axis=1)
    assert steps.max() < 0.02
    assert np.allclose(at[0], at[-1] % 1 if path == "circle" else at[-1])
    if path == "square":
        assert {(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)} <= {(round(x, 9), round(y, 9)) for x, y in at.tolist()}
    if path == "line":
        assert at[200, 0] == 1


@every_path
@pytest.mark.parametrize("size", [(300, 300), (420, 90), (90, 420)])
def test_a_pixel_is_the_place_that_is_drawn_there(qtbot: QtBot, path: Path, size: tuple[int, int]) -> None:
    pad = LatentPathPad()
    qtbot.addWidget(pad)
    pad.resize(*size)
    pad.show_way(path, 4)
    for x, y in itertools.product((0.0, 0.3, 0.8), (0.0, 0.6, 1.0)):
        pad.put(x, y)
        assert pad.place_at(pad.position_of(x, y)) == pytest.approx((x, y), abs=1e-6)
        assert pad.rect().contains(pad.grip().toPoint())
    assert pad.place_at(QPointF(-500, -500))[0] == pytest.approx({"circle": 0.875}.get(path, 0.0), abs=0.06)


@every_path
def test_the_images_of_the_way_are_painted_where_they_lie(qtbot: QtBot, path: Path) -> None:
    pad = LatentPathPad()
    qtbot.addWidget(pad)
    pad.resize(400, 400)
    pad.show_way(path, 4)
    count = len(places(path, 4))
    shades = (60 + 5 * np.arange(count)).astype(np.uint8)
    pad.show_images(np.broadcast_to(shades[:, None, None, None], (count, 8, 8, 1)).copy())
    pad.put(*places(path, 4)[0])
    image = pad.grab().toImage()
    lettered = [place for _, place in stops(path, 4)]
    for index, place in enumerate(places(path, 4)):
        if place not in lettered:
            assert image.pixelColor(pad.position_of(*place).toPoint()).red() == shades[index]


def test_another_number_of_images_is_not_shown(qtbot: QtBot) -> None:
    pad = LatentPathPad()
    qtbot.addWidget(pad)
    pad.show_images(np.zeros((7, 8, 8, 3), np.uint8))
    assert len(pad.images) == 0


@pytest.mark.parametrize(("path", "key", "modifier", "there"), [
    ("square", Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, (0.52, 0.5)),
    ("square", Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, (0.5, 0.495)),
    ("square", Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, (0.4, 0.5)),
    ("line", Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, (0.52, 0.5)),
    ("line", Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, (1.0, 0.5)),
    ("circle", Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, (0.48, 0.5)),
    ("circle", Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, (0.0, 0.5)),
])
def test_the_keys_move_the_point(
    qtbot: QtBot, path: Path, key: Qt.Key, modifier: Qt.KeyboardModifier, there: tuple[float, float]
) -> None:
    pad = LatentPathPad()
    qtbot.addWidget(pad)
    pad.show_way(path, 4)
    pad.show()
    with qtbot.waitSignal(pad.moved) as told:
        QTest.keyClick(pad, key, modifier)
    assert told.args == [pytest.approx(there[0]), pytest.approx(there[1])]
    assert pad.point == tuple(told.args)


# What is asked for -------------------------------------------------------------------------------------------------


def test_the_first_look_has_the_whole_way_and_the_point(shown: Shown) -> None:
    assert shown.looks[0].views == ["interpolation"]
    assert shown.asked == Walk(anchors=[0, 1, 2, 3], path="line", blend="slerp",
                               at=[*places("line", 4), shown.pad.point], averaged=True)
    shown.answer()
    assert len(shown.pad.images) == 10
    assert shown.here.images[0, 0, 0, 0] == 10


def test_a_moved_point_is_asked_for_alone(shown: Shown) -> None:
    shown.answer()
    assert shown.next_look(1).at == [shown.pad.point]
    sent = len(shown.looks)
    shown.pad._go(0.25, 0.5)
    assert shown.next_look(sent).at == [(0.25, 0.5)]
    shown.answer(norm=1.0)
    assert shown.here.images.shape[0] == 1
    assert len(shown.pad.images) == 10, "the way stays"


def test_a_paused_run_that_nobody_touches_is_asked_once_more_and_no_more(shown: Shown) -> None:
    """Each answer is followed by one look; a look that asks the same as the last is not answered by a held engine."""
    shown.answer()
    first = shown.next_look(1)
    shown.answer()
    assert shown.next_look(2) == first


def test_a_drag_does_not_flood_the_engine(shown: Shown) -> None:
    """While the answer to a moved point is on its way, the next place waits for it; the last one is asked for."""
    shown.answer()
    shown.next_look(1)
    shown.pad._go(0.1, 0.5)
    shown.next_look(2)
    for step in range(30):
        shown.pad._go(0.1 + 0.01 * step, 0.5)
        QApplication.processEvents()
    assert len(shown.looks) == 3
    shown.answer()
    assert shown.next_look(3).at == [shown.pad.point]


@pytest.mark.parametrize(("name", "text"), [
    ("path", "square"), ("path", "circle"), ("blend", "lerp"), ("anchors", "A–C"),
])
def test_another_way_is_asked_for_whole(shown: Shown, name: str, text: str) -> None:
    shown.answer()
    sent = len(shown.looks)
    shown.choose(name, text)
    walk = shown.next_look(sent)
    assert text in (walk.path, walk.blend, f"A–{'ABCD'[len(walk.anchors) - 1]}")
    assert len(walk.at) == len(places(walk.path, len(walk.anchors))) + 1
    shown.answer()
    assert len(shown.pad.images) == len(walk.at) - 1


def test_anchors_chosen_elsewhere_and_others(shown: Shown) -> None:
    shown.answer()
    sent = len(shown.looks)
    shown.stage.commands.anchors.toggle(40)
    assert shown.next_look(sent).anchors == [40, 1, 2, 3]
    shown.answer()
    button = shown.panel.findChild(QPushButton, "interpolation.other")
    assert isinstance(button, QPushButton)
    sent = len(shown.looks)
    button.click()
    assert not set(shown.next_look(sent).anchors) & {40, 1, 2, 3}


def test_an_answer_to_an_older_question_changes_nothing_and_is_painted(shown: Shown) -> None:
    shown.answer()
    before, old = shown.here.images, shown.asked
    shown.choose("path", "square")
    with shown.qtbot.waitSignal(shown.panel.painted):
        shown.answer(old)
    assert np.array_equal(shown.here.images, before)
    assert len(shown.pad.images) == 0


def test_while_the_run_moves_the_way_follows_at_its_own_pace(shown: Shown) -> None:
    shown.answer()
    for steps in range(2, 5):
        assert len(shown.next_look(len(shown.looks) - 1 + (steps > 2)).at) in (1, 11)
        shown.answer(steps=steps)
    assert shown.panel._later.isActive()
    shown.qtbot.waitUntil(lambda: len(shown.asked.at) == 11, timeout=round(4000 * PACE_S))


def test_a_uniform_prior_begins_with_lerp_until_a_hand_chooses(qtbot: QtBot) -> None:
    shown = Shown(qtbot, latent="uniform")
    try:
        assert shown.asked.blend == "lerp"
        shown.run = shown.stage.begin(Spec(network_controls={"latent": "gaussian"}))
        assert shown.panel.walk() is not None and shown.panel._way([]).blend == "slerp"
        shown.choose("blend", "lerp")
        shown.run = shown.stage.begin(Spec(network_controls={"latent": "gaussian"}))
        assert shown.panel._way([]).blend == "lerp"
    finally:
        shown.end()


def test_playing_moves_the_point_until_a_hand_takes_it(shown: Shown) -> None:
    shown.answer()
    play = shown.panel.findChild(QPushButton, "interpolation.play")
    assert isinstance(play, QPushButton)
    before = shown.pad.point
    play.click()
    assert play.text() == "Stop"
    shown.qtbot.waitUntil(lambda: shown.pad.point != before)
    QTest.mouseClick(shown.pad, Qt.MouseButton.LeftButton, pos=QPoint(shown.pad.width() // 2, 10))
    assert not play.isChecked() and not shown.panel._clock.isActive()
    assert shown.pad.point[0] == pytest.approx(0.5, abs=0.02)


def test_a_view_without_a_way_is_passed_over(shown: Shown) -> None:
    with shown.qtbot.waitSignal(shown.panel.painted):
        shown.answer(Walk(anchors=[], path="line", blend="slerp", at=[]))
    assert shown.words.endswith("…")


# Words -------------------------------------------------------------------------------------------------------------


def way(path: Path, k: int, x: float, y: float = 0.0) -> Walk:
    return Walk(anchors=list(range(k)), path=path, blend="slerp", at=[(0.0, 0.0), (x, y)])


@pytest.mark.parametrize(("walk", "said"), [
    (way("line", 2, 0.3), "30% of the path from A to B"),
    (way("line", 4, 0.5), "halfway from B to C"),
    (way("line", 4, 2 / 3), "at C"),
    (way("line", 3, 1.0), "at C"),
    (way("circle", 3, 0.9), "70% of the path from C to A"),
    (way("circle", 2, 0.5), "at −A"),
    (way("circle", 2, 0.875), "halfway from −B to A"),
    (way("square", 4, 0.25, 0.5), "A 38%, B 12%, C 38%, D 12%"),
    (way("square", 4, 1.0, 1.0), "D 100%"),
    (way("square", 3, 0.5, 0.5), "A 25%, B 25%, C 50%"),
    (way("square", 2, 0.5, 0.9), "A 50%, B 50%"),
])
def test_a_place_is_put_into_words(walk: Walk, said: str) -> None:
    assert where(walk) == said


@pytest.mark.parametrize("prior", ["gaussian", "uniform"])
@pytest.mark.parametrize("dim", [16, 100, 512])
def test_usual_norms_are_those_of_nearly_all_draws(prior: str, dim: int) -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(4000, dim)) if prior == "gaussian" else rng.uniform(-1, 1, (4000, dim))
    norms = np.linalg.norm(draws, axis=1)
    low, high = usual_norms(dim, prior)
    assert 0.97 < float(np.mean((norms > low) & (norms < high))) < 0.997


def test_a_norm_that_training_never_had_is_told_of() -> None:
    assert "has seen few like it" in words(way("line", 2, 0.5), 7.07, usual_norms(100, "gaussian"))
    assert "A sudden jump" in words(way("line", 2, 0.5), 9.6, usual_norms(100, "gaussian"))


@pytest.mark.parametrize("scale", [0.75, 2.5])
@every_path
def test_it_fits_a_small_dock_whatever_the_texts_size(
    qtbot: QtBot, qapp: QApplication, scale: float, path: Path
) -> None:
    shown = Shown(qtbot, size=(420, 300))
    try:
        for theme in THEMES.values():
            apply(qapp, theme, scale)
            shown.panel.apply_theme(theme)
            shown.choose("path", path)
            QApplication.processEvents()
            assert shown.panel.minimumSizeHint().width() <= 420
            assert shown.panel.minimumSizeHint().height() <= 300
            for part in (shown.pad, shown.here):
                assert part.height() >= 40 and shown.panel.rect().contains(
                    QRect(part.mapTo(shown.panel, QPoint(0, 0)), part.size()))
    finally:
        shown.end()


def test_generators_of_styles_offer_a_straight_path_through_w(shown: Shown) -> None:
    space, blend = (shown.panel.findChild(QComboBox, f"interpolation.{name}") for name in ("space", "blend"))
    assert space is not None and blend is not None and space.isHidden()
    shown.begin_again("latent", "scores", "styles")
    assert not space.isHidden() and shown.asked.space == "z"
    count = len(shown.looks)
    shown.choose("space", "w")
    assert shown.next_look(count).space == "w" and not blend.isEnabled()
    shown.answer(shown.asked)
    assert shown.words.endswith("straight through W. Faces should change evenly: compare with z.")
    shown.begin_again("latent", "scores")
    assert space.isHidden() and space.currentText() == "z" and blend.isEnabled()
