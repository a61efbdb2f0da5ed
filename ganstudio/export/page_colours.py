"""The palettes as variables of a page's style sheet: light on paper, dark on a screen whose reader prefers that."""

from __future__ import annotations

from collections.abc import Mapping

from ganstudio.core.design import DARK, LIGHT, Theme


def page_colours(names: Mapping[str, str]) -> str:
    """Rules of a style sheet that set the variables.

    Args:
        names: The variables' names, each with that of the palette's colour.
    """
    return (f":root {{ {_variables(LIGHT, names)} }}\n"
            f"@media screen and (prefers-color-scheme: dark) {{\n  :root {{ {_variables(DARK, names)} }}\n}}")


def _variables(theme: Theme, names: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {getattr(theme, colour)};" for name, colour in names.items())
