"""The side of the phase portrait: the game, the update rule, their sliders, and their effect in words."""

from __future__ import annotations

from typing import Annotated

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QComboBox, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.control import Controls, Slider, described
from ganstudio.core.design import Space
from ganstudio.core.dirac_gan import DIRAC_GANS, RULES, Rule
from ganstudio.ui.widgets.control_fields import NumberField

ABOUT = (
    "The generator is one point at θ; the data is one point at 0. The discriminator is the line D(x) = ψx, high on "
    "real data: while ψ > 0 it sends the generator to the right. The game is solved at θ = ψ = 0.\n\nThese games are "
    "from Mescheder et al. 2018. There D is high on fake data: their ψ is our −ψ."
)


class Stepping(Controls, frozen=True, kw_only=True):
    """The settings of an update rule."""

    step_size: Annotated[float, Slider(0.01, 1.0, scale="log", symbol="h", label="step size",
                                       help="How far each update goes along the field, in units of time")] = 0.1


class PhaseSide(QScrollArea):
    """The sliders of the game that is chosen; those of the others are hidden."""

    chosen = Signal()  # another game or rule
    game_moved = Signal(str, object)  # a slider of the game: its name and value
    step_size_moved = Signal(str, object)

    def __init__(self, players: QWidget) -> None:
        """Makes the side; ``players`` lies between its texts."""
        super().__init__()
        self._fields: dict[str, QWidget] = {}
        self.game = self._choice("game", "Game", "What the two players minimise",
                                  [(name, game.title, game.formula) for name, game in DIRAC_GANS.items()])
        self.rule = self._choice("rule", "Updates", "In which order the players are updated, and along which field",
                                  [(name, rule.title, rule.help) for name, rule in RULES.items()])
        self._content = content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.USUAL)
        column.setSpacing(Space.TIGHT)
        for title, box in (("Game", self.game), ("Updates", self.rule)):
            label = QLabel(title)
            label.setBuddy(box)
            column.addWidget(label)
            column.addWidget(box)
        column.addSpacing(Space.TIGHT)
        (info,) = described(Stepping, "phase")
        column.addWidget(self._field(NumberField(info), self.step_size_moved))
        for name, kind in DIRAC_GANS.items():
            holder = QWidget()
            rows = QVBoxLayout(holder)
            rows.setContentsMargins(0, 0, 0, 0)
            for info in described(kind, "phase"):
                rows.addWidget(self._field(NumberField(info), self.game_moved))
            column.addWidget(holder)
            self._fields[name] = holder
        self.verdict, self.where, about = text_label("verdict"), text_label("where"), text_label("about")
        about.setText(ABOUT)
        about.setProperty("quiet", True)
        for each in (self.verdict, players, self.where, about):
            column.addSpacing(Space.TIGHT)
            column.addWidget(each)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.needed = 0  # pixels
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)

    @property
    def game_name(self) -> str:
        """The game that is chosen."""
        return str(self.game.currentData())

    @property
    def chosen_rule(self) -> Rule:
        """The rule that is chosen."""
        return RULES[str(self.rule.currentData())]

    def show_fields(self) -> None:
        """Shows the sliders of the chosen game."""
        for name, holder in self._fields.items():
            holder.setVisible(name == self.game_name and bool(holder.findChildren(NumberField)))

    def fit(self) -> None:
        """Works out the width that its widest slider needs with the text as large as it is; with less it scrolls."""
        for each in self.findChildren(NumberField):
            each.fit()
        widest = max(each.minimumSizeHint().width() for each in self.findChildren(NumberField))
        column = self._content.layout()
        margins = self._content.contentsMargins() if column is None else column.contentsMargins()
        around = margins.left() + margins.right() + 2 * self.frameWidth() + 10
        self.needed = widest + around + self.verticalScrollBar().sizeHint().width()

    def _choice(self, name: str, title: str, tip: str, entries: list[tuple[str, str, str]]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"phase.{name}")
        box.setAccessibleName(title)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        for index, (key, text, explanation) in enumerate(entries):
            box.addItem(text, key)
            box.setItemData(index, explanation, Qt.ItemDataRole.ToolTipRole)
        box.currentIndexChanged.connect(lambda _: self.chosen.emit())
        return box

    def _field(self, made: NumberField, moved: SignalInstance) -> NumberField:
        made.moved.connect(moved.emit)
        for part in made.findChildren(QWidget):
            if part.objectName() and not part.objectName().startswith("qt_"):
                part.setObjectName(f"phase.{part.objectName()}")  # the controls panel has sliders of these names
        return made


def text_label(name: str) -> QLabel:
    """A text of this panel that wraps, and that the user can copy."""
    label = QLabel()
    label.setObjectName(f"phase.{name}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
