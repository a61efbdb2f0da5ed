"""Measures a game: copies samples on the training thread, computes numbers and floors anywhere."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.dataset import Dataset, Floats
from ganstudio.core.measure import ClassNumbers, Features, MeasureInput, Scores
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.core.turn import Given
from ganstudio.maths.class_numbers import class_numbers
from ganstudio.maths.features.feature_nets import net_for, pixels_of
from ganstudio.maths.features.metric_blind_spots import blind_spots
from ganstudio.maths.latents import draw_latents
from ganstudio.maths.line_densities import mass_along, mass_of_data
from ganstudio.networks.parts.noise import copied_module, has_noise
from ganstudio.training.game import Game
from ganstudio.training.game_view import ReadOnlyGame
from ganstudio.training.players import PlayedModule
from ganstudio.training.resolve_spec import measures
from ganstudio.training.run_description import abilities
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

IMAGES_AT_ONCE = 64  # made at a time
CHUNK = 8192  # samples scored at a time
SCORED = 20_000  # samples that D scores where time allows: its gap is then steady to half a percent
SLICES = 2000  # of a generator's one latent


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers and what a perfect generator scores; None where undefined."""

    measures: dict[str, float | None]
    floors: dict[str, float | None]
    net: str = ""  # whose features the numbers of images rest on
    blind: list[BlindSpot] = []  # what each of them does not see, where that was asked for
    classes: list[ClassNumbers] = []  # of runs with labels


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence of the generator, and of fresh data in the generator's place."""

    generated: MeasureInput
    perfect: MeasureInput
    has: frozenset[str]  # what the run has of what a measure may need


class CopiedImages(msgspec.Struct, frozen=True, kw_only=True):
    """What images are judged by: a copy of the generator, and real images of the size it makes."""

    data: Dataset[Any]
    generate: Callable[[Given], Tensor]  # by copies of the modules
    given: Given  # of n samples: what goes with ``other``, so that a floor is asked for the same
    labels: NDArray[np.int64] | None  # (n,), as in ``given``
    has: frozenset[str]
    real: NDArray[np.uint8]  # (n, c, h, h)
    other: NDArray[np.uint8]  # likewise, in the place of a perfect generator's
    seed: int


def copy_for_measuring(trainer: Trainer, samples: int, draw: int = 0, scored: int = 0) -> Copied | CopiedImages:
    """What can be measured away from the game: of images a copy of the generator, for making them takes long.

    Args:
        trainer: The run; its own randomness is not touched.
        samples: How many of each.
        draw: Which draw: another number gives other samples.
        scored: How many points of each the discriminator scores, where that shall be more.
    """
    if trainer.game.data.kind == "image":
        return _copied_images(trainer, samples, draw)
    return copied_points(trainer, samples, draw, scored)


def _copied_images(trainer: Trainer, samples: int, draw: int) -> CopiedImages:
    """The running mean of G's weights stands for G where there is one."""
    game, needs = trainer.game, trainer.game.variant.needs
    rng = generator_for(trainer.spec.seed, f"measure/{draw}", game.device)
    (real, _), (other, of_other) = (_real(game, game.data.draw(samples, rng, needs)) for _ in range(2))
    latent = draw_latents(game.network_controls, samples, rng) if game.network.has_latent else None
    noise = generator_for(trainer.spec.seed, f"measure noise/{draw}", game.device)
    return CopiedImages(
        data=game.data, generate=_copied_generator(game, noise),
        given=Given(latent=latent, label=of_other.label, source=of_other.source), labels=_integers(of_other.label),
        real=real, other=other, seed=trainer.spec.seed, has=abilities(game))


def _copied_generator(game: Game, rng: torch.Generator) -> Callable[[Given], Tensor]:
    """Makes images as the game does, by copies of all modules that are not a discriminator's."""
    average = game.average
    modules = {name: module for name, module in game.modules.items() if not name.startswith("D")}
    if average is not None and average.count:
        modules["G"] = average.module
    copies = {name: copied_module(module).eval() for name, module in modules.items()}
    for module in copies.values():
        for layer in module.modules():
            if has_noise(layer):
                layer.noise_rng = rng
    played = {name: PlayedModule(module, game.precision) for name, module in copies.items()}
    variant, network = game.variant, game.network
    return lambda given: network.picture(variant.generate(played, given))


def _real(game: Game, drawn: Tensor) -> tuple[NDArray[np.uint8], Given]:
    """Bytes of real images as the players see them, made a part at a time, and what goes with them."""
    pixels, labels, sources = [], [], []
    for part in torch.split(drawn, IMAGES_AT_ONCE):
        batch = game.data.batch(part, game.variant.needs)
        pixels.append(pixels_of(game.real_at_stage(batch.x)))
        labels += [] if batch.label is None else [batch.label]
        sources += [] if batch.source is None else [batch.source]
    return np.concatenate(pixels), Given(
        label=torch.cat(labels) if labels else None, source=torch.cat(sources) if sources else None)


def _integers(label: Tensor | None) -> NDArray[np.int64] | None:
    return None if label is None else label.cpu().numpy()


def copied_points(trainer: Trainer, samples: int, draw: int = 0, scored: int = 0) -> Copied:
    """Samples and scores, copied away from the game.

    Args:
        trainer: The run; its own randomness is not touched.
        samples: How many of each.
        draw: Which draw: another number gives other samples.
        scored: How many of each the discriminator scores, where that shall be more: means of scores need
            ten times the samples to be as steady as what is said of the samples themselves.
    """
    game, view, needs = trainer.game, trainer.view, trainer.game.variant.needs
    rng = generator_for(trainer.spec.seed, f"measure/{draw}", game.device)
    count = max(samples, scored)
    of_real, of_other = (game.data.batch(game.data.draw(count, rng, needs), needs) for _ in range(2))
    all_real, all_other = of_real.x, of_other.x
    latents = draw_latents(game.network_controls, count, rng)
    asked = of_other.label  # as a perfect generator would be asked: independent of the data that both are held against
    all_fake = torch.cat([
        view.generate(latents[at : at + CHUNK], None if asked is None else asked[at : at + CHUNK])
        for at in range(0, count, CHUNK)])
    on_real, on_fake, on_other = (
        _scores(view, x, label) for x, label in ((all_real, of_real.label), (all_fake, asked), (all_other, asked)))
    real, fake, other = (x[:samples] for x in (all_real, all_fake, all_other))
    labels = None if asked is None else _integers(asked[:samples])
    mass, reach = _mass(view) if game.data.kind == "line" else (None, None)
    moments = game.moments.mean() if game.moments is not None else None
    if moments is None and view.known is not None:
        moments = view.known.moments().cpu()
    return Copied(
        generated=MeasureInput(
            real=_flat(real), fake=_flat(fake), real_scores=on_real, fake_scores=on_fake, data=game.data, mass=mass,
            reach=reach, moments=None if moments is None else moments.numpy(), seed=trainer.spec.seed,
            fake_labels=labels),
        perfect=MeasureInput(
            real=_flat(real), fake=_flat(other), real_scores=on_real, fake_scores=on_other,
            data=game.data, mass=_mass_of_data(game.data) if mass is not None else None, seed=trainer.spec.seed,
            fake_labels=labels),
        has=abilities(game),
    )


def _mass(view: ReadOnlyGame) -> tuple[Callable[[Floats], Floats] | None, tuple[float, float] | None]:
    """The mass that the generator puts into cells of a line, and how far it reaches; None where that is not known."""
    if view.known is not None:
        G = copy.deepcopy(view.known)
        mean, sd = (float(n) for n in G.moments()[:, 0])
        return G.mass, (mean - 7 * sd, mean + 7 * sd)
    path = view.generated_line(SLICES)
    if path is None or not bool(torch.isfinite(path[0]).all()):
        return None, None
    ends, mass = path[0][:, 0].double().cpu().numpy(), path[1].cpu().numpy()
    return lambda edges: mass_along(ends, mass, edges).mass, (float(ends.min()), float(ends.max()))


def _mass_of_data(data: Dataset[Any]) -> Callable[[Floats], Floats] | None:
    def mass(edges: Floats) -> Floats:
        cells = mass_of_data(data, edges)
        assert cells is not None
        return cells.mass

    known = mass_of_data(data, np.linspace(data.extent.low, data.extent.high, 3)) is not None
    return mass if known else None


def compute_measures(
    evidence: Copied | CopiedImages, known_floors: Mapping[str, float | None] | None = None, *, blind: bool = False,
) -> Measured:
    """Every number that applies to the data's kind.

    Args:
        evidence: What to look at.
        known_floors: Floors of an earlier measurement of the run at this sample size. Those of dear
            measures depend on the data alone and are taken from there.
        blind: Whether it shall be shown what numbers of images do not see; some seconds, once a data set.
    """
    if isinstance(evidence, CopiedImages):
        return _computed_images(evidence, known_floors, blind)
    numbers: dict[str, float | None] = {}
    floors: dict[str, float | None] = {}
    for kind in measures().values():
        if evidence.generated.data.kind not in kind.kinds or not kind.needs <= evidence.has:
            continue
        measure = kind()
        numbers.update(_finite(measure.compute(evidence.generated)))
        if kind.expensive and known_floors is not None:
            floors.update({name: known_floors.get(name) for name in kind.numbers})
        else:
            floors.update(_finite(measure.compute(evidence.perfect)))
    return Measured(measures=numbers, floors=floors, classes=class_numbers(evidence.generated))


def _computed_images(
    copied: CopiedImages, known_floors: Mapping[str, float | None] | None, blind: bool
) -> Measured:
    with torch.no_grad():
        fake = np.concatenate([
            pixels_of(copied.generate(copied.given.rows(at, at + IMAGES_AT_ONCE)))
            for at in range(0, len(copied.real), IMAGES_AT_ONCE)])
    net = net_for(copied.data)
    seen = net.features(copied.real)
    generated = _image_evidence(copied, copied.real, seen, fake, net.features(fake), copied.labels)
    perfect = None
    if known_floors is None:
        perfect = _image_evidence(
            copied, copied.real, seen, copied.other, net.features(copied.other), copied.labels)
    numbers: dict[str, float | None] = {}
    floors: dict[str, float | None] = dict(known_floors or {})
    for kind in measures().values():
        if "image" in kind.kinds and kind.needs <= copied.has:
            numbers.update(_finite(kind().compute(generated)))
            if perfect is not None:
                floors.update(_finite(kind().compute(perfect)))
    spots = blind_spots(copied.data, net) if blind else []
    return Measured(
        measures=numbers, floors=floors, net=net.name, blind=spots, classes=class_numbers(generated))


def _image_evidence(
    copied: CopiedImages, real: NDArray[np.uint8], seen: Features, fake: NDArray[np.uint8], made: Features,
    labels: NDArray[np.int64] | None,
) -> MeasureInput:
    unscored = Scores(np.zeros(0), np.zeros(0))
    return MeasureInput(
        real=_values(real), fake=_values(fake), real_scores=unscored, fake_scores=unscored, real_features=seen,
        fake_features=made, data=copied.data, seed=copied.seed, fake_labels=labels)


def _values(images: NDArray[np.uint8]) -> NDArray[Any]:
    flat: NDArray[np.float32] = images.reshape(len(images), -1).astype(np.float32)
    return flat / np.float32(127.5) - 1


def _scores(view: ReadOnlyGame, x: Tensor, label: Tensor | None) -> Scores:
    parts = [view.score_and_gradient(x[at : at + CHUNK], None if label is None else label[at : at + CHUNK])
             for at in range(0, len(x), CHUNK)]
    values = torch.cat([scores for scores, _ in parts])
    slopes = torch.cat([gradient.flatten(1).norm(dim=1) for _, gradient in parts])
    return Scores(values.cpu().numpy().astype(np.float64), slopes.cpu().numpy().astype(np.float64))


def _flat(x: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return x.flatten(1).cpu().numpy().astype(np.float64)


def _finite(numbers: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None or not math.isfinite(value) else value for name, value in numbers.items()}
