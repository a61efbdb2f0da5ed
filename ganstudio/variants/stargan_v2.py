"""StarGAN v2: domains whose images differ in style. A style comes from a latent, or from another image.

repeat k times                                                  (discriminator)
    minimise  BCE(D_y(x), real) + BCE(D_y'(G(x, s')), generated) + gamma/2 E|dD_y(x)/dx|^2
minimise  BCE(D_y'(G(x, s')), real) + lambda_sty E|s' - E_y'(G(x, s'))|                           (generator)
          - lambda_ds E|G(x, s') - G(x, s'')| + lambda_cyc E|x - G(G(x, s'), E_y(x))|
s' and s'' are styles of domain y': of two latents, M_y'(z), or of two reference images, E_y'(x'), by turns. The
weight of diversity falls to 0 in a straight line. G, M and E are one player; styles of references carry no gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch
from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Integer, Slider, Value
from ganstudio.maths.gradients import r1_penalty

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Given, Phase, Turn

STYLES = 8  # latents for each source, in measures and in the matrix
ONE_ATTRIBUTE: dict[str, dict[str, Value]] = {
    "faces": {"attributes": "style"}, "avatars": {"attributes": "glasses"}, "digit-styles": {"attributes": "pen"}}
"""The one attribute whose values are the domains, by the data set."""


class StarGANv2Controls(v.GameControls, frozen=True, kw_only=True):
    """The paper's, section 4 and appendix D."""

    style_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ_sty", label="style weight", group="objective", needs=v.G_MOVES,
        help="Weight of reading the style back from the image that was made with it")] = 1.0
    diversity_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ_ds", label="diversity weight", group="objective", needs=v.G_MOVES,
        help="Weight of the difference between two styles of one image at the start; it falls to 0 at the horizon")
    ] = 1.0
    reconstruction_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ_cyc", label="reconstruction weight", group="objective", needs=v.G_MOVES,
        help="Weight of the mean absolute difference between an image and what comes back with its own style")] = 1.0
    gamma: v.R1Weight = 1.0
    horizon: Annotated[int, Integer(
        1, 10_000_000, scale="log", unit="steps", group="players",
        help="G's update at which the weight of diversity reaches 0, and step at which a linear schedule reaches its "
             "floor, however long the run is")] = 2500
    learning_rate_d: v.RateD = 1e-4
    learning_rate_g: v.RateG = 1e-4
    batch_size: v.BatchSize = 8
    beta1_d: v.Beta1D = 0.0
    beta1_g: v.Beta1G = 0.0
    beta2_d: v.Beta2D = 0.99
    beta2_g: v.Beta2G = 0.99
    ema_decay: v.EmaDecay = 0.0
    packing: v.NoPacking = 1


class StarGANv2(v.Variant[StarGANv2Controls]):
    """Diverse image synthesis for several domains."""

    name = "stargan-v2"
    title = "StarGAN v2"
    family = "Translation"
    reference = v.Reference("Choi, Uh, Yoo, Ha", 2020, "StarGAN v2: Diverse Image Synthesis for Multiple Domains",
                            arxiv="1912.01865")
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D_y(x))] - E[\log(1 - \sigma(D_{y'}(G(x, s'))))]"
        r" + \frac{\gamma}{2} E[\|\nabla_x D_y(x)\|^2]",
        r"\min_{G, M, E}\; -E[\log \sigma(D_{y'}(G(x, s')))] + \lambda_{sty} E|s' - E_{y'}(G(x, s'))|"
        r" - \lambda_{ds} E|G(x, s') - G(x, s'')| + \lambda_{cyc} E|x - G(G(x, s'), E_y(x))|",
        symbols={"style_weight": r"\lambda_{sty}", "diversity_weight": r"\lambda_{ds}",
                 "reconstruction_weight": r"\lambda_{cyc}", "gamma": r"\gamma"},
    )
    kinds = ("image",)
    networks = ("style-translator",)
    needs = frozenset({"attributes", "source"})
    panel = "translation"
    averaged = ("G", "M", "E")  # as the authors: a style of a mean is drawn by the mean

    def players(self, phase: Phase) -> Mapping[str, tuple[str, ...]]:
        return {"discriminator": ("D",), "generator": ("G", "M", "E")}

    def terms(self, turn: Turn, c: StarGANv2Controls) -> v.Terms:
        x, attributes = turn.batch.x, turn.batch.attributes
        assert attributes is not None
        own = attributes[:, 0]
        order = torch.randperm(len(own), generator=turn.rng, device=own.device)
        asked = own[order]  # the domain of another image of the batch, which is the reference
        by_reference = turn.update % 2 == 1
        if turn.player == "discriminator":
            with turn.no_grad():
                style = turn.E(x[order], asked) if by_reference else turn.M(turn.latent(), asked)
                fake = turn.G(x, style)
            D = v.shown_label(turn.D, own)
            terms = {"real": softplus(-D(x)).mean(), "fake": softplus(turn.D(fake, asked)).mean()}
            return {**terms, "R1": c.gamma * r1_penalty(D, x)} if c.gamma > 0 else terms
        if by_reference:
            with turn.no_grad():
                style, other = turn.E(x[order], asked), turn.E(x[order].flip(3), asked)
        else:
            style, other = turn.M(turn.latent(), asked), turn.M(turn.latent(), asked)
        made = turn.G(x, style)
        terms = {"generator": softplus(-turn.D(made, asked)).mean()}
        if c.style_weight > 0:
            terms["style"] = c.style_weight * (style - turn.E(made, asked)).abs().mean()
        left = max(1 - turn.update / c.horizon, 0.0)
        if c.diversity_weight * left > 0 and not by_reference:
            with turn.no_grad():
                second = turn.G(x, other)
            terms["diversity"] = -c.diversity_weight * left * (made - second).abs().mean()
        if c.reconstruction_weight > 0:
            back = turn.G(made, turn.E(x, own))
            terms["cycle"] = c.reconstruction_weight * (x - back).abs().mean()
        return terms

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        """Each image in the domain after its own, with the style of its latent."""
        domain = self._next(modules, given)
        return modules["G"](given.source, modules["M"](given.latent, domain))

    def translate(self, modules: Mapping[str, Any], given: Given, x: Tensor) -> dict[str, Tensor]:
        """``style_0`` to ``style_7``: of eight latents; ``reference``: of the style of the image before it."""
        G, M, E = modules["G"], modules["M"], modules["E"]
        source, own, domain = given.source, given.attributes[:, 0], self._next(modules, given)
        made = {f"style_{at}": G(source, M(z, domain)) for at, z in enumerate(_latents(given.latent))}
        reference = G(source, E(source.roll(1, 0), own.roll(1, 0)))
        return {"made": made["style_0"], "next_0": made["style_0"], **made, "reference": reference,
                "back": G(made["style_0"], E(source, own)), "own": G(source, E(source, own))}

    def change_attributes(self, modules: Mapping[str, Any], given: Given) -> Tensor:
        changed: Tensor = modules["G"](given.source, modules["M"](given.latent, given.attributes[:, 0]))
        return changed

    def asked(self, modules: Mapping[str, Any], given: Given) -> dict[str, Tensor]:
        """Each latent is one for all sources, in the domain after their own; a reference has its own domain."""
        G, M, E = modules["G"], modules["M"], modules["E"]
        source, own, domain = given.source, given.attributes[:, 0], self._next(modules, given)
        latents = [z[:1].expand_as(z) for z in _latents(given.latent)]
        styles = E(source, own)
        return {
            "latents": torch.stack([G(source, M(z, domain)) for z in latents], dim=1),
            "references": torch.stack([G(source, style[None].expand_as(styles)) for style in styles], dim=1)}

    def _next(self, modules: Mapping[str, Any], given: Given) -> Tensor:
        domains = modules["M"].heads.out_features // modules["M"].style
        after: Tensor = (given.attributes[:, 0] + 1) % domains
        return after

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: StarGANv2Controls) -> Tensor:
        scores: Tensor = modules["D"](x, given.attributes[:, 0])
        return scores

    def has_gradient_penalty(self, c: StarGANv2Controls) -> bool:
        return c.gamma > 0

    advice = "Diversity says nothing before the domain is right: noise is diverse as well."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000,
            source="Choi et al. 2020, section 4 and appendix D: all λ 1, γ 1, Adam 1e-4 (0, 0.99), batches of 8, 256 "
                   "px, running averages of G, M and E with 0.999; the mapping net moves at G's rate here, theirs at "
                   "1e-6.",
            controls={"horizon": 100_000, "ema_decay": 0.999},
            network={"form": "paper", "norm": "instance", "width": 64, "style_dim": 64, "steps_down": 4, "blocks": 2,
                     "resolution": 256},
            on_data=ONE_ATTRIBUTE,
        ),
        "toy": v.Preset(
            title="Toy", steps=2500,
            source="Our values for 16 px: the residual form without norms, width 16, one step down, Adam 4e-4, batches "
                   "of 8, rates falling in a straight line to 0. The domain is right in two minutes; styles of one "
                   "domain stay alike.",
            controls={"learning_rate_d": 4e-4, "learning_rate_g": 4e-4, "batch_size": 8, "schedule": "linear",
                      "horizon": 2500},
            network={"resolution": 16},
            on_data=ONE_ATTRIBUTE,
        ),
    }


def _latents(z: Tensor) -> list[Tensor]:
    """Eight latents for each of those given ``(n, latent_dim)``: its own numbers in another order, half with signs."""
    return [z.roll(at, 1) * (-1) ** (at // 4) for at in range(STYLES)]
