"""A folder of images: which files there are, and their pixels, decoded once by a pool of threads into a cache.

The good images of the folder are found and the others listed with the reason: Pillow releases the
interpreter's lock while it decodes, so threads suffice.
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.files import further_pictures, pixel_cache, wide_pixels
from ganstudio.files.image_decoding import (
    FAULTS,
    HEIF_ENDINGS,
    MAX_BYTES,
    OTHER_PICTURES,
    Bytes,
    Read,
    Square,
    Unreadable,
    endings,
    prepare,
    read_file,
    read_image,
    reads_heif,
)
from ganstudio.files.system_folders import made_by_system
from ganstudio.files.wide_pixels import Range, Scales

VERSION = 3  # of the decoding: another number makes every cache again
LEAST = 2  # good images that a data set needs
BLOCK = 16  # files a thread takes at a time
AHEAD = 2  # blocks a thread that may wait for the writer
HEIC = "is HEIC, which is not read: save it as PNG or JPEG, or install pillow-heif, GAN Studio's extra heif"
LISTED = 12  # names in a sentence
REPORT_EVERY = 512  # entries of folders looked at
LOOKED, LEAST_SHARE = 100_000, 0.01  # after so many entries the walk ends if fewer than this share of them are images
MOST_FILES = 2_000_000

Decode = Callable[[Path, Square, Scales | None], Read]
Skipped = tuple[str, str]  # the name below the folder, and why
NO_IMAGE = "is not an image"


class Found(msgspec.Struct, frozen=True):
    """A file that may be an image."""

    name: str  # below the folder, with forward slashes, fit for printing
    path: Path
    stamp: str  # differs if the file has changed


Choose = Callable[[list[Found], list[Skipped], str], tuple[list[Found], list[Skipped]]]
"""Which of the files that were found are decoded, and all that are skipped, those found so far among them; it is given
the folder in words, and raises BadInput if the folder is not laid out as it should be."""


class TooFewImages(BadInput):
    """Fewer images than a data set needs can be read.

    Attributes:
        good: How many can.
        skipped: What was skipped.
    """

    def __init__(self, sentence: str, good: int, skipped: Sequence[Skipped]) -> None:
        super().__init__(sentence)
        self.good = good
        self.skipped = skipped


class About(msgspec.Struct, frozen=True):
    """What is kept beside the pixels."""

    names: list[str]  # (N,)
    skipped: list[Skipped]
    sizes: list[tuple[int, int]]  # (N,)
    labels: list[int] = []  # (N,), or none
    classes: list[str] = []
    notes: list[str] = []


class Images(msgspec.Struct, frozen=True):
    """What a folder holds."""

    pixels: Bytes  # (N, c, side, side), may be a mapped file
    names: list[str]  # (N,), below the folder
    labels: NDArray[np.int64] | None  # (N,), the place in ``classes``
    classes: list[str]  # names of the sub-folders, if all images lie in two or more
    skipped: list[Skipped]
    notes: list[str]  # what else the user should know, a sentence each
    sizes: list[tuple[int, int]]  # (N,), width and height in px of the part of each file that was read


def read_images(path: str, square: Square, what: str, choose: Choose) -> Images:
    """Chosen images of a folder or a ZIP archive; files that are no images are listed as skipped, too.

    Args:
        path: The folder or archive.
        square: What becomes of each image.
        what: It in words, without its kind, for sentences.
        choose: Chooses among the files.

    Raises:
        BadInput: It is neither, is not laid out as ``choose`` asks, or fewer than two images can be read.
        Cancelled: The listener to the progress has said so.
    """
    if is_archive(path):
        return read_zip(Path(path).expanduser(), square, f"{what} archive", choose=choose)
    return read_folder(path, square, f"{what} folder", choose)


def in_words(path: str, what: str) -> str:
    """A folder or archive for sentences: "the paired folder 'dir'"."""
    return f"{what} {'archive' if is_archive(path) else 'folder'} '{short(path)}'"


def list_files(path: str, what: str) -> tuple[list[str], list[Skipped]]:
    """The names of the images of a folder or a ZIP archive, by their endings, sorted; and what else lies there.

    Raises:
        BadInput: It is neither.
    """
    shown = in_words(path, what)
    if not is_archive(path):
        files, others = scanned(path, shown, every=True)
        return [file.name for file in files], others
    with _opened(Path(path).expanduser(), shown) as archive:
        return [file.name for file in _files_in(archive)], _others_in(archive, every=True)


def read_folder(path: str | Path, square: Square, what: str = "the image folder",
                choose: Choose | None = None) -> Images:
    """The images below a folder, in the order of their names.

    Args:
        path: The folder. Hidden files and folders are passed over; links to folders are followed, each folder once.
        square: What becomes of each image.
        what: The folder in words, for sentences.
        choose: Chooses among the files, which are then listed even if they are no images; None: all images.

    Raises:
        BadInput: It is no folder, or holds fewer than two images that can be read.
        Cancelled: The listener to the progress has said so.
    """
    shown = f"{what} '{short(str(path))}'"
    files, skipped = scanned(path, shown, every=choose is not None)
    if choose is not None:
        files, skipped = choose(files, skipped, shown)
    return decoded_once(files, skipped, square, shown, key_of(files, square, str(path)), read_file)


def scanned(path: str | Path, shown: str, *, every: bool = False) -> tuple[list[Found], list[Skipped]]:
    """The files below a folder whose names end as images' do, sorted, and what could not be looked into.

    ``every``: files of other kinds are listed, too.
    """
    try:
        root = Path(path).expanduser()
        if not root.exists():
            raise BadInput(f"{shown} does not exist: give the path of a folder with images")
        if not root.is_dir():
            raise BadInput(f"{shown} is a file: give the path of the folder that holds the images")
        os.scandir(root).close()  # whether it may be looked into
        root = root.resolve()
        if os.name == "posix" and root == root.parent:
            raise BadInput(f"{shown} is the whole file system: give the path of the folder that holds the images")
        if root.stat().st_dev in made_by_system():
            raise BadInput(f"{shown} is made by the system and holds no files of a disk: give the path of a folder "
                           "with images")
        return _walked(root, shown, every)
    except BadInput:
        raise
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except (ValueError, RuntimeError):  # a character that no name may hold; '~name' of a user without a home
        raise BadInput(f"{shown} does not exist: give the path of a folder with images") from None


def is_archive(path: str | Path) -> bool:
    """Whether a path is that of a ZIP archive, by its name."""
    try:
        return Path(path).suffix.lower() == ".zip" and Path(path).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def read_zip(path: Path, square: Square, what: str, place: str = "", choose: Choose | None = None) -> Images:
    """The images in a ZIP archive, as ``read_folder`` gives those of a folder; nothing is unpacked to disk.

    Args:
        path: The archive.
        square: What becomes of each image.
        what: The archive in words, for sentences.
        place: Where its images come from, if it is a copy; pixels that were kept are found by that.
        choose: As of ``read_folder``.

    Raises:
        BadInput: It is no ZIP archive, or holds fewer than two images that can be read.
        Cancelled: The listener to the progress has said so.
    """
    place = place or str(path)
    shown = f"{what} '{short(place)}'"
    with _opened(path, shown) as archive:
        files, others = _files_in(archive), _others_in(archive, every=choose is not None)

        def decode(member: Path, square: Square, scales: Scales | None) -> Read:
            try:
                held = archive.read(member.as_posix())
            except (*FAULTS, zipfile.BadZipFile) as fault:
                raise Unreadable(f"cannot be unpacked: {fault}") from None
            return read_image(io.BytesIO(held), square, scales)

        if choose is not None:
            files, others = choose(files, others, shown)
        return decoded_once(files, others, square, shown, key_of(files, square, place), decode)


def _files_in(archive: zipfile.ZipFile) -> list[Found]:
    """The files of an archive whose names end as images' do, sorted."""
    known = endings()
    files = [Found(printable(entry.filename), Path(entry.filename), f"{entry.file_size} {entry.CRC}")
             for entry in archive.infolist()
             if not is_hidden(entry.filename) and Path(entry.filename).suffix.lower() in known
             and entry.file_size <= MAX_BYTES]
    return sorted(files, key=lambda file: file.name)


def _others_in(archive: zipfile.ZipFile, *, every: bool) -> list[Skipped]:
    """The pictures of an archive that are of kinds that are not read; ``every``: and all other files."""
    known = endings()
    return [(printable(entry.filename), reason) for entry in archive.infolist()
            if not entry.is_dir() and not is_hidden(entry.filename)
            and Path(entry.filename).suffix.lower() not in known
            and (reason := why_not_read(entry.filename) or (NO_IMAGE if every else ""))]


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[zipfile.ZipFile]:
    """An archive that is read meanwhile; BadInput if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except (zipfile.BadZipFile, ValueError) as fault:
        if isinstance(fault, BadInput):
            raise
        raise BadInput(f"{shown} is not a ZIP archive, or is cut short: {fault}") from None


def is_hidden(name: str) -> bool:
    """Whether a file or a folder above it is none of the user's: hidden, or what a Mac keeps beside each file."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/") if part not in (".", ".."))


def why_not_read(name: str) -> str:
    """Why a picture of a kind that is not read is left out, and what can be done; empty for all other files."""
    ending = Path(name).suffix.lower()
    if ending in HEIF_ENDINGS:
        return "" if reads_heif() else HEIC
    kind = OTHER_PICTURES.get(ending, "")
    return f"is {kind}, which is not read: save it as PNG or JPEG" if kind else ""


def _walked(root: Path, shown: str, every: bool = False) -> tuple[list[Found], list[Skipped]]:
    files: list[Found] = []
    skipped: list[Skipped] = []
    known = endings()
    seen = {_identity(root.stat())}
    no_disk = made_by_system()
    waiting = deque([(root, "")])
    linked: deque[tuple[Path, str]] = deque()  # to folders: after all real ones, so that these keep their own names
    looked = 0
    while waiting or linked:
        folder, above = waiting.popleft() if waiting else linked.popleft()
        if above and folder.is_symlink():
            try:
                identity = _identity(folder.stat())
            except OSError as fault:
                skipped.append((printable(above.rstrip("/")), f"cannot be looked into: {fault.strerror or fault}"))
                continue
            if identity[0] in no_disk:
                skipped.append((printable(above.rstrip("/")), "links to what the system makes, no folder of a disk"))
                continue
            if identity in seen:
                skipped.append((printable(above.rstrip("/")), "links to a folder that is read already"))
                continue
            seen.add(identity)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as fault:
            skipped.append((printable(above), f"cannot be looked into: {fault.strerror or fault}"))
            continue
        for entry in entries:
            if looked % REPORT_EVERY == 0:
                report("looking for images", len(files), 0)
            looked += 1
            if len(files) > MOST_FILES or (looked >= LOOKED and len(files) < looked * LEAST_SHARE):
                raise too_many(shown, looked, len(files))
            if is_hidden(entry.name):
                continue
            name = above + entry.name
            image = Path(entry.name).suffix.lower() in known
            try:
                if entry.is_dir() and entry.is_symlink():
                    linked.append((Path(entry.path), name + "/"))
                elif entry.is_dir():
                    identity = _identity(Path(entry.path).stat())  # an entry's own stat has no number on Windows
                    if identity[0] in no_disk:
                        continue
                    if identity not in seen:
                        seen.add(identity)
                        waiting.append((Path(entry.path), name + "/"))
                    else:
                        skipped.append((printable(name), "links to a folder that is read already"))
                elif image:
                    found = entry.stat()
                    stamp = f"{found.st_size} {found.st_mtime_ns} {found.st_mode}"
                    files.append(Found(printable(name), Path(entry.path), stamp))
                elif reason := why_not_read(name) or (NO_IMAGE if every else ""):
                    skipped.append((printable(name), reason))
            except OSError as fault:
                if image or entry.is_symlink():
                    nothing = isinstance(fault, FileNotFoundError)
                    reason = "links to nothing" if nothing else f"cannot be read: {fault.strerror or fault}"
                    skipped.append((printable(name), reason))
    return sorted(files, key=lambda file: file.name), skipped


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def key_of(files: Iterable[Found], square: Square, place: str) -> str:
    """A name that changes when a file, the place or the settings do."""
    digest = hashlib.sha256(f"{VERSION} {square} {printable(str(Path(place).expanduser().absolute()))}".encode())
    for file in files:
        digest.update(f"{file.name}\0{file.stamp}\0".encode())
    return digest.hexdigest()[:32]


def decoded_once(files: Sequence[Found], skipped: list[Skipped], square: Square, shown: str, key: str,
                 decode: Decode) -> Images:
    """The files' pixels, from the cache if they were decoded before."""
    if skipped:  # another picture that is not read is other news, though the pixels are the same
        key = hashlib.sha256(f"{key} {skipped}".encode()).hexdigest()[:32]
    if (known := pixel_cache.kept(key, About)) is not None and len(known[0]) == len(known[1].names) >= LEAST:
        return _as_images(*known)
    good: list[Found] = []
    sizes: list[tuple[int, int]] = []
    wide: list[tuple[int, Range]] = []  # place among the good ones and range of those of more than 8 bits a channel
    several: list[tuple[str, int]] = []
    skipped = list(skipped)
    writer = pixel_cache.Writer(key, len(files), square.shape)
    try:
        with _decoders() as pool:
            for done, (file, read) in enumerate(_decoded(pool, files, square, decode), start=1):
                if isinstance(read, str):
                    skipped.append((file.name, read))
                else:
                    writer.add(np.zeros(square.shape, np.uint8) if read.pixels is None else read.pixels)
                    wide += [] if read.range is None else [(len(good), read.range)]
                    several += [] if read.pictures == 1 else [(file.name, read.pictures)]
                    sizes.append(read.size)
                    good.append(file)
                if done % BLOCK == 0 or done == len(files):
                    report("reading images", done, len(files))
            _scale(pool, [(place, good[place]) for place, _ in wide], [one for _, one in wide], square, decode, shown,
                   writer)
        if len(good) < LEAST:
            raise too_few(shown, len(good), skipped)
        names = [file.name for file in good]
        notes = [*wide_pixels.notes([one for _, one in wide], len(good)), further_pictures.note(several)]
        about = About(names, sorted(skipped), sizes, *class_labels(names), [note for note in notes if note])
        return _as_images(writer.finish(about), about)
    finally:
        writer.close()


def _scale(pool: ThreadPoolExecutor, files: Sequence[tuple[int, Found]], ranges: Sequence[Range], square: Square,
           decode: Decode, shown: str, writer: pixel_cache.Writer) -> None:
    """Reads images of more than 8 bits a channel once more: now that all were seen it is known what white is."""
    scales = wide_pixels.scales_of(ranges)
    reading = _decoded(pool, [file for _, file in files], square, lambda path, side, _: decode(path, side, scales))
    for done, ((place, file), (_, read)) in enumerate(zip(files, reading, strict=True), start=1):
        if isinstance(read, str) or read.pixels is None:
            raise BadInput(f"{shown} is being changed while it is read: {short(file.name)} was an image a moment ago")
        writer.replace(place, read.pixels)
        if done % BLOCK == 0 or done == len(files):
            report("scaling images", done, len(files))


@contextmanager
def _decoders() -> Iterator[ThreadPoolExecutor]:
    """Threads to decode with. Warnings of Pillow about odd files are silenced meanwhile, for the whole process: in the
    threads themselves they would race."""
    prepare()
    pool = ThreadPoolExecutor(_threads(), thread_name_prefix="decoding")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _decoded(pool: ThreadPoolExecutor, files: Sequence[Found], square: Square, decode: Decode,
             ) -> Iterator[tuple[Found, Read | str]]:
    """Each file with what was read of it or the reason why not, in order; a bounded number of them is ahead."""

    def block(part: Sequence[Found]) -> list[Read | str]:
        results: list[Read | str] = []
        for file in part:
            try:
                results.append(decode(file.path, square, None))
            except Unreadable as reason:
                results.append(str(reason))
        return results

    blocks = iter([files[at : at + BLOCK] for at in range(0, len(files), BLOCK)])
    ahead: deque[tuple[Sequence[Found], Future[list[Read | str]]]] = deque()
    while True:
        for part in islice(blocks, _threads() * AHEAD - len(ahead)):
            ahead.append((part, pool.submit(block, part)))
        if not ahead:
            return
        part, future = ahead.popleft()
        yield from zip(part, future.result(), strict=True)


def _threads() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(16, usable)


def class_labels(names: Sequence[str]) -> tuple[list[int], list[str]]:
    """Classes from sub-folders, if every image lies in one and there are two or more."""
    tops = [name.partition("/")[0] if "/" in name else "" for name in names]
    classes = sorted(set(tops))
    if "" in classes or len(classes) < 2:
        return [], []
    place = {name: number for number, name in enumerate(classes)}
    return [place[top] for top in tops], classes


def _as_images(pixels: Bytes, about: About) -> Images:
    labels = np.array(about.labels, np.int64) if about.labels else None
    if labels is not None and len(labels) != len(pixels):
        labels = None
    return Images(pixels, about.names, labels, about.classes, about.skipped, about.notes, about.sizes)


def too_many(shown: str, looked: int, images: int) -> BadInput:
    """The sentence for a folder that is not one of images, or of more than can be learnt from."""
    if images > MOST_FILES:
        return BadInput(f"{shown} holds more than {MOST_FILES:,} images: that many are allowed")
    return BadInput(f"{shown} holds {images:,} images among the first {looked:,} files: give the path of the folder "
                    "that holds the images themselves")


def too_few(shown: str, good: int, skipped: Sequence[Skipped], thing: str = "image that can be read",
            where: str = "") -> TooFewImages:
    """The sentence for a folder with nothing to learn from.

    Args:
        shown: The folder in words.
        good: How many things can be learnt from: 0 or 1.
        skipped: What was skipped.
        thing: What it needs two of.
        where: Where each of them is needed, if not in the folder as a whole (" in each of its two folders").
    """
    count = f"only one {thing}" if good else f"no {thing}"
    others = f"; {skipped_sentence(skipped)}" if skipped else ""
    return TooFewImages(f"{shown} holds {count}: at least {LEAST} are needed{where}{others}", good, skipped)


def skipped_sentence(skipped: Sequence[Skipped]) -> str:
    """The files that were skipped, with the first few names; empty if nothing was."""
    if not skipped:
        return ""
    count = "1 file was skipped" if len(skipped) == 1 else f"{len(skipped):,} files were skipped"
    named = [f"{short(name)} {reason}" for name, reason in skipped[:LISTED]]
    more = f"; and {len(skipped) - LISTED:,} more" if len(skipped) > LISTED else ""
    return f"{count}: {'; '.join(named)}{more}"


def printable(text: str) -> str:
    """A file's name as it can be shown and kept: odd characters escaped."""
    return text if text.isprintable() else text.encode("unicode_escape", "backslashreplace").decode("ascii")


def short(text: str, most: int = 160) -> str:
    """A name for a sentence, the middle of a long one left out."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"
