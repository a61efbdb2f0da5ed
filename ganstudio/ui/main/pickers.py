"""Pickers: the menus of variants and data sets, and one search field over both."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QCompleter, QLineEdit, QToolBar, QToolButton, QWidget

from ganstudio.core.design import Space
from ganstudio.core.leaves import BrokenLeaf
from ganstudio.core.protocol.catalog import Catalog, DataInfo, VariantInfo
from ganstudio.core.protocol.messages import Started
from ganstudio.core.system.resources import asset
from ganstudio.ui.main.intake import FILES, FOLDERS
from ganstudio.ui.state.dropped import short
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.widgets.answer import answer
from ganstudio.ui.widgets.menu import Menu

DATA_MENU = (("plane", "On the plane"), ("line", "On the line"), ("image", "Images"),
             ("fetched", "Images, fetched from the internet once"), ("", "Your own"))


class Pickers(QToolBar):
    """What is trained, and on what."""

    data_chosen = Signal(object)  # DataInfo

    def __init__(self, commands: RunCommands, parent: QWidget) -> None:
        super().__init__("Variant and data")
        self.setObjectName("chooser")
        self.setMovable(False)
        self._commands = commands
        self._run = commands.run
        self._found: dict[str, tuple[str, str]] = {}
        self.variants = self._button("Variant", "menu.variant", "The objective: what the two players minimise (Ctrl+1)")
        self.data = self._button("Data", "menu.data", "The data: what the generator learns to make (Ctrl+2)")
        self._search = QLineEdit()
        self._search.setPlaceholderText("search…")
        self._search.setObjectName("menu.search")
        self._search.setAccessibleName("Search variants and data")
        self._search.setToolTip("Finds variants and data by name, title or family (Ctrl+F)")
        self._search.setClearButtonEnabled(True)
        self._search.returnPressed.connect(self._take_first)
        self.addWidget(self._search)
        self.keys = [QAction(text, parent) for text in ("&Variants", "&Data", "&Search variants and data")]
        for action, key, act in zip(self.keys, ("Ctrl+1", "Ctrl+2", "Ctrl+F"), (
                self.variants.showMenu, self.data.showMenu, self._search.setFocus), strict=True):
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(lambda _=False, act=act: act())
        commands.session.catalog_changed.connect(self.fill)
        commands.run.began.connect(self._begin)

    def _button(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setMenu(Menu(parent=button))
        button.setEnabled(False)
        self.addWidget(button)
        return button

    def fill(self, catalog: Catalog) -> None:
        """Builds menus and search from the catalogue."""
        self._found = {}
        menu = _menu_of(self.variants)
        menu.clear()
        menu.setToolTipsVisible(True)
        for family in dict.fromkeys(variant.family for variant in catalog.variants):
            menu.add_heading(family)
            for variant in (v for v in catalog.variants if v.family == family):
                self._add_variant(menu, variant)
        self._add_broken(menu, [leaf for leaf in catalog.broken if leaf.folder == "variants"])
        menu = _menu_of(self.data)
        menu.clear()
        menu.setToolTipsVisible(True)
        for kind, title in DATA_MENU:
            members = [data for data in catalog.data if _place(data) == kind]
            if members:
                menu.add_heading(title)
            for data in members:
                self._add_data(menu, data)
        self._add_broken(menu, [leaf for leaf in catalog.broken if leaf.folder == "datasets"])
        completer = QCompleter(sorted(self._found))
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self.choose)
        self._search.setCompleter(completer)
        self._fit()
        self.variants.setEnabled(True)
        self.data.setEnabled(True)

    def _add_variant(self, menu: Menu, variant: VariantInfo) -> None:
        action = menu.addAction(variant.title, lambda: self._commands.next_run.choose_variant(variant.name))
        action.setToolTip(f"{variant.algorithm.partition(chr(10))[0]}\n{variant.reference}\n{variant.advice}")
        action.setObjectName(f"variant.{variant.name}")
        self._found[f"{variant.title} · {variant.name} · {variant.family}"] = ("variant", variant.name)

    def _add_data(self, menu: Menu, data: DataInfo) -> None:
        action = menu.addAction(data.title, lambda: self.data_chosen.emit(data))
        action.setToolTip(f"{data.help}\n{data.reference}")
        action.setObjectName(f"data.{data.name}")
        if (picture := _picture(data.name)) is not None:
            action.setIcon(picture)
        self._found[f"{data.title} · {data.name} · data"] = ("data", data.name)

    def _add_broken(self, menu: Menu, broken: list[BrokenLeaf]) -> None:
        """Greyed, with what is wrong as tooltip."""
        if broken:
            menu.add_heading("Cannot be used")
        for leaf in broken:
            action = menu.addAction(f"{leaf.name} ({leaf.package})" if leaf.package else leaf.name)
            action.setToolTip(leaf.fault)
            action.setEnabled(False)

    @property
    def found(self) -> list[str]:
        """What can be chosen, as the search field names it."""
        return sorted(self._found)

    def _fit(self) -> None:
        """Widths that follow the text's size, and hold the longest title: nothing moves when another one is chosen."""
        catalog = self._run.catalog
        if catalog is None:
            return
        for button, titles in ((self.variants, [_short(variant.title) for variant in catalog.variants]),
                               (self.data, [data.title for data in catalog.data])):
            button.ensurePolished()  # the style sheet makes its text bold
            button.setMinimumWidth(0)
            metrics, now = button.fontMetrics(), button.text()
            longest = max(metrics.horizontalAdvance(f"{title} ") for title in titles)
            button.setMinimumWidth(button.sizeHint().width() + longest - metrics.horizontalAdvance(now))
        self._explain(catalog)
        self._search.setFixedWidth(self.fontMetrics().horizontalAdvance("M" * 7) + Space.FAR)
        popup = self._search.completer().popup() if self._search.completer() is not None else None
        if popup is not None:
            widest = max((popup.fontMetrics().horizontalAdvance(text) for text in self._found), default=0)
            popup.setMinimumWidth(widest + popup.verticalScrollBar().sizeHint().width() + Space.WIDE)

    def _explain(self, catalog: Catalog) -> None:
        """Beside each entry what it is, as far as the screen has room; for a variant also the kinds of data."""
        variants = {f"variant.{each.name}": (each.title, *in_a_line(each)) for each in catalog.variants}
        data = {f"data.{each.name}": (each.title, each.help.partition(". ")[0].rstrip("."), "")
                for each in catalog.data}
        for button, lines in ((self.variants, variants), (self.data, data)):
            menu = _menu_of(button)
            metrics = menu.fontMetrics()
            titles = max((metrics.horizontalAdvance(title) for title, _, _ in lines.values()), default=0)
            room = round(MENU_SHARE * self.screen().availableGeometry().width()) - titles
            for action in menu.actions():
                if action.objectName() in lines:
                    title, what, ends = lines[action.objectName()]
                    left = room - metrics.horizontalAdvance(ends)
                    action.setText(f"{title}\t{metrics.elidedText(what, Qt.TextElideMode.ElideRight, left)}{ends}")

    def choose(self, text: str) -> None:
        """Takes what was found by that text."""
        kind, name = self._found.get(text, ("", ""))
        catalog = self._run.catalog
        if kind == "variant":
            self._commands.next_run.choose_variant(name)
        elif kind == "data" and catalog is not None:
            self.data_chosen.emit(catalog.data_set(name))
        self._search.clear()

    def _take_first(self) -> None:
        words = self._search.text().lower()
        found = next((text for text in self._found if words and words in text.lower()), None)
        if found is not None:
            self.choose(found)
        elif words:
            answer(self._search, f"No variant and no data set is called “{self._search.text()}”")

    def _begin(self, started: Started) -> None:
        variant, data = self._run.variant, self._run.data_name
        title = variant.title if variant else started.spec.variant
        self.variants.setText(f"{_short(title)} ")  # the title above and the menu write it in full
        self.data.setText(f"{short(data, 28)} ")
        self.data.setStatusTip(data)

    # Qt ------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_search"):
            self._fit()


def _short(title: str) -> str:
    """A variant's title without what explains it."""
    return title.split(" (")[0]


KINDS = {"line": "line", "plane": "plane", "image": "images"}
MENU_SHARE = 0.8  # of the screen's width that the entries of a menu may take


def in_a_line(variant: VariantInfo) -> tuple[str, str]:
    """What a variant is, from the first sentence of its file, and what it can be used with."""
    first = variant.algorithm.partition("\n")[0]
    what = (first.partition(": ")[2] or first).rstrip(".")
    return what, f"  ({', '.join(KINDS.get(kind, kind) for kind in variant.kinds)})"


def _picture(name: str) -> QIcon | None:
    """A small picture of samples of a data set; None of those that are not here."""
    try:
        return QIcon(str(asset("icons", "data", f"{name}.png")))
    except FileNotFoundError:
        return None


def _menu_of(button: QToolButton) -> Menu:
    menu = button.menu()
    assert isinstance(menu, Menu)
    return menu


def _place(data: DataInfo) -> str:
    """Under which title of the menu a data set is."""
    if data.name in (*FILES, *FOLDERS):
        return ""
    return "fetched" if any(control.kind == "folder" for control in data.controls) else data.kind or ""
