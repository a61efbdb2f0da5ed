"""Faults that published GAN code has had, each tried on ours: a test a trap."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import torch
from small_games import NETWORKS, VARIANTS, small
from torch import Tensor, nn

from ganstudio.core.control import Controls, declared
from ganstudio.core.dataset import Batch, DataShape
from ganstudio.core.network import MakesLevels
from ganstudio.core.turn import WHOLE, Turn
from ganstudio.core.variant import Scorer, Terms, Variant
from ganstudio.networks.parts.mlp_body import MLPBody
from ganstudio.training.players import PlayedModule
from ganstudio.training.trainer import Trainer
from ganstudio.variants.f_gan import FGAN
from ganstudio.variants.gan import GAN
from ganstudio.variants.hinge_gan import HingeGAN
from ganstudio.variants.lsgan import LSGAN
from ganstudio.variants.ns_gan import NSGAN
from ganstudio.variants.r1_gan import R1GAN
from ganstudio.variants.sn_gan import SNGAN
from ganstudio.variants.wgan_gp import WGANGP

IMAGES = (64, 3, 9, 9)

every_variant = pytest.mark.parametrize("name", VARIANTS)
BY_HAND = ("msg-gan", "singan", "vqgan")
"""Games whose D and G take several images, or images alone: points cannot stand for them, and their own tests compare
their terms with the papers'."""
on_points = pytest.mark.parametrize("name", [name for name in VARIANTS if name not in BY_HAND])


class Judge:
    """A discriminator given by a function of points; it keeps what it was asked about."""

    def __init__(self, score: Callable[[Tensor], Tensor]) -> None:
        self.score = score
        self.asked: list[Tensor] = []

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        self.asked.append(x)
        return self.score(x)

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        return self.score(real), self.score(fake)

    def features(self, x: Tensor) -> list[list[Tensor]]:
        """One layer, which is the points themselves, and the scores."""
        return [[x, self(x)]]

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The scores, and the logits of an attribute of two values, of which it knows nothing."""
        return self(x), x.new_zeros(len(x), 2)


class Made:
    """A generator that makes these samples whatever it is given; a style that says nothing."""

    values = (2,)  # of its attribute
    num_ws = 4  # that its layers take

    def __init__(self, samples: Tensor) -> None:
        self.samples = samples

    def __call__(self, *given: Tensor) -> Tensor:
        return self.samples


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def of_d(variant: Variant[Any], D: Scorer, real: Tensor, fake: Tensor, **controls: Any) -> Terms:
    c = variant.controls_type()(**controls)
    if type(variant).discriminator_terms is Variant.discriminator_terms and not variant.has_score_terms():
        return variant.terms(turn_of(variant, "discriminator", D, real, fake), c)
    return variant.discriminator_terms(D, real, fake, c, rng())


def of_g(variant: Variant[Any], D: Scorer, fake: Tensor, **controls: Any) -> Terms:
    """G's terms at samples that it is taken to have made; data at 0 and labels of class 0 if it asks for them."""
    turn = turn_of(variant, "generator", D, torch.zeros_like(fake), fake)
    return variant.terms(turn, variant.controls_type()(**controls))


def turn_of(variant: Variant[Any], player: str, D: Scorer, real: Tensor, fake: Tensor) -> Turn:
    """A turn with these samples: every discriminator is D, and every generator makes ``fake``.

    Where D sees a source beside the sample, that has no numbers.
    """
    n, G = len(real), Made(fake)
    zeros = torch.zeros(n, 1, dtype=torch.int64)
    source = real if variant.name == "cyclegan" else real[:, :0]
    batch = Batch(real, source=source, attributes=zeros, place=torch.zeros(n, 4))
    style = Made(torch.zeros(n, 1))
    modules = {"D": D, "D_A": D, "D_B": D, "G": G, "G_AB": G, "G_BA": G, "M": style, "E": style}
    return Turn(player, 0, WHOLE, rng(), modules, lambda: batch, lambda: torch.zeros(n, 2), lambda: zeros[:, 0],
                torch.no_grad)


def judged_alone(name: str) -> dict[str, float]:
    """Controls that leave G what D says, and nothing that is compared with an image."""
    asked: type[Controls] = VARIANTS[name].controls_type()
    own = declared(asked)
    compared = ("l1_weight", "feature_weight", "cycle_weight", "identity_weight", "class_weight",
                "reconstruction_weight", "style_weight", "diversity_weight")
    return {control: 0.0 for control in compared if control in own}


def total(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


def trainer_of(name: str, **controls: Any) -> Trainer:
    batch = 64 if "plane" in VARIANTS[name].kinds else 16
    return Trainer(msgspec.structs.replace(
        small(name), seed=4, device="cpu", threads=1, controls={"batch_size": batch, **controls}))


# The gradient penalty ----------------------------------------------------------------------------------------------


def unit_slope(shape: tuple[int, ...]) -> Judge:
    return Judge(lambda x: x.flatten(1).sum(1) / math.sqrt(math.prod(shape)))


def images(seed: int = 0) -> Tensor:
    return torch.randn(IMAGES, generator=rng(seed))


def penalties(seen: Tensor) -> dict[str, float]:
    """What the penalty of these gradients ``(n, c, h, w)`` would be by way of each mistake, at weight 1."""
    return {
        "one axis": float((seen.norm(dim=1) - 1).square().mean()),
        "the batch": float((seen.norm() - 1).square()),
    }


def test_the_norm_is_over_all_axes_and_not_over_the_channels_alone() -> None:
    """A critic of slope 1 costs nothing; over one axis it costs .79."""
    paid = of_d(WGANGP(), unit_slope(IMAGES[1:]), images(), images(1), gp_weight=1.0)["penalty"]
    assert float(paid) == pytest.approx(0.0, abs=1e-9)
    assert penalties(torch.full(IMAGES, 1 / math.sqrt(3 * 9 * 9)))["one axis"] == pytest.approx(0.79, abs=0.005)


def test_the_norm_is_of_each_sample_and_not_of_the_batch() -> None:
    """Over a batch of 64 a critic of slope 1 costs (8 - 1)^2 = 49, and the penalty depends on the batch size."""
    for n in (1, 7, 64):
        paid = of_d(WGANGP(), unit_slope(IMAGES[1:]), images()[:n], images(1)[:n], gp_weight=1.0)["penalty"]
        assert float(paid) == pytest.approx(0.0, abs=1e-9)
    assert penalties(torch.full(IMAGES, 1 / math.sqrt(3 * 9 * 9)))["the batch"] == pytest.approx(49.0, abs=1e-3)


def shares() -> Tensor:
    """How far each point that the penalty looks at lies on the way from a sample (0) to data (1), (n, pixels)."""
    D = Judge(lambda x: x.flatten(1).square().sum(1))
    of_d(WGANGP(), D, torch.ones(IMAGES), torch.zeros(IMAGES))
    (points,) = D.asked
    return points.detach().flatten(1)


def test_each_sample_has_an_eps_of_its_own_and_not_one_for_the_batch() -> None:
    eps = shares()[:, 0]
    assert len(set(eps.tolist())) == len(eps)
    assert 0 <= eps.min() < 0.1 and 0.9 < eps.max() <= 1


def test_all_pixels_of_a_sample_share_its_eps() -> None:
    eps = shares()
    assert (eps == eps[:, :1]).all()


def test_the_penalty_is_part_of_the_critics_step_and_no_step_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    controls: dict[str, Any] = {"optimiser_d": "sgd", "learning_rate_d": 0.01, "gp_weight": 5.0, "beta1_d": 0.0}
    trainer, same = trainer_of("wgan-gp", **controls), trainer_of("wgan-gp", **controls)
    D = trainer.game.players["discriminator"]
    before, at_once = D.flat.clone(), same.game.players["discriminator"].gradient(same.game.terms_of("discriminator"))
    moves = []
    step = D.optimiser.step

    def counted(flat: Tensor, gradient: Tensor, rate: float, beta1: float, beta2: float) -> None:
        moves.append(rate)
        step(flat, gradient, rate, beta1, beta2)

    monkeypatch.setattr(D.optimiser, "step", counted)
    trainer.update("discriminator")
    assert moves == [0.01]
    assert trainer.position.of("discriminator") == 1
    torch.testing.assert_close(D.flat, before - 0.01 * at_once, rtol=0, atol=1e-7)
    critic = same.game.players["discriminator"].gradient({"critic": same.game.terms_of("discriminator")["critic"]})
    assert (critic - at_once).norm() > 0.1 * at_once.norm()  # and it is more than the critic's own gradient


@pytest.mark.parametrize(("variant", "controls"), [
    (WGANGP(), {}), (WGANGP(), {"gp_sides": "one"}), (R1GAN(), {}), (LSGAN(), {"gamma": 1.0}),
    (HingeGAN(), {"gamma": 1.0}), (SNGAN(), {"gamma": 1.0}),
])
def test_the_root_of_the_penalty_is_smooth_where_the_slope_is_zero(
    variant: Variant[Any], controls: dict[str, Any],
) -> None:
    """The gradient of sqrt(0) is NaN: in double backward it takes the whole critic with it."""
    w = torch.ones(2, requires_grad=True)
    flat_there, x = Judge(lambda x: (w * x.square()).sum(1)), torch.zeros(4, 2)
    (gradient,) = torch.autograd.grad(total(of_d(variant, flat_there, x, x, **controls)), w)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("variant", [WGANGP(), R1GAN()])
def test_a_critic_whose_units_are_all_dead_has_finite_gradients(variant: Variant[Any], activation: Any) -> None:
    net = MLPBody([2, 8, 8, 1], activation, "he", rng(), squeeze=True)
    with torch.no_grad():
        for layer in net.layers:
            assert isinstance(layer, nn.Linear)
            layer.bias.fill_(-200.0)
    terms = of_d(variant, Judge(net), torch.randn(5, 2, generator=rng()), torch.randn(5, 2, generator=rng(1)))
    gradients = torch.autograd.grad(total(terms), list(net.parameters()), allow_unused=True)
    assert all(gradient is None or gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("name", NETWORKS)
def test_no_batch_norm_where_scores_are_said_to_be_each_samples_own(name: str) -> None:
    """With batch norm a sample's score, and so its slope, hangs on its neighbours: the penalty means nothing then."""
    network = NETWORKS[name]()
    asked = network.controls_type()
    plain = {"norm_d": "layer", "norm": "instance"}
    c = asked(**{field: plain[field] for field in asked.__struct_fields__ if field in plain})
    if network.batch_dependence(c):
        takers = [leaf() for leaf in VARIANTS.values() if name in leaf.networks]
        assert network.batch_dependence(c) == "minibatch stddev" or (takers and not any(
            leaf.has_gradient_penalty(leaf.controls_type()()) for leaf in takers)), \
            "only a minibatch stddev is there on purpose, and batch norm where no slope is held"
        return
    shape = (2,) if "plane" in network.kinds else (1, 16, 16)
    data = DataShape(x=shape, source=shape if "source" in network.needs else (),
                     attributes=(3,) if "attributes" in network.needs else ())
    modules = network.modules(c, data, lambda purpose: rng())
    D = modules.get("D", modules.get("D_B"))
    if name == "singan":  # its batch is one image, whose pixels are all that its batch norm sees
        assert "D0" in modules
        return
    assert D is not None
    seen = (2, 16, 16) if name in ("u-net", "spade") else shape  # the source beside the image
    x, labels = torch.randn(9, *seen, generator=rng(1)), torch.arange(12) % 3

    def scores(x: Tensor) -> Tensor:
        found: Tensor = D(x, labels[: len(x)]) if name == "style-translator" else D(x)
        return found[:3]

    torch.testing.assert_close(scores(x), scores(x[:3]))
    torch.testing.assert_close(scores(torch.cat([x[:3], 100 * x])), scores(x[:3]))


# The step ----------------------------------------------------------------------------------------------------------


@every_variant
def test_the_fake_is_detached_in_the_critics_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    game = trainer_of(name).game
    asked: list[bool] = []
    call = PlayedModule.__call__
    ours = [game.played[module] for module in game.variant.players(game.phase)["generator"]]

    def watched(self: PlayedModule, x: Any, *given: Any) -> Any:
        made = call(self, x, *given)
        if self in ours:
            asked.append(made.requires_grad)
        return made

    monkeypatch.setattr(PlayedModule, "__call__", watched)
    for played in ours:
        if isinstance(played.module, MakesLevels):
            monkeypatch.setattr(played.module, "levels_of", _watched_levels(played.module.levels_of, asked))
    before = game.players["generator"].flat.clone()
    game.update("discriminator")
    in_d = asked.copy()
    asked.clear()
    assert torch.equal(game.players["generator"].flat, before)
    assert all(parameter.grad is None for parameter in game.players["generator"].parameters)
    game.update("generator")
    assert not torch.equal(game.players["generator"].flat, before)
    assert in_d and not any(in_d)
    held = 1 if name == "stargan-v2" else 0  # the second style's image, from which the first is to differ
    assert asked.count(False) == held and any(asked)


def _watched_levels(
    levels_of: Callable[[Tensor], list[Tensor]], asked: list[bool],
) -> Callable[[Tensor], list[Tensor]]:
    """Notes whether the images of all levels carry a gradient."""
    def watched(z: Tensor) -> list[Tensor]:
        made = levels_of(z)
        asked.append(all(image.requires_grad for image in made))
        return made

    return watched


@on_points
def test_the_loss_is_a_mean_and_not_a_sum_over_the_batch(name: str) -> None:
    """As a sum, the rate would have to fall with the batch size: gradients of D and G, a batch and the same twice."""
    variant = VARIANTS[name]()
    w = torch.tensor([0.6, -0.3], requires_grad=True)  # a straight critic: its slope is the same wherever eps leads
    D = Judge(lambda x: x @ w)
    real, fake = torch.randn(8, 2, generator=rng()), torch.randn(8, 2, generator=rng(1))
    once, twice = (
        torch.autograd.grad(total(of_d(variant, D, real.repeat(n, 1), fake.repeat(n, 1))), w)[0] for n in (1, 2))
    torch.testing.assert_close(once, twice)
    shift = torch.zeros(2, requires_grad=True)
    once, twice = (torch.autograd.grad(total(of_g(variant, D, fake.repeat(n, 1) + shift)), shift)[0] for n in (1, 2))
    torch.testing.assert_close(once, twice)
    assert once.norm() > 0


# The losses --------------------------------------------------------------------------------------------------------


def first(x: Tensor) -> Tensor:
    return x[:, 0]


def slope_of_g(variant: Variant[Any], score: float, **controls: Any) -> float:
    """dL_G by the score of a single sample."""
    fake = torch.tensor([[score]], requires_grad=True)
    (gradient,) = torch.autograd.grad(total(of_g(variant, Judge(first), fake, **controls)), fake)
    return float(gradient)


@pytest.mark.parametrize("score", [-8.0, -2.0, 0.0, 3.0])
def test_the_minimax_loss_is_not_secretly_the_non_saturating_one(score: float) -> None:
    """Slopes -s(v) and -s(-v): alike at 0 alone, and only the first is flat where D is sure of a fake."""
    sigmoid = 1 / (1 + math.exp(-score))
    for slope in slope_of_g(GAN(), score), slope_of_g(FGAN(), score, divergence="gan"):
        assert slope == pytest.approx(-sigmoid, rel=1e-4)
    for slope in (slope_of_g(NSGAN(), score), slope_of_g(R1GAN(), score),
                  slope_of_g(SNGAN(), score, loss="non-saturating")):
        assert slope == pytest.approx(sigmoid - 1, rel=1e-4)


LOGISTIC: list[tuple[Variant[Any], dict[str, Any], float]] = [
    (GAN(), {}, 0.0), (NSGAN(), {}, 0.0), (R1GAN(), {}, 0.0), (SNGAN(), {"loss": "non-saturating", "gamma": 0.0}, 0.0),
    (FGAN(), {"divergence": "gan"}, 0.0), (FGAN(), {"divergence": "js"}, math.log(2)),
]


@pytest.mark.parametrize(("variant", "controls", "offset"), LOGISTIC)
def test_softplus_and_not_log_of_sigmoid_plus_a_little(
    variant: Variant[Any], controls: dict[str, Any], offset: float,
) -> None:
    """At a score of -100 on data the loss is 100 and its slope -1; log(s + 1e-8) stops at 18.4, and has slope 0."""
    for real, fake in ((-100.0, 100.0), (100.0, -100.0)):
        x = torch.tensor([[real]], requires_grad=True), torch.tensor([[fake]], requires_grad=True)
        terms = of_d(variant, Judge(first), *x, **controls)
        wrong = 1.0 if real < 0 else 0.0
        for term, sign, at in ((terms["real"], -1.0, x[0]), (terms["fake"], 1.0, x[1])):
            assert float(term.detach()) == pytest.approx(100 * wrong - offset, abs=1e-5)
            (slope,) = torch.autograd.grad(term, at, retain_graph=True)
            assert float(slope) == pytest.approx(sign * wrong, abs=1e-6)


@on_points
def test_scores_of_plus_and_minus_100_leave_losses_and_slopes_finite(name: str) -> None:
    variant = VARIANTS[name]()
    real = torch.tensor([[-100.0], [100.0], [0.0]], requires_grad=True)
    fake = torch.tensor([[100.0], [-100.0], [0.0]], requires_grad=True)
    for terms in (of_d(variant, Judge(first), real, fake), of_g(variant, Judge(first), fake)):
        slopes = torch.autograd.grad(total(terms), [real, fake], allow_unused=True)
        assert all(term.isfinite() for term in terms.values())
        assert all(slope is None or slope.isfinite().all() for slope in slopes)


@every_variant
def test_the_critic_is_high_on_data_and_not_on_samples(name: str) -> None:
    """W estimate = E D(real) - E D(fake); the sign swapped, G would run away from the data."""
    points = "plane" in VARIANTS[name].kinds
    trainer = trainer_of(name, learning_rate_d=0.01, optimiser_d="adam", batch_size=256 if points else 32)
    if points:
        trainer.game.players["generator"].flat.mul_(0.2)  # samples in the ring's empty middle
    for _ in range(60):
        trainer.update("discriminator")
    real, fake = trainer.view.real, trainer.view.generate(trainer.view.latents)
    assert trainer.view.score(real).mean() > trainer.view.score(fake).mean()


@on_points
def test_the_generator_raises_the_scores_of_its_samples(name: str) -> None:
    assert slope_of_g(VARIANTS[name](), -1.5, **judged_alone(name)) < 0


@pytest.mark.parametrize("name", ["wgan", "wgan-gp"])
def test_the_curve_of_the_critic_is_minus_the_gap_that_is_shown(name: str) -> None:
    real, fake = torch.tensor([[2.0], [4.0]]), torch.tensor([[1.0], [-1.0]])
    assert float(of_d(VARIANTS[name](), Judge(first), real, fake)["critic"]) == pytest.approx(-(3.0 - 0.0))
