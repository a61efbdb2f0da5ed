"""The pages of the panel Styles: which images each is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganstudio.core.images import pixels
from ganstudio.core.protocol.asks import Mix
from ganstudio.core.protocol.views import Array
from ganstudio.maths.principal_directions import Principal
from ganstudio.maths.styles import mixed, repeated, truncated
from ganstudio.networks.parts.noise import SILENT
from ganstudio.networks.parts.style_look import StyleLook, rms_spread, spread
from ganstudio.views.styles import MixedStyles, MovedStyles, RedrawnNoise, Styles

ROWS, COLUMNS = 4, 6  # of the grid
DRAWS = 5  # of the noise that are shown
OF_A_LAYER = 3  # draws of each layer's noise alone
FACES = 16  # that say how far faces lie apart
DIRECTIONS = 5


def usual_crossover(layers: int) -> int:
    """A third of the way up, and never at an end, where nothing is mixed."""
    return min(max(layers // 3, 1), max(layers - 1, 0))


class StylePages:
    """What is seen of a generator of styles at rest."""

    def __init__(self, G: Any, latents: Tensor, directions: Callable[[StyleLook], Principal] | None = None) -> None:
        """Takes a generator.

        Args:
            G: As `core.probe.GameView.at_rest` gives it.
            latents: ``(n, latent_dim)``, at least as many as the grid has rows and columns.
            directions: The principal directions of W; asked for if a page needs them.
        """
        self._look, self._latents, self._directions = StyleLook(G), latents, directions

    def nothing(self) -> Styles:
        """Nothing is asked: no page."""
        return Styles(mix=Mix(), layers=[], noisy=[])

    def answer(self, mix: Mix) -> Styles:
        """The page that is asked for."""
        layers = self._look.num_ws
        crossover = usual_crossover(layers) if mix.crossover < 0 else min(mix.crossover, layers)
        taken = Mix(show=mix.show, crossover=crossover, psi=mix.psi, silent=mix.silent, noise=mix.noise,
                    layer=min(mix.layer, layers - 1), moved=mix.moved)
        mixing, noise, directions = None, None, None
        if mix.show == "mixing":
            mixing = self._mixing(taken)
        elif mix.show == "noise":
            noise = self._noise(taken)
        else:
            directions = self._moved(taken)
        return Styles(mix=taken, layers=self._look.names, noisy=self._look.noisy_sides(self._latents),
                      mixing=mixing, noise=noise, directions=directions)

    def _mixing(self, mix: Mix) -> MixedStyles:
        look = self._look
        w = repeated(look.w(self._latents[: ROWS + COLUMNS], mix.psi), look.num_ws)
        a, b = w[:ROWS], w[ROWS:]
        ways = mixed(a.repeat_interleave(len(b), 0), b.repeat(len(a), 1, 1), mix.crossover)
        made = look.images(torch.cat([repeated(look.w_avg[None], look.num_ws), a, b, ways]), draw=mix.noise,
                           silent=mix.silent)
        shown = pixels(made.numpy())
        ends = np.cumsum([1, len(a), len(b)])
        mean, of_a, of_b, grid = (Array.of(part) for part in np.split(shown, ends))
        return MixedStyles(mean=mean, of_a=of_a, of_b=of_b, mixed=grid)

    def _noise(self, mix: Mix) -> RedrawnNoise:
        """Of the faces A: no noise, several draws of all layers, and what each layer's noise does alone."""
        look, layers = self._look, len(self._look.noisy)
        w = look.w(self._latents[:FACES], mix.psi)
        faces = w[:ROWS]
        apart = rms_spread(look.images(w, draw=mix.noise, silent=mix.silent))
        smooth = look.images(faces, silent=range(layers))
        draws = [mix.noise + draw for draw in range(DRAWS)]
        redrawn = self._redrawn(faces, [[SILENT if layer in mix.silent else draw for layer in range(layers)]
                                        for draw in draws])
        alone = [0.0 if layer in mix.silent else rms_spread(made)
                 for layer, made in enumerate(self._alone(faces, draws[:OF_A_LAYER]))]

        def share(of: float) -> float:
            return of / apart if apart > 0 else 0.0

        return RedrawnNoise(
            smooth=Array.of(pixels(smooth.numpy())), redrawn=Array.of(pixels(redrawn.flatten(0, 1).numpy())),
            differs=Array.of(spread(redrawn).numpy()), share=share(rms_spread(redrawn)),
            layers=Array.of(np.array([share(each) for each in alone], np.float32)))

    def _redrawn(self, faces: Tensor, plans: list[list[int]]) -> Tensor:
        """All faces by each plan, which has the draw of each layer: ``(plans, n, colours, side, side)``."""
        n = len(faces)
        draws = [[plan[layer] for plan in plans for _ in range(n)] for layer in range(len(self._look.noisy))]
        made = self._look.images(faces.repeat(len(plans), 1), draws)
        return made.reshape(len(plans), n, *made.shape[1:])

    def _alone(self, faces: Tensor, draws: list[int]) -> Sequence[Tensor]:
        """For each layer with noise the images if its noise alone is redrawn, and all others add none."""
        layers = range(len(self._look.noisy))
        plans = [[draw if at == layer else SILENT for at in layers] for layer in layers for draw in draws]
        return torch.split(self._redrawn(faces, plans), len(draws)) if plans else ()

    def _moved(self, mix: Mix) -> MovedStyles:
        look = self._look
        assert self._directions is not None
        principal = self._directions(look)
        w = repeated(look.w(self._latents[:ROWS]), look.num_ws)
        steps = torch.zeros(len(principal.sds), dtype=w.dtype)
        for at, sds in enumerate(mix.moved[: len(steps)]):
            steps[at] = sds
        shift = (steps.to(w) * principal.sds) @ principal.directions
        taken = torch.ones(look.num_ws, 1, device=w.device)
        if mix.layer >= 0:
            taken = (torch.arange(look.num_ws, device=w.device) == mix.layer).to(w)[:, None]
        moved = w + taken * shift
        both = truncated(torch.cat([w, moved]), look.w_avg, mix.psi)
        before, after = look.images(both, draw=mix.noise, silent=mix.silent).chunk(2)
        return MovedStyles(
            before=Array.of(pixels(before.numpy())), after=Array.of(pixels(after.numpy())),
            variances=Array.of(principal.shares.cpu().numpy().astype(np.float32)))
