"""StarGAN: one generator for many domains. D scores the image and reads its attributes; G is told which to make.

repeat k times                                                  (discriminator)
    minimise  E[D(G(x, c))] - E[D(x)] + lambda_gp E[(|dD/dx^|_2 - 1)^2] + lambda_cls CE(D_cls(x), own attributes)
minimise  -E[D(G(x, c))] + lambda_cls CE(D_cls(G(x, c)), c)     (generator)
          + lambda_rec E|x - G(G(x, c), own attributes)|
c: the attributes of the batch in another order. CE is summed over the attributes, as in the authors' code. D's score is
the mean over a map of patches; its penalty is on the slope of their sum, which is also theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import torch

from ganstudio.core import variant as v
from ganstudio.core.control import Slider
from ganstudio.maths.attribute_codes import code_loss, decoded, next_values
from ganstudio.maths.gradients import input_gradient_norm, interpolate

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Given, Turn


class StarGANControls(v.GameControls, frozen=True, kw_only=True):
    """The paper's, section 4.3 and appendix A."""

    gp_weight: Annotated[float, Slider(
        0.0, 1000.0, scale="log", symbol="λ_gp", label="gradient penalty", group="objective", needs=v.D_MOVES,
        help="Weight of the squared distance of D's slope from 1, at mixtures of real and generated images")] = 10.0
    class_weight: Annotated[float, Slider(
        0.0, 100.0, scale="log", symbol="λ_cls", label="class weight", group="objective",
        help="Weight of reading the attributes: D's of real images, G's of its own; at 0 they are ignored, and images "
             "are copied")] = 1.0
    reconstruction_weight: Annotated[float, Slider(
        0.0, 1000.0, scale="log", symbol="λ_rec", label="reconstruction weight", group="objective", needs=v.G_MOVES,
        help="Weight of the mean absolute difference between an image and what comes back when its own attributes are "
             "asked for again; at 0 the person may become another one")] = 10.0
    critic_steps: v.CriticSteps = 5
    learning_rate_d: v.RateD = 1e-4
    learning_rate_g: v.RateG = 1e-4
    batch_size: v.BatchSize = 16
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999
    ema_decay: v.EmaDecay = 0.0
    packing: v.NoPacking = 1


class StarGAN(v.Variant[StarGANControls]):
    """Many domains with one generator; the classifier's praise alone says nothing of the truth."""

    name = "stargan"
    title = "StarGAN"
    family = "Translation"
    reference = v.Reference(
        "Choi, Choi, Kim, Ha, Kim, Choo", 2018,
        "StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image Translation",
        arxiv="1711.09020")
    formula = v.Formula(
        r"\min_D\; E[D(G(x, c))] - E[D(x)] + \lambda_{gp} E[(\|\nabla D(\hat x)\|_2 - 1)^2]"
        r" + \lambda_{cls} E[-\log D_{cls}(c_x | x)]",
        r"\min_G\; -E[D(G(x, c))] + \lambda_{cls} E[-\log D_{cls}(c | G(x, c))]"
        r" + \lambda_{rec} E|x - G(G(x, c), c_x)|",
        symbols={"gp_weight": r"\lambda_{gp}", "class_weight": r"\lambda_{cls}",
                 "reconstruction_weight": r"\lambda_{rec}"},
    )
    kinds = ("image",)
    networks = ("attributes",)
    needs = frozenset({"attributes", "source"})
    score_kind = "value"
    panel = "translation"

    def terms(self, turn: Turn, c: StarGANControls) -> v.Terms:
        x, own = turn.batch.x, turn.batch.attributes
        assert own is not None
        asked = own[torch.randperm(len(own), generator=turn.rng, device=own.device)]
        values = turn.G.values
        if turn.player == "discriminator":
            with turn.no_grad():
                fake = turn.G(x, asked)
            on_real, read = turn.D.heads(x)
            terms = {"real": -on_real.mean(), "fake": turn.D(fake).mean()}
            if c.gp_weight > 0:
                slope = input_gradient_norm(turn.D, interpolate(x, fake, turn.rng))
                terms["penalty"] = c.gp_weight * (slope - 1).square().mean()
            if c.class_weight > 0:
                terms["class of real"] = c.class_weight * code_loss(read, own, values)
            return terms
        made = turn.G(x, asked)
        on_fake, read = turn.D.heads(made)
        terms = {"generator": -on_fake.mean()}
        if c.class_weight > 0:
            terms["class of fake"] = c.class_weight * code_loss(read, asked, values)
        if c.reconstruction_weight > 0:
            terms["reconstruction"] = c.reconstruction_weight * (x - turn.G(made, own)).abs().mean()
        return terms

    def generate(self, modules: Mapping[str, Any], given: Given) -> Any:
        """Each image with the next value of one of its attributes, which one by turns."""
        G, own = modules["G"], given.attributes
        asked = own.clone()
        for at in range(own.shape[1]):
            asked[at :: own.shape[1]] = next_values(own[at :: own.shape[1]], at, G.values)
        return G(given.source, asked)

    def translate(self, modules: Mapping[str, Any], given: Given, x: Tensor) -> dict[str, Tensor]:
        """``next_0`` and so on: with the next value of each attribute; ``own``: of none; ``back``: the way back."""
        G, source, own = modules["G"], given.source, given.attributes
        made = {f"next_{at}": G(source, next_values(own, at, G.values)) for at in range(own.shape[1])}
        return {"made": made["next_0"], **made, "own": G(source, own), "back": G(made["next_0"], own)}

    def read_attributes(self, modules: Mapping[str, Any], x: Tensor) -> Tensor:
        return decoded(modules["D"].heads(x)[1], modules["G"].values)

    def asked(self, modules: Mapping[str, Any], given: Given) -> dict[str, Tensor]:
        G, own = modules["G"], given.attributes
        made = []
        for at, values in enumerate(G.values):
            for value in range(values):
                wanted = own.clone()
                wanted[:, at] = value
                made.append(G(given.source, wanted))
        return {"attributes": torch.stack(made, dim=1)}

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: StarGANControls) -> Tensor:
        scores: Tensor = modules["D"](x)
        return scores

    def has_gradient_penalty(self, c: StarGANControls) -> bool:
        return c.gp_weight > 0

    advice = "Compare the true error with that of doing nothing: the classifier alone is content with a caricature."
    presets = {
        "paper": v.Preset(
            title="Paper", steps=200_000,
            source="Choi et al. 2018, section 4.3 and appendix A: λ 1, 10, 10, k 5, Adam 1e-4 (0.5, 0.999), batches of "
                   "16; 128 px, width 64; rates constant, then falling to 0, which their code does not do.",
            controls={"schedule": "linear", "horizon": 200_000},
            network={"form": "paper", "norm": "instance", "width": 64, "width_d": 64, "steps_down": 2, "blocks": 6,
                     "layers_d": 6, "resolution": 128},
        ),
        "toy": v.Preset(
            title="Toy", steps=1500,
            source="Our values for 32 px: the residual form without norms, width 16, three blocks, k 2, Adam 4e-4, "
                   "batches of 16, rates falling in a straight line to 0; λ 0.1 and 1, for D's score is the mean of "
                   "16 patches, and its slope a sixteenth.",
            controls={"critic_steps": 2, "learning_rate_d": 4e-4, "learning_rate_g": 4e-4, "schedule": "linear",
                      "horizon": 1500, "class_weight": 0.1, "reconstruction_weight": 1.0},
        ),
        "caricature": v.Preset(
            title="A caricature", steps=700,
            source="The paper's form and weights with k 2 and Adam 4e-4: the attributes are read right at once, and "
                   "the true error stays large.",
            controls={"critic_steps": 2, "learning_rate_d": 4e-4, "learning_rate_g": 4e-4},
            network={"form": "paper", "norm": "instance"},
        ),
    }
