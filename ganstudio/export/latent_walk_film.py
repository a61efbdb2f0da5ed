"""A film of a walk through the latents: each picture wanders from one latent to the next, and comes home."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication

from ganstudio.core.design import Film, Space, Text
from ganstudio.core.images import BLACK, Colour, grid, pixels
from ganstudio.core.protocol.spec import data_name
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.latents import lerp, slerp
from ganstudio.networks.parts.style_look import StyleLook
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.run_description import abilities
from ganstudio.ui.theme import Theme, apply

PICTURES = 16
STOPS = 4  # latents that each picture goes by
GAP = 16  # part of a picture's width that lies between two


class Walking:
    """The generator of a run at a moment, and the paths that its pictures follow."""

    def __init__(self, path: Path, at: int | None, space: Literal["z", "w"] = "z") -> None:
        """Rebuilds the run at a step, or at its end.

        Args:
            path: Of the run.
            at: The step; None: its end.
            space: Of latents, or of what a generator of styles maps them to: there the paths are straight.

        Raises:
            BadInput: It is no run of images, was not recorded so far, or has no W.
        """
        trainer = rebuild(path, at).trainer
        if trainer.game.data.kind != "image":
            raise BadInput(f"{path} makes no images: --interpolate films a walk through the latents of runs that do")
        if not trainer.game.network.has_latent and not trainer.game.variant.needs:
            raise BadInput(f"the generator of variant {trainer.game.variant.name} has no latent: --interpolate films a "
                           "walk through the latents of runs that have")
        self._view = trainer.view
        z = self._view.latents
        self._stops = torch.stack([z[stop * PICTURES : (stop + 1) * PICTURES] for stop in range(STOPS)])
        self._space = space
        if space == "w" and "styles" not in abilities(trainer.game):
            raise BadInput(f"{path} has no W: --space w is for generators of styles, such as those of StyleGAN")
        data = data_name(trainer.spec, trainer.game.data.title)
        through = ", through W" * (space == "w")
        self.title = f"{trainer.game.variant.title} on {data}, step {trainer.game.steps:,}{through}"

    def images(self, t: float, between: Colour = BLACK) -> NDArray[np.uint8]:
        """The pictures after that share of the way, 0 to 1, in rows, ``(h, w, 3)``; ``between`` them that colour."""
        leg, share = divmod(t * STOPS, 1.0)
        here, there = self._stops[int(leg) % STOPS], self._stops[(int(leg) + 1) % STOPS]
        eased = (1 - math.cos(math.pi * share)) / 2  # it lingers at the latents that were drawn
        part_ = torch.full((len(here),), eased, dtype=torch.float64)
        if self._space == "w":
            with self._view.at_rest() as modules:
                look = StyleLook(modules["G"])
                w = lerp(look.w(here).double(), look.w(there).double(), part_.to(here.device))
                made = look.images(w.to(here.dtype))
        else:
            z = slerp(here.double(), there.double(), part_).to(here.dtype)
            averaged = self._view.average(z)
            made = self._view.generate(z) if averaged is None else averaged
        gap = max(made.shape[-1] // GAP, 1)
        return grid(pixels(made.float().cpu().numpy()), math.isqrt(PICTURES), gap, between)


class WalkSheet:
    """A sheet with a title and one picture, enlarged by a whole number."""

    def __init__(self, title: str, size: tuple[int, int], theme: Theme) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._scale = max(min(size[1] / Film.ROWS, 3.0), 0.6)
        apply(app, theme, self._scale)
        self._theme, self._title = theme, title
        self._image = QImage(*size, QImage.Format.Format_RGB32)

    def show(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The sheet, ``(height, width, 4)`` BGRX; the next one is written over it."""
        width, height, head = self._image.width(), self._image.height(), round(Film.HEAD * self._scale)
        self._image.fill(QColor(self._theme.window))
        painter = QPainter(self._image)
        font = QFont(QApplication.font())
        font.setPointSizeF(Text.TITLE * Text.POINTS * self._scale)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QRectF(0, 0, width, head), Qt.AlignmentFlag.AlignCenter, self._title)
        rows, columns = picture.shape[:2]
        room = min((height - head - Space.USUAL) / rows, (width - 2 * Space.USUAL) / columns)
        factor = math.floor(room) if room >= 1 else room
        w, h = columns * factor, rows * factor
        data = np.ascontiguousarray(picture)
        drawn = QImage(data.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        painter.drawImage(QRectF((width - w) / 2, head + (height - head - h) / 2, w, h), drawn)
        painter.end()
        sheet: NDArray[np.uint8] = np.frombuffer(self._image.constBits(), dtype=np.uint8)
        return sheet.reshape(height, width, 4)
