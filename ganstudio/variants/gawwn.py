"""GAWWN: what and where. G draws what the words say at the place that is asked for; D also learns to tell wrong words.

repeat k times                                                  (discriminator)
    minimise  -E[log s(D(x, t, l))] - w E[log(1 - s(D(x, t', l)))]
              - (1 - w) E[log(1 - s(D(G(z, t, l), t, l)))]
minimise  -E[log s(D(G(z, t, l), t, l))]                                                         (generator)
t: the words of an image, l: its place, t': the words of another image of the batch at the same image and place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from torch.nn.functional import softplus

from ganstudio.core import variant as v
from ganstudio.core.control import Slider

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.turn import Given, Turn


class GAWWNControls(v.GameControls, frozen=True, kw_only=True):
    """The paper's, section 5, and its code."""

    wrong_weight: Annotated[float, Slider(
        0.0, 1.0, symbol="w", label="wrong words", group="objective", needs=v.D_MOVES,
        help="Share of real images with the words of another one among what D is to refuse; the rest are generated. "
             "At 0 D may ignore the words.")] = 0.5
    learning_rate_d: v.RateD = 2e-4
    learning_rate_g: v.RateG = 2e-4
    batch_size: v.BatchSize = 16
    beta2_d: v.Beta2D = 0.999
    beta2_g: v.Beta2G = 0.999
    ema_decay: v.EmaDecay = 0.0
    packing: v.NoPacking = 1


class GAWWN(v.Variant[GAWWNControls]):
    """The generative adversarial what-where network."""

    name = "gawwn"
    title = "GAWWN (what and where)"
    family = "Conditional"
    reference = v.Reference(
        "Reed, Akata, Mohan, Tenka, Schiele, Lee", 2016, "Learning What and Where to Draw", arxiv="1610.02454")
    formula = v.Formula(
        r"\min_D\; -E[\log \sigma(D(x, t, l))] - w\, E[\log(1 - \sigma(D(x, t', l)))]"
        r" - (1 - w)\, E[\log(1 - \sigma(D(G(z, t, l), t, l)))]",
        r"\min_G\; -E[\log \sigma(D(G(z, t, l), t, l))]",
        symbols={"wrong_weight": "w"},
    )
    kinds = ("image",)
    networks = ("word-place",)
    needs = frozenset({"attributes", "place"})

    def terms(self, turn: Turn, c: GAWWNControls) -> v.Terms:
        x, t, place = turn.batch.x, turn.batch.attributes, turn.batch.place
        assert t is not None and place is not None
        if turn.player == "generator":
            return {"generator": softplus(-turn.D(turn.G(turn.latent(), t, place), t, place)).mean()}
        with turn.no_grad():
            fake = turn.G(turn.latent(), t, place)
        terms = {"real": softplus(-turn.D(x, t, place)).mean()}
        if c.wrong_weight > 0 and len(t) > 1:  # a single image has no neighbour, and its own words are not wrong
            others = t.roll(1, 0)  # each image has the words of its neighbour: a batch is drawn by chance
            terms["wrong"] = c.wrong_weight * softplus(turn.D(x, others, place)).mean()
        if c.wrong_weight < 1:
            terms["fake"] = (1 - c.wrong_weight) * softplus(turn.D(fake, t, place)).mean()
        return terms

    def translate(self, modules: Mapping[str, Any], given: Given, x: Tensor) -> dict[str, Tensor]:
        """``made``, and ``moved``: the same latent and words at the place of the next one."""
        G = modules["G"]
        return {"made": G(given.latent, given.attributes, given.place),
                "moved": G(given.latent, given.attributes, given.place.roll(1, 0))}

    def judge(self, modules: Mapping[str, Any], x: Tensor, given: Given, c: GAWWNControls) -> Tensor:
        scores: Tensor = modules["D"](x, given.attributes, given.place)
        return scores

    advice = ("G learns the place within a minute and the words within five, large parts first. Move the face on the "
              "board.")
    presets = {
        "paper": v.Preset(
            title="Paper", steps=100_000,
            source="Reed et al. 2016 and its code: w 0.5, Adam 2e-4 (0.5, 0.999), batches of 16, width 128, 128 px; "
                   "the rate constant.",
            network={"width": 128, "words": 128, "latent_dim": 100, "resolution": 128},
            on_data={"faces": {"attributes": "all", "anywhere": True}},
        ),
        "toy": v.Preset(
            title="Toy", steps=3500,
            source="Our values for 32 px: width 12, batches of 24, G 8e-4, D 4e-4, rates falling in a straight "
                   "line to 0.",
            controls={"batch_size": 24, "learning_rate_g": 8e-4, "learning_rate_d": 4e-4, "schedule": "linear",
                      "horizon": 3500},
            on_data={"faces": {"attributes": "all", "anywhere": True}},
        ),
    }
