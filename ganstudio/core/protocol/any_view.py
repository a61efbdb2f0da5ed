"""Every view there is, as one type: the studio's own, those in `ganstudio/views/`, and those of other packages.

    [project.entry-points."ganstudio.views"]
    tilt = "tilted_gan.view:Tilt"

A view's own file imports `core.protocol.views` alone, never this module, which imports all of them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeGuard, Union

from ganstudio.core.protocol import views as own
from ganstudio.core.protocol.views import View

FOLDER = "ganstudio.views"


def all_views() -> dict[str, type[View]]:
    """Tag -> view: the studio's own, those in files of their own, and those that other packages declare.

    Raises:
        TypeError: Two views of the studio have one tag.
    """
    folder = importlib.import_module(FOLDER)
    modules = [own, *(importlib.import_module(f"{FOLDER}.{entry.name}")
                      for entry in sorted(pkgutil.iter_modules(folder.__path__), key=lambda entry: entry.name))]
    found: dict[str, type[View]] = {}
    for module in modules:
        for kind in vars(module).values():
            if not _is_view(kind) or kind.__module__ != module.__name__:
                continue
            tag = str(kind.__struct_config__.tag)
            if tag in found:
                raise TypeError(f"two views have the tag {tag}: {found[tag].__name__} and {kind.__name__}")
            found[tag] = kind
    for entry in sorted(entry_points(group=FOLDER), key=lambda entry: entry.name):
        try:
            kind = entry.load()
        except Exception:  # noqa: BLE001  # the probe that makes it imports it too, and is listed with the fault
            continue
        if _is_view(kind):
            found.setdefault(str(kind.__struct_config__.tag), kind)
    return found


def _is_view(kind: object) -> TypeGuard[type[View]]:
    return inspect.isclass(kind) and issubclass(kind, View) and kind is not View


VIEWS = all_views()
if TYPE_CHECKING:
    AnyView = View
else:
    AnyView = Union[tuple(VIEWS.values())]  # noqa: UP007  # of as many as there are: msgspec reads which by its tag
