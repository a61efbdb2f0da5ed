"""The workshop's panel: what is typed is asked, only the last answer counts, and a good f trains."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.protocol.messages import AnalyseDivergence, DivergenceAnalysed, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.parts.workshop_text import EXAMPLES, FIRST, verdict
from ganstudio.ui.panels.workshop import WorkshopPanel
from ganstudio.ui.theme import DARK, THEMES
from ganstudio.ui.widgets.math_label import Typeset

U = np.linspace(0.01, 4, 50)
T = np.linspace(-1.0, 0.6, 50)
V = np.linspace(-5, 5, 50)
KL = Examination(
    text="u*log(u)", shifted_by=0.0, known_as="This is kl (Kullback–Leibler).", f=r"u\, \log(u)",
    derivative=r"\log(u) + 1", conjugate="e^{t - 1}", activation="1 + v", discriminator=r"\max_D\; E_x[T]",
    generator=r"\min_G\; -E_z[T]", domain_end=None, threshold=1.0, u=Array.of(U), f_values=Array.of(U * np.log(U)),
    t=Array.of(T), conjugate_values=Array.of(np.exp(T - 1)), v=Array.of(V), activation_values=Array.of(1 + V),
    tangents=Array.of(np.array([[0.0, -np.exp(-1)], [1.0, -1.0]])),
)


class Workshop:
    """The panel on screen."""

    def __init__(self, qtbot: QtBot) -> None:
        self.stage = Stage()
        self.panel = WorkshopPanel(self.stage.run, self.stage.commands)
        self.stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(900, 600)
        self.stage.begin(Spec(variant="ns-gan", data="moons"))
        self.panel.show()
        self.line = self.part(QLineEdit, "workshop.f")
        self.train = self.part(QPushButton, "workshop.train")

    def part(self, kind: type[QWidget], name: str):  # type: ignore[no-untyped-def]
        found = self.panel.findChild(kind, name)
        assert found is not None
        return found

    @property
    def asked(self) -> AnalyseDivergence:
        return self.stage.link.told(AnalyseDivergence)[-1]

    def answer(self, found: Examination | None = KL, refusal: str = "", id_: int | None = None) -> None:
        self.stage.link.say(DivergenceAnalysed(id=self.asked.id if id_ is None else id_, found=found, refusal=refusal))

    @property
    def words(self) -> str:
        return next(label.text() for label in self.panel.findChildren(QLabel) if label.property("headline"))


@pytest.fixture
def workshop(qtbot: QtBot) -> Workshop:
    return Workshop(qtbot)


def test_the_first_look_asks_about_an_example(workshop: Workshop) -> None:
    assert workshop.asked.text == FIRST
    assert not workshop.train.isEnabled()
    workshop.answer()
    assert workshop.words == "Convex, f(1) = 0. This is kl (Kullback–Leibler)."
    assert workshop.train.isEnabled()
    assert workshop.part(Typeset, "workshop.conjugate").latex == "f^*(t) = e^{t - 1}"
    assert workshop.part(Typeset, "workshop.discriminator").is_set


def test_typing_is_asked_about_once_it_rests(workshop: Workshop, qtbot: QtBot) -> None:
    workshop.answer()
    before = len(workshop.stage.link.told(AnalyseDivergence))
    workshop.line.clear()
    QTest.keyClicks(workshop.line, "-log(u)")
    assert not workshop.train.isEnabled()  # what would be trained is not examined yet
    assert len(workshop.stage.link.told(AnalyseDivergence)) == before
    with qtbot.waitSignal(workshop.panel._rest.timeout):
        pass
    assert [question.text for question in workshop.stage.link.told(AnalyseDivergence)[before:]] == ["-log(u)"]
    QTest.keyClick(workshop.line, Qt.Key.Key_Return)  # at once
    assert len(workshop.stage.link.told(AnalyseDivergence)) == before + 2


def test_stale_answers_are_dropped(workshop: Workshop) -> None:
    first = workshop.asked.id
    workshop.line.setText("(u-1)**3")
    workshop.panel._ask()
    workshop.answer(KL, id_=first)
    assert not workshop.train.isEnabled() and "kl" not in workshop.words
    workshop.answer(None, "f(u) is not convex")
    assert workshop.words == "f(u) is not convex."
    assert not workshop.train.isEnabled()
    assert not workshop.part(Typeset, "workshop.f") or not workshop.part(Typeset, "workshop.conjugate").isVisible()


def test_a_good_f_trains_on_the_data_as_it_stands(workshop: Workshop) -> None:
    workshop.line.setText("u**2 - 1")
    workshop.panel._ask()
    workshop.answer()
    QTest.mouseClick(workshop.train, Qt.MouseButton.LeftButton)
    spec = workshop.stage.link.told(Start)[-1].spec
    assert (spec.variant, spec.preset, spec.data) == ("f-gan", "toy", "moons")
    assert spec.controls == {"divergence": "custom", "f": "u**2 - 1"}


def test_an_example_is_asked_about_when_it_is_chosen(workshop: Workshop) -> None:
    box = workshop.part(QComboBox, "workshop.examples")
    assert box.count() == len(EXAMPLES)
    box.activated.emit(4)
    assert workshop.line.text() == workshop.asked.text == EXAMPLES[4][1]


def test_an_engine_that_was_lost_is_asked_again(workshop: Workshop) -> None:
    workshop.stage.link.lose("it died")
    workshop.stage.open(workshop.stage.next_run.start_on_another_engine)
    workshop.stage.welcome()
    assert workshop.asked.text == FIRST
    workshop.answer()
    assert workshop.train.isEnabled()


def test_half_a_surrogate_pair_and_ten_thousand_characters_travel(workshop: Workshop) -> None:
    for text in ("u\ud800", "u" * 10_000, "\0\u202e"):
        workshop.line.setText(text)
        workshop.panel._ask()
        msgspec.msgpack.encode(workshop.asked)
    workshop.answer(None, "f(u): unexpected")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [(420, 300), (640, 480), (1000, 700)])
def test_odd_curves_and_every_size_and_palette_can_be_painted(
    workshop: Workshop, theme: str, size: tuple[int, int]
) -> None:
    odd = U * np.log(U)
    odd[:5] = np.inf
    workshop.panel.apply_theme(THEMES[theme])
    workshop.panel.resize(*size)
    workshop.answer(msgspec.structs.replace(
        KL, f_values=Array.of(odd), conjugate="", derivative="", domain_end=0.7, threshold=-2.0,
        tangents=Array.of(np.array([[0.5, 0.0]]))))
    workshop.panel.grab()
    assert "No closed form of f' and f*" in workshop.part(QLabel, "workshop.numeric").text()
    plots = workshop.panel._drawing
    for hover in (plots.hover_f, plots.hover_conjugate, plots.hover_activation):
        hover(0.4, 0.1)
        hover(99.0, 0.0)


def test_the_value_under_the_pointer_is_that_of_the_tangent(workshop: Workshop) -> None:
    workshop.answer()
    workshop.panel._drawing.hover_f(2.0, 0.0)
    told = workshop.panel.statusTip()
    assert told == "u 2.00: f 1.387; the tangent of slope t = 1.693 meets u = 0 at −f*(t) = −1.999"


def test_the_verdict_tells_shift_and_remark() -> None:
    found = msgspec.structs.replace(KL, shifted_by=-1.3862944, known_as="", remark="f is straight around u = 1.")
    assert verdict(found) == ("Convex; f(1) = −1.39: trained as f + 1.39, which changes nothing else. "
                              "None of the known divergences: a GAN of your own. f is straight around u = 1.")
