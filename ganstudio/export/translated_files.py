"""Pictures of the user's through a trained generator: each file is written whole, or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from ganstudio.core.images import pixels
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.files.image_decoding import Bytes, Square, Unreadable, decoded_file, endings, prepare
from ganstudio.files.image_folder import Found, Skipped, printable, scanned, short

if TYPE_CHECKING:
    from ganstudio.training.trainer import Trainer

ENDING = ".png"
LONGEST_NAME = 255  # bytes: file systems take no more


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator is asked for."""

    back: bool = False  # from the images' domain to that of the sources
    attributes: tuple[int | None, ...] = ()  # a value for each attribute, None: as it is read; empty: the game has none
    side: int  # px
    seed: int = 0  # of the latent and of noise


class Done(msgspec.Struct, frozen=True):
    """What came of it."""

    written: list[Path]
    skipped: list[Skipped]
    off_brush: float | None  # share of pixels that are no brush's own colour; None: the sources are no label maps


class Task(msgspec.Struct, frozen=True):
    """A picture, and the file that is made of it."""

    name: str
    source: Path
    target: Path


def tasks_of(source: Path, out: Path) -> tuple[list[Task], list[Skipped]]:
    """The pictures of a folder, or one picture, with the files that are to be made.

    Raises:
        BadInput: There is none, or a picture would be written over.
    """
    try:
        if not source.exists():
            raise BadInput(f"--input {short(str(source))} does not exist: it takes a picture or a folder of pictures")
        if out.exists() and not out.is_dir():
            raise BadInput(f"--out {short(str(out))} is a file: it takes a folder")
        folder = source if source.is_dir() else source.parent
        inside, above = out.resolve(), folder.resolve()
        if source.is_dir() and (inside == above or above in inside.parents):
            raise BadInput(f"--out {short(str(out))} is the input folder or inside it: nothing is written among the "
                           "pictures, so choose another folder")
        if source.is_dir():
            files, skipped = scanned(source, f"--input '{short(str(source))}'", every=True)
        elif source.suffix.lower() not in endings():
            raise BadInput(f"--input {short(str(source))} cannot be read as a picture, by its ending")
        else:
            files, skipped = [Found(printable(source.name), source, "")], []
        tasks = _with_targets(files, out)
        _check_targets(tasks, out)
    except (OSError, RuntimeError) as fault:
        raise BadInput(f"the pictures cannot be looked at: {getattr(fault, 'strerror', None) or fault}") from None
    except ValueError as fault:
        if isinstance(fault, BadInput):
            raise
        raise BadInput(f"--input {short(str(source))} does not exist") from None
    if not tasks:
        raise BadInput(f"--input {short(str(source))} holds no pictures")
    return tasks, skipped


def _check_targets(tasks: Sequence[Task], out: Path) -> None:
    """Raises BadInput if a picture of the input would be written over, or a file cannot have its name."""
    sources = {}  # a link in the input may lead to --out: what lies there is given as well
    for task in tasks:
        with contextlib.suppress(OSError):  # a link to itself, or deleted meanwhile
            sources[_identity(task.source)] = task.name
    for task in tasks:
        if len(os.fsencode(task.target.name)) > LONGEST_NAME:
            raise BadInput(f"{short(task.name)} would become {short(task.target.name)}, a name of more than "
                           f"{LONGEST_NAME} bytes, which no file can have: give the picture a shorter name")
        if not task.target.exists():
            continue
        if (name := sources.get(_identity(task.target))) is not None:
            raise BadInput(f"--out {short(str(out))} would write over {short(name)}: choose another folder")
        if task.target.is_dir():
            raise BadInput(f"{short(str(task.target))} is a folder, and a picture would have that name: choose "
                           "another --out")


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _with_targets(files: Sequence[Found], out: Path) -> list[Task]:
    """Each with a file of its own: of two pictures that differ in their endings alone the second keeps its own."""
    tasks, taken = [], set[str]()
    for file in files:
        name = Path(file.name)
        target = name.with_suffix(ENDING)
        while str(target).lower() in taken:
            name = name.with_name(name.name + ENDING)
            target = name
        taken.add(str(target).lower())
        tasks.append(Task(file.name, file.path, out / target))
    return tasks


def check_translates(trainer: Trainer, ask: Ask) -> None:
    """Raises BadInput if the generator of a run cannot do what is asked; a blank picture is tried."""
    variant, data = trainer.game.variant, trainer.game.data
    if "source" not in variant.needs:
        raise BadInput(f"variant {variant.name} makes no images of other images: pix2pix, cyclegan, spade and stargan "
                       "do")
    blank = np.zeros((1, _channels(data), ask.side, ask.side), np.uint8)
    try:
        made = _made(trainer, blank, ask)
    except (RuntimeError, ValueError) as fault:
        if isinstance(fault, BadInput):
            raise
        raise _other_size(trainer, ask) from None
    except KeyError:
        raise BadInput(f"--direction ba is for variants with a way back, and {variant.name} has none: use cyclegan"
                       ) from None
    if made.shape[-2:] != (ask.side, ask.side):
        raise _other_size(trainer, ask)


def _other_size(trainer: Trainer, ask: Ask) -> BadInput:
    return BadInput(f"--size {ask.side} does not suit network {trainer.spec.network}: this run was trained on images "
                    f"of {trainer.game.data.source_shape[-1]} px")


def _channels(data: Any) -> int:
    return 3 if data.brushes else int(data.source_shape[0])


def _made(trainer: Trainer, images: Bytes, ask: Ask) -> Tensor:
    """Images ``(n, c, h, h)`` translated."""
    source = trainer.game.data.source_of_images(images).to(trainer.game.device)
    if ask.attributes:
        return trainer.view.translation.change(source, ask.attributes, seed=ask.seed)
    return trainer.view.translation.translate(source, back=ask.back, seed=ask.seed)


def translate_files(
    trainer: Trainer, tasks: Sequence[Task], ask: Ask, far: Callable[[int, int], None],
) -> Done:
    """Makes a picture of each, one after the other: what is made of one does not depend on the others.

    Args:
        trainer: A run at a moment.
        tasks: The pictures.
        ask: What is asked of the generator; ``check_translates`` has let it pass.
        far: Is told how many are done, of how many.

    Raises:
        BadInput: A folder or a file cannot be written.
    """
    data = trainer.game.data
    controls = data.controls
    square = Square(ask.side, getattr(controls, "crop", "centre"), "rgb" if _channels(data) == 3 else "grey",
                    nearest=bool(data.brushes))
    brushes = np.array(data.brushes, np.uint8)
    prepare()
    written: list[Path] = []
    skipped: list[Skipped] = []
    shares: list[float] = []
    for done, task in enumerate(tasks, start=1):
        try:
            image = decoded_file(task.source, square)
            made = _made(trainer, image[None], ask)
            if not torch.isfinite(made).all():
                raise Unreadable("gives an image that is not finite")
        except Unreadable as reason:
            skipped.append((task.name, str(reason)))
        else:
            _write(task.target, pixels(made.float().cpu().numpy())[0])
            written.append(task.target)
            if len(brushes):
                shares.append(float(1 - (image.transpose(1, 2, 0)[:, :, None] == brushes).all(-1).any(-1).mean()))
        far(done, len(tasks))
    return Done(written, skipped, float(np.mean(shares)) if shares else None)


def _write(target: Path, image: Bytes) -> None:
    from PIL import Image

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as (fresh,), fresh.open("wb") as file:
            Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(file, "PNG")
    except OSError as fault:
        raise BadInput(f"{short(str(target))} cannot be written: {fault.strerror or fault}") from None


def asked_values(words: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> tuple[int | None, ...]:
    """A value for each attribute, None for those that are not named.

    Args:
        words: Attribute -> value, as the user wrote them: the value's own words, one word of them, or its index.
        values: The words for the values of each attribute.

    Raises:
        BadInput: There is no such attribute or value, or a word fits several.
    """
    for name in words:
        if name not in values:
            raise unknown("attribute", name, list(values))
    return tuple(_value(name, words[name], of) if name in words else None for name, of in values.items())


def _value(name: str, word: str, values: Sequence[str]) -> int:
    word = word.strip()
    for fitting in _readings(word, values):
        if len(fitting) == 1:
            return fitting[0]
    raise BadInput(f"{name} = {short(word, 60)} fits none of the values, or several: allowed are {', '.join(values)}")


def _readings(word: str, values: Sequence[str]) -> Iterator[list[int]]:
    """The values that a word may mean, in the order in which it is read."""
    def plain(text: str) -> str:
        return text.lower().removeprefix("a ").removeprefix("an ")

    yield [at for at, value in enumerate(values) if value == word]
    yield [at for at, value in enumerate(values) if plain(value) == plain(word)]
    yield [at for at, value in enumerate(values) if word.lower() in value.lower().split()]
    yield [int(word)] if word.isdecimal() and len(word) < 6 and int(word) < len(values) else []
