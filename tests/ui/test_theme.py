"""What the palette for projectors has more than others, and what the application is given of a palette."""

from __future__ import annotations

import pytest
from design_page import ROLES, SEEN, colours, contrast, least
from PySide6.QtWidgets import QApplication

from ganstudio.core.design import DARK, LIGHT, THEMES, Text
from ganstudio.ui.main.menu_bar import PALETTES
from ganstudio.ui.theme import apply, icon


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21) and contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize("name", THEMES)
def test_a_projector_gets_more(name: str) -> None:
    """High contrast: text at least 7:1 (WCAG's AAA), borders that are seen, and lines half as thick again."""
    theme = THEMES[name]
    if name != "contrast":
        assert theme.stroke == 1
        return
    assert all(least(theme, each) >= 7 for each in colours(theme) if ROLES[each.split()[0]].startswith("text"))
    assert contrast(theme.line, theme.base) >= SEEN and theme.stroke > 1


def test_the_menu_has_every_palette() -> None:
    assert [name for _, name in PALETTES] == list(THEMES) == [theme.name for theme in THEMES.values()]


def test_the_application_gets_palette_and_size(qapp: QApplication) -> None:
    apply(qapp, LIGHT, 1.5)
    assert qapp.font().pointSizeF() == pytest.approx(1.5 * Text.POINTS)
    assert qapp.palette().window().color().name() == LIGHT.window and LIGHT.edge in qapp.styleSheet()
    apply(qapp, DARK, 1.0)
    assert qapp.palette().window().color().name() == DARK.window and DARK.edge in qapp.styleSheet()
    assert qapp.font().pointSizeF() == pytest.approx(Text.POINTS)


def test_an_icon_has_the_colour_that_is_asked_for(qapp: QApplication) -> None:
    image = icon("dock-close", DARK.quiet).pixmap(64, 64).toImage()
    pixels = [image.pixelColor(x, y) for x in range(64) for y in range(64)]
    found = {pixel.name() for pixel in pixels if pixel.alpha() == 255}
    assert found == {DARK.quiet}
