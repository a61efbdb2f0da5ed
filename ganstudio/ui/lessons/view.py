"""LessonView: the prose of a lesson, its claims with the run's numbers, and the buttons from step to step."""

from __future__ import annotations

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from ganstudio.core.design import Space, Text
from ganstudio.ui.lessons.lesson_text import facts_text, progress_text, run_text, verdict
from ganstudio.ui.lessons.prose_document import ProseWriter
from ganstudio.ui.state.lesson_player import LessonPlayer
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.flow_layout import FlowLayout

REFRESH_MS = 100  # of what the run does
COLUMN = 96  # letters of a line of prose that has the window for itself
SIDE = Space.USUAL  # beside it


class LessonView(QWidget):
    """What is read beside the panels."""

    said = Signal(str)  # for screen readers

    def __init__(self, player: LessonPlayer) -> None:
        super().__init__()
        self._player = player
        self._theme: Theme = DARK
        self.titles: dict[str, str] = {}  # of all lessons, by name
        self._alone = False  # whether there are no panels beside it
        self._answer_at = 0  # where the answer begins in the text
        self._written: object = None  # what the document was made of
        self.setObjectName("lesson")
        self.setAccessibleName("Lesson")
        self._title = QLabel()
        self._title.setObjectName("lesson.title")
        self._title.setWordWrap(True)
        self._title.setAccessibleName("The lesson")
        self._title.setToolTip("The lesson that is open")
        self._where = QLabel()
        self._where.setObjectName("lesson.where")
        self._where.setProperty("quiet", True)
        self._where.setAccessibleName("Where the lesson is")
        self._where.setToolTip("How far the lesson is")
        self._bar = QProgressBar()
        self._bar.setObjectName("lesson.progress")
        self._bar.setAccessibleName("Progress of the lesson")
        self._bar.setToolTip("How many steps of the lesson were reached")
        self._bar.setTextVisible(False)
        self.prose = QTextBrowser()
        self.prose.setObjectName("lesson.prose")
        self.prose.setAccessibleName("Text of the lesson")
        self.prose.setToolTip("The arrow keys scroll; page up and page down turn to another step")
        self.prose.setOpenLinks(False)
        self.prose.anchorClicked.connect(_open)
        self._doing = QLabel()
        self._doing.setObjectName("lesson.run")
        self._doing.setWordWrap(True)
        self._doing.setAccessibleName("What the run of the lesson does")
        self._doing.setToolTip("What the run of this step does")
        self.answer = self._button("answer", "Show the answer", "Shows the answer to the question, or folds it (F4)")
        self.answer.setCheckable(True)
        self.answer.clicked.connect(self._toggle_answer)
        self.back = self._button("back", "Back", "To the step before (page up)")
        self.back.clicked.connect(lambda: player.go_by(-1))
        self.next = self._button("next", "Next", "To the next step (page down)")
        self.next.clicked.connect(lambda: player.go_by(1))
        self.again = self._button("again", "Play again", "Plays this step once more, from its beginning (Ctrl+F5)")
        self.again.clicked.connect(player.again)
        self.close_button = self._button("leave", "Leave", "Closes the lesson. It is continued from this step when you "
                                                           "open it again.")
        self.close_button.clicked.connect(player.leave)
        self._arrange()
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self._refresh)
        self._write_soon = QTimer(self, singleShot=True, interval=0)
        self._write_soon.timeout.connect(self._rewrite)
        player.entered.connect(self._enter)
        player.changed.connect(self._changed)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._where)
        head.addWidget(self._bar, 1)
        turns = FlowLayout()
        turns.setSpacing(Space.CLOSE)
        for button in (self.back, self.next, self.answer, self.again, self.close_button):
            turns.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE, Space.USUAL, SIDE, Space.USUAL)
        column.setSpacing(Space.CLOSE)
        column.addWidget(self._title)
        column.addLayout(head)
        column.addWidget(self.prose, 1)
        column.addWidget(self._doing)
        column.addLayout(turns)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"lesson.{name}")
        button.setToolTip(tip)
        button.setAccessibleName(f"{text} (lesson)")
        return button

    # What is shown -------------------------------------------------------------------------------------------

    def set_alone(self, alone: bool) -> None:
        """Whether there is nothing beside it: then its text is a column in the middle."""
        self._alone = alone
        self._fit()

    def _fit(self) -> None:
        """Keeps a line no longer than it can be read."""
        letters = COLUMN * self.fontMetrics().averageCharWidth()
        side = max((self.width() - letters) // 2, SIDE) if self._alone else SIDE
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(side, Space.USUAL, side, Space.USUAL)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        self._theme = theme
        size = self.font().pointSizeF()
        self._title.setStyleSheet(f"font-size: {Text.TITLE * size:.1f}pt; font-weight: 600;")
        self.prose.setStyleSheet(f"QTextBrowser {{ background: {theme.base}; "
                                 f"border: {Space.BORDER}px solid {theme.line}; border-radius: {Space.RADIUS}px; "
                                 f"padding: {Space.TIGHT}px; }}")
        self._bar.setFixedHeight(max(Space.CLOSE, round(0.5 * self.fontMetrics().height())))
        self._bar.setStyleSheet(
            f"QProgressBar {{ background: {theme.raised}; border: none; border-radius: {Space.RADIUS}px; }}"
            f"QProgressBar::chunk {{ background: {theme.accent}; border-radius: {Space.RADIUS}px; }}")
        self._written = None
        self._write()

    def _enter(self) -> None:
        """Another page is shown, from its beginning."""
        self._written = None
        self._refresh()
        self.prose.verticalScrollBar().setValue(0)
        step = self._player.step
        self.said.emit(f"{progress_text(self._player)}: {step.title}" if step is not None else
                       f"Lesson: {self._player.lesson.title}" if self._player.lesson is not None else "")

    def _changed(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        player = self._player
        lesson, step = player.lesson, player.step
        if lesson is None:
            return
        self._title.setText(lesson.title)
        self._where.setText(progress_text(player))
        self._bar.setRange(0, player.pages)
        self._bar.setValue(player.page)
        self.back.setEnabled(player.page > 0)
        self.next.setEnabled(player.page < player.pages)
        self.next.setText("Begin" if player.page == 0 else "Next")
        has_question = step is not None and bool(step.question)
        opened = player.notes is not None and player.notes.answer_open(player.page)
        self.answer.setVisible(has_question)
        self.answer.setChecked(opened)
        self.answer.setText("Fold the answer" if opened else "Show the answer")
        self.again.setVisible(step is not None and (step.has_run or bool(step.claims)))
        doing = " ".join(part for part in (run_text(player), player.remark) if part)
        self._doing.setText(doing)
        self._doing.setVisible(bool(doing))
        self._write()

    def _toggle_answer(self, shown: bool) -> None:
        self._player.open_answer(shown)
        self._refresh()
        if shown:
            self._look_at(self._answer_at)

    def _look_at(self, place: int) -> None:
        """Moves the text's cursor to a place, and scrolls there."""
        cursor = self.prose.textCursor()
        cursor.setPosition(place)
        self.prose.setTextCursor(cursor)
        bar, line = self.prose.verticalScrollBar(), self.prose.cursorRect(cursor)
        if line.top() < 0 or line.bottom() > self.prose.viewport().height() // 2:
            bar.setValue(bar.value() + line.top() - self.prose.viewport().height() // 4)

    def _rewrite(self) -> None:
        self._written = None
        self._write()

    def _write(self) -> None:
        """Writes the page, if anything on it has changed; it stays scrolled as it is."""
        player = self._player
        lesson, step = player.lesson, player.step
        if lesson is None:
            return
        claims = player.claims()
        opened = player.notes is not None and player.notes.answer_open(player.page)
        now = (lesson.name, player.page, opened, tuple(claims), self.prose.viewport().width())
        if now == self._written:
            return
        self._written = now
        scrolled = self.prose.verticalScrollBar().value()
        writer = ProseWriter(self.prose.document(), self._theme, self.font(), self.prose.viewport().width() - 24,
                             lesson.folder)
        if step is None:
            writer.text(lesson.summary, colour=self._theme.quiet)
            writer.write(lesson.introduction)
            writer.text(facts_text(lesson, self.titles), colour=self._theme.quiet, before=0.5)
        else:
            writer.text(step.title, size=1.2, bold=True)
            writer.write(step.prose)
            if step.question:
                writer.text("Question", bold=True, colour=self._theme.accent, before=0.4)
                writer.write(step.question)
            if step.question and opened:
                writer.text("Answer", bold=True, colour=self._theme.accent, before=0.4)
                self._answer_at = writer.place
                writer.write(step.answer)
            if claims:
                writer.text("What the notes claim", bold=True, colour=self._theme.accent, before=0.6)
            for claim in claims:
                mark, sentence = verdict(claim)
                colour = {"✓": self._theme.discriminator, "✗": self._theme.warning}.get(mark, self._theme.quiet)
                writer.text(f"{mark} {claim.text}", before=0.1)
                writer.text(sentence, colour=colour, indent=1)
        cursor = self.prose.textCursor()
        cursor.setPosition(0)  # what was written has pushed it to the end, and Qt would scroll there
        self.prose.setTextCursor(cursor)
        self.prose.verticalScrollBar().setValue(scrolled)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._write_soon.start()


def _open(url: QUrl) -> None:
    """Opens a link of the prose in the browser; the reader has seen to its kind."""
    if url.scheme() in ("http", "https"):
        QDesktopServices.openUrl(url)
