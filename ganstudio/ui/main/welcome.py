"""The welcome page: over the right side of the window, so that one sees the points flow beside it. It stops nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, SignalInstance
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.design import Space, Text
from ganstudio.ui.main.tour import Tour
from ganstudio.ui.main.welcome_entries import Entry, Section, sections
from ganstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from ganstudio.ui.widgets.reading_order import OVER, stops_within

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

AT_START = "welcome/at_start"  # in the preferences
ALL_CONTROLS, FOLDED = "controls/all", "controls/folded"
SHARE, MOST = 0.4, 0.5  # of the window's width: as much as that, and as much as that at most
LETTERS = 44  # of a line: if the text is large, the page is wider
BESIDE = 5  # heights of a line: what the page's and a button's borders and the scroll bar take of its width
INTRO = ("A generative adversarial network learns beside this page: blue is the data, orange is what the generator "
         "makes. Nothing here stops it.")


@runtime_checkable
class ShowsFew(Protocol):
    """A panel that can show the controls that matter most alone."""

    all_wanted: SignalInstance
    folds_changed: SignalInstance

    def show_few(self, on: bool) -> None:
        """Shows these alone, or all."""
        ...

    def fold_groups(self, names: str) -> None:
        """Folds groups of controls, with commas between their names."""
        ...


class Welcome(QFrame):
    """Opens at the first start, and from the Help menu."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.tour = Tour(window, lambda widget: window.focus_frame.reach(widget, Qt.FocusReason.TabFocusReason))
        self.setObjectName("welcome")
        self.setProperty(OVER, True)
        self.setAccessibleName("Welcome page")
        self.setAccessibleDescription(INTRO)
        self.setAutoFillBackground(True)
        self._title, self._intro = QLabel("Welcome to GAN Studio"), PlainLabel(INTRO)
        self._title.setObjectName("welcome.title")
        self._title.setWordWrap(True)
        self._intro.setObjectName("welcome.intro")
        self._intro.setWordWrap(True)
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setObjectName("welcome.close")
        self._close.setAccessibleName("Close the welcome page")
        self._close.setToolTip("Closes this page (Esc). Help > Welcome page opens it again.")
        self._close.clicked.connect(self.leave)
        self.start_tour = QPushButton("Take the tour: five places, one minute")
        self.start_tour.setObjectName("welcome.tour")
        self.start_tour.setAccessibleName("Take the tour")
        self.start_tour.setToolTip("Shows where things are, one after the other. It can be skipped at any time (Esc).")
        self.start_tour.clicked.connect(self._start_tour)
        self._at_start = QCheckBox("Show this page at the start")
        self._at_start.setObjectName("welcome.at-start")
        self._at_start.setAccessibleName("Show this page at the start")
        self._at_start.setToolTip("Whether this page opens by itself when the studio starts")
        self._at_start.setChecked(self.wanted)
        self._at_start.toggled.connect(
            lambda on: window.preferences.keep(AT_START, "yes" if on else "no"))
        self._area = QScrollArea()
        self._area.setObjectName("welcome.scroll")
        self._area.setAccessibleName("What can be done first")
        self._area.setToolTip("Page up and page down scroll")
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._offers = QWidget()
        content = QWidget()
        self._content = QVBoxLayout(content)
        self._content.setContentsMargins(Space.TIGHT, Space.TIGHT, Space.USUAL, Space.TIGHT)
        self._content.addWidget(self._intro)
        self._content.addWidget(self.start_tour, 0, Qt.AlignmentFlag.AlignLeft)
        self._content.addWidget(self._offers)
        self._content.addStretch(1)
        self._area.setWidget(content)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._close)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        column.addWidget(self._at_start)
        self._soon = QTimer(self, singleShot=True, interval=0)  # not while the docks are laid out
        self._soon.timeout.connect(self.raise_)
        self.hide()
        window.run.began.connect(lambda _: self._fill() if self.isVisible() else None)
        window.session.catalog_changed.connect(lambda _: self._fill() if self.isVisible() else None)

    @property
    def wanted(self) -> bool:
        """Whether it opens by itself when the studio starts."""
        return self._window.preferences.text(AT_START, "yes") == "yes"

    # Opening and leaving -------------------------------------------------------------------------------------

    def begin(self, *, page: bool) -> None:
        """The studio starts for a user: few controls unless all are wanted, and with ``page`` this page, if it is."""
        preferences = self._window.preferences
        controls: object = self._window.panels.get("controls")
        if isinstance(controls, ShowsFew):
            controls.show_few(preferences.text(ALL_CONTROLS, "no") != "yes")
            controls.all_wanted.connect(lambda on: preferences.keep(ALL_CONTROLS, "yes" if on else "no"))
            controls.fold_groups(preferences.text(FOLDED, ""))
            controls.folds_changed.connect(lambda names: preferences.keep(FOLDED, names))
        if page:
            self.open_at_start()

    def open_at_start(self) -> None:
        """Opens it if the user wants that; the keys stay with the window, where Space pauses the run."""
        if self.wanted:
            self._open()

    def open_page(self) -> None:
        """Opens it, and gives it the keys."""
        self._open()
        self._window.focus_frame.reach(self.start_tour, Qt.FocusReason.ShortcutFocusReason)

    def _open(self) -> None:
        self._fill()
        self.place()
        for watched in (self._window, *self._window.docks.values()):
            watched.installEventFilter(self)
        self.show()
        self.raise_()

    def leave(self) -> None:
        """Closes it; the keys go back to the window."""
        for watched in (self._window, *self._window.docks.values()):
            watched.removeEventFilter(self)
        self.hide()
        self._window.setFocus()
        self._window.scheduler.refresh()  # panels that it covered can be seen again

    def _start_tour(self) -> None:
        self.leave()
        self.tour.start()

    def _take(self, entry: Entry) -> None:
        self.leave()
        entry.act()

    # What is on it -------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Makes the entries as they are now; the key stays on the entry that has it."""
        focus = self.focusWidget()
        had = focus.objectName() if focus is not None and self._offers.isAncestorOf(focus) else ""
        offers = QWidget()
        column = QVBoxLayout(offers)
        column.setContentsMargins(0, 0, 0, 0)
        for section in sections(self._window):
            column.addWidget(self._made(section))
        self._content.replaceWidget(self._offers, offers)
        self._offers.deleteLater()
        self._offers = offers
        if had and isinstance(same := offers.findChild(QWidget, had), QWidget):
            same.setFocus()
        font = self._title.font()
        font.setPointSizeF(Text.DISPLAY * self.font().pointSizeF())
        font.setBold(True)
        self._title.setFont(font)

    def _made(self, section: Section) -> QWidget:
        """A section: its heading, and a button with a line of words for each entry."""
        box = QWidget(self)  # whose style it has from the start
        room = self._width() - BESIDE * self.fontMetrics().height()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, Space.CLOSE)
        column.setSpacing(Space.HAIR)
        head = PlainLabel(section.title)
        head.setProperty("heading", True)
        column.addWidget(head)
        for entry in section.entries:
            button = QToolButton()
            button.setProperty("leads", True)
            button.ensurePolished()  # the style sheet makes its text bold
            button.setText(wrapped(entry.title, button.fontMetrics(), room).replace("&", "&&"))
            button.setObjectName(f"welcome.{entry.name}")
            button.setAccessibleName(entry.title)
            button.setAccessibleDescription(entry.detail)
            button.setToolTip(plain_tip(entry.detail or entry.title))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(partial(lambda entry, _=False: self._take(entry), entry))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            if entry.detail:
                detail = PlainLabel(entry.detail)
                detail.setWordWrap(True)
                detail.setProperty("quiet", True)
                detail.setContentsMargins(Space.USUAL, 0, 0, Space.HAIR)
                column.addWidget(detail)
        return box

    def _width(self) -> int:
        """Of the page, pixels."""
        letters, window = LETTERS * self.fontMetrics().averageCharWidth(), self._window.width()
        return round(min(max(SHARE * window, letters), MOST * window))

    def place(self) -> None:
        """Over the right side of the docks, between the tool bars and the timeline."""
        window = self._window
        bars = [bar for bar in window.findChildren(QToolBar) if bar.parent() is window and bar.isVisible()]
        above = [bar.geometry().bottom() for bar in bars if window.toolBarArea(bar) == Qt.ToolBarArea.TopToolBarArea]
        below = [bar.geometry().top() for bar in bars if window.toolBarArea(bar) == Qt.ToolBarArea.BottomToolBarArea]
        top, bottom = max(above, default=0) + 1, min([*below, window.statusBar().geometry().top()])
        width = self._width()
        self.setGeometry(QRect(window.width() - width - 4, top, width, max(bottom - top - 2, 1)))

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            before = self.width()
            self.place()
            if self.width() != before:
                self._fill()
        elif event.type() in (QEvent.Type.ZOrderChange, QEvent.Type.Show):  # a dock was brought to the front
            self._soon.start()
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.isVisible():
            self._fill()
            self.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        stops = stops_within(self)
        now = self.focusWidget()
        if stops:
            index = stops.index(now) if now in stops else -1
            self._window.focus_frame.reach(stops[(index + (1 if forward else -1)) % len(stops)],
                                           Qt.FocusReason.TabFocusReason)
        return bool(stops)


def wrapped(title: str, metrics: QFontMetrics, room: int) -> str:
    """A title on as many lines as it takes for none to be wider than ``room``, pixels: a button wraps nothing."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if not lines[-1] or metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
