"""A run as a log for TensorBoard: terms at whole steps, the spec, and samples at the run's checkpoints."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Value
from ganstudio.core.dataset import Extent
from ganstudio.core.images import coloured, columns_for, grid, pixels
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.atomic_write import atomic_folder
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.export.curves import Curve, curves, read_batches
from ganstudio.training.checkpoint import logged_before, restore
from ganstudio.training.game_state import load_game_state
from ganstudio.training.trainer import Trainer

MISSING = (
    "a TensorBoard log needs GAN Studio's extra tensorboard, which is not installed: pip install tensorboard brings it"
)
MOST_POINTS = 10_000  # of a curve; TensorBoard itself shows a thousand of them
MOST_PICTURES = 12  # of a run, spread over its checkpoints
IMAGES = 64  # in a picture
SIDE = 480  # px, of a picture of points
REAL, GENERATED = (0, 103, 168), (207, 92, 0)  # as in the studio's light palette


def write_tensorboard(path: Path, folder: Path) -> None:
    """Writes the log of a run into a folder that is not there yet, or is empty.

    Raises:
        BadInput: The extra is not installed, the run cannot be read, or the folder not be written.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise BadInput(MISSING)
    batches = read_batches(path)
    trainer = restore(path)
    with _whole_folder(folder) as fresh:
        from torch.utils.tensorboard import SummaryWriter

        writer: Any = SummaryWriter(str(fresh))
        try:
            for curve in curves(batches):
                for step, value in zip(*by_step(curve), strict=True):
                    writer.add_scalar(_tag(curve), value, step)
            _write_spec(writer, trainer.spec)
            for step, picture in _pictures(path, trainer):
                writer.add_image("samples", picture, step, dataformats="HWC")
        finally:
            writer.close()


def _tag(curve: Curve) -> str:
    return f"{curve.player}/{curve.name[:200]}"


def by_step(curve: Curve) -> tuple[list[int], list[float]]:
    """A curve at whole steps: the mean over each step's updates, or over several steps' if there are very many.

    Returns:
        The last step of each stretch, and the means; one that holds a NaN is one.
    """
    at = np.ceil(curve.at - 1e-9).astype(np.int64)
    last = int(at.max(initial=0))
    every = max(1, -(-last // MOST_POINTS))
    ends = -(-at // every) * every
    steps, which = np.unique(np.minimum(ends, last), return_inverse=True)
    with np.errstate(invalid="ignore"):  # inf - inf
        sums = np.bincount(which, weights=curve.values.astype(np.float64))
    return steps.tolist(), (sums / np.bincount(which)).tolist()


def _write_spec(writer: Any, spec: Spec) -> None:
    """As text, and as hyperparameters that TensorBoard can sort runs by."""
    from torch.utils.tensorboard.summary import hparams

    text = msgspec.json.format(msgspec.json.encode(spec), indent=2).decode()
    # Indented by four blanks, Markdown shows it as it is.
    writer.add_text("spec", "\n".join(f"    {line}" for line in text.splitlines()))
    chosen: dict[str, Value] = {"variant": spec.variant, "data": spec.data, "network": spec.network,
                                "preset": spec.preset, "seed": spec.seed}
    for part in (spec.controls, spec.network_controls, spec.data_controls):
        chosen.update(part)
    plain = {name: str(value) if isinstance(value, list) else value for name, value in chosen.items()}
    for summary in hparams(plain, {}):  # type: ignore[no-untyped-call]
        writer.file_writer.add_summary(summary)


def _pictures(path: Path, trainer: Trainer) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Step and picture at checkpoints of the run; the same latents in each. It leaves the trainer at the last one."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    reader = RunReader(path)
    try:
        moments, log = reader.moments(), reader.log()
        chosen = sorted({round(place) for place in np.linspace(0, len(moments) - 1, min(len(moments), MOST_PICTURES))})
        for index, place in enumerate(chosen):
            report("drawing samples", index, len(chosen))
            checkpoint = reader.checkpoint(moments[place][0])
            try:
                load_game_state(trainer.game, load(checkpoint.tensors))
            except (SafetensorError, ValueError) as fault:
                raise BadInput(
                    f"run file {path} has a damaged checkpoint: {' '.join(str(fault).split())}") from None
            trainer.place_data(log[:logged_before(checkpoint, log)])
            yield checkpoint.position.steps, _picture(trainer)
    finally:
        reader.close()


def _picture(trainer: Trainer) -> NDArray[np.uint8]:
    """What the generator makes now, ``(h, w, 3)``."""
    view = trainer.view
    if trainer.game.data.kind != "image":
        fake, real = view.generate(view.latents).cpu().numpy(), view.real.cpu().numpy()
        return _scattered(real, fake, trainer.game.data.extent)
    z = view.latents[:IMAGES]
    averaged = view.average(z)
    images = pixels((view.generate(z) if averaged is None else averaged).cpu().numpy())
    return grid(coloured(images), columns_for(len(images), 1, 1), 1)


def _scattered(real: NDArray[np.float32], fake: NDArray[np.float32], extent: Extent) -> NDArray[np.uint8]:
    """Real points as rings, generated ones as discs; on the line in two strips, real below."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(image)
    heights = np.random.default_rng(0)
    for points, colour, filled in ((real, REAL, False), (fake, GENERATED, True)):
        at = (points - extent.low) / (extent.high - extent.low)
        if at.shape[1] == 1:
            at = np.stack([at[:, 0], (0.7 if filled else 0.3) + heights.uniform(-0.15, 0.15, len(at))], axis=1)
        for x, y in at[((at >= 0) & (at <= 1)).all(axis=1)].tolist():  # a NaN is neither
            middle = x * SIDE, (1 - y) * SIDE
            draw.ellipse((middle[0] - 2, middle[1] - 2, middle[0] + 2, middle[1] + 2),
                         fill=colour if filled else None, outline=colour)
    return np.asarray(image)


@contextlib.contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A fresh folder beside the one that is wanted; it takes its name when all is well."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput(f"--tensorboard {folder} holds something already: give a folder that is new or empty")
        if not folder.resolve().parent.is_dir():
            raise BadInput(f"--tensorboard {folder} is in a folder that does not exist: {folder.resolve().parent}")
    except OSError as fault:
        raise BadInput(f"--tensorboard {folder} cannot be written: {fault.strerror or fault}") from None
    with atomic_folder(folder) as fresh, warnings.catch_warnings():
        # WORKAROUND tensorboard 2.21: it imports parts of its own dependencies that are deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        yield fresh
