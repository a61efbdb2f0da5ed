"""Samples of every kind of view, for the tests of what carries, keeps and draws them."""

from __future__ import annotations

import numpy as np

from ganstudio.core.patch_field import PatchField
from ganstudio.core.protocol.asks import Mix
from ganstudio.core.protocol.views import (
    Array,
    Balance,
    Boundary,
    Gradients,
    Interpolation,
    Landscape,
    Line,
    Manifold,
    ModeCount,
    Points,
    Pyramid,
    Samples,
    View,
    Walk,
)
from ganstudio.views.board import Board
from ganstudio.views.codes import Codes
from ganstudio.views.completion import Completion
from ganstudio.views.droplet import Droplet
from ganstudio.views.few_points import FewPoints
from ganstudio.views.matrix import Asked, Matrix
from ganstudio.views.normalisation import Normalisation
from ganstudio.views.one_image import Reconstructions, Variations
from ganstudio.views.own_picture import OwnPicture
from ganstudio.views.parallel_lines import ParallelLines
from ganstudio.views.patches import Patches
from ganstudio.views.placed import Placed
from ganstudio.views.placement_strip import PlacementStrip
from ganstudio.views.scales import Scales
from ganstudio.views.skip_stack import Skips
from ganstudio.views.styles import MixedStyles, MovedStyles, RedrawnNoise, Styles
from ganstudio.views.translation import Translation

RNG = np.random.default_rng(0)


def floats(*shape: int) -> Array:
    """Random bits: NaNs with payloads, infinities and subnormals among them."""
    return Array.of(RNG.integers(0, 1 << 32, shape, dtype=np.uint32).view(np.float32))


def images(n: int, side: int, channels: int) -> Array:
    return Array.of(RNG.integers(0, 256, (n, side, side, channels), dtype=np.uint8))


MODES = ModeCount(centres=floats(3, 2), radius=floats(3), share=floats(3), nearest=floats(3), needed=floats(3),
                  found=2, high_quality=0.25)
WALK = Walk(anchors=[0, 5], path="line", blend="slerp", at=[(0.0, 0.0), (0.5, 0.0), (1.0, 0.0)])
VIEWS: dict[str, View] = {
    "points": Points(real=floats(7, 2), fake=floats(5, 2), modes=MODES),
    "points without modes": Points(real=floats(1, 2), fake=floats(1, 2), low=-1.0, high=1.5),
    "landscape": Landscape(low=-2.0, high=2.0, values=floats(4, 4), kind="logit", at=floats(3, 2),
                           gradient=floats(3, 2)),
    "boundary": Boundary(at=floats(6, 2), resolution=0.1),
    "boundary of nothing": Boundary(at=floats(0, 2), resolution=0.1),
    "line": Line(x=floats(9), data=floats(9), exact=False, generator=floats(9), score=floats(9), kind="value",
                 generator_known="pushed", optimum=floats(9), latents=floats(4), reached=floats(4), loss=1.5,
                 best_loss=float("nan")),
    "line alone": Line(x=floats(2), data=floats(2), exact=True, generator=floats(2), score=floats(2), kind="logit"),
    "manifold": Manifold(at=floats(4, 4, 2), density=floats(3, 3), stretch=floats(3, 3), latent_dim=8),
    "manifold of one latent": Manifold(at=floats(1, 4, 2), density=floats(1, 3), stretch=floats(1, 3), latent_dim=1),
    "gradients": Gradients(
        discriminator=Array.of(RNG.normal(size=4)), generator=floats(3), decades_d=-0.5, decades_g=None,
        received=floats(16), edges=Array.of(np.linspace(-1, 1, 5)), weights=floats(4), bound=0.01, at_bound=0.9,
        singular=[floats(4), floats(2)], spectral_bound=1.0),
    "samples": Samples(real=images(4, 8, 3), fake=images(2, 8, 3), averaged=True),
    "interpolation": Interpolation(walk=WALK, images=images(3, 8, 1), anchors=images(2, 8, 1), norms=floats(3),
                                   latent_dim=64),
    "pyramid": Pyramid(fake=[images(6, 4, 1), images(6, 8, 1)], real=[images(6, 4, 1), images(6, 8, 1)], level=1,
                       alpha=0.5, levels=3, shown=40, lasts=0, averaged=False),
    "pyramid of what does not grow": Pyramid(fake=[], real=[], level=0, alpha=1.0, levels=0, shown=0, lasts=0,
                                             averaged=False),
    "scales": Scales(levels=[images(3, 4, 3), images(3, 8, 3), images(3, 16, 3)],
                     pooled=[images(3, 4, 3), images(3, 8, 3), images(3, 16, 3)],
                     disagreement=Array.of(np.array([0.5, 1.25])), averaged=True),
    "scales of images that are all alike": Scales(
        levels=[images(1, 4, 1), images(1, 8, 1)], pooled=[images(1, 4, 1), images(1, 8, 1)],
        disagreement=Array.of(np.array([np.nan])), averaged=False),
    "parallel lines": ParallelLines(theta=0.5, position=-0.25, spread=0.0, jsd_read=0.5),
    "a cloud beside a line": ParallelLines(theta=-4.0, position=float("inf"), spread=float("nan")),
    "few points": FewPoints(real=floats(4, 2), fake=floats(4, 2)),
    "few points of a line": FewPoints(real=floats(1, 1), fake=floats(1, 1)),
    "balance": Balance(kind="reconstruction", real=floats(8), fake=floats(4), readings={"k": 0.1, "μ": float("inf")}),
    "translation": Translation(
        source=images(3, 8, 3), made=images(3, 8, 3), truth=images(3, 8, 3), pair=images(0, 8, 3), back=images(3, 8, 3),
        best=images(0, 8, 3),
        unseen=True, other_source=images(3, 8, 3), other=images(3, 8, 3), other_back=images(3, 8, 3)),
    "own-picture": OwnPicture(number=2, source=images(1, 8, 3), made=images(1, 8, 3), back=images(1, 8, 3),
                              other=images(1, 8, 3), other_back=images(1, 8, 3)),
    "own-picture that cannot be a source": OwnPicture(number=3, source=images(0, 1, 3), made=images(0, 1, 3)),
    "patches": Patches(made=images(2, 8, 3), real=images(2, 8, 3), on_made=floats(2, 3, 3), on_real=floats(2, 3, 3),
                       field=PatchField(6, 2, -2, 1), kind="logit"),
    "matrix": Matrix(
        source=images(3, 8, 3), rows=3, by=["latents", "references"],
        columns=[[Asked("latent 1", ""), Asked("latent 2", "")], [Asked(f"as {at}", "", [at]) for at in range(3)]],
        made=[images(6, 8, 3), images(9, 8, 3)], heads=[images(0, 8, 3), images(3, 8, 3)]),
    "matrix of classes": Matrix(source=images(0, 8, 3), rows=2, by=["classes"], columns=[[Asked("0", "")]],
                                made=[images(2, 8, 3)], heads=[images(0, 8, 3)]),
    "normalisation": Normalisation(
        norm="adain", classes=["sky", "water", "grass"], colours=[(0, 0, 255), (0, 128, 255), (0, 255, 0)], width=32,
        channels=[0, 1, 28, 29], groups=[0, 0, 7, 7], before=floats(3, 4, 5, 5), after=floats(2, 6, 3, 4, 5, 5),
        mean=floats(2, 6, 3, 4), spread=floats(2, 6, 3, 4), difference_before=1.5, difference=floats(2, 6)),
    "normalisation of numbers that ran away": Normalisation(
        norm="spade", classes=["a"], colours=[(0, 0, 0)], width=1, channels=[0], groups=[0],
        before=Array.of(np.full((1, 1, 1, 1), np.nan, np.float32)),
        after=Array.of(np.full((2, 6, 1, 1, 1, 1), np.inf, np.float32)), mean=floats(2, 6, 1, 1),
        spread=floats(2, 6, 1, 1), difference_before=float("nan"),
        difference=Array.of(np.full((2, 6), np.nan, np.float32))),
    "codes": Codes(
        image=images(2, 8, 3), codes=Array.of(np.array([[[0, 1], [2, 2]]] * 2, np.float32)), back=images(2, 8, 3),
        book=images(3, 4, 3), uses=Array.of(np.array([2, 2, 4], np.float32)), counted=2, drawn_by="prior"),
    "codes of which one is dead": Codes(
        image=images(1, 8, 1), codes=Array.of(np.zeros((1, 2, 2), np.float32)), back=images(1, 8, 1),
        book=images(2, 4, 1), uses=Array.of(np.array([4, 0], np.float32)), counted=1, drawn_by="frequency"),
    "completed": Completion(kept=2, drawn_by="prior", made=images(2, 8, 3),
                            codes=Array.of(np.array([[[0, 1], [2, 2]]] * 2, np.float32))),
    "reconstructions": Reconstructions(
        real=[Array.of(np.zeros((1, 3, 4, 3), np.uint8)), Array.of(np.zeros((1, 6, 8, 3), np.uint8))],
        made=[Array.of(np.ones((1, 3, 4, 3), np.uint8)), Array.of(np.ones((1, 6, 8, 3), np.uint8))],
        rmse=[0.3, 0.1], enlarged=[float("nan"), 0.2], sigma=[1.0, 0.02], scales=5, shown=40, lasts=120),
    "variations": Variations(
        start=1, wide=2.0, high=1.0, strength=1.0, draw=3, images=Array.of(np.zeros((6, 3, 8, 3), np.uint8)),
        diversity=0.02),
    "variations on the image's canvas": Variations(
        start=0, wide=1.0, high=1.0, strength=0.0, draw=0, images=images(2, 8, 3), diversity=0.0, patch_sw1=0.03,
        floor=0.01, ceiling=0.05),
    "board": Board(
        number=1, latent=0, latents=1, image=images(1, 8, 3), labels=Array.of(np.eye(8, dtype=np.float32)),
        classes=["sky", "grass"], colours=[(0, 0, 255), (0, 255, 0)]),
    "board of words": Board(
        number=0, latent=2, latents=4, image=images(1, 8, 3), box=[0.1, 0.2, 0.8, 0.9], words=[1],
        values={"glasses": ["no glasses", "glasses"]}),
    "styles": Styles(
        mix=Mix(crossover=1), layers=["4 px", "8 px, first, and colours of 4 px", "colours of 8 px"], noisy=[4, 8],
        mixing=MixedStyles(mean=images(1, 8, 3), of_a=images(2, 8, 3), of_b=images(3, 8, 3), mixed=images(6, 8, 3))),
    "styles of which nothing is asked": Styles(mix=Mix(), layers=[], noisy=[]),
    "styles with the noise redrawn": Styles(
        mix=Mix(show="noise", silent=[1]), layers=["4 px", "8 px"], noisy=[4, 8],
        noise=RedrawnNoise(smooth=images(2, 8, 1), redrawn=images(6, 8, 1), differs=floats(2, 8, 8),
                           share=float("nan"), layers=floats(2))),
    "styles without noise": Styles(
        mix=Mix(show="noise"), layers=["4 px"], noisy=[],
        noise=RedrawnNoise(smooth=images(1, 4, 3), redrawn=images(2, 4, 3), differs=floats(1, 4, 4), share=0.0,
                           layers=floats(0))),
    "styles moved": Styles(
        mix=Mix(show="directions", moved=[1.0, -0.5], layer=1), layers=["4 px", "8 px"], noisy=[4, 8],
        directions=MovedStyles(before=images(2, 8, 3), after=images(2, 8, 3), variances=floats(2))),
    "skip-stack": Skips(
        sides=[4, 8], parts=[images(2, 8, 3), images(2, 8, 3)], sums=[images(2, 8, 3), images(2, 8, 3)],
        made=images(2, 8, 3), sizes=floats(2), apart=float("nan")),
    "droplet": Droplet(sides=[4, 8, 8], peaks=floats(3)),
    "placed": Placed(right=0.1, down=-0.2, angle=30.0, latent=1, latents=64, image=images(1, 8, 3), averaged=True),
    "placement-strip": PlacementStrip(
        strip=Array.of(RNG.integers(0, 256, (1, 8, 64, 3), dtype=np.uint8)), span=0.25, eq_t=float("inf"), pictures=8,
        averaged=False),
}
