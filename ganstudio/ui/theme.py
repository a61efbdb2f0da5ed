"""Three palettes of our own on Qt's Fusion style, colour-blind safe, the same meanings everywhere.

Real is blue and hollow, generated is orange and filled, truth is dashed: shape says what colour says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from ganstudio.core.system.resources import asset

Name = Literal["dark", "light", "contrast"]


@dataclass(frozen=True)
class Theme:
    """Colours by meaning, as ``#rrggbb``."""

    name: Name
    window: str
    base: str  # where things are drawn
    raised: str  # buttons, headers
    line: str  # borders and grids
    text: str
    quiet: str  # secondary text
    accent: str
    tick: str  # behind a white check mark
    real: str
    generated: str
    truth: str
    low: str  # the discriminator's lowest scores
    middle: str
    high: str  # and its highest
    warning: str
    discriminator: str  # what it says, and its losses; what the generator makes is ``generated``
    generator: str  # its losses
    penalty: str
    others: tuple[str, ...]  # what has no meaning of its own
    curves: tuple[str, ...]
    stroke: float = 1.0  # how thick lines of plots are drawn, 1 being usual


# Okabe and Ito's palette (2008) is the source of the hues: they stay apart for every common colour blindness.
DARK = Theme(
    name="dark", window="#1b1e24", base="#13161b", raised="#262b33", line="#3a414c", text="#e8eaee", quiet="#a3abb8",
    accent="#4aa3df", tick="#1f78b4", real="#62b4f0", generated="#ff9f2e", truth="#d9dde3", low="#5b3f99",
    middle="#1d222a",
    high="#1f9e87", warning="#f2c14e", discriminator="#3fc6a0", generator="#e58ac0", penalty="#b7a4f0",
    others=("#f2dd5a", "#8fb7c9", "#c98f8f"),
    curves=("#62b4f0", "#ff9f2e", "#3fc6a0", "#e58ac0", "#f2dd5a", "#b7a4f0"),
)
LIGHT = Theme(
    name="light", window="#f1f3f6", base="#ffffff", raised="#e3e7ec", line="#c2c9d2", text="#1a1d22", quiet="#545c68",
    accent="#0067a8", tick="#0067a8", real="#0067a8", generated="#bf5300", truth="#3a3f47", low="#8f78c9",
    middle="#fbfbfc",
    high="#4cb79f", warning="#8f6200", discriminator="#00785a", generator="#a8437f", penalty="#5b3fa8",
    others=("#7a6a00", "#3f6a7d", "#8a4a4a"),
    curves=("#0067a8", "#bf5300", "#00785a", "#a8437f", "#7a6a00", "#5b3fa8"),
)
# For a projector that washes colours out: black on white, dark hues, thick lines.
CONTRAST = Theme(
    name="contrast", window="#ffffff", base="#ffffff", raised="#e6e6e6", line="#6b6b6b", text="#000000",
    quiet="#2e2e2e", accent="#00468c", tick="#00468c", real="#00468c", generated="#8f3500", truth="#000000",
    low="#7d62c4", middle="#ffffff",
    high="#2f9c83", warning="#6e4a00", discriminator="#005741", generator="#8a1f62", penalty="#47219c",
    others=("#5c5000", "#234f61", "#6e2f2f"),
    curves=("#00468c", "#8f3500", "#005741", "#8a1f62", "#5c5000", "#47219c"), stroke=1.5,
)
THEMES: dict[str, Theme] = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}
"""By name, in the order of the menu."""


STYLED = "ganstudio.styled"  # a property of the application, set once it has its style


def apply(app: QApplication, theme: Theme, scale: float) -> None:
    """Gives the application its style, palette and text size.

    Args:
        app: The application.
        theme: The palette.
        scale: Of all text, 1 being the platform's own size.
    """
    if not app.property(STYLED):  # once: it polishes every widget that there is, whatever the palette
        app.setStyle("Fusion")
        app.setProperty(STYLED, True)
    hints = app.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Dark if theme.name == "dark" else Qt.ColorScheme.Light)
    app.setPalette(_palette(theme))
    font = QFont(app.font())
    font.setPointSizeF(10.0 * scale)
    app.setFont(font)
    app.setStyleSheet(_sheet(theme, QFontMetrics(font).height()))


def _palette(t: Theme) -> QPalette:
    palette = QPalette()
    for role, colour in {
        QPalette.ColorRole.Window: t.window, QPalette.ColorRole.WindowText: t.text, QPalette.ColorRole.Base: t.base,
        QPalette.ColorRole.AlternateBase: t.raised, QPalette.ColorRole.Text: t.text,
        QPalette.ColorRole.Button: t.raised, QPalette.ColorRole.ButtonText: t.text,
        QPalette.ColorRole.Highlight: t.accent, QPalette.ColorRole.HighlightedText: t.base,
        QPalette.ColorRole.ToolTipBase: t.raised, QPalette.ColorRole.ToolTipText: t.text,
        QPalette.ColorRole.PlaceholderText: t.quiet, QPalette.ColorRole.Link: t.accent,
        QPalette.ColorRole.Light: t.line, QPalette.ColorRole.Mid: t.line, QPalette.ColorRole.Dark: t.line,
    }.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(t.quiet))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(t.line))  # of a slider's groove
    return palette


def _sheet(t: Theme, line: int) -> str:
    """The style sheet; ``line``: height of a line of text, pixels."""
    check = asset("icons", "check.svg").as_posix()
    return rf"""
    QToolTip {{ color: {t.text}; background: {t.raised}; border: 1px solid {t.line}; padding: 4px; }}
    QMainWindow::separator {{ background: {t.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {t.accent}; }}
    QDockWidget {{ color: {t.text}; font-weight: 600; }}
    QDockWidget::title {{ background: {t.raised}; padding: 5px 8px; }}
    QWidget#dock\.title {{ background: {t.raised}; }}
    QWidget#dock\.title QLabel {{ color: {t.text}; font-weight: 600; }}
    QWidget#dock\.title QToolButton {{ padding: 3px; }}
    QTabBar::scroller {{ width: {round(1.4 * line)}px; }}
    QDockWidget > QWidget {{ background: {t.base}; }}
    QToolBar {{ background: {t.window}; border: none; spacing: 4px; padding: 4px; }}
    QToolButton {{ padding: 5px 8px; border: 1px solid transparent; border-radius: 4px; }}
    QToolButton:hover, QToolButton:focus {{ border-color: {t.line}; background: {t.raised}; }}
    QFileDialog QToolButton {{ padding: 2px; }}
    QTabBar QToolButton {{ padding: 0; background: {t.raised}; border-radius: 0; }}
    QToolButton:checked {{ background: {t.raised}; border-color: {t.accent}; }}
    QGroupBox {{ border: none; margin-top: 1.7em; font-weight: 600; }}
    QGroupBox::title {{ subcontrol-origin: margin; left: 0; color: {t.accent}; }}
    QToolButton::menu-indicator {{ subcontrol-position: right center; }}
    QToolButton#menu\.variant, QToolButton#menu\.data {{ padding-right: 18px; font-weight: 600; }}
    QLabel[quiet="true"] {{ color: {t.quiet}; }}
    QLabel[heading="true"] {{ color: {t.accent}; font-weight: 600; }}
    QFrame#welcome, QFrame#tour {{ background: {t.raised}; border: 1px solid {t.accent}; border-radius: 4px; }}
    QFrame#tour QLabel, QFrame#welcome > QLabel {{ border: none; background: transparent; }}
    QToolButton[leads="true"] {{ color: {t.text}; font-weight: 600; text-align: left; border-color: {t.line}; }}
    QLabel[headline="true"] {{ color: {t.text}; padding: 5px 8px 1px 8px; }}
    QFrame#notice QToolButton {{ padding: 1px 6px; }}
    QFrame#notice {{ background: {t.raised}; border: 1px solid {t.warning}; border-radius: 4px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: {t.base}; border: none; }}
    QTableWidget, QPlainTextEdit, QTreeWidget {{ background: {t.base}; border: none; gridline-color: {t.line}; }}
    QHeaderView::section {{ background: {t.base}; color: {t.quiet}; border: none; padding: 3px 6px; }}
    QCheckBox::indicator {{ width: 1.05em; height: 1.05em; border: 1px solid {t.quiet}; border-radius: 3px;
                            background: {t.base}; }}
    QCheckBox::indicator:checked {{ background: {t.tick}; border-color: {t.tick}; image: url("{check}"); }}
    QCheckBox::indicator:focus {{ border-color: {t.accent}; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.line}; padding: 4px 0; icon-size: {round(1.5 * line)}px;
             menu-scrollable: 1; }}
    QMenu::item {{ padding: 4px 24px; }}
    QMenu::icon {{ padding-left: 10px; }}
    QMenu::item:selected {{ background: {t.accent}; color: {t.base}; }}
    QMenu::separator {{ color: {t.quiet}; padding: 4px 10px; }}
    QMenu::indicator {{ width: {round(0.8 * line)}px; height: {round(0.8 * line)}px; }}
    QStatusBar {{ color: {t.quiet}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {t.text}; padding: 0 8px; font-weight: 600; }}
    QScrollBar {{ background: {t.base}; border: none; }}
    QScrollBar:vertical {{ width: {round(0.75 * line)}px; }}
    QScrollBar:horizontal {{ height: {round(0.75 * line)}px; }}
    QScrollBar::handle {{ background: {t.quiet}; border: 3px solid {t.base}; border-radius: {round(0.25 * line)}px; }}
    QScrollBar::handle:vertical {{ min-height: {round(1.5 * line)}px; }}
    QScrollBar::handle:horizontal {{ min-width: {round(1.5 * line)}px; }}
    QScrollBar::handle:hover {{ background: {t.accent}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
    QLineEdit {{ background: {t.base}; border: 1px solid {t.line}; border-radius: 3px; padding: 1px 4px; }}
    QLineEdit:focus {{ border-color: {t.accent}; }}
    """
