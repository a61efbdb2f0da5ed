"""VQGAN: images written in codes of a codebook, drawn again by a GAN; then a transformer learns which code follows.

minimise  E|x - G(q)| + E|sg[E(x)] - q|^2 + beta E|sg[q] - E(x)|^2 - w lambda E[D(G(q))]      (generator)
dead codes <- vectors of E(x)                                                                  (generator)
repeat k times, from step disc_start on                                                        (discriminator)
    minimise  (E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(q)))]) / 2
minimise  -E[log T(s_i | s_1 .. s_(i-1))]                                                      (prior)
linear weights of T <- (1 - rate decay) times their values                                     (prior)

q: the nearest code to each vector of E(x), through which the gradient goes straight; s: its number, in raster order.
lambda: |d reconstruction| / (|d adversarial| + 1e-4), norms of the gradients at the weight of G's last convolution.
Phase 1 has generator (E, the codebook, G) and discriminator, phase 2 the prior alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import torch
from torch.nn import functional as F

from ganstudio.core import variant as v
from ganstudio.core.control import Choice, Integer, Needs, Slider, Toggle
from ganstudio.core.turn import Pace, Phase
from ganstudio.networks.parts.codebook import perplexity

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ganstudio.core.turn import Given, Turn

ALONE, WITH_D, PRIOR = "autoencoder", "autoencoder and D", "prior"  # the phases' names
LEAST_GRADIENT, MOST_LAMBDA = 1e-4, 1e4  # the authors' code; the paper's 1e-6
PRIOR_BETAS = (0.9, 0.95)
WARM_UP = 50  # steps in which a falling rate of the prior rises first


class VQGANControls(v.GameControls, frozen=True, kw_only=True):
    """The paper's, appendix; LPIPS is left out, for its weights are a download."""

    first_steps: Annotated[int, Integer(
        1, 10_000_000, scale="log", unit="steps", label="phase 1", group="objective",
        help="Steps in which E, G, D and the codebook learn; after them they stay as they are and the prior learns")
    ] = 1000
    prior_steps: Annotated[int, Integer(
        0, 10_000_000, scale="log", unit="steps", label="phase 2", group="objective",
        help="Steps after which the prior's falling rate reaches its floor; 0: there is no prior")] = 1000
    disc_start: Annotated[int, Integer(
        0, 10_000_000, scale="log", unit="steps", label="D from", group="objective",
        help="Step from which D learns, and from which E and G are trained against it")] = 0
    disc_weight: Annotated[float, Slider(
        0.0, 10.0, symbol="w", label="adversarial weight", group="objective", needs=v.G_MOVES,
        help="Factor of the adversarial term, over λ, which keeps its gradient as large as the reconstruction's at "
             "G's last layer")] = 0.8
    beta: Annotated[float, Slider(
        0.0, 4.0, symbol="β", label="commitment", group="objective", needs=v.G_MOVES,
        help="Weight of the term that pulls E's vectors to their codes; codes are pulled to the vectors with weight 1")
    ] = 0.25
    beta_slip: Annotated[bool, Toggle(
        label="β on the codebook", group="objective", needs=v.G_MOVES,
        help="The published code's mistake: β weights the codebook's term instead. The loss has the same value; "
             "its gradients are others.")] = False
    codebook_start: Annotated[Literal["uniform", "first batch"], Choice(
        live=False, label="codebook from", group="objective",
        help="Uniform: from U(-1/n, 1/n), as the authors' code. First batch: vectors of E of the first batch.")
    ] = "uniform"
    revive_every: Annotated[int, Integer(
        0, 10_000, scale="log", unit="steps", label="revive codes", group="objective", needs=v.G_MOVES,
        help="Steps without use after which a code is given a vector of E; 0: never")] = 0
    learning_rate_t: Annotated[float, Slider(
        1e-6, 1.0, scale="log", symbol="α_T", label="prior rate", group="players",
        help="Learning rate of the prior")] = 2e-3
    weight_decay: Annotated[float, Slider(
        0.0, 1.0, scale="log", label="prior decay", group="players",
        help="Share of the prior's linear weights, times its rate, that each of its updates takes away (AdamW)")] = 0.01
    learning_rate_d: v.RateD = 1e-3
    learning_rate_g: v.RateG = 1e-3
    batch_size: v.BatchSize = 16
    schedule: Annotated[Literal["constant", "linear"], Choice(
        group="players", help="Whether the learning rates are constant or fall in a straight line until the end of "
                              "their phase; the prior's then rises for 50 steps first")] = "constant"
    rate_floor: Annotated[float, Slider(
        0.0, 1.0, group="players", needs=(Needs("schedule", among=("linear",)),),
        help="Share of the learning rates that is left at the end of phase 1; the prior's fall to 0")] = 0.02
    horizon: Annotated[int, Integer(1, 1, live=False, help="Rates fall until the end of their phase")] = 1
    ema_decay: Annotated[float, Slider(
        0.0, 0.0, group="players", live=False, help="E, G and the codebook belong together: no average is kept")] = 0.0
    packing: v.NoPacking = 1


class VQGAN(v.Variant[VQGANControls]):
    """High-resolution image synthesis with a codebook and a transformer."""

    name = "vqgan"
    title = "VQGAN"
    family = "Codes"
    reference = v.Reference(
        "Esser, Rombach, Ommer", 2021, "Taming Transformers for High-Resolution Image Synthesis", arxiv="2012.09841")
    formula = v.Formula(
        r"\min_D\; \frac{1}{2} E[\max(0, 1 - D(x))] + \frac{1}{2} E[\max(0, 1 + D(G(q)))]",
        r"\min_{E, C, G}\; E|x - G(q)| + E\|\mathrm{sg}[E(x)] - q\|^2 + \beta\, E\|\mathrm{sg}[q] - E(x)\|^2"
        r" - w \lambda\, E[D(G(q))]",
        others={"prior": r"\min_T\; -E[\sum_i \log T(s_i \mid s_1 \ldots s_{i-1})]"},
        symbols={"beta": r"\beta", "disc_weight": "w"},
    )
    score_kind = "value"
    kinds = ("image",)
    networks = ("vqgan",)
    cast = ("discriminator", "generator", "prior")
    panel = "codes"

    def __init__(self) -> None:
        self._step = 0  # finished ones
        self._ended = -1.0  # the step at which the user ended phase 1; -1: he did not
        self._begun = 0.0  # whether the codebook has been begun from the first batch
        self._z: Tensor | None = None  # of the generator's update under way
        self._codes: Tensor | None = None
        self._lambda: Tensor | None = None
        self._readings: v.Terms = {}

    # Phases ---------------------------------------------------------------------------------------------------

    def _border(self, c: VQGANControls) -> int:
        """The step with which the prior begins."""
        return c.first_steps if self._ended < 0 else min(int(self._ended), c.first_steps)

    def phase(self, step: int, levels: int, c: VQGANControls) -> Phase:
        self._step = step
        border = self._border(c)
        if c.prior_steps > 0 and step >= border:
            return Phase(name=PRIOR, shown=step - border)
        lasts = border if c.prior_steps > 0 else 0
        return Phase(name=WITH_D if step >= c.disc_start else ALONE, shown=step, lasts=lasts)

    def phases(self, levels: int, c: VQGANControls) -> Sequence[Phase]:
        return [Phase(name=WITH_D), *([Phase(name=PRIOR)] if c.prior_steps > 0 else [])]

    def end_phase(self, levels: int, c: VQGANControls) -> None:
        if self._step < self._border(c):
            self._ended = float(self._step)

    def players(self, phase: Phase) -> Mapping[str, tuple[str, ...]]:
        return {"prior": ("T",)} if phase.name == PRIOR else {"generator": ("E", "C", "G"), "discriminator": ("D",)}

    def cycle(self, step: int, c: VQGANControls) -> Mapping[str, int]:
        if c.prior_steps > 0 and step >= self._border(c):
            return {"prior": 1}
        judged = step >= c.disc_start or c.generator_steps == 0
        return {"generator": c.generator_steps, "discriminator": c.critic_steps if judged else 0}

    def pace(self, player: str, c: VQGANControls) -> Pace:
        return Pace(c.learning_rate_t, *PRIOR_BETAS) if player == "prior" else super().pace(player, c)

    def rate_share(self, step: int, c: VQGANControls) -> float:
        if c.schedule == "constant":
            return 1.0
        border = self._border(c)
        if c.prior_steps == 0 or step < border:
            return max(c.rate_floor, 1 - step / c.first_steps)
        done = step - border
        return max(min(1.0, (done + 1) / WARM_UP) * (1 - done / c.prior_steps), 0.0)

    def optimiser(self, player: str, c: VQGANControls) -> str:
        return "adam" if player == "prior" else super().optimiser(player, c)

    # What is minimised ----------------------------------------------------------------------------------------

    def terms(self, turn: Turn, c: VQGANControls) -> v.Terms:
        x = turn.batch.x
        if turn.player == "prior":
            with turn.no_grad(), _resting(turn.E.module, turn.C.module):
                codes = turn.C.nearest(turn.E(x)).flatten(1)
            return {"prior": F.cross_entropy(turn.T(codes).transpose(1, 2), codes)}
        if turn.player == "discriminator":
            with turn.no_grad():
                made = turn.G(turn.C(turn.C.nearest(turn.E(x))))
            on_real, on_made = turn.D.both(x, made)
            return {"real": 0.5 * (1 - on_real).relu().mean(), "fake": 0.5 * (1 + on_made).relu().mean()}
        z = turn.E(x)
        if c.codebook_start == "first batch" and not self._begun:
            turn.C.take(z, turn.rng)
            self._begun = 1.0
        codes = turn.C.nearest(z)
        q = turn.C(codes)
        self._z, self._codes = z.detach(), codes
        made = turn.G(z + (q - z).detach())
        reconstruction = (x - made).abs().mean()
        terms = {"reconstruction": reconstruction, **quantisation_terms(z, q, c.beta, slip=c.beta_slip)}
        if turn.phase.name == WITH_D and c.disc_weight > 0:
            adversarial = -turn.D(made).mean()
            self._lambda = adaptive_weight(reconstruction, adversarial, turn.G.last.weight)
            terms["generator"] = c.disc_weight * self._lambda * adversarial
        return terms

    def after(self, turn: Turn, c: VQGANControls) -> None:
        if turn.player == "generator" and self._codes is not None and self._z is not None:
            book = turn.C.module
            uses = book.count(self._codes)
            self._readings = {"codes used": perplexity(uses / uses.sum())}
            if turn.phase.name == WITH_D and self._lambda is not None:
                self._readings["λ"] = self._lambda
            if c.revive_every and (turn.update + 1) % c.revive_every == 0:
                dead = (book.idle == 0).nonzero()[:, 0]
                if len(dead):
                    book.take(self._z, turn.rng, dead)
                book.idle.zero_()
        elif turn.player == "prior":
            self._readings = {}
            kept = 1 - c.weight_decay * c.learning_rate_t * self.rate_share(self._step, c)
            with torch.no_grad():
                for layer in turn.T.module.modules():
                    if isinstance(layer, torch.nn.Linear):
                        layer.weight.mul_(kept)

    def diagnostics(self) -> v.Terms:
        return self._readings

    def state(self) -> Mapping[str, Tensor | float]:
        return {"ended": self._ended, "begun": self._begun}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self._ended, self._begun = float(state["ended"]), float(state["begun"])

    # What is looked at ----------------------------------------------------------------------------------------

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        """Codes drawn by the prior, and before it begins each by its frequency alone, as G draws them."""
        C, grid = modules["C"], modules["C"].grid
        if given.phase.name == PRIOR:
            nothing = C.shares.new_zeros((given.count, 0), dtype=torch.int64)
            codes = modules["T"].draw(nothing, given.rng)
        else:
            codes = C.draw((given.count, grid * grid), given.rng)
        return modules["G"](C(codes.view(-1, grid, grid)))

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: VQGANControls) -> Tensor:
        scores: Tensor = modules["D"](x)
        return scores

    advice = "Look at Codes: first images in codes and back, then halves of images that the prior completes."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=800_000,
            source="Esser et al. 2021 and its code: 1,024 codes of 256, f 16, β 0.25, w 0.8, Adam 4.5e-6 times the "
                   "batch, D from step 250,001; prior of 24 blocks, 16 heads, 1,024 wide. Without LPIPS, and without "
                   "attention in E and G.",
            controls={"first_steps": 500_000, "prior_steps": 300_000, "disc_start": 250_001, "batch_size": 12,
                      "learning_rate_d": 5.4e-5, "learning_rate_g": 5.4e-5, "learning_rate_t": 5.4e-5},
            network={"codes": 1024, "code_dim": 256, "width": 128, "widest": 512, "steps_down": 4, "blocks": 2,
                     "width_d": 64, "patch_layers": 3, "norm_d": "batch", "prior_layers": 24, "prior_heads": 16,
                     "prior_width": 1024, "resolution": 256},
        ),
        "toy": v.Preset(
            title="Toy", steps=2500,
            source="Our values for 32 px: 16 codes of 16 from the first batch, dead ones revived after 20 steps, Adam "
                   "2e-3 falling in a straight line, D from step 500; then a prior of 3 blocks, 64 wide. E sees the "
                   "square of each code alone, so that bits a cell can be compared with the exact entropy.",
            controls={"first_steps": 800, "prior_steps": 1700, "disc_start": 500, "schedule": "linear",
                      "learning_rate_d": 2e-3, "learning_rate_g": 2e-3, "codebook_start": "first batch",
                      "revive_every": 20},
            network={"sight": "own square"},
        ),
        "dead": v.Preset(
            title="Dead codes", steps=800,
            source="As toy, with 256 codes from U(-1/n, 1/n) as in the authors' code, and no prior: most are never the "
                   "nearest. Set revive codes to 50.",
            controls={"first_steps": 800, "prior_steps": 0, "disc_start": 500, "schedule": "linear",
                      "learning_rate_d": 2e-3, "learning_rate_g": 2e-3},
            network={"codes": 256},
            cure={"revive_every": 50},
        ),
    }


def quantisation_terms(z: Tensor, q: Tensor, beta: float, *, slip: bool = False) -> v.Terms:
    """The two terms between E's vectors z and their codes q, ``(n, d, g, g)``; ``slip``: β on the other one.

    Source: van den Oord et al. 2017, arXiv:1711.00937, equation 3. In the authors' code of VQGAN β weights the
    codebook's term, unless ``legacy=False``.
    """
    to_vectors, to_codes = (z.detach() - q).square().mean(), (q.detach() - z).square().mean()
    if slip:
        return {"codebook": beta * to_vectors, "commitment": to_codes}
    return {"codebook": to_vectors, "commitment": beta * to_codes}


def adaptive_weight(reconstruction: Tensor, adversarial: Tensor, last: Tensor) -> Tensor:
    """λ, a scalar without gradient: how much smaller the adversarial gradient is at G's last layer.

    Args:
        reconstruction: The reconstruction's loss, a scalar.
        adversarial: G's adversarial loss, a scalar.
        last: The weight of G's last convolution.
    """
    (of_reconstruction,) = torch.autograd.grad(reconstruction, last, retain_graph=True)
    (of_adversarial,) = torch.autograd.grad(adversarial, last, retain_graph=True)
    ratio: Tensor = of_reconstruction.norm() / (of_adversarial.norm() + LEAST_GRADIENT)
    return ratio.clamp(0.0, MOST_LAMBDA).detach()


@contextmanager
def _resting(*modules: nn.Module) -> Iterator[None]:
    """Evaluation mode, as the first stage is in while the prior learns."""
    training = [module for module in modules if module.training]
    for module in training:
        module.eval()
    try:
        yield
    finally:
        for module in training:
            module.train()
