"""Measures a game: samples are copied on the training thread, numbers and floors are computed on any thread."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.dataset import Batch, Dataset, Floats
from ganstudio.core.examples import Examples
from ganstudio.core.measure import MATCHED, ClassNumbers, Features, Measure, MeasuredGame, MeasureInput, Scores
from ganstudio.core.measured_rows import info_of
from ganstudio.core.network import Growable
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.core.turn import Given, Phase
from ganstudio.core.user_units import UserUnits
from ganstudio.core.variant import GameControls
from ganstudio.maths.class_numbers import class_numbers
from ganstudio.maths.features.feature_nets import net_for, pixels_of
from ganstudio.maths.features.image_quality import varies
from ganstudio.maths.features.metric_blind_spots import blind_spots
from ganstudio.maths.latents import draw_latents
from ganstudio.maths.line_densities import mass_along, mass_of_data
from ganstudio.maths.rolling import AT_ONCE
from ganstudio.networks.parts.noise import copied_module, has_noise
from ganstudio.training.game import Game, made_modules
from ganstudio.training.game_view import ReadOnlyGame
from ganstudio.training.players import PlayedModule
from ganstudio.training.resolve_spec import measures
from ganstudio.training.run_description import abilities
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

IMAGES_AT_ONCE = AT_ONCE  # generated in one pass
CHUNK = 8192  # samples scored in one pass
SCORED = 20_000  # samples that D scores if there is time: its gap is then steady to half a percent
OF_ONE_IMAGE = 64  # samples that a game of a single image is measured by: no law of images is to be met
Which = Callable[[type[Measure]], bool]
SLICES = 2000  # into which the one latent of a generator is cut


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a generator, and what a perfect one would get, in the user's units; None: undefined."""

    measures: dict[str, float | None]
    floors: dict[str, float | None]
    net: str = ""  # whose features the numbers of images are computed from
    blind: list[BlindSpot] = []  # what each number of images cannot see, if that was asked for
    classes: list[ClassNumbers] = []  # of runs with labels
    samples: int = 0  # of each kind: fewer than were asked for where no more are known


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What points are judged by: samples of the generator, and data in the place of a perfect generator's samples."""

    generated: MeasureInput
    perfect: MeasureInput
    has: frozenset[str]  # what the run has, of `core.leaves.ABILITIES`


class CopiedImages(msgspec.Struct, frozen=True, kw_only=True):
    """What images are judged by: a copy of the generator, and real images of the size it makes."""

    data: Dataset[Any]
    generate: Callable[[Given], Tensor]  # with copies of the modules
    given: Given  # of n samples: the labels and sources of ``other``, so that the floor is of the same ones
    labels: NDArray[np.int64] | None  # (n,), as in ``given``
    has: frozenset[str]
    real: NDArray[np.uint8]  # (n, c, h, h)
    other: NDArray[np.uint8]  # of the same shape: other real images, in the place of a perfect generator's
    seed: int
    examples: Examples | None = None  # what is translated, with its truth; then ``other`` is that truth
    translate: Callable[[Given, Tensor], dict[str, Tensor]] = lambda given, x: {}  # with the same copies
    device: torch.device = torch.device("cpu")
    game: MeasuredGame | None = None
    generate_untrained: Callable[[Given], Tensor] | None = None  # as the game did before its first step


def copy_for_measuring(
    trainer: Trainer, samples: int, draw: int = 0, scored: int = 0, *, shown: bool = False, matched: int = MATCHED,
) -> Copied | CopiedImages:
    """Copies what a measurement needs, so that the game can go on: points, or a copy of G that will make images.

    Args:
        trainer: The run; its own randomness is not touched.
        samples: How many real and how many generated samples.
        draw: Another number gives other samples.
        scored: How many real and generated points the discriminator scores, if more than ``samples``.
        shown: Whether the generated points are those that the window shows, whatever ``draw`` is.
        matched: How many points exact transport matches at most.
    """
    if trainer.game.data.kind == "image":
        return _copied_images(trainer, samples, draw)
    return copied_points(trainer, samples, draw, scored, shown=shown, matched=matched)


def _copied_images(trainer: Trainer, samples: int, draw: int) -> CopiedImages:
    """Copies G, or the running mean of its weights if there is one, and real images."""
    game, needs = trainer.game, trainer.game.variant.needs
    rng = generator_for(trainer.spec.seed, f"measure/{draw}", game.device)
    if "one image" in game.data.abilities:
        samples = min(samples, OF_ONE_IMAGE)
    examples = game.data.examples(samples, "unseen", needs) if needs & {"source", "attributes"} else None
    if examples is not None:
        samples = len(examples.images)
    real, _ = _real(game, [game.data.batch(part, needs) for part in _parts(game.data.draw(samples, rng, needs))])
    if examples is None:
        unseen = [game.data.batch(part, needs) for part in _parts(game.data.draw(samples, rng, needs))]
    else:
        unseen = [game.data.batch_of(examples.rows(at, at + IMAGES_AT_ONCE), needs, game.device)
                  for at in range(0, samples, IMAGES_AT_ONCE)]
    other, of_other = _real(game, unseen)
    latent = draw_latents(game.network_controls, samples, rng) if game.network.has_latent else None
    noise = generator_for(trainer.spec.seed, f"measure noise/{draw}", game.device)
    modules = _copied_modules(game, noise)
    untrained = cache(partial(_untrained_modules, game, trainer.spec.seed, game.controls, game.phase, noise))
    variant, network = game.variant, game.network
    return CopiedImages(
        data=game.data, generate=lambda given: network.picture(variant.generate(modules, given)),
        translate=lambda given, x: variant.translate(modules, given, x), examples=examples,
        given=msgspec.structs.replace(of_other, latent=latent, count=len(real), phase=game.phase, rng=noise),
        labels=_integers(of_other.label), real=real, other=other, seed=trainer.spec.seed, has=abilities(game),
        device=game.device, game=MeasuredGame(
            modules=modules, latents=lambda n: draw_latents(game.network_controls, n, noise), rng=noise,
            device=game.device, phase=game.phase, variant=variant, controls=game.controls),
        generate_untrained=lambda given: network.picture(variant.generate(untrained(), given)))


def _parts(drawn: Tensor) -> tuple[Tensor, ...]:
    return torch.split(drawn, IMAGES_AT_ONCE)


def _copied_modules(game: Game, rng: torch.Generator) -> dict[str, PlayedModule]:
    """Copies of all modules except discriminators, with the running means of weights in their place."""
    average = game.average
    modules = {name: module for name, module in game.modules.items() if not name.startswith("D")}
    if average is not None and average.count:
        modules |= average.modules
    copies = {name: copied_module(module).eval() for name, module in modules.items()}
    for module in copies.values():
        _let_draw(module, rng)
    return {name: PlayedModule(module, game.precision) for name, module in copies.items()}


def _untrained_modules(
    game: Game, seed: int, controls: GameControls, phase: Phase, rng: torch.Generator,
) -> dict[str, PlayedModule]:
    """All modules except discriminators as they were before the first step, built anew, in a phase."""
    made = made_modules(game.variant, controls, game.network, game.network_controls, game.data, seed)
    modules = {name: module.to(game.device).eval() for name, module in made.items() if not name.startswith("D")}
    for module in modules.values():
        if phase.stage is not None and isinstance(module, Growable):
            module.set_stage(phase.stage)
        _let_draw(module, rng)
    return {name: PlayedModule(module, game.precision) for name, module in modules.items()}


def _let_draw(module: torch.nn.Module, rng: torch.Generator) -> None:
    for layer in module.modules():
        if has_noise(layer):
            layer.noise_rng = rng


def _real(game: Game, batches: Sequence[Batch]) -> tuple[NDArray[np.uint8], Given]:
    """Real images as bytes, at the size that the players see, and their labels and sources; made in parts."""
    pixels, beside = [], []
    for batch in batches:
        pixels.append(pixels_of(game.real_at_stage(batch.x)))
        beside.append((batch.label, batch.source, batch.attributes, batch.place))
    label, source, attributes, place = (
        None if parts[0] is None else torch.cat([part for part in parts if part is not None])
        for parts in zip(*beside, strict=True))
    return np.concatenate(pixels), Given(label=label, source=source, attributes=attributes, place=place)


def _integers(label: Tensor | None) -> NDArray[np.int64] | None:
    return None if label is None else label.cpu().numpy()


def copied_points(
    trainer: Trainer, samples: int, draw: int = 0, scored: int = 0, *, shown: bool = False, matched: int = MATCHED,
) -> Copied:
    """Copies points and their scores.

    Args:
        trainer: The run; its own randomness is not touched.
        samples: How many real and how many generated points.
        draw: Another number gives other samples.
        scored: How many of each the discriminator scores, if more than ``samples``: a mean of scores needs ten
            times the samples to be as steady as the numbers of the samples themselves.
        shown: Whether the generated points are those that the window shows, as far as there are so many.
        matched: How many points exact transport matches at most.
    """
    game, view, needs = trainer.game, trainer.view, trainer.game.variant.needs
    rng = generator_for(trainer.spec.seed, f"measure/{draw}", game.device)
    count = max(samples, scored)
    of_real, of_other = (game.data.batch(game.data.draw(count, rng, needs), needs) for _ in range(2))
    all_real, all_other = of_real.x, of_other.x
    latents = draw_latents(game.network_controls, count, rng)
    asked = of_other.label  # the classes that G is asked for: drawn independently of the data that it is compared with
    if shown:
        latents = torch.cat([view.latents, latents])[:count]
        asked = None if asked is None or view.labels is None else torch.cat([view.labels, asked])[:count]
    all_fake = torch.cat([
        view.generate(latents[at : at + CHUNK], None if asked is None else asked[at : at + CHUNK])
        for at in range(0, count, CHUNK)])
    on_real, on_fake, on_other = (_scores(view, x, label) for x, label in (
        (all_real, of_real.label), (all_fake, asked), (all_other, of_other.label)))
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
            fake_labels=labels, matched=matched),
        perfect=MeasureInput(
            real=_flat(real), fake=_flat(other), real_scores=on_real, fake_scores=on_other,
            data=game.data, mass=_mass_of_data(game.data) if mass is not None else None, seed=trainer.spec.seed,
            fake_labels=None if of_other.label is None else _integers(of_other.label[:samples]), matched=matched),
        has=abilities(game),
    )


def _mass(view: ReadOnlyGame) -> tuple[Callable[[Floats], Floats] | None, tuple[float, float] | None]:
    """The mass that the generator puts into cells of a line, and its range; None if that is not known."""
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


def every(kind: type[Measure]) -> bool:
    """All measures: where numbers are asked for."""
    return True


def quick(kind: type[Measure]) -> bool:
    """Those that can be taken again and again beside a run on screen."""
    return not kind.on_request


def compute_measures(
    evidence: Copied | CopiedImages, known_floors: Mapping[str, float | None] | None = None, *, blind: bool = False,
    which: Which = every,
) -> Measured:
    """Computes every number that applies to the run.

    Args:
        evidence: What was copied of the run.
        known_floors: Floors of an earlier measurement of the run at this sample size. The floors of expensive
            measures depend on the data alone and are taken from here.
        blind: Whether to find out what the numbers of images cannot see; takes some seconds, once for each data set.
        which: Which measures to take; others have no numbers.
    """
    if isinstance(evidence, CopiedImages):
        return _computed_images(evidence, known_floors, blind, which)
    numbers: dict[str, float | None] = {}
    floors: dict[str, float | None] = {}
    for kind in measures().values():
        if not (kind.fits(evidence.generated.data.kind, evidence.has) and which(kind)):
            continue
        measure, units = kind(), evidence.generated.data.user_units
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a number that is none is left out
            numbers.update(_in(units, kind, _finite(measure.compute(evidence.generated))))
        if kind.expensive and known_floors is not None:
            floors.update({name: known_floors.get(name) for name in kind.numbers})
        else:
            floors.update(_in(units, kind, _finite(measure.compute(evidence.perfect))))
    floors = _with_floors(numbers, floors)
    return Measured(measures=numbers, floors=floors, classes=class_numbers(evidence.generated),
                    samples=len(evidence.generated.fake))


def _computed_images(
    copied: CopiedImages, known_floors: Mapping[str, float | None] | None, blind: bool, which: Which
) -> Measured:
    fitting = [kind for kind in measures().values() if kind.fits("image", copied.has) and which(kind)]
    fake, finite = _images(copied, copied.generate)
    with torch.no_grad():
        translated = _translated(copied)
    net = net_for(copied.data)
    seen = net.features(copied.real)
    generated = _image_evidence(copied, copied.real, seen, fake, net.features(fake), copied.labels, translated,
                                copied.game)
    if (generate := copied.generate_untrained) is not None:
        generated = msgspec.structs.replace(
            generated, untrained=lambda: net.features(_images(copied, generate)[0]))
    perfect = None
    if known_floors is None:
        perfect = _image_evidence(
            copied, copied.real, seen, copied.other, net.features(copied.other), copied.labels, _perfect(copied))
    numbers: dict[str, float | None] = {}
    floors: dict[str, float | None] = dict(known_floors or {})
    for kind in fitting:
        # What is not finite is drawn black, and black would be judged.
        numbers.update(_finite(kind().compute(generated)) if finite else dict.fromkeys(kind.numbers))
        if perfect is not None:
            floors.update(_finite(kind().compute(perfect)))
    if perfect is not None:
        floors = _with_floors(numbers, floors)
    compared = varies(_values(copied.real))  # else no number rests on the net's features
    spots = blind_spots(copied.data, net) if blind and compared else []
    judged = copied.examples is not None  # of images with no known truth nothing is judged, and nothing to train on
    judges = [kind().judge(copied.data) for kind in fitting if judged or "styles" in kind.needs]
    nets = dict.fromkeys(filter(None, [net.name if compared else "", *judges]))
    return Measured(
        measures=numbers, floors=floors, net="; ".join(nets), blind=spots,
        classes=class_numbers(generated) if finite else [], samples=len(copied.real))


def _images(copied: CopiedImages, generate: Callable[[Given], Tensor]) -> tuple[NDArray[np.uint8], bool]:
    """What is made of all that is given, and whether all of it is finite."""
    with torch.no_grad():
        made = [generate(copied.given.rows(at, at + IMAGES_AT_ONCE))
                for at in range(0, len(copied.real), IMAGES_AT_ONCE)]
    return (np.concatenate([pixels_of(images) for images in made]),
            all(bool(torch.isfinite(images).all()) for images in made))


def _image_evidence(
    copied: CopiedImages, real: NDArray[np.uint8], seen: Features, fake: NDArray[np.uint8], made: Features,
    labels: NDArray[np.int64] | None, translated: dict[str, NDArray[np.uint8]], game: MeasuredGame | None = None,
) -> MeasureInput:
    unscored = Scores(np.zeros(0), np.zeros(0))
    return MeasureInput(
        real=_values(real), fake=_values(fake), real_scores=unscored, fake_scores=unscored, real_features=seen,
        fake_features=made, data=copied.data, seed=copied.seed, fake_labels=labels, examples=copied.examples,
        made=translated, game=game)


def _translated(copied: CopiedImages) -> dict[str, NDArray[np.uint8]]:
    """What is made of the examples by name, and of the first ones once more, for what noise changes."""
    if copied.examples is None:
        return {}
    truth = torch.from_numpy(copied.other).float().div_(127.5).sub_(1)
    parts: dict[str, list[NDArray[np.uint8]]] = {}
    for at in range(0, len(copied.other), IMAGES_AT_ONCE):
        given = copied.given.rows(at, at + IMAGES_AT_ONCE)
        x = truth[at : at + IMAGES_AT_ONCE].to(copied.device)
        for name, images in copied.translate(given, x).items():
            parts.setdefault(name, []).append(pixels_of(images))
    first = copied.given.rows(0, IMAGES_AT_ONCE)
    if first.latent is not None:
        first = msgspec.structs.replace(first, latent=first.latent.roll(1, 0))
    once_more = copied.translate(first, truth[:IMAGES_AT_ONCE].to(copied.device))
    parts["again"] = [pixels_of(once_more["made"])]
    return {name: np.concatenate(images) for name, images in parts.items()}


def _perfect(copied: CopiedImages) -> dict[str, NDArray[np.uint8]]:
    """What a perfect generator would have made of the examples."""
    if copied.examples is None:
        return {}
    again = copied.data.drawn_again(copied.examples)
    return {"made": again, "again": copied.other[:IMAGES_AT_ONCE]}


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


def _in(units: UserUnits, kind: type[Measure], numbers: dict[str, float | None]) -> dict[str, float | None]:
    """The numbers of a measure in the user's units."""
    infos = kind.infos()
    return {name: value if (info := info_of(infos, name)) is None else units.measure(value, info.dimension)
            for name, value in numbers.items()}


def _with_floors(numbers: Mapping[str, float | None], floors: dict[str, float | None]) -> dict[str, float | None]:
    """A floor for each number, None if it is undefined; of a family, whose numbers the run names, only those known."""
    own = {name for kind in measures().values() for name in kind.numbers}
    known = {name: floor for name, floor in floors.items() if name in own or floor is not None}
    return dict.fromkeys(name for name in numbers if name in own) | known


def _finite(numbers: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None or not math.isfinite(value) else value for name, value in numbers.items()}
