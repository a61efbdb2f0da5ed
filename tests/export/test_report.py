"""The report is one page that stands alone, says what was run and measured, and takes no text for markup."""

from __future__ import annotations

import base64
import html
import io
import re
import shlex
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.cli import main
from ganstudio.core.dataset import Extent, Modes
from ganstudio.core.protocol.spec import Change, LogEntry, Parent, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Array, ScalarBatch
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.export.curves import Curve
from ganstudio.export.report import reported, write_report
from ganstudio.export.svg_charts import (
    PIECES,
    Scale,
    curve_chart,
    densities,
    number,
    scatter,
    thinned,
    trend,
)
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.checkpoint import restore
from ganstudio.training.measuring import SCORED, compute_measures, copy_for_measuring
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

HOSTILE = "</td><script>alert('x')</script><img src=http://example.invalid/x onerror=alert(1)>&amp;{{ 7 * 7 }}"
VOID = {"meta", "img", "br", "hr", "input", "link", "rect", "line", "path", "circle", "ellipse"}
LOADS = {"src", "href", "xlink:href", "data", "action", "poster", "srcset", "background"}


class Page(HTMLParser):
    """Checks that tags are closed in order, and notes what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "a tag is left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in LOADS:
                self.loaded.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def alone(text: str) -> Page:
    """The page, once it is sure that it asks nothing of anybody and runs nothing."""
    page = Page(text)
    assert all(link.startswith("data:image/png;base64,") for link in page.loaded)
    assert not page.handlers
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style
    return page


def recorded(path: Path, spec: Spec, steps: int = 6) -> Trainer:
    """A short run with a change after its second step."""
    trainer = Trainer(spec)
    recorder = Recorder(path, trainer)
    for step in range(steps):
        if step == 2:
            trainer.apply(Change(name="gp_weight", value=5.0))
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    return trainer


def spec_of(data: str = "ring") -> Spec:
    return Spec(variant="wgan-gp", data=data, seed=5, device="cpu", threads=1, controls={"batch_size": 8},
                network_controls={"width": 4, "depth": 1})


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "plane.ganrun"
    recorded(path, spec_of())
    return path


@pytest.fixture(scope="module")
def page(plane: Path) -> str:
    out = plane.with_suffix(".html")
    assert write_report(plane, out, 150) == 6
    return out.read_text(encoding="utf-8")


def test_the_page_stands_alone_and_says_what_was_run(page: str, plane: Path) -> None:
    words = alone(page).words
    trainer = restore(plane)
    for said in ("WGAN-GP on Ring of Gaussians", "seed 5", "6 steps", trainer.game.weights_hash(),
                 "Gulrajani et al. 2017", str(torch.__version__), "plane.ganrun", "gradient penalty λ"):
        assert said in words, said


def test_measures_stand_beside_their_floors(page: str, plane: Path) -> None:
    measured = compute_measures(copy_for_measuring(restore(plane), 150, scored=SCORED))
    infos = {info.name: info for info in catalogue().measures}
    rows = re.findall(r"<tr>\s*<td>(.*?)</td><td class=\"figure\">(.*?)</td><td class=\"figure\">(.*?)</td>", page)
    shown = {title: (value, floor) for title, value, floor in rows}
    assert measured.measures["w1"] is not None
    for name, value in measured.measures.items():
        if value is not None:
            floor = measured.floors[name]
            how = infos[name].format
            assert shown[infos[name].title.replace("'", "&#39;")] == (
                format(value, how).replace("-", "−"), "–" if floor is None else format(floor, how).replace("-", "−"))


def test_the_command_on_the_page_repeats_the_run(page: str, plane: Path, capsys: pytest.CaptureFixture[str],
                                                 tmp_path: Path) -> None:
    code = re.search(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    assert code is not None
    words = shlex.split(html.unescape(code[1]))
    assert words[:2] == ["ganstudio", "train"]
    again = tmp_path / "again.ganrun"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganstudio.commands.train.SAMPLES", 120)
        assert main([*words[1:], "--run", str(again), "--json"]) == 0
    capsys.readouterr()
    assert restore(again).game.weights_hash() == restore(plane).game.weights_hash()


def test_what_differs_from_the_preset_is_marked(page: str) -> None:
    marked = re.findall(r'<tr class="differs">\s*<td>(.*?)</td><td class="figure">(.*?)</td>', page)
    assert dict(marked) == {"batch size m": "8", "width": "4", "depth": "1"}
    assert "Usual: 128." in page


def test_a_change_stands_in_the_table_and_in_the_curves(page: str) -> None:
    words = Page(page).words
    assert "no. after step what to 1 2 gradient penalty λ 5" in words
    assert page.count('class="change"') == 3, "a tick in each of the three curves"


def test_data_on_the_line_has_its_exact_density(tmp_path: Path) -> None:
    line = tmp_path / "line.ganrun"
    recorded(line, spec_of("mixture"))
    write_report(line, tmp_path / "line.html", 150)
    words = alone((tmp_path / "line.html").read_text(encoding="utf-8")).words
    assert "the data's density" in words


def test_images_are_there_pixel_by_pixel(tmp_path: Path) -> None:
    spec = Spec(variant="wgan-gp", data="digits", network="mlp", seed=1, device="cpu", threads=1, dtype="float32",
                controls={"batch_size": 4}, network_controls={"width": 8, "depth": 1})
    path = tmp_path / "run.ganrun"
    recorded(path, spec, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganstudio.export.report._measures", lambda *_: ("", []))
        report = reported(path, restore(path), 150)
    generated, real = report.pictures
    image = Image.open(io.BytesIO(base64.b64decode(generated.png)))
    view = restore(path).view
    z = view.latents[:64]
    averaged = view.average(z)
    assert averaged is not None and "running average" in generated.caption and "64 real" in real.caption
    first = ((averaged[0, 0].numpy() + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
    side = len(first)
    factor = max(1, 48 // side)
    assert image.size == (8 * side * factor + 14, 8 * side * factor + 14)
    shown = np.asarray(image)[: side * factor : factor, : side * factor : factor]
    assert np.array_equal(shown[..., 0], first) and (shown[..., 3] == 255).all()
    assert (np.asarray(image)[:, side * factor, 3] == 0).all(), "gaps let the page through"


def test_texts_of_a_hostile_run_stay_texts(plane: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    path.write_bytes(plane.read_bytes())
    reader = RunReader(path)
    spec = reader.spec()
    reader.close()
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = ? WHERE key = 'spec'", (msgspec.json.encode(
        msgspec.structs.replace(spec, torch=HOSTILE, version=HOSTILE)),))
    db.execute("INSERT OR REPLACE INTO meta VALUES('parent', ?)",
               (msgspec.json.encode(Parent(file=HOSTILE, position=Position())),))
    late = Position(steps=10**6, by_player={"discriminator": 10**7, "generator": 10**6})
    for command in (SingleStep(player="generator"), Change(name="gp_weight", value=HOSTILE)):
        db.execute("INSERT INTO log(entry) VALUES(?)", (msgspec.json.encode(LogEntry(position=late, command=command)),))
    db.commit()
    db.close()
    write_report(path, tmp_path / "x.html", 150)
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    page = alone(text)
    assert page.words.count("<script>alert('x')</script>") >= 4, "it can be read in each of its places"
    assert "{{ 7 * 7 }}" in page.words, "no text is a template"
    assert "Content-Security-Policy" in text


def test_names_of_a_hostile_run_are_refused(plane: Path, tmp_path: Path) -> None:
    batch = ScalarBatch(player="generator", names=[HOSTILE], at=Array.of(np.array([1.0, 2.0])),
                        values=Array.of(np.array([[1.0], [2.0]], np.float32)))
    entry = LogEntry(position=Position(), command=Change(name=HOSTILE, value=1.0))
    for table, column, row in (("scalars", "chunk", msgspec.msgpack.encode(batch)),
                               ("log", "entry", msgspec.json.encode(entry))):
        path = tmp_path / f"{table}.ganrun"
        path.write_bytes(plane.read_bytes())
        db = sqlite3.connect(path)
        db.execute(f"INSERT INTO {table}({column}) VALUES(?)", (row,))
        db.commit()
        db.close()
        with pytest.raises(BadInput, match=r"has a damaged (scalar|log)"):
            write_report(path, tmp_path / "y.html", 150)
        assert not (tmp_path / "y.html").exists()


def test_a_run_that_diverged_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(spec_of())
    recorder = Recorder(path, trainer)
    trainer.step()
    with torch.no_grad():
        trainer.game.players["generator"].flat.fill_(float("nan"))
    for _ in range(3):
        trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    write_report(path, tmp_path / "x.html", 150)
    words = alone((tmp_path / "x.html").read_text(encoding="utf-8")).words
    assert "This run diverged: discriminator" in words and "not finite" in words
    assert "1,000 generated ones are not finite, and not drawn" in words and "lie outside" not in words
    assert "Nothing could be measured: what the generator makes is not finite since the run diverged at step" in words
    assert "perfect generator" not in words, "a table without rows"


def test_what_cannot_be_written_leaves_nothing(plane: Path, tmp_path: Path) -> None:
    (tmp_path / "x.html").mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        write_report(plane, tmp_path / "x.html", 150)
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


# Charts ---------------------------------------------------------------------------------------------------------------


def test_a_thinned_curve_keeps_its_extremes() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=200_000).astype(np.float32)
    values[123_456], values[54_321], values[77] = 99.0, -99.0, np.nan
    at, kept = thinned(Curve("generator", "x", np.arange(200_000) / 2, values))
    assert len(at) <= 2 * PIECES <= 2000
    assert kept.max() == 99.0 and at[kept.argmax()] == 61_728 and kept.min() == -99.0
    assert (np.diff(at) > 0).all() and np.isfinite(kept).all()
    means = trend(Curve("generator", "x", np.arange(200_000) / 2, values))[1]
    assert np.isclose(means.mean(), np.nanmean(values.astype(np.float64)), atol=1e-4)


def test_a_short_curve_is_whole() -> None:
    at, kept = thinned(Curve("generator", "x", np.array([1.0, 2.0]), np.array([3.0, 4.0], np.float32)))
    assert at.tolist() == [1, 2] and kept.tolist() == [3, 4]


def test_places_and_ticks_by_hand() -> None:
    assert Scale(0, 10, 100, 200).place(np.array([0, 5, 10])).tolist() == [100, 150, 200]
    assert np.allclose(Scale(0.01, 100, 0, 40, True).place(np.array([0.01, 1, 100])), [0, 20, 40])
    assert np.allclose(Scale(0.02, 150, 0, 40, True).ticks(), [0.1, 1, 10, 100])
    assert Scale(0, 300, 0, 40).ticks() == [0, 100, 200, 300]
    assert number(-0.25) == "−0.25"


@pytest.mark.parametrize("values", [[0.0, 0.0], [1e-45, 1e30], [np.nan, np.inf], [-5.0], [3.0] * 3, [1e38, -1e38]])
def test_every_curve_can_be_drawn(values: list[float]) -> None:
    at = np.arange(len(values), dtype=np.float64)
    drawing = str(curve_chart(Curve("generator", "<b>", at, np.array(values, np.float32)), 2.0, [1.0]))
    Page(drawing)
    assert "<b>" not in drawing and "nan" not in drawing.replace("not finite", "")


def test_points_lie_where_they_should() -> None:
    modes = Modes(np.array([[0.0, 0.0]]), np.array([0.1]), np.array([1.0]))
    drawing, outside = scatter(np.array([[-1.0, -1.0]]), np.array([[1.0, 1.0], [9.0, 0.0], [np.nan, 0.0]]),
                               Extent(-1, 1), modes)
    assert outside == 2
    assert re.findall(r'<circle cx="(.*?)" cy="(.*?)"', drawing) == [("44.0", "452.0"), ("472.0", "8.0")]
    assert '<ellipse class="truth" cx="258.0" cy="230.0"' in drawing


def test_a_density_that_is_not_known_is_not_drawn() -> None:
    drawing, outside = densities(np.zeros(5), np.array([0.5, 3.0]), Extent(-1, 1), lambda x: None)
    assert outside == 1 and "truth" not in drawing
