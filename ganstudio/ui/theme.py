"""Gives the application its palette, style sheet and size of text, on Qt's Fusion style.

The palettes are those of ``ganstudio.core.design``, colour-blind safe, with the same meanings everywhere. Real is blue
and hollow, generated is orange and filled, truth is dashed: shape says what colour says.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from ganstudio.core.design import DARK, ICON_PAINT, LIGHT, THEMES, Icon, Space, Text, Theme, icon_side
from ganstudio.core.system.resources import asset

__all__ = ["DARK", "LIGHT", "THEMES", "Theme", "apply", "icon"]

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
    font = QFont(app.font())
    font.setPointSizeF(Text.POINTS * scale)
    sheet = _sheet(theme, QFontMetrics(font).height())
    if app.styleSheet() == sheet and app.font() == font and app.palette() == _palette(theme):
        return  # each of what follows polishes every widget again
    hints = app.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Dark if theme.name == "dark" else Qt.ColorScheme.Light)
    app.setPalette(_palette(theme))
    app.setFont(font)
    app.setStyleSheet(sheet)


def icon(name: str, colour: str) -> QIcon:
    """An icon of ours in a colour.

    Args:
        name: Of its file, without the ending.
        colour: As ``#rrggbb``.
    """
    svg = asset("icons", f"{name}.svg").read_text(encoding="utf-8").replace(ICON_PAINT, colour)
    picture = QPixmap()
    picture.loadFromData(svg.replace('width="24" height="24"', 'width="96" height="96"').encode(), "SVG")  # shrunk only
    return QIcon(picture)


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
    s, rim, corner = Space, f"{Space.BORDER}px solid", f"border-radius: {Space.RADIUS}px"
    check = asset("icons", "check.svg").as_posix()
    return rf"""
    QToolTip {{ color: {t.text}; background: {t.raised}; border: {rim} {t.line}; padding: {s.TIGHT}px; }}
    QMainWindow::separator {{ background: {t.window}; width: {s.TIGHT}px; height: {s.TIGHT}px; }}
    QMainWindow::separator:hover {{ background: {t.accent}; }}
    QDockWidget {{ color: {t.text}; font-weight: 600; }}
    QDockWidget::title {{ background: {t.raised}; padding: {s.TIGHT}px {s.USUAL}px; }}
    QWidget#dock\.title {{ background: {t.raised}; }}
    QWidget#dock\.title QLabel {{ color: {t.text}; font-weight: 600; }}
    QWidget#dock\.title QToolButton {{ padding: {s.HAIR}px; }}
    QTabBar::scroller {{ width: {icon_side(Icon.SCROLLER, line)}px; }}
    QDockWidget > QWidget {{ background: {t.base}; }}
    QToolBar {{ background: {t.window}; border: none; spacing: {s.TIGHT}px; padding: {s.TIGHT}px; }}
    QToolButton {{ padding: {s.TIGHT}px {s.USUAL}px; border: {rim} transparent; {corner}; }}
    QToolButton:hover, QToolButton:focus {{ border-color: {t.line}; background: {t.raised}; }}
    QFileDialog QToolButton {{ padding: {s.HAIR}px; }}
    QTabBar QToolButton {{ padding: 0; background: {t.raised}; border-radius: 0; }}
    QToolButton:checked {{ background: {t.raised}; border-color: {t.accent}; }}
    QGroupBox {{ border: none; margin-top: 1.7em; font-weight: 600; }}
    QGroupBox::title {{ subcontrol-origin: margin; left: 0; color: {t.accent}; }}
    QToolButton::menu-indicator {{ subcontrol-position: right center; }}
    QToolButton#menu\.variant, QToolButton#menu\.data {{ padding-right: {s.APART}px; font-weight: 600; }}
    QLabel[quiet="true"] {{ color: {t.quiet}; }}
    QLabel[nothing="true"] {{ color: {t.text}; }}
    QLabel[heading="true"] {{ color: {t.accent}; font-weight: 600; }}
    QFrame#welcome, QFrame#tour {{ background: {t.raised}; border: {rim} {t.accent}; {corner}; }}
    QFrame#tour QLabel, QFrame#welcome > QLabel {{ border: none; background: transparent; }}
    QToolButton[leads="true"] {{ color: {t.text}; font-weight: 600; text-align: left; border-color: {t.line}; }}
    QLabel[headline="true"] {{ color: {t.text}; padding: {s.TIGHT}px {s.USUAL}px {s.HAIR}px {s.USUAL}px; }}
    QToolButton[folds="true"] {{ color: {t.accent}; font-weight: 600; text-align: left;
                                 padding: {s.TIGHT}px {s.HAIR}px; }}
    QFrame#notice QToolButton {{ padding: {s.HAIR}px {s.CLOSE}px; }}
    QFrame#notice {{ background: {t.raised}; border: {rim} {t.warning}; {corner}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: {t.base}; border: none; }}
    QTableWidget, QPlainTextEdit, QTreeWidget {{ background: {t.base}; border: none; gridline-color: {t.line}; }}
    QHeaderView::section {{ background: {t.base}; color: {t.quiet}; border: none; padding: {s.HAIR}px {s.CLOSE}px; }}
    QCheckBox::indicator {{ width: {Icon.CHECK}em; height: {Icon.CHECK}em;
                            border: {rim} {t.quiet}; {corner}; background: {t.base}; }}
    QCheckBox::indicator:checked {{ background: {t.tick}; border-color: {t.tick}; image: url("{check}"); }}
    QCheckBox::indicator:focus {{ border-color: {t.accent}; }}
    QCheckBox::indicator:disabled {{ border-color: {t.line}; }}
    QCheckBox::indicator:checked:disabled {{ background: {t.quiet}; border-color: {t.quiet}; }}
    QMenu {{ background: {t.raised}; border: {rim} {t.line}; padding: {s.TIGHT}px 0;
             icon-size: {icon_side(Icon.MENU, line)}px; menu-scrollable: 1; }}
    QMenu::item {{ padding: {s.TIGHT}px {s.FAR}px; }}
    QMenu::icon {{ padding-left: {s.USUAL}px; }}
    QMenu::item:selected {{ background: {t.accent}; color: {t.base}; }}
    QMenu::separator {{ color: {t.quiet}; padding: {s.TIGHT}px {s.USUAL}px; }}
    QMenu::indicator {{ width: {icon_side(Icon.TITLE, line)}px; height: {icon_side(Icon.TITLE, line)}px; }}
    QStatusBar {{ color: {t.quiet}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {t.text}; padding: 0 {s.USUAL}px; font-weight: 600; }}
    QScrollBar {{ background: {t.base}; border: none; }}
    QScrollBar:vertical {{ width: {round(0.75 * line)}px; }}
    QScrollBar:horizontal {{ height: {round(0.75 * line)}px; }}
    QScrollBar::handle {{ background: {t.quiet}; border: {s.HAIR}px solid {t.base};
                          border-radius: {round(0.25 * line)}px; }}
    QScrollBar::handle:vertical {{ min-height: {round(1.5 * line)}px; }}
    QScrollBar::handle:horizontal {{ min-width: {round(1.5 * line)}px; }}
    QScrollBar::handle:hover {{ background: {t.accent}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
    QLineEdit {{ background: {t.base}; border: {rim} {t.edge}; {corner}; padding: {s.HAIR}px {s.TIGHT}px; }}
    QLineEdit:focus {{ border-color: {t.accent}; }}
    QAbstractSpinBox {{ min-height: {line + s.TIGHT}px; }}
    QAbstractSpinBox QLineEdit {{ border: none; padding: 0; }}
    """
