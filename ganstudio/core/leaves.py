"""Finds the leaves of a folder by walking it: no list to edit, no decorator to forget."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Collection
from typing import ClassVar, TypeVar


class Leaf:
    """What every leaf carries: its identifier (lower-case with hyphens) and its title on screen."""

    name: ClassVar[str]
    title: ClassVar[str]


ABILITIES = ("latent", "label", "source", "phases")
"""What a run may have, and a panel, a probe or a measure may need: a latent that G draws from, labels, images that
G translates, and phases that the game goes through."""


class RunLeaf(Leaf):
    """A leaf that is offered to some runs only: to data of its kinds, if the run has what it needs."""

    kinds: ClassVar[tuple[str, ...]]
    needs: ClassVar[frozenset[str]] = frozenset()  # of `ABILITIES`

    @classmethod
    def fits(cls, kind: str, has: Collection[str]) -> bool:
        """Whether it is offered to a run.

        Args:
            kind: Of the run's data.
            has: What the run has, of `ABILITIES`.
        """
        return kind in cls.kinds and cls.needs <= set(has)


T = TypeVar("T", bound=Leaf)
_KNOWN: dict[str, dict[str, type[Leaf]]] = {}


def leaves(package: str, contract: type[T]) -> dict[str, type[T]]:
    """Name -> class for each file of a package that holds a public subclass of ``contract``.

    Args:
        package: Dotted name of the folder, for instance ``ganstudio.variants``.
        contract: The base class, whose subclasses carry a ``name``.

    Raises:
        TypeError: A file holds more than one public leaf, or two leaves share a name.
    """
    known = _KNOWN.get(package)
    if known is not None:
        return {name: found for name, found in known.items() if issubclass(found, contract)}
    found: dict[str, type[T]] = {}
    folder = importlib.import_module(package)
    for entry in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if entry.ispkg:
            continue
        module = importlib.import_module(f"{package}.{entry.name}")
        classes = [
            member
            for name, member in vars(module).items()
            if inspect.isclass(member)
            and issubclass(member, contract)
            and member.__module__ == module.__name__
            and not name.startswith("_")
            and not inspect.isabstract(member)
        ]
        if len(classes) > 1:
            raise TypeError(f"{module.__name__} holds {len(classes)} leaves: a leaf is one file with one public class")
        for leaf in classes:
            if leaf.name in found:
                raise TypeError(f"two leaves of {package} are called {leaf.name}")
            found[leaf.name] = leaf
    _KNOWN[package] = dict(found)
    return found
