"""Finds the leaves of a folder by walking it, and those that other packages declare: no list to edit.

A leaf that cannot be used costs that leaf and nothing else: it is kept as a ``BrokenLeaf`` that says why. Packages
declare leaves as entry points, for instance in their pyproject.toml:

    [project.entry-points."ganstudio.variants"]
    tilted-gan = "tilted_gan.variant:TiltedGAN"
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import traceback
from collections.abc import Collection, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUPS = {
    **{f"ganstudio.{folder}": f"ganstudio.{folder}"
       for folder in ("variants", "networks", "datasets", "measures", "probes")},
    "ganstudio.ui.panels": "ganstudio.panels",
}
"""Folder -> the group of entry points that adds to it."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Leaf:
    """What every leaf carries: its identifier (lower-case with hyphens) and its title on screen."""

    name: ClassVar[str]
    title: ClassVar[str]

    @classmethod
    def claimed_names(cls) -> tuple[str, ...]:
        """Every name that no other leaf of its folder may take."""
        return (cls.name,)


class BrokenLeaf(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf that is there and cannot be used."""

    name: str
    folder: str  # variants, networks, datasets, measures, probes or panels
    fault: str  # one sentence
    package: str = ""  # and version, if it comes from outside


class Unfit(Exception):
    """What was found is no leaf: the message is a sentence."""


class _Folder(msgspec.Struct):
    """What one walk has found."""

    leaves: dict[str, type[Leaf]] = {}
    broken: list[BrokenLeaf] = []
    packages: dict[str, str] = {}  # of leaves from outside: name -> distribution and version


ABILITIES = ("latent", "label", "source", "attributes", "place", "label maps", "seasons", "phases", "scores",
             "patches", "domains", "board", "norms", "parallel lines", "styles", "levels", "placement", "one image",
             "codes", "scales", "skips")
"""What a run may have, and a panel, a probe or a measure may need: a latent that G draws from, labels, images that
G translates, named attributes, a place of the figure, images of label maps, summers with their withheld winters,
sizes that a growing game goes through, a loss of D that is one of its scores, a D that scores patches, domains
that G can be asked for (a class, or attributes of a source), what can be drawn by hand (a label map, or a place and
words), a G of label maps whose first feature map is normalised by one of six norms, real points on a vertical line
at a place theta, a G whose layers take a style each, a G that makes an image at each of its levels, a G whose
picture can be moved and turned, a game of a single image, images written in codes of a codebook, images that are
made at several scales (by levels, or by a game of a single image), and a G whose image is the sum of what each of its
levels adds."""


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
_KNOWN: dict[str, _Folder] = {}


def leaves(package: str, contract: type[T]) -> dict[str, type[T]]:
    """Name -> class for each public subclass of ``contract`` in the files of a package, then for those from outside.

    Args:
        package: Dotted name of the folder, for instance ``ganstudio.variants``.
        contract: The base class, whose subclasses carry a ``name``.
    """
    return {name: leaf for name, leaf in _walked(package, contract).leaves.items() if issubclass(leaf, contract)}


def broken_leaves(package: str, contract: type[Leaf]) -> list[BrokenLeaf]:
    """The leaves of a folder that cannot be used, each with its fault."""
    return list(_walked(package, contract).broken)


def packages_of(package: str, contract: type[Leaf]) -> dict[str, str]:
    """Name -> ``distribution version`` for each leaf of a folder that comes from outside."""
    return dict(_walked(package, contract).packages)


def declared_outside(package: str) -> list[EntryPoint]:
    """What other packages add to a folder, in the order of the packages' names; nothing of theirs is imported."""
    from importlib.metadata import entry_points  # it takes long to import, and the window is not painted yet

    return sorted(entry_points(group=GROUPS.get(package, package)), key=lambda entry: (origin(entry), entry.name))


def outside_names(package: str) -> list[str]:
    """The names that other packages declare for a folder, whether or not they can be used."""
    return [entry.name for entry in declared_outside(package)]


def origin(entry: EntryPoint) -> str:
    """Distribution and version that an entry point comes from, as ``tilted-gan 1.0``."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "a package without a name"


def refusal(name: str, taken: dict[str, str]) -> str:
    """Why an outside leaf cannot have a name that is taken.

    Args:
        name: The name.
        taken: Name -> the package that has it; empty for ours.
    """
    if other := taken[name]:
        return f"{other} has a leaf called {name} already, and comes first by its name"
    return f"{name} is a name of GAN Studio's own: a leaf from another package cannot take its place"


def _walked(package: str, contract: type[Leaf]) -> _Folder:
    known = _KNOWN.get(package)
    if known is None:
        known = _Folder()
        _walk_files(package, contract, known)
        if package in GROUPS:
            _walk_outside(package, contract, known)
        _KNOWN[package] = known
    return known


def _walk_files(package: str, contract: type[Leaf], known: _Folder) -> None:
    """Our own leaves: one file with one public class each."""
    folder = importlib.import_module(package)
    for entry in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if entry.ispkg:
            continue
        try:
            module = importlib.import_module(f"{package}.{entry.name}")
            for leaf in _classes_of(module, contract):
                _check(leaf, contract)
                if leaf.name in known.leaves:
                    raise Unfit(f"another file of {package} has a leaf called {leaf.name} already")
                known.leaves[leaf.name] = leaf
        except (Exception, SystemExit) as fault:  # noqa: BLE001  a fault in a leaf costs that leaf alone
            known.broken.append(BrokenLeaf(name=entry.name.replace("_", "-"), folder=_last(package),
                                           fault=_sentence(fault)))


def _classes_of(module: ModuleType, contract: type[Leaf]) -> Iterator[type[Leaf]]:
    """The leaf of a file, if it holds one."""
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
        raise Unfit(f"{module.__name__} holds {len(classes)} leaves: a leaf is one file with one public class")
    yield from classes


def _walk_outside(package: str, contract: type[Leaf], known: _Folder) -> None:
    """The leaves that other packages declare. None takes a name of ours, not even if ours is broken."""
    taken = {name: "" for leaf in known.leaves.values() for name in leaf.claimed_names()}
    taken.update((leaf.name, "") for leaf in known.broken)
    for entry in declared_outside(package):
        try:
            if entry.name in taken:
                raise Unfit(refusal(entry.name, taken))
            leaf = entry.load()
            _check(leaf, contract)
            if leaf.name != entry.name:
                raise Unfit(f"{entry.value} is called {leaf.name}, and is declared as {entry.name}: "
                            "the two names must be the same")
            for name in leaf.claimed_names():
                if name in taken:
                    raise Unfit(refusal(name, taken))
        except (Exception, SystemExit) as fault:  # noqa: BLE001  as above
            known.broken.append(BrokenLeaf(name=entry.name, folder=_last(package), fault=_sentence(fault),
                                           package=origin(entry)))
        else:
            known.leaves[leaf.name] = leaf
            known.packages[leaf.name] = origin(entry)
            taken.update((name, origin(entry)) for name in leaf.claimed_names())


def _check(leaf: object, contract: type[Leaf]) -> None:
    """Raises ``Unfit`` if a leaf does not keep to its contract."""
    if not (inspect.isclass(leaf) and issubclass(leaf, contract)):
        raise Unfit(f"{leaf!r} is not a subclass of {contract.__name__}")
    if missing := sorted(getattr(leaf, "__abstractmethods__", ())):
        raise Unfit(f"{leaf.__name__} lacks {', '.join(missing)}")
    for base in contract.__mro__:
        for field, annotation in inspect.get_annotations(base).items():
            if str(annotation).startswith("ClassVar") and not hasattr(leaf, field):
                raise Unfit(f"{leaf.__name__} has no {field}")
    if not isinstance(leaf.name, str) or not NAME.fullmatch(leaf.name):
        raise Unfit(f"{leaf.name!r} is not a name for a leaf: allowed are lower-case letters and digits with hyphens "
                    "between them")


def _sentence(fault: BaseException) -> str:
    """What went wrong, and in which line of which file if that helps to mend it."""
    said = " ".join(str(fault).split())
    if isinstance(fault, Unfit):
        return said
    where = ""
    if isinstance(fault, SyntaxError):  # it names its place itself
        said = f"{fault.msg} ({Path(fault.filename or '').name}, line {fault.lineno})"
    elif frames := [frame for frame in traceback.extract_tb(fault.__traceback__) if "importlib" not in frame.filename]:
        where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
    return f"it cannot be imported: {type(fault).__name__}{': ' * bool(said)}{said[:300]}{where}"


def _last(package: str) -> str:
    return package.rpartition(".")[2]
