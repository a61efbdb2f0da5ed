"""Prose as a document of Qt: built block by block, so that no text of a lesson is ever read as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QImage,
    QImageReader,
    QPainter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
    QTextLength,
    QTextListFormat,
    QTextTableFormat,
)
from PySide6.QtSvg import QSvgRenderer

from ganstudio.core.design import Text
from ganstudio.core.lessons.prose import (
    Block,
    Code,
    Display,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Quote,
    Span,
    Table,
)
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.math_label import NATURAL, Row, row_of

SHARP = 2.0  # pixels of a formula's picture along one of the document: it stays sharp on dense screens
GAP = 0.55  # below a paragraph, in lines
ALT_TEXT = 0x5002  # QTextFormat.ImageAltText, which PySide does not name in all versions


class ProseWriter:
    """Writes blocks to the end of a document."""

    def __init__(self, document: QTextDocument, theme: Theme, font: QFont, width: int, folder: Path) -> None:
        """Clears the document.

        Args:
            document: It is written to.
            theme: Its colours.
            font: Of the text.
            width: Pixels that a picture or a formula may take.
            folder: Of the lesson, where pictures are.
        """
        document.clear()
        document.setDefaultFont(font)
        self._document, self._theme, self._font, self._folder = document, theme, font, folder
        self._width = max(width, 80)
        self._metrics = QFontMetricsF(font)
        self._cursor = QTextCursor(document)
        self._empty = True
        self._pictures = 0

    @property
    def place(self) -> int:
        """Where the document ends so far."""
        return self._cursor.position()

    # Blocks --------------------------------------------------------------------------------------------------

    def write(self, found: Sequence[Block]) -> None:
        """Writes blocks."""
        for block in found:
            match block:
                case Paragraph(spans=spans):
                    self.paragraph(spans)
                case Heading(spans=spans):
                    self.paragraph(spans, size=Text.HEADING, bold=True)
                case Quote(spans=spans):
                    self.paragraph(spans, indent=1, colour=self._theme.quiet)
                case Listing():
                    self._list(block)
                case Code(text=text):
                    self._code(text)
                case Display(latex=latex):
                    self._display(latex)
                case Picture(file=file, text=text):
                    self._picture(file, text)
                case Table():
                    self._table(block)

    def paragraph(
        self, spans: Sequence[Span], *, size: float = 1.0, bold: bool = False, colour: str = "", indent: int = 0,
        before: float = 0.0,
    ) -> None:
        """Writes a paragraph.

        Args:
            spans: Its text.
            size: Of its letters, 1 being the usual one.
            bold: Whether all of it is bold.
            colour: Of its letters; empty: the usual one.
            indent: By how many steps it is moved in.
            before: Room above it, in lines.
        """
        self._begin(indent, before)
        self._spans(spans, size, bold=bold, colour=colour)

    def text(self, text: str, *, size: float = 1.0, bold: bool = False, colour: str = "", indent: int = 0,
             before: float = 0.0) -> None:
        """Writes a paragraph of plain text."""
        self.paragraph([Span(text)], size=size, bold=bold, colour=colour, indent=indent, before=before)

    def _begin(self, indent: int = 0, before: float = 0.0, *, close: bool = False) -> None:
        """Begins another paragraph; ``close``: without room below it."""
        form = QTextBlockFormat()
        line = self._metrics.height()
        form.setTopMargin(before * line)
        form.setBottomMargin(0.0 if close else GAP * line)
        form.setLineHeight(112.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        form.setLeftMargin(indent * 1.4 * line)
        plain = QTextCharFormat()
        if self._empty:
            self._cursor.setBlockFormat(form)
            self._cursor.setBlockCharFormat(plain)
        else:
            self._cursor.insertBlock(form, plain)
        self._empty = False

    def _list(self, block: Listing) -> None:
        form = QTextListFormat()
        form.setStyle(QTextListFormat.Style.ListDecimal if block.ordered else QTextListFormat.Style.ListDisc)
        form.setIndent(1)
        made = None
        for item in block.items:
            self._begin(close=item is not block.items[-1])
            if made is None:
                made = self._cursor.createList(form)
            else:
                made.add(self._cursor.block())
            self._spans(item)

    def _code(self, text: str) -> None:
        form = QTextCharFormat()
        form.setFont(_fixed(self._font))
        form.setForeground(QColor(self._theme.text))
        lines = text.split("\n")
        for index, line in enumerate(lines):
            self._begin(1, close=index < len(lines) - 1)
            self._cursor.insertText(line, form)

    def _display(self, latex: str) -> None:
        self._begin()
        form = self._cursor.blockFormat()
        form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        form.setLineHeight(100.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        self._cursor.setBlockFormat(form)
        self._formula(latex, own_line=True)

    def _picture(self, file: str, text: str) -> None:
        self._begin()
        reader = QImageReader(str(self._folder / file))
        image = reader.read()
        if image.isNull():
            self._spans([Span(f"[{text}]", emphasis=True)])
            return
        width = min(self._width, image.width())
        self._insert(image, width, image.height() * width / image.width(), text)

    def _table(self, block: Table) -> None:
        self._begin(close=True)
        form = QTextTableFormat()
        form.setBorderCollapse(True)
        form.setBorder(1)
        form.setBorderBrush(QColor(self._theme.line))
        form.setCellPadding(4)
        form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        form.setHeaderRowCount(1)
        table = self._cursor.insertTable(len(block.rows), len(block.rows[0]), form)
        for row, cells in enumerate(block.rows):
            for column, cell in enumerate(cells):
                self._cursor = table.cellAt(row, column).firstCursorPosition()
                self._spans(cell, bold=row == 0)
        self._cursor = QTextCursor(self._document)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        plain = QTextBlockFormat()
        plain.setBottomMargin(0)
        self._cursor.setBlockFormat(plain)

    # Spans ---------------------------------------------------------------------------------------------------

    def _spans(self, spans: Sequence[Span], size: float = 1.0, *, bold: bool = False, colour: str = "") -> None:
        for span in spans:
            if span.kind == "formula":
                self._formula(span.text)
                continue
            form = QTextCharFormat()
            font = _fixed(self._font) if span.kind == "code" else QFont(self._font)
            font.setPointSizeF(self._font.pointSizeF() * size)
            font.setBold(bold or span.strong)
            font.setItalic(span.emphasis)
            form.setFont(font)
            form.setForeground(QColor(colour or self._theme.text))
            if span.address:
                form.setAnchor(True)
                form.setAnchorHref(span.address)
                form.setForeground(QColor(self._theme.accent))
                form.setFontUnderline(True)
                form.setToolTip(f"Opens {span.address} in the browser")
            self._cursor.insertText(span.text, form)

    def _formula(self, latex: str, *, own_line: bool = False) -> None:
        """Draws a formula as a picture whose middle is that of the small letters beside it; or writes its LaTeX."""
        row = row_of(latex, self._theme.text)
        if row is None:
            form = QTextCharFormat()
            form.setFont(_fixed(self._font))
            form.setForeground(QColor(self._theme.text))
            self._cursor.insertText(latex, form)
            return
        pixels = self._metrics.height() * 0.78 * (NATURAL if own_line else 1.2)
        em = min(pixels, self._width / row.width)
        self._insert(_drawn(row, em), row.width * em, row.height * em, latex, middle=not own_line)

    def _insert(self, image: QImage, width: float, height: float, text: str, *, middle: bool = False) -> None:
        self._pictures += 1
        name = f"lesson:{self._pictures}"
        self._document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
        form = QTextImageFormat()
        form.setName(name)
        form.setWidth(width)
        form.setHeight(height)
        form.setProperty(ALT_TEXT, text)
        form.setFont(self._font)
        if middle:
            form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        self._cursor.insertImage(form)


def _fixed(font: QFont) -> QFont:
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    fixed.setPointSizeF(font.pointSizeF() * Text.SMALL)
    fixed.setStyleHint(QFont.StyleHint.Monospace)
    return fixed


def _drawn(row: Row, em: float) -> QImage:
    """A row of mathematics as a picture, ``SHARP`` times as large as it is shown."""
    width, height = (max(1, round(side * em * SHARP)) for side in (row.width, row.height))
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(row.svg)).render(painter, QRectF(0, 0, width, height))
    painter.end()
    return image
