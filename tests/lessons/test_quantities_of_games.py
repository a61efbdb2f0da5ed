"""Quantities of games, growth and image quality, against answers on paper or the parts that they are made of."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.core.protocol.spec import Grow, Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.lessons.quantities.dirac_eigenvalue import DiracEigenvalue, EigenvalueParams
from ganstudio.lessons.quantities.fade_jump import FadeJump, FadeParams
from ganstudio.lessons.quantities.from_samples import FromSamples, SamplesParams
from ganstudio.lessons.quantities.growth_saving import GrowthSaving
from ganstudio.lessons.quantities.mean_image_error import MeanImageError
from ganstudio.lessons.quantities.pixels_beyond import PixelsBeyond
from ganstudio.lessons.quantities.players_radius import PlayersRadius
from ganstudio.lessons.quantities.variety import Variety
from ganstudio.lessons.quantity import NoParams
from ganstudio.training.trainer import Trainer


def eigenvalue(**params: object) -> float | None:
    return DiracEigenvalue().compute(None, EigenvalueParams(**params))  # type: ignore[arg-type]


@pytest.mark.parametrize(("params", "expected"), [
    ({"game": "gan", "part": "real"}, 0.0),
    ({"game": "gan", "part": "imaginary"}, 0.5),
    ({"game": "r1", "r1_weight": 0.3, "part": "real"}, -0.15),
    ({"game": "r1", "r1_weight": 0.3, "part": "imaginary"}, math.sqrt(0.25 - 0.0225)),
    ({"game": "r1", "r1_weight": 2.0, "part": "real"}, -1 + math.sqrt(0.75)),
    ({"game": "consensus", "reg": 1.0, "part": "real"}, -0.25),
    ({"game": "wgan", "part": "growth", "h": 0.1}, math.sqrt(1.01)),
    ({"game": "wgan", "part": "growth", "h": 0.1, "rule": "extragradient"}, math.sqrt(1 - 0.01 + 0.0001)),
])
def test_eigenvalues_are_those_of_the_paper(params: dict[str, object], expected: float) -> None:
    assert eigenvalue(**params) == pytest.approx(expected, abs=1e-9)


def test_a_field_that_jumps_has_no_eigenvalue() -> None:
    assert eigenvalue(game="wgan-gp") is None


def one_gaussian(depth: int) -> Trainer:
    return Trainer(Spec(
        variant="wgan", data="mixture", network="affine", device="cpu", threads=1,
        data_controls={"weights": [1.0], "means": [2.0], "sds": [1.0]},
        network_controls={"depth": depth, "start": "given", "mean": [0.0], "sd": [1.0]},
    ))


def test_the_radius_joins_the_generators_place_and_the_critics_slope() -> None:
    trainer = one_gaussian(0)
    G, D = trainer.game.modules["G"], trainer.game.modules["D"]
    (weight,) = (p for name, p in D.named_parameters() if name.endswith("weight"))
    assert isinstance(G.scale, torch.Tensor)
    with torch.no_grad():
        weight.fill_(0.0)
    away = PlayersRadius().compute(trainer, NoParams())
    assert away == pytest.approx(2 / float(G.scale), rel=1e-4)
    with torch.no_grad():
        weight.fill_(1.5)
    assert PlayersRadius().compute(trainer, NoParams()) == pytest.approx(math.hypot(float(away or 0), 1.5), rel=1e-6)


def test_other_critics_have_no_radius() -> None:
    assert PlayersRadius().compute(one_gaussian(2), NoParams()) is None


def growing(**controls: object) -> Trainer:
    return Trainer(Spec(
        variant="progan", data="digits", device="cpu", threads=1, dtype="float32", data_controls={"count": 200},
        controls={"batch_size": 4, "images_per_level": 100, "images_per_fade": 100, **controls},  # type: ignore[dict-item]
        network_controls={"resolution": 16, "width": 4, "latent_dim": 8},
    ))


def test_a_fade_begins_without_a_jump_and_ends_with_the_new_layers() -> None:
    trainer = growing()
    jump = FadeJump()
    assert jump.compute(trainer, FadeParams(alpha=0.0)) == pytest.approx(0.0, abs=1e-6)
    half, whole = (jump.compute(trainer, FadeParams(alpha=alpha)) for alpha in (0.5, 1.0))
    assert half is not None and whole is not None and whole > 0.01
    assert half == pytest.approx(whole / 2, rel=1e-4)  # the fade is linear
    assert trainer.game.phase.stage is not None and trainer.game.phase.stage.level == 0  # nothing grew by looking


def test_a_grown_generator_has_no_jump_ahead() -> None:
    trainer = growing()
    for _ in range(4):
        trainer.apply(Grow())
        trainer.step()
    assert FadeJump().compute(trainer, FadeParams()) is None


def test_the_saving_is_what_the_layers_multiply() -> None:
    """By hand: 4 to 16 px, 4 channels, 8 latents, one colour."""
    n, colours = 4, 1

    def generator(level: int) -> float:
        start = 8 * n * 16 + 16 * 9 * n * n  # dense, convolution at 4 px
        return start + sum(2 * 9 * n * n * (4 << at) ** 2 for at in range(1, level + 1))

    def critic(level: int) -> float:
        end = 16 * 9 * (n + 1) * n + 16 * n * n + n  # stddev map, 4 x 4, dense
        return end + sum(2 * 9 * n * n * (4 << at) ** 2 for at in range(1, level + 1))

    def colour(level: int) -> float:
        return 2.0 * colours * n * (4 << level) ** 2  # to and from colours

    stable = [generator(level) + critic(level) + colour(level) for level in range(3)]
    fading = [stable[level] + colour(level - 1) for level in (1, 2)]
    expected = 5 * stable[-1] / (sum(stable) + sum(fading))
    assert GrowthSaving().compute(growing(), NoParams()) == pytest.approx(expected, rel=1e-6)


def test_a_linear_output_leaves_the_range_and_tanh_does_not() -> None:
    def beyond(output: str) -> float | None:
        trainer = Trainer(Spec(
            variant="dcgan", data="digits", device="cpu", threads=1, dtype="float32", data_controls={"count": 200},
            network_controls={"width": 2, "resolution": 16, "latent_dim": 4, "output": output},
        ))
        for layer in trainer.game.modules["G"].modules():
            if isinstance(layer, torch.nn.ConvTranspose2d):
                with torch.no_grad():
                    layer.weight.mul_(1000)
        return PixelsBeyond().compute(trainer, NoParams())

    assert beyond("tanh") == 0.0
    outside = beyond("linear")
    assert outside is not None and outside > 0.5


def test_a_number_from_other_samples_is_the_measures() -> None:
    trainer = Trainer(Spec(variant="gan", data="ring", device="cpu", threads=1))
    quality = FromSamples()
    few, many = (quality.compute(trainer, SamplesParams(number="sliced_w1", samples=n, floor=True)) for n in (50, 5000))
    assert few is not None and many is not None and many < few / 3  # the noise falls with the root of the number
    with pytest.raises(BadInput, match="number of a measure"):
        quality.compute(trainer, SamplesParams(number="w3"))


def test_variety_and_the_mean_image_need_no_judge() -> None:
    """A generator of one grey image has no variety, and is as far from the mean image as that grey is."""
    trainer = Trainer(Spec(
        variant="dcgan", data="digits", device="cpu", threads=1, dtype="float32", data_controls={"count": 200},
        network_controls={"width": 2, "resolution": 16, "latent_dim": 4}))
    with torch.no_grad():
        for weight in trainer.game.modules["G"].parameters():
            weight.zero_()
    assert Variety().compute(trainer, NoParams()) == pytest.approx(0.0, abs=1e-6)
    mean = trainer.game.data.sample(2000, torch.Generator().manual_seed(1)).mean(dim=0)
    assert MeanImageError().compute(trainer, NoParams()) == pytest.approx(float(mean.abs().mean()), rel=0.05)
