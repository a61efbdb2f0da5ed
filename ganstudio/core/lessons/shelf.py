"""Where lessons are found: those of the studio, and the user's own."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ganstudio.core.leaves import NAME
from ganstudio.core.lessons.lesson import FILE, Lesson
from ganstudio.core.lessons.reader import read_lesson
from ganstudio.core.runs.format import short
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.resources import asset, lessons_folder

MOST = 500  # folders that are looked into


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """The lessons that there are."""

    lessons: list[Lesson]  # those of the studio in their order, then the user's own
    own: list[str]  # the names of the user's own
    faults: list[str]  # one sentence for each that cannot be read


def shelf() -> Shelf:
    """All lessons. One that cannot be read costs that lesson alone."""
    found: dict[str, Lesson] = {}
    faults: list[str] = []
    own: list[str] = []
    for folder, is_own in ((_studio_folder(), False), (lessons_folder(), True)):
        here = []
        for each in _folders(folder):
            if each.name in found:
                faults.append(f"the lesson {each} has the name of another one: each has a name of its own")
                continue
            try:
                here.append(read_lesson(each))
            except BadInput as fault:
                faults.append(str(fault))
        here.sort(key=lambda lesson: (lesson.order, lesson.title))
        found.update((lesson.name, lesson) for lesson in here)
        own += [lesson.name for lesson in here if is_own]
    return Shelf(lessons=list(found.values()), own=own, faults=faults)


def find_lesson(name: str) -> Lesson:
    """The lesson of that name, or that of a folder.

    Raises:
        BadInput: There is none, or it cannot be read.
    """
    if not NAME.fullmatch(name):  # a path: ./mine, /home/me/lessons/mine
        return read_lesson(_resolved(name))
    for folder in (_studio_folder(), lessons_folder()):
        if folder is not None and _has_lesson(folder / name):
            return read_lesson(folder / name)
    if _has_lesson(Path(name)):
        return read_lesson(_resolved(name))
    raise unknown("lesson", name[:200], [each.name for folder in (_studio_folder(), lessons_folder())
                                   for each in _folders(folder)])


def is_lesson(name: str) -> bool:
    """Whether there is a lesson of that name, readable or not."""
    return NAME.fullmatch(name) is not None and any(
        folder is not None and _has_lesson(folder / name) for folder in (_studio_folder(), lessons_folder()))


def _has_lesson(folder: Path) -> bool:
    try:
        return (folder / FILE).is_file()
    except OSError:  # a name that is longer than the system takes
        return False


def _resolved(name: str) -> Path:
    try:
        return Path(name).resolve()
    except (OSError, RuntimeError, ValueError):  # a link that leads back to itself, or a name that no file may have
        raise BadInput(f"the folder '{short(Path(name))}' cannot be a lesson: no folder is there, or its name is a "
                       "link that leads back to itself") from None


def _studio_folder() -> Path | None:
    """The folder of the lessons of the studio; None if this installation has none."""
    try:
        return asset("lessons")
    except FileNotFoundError:
        return None


def _folders(folder: Path | None) -> list[Path]:
    """The folders of lessons inside a folder, by name."""
    if folder is None:
        return []
    try:
        inside = sorted(each for each in folder.iterdir() if NAME.fullmatch(each.name))[:MOST]
        return [each for each in inside if (each / FILE).is_file()]
    except OSError:
        return []
