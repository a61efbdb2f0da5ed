"""Pickers: the menus of variants and data sets, and one search field over both."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCompleter, QLineEdit, QMenu, QToolBar, QToolButton, QWidget

from ganstudio.core.leaves import BrokenLeaf
from ganstudio.core.protocol.catalog import Catalog, DataInfo, VariantInfo
from ganstudio.core.protocol.messages import Started
from ganstudio.ui.main.intake import FILES, FOLDERS
from ganstudio.ui.state.dropped import short
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.widgets.menu_heading import add_heading

DATA_MENU = (("plane", "On the plane"), ("line", "On the line"), ("image", "Images"),
             ("fetched", "Images, fetched from the internet once"), ("", "Your own"))


class Pickers(QToolBar):
    """What is trained, and on what."""

    data_chosen = Signal(object)  # DataInfo

    def __init__(self, commands: RunCommands, parent: QWidget) -> None:
        super().__init__("What is trained")
        self.setObjectName("chooser")
        self.setMovable(False)
        self._commands = commands
        self._run = commands.run
        self._found: dict[str, tuple[str, str]] = {}
        self.variants = self._button("Variant", "menu.variant", "Which objective the two players have (Ctrl+1)")
        self.data = self._button("Data", "menu.data", "What the generator learns to make (Ctrl+2)")
        self._search = QLineEdit()
        self._search.setPlaceholderText("search…")
        self._search.setObjectName("menu.search")
        self._search.setAccessibleName("Search variants and data")
        self._search.setToolTip("Variants and data sets by name, title or family (Ctrl+F)")
        self._search.setMaximumWidth(self.fontMetrics().horizontalAdvance("M" * 12))
        self._search.setClearButtonEnabled(True)
        self._search.returnPressed.connect(self._take_first)
        self.addWidget(self._search)
        self.addSeparator()
        for key, act in (("Ctrl+F", self._search.setFocus), ("Ctrl+1", self.variants.showMenu),
                         ("Ctrl+2", self.data.showMenu)):
            QShortcut(QKeySequence(key), parent).activated.connect(act)
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
        button.setMenu(QMenu(button))
        button.setEnabled(False)
        self.addWidget(button)
        return button

    def fill(self, catalog: Catalog) -> None:
        """Builds menus and search from the catalogue."""
        self._found = {}
        menu = self.variants.menu()
        menu.clear()
        menu.setToolTipsVisible(True)
        for family in dict.fromkeys(variant.family for variant in catalog.variants):
            add_heading(menu, family)
            for variant in (v for v in catalog.variants if v.family == family):
                self._add_variant(menu, variant)
        self._add_broken(menu, [leaf for leaf in catalog.broken if leaf.folder == "variants"])
        menu = self.data.menu()
        menu.clear()
        menu.setToolTipsVisible(True)
        for kind, title in DATA_MENU:
            members = [data for data in catalog.data if _place(data) == kind]
            if members:
                add_heading(menu, title)
            for data in members:
                self._add_data(menu, data)
        self._add_broken(menu, [leaf for leaf in catalog.broken if leaf.folder == "datasets"])
        completer = QCompleter(sorted(self._found))
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self.choose)
        self._search.setCompleter(completer)
        self.variants.setEnabled(True)
        self.data.setEnabled(True)

    def _add_variant(self, menu: QMenu, variant: VariantInfo) -> None:
        action = menu.addAction(variant.title, lambda: self._commands.next_run.choose_variant(variant.name))
        action.setToolTip(f"{variant.reference}\n{variant.advice}")
        action.setObjectName(f"variant.{variant.name}")
        self._found[f"{variant.title} · {variant.name} · {variant.family}"] = ("variant", variant.name)

    def _add_data(self, menu: QMenu, data: DataInfo) -> None:
        action = menu.addAction(data.title, lambda: self.data_chosen.emit(data))
        action.setToolTip(f"{data.help}\n{data.reference}")
        action.setObjectName(f"data.{data.name}")
        self._found[f"{data.title} · {data.name} · data"] = ("data", data.name)

    def _add_broken(self, menu: QMenu, broken: list[BrokenLeaf]) -> None:
        """Greyed, with what is wrong as tooltip."""
        if broken:
            add_heading(menu, "Cannot be used")
        for leaf in broken:
            action = menu.addAction(f"{leaf.name} ({leaf.package})" if leaf.package else leaf.name)
            action.setToolTip(leaf.fault)
            action.setEnabled(False)

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

    def _begin(self, started: Started) -> None:
        variant, data = self._run.variant, self._run.data_name
        title = variant.title if variant else started.spec.variant
        self.variants.setText(f"{title.split(' (')[0]} ")  # the title above and the menu write it in full
        self.data.setText(f"{short(data, 28)} ")
        self.data.setStatusTip(data)


def _place(data: DataInfo) -> str:
    """Under which title of the menu a data set is."""
    if data.name in (*FILES, *FOLDERS):
        return ""
    return "fetched" if any(control.kind == "folder" for control in data.controls) else data.kind or ""
