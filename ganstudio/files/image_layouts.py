"""Folders that say something by their layout: pairs of images, images of two kinds, and a folder for each class.

Pairs lie in two folders, in which partners have the same name, or side by side in one picture. An ending is no part of
the name: label maps are often PNG files and photographs JPEG files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted
from ganstudio.files.image_decoding import Bytes, Square
from ganstudio.files.image_folder import (
    LEAST,
    Choose,
    Found,
    Images,
    Skipped,
    in_words,
    list_names,
    read_images,
    skipped_sentence,
)

SIDES = (("a", "b"), ("traina", "trainb"))
"""The names, in small letters, of the folders of both kinds."""
PAIRED, UNPAIRED, LABELLED = "the paired", "the unpaired", "the labelled"  # "folder" or "archive" follows
TWO_FOLDERS = "two folders A and B, or trainA and trainB"
Layout = Literal["side by side", "pairs", "two kinds", ""]
KINDS: dict[Layout, str] = {"side by side": "paired-folder", "pairs": "paired-folder", "two kinds": "unpaired-folders",
                            "": "folder"}
"""The data set that suits a layout."""


class Pairs(msgspec.Struct, frozen=True):
    """Images of two kinds."""

    first: Bytes  # (N, c, side, side) of A, or of the left halves
    second: Bytes  # (M, c, side, side) of B, or of the right halves; M = N if they are pairs
    skipped: list[Skipped]
    notes: list[str]


def folders_of(names: Iterable[str], shown: str, *, any_two: bool = False) -> tuple[str, str] | None:
    """The two folders of images of both kinds, as they begin their names: ``A/`` and ``B/``; None if there are none.

    Args:
        names: Of the images, below the folder.
        shown: The folder in words.
        any_two: Whether two folders of any names will do.

    Raises:
        BadInput: One of the two has no images, both pairs of names are there, or images lie beside the folders.
    """
    above, names = _without_common_folder(sorted(names))
    tops = sorted({name.partition("/")[0] for name in names if "/" in name})
    loose = next((name for name in names if "/" not in name), "")
    found = [[top for top in tops if top.lower() in sides] for sides in SIDES]
    if all(found):
        raise BadInput(f"{shown} holds {found[0][0]} and {found[1][0]}: give a folder that holds one pair of folders")
    sides = found[0] or found[1]
    if not sides and any_two and len(tops) == 2 and not loose:
        sides = tops
    if not sides:
        return None
    if len(sides) == 1:
        other = next(one for pair in SIDES for one in pair if sides[0].lower() in pair and one != sides[0].lower())
        raise BadInput(f"{shown} holds images in its folder {sides[0]}, and none in a folder {_as(other)}: both need "
                       "images")
    if len(sides) > 2:
        raise BadInput(f"{shown} holds the folders {', '.join(sides)}: names that differ in capitals alone are one")
    if loose:
        raise BadInput(f"{shown} holds the folders {sides[0]} and {sides[1]}, and images beside them ({loose}): it is "
                       "laid out in one way or the other, not in both")
    return f"{above}{sides[0]}/", f"{above}{sides[1]}/"


def _as(side: str) -> str:
    return {"a": "A", "b": "B", "traina": "trainA", "trainb": "trainB"}[side]


def _without_common_folder(names: Sequence[str]) -> tuple[str, list[str]]:
    """The folder that holds all images, as that in an archive of a folder does, and the names below it."""
    above = ""
    while names and all("/" in name for name in names):
        tops = {name.partition("/")[0] for name in names}
        if len(tops) != 1 or next(iter(tops)).lower() in {side for pair in SIDES for side in pair}:
            break
        top = next(iter(tops))
        above, names = f"{above}{top}/", [name[len(top) + 1:] for name in names]
    return above, list(names)


def layout_of(names: Sequence[str], sizes: Sequence[tuple[int, int]] = ()) -> Layout:
    """What a folder may hold, by the names of its images and the sizes of some: what is offered first."""
    try:
        sides = folders_of(names, "")
    except BadInput:
        return ""
    if sides is None:
        wide = len(sizes) > 1 and all(width == 2 * height for width, height in sizes)
        return "side by side" if wide else ""
    first, second = (set(_partners(names, side)) for side in sides)
    return "pairs" if len(first & second) * 2 >= min(len(first), len(second)) else "two kinds"


def pairs_of(names: Iterable[str], sides: tuple[str, str]) -> list[tuple[str, str]]:
    """The names of both images of each pair, in their order."""
    names = list(names)
    first, second = (_partners(names, side) for side in sides)
    return [(first[name], second[name]) for name in first if name in second]


def _partners(names: Iterable[str], side: str) -> dict[str, str]:
    """Name of a pair -> name of the image, of those in a folder; of images of one name the first."""
    found: dict[str, str] = {}
    for name in names:
        if name.startswith(side):
            found.setdefault(_pair_name(name, side), name)
    return found


def _pair_name(name: str, side: str) -> str:
    return str(PurePosixPath(name[len(side):]).with_suffix(""))


def read_pairs(path: str, square: Square) -> Pairs:
    """The pairs of a folder or archive, in the order of their names.

    Raises:
        BadInput: It is no folder or archive, is laid out in both ways at once, or has fewer than two pairs.
    """
    sides = folders_of(list_names(path, PAIRED), in_words(path, PAIRED))
    first, second = (_read_side(path, square, sides, at) for at in (0, 1))
    names = [[name if sides is None else _pair_name(name, sides[at]) for name in images.names]
             for at, images in enumerate((first, second))]
    place_b = {name: place for place, name in enumerate(names[1])}
    rows: list[tuple[int, int]] = []
    skipped = {**dict(first.skipped), **dict(second.skipped)}
    for place, name in enumerate(names[0]):
        other = place_b.pop(name, None)
        if other is None:
            skipped[first.names[place]] = "its partner cannot be used"
        elif sides is not None and first.sizes[place] != second.sizes[other]:
            (w, h), (w_b, h_b) = first.sizes[place], second.sizes[other]
            skipped[first.names[place]] = f"is {w:,} x {h:,} px and its partner {w_b:,} x {h_b:,} px"
        else:
            rows.append((place, other))
    for other in place_b.values():
        skipped.setdefault(second.names[other], "its partner cannot be used")
    listed = sorted(skipped.items())
    if len(rows) < LEAST:
        few = "only one pair that can be used" if rows else "no pair that can be used"
        said = f"; {skipped_sentence(listed)}" if listed else ""
        raise BadInput(f"{in_words(path, PAIRED)} holds {few}: at least {LEAST} are needed{said}")
    chosen = np.array(rows, np.int64)
    notes = list(dict.fromkeys([*first.notes, *second.notes]))
    return Pairs(_rows(first.pixels, chosen[:, 0]), _rows(second.pixels, chosen[:, 1]), listed, notes)


def _rows(pixels: Bytes, chosen: NDArray[np.int64]) -> Bytes:
    """Some of the images; the mapped file itself if these are all."""
    return pixels if np.array_equal(chosen, np.arange(len(pixels))) else pixels[chosen]


def _read_side(path: str, square: Square, sides: tuple[str, str] | None, at: int) -> Images:
    """The images of A or left halves (0), or of B or right halves (1)."""
    if sides is not None:
        return read_images(path, square, PAIRED, _with_partners(sides, at))
    half = msgspec.structs.replace(square, part="right" if at else "left")
    return read_images(path, half, PAIRED, lambda files, skipped, _: (files, skipped))


def _with_partners(sides: tuple[str, str], at: int) -> Choose:
    """Chooses the images of one side that have a partner on the other."""

    def choose(files: list[Found], skipped: list[Skipped], shown: str) -> tuple[list[Found], list[Skipped]]:
        names = [file.name for file in files]
        own, other = _partners(names, sides[at]), set(_partners(names, sides[1 - at]))
        chosen, left = [], [one for one in skipped if not one[0].startswith(sides[1 - at])]
        for file in files:
            if not file.name.startswith(sides[at]):
                continue
            name = _pair_name(file.name, sides[at])
            if own[name] != file.name:
                left.append((file.name, f"has the name of {own[name]}"))
            elif name not in other:
                left.append((file.name, f"has no partner in {sides[1 - at].rstrip('/')}"))
            else:
                chosen.append(file)
        return chosen, left

    return choose


def read_two_kinds(path: str, square: Square) -> Pairs:
    """The images of two folders, which are no pairs, each in the order of their names.

    Raises:
        BadInput: It is no folder or archive, does not hold two folders, or one of them has fewer than two images.
    """
    shown = in_words(path, UNPAIRED)
    names = list_names(path, UNPAIRED)
    found = folders_of(names, shown, any_two=True)
    if found is None:
        raise BadInput(f"{shown} holds {counted(len(names), 'image')}, and not in two folders: it needs {TWO_FOLDERS}, "
                       "or two of other names and nothing else")

    def of(at: int) -> Images:
        def choose(files: list[Found], skipped: list[Skipped], shown: str) -> tuple[list[Found], list[Skipped]]:
            own = [file for file in files if file.name.startswith(found[at])]
            left = [one for one in skipped if one[0].startswith(found[at])]
            if len(own) < LEAST:
                raise BadInput(f"{shown} holds {counted(len(own), 'image')} in {found[at].rstrip('/')}: at least "
                               f"{LEAST} are needed in each of its two folders")
            return own, left

        return read_images(path, square, UNPAIRED, choose)

    first, second = of(0), of(1)
    notes = list(dict.fromkeys([*first.notes, *second.notes]))
    return Pairs(first.pixels, second.pixels, sorted([*first.skipped, *second.skipped]), notes)


def _below_classes(names: Sequence[str]) -> list[str]:
    """The names as they begin with their class: without a folder that holds all classes."""
    below = _without_common_folder(names)[1]
    return below if any("/" in name for name in below) else list(names)


def read_classes(path: str, square: Square) -> Images:
    """The images of a folder for each class.

    Raises:
        BadInput: It is no folder or archive, or does not hold two or more folders with images.
    """
    def choose(files: list[Found], skipped: list[Skipped], shown: str) -> tuple[list[Found], list[Skipped]]:
        names = _below_classes([file.name for file in files])
        own = [file for file, name in zip(files, names, strict=True) if "/" in name]
        tops = {name.partition("/")[0] for name in names if "/" in name}
        if len(tops) < 2:
            raise BadInput(f"{shown} holds {counted(len(tops), 'folder')} with images: it needs two or more, one for "
                           "each class")
        loose = [(file.name, "is outside every class's folder") for file, name in zip(files, names, strict=True)
                 if "/" not in name]
        return own, [*skipped, *loose]

    images = read_images(path, square, LABELLED, choose)
    names = _below_classes(images.names)
    classes = sorted({name.partition("/")[0] for name in names})
    if len(classes) < 2:
        raise BadInput(f"{in_words(path, LABELLED)} holds {counted(len(classes), 'folder')} with images that can be "
                       f"read: it needs two or more, one for each class; {skipped_sentence(images.skipped)}")
    labels = np.array([classes.index(name.partition("/")[0]) for name in names], np.int64)
    return msgspec.structs.replace(images, labels=labels, classes=classes)
