"""Prose becomes a document of Qt: its words as they are, formulas and pictures as pictures, and no HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QImage, QTextBlock, QTextDocument

from ganstudio.core.lessons.prose import blocks
from ganstudio.ui.lessons.prose_document import ProseWriter
from ganstudio.ui.theme import DARK, LIGHT, Theme


def written(text: str, folder: Path, width: int = 400, theme: Theme = DARK) -> QTextDocument:
    document = QTextDocument()
    ProseWriter(document, theme, QFont(), width, folder).write(
        blocks(text.split("\n"), 1, "here", lambda place, file: None))
    return document


def images(document: QTextDocument) -> list[float]:
    """The widths of all pictures in a document."""
    found = []
    block: QTextBlock = document.begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            form = at.fragment().charFormat()
            if form.isImageFormat():
                found.append(form.toImageFormat().width())
            at += 1
        block = block.next()
    return found


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_words_lists_and_tables(tmp_path: Path, theme: Theme) -> None:
    document = written("A **b** \\<i>c\\</i> `d`.\n\n- one\n- two\n\n|h|k|\n|-|-|\n|1|2|\n\n```\nx  y\n```", tmp_path,
                       theme=theme)
    text = document.toPlainText()
    assert text.startswith("A b <i>c</i> d.\none\ntwo\n") and "x  y" in text
    assert all(cell in text for cell in "hk12")


@pytest.mark.usefixtures("qapp")
def test_formulas_are_drawn_and_what_cannot_be_is_written(tmp_path: Path) -> None:
    document = written("Here $x^2$ and\n\n$$\\frac{a}{b}$$", tmp_path)
    assert len(images(document)) == 2
    broken = written("$\\frac{$", tmp_path)
    assert images(broken) == [] and "\\frac{" in broken.toPlainText()


@pytest.mark.usefixtures("qapp")
def test_a_wide_formula_and_a_large_picture_fit(tmp_path: Path) -> None:
    image = QImage(900, 30, QImage.Format.Format_RGB32)
    image.fill(0xFF0000)
    assert image.save(str(tmp_path / "a.png"))
    long = " + ".join(f"x_{{{n}}}" for n in range(30))
    document = written(f"$${long}$$\n\n![red](a.png)\n\n![no](b.png)", tmp_path,
                       width=300)
    assert len(images(document)) == 2 and max(images(document)) <= 300.5
    assert "[no]" in document.toPlainText()
