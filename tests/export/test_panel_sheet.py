"""The sheet that films are made of: what stands where, what it says, and what follows what."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Change, LogEntry, Position, Spec
from ganstudio.core.protocol.views import Array, Landscape, Points, ScalarBatch, View
from ganstudio.export.panel_sheet import Screen
from ganstudio.export.run_story import Moment, Story
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import Trainer
from ganstudio.ui.panel import Panel
from ganstudio.ui.theme import DARK, LIGHT, Theme

RING = np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4], dtype=np.float32)
ALL = ("points", "landscape", "measures", "curves", "wasserstein")
SIZES = [(320, 240), (640, 480), (720, 720), (1280, 720)]
END = 100


@functools.cache
def real_catalog() -> Catalog:
    return catalogue()


@pytest.fixture(autouse=True)
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The one application, which the sheet dresses."""
    font, palette, sheet = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setFont(font)
    qapp.setPalette(palette)
    qapp.setStyleSheet(sheet)


def story(*log: LogEntry, variant: str = "wgan-gp") -> Story:
    """A run of a hundred steps with straight curves and one measurement."""
    trainer = Trainer(Spec(variant=variant, data="ring", threads=1, network_controls={"width": 4, "depth": 1}))
    at = np.linspace(1, END, END)
    batch = ScalarBatch(player="generator", names=["generator"], at=Array.of(at),
                        values=Array.of(at[:, None].astype(np.float32)))
    measured = MeasuredNow(run=0, steps=50, samples=500, measures={"w1": 0.25}, floors={"w1": 0.1})
    return Story(catalog=real_catalog(), scene=describe_run(trainer), log=list(log), scalars=[batch],
                 measured=[measured],
                 end=END)


def moved(steps: int, name: str, value: float) -> LogEntry:
    return LogEntry(position=Position(steps=steps), command=Change(name=name, value=value))


def moment(steps: int, *, level: float = 1.0, views: dict[str, View] | None = None) -> Moment:
    """A cloud, and a critic that rises from 0 to ``level`` from left to right."""
    floats = functools.partial(np.asarray, dtype=np.float32)
    values = np.tile(np.linspace(0, level, 8), (8, 1))
    shown: dict[str, View] = {
        "points": Points(real=Array.of(RING), fake=Array.of(floats(RING * steps / END)), modes=None),
        "landscape": Landscape(low=-2.0, high=2.0, values=Array.of(floats(values)), kind="value", at=Array.of(RING),
                               gradient=Array.of(RING)),
    }
    return Moment(position=Position(steps=steps), views=shown if views is None else views)


def screen(
    story: Story, names: Sequence[str] = ALL, size: tuple[int, int] = (640, 480), theme: Theme = DARK, note: str = ""
) -> Screen:
    return Screen(story, leaves("ganstudio.ui.panels", Panel), names, size, theme, note)


def shown(screen: Screen, moment: Moment, times: int = 1) -> NDArray[np.uint8]:
    return screen.show(moment, times).copy()


def panel(screen: Screen, name: str) -> Panel:
    return next(panel for panel in screen._panels if panel.name == name)


def words(panel: Panel) -> str:
    return next(label.text() for label in panel.findChildren(QLabel) if label.property("headline"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("names", [ALL, ALL[:1], ALL[2:3], ALL[1:4], ALL[3:]])
def test_panels_lie_inside_the_sheet_and_not_on_each_other(names: Sequence[str], size: tuple[int, int]) -> None:
    sheet = screen(story(), names, size)
    assert shown(sheet, moment(10)).shape == (size[1], size[0], 4)
    places = [panel.geometry() for panel in sheet._panels]
    assert [panel.name for panel in sheet._panels] == list(names)
    assert all(at.left() >= 0 and at.right() < size[0] and at.top() >= 20 and at.bottom() < size[1] - 29
               for at in places)
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    covered = sum(at.width() * at.height() for at in places)
    assert covered > 0.7 * size[0] * size[1]
    sheet.close()


@pytest.mark.parametrize("size", SIZES)
def test_no_words_are_cut_in_their_middle(size: tuple[int, int]) -> None:
    sheet = screen(story(), size=size)
    sheet.show(moment(10))
    for panel in sheet._panels:
        label = next(label for label in panel.findChildren(QLabel) if label.property("headline"))
        if label.height():
            image = label.grab().toImage()
            lowest = {image.pixel(x, image.height() - 1) for x in range(image.width())}
            assert len(lowest) == 1, (panel.name, label.text())  # a letter would stand out
    sheet.close()


def test_nothing_that_is_clicked_is_seen_and_what_names_a_line_is() -> None:
    sheet = screen(story(), size=(1280, 720))
    sheet.show(moment(10))
    assert not [button.text() for panel in sheet._panels for button in panel.findChildren(QPushButton)
                if button.isVisible()]
    boxes = {box.text() for panel in sheet._panels for box in panel.findChildren(QCheckBox) if box.isVisible()}
    assert boxes == {"gap"}
    sheet.close()


def test_words_over_curves_do_not_tell_the_end_at_the_beginning() -> None:
    sheet = screen(story(moved(60, "gp_weight", 2.0)), ["curves", "wasserstein"], (1280, 720))
    sheet.show(moment(10))
    assert words(panel(sheet, "curves")) == type(panel(sheet, "curves")).help
    assert "60" not in words(panel(sheet, "wasserstein"))
    sheet.close()


def test_a_move_is_news_for_as_long_as_one_can_read_it_at_any_pace() -> None:
    sheet = screen(story(moved(20, "gp_weight", 2.0), moved(21, "learning_rate_g", 0.5)))

    def news(steps: int, times: int = 1) -> list[str]:
        sheet.show(moment(steps), times)
        sheet._frames -= times
        told = [text for text, fresh in sheet._captions() if fresh]
        sheet._frames += times
        return told

    assert news(19) == []
    assert news(20) == ["gradient penalty λ = 0.1 → 2"]
    assert [text.split(" = ")[1] for text in news(21)] == ["0.1 → 2", "0.002 → 0.5"]
    assert len(news(22, times=40)) == 2  # 40 frames later it still is: 45 are 1.5 s
    assert len(news(23, times=20)) == 2
    assert news(24) == []
    assert dict(text.split(" = ") for text, _ in sheet._captions())["gradient penalty λ"] == "2"
    assert sheet._run.settings["gp_weight"] == 2.0
    assert news(5) and sheet._run.settings["gp_weight"] == 0.1  # panels see the controls of their moment
    sheet.close()


def test_colours_follow_where_moments_do_and_jump_where_one_stands() -> None:
    def change(times: int) -> int:
        sheet = screen(story(), ["landscape"], (320, 240))
        sheet.show(moment(1), times)
        before = shown(sheet, moment(2, level=1.0), times)
        after = shown(sheet, moment(3, level=100.0), times)
        sheet.close()
        return int(np.abs(after[60:180, 20:240].astype(int) - before[60:180, 20:240]).max())

    # The same slope in other units is the same picture: where the range jumps nothing changes.
    assert change(times=10) < change(times=1)


def test_the_cursor_walks_over_the_curves_and_leaves_no_trace() -> None:
    sheet = screen(story(), ["curves"])
    first = shown(sheet, moment(10))
    far = shown(sheet, moment(90))
    again = shown(sheet, moment(10))
    assert np.array_equal(first, again)
    columns = np.flatnonzero((first != far).any(axis=2)[80:400].sum(axis=0) > 200)
    line = panel(sheet, "curves").cursor_at(10), panel(sheet, "curves").cursor_at(90)
    assert line[0] is not None and line[1] is not None
    left = panel(sheet, "curves").x()
    assert {round(at.x1()) + left for at in line if at is not None} <= set(columns.tolist())
    assert len(columns) <= 4
    sheet.close()


def test_the_bar_at_the_foot_is_as_long_as_the_run_is_far() -> None:
    sheet = screen(story(moved(25, "gp_weight", 2.0)), ["points"], (640, 480))
    accent = [int(DARK.accent[at : at + 2], 16) for at in (5, 3, 1)]
    for steps in (0, 50, 100):
        row = shown(sheet, moment(steps))[480 - 33 + 6 + 1]
        filled = (row[:, :3] == accent).all(axis=1).sum()
        assert abs(filled / (640 - 16) - steps / END) < 0.02
    sheet.close()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_title_says_what_the_colours_mean_where_points_are(theme: Theme) -> None:
    def strip(names: Sequence[str], size: tuple[int, int]) -> NDArray[np.uint8]:
        sheet = screen(story(), names, size, theme)
        picture = shown(sheet, moment(10))[: 34 * size[1] // 720]
        sheet.close()
        return picture

    orange = [int(theme.generated[at : at + 2], 16) for at in (5, 3, 1)]
    assert (strip(["points"], (1280, 720))[..., :3] == orange).all(axis=2).sum() > 20
    assert not (strip(["curves"], (1280, 720))[..., :3] == orange).all(axis=2).any()


def test_a_moment_with_nothing_to_see_and_one_of_another_kind_are_shown() -> None:
    sheet = screen(story())
    cloud = moment(1).views["points"]
    for views in ({}, {"points": moment(1).views["landscape"], "landscape": cloud}, {"samples": cloud}):
        assert shown(sheet, moment(3, views=views)).any()
    sheet.close()


def test_the_note_stands_in_the_corner() -> None:
    plain, noted = (screen(story(), ["points"], note=note) for note in ("", "done again by replay"))
    different = (shown(plain, moment(1)) != shown(noted, moment(1))).any(axis=2)
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    assert rows.min() > 480 - 34 and columns.max() < 640 - 8
    plain.close()
    noted.close()
