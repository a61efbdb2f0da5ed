"""SinGAN: a model of a single image, learnt scale by scale, each from noise and the image of the scale below it.

repeat k times                                                  (critic)
    minimise  E[D_n(G_n(z))] - E[D_n(x_n)] + lambda E[(|dD_n/dx~_p| - 1)^2]
minimise  -E[D_n(G_n(z))] + alpha |G_n(rec) - x_n|^2            (generator)
n <- n + 1 after enough steps: what is done is frozen, and the next scale begins from its weights
x_n: the image at scale n; G_n(z) = up(x_{n-1}) + layers(up(x_{n-1}) + sigma_n z_n), with fresh noise at each scale.
G_n(rec): the same with the noise z* at the coarsest scale, which is drawn once, and none at the others. The slope is
taken at each pixel p over its colours. sigma_n is a tenth of the RMSE between the enlarged reconstruction and x_n.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Slider
from ganstudio.core.turn import Phase
from ganstudio.maths.gradients import interpolate, pixel_gradient_norm
from ganstudio.maths.scale_pyramid import enlarged, reduced
from ganstudio.networks.parts.scales import made_at_scales, reconstructions

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Given, Turn

NOISE_SHARE = 0.1  # of the RMSE that is left for a scale to draw
LATE, LATE_RATE = 0.8, 0.1  # from this share of a scale's iterations on, rates are this many times as large


class SinganControls(v.GameControls, frozen=True, kw_only=True):
    """The authors' code: Adam 5e-4, 3 updates of each player in an iteration, 2000 iterations a scale."""

    iterations_per_scale: Annotated[int, Integer(
        1, 100_000, scale="log", unit="steps", group="scales", label="iterations per scale",
        help="Steps for which a scale is learnt before the next finer one begins; the finest goes on to the end. In "
             "the last fifth of them rates are a tenth.")] = 2000
    reconstruction_weight: Annotated[float, Slider(
        0.0, 1000.0, scale="log", symbol="α", label="reconstruction weight", group="objective", needs=v.G_MOVES,
        help="Weight of the squared error with which the fixed noise gives the image back; 0: nothing ties a scale "
             "to the image but D's patches")] = 10.0
    gp_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ", label="gradient penalty", needs=v.D_MOVES,
        help="How hard the critic's slope at each pixel is pulled towards 1; at 0 the slope is not limited")] = 0.1
    critic_steps: v.CriticSteps = 3
    generator_steps: v.GeneratorSteps = 3
    learning_rate_d: v.RateD = 5e-4
    learning_rate_g: v.RateG = 5e-4
    batch_size: v.BatchSize = 1
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999
    ema_decay: v.NoAverage = 0.0
    packing: v.NoPacking = 1


class Singan(v.Variant[SinganControls]):
    """Rott Shaham, Dekel and Michaeli's pyramid of patch GANs."""

    name = "singan"
    title = "SinGAN"
    family = "One image"
    reference = v.Reference("Rott Shaham, Dekel, Michaeli", 2019,
                            "SinGAN: Learning a Generative Model from a Single Natural Image", arxiv="1905.01164")
    formula = v.Formula(
        r"\min_{D_n}\; E[D_n(G_n(z))] - E[D_n(x_n)] + \lambda\, E[(\|\nabla_{\tilde x_p} D_n\| - 1)^2]",
        r"\min_{G_n}\; -E[D_n(G_n(z))] + \alpha\, \|G_n(\mathrm{rec}) - x_n\|^2",
        symbols={"gp_weight": r"\lambda", "reconstruction_weight": r"\alpha"},
    )
    discriminator_word = "critic"
    score_kind = "value"
    kinds = ("image",)
    networks = ("singan",)
    needs_data = frozenset({"one image"})
    panel = "scales"

    def __init__(self) -> None:
        self._scale = 0
        self._done = 0  # steps of this scale
        self._ending = False  # whether it ends with the next update
        self._below: Tensor | None = None  # the reconstruction of the scale below, at this scale's size

    # Phases: one for each scale ------------------------------------------------------------------------------------

    def phase(self, step: int, levels: int, c: SinganControls) -> Phase:
        last = self._scale >= levels - 1
        return Phase(name=f"scale {self._scale} of 0 to {levels - 1}", levels=levels, scale=self._scale,
                     shown=self._done, lasts=0 if last else c.iterations_per_scale)

    def phases(self, levels: int, c: SinganControls) -> list[Phase]:
        return [Phase(levels=levels, scale=levels - 1)]  # the finest

    def all_phases(self, levels: int, c: SinganControls) -> list[Phase]:
        return [Phase(levels=levels, scale=scale) for scale in range(levels)]

    def players(self, phase: Phase) -> Mapping[str, tuple[str, ...]]:
        return {"discriminator": (f"D{phase.scale}",), "generator": (f"G{phase.scale}",)}

    def end_phase(self, levels: int, c: SinganControls) -> None:
        """Has the next update be the scale's last one: it takes the image to begin a scale."""
        self._ending = self._scale < levels - 1

    def rate_share(self, step: int, c: SinganControls) -> float:
        late = self._done >= LATE * c.iterations_per_scale
        return super().rate_share(step, c) * (LATE_RATE if late else 1.0)

    def after(self, turn: Turn, c: SinganControls) -> None:
        G, D = _module(turn, "G", self._scale), _module(turn, "D", self._scale)
        last, count = ("generator", c.generator_steps) if c.generator_steps else ("discriminator", c.critic_steps)
        if turn.player == last and turn.place + 1 >= count:
            self._done += 1
        scales = len(G.sizes)
        if self._scale < scales - 1 and (self._ending or self._done >= c.iterations_per_scale):
            self._begin_scale(turn, G, D)

    def _begin_scale(self, turn: Turn, G: Any, D: Any) -> None:
        """Freezes a scale; the next finer one gets its weights and the strength of its noise."""
        at = self._scale + 1
        size = G.sizes[at]
        G.module.eval()
        with turn.no_grad():
            left = enlarged(reconstructions(_generators(turn, at), at - 1)[-1], size) - reduced(turn.batch.x[:1], size)
            finer = _module(turn, "G", at).module
            finer.sigma.fill_(NOISE_SHARE * left.square().mean().sqrt())
        for before, after in ((G.module, finer), (D.module, _module(turn, "D", at).module)):
            known, new = before.layers.state_dict(), after.layers.state_dict()
            if all(known[name].shape == tensor.shape for name, tensor in new.items()):
                after.layers.load_state_dict(known)
        self._scale, self._done, self._ending, self._below = at, 0, False, None

    # What is minimised ---------------------------------------------------------------------------------------------

    def terms(self, turn: Turn, c: SinganControls) -> v.Terms:
        scale = turn.phase.scale
        G, D = _module(turn, "G", scale), _module(turn, "D", scale)
        x = reduced(turn.batch.x, G.sizes[scale])
        with turn.no_grad():
            before = _drawn_below(turn, scale, x)
            z = torch.randn((len(x), G.colours if scale else 1, *x.shape[2:]), generator=turn.rng, device=x.device)
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = G(z, before)
            terms = {"critic": D(fake).mean() - D(x).mean()}
            if c.gp_weight > 0:
                slope = pixel_gradient_norm(D, interpolate(x, fake, turn.rng))
                terms["penalty"] = c.gp_weight * (slope - 1).square().mean()
            return terms
        terms = {"generator": -D(G(z, before)).mean()}
        if c.reconstruction_weight > 0:
            if scale and self._below is None:
                with turn.no_grad():
                    self._below = enlarged(reconstructions(_generators(turn, scale), scale - 1)[-1], G.sizes[scale])
            same = G(None, self._below) if scale else G(G.z_star)
            terms["reconstruction"] = c.reconstruction_weight * (same - x[:1]).square().mean()
        return terms

    def has_gradient_penalty(self, c: SinganControls) -> bool:
        return c.gp_weight > 0

    # Looking -------------------------------------------------------------------------------------------------------

    def generate(self, modules: Mapping[str, Any], given: Given) -> Tensor:
        """Images of the size of the data: those of the scale under way, enlarged.

        The latent is the noise of the coarsest scale. That of the others is the same for all latents, so that what
        lies between two latents changes with them alone.
        """
        z, sizes = given.latent, modules["G0"].sizes

        def noise(at: int, size: tuple[int, int]) -> Tensor:
            if at == 0:
                return z.reshape(-1, 1, *size)  # type: ignore[no-any-return]
            shape = (1, modules[f"G{at}"].colours, *size)
            if given.rng is None:  # in an exported file, which has no generator of ours
                return torch.randn(shape, device=z.device)
            return torch.randn(shape, generator=given.rng, device=z.device)

        return enlarged(made_at_scales(modules, given.phase.scale, noise)[-1], sizes[-1])

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: SinganControls) -> Tensor:
        scale = given.phase.scale
        D = modules[f"D{scale}"]
        scores: Tensor = D(reduced(x, D.sizes[scale]))
        return scores

    def state(self) -> dict[str, float]:
        return {"scale": float(self._scale), "done": float(self._done), "ending": float(self._ending)}

    def load_state(self, state: Mapping[str, float]) -> None:
        self._scale, self._done, self._ending = int(state["scale"]), int(state["done"]), bool(state["ending"])
        self._below = None

    advice = "The coarsest scale lays the picture out, the finer ones draw it. Watch each begin from a blurred copy."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=18_000, data="one-image",
            source="Rott Shaham et al. 2019 and its code: α 10, λ 0.1, Adam 5e-4 (0.5, 0.999), a tenth of it from "
                   "iteration 1,600 of 2,000, 3 updates of each player; 25 px at the coarsest scale, at most 250 px a "
                   "side, 32 channels that double every 4 scales. z* is drawn once, as the paper has it.",
            network={"coarsest_side": 25, "width": 32, "double_every": 4},
            on_data={"one-image": {"longest_side": 250}},
        ),
        "toy": v.Preset(
            title="Toy", steps=1200, data="one-image",
            source="Our values for 48 px: 5 scales of 240 iterations, 16 channels at each, twice the paper's rates.",
            controls={"iterations_per_scale": 240, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3},
            network={"scales": 5},
        ),
        "quick": v.Preset(
            title="Quick", steps=600, data="one-image",
            source="Toy in half the time: samples differ more, but their patches are further from those of the image, "
                   "with one seed of three further than those of the blurred image.",
            controls={"iterations_per_scale": 120, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3},
            network={"scales": 5},
        ),
    }


def _module(turn: Turn, kind: str, scale: int) -> Any:
    return getattr(turn, f"{kind}{scale}")


def _generators(turn: Turn, count: int) -> dict[str, Any]:
    """The generators of the coarsest scales, by name."""
    return {f"G{at}": _module(turn, "G", at) for at in range(count)}


def _drawn_below(turn: Turn, scale: int, like: Tensor) -> Tensor | None:
    """Fresh images of the scale below, ``(n, c, h, w)`` like those of this scale; None at the coarsest."""
    if scale == 0:
        return None
    modules = _generators(turn, scale)

    def noise(at: int, size: tuple[int, int]) -> Tensor:
        return torch.randn((len(like), like.shape[1] if at else 1, *size), generator=turn.rng, device=like.device)

    return enlarged(made_at_scales(modules, scale - 1, noise)[-1], modules["G0"].sizes[scale])
