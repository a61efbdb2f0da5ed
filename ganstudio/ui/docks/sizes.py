"""Proportions: the docks keep their shares of the window, and become tabs if they would be too small to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import shiboken6
from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStyle

from ganstudio.ui.docks.title_bar import TitleBar

VERSION = 1  # of a window's state
FIRST = 0.185  # of the window's width: the controls, at first
MOST = 0.4  # of it: the most that the controls take unless the user gave them more
NARROW, LOW = 20, 11  # letters of a line and lines of text: a dock that is narrower or lower shows nothing
QUIET_MS = 150  # after the window's last change of size


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How large the docks are meant to be."""

    controls: int = 0  # pixels wide
    window: Annotated[int, msgspec.Meta(ge=1)] = 1  # pixels wide, when the controls were so
    shares: dict[str, tuple[float, float]] = {}  # of the width beside the controls, and of the window's height


class Proportions(QObject):
    """Keeps the docks' shares of the window when its size changes.

    Qt gives what a window gains to the outer docks in equal parts: after it shrank and grew again, the controls would
    fill half of it. Here they keep the width that the user gave them, and the others their shares.
    """

    focus_taken = Signal(object)  # QWidget: it lost the focus while docks were moved, and can have it again
    restored = Signal()  # a state of the window was restored, with the lines that the toolbars were on then

    def __init__(self, window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
        """Watches over the docks.

        Args:
            window: Where they are.
            docks: By panel, with the controls among them.
        """
        super().__init__(window)
        self._window, self._docks = window, docks
        self._controls = docks["controls"]
        self._sizes = Sizes()
        self._roomy: QByteArray | None = None  # the layout before some docks became tabs
        self._busy = False
        self._needs: dict[str, int] = {}  # the widths that the panels asked for when there was room made last
        self._pressed: list[QRect] | None = None  # their places when the user pressed a separator
        self._user_moved = QTimer(self, singleShot=True, interval=0)
        self._user_moved.timeout.connect(self.remember)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.keep)
        self._later = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._later.timeout.connect(self.make_room)
        window.installEventFilter(self)
        for dock in docks.values():
            dock.dockLocationChanged.connect(self._moved)
            dock.topLevelChanged.connect(self._moved)

    @property
    def busy(self) -> bool:
        """Whether docks are shown and hidden by the program just now, and not by the user."""
        return self._busy

    # What is kept --------------------------------------------------------------------------------------------

    def arranged(self) -> None:
        """Keeps the layout as it is now: the window has just arranged the docks."""
        self._roomy = None
        self._user_moved.stop()
        self.remember()
        self._later.start()

    def restore(self, state: QByteArray) -> None:
        """Restores a layout that was saved by this version or by an earlier one."""
        sizes, _, rest = bytes(state.data()).partition(b"\n")
        try:
            known = msgspec.json.decode(sizes, type=Sizes)
        except msgspec.MsgspecError:  # of an earlier version, in which the controls may have taken half the window
            if self._restore(state):
                first = max(round(FIRST * self._window.width()), 230)
                self._window.resizeDocks([self._controls], [first], Qt.Orientation.Horizontal)
            self.arranged()
            return
        self._restore(QByteArray(rest))
        self.arranged()
        self._sizes = known  # a size that has no room now is still wanted
        self.keep()

    def state(self) -> QByteArray:
        """What is to be saved: the layout without the tabs that only a lack of room makes."""
        whole = self._window.saveState(VERSION) if self._roomy is None else self._roomy
        return QByteArray(msgspec.json.encode(self._sizes) + b"\n" + bytes(whole.data()))

    def remember(self) -> None:
        """Notes the present sizes as those that the user wants."""
        self._activate()
        width, height = self._window.width(), self._window.height()
        tops = self.tops()
        beside = self._controls.width() if self._controls in tops else 0
        shares = self._sizes.shares
        if self._roomy is None:  # else some docks are tabs for lack of room, and the earlier shares are kept
            rest = max(width - beside - self._middle, 1)
            shares = {
                each.objectName(): (top.width() / rest, top.height() / max(height, 1))
                for top in tops if top is not self._controls
                for each in self._stack(top)
            }
        self._sizes = Sizes(controls=beside or self._sizes.controls, window=max(width, 1), shares=shares)

    def keep(self) -> None:
        """Gives the docks the wanted widths and shares again."""
        if self._busy:
            return
        with self._undisturbed():
            self._keep()

    def _keep(self) -> None:
        """Gives the docks their sizes."""
        self._activate()
        tops = self.tops()
        width, height = self._window.width(), self._window.height()
        between = self._window.style().pixelMetric(
            QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, self._window)
        rest = max(width - self._middle, 1)
        if self._controls in tops:
            most = max(MOST, self._sizes.controls / self._sizes.window) * width
            controls = max(round(min(self._sizes.controls, most)), self._controls.minimumSizeHint().width())
            self._window.resizeDocks([self._controls], [controls], Qt.Orientation.Horizontal)
            rest = max(rest - controls - 2 * between, 1)  # with a separator on either side of the middle
        shares = self._sizes.shares
        known = [top for top in tops if top.objectName() in shares]
        if known:
            # A row is as wide as what is beside the controls, else Qt gives them half of what it leaves over.
            rows = [[other for other in known if _overlap(top, other, upright=True) > 0] for top in known]
            wide = [self._shared(top, row, rest - between * (len(row) - 1))
                    for top, row in zip(known, rows, strict=True)]
            high = [max(round(shares[top.objectName()][1] * height), 1) for top in known]
            self._window.resizeDocks(known, wide, Qt.Orientation.Horizontal)
            self._window.resizeDocks(known, high, Qt.Orientation.Vertical)
        self._activate()

    def _shared(self, top: QDockWidget, row: list[QDockWidget], width: int) -> int:
        """Pixels of a row that a dock gets: its share, but none gets less than it needs while others have more."""
        share = {each: self._sizes.shares[each.objectName()][0] for each in row}
        least = {each: self._least(each).width() for each in row}
        needy: set[QDockWidget] = set()
        while True:
            rest = width - sum(least[each] for each in needy)
            whole = max(sum(share[each] for each in row if each not in needy), 1e-3)
            more = {each for each in row if each not in needy and share[each] / whole * rest < least[each]}
            if not more or len(needy | more) == len(row):
                return max(least[top] if top in needy else round(share[top] / whole * rest), 1)
            needy |= more

    # Tabs for lack of room -----------------------------------------------------------------------------------

    def make_room(self) -> None:
        """Makes docks that are too small to read tabs behind their neighbours; separates them again if there is room.

        The result depends only on the sizes of the window and its text: each call starts from the layout without tabs.
        """
        if self._busy or not self._window.isVisible():
            return
        if self._roomy is None:
            self.keep()  # panels may have come to need more
        if self._roomy is None and self._cramped() is None:
            self._needs = self._all_needs()
            return
        with self._focus_kept():
            self._make_room()

    def _make_room(self) -> None:
        self._window.setUpdatesEnabled(False)
        # If two docks share a place, the upper one, which is raised last, is on top.
        raised = sorted(self.tops(), key=lambda dock: (dock.y(), dock.x()), reverse=True)
        if self._roomy is not None:
            closed = {dock for dock in self._docks.values() if dock.isHidden()}
            with self._undisturbed():
                self._restore(self._roomy)
                for dock in self._docks.values():
                    dock.setVisible(dock not in closed)
            self._roomy = None
            self.keep()
        if self._cramped() is not None:
            self._roomy = self._window.saveState(VERSION)
        with self._undisturbed():
            for _ in self._docks:  # each time there is one place less
                if (pair := self._cramped()) is None:
                    break
                dock, other = pair
                for each in self._stack(dock):
                    self._window.tabifyDockWidget(other, each)
                other.raise_()
                self._keep()
            for dock in raised:
                dock.raise_()
        self.keep()
        self._needs = self._all_needs()
        self._window.setUpdatesEnabled(True)

    def _cramped(self) -> tuple[QDockWidget, QDockWidget] | None:
        """The next two docks to stack as tabs, or None if every dock has its minimum size."""
        docks = [top for top in self.tops() if top is not self._controls]
        least = {dock: self._least(dock) for dock in docks}
        for dock in sorted(docks, key=lambda dock: dock.height() - least[dock].height()):
            above = [other for other in docks if other is not dock and _overlap(dock, other, upright=False) > 0]
            if dock.height() < least[dock].height() and above:
                return _by_place(dock, max(above, key=lambda other: _overlap(dock, other, upright=False)))
        for dock in sorted(docks, key=lambda dock: dock.width() - least[dock].width()):
            beside = [other for other in docks if other is not dock and _overlap(dock, other, upright=True) > 0]
            if dock.width() < least[dock].width() and beside:
                return _by_place(dock, min(beside, key=lambda other: abs(other.x() - dock.x())))
        return None

    def _all_needs(self) -> dict[str, int]:
        """How wide each panel must be at least."""
        shown = {name: dock.widget() for name, dock in self._docks.items() if not dock.isHidden()}
        return {name: content.minimumSizeHint().width() for name, content in shown.items()}

    def _least(self, dock: QDockWidget) -> QSize:
        """How large a place must be for what lies there to be read: as wide as the widest dock of its stack needs.

        Panels that are low show less, those that are narrow cannot.
        """
        metrics = self._window.fontMetrics()
        least = QSize(NARROW * metrics.averageCharWidth(), LOW * metrics.lineSpacing())
        for each in self._stack(dock):
            content = each.widget()
            if content is not None:
                least = least.expandedTo(QSize(content.minimumSizeHint().width(), 0))
            title = each.titleBarWidget()
            if isinstance(title, TitleBar):
                least = least.expandedTo(QSize(title.needed(), 0))
        return least

    # Docks ---------------------------------------------------------------------------------------------------

    @property
    def _middle(self) -> int:
        """Pixels that the window's central widget takes: none, unless a lesson is open."""
        middle = self._window.centralWidget()
        return middle.width() if middle is not None and not middle.isHidden() else 0

    def tops(self) -> list[QDockWidget]:
        """The docks that can be seen in the window: neither floating nor behind a tab."""
        area = QRect(0, 0, self._window.width(), self._window.height())
        return [dock for dock in self._docks.values()
                if not dock.isHidden() and not dock.isFloating() and dock.geometry().intersects(area)]

    def _stack(self, top: QDockWidget) -> list[QDockWidget]:
        """All docks that share the place of this one as tabs."""
        return [top, *self._window.tabifiedDockWidgets(top)]

    def _restore(self, state: QByteArray) -> bool:
        with self._focus_kept():
            done = self._window.restoreState(state, VERSION)
        self.restored.emit()
        return done

    @contextmanager
    def _focus_kept(self) -> Iterator[None]:
        """Says which widget the keys were taken from: Qt hides docks on the way, and the focus goes elsewhere."""
        focus = QApplication.focusWidget()
        yield
        there = focus is not None and shiboken6.isValid(focus) and self._window.isAncestorOf(focus)
        if focus is not None and there and focus.isVisible() and not focus.hasFocus():
            self.focus_taken.emit(focus)

    def _activate(self) -> None:
        layout = self._window.layout()
        if layout is not None:
            layout.activate()

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Marks moves that the program makes: they are not taken for the user's."""
        was, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = was

    def _moved(self, _: object) -> None:
        """The user has moved a dock: the present layout is the wanted one."""
        if not self._busy:
            self._roomy = None
            self._user_moved.start()

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Resize | QEvent.Type.FontChange | QEvent.Type.ApplicationFontChange | QEvent.Type.Show:
                self._soon.start()
                self._later.start()
            case QEvent.Type.LayoutRequest if not self._busy and not self._later.isActive():
                if self._all_needs() != self._needs:  # a table was filled, say
                    self._later.start()
            case QEvent.Type.MouseButtonPress:  # on the window itself: on the separator between two docks
                self._pressed = [dock.geometry() for dock in self._docks.values()]
            case QEvent.Type.MouseButtonRelease if self._pressed is not None:
                if self._pressed != [dock.geometry() for dock in self._docks.values()]:
                    self._user_moved.start()
                self._pressed = None
        return False


def _overlap(one: QDockWidget, other: QDockWidget, *, upright: bool) -> int:
    """Pixels of the height, or of the width, that two docks share."""
    a, b = one.geometry(), other.geometry()
    if upright:
        return min(a.bottom(), b.bottom()) - max(a.top(), b.top()) + 1
    return min(a.right(), b.right()) - max(a.left(), b.left()) + 1


def _by_place(one: QDockWidget, other: QDockWidget) -> tuple[QDockWidget, QDockWidget]:
    """The two docks, the lower or right one first: it goes behind, and the other one stays on top."""
    first, second = sorted((one, other), key=lambda dock: (dock.y(), dock.x()))
    return second, first
