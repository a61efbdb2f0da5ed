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
    LISTED,
    Choose,
    Found,
    Images,
    Skipped,
    TooFewImages,
    in_words,
    list_files,
    read_images,
    short,
    skipped_sentence,
    too_few,
)

SIDES = (("a", "b"), ("traina", "trainb"))
"""The names, in small letters, of the folders of both kinds."""
PAIRED, UNPAIRED, LABELLED = "the paired", "the unpaired", "the labelled"  # "folder" or "archive" follows
TWO_FOLDERS = "two folders A and B, or trainA and trainB"
CLASSES = "two or more folders of images, one for each class"
PAIR = "pair of images that can be used"
UNUSABLE = "has a partner that cannot be used"
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
    names: tuple[str, str] = ("", "")  # of their two folders; empty: they are called A and B


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
    shown = in_words(path, PAIRED)
    names, others = list_files(path, PAIRED)
    sides = folders_of(names, shown)
    if sides is not None and len(found := pairs_of(names, sides)) < LEAST:
        skipped = {**dict(others), **_without_partner(names, sides, 0), **_without_partner(names, sides, 1)}
        raise too_few(shown, len(found), sorted(skipped.items()), PAIR)
    try:
        first, second = (_read_side(path, square, sides, at) for at in (0, 1))
    except TooFewImages as fault:
        raise too_few(shown, fault.good, fault.skipped, PAIR) from None
    keys = [[name if sides is None else _pair_name(name, sides[at]) for name in images.names]
            for at, images in enumerate((first, second))]
    place_b = {name: place for place, name in enumerate(keys[1])}
    rows: list[tuple[int, int]] = []
    skipped = {**dict(first.skipped), **dict(second.skipped)}
    for place, name in enumerate(keys[0]):
        other = place_b.pop(name, None)
        if other is None:
            skipped[first.names[place]] = UNUSABLE
        elif sides is not None and first.sizes[place] != second.sizes[other]:
            (w, h), (w_b, h_b) = first.sizes[place], second.sizes[other]
            skipped[first.names[place]] = f"is {w:,} x {h:,} px and its partner {w_b:,} x {h_b:,} px"
        else:
            rows.append((place, other))
    for other in place_b.values():
        skipped.setdefault(second.names[other], UNUSABLE)
    listed = sorted(skipped.items())
    if len(rows) < LEAST:
        raise too_few(shown, len(rows), listed, PAIR)
    chosen = np.array(rows, np.int64)
    notes = list(dict.fromkeys([*first.notes, *second.notes, *_beside(names, sides)]))
    return Pairs(_rows(first.pixels, chosen[:, 0]), _rows(second.pixels, chosen[:, 1]), listed, notes)


def _beside(names: Sequence[str], sides: tuple[str, str] | None) -> list[str]:
    """A sentence about images in folders beside those of both kinds, which are not read: testA and testB, often."""
    if sides is None:
        return []
    above = sides[0].rpartition("/")[0].rpartition("/")[0]
    left = [name[len(above):].lstrip("/") for name in names if not name.startswith(sides)]
    if not left:
        return []
    folders = sorted({name.partition("/")[0] for name in left})
    listed = ", ".join(short(name, 60) for name in folders[:LISTED])
    more = f" and {counted(len(folders) - LISTED, 'further folder')}" if len(folders) > LISTED else ""
    were = "was" if len(left) == 1 else "were"
    return [f"{counted(len(left), 'image')} in {listed}{more} {were} not read: images are taken from "
            f"{sides[0].rstrip('/')} and {sides[1].rstrip('/')}"]


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

    def choose(files: list[Found], skipped: list[Skipped], _: str) -> tuple[list[Found], list[Skipped]]:
        left = _without_partner([file.name for file in files], sides, at)
        chosen = [file for file in files if file.name.startswith(sides[at]) and file.name not in left]
        return chosen, [*[one for one in skipped if not one[0].startswith(sides[1 - at])], *left.items()]

    return choose


def _without_partner(names: Sequence[str], sides: tuple[str, str], at: int) -> dict[str, str]:
    """The images of one side that are of no pair, and why."""
    own, other = _partners(names, sides[at]), _partners(names, sides[1 - at])
    left = {}
    for name in names:
        if not name.startswith(sides[at]):
            continue
        pair = _pair_name(name, sides[at])
        if own[pair] != name:
            left[name] = f"has the name of {own[pair]}"
        elif pair not in other:
            left[name] = f"has no partner in {sides[1 - at].rstrip('/')}"
    return left


def read_two_kinds(path: str, square: Square) -> Pairs:
    """The images of two folders, which are no pairs, each in the order of their names.

    Raises:
        BadInput: It is no folder or archive, does not hold two folders, or one of them has fewer than two images.
    """
    shown = in_words(path, UNPAIRED)
    names, others = list_files(path, UNPAIRED)
    sides = folders_of(names, shown, any_two=True)
    if sides is None:
        raise _other_layout(shown, names, others, "two folders", f"{TWO_FOLDERS}, or two of other names and nothing "
                                                                 "else")
    outside = [one for one in others if not one[0].startswith(sides)]

    def of(at: int) -> Images:
        def choose(files: list[Found], skipped: list[Skipped], _: str) -> tuple[list[Found], list[Skipped]]:
            return ([file for file in files if file.name.startswith(sides[at])],
                    [one for one in skipped if one[0].startswith(sides[at])])

        try:
            return read_images(path, square, UNPAIRED, choose)
        except TooFewImages as fault:
            raise too_few(shown, fault.good, fault.skipped, f"image that can be read in {sides[at].rstrip('/')}",
                          " in each of its two folders") from None

    first, second = of(0), of(1)
    notes = list(dict.fromkeys([*first.notes, *second.notes, *_beside(names, sides)]))
    left, right = (side.rstrip("/").rpartition("/")[2] for side in sides)
    of_no_name = any(left.lower() in pair for pair in SIDES)
    return Pairs(first.pixels, second.pixels, sorted([*outside, *first.skipped, *second.skipped]), notes,
                 ("", "") if of_no_name else (left, right))


def _other_layout(
    shown: str, names: Sequence[str], skipped: Sequence[Skipped], where: str, needed: str,
) -> BadInput:
    """The sentence for a folder whose images do not lie where they should."""
    holds = f"does not hold its images in {where}" if names else "holds no images"
    others = f"; {skipped_sentence(skipped)}" if skipped else ""
    return BadInput(f"{shown} {holds}: it needs {needed}{others}")


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
            where = "two or more folders" if tops else "folders"
            raise _other_layout(shown, names, skipped, where, CLASSES)
        loose = [(file.name, "is outside every class's folder") for file, name in zip(files, names, strict=True)
                 if "/" not in name]
        return own, [*skipped, *loose]

    images = read_images(path, square, LABELLED, choose)
    names = _below_classes(images.names)
    classes = sorted({name.partition("/")[0] for name in names})
    if len(classes) < 2:
        raise BadInput(f"{in_words(path, LABELLED)} holds images that can be read in one folder alone: it needs "
                       f"{CLASSES}; {skipped_sentence(images.skipped)}")
    labels = np.array([classes.index(name.partition("/")[0]) for name in names], np.int64)
    return msgspec.structs.replace(images, labels=labels, classes=classes)
