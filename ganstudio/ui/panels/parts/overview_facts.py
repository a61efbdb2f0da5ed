"""What the overview takes from a run: facts for its sentences, and a picture for each part that has one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.game_graph import GameGraph, Node
from ganstudio.core.images import images_of
from ganstudio.core.protocol import views as v
from ganstudio.core.protocol.spec import TWO_PLAYERS
from ganstudio.ui.panels.parts.overview_pictures import Bars, Cloud, Hill, Images, Landscape, Picture, Words
from ganstudio.ui.panels.parts.overview_text import Facts
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

Floats = NDArray[np.float64]
UPDATES = 50  # in the mean of a term: one batch says little


def facts_of(run: RunModel, *, redraws: bool = False) -> Facts:
    """What the sentences speak of; ``redraws``: D is an autoencoder."""
    started, spec = run.started, run.spec
    latent, batch = spec.network_controls.get("latent_dim"), run.settings.get("batch_size")
    losses: dict[str, list[str]] = {}
    for name, player in run.store.player_of.items():
        losses.setdefault(player, []).append(name)
    return Facts(
        kind=run.kind, data=run.data_name, latent=latent if isinstance(latent, int) else 1,
        batch=batch if isinstance(batch, int) else 1, classes=len(started.classes) if started is not None else 0,
        players=started.players if started is not None else TWO_PLAYERS, losses=losses, redraws=redraws)


def pictures_of(
    run: RunModel, graph: GameGraph, seen: Mapping[str, v.View], at: int | None, theme: Theme,
) -> dict[str, Picture]:
    """A picture for each part that there is something to show of.

    Args:
        run: The run.
        graph: Its game.
        seen: The last view of each kind that came.
        at: The step that is shown; None: the live one.
        theme: The palette.
    """
    facts = facts_of(run)
    alone = sum(node.role == "judge" for node in graph.nodes) <= 1  # views do not say of which pair they are
    found: dict[str, Picture] = {}
    for node in graph.nodes:
        picture = _picture(node, run, seen, at, theme, facts, alone=alone)
        if picture is not None:
            found[node.name] = picture
    return found


def _picture(
    node: Node, run: RunModel, seen: Mapping[str, v.View], at: int | None, theme: Theme, facts: Facts, *, alone: bool,
) -> Picture | None:
    started = run.started
    low, high = (started.low, started.high) if started is not None else (-1.0, 1.0)
    points, line = seen.get("points"), seen.get("line")
    samples = next((view for view in seen.values() if isinstance(view, v.Samples)), None)
    match node.role:
        case "latent":
            return _prior(run, theme)
        case "label":
            return Words((f"{facts.classes:,} classes",) if facts.classes else ("words",))
        case "data" | "made" if node.role == "data" or alone:
            real = node.role == "data"
            if isinstance(points, v.Points):
                return Cloud((points.real if real else points.fake).doubles(), low, high,
                             theme.real if real else theme.generated, filled=not real)
            if isinstance(line, v.Line):
                return Hill((line.data if real else line.generator).doubles(),
                            theme.real if real else theme.generated, filled=not real)
            if samples is not None:
                return Images(images_of(samples.real if real else samples.fake))
        case "judge" if alone:
            landscape = seen.get("landscape")
            if isinstance(landscape, v.Landscape):
                return Landscape(landscape.values.doubles(), landscape.kind == "logit")
            if isinstance(line, v.Line):
                return Hill(line.score.doubles(), theme.discriminator)
            return _level(run, at)
        case "maker":
            return _level(run, at) or _sizes(run, facts)
        case "scores" if alone:
            return _scores(seen, theme)
        case "loss":
            return _terms(run, node.owner, at, theme)
    return None


def _prior(run: RunModel, theme: Theme) -> Picture:
    """The density that each number of a latent is drawn from, from −3 to 3."""
    x = np.linspace(-3, 3, 61)
    uniform = run.spec.network_controls.get("latent") == "uniform"
    return Hill(np.where(np.abs(x) <= 1, 0.5, 0.0) if uniform else np.exp(-(x**2) / 2), theme.quiet, filled=True)


def _sizes(run: RunModel, facts: Facts) -> Picture | None:
    """How many numbers G makes of how many; nothing where it makes them of no latent."""
    shape = run.started.shape if run.started is not None else []
    has = run.started.has if run.started is not None else []  # empty in older files, whose games all have a latent
    if not shape or "latent_dim" not in run.spec.network_controls or (has and "latent" not in has):
        return None
    if "one image" in has:  # its latent is the noise of the coarsest scale alone
        return None
    made = f"{shape[-2]}×{shape[-1]}" if len(shape) == 3 else f"{shape[0]}"
    return Words((f"{facts.latent} → {made}",) if len(shape) < 3 else (f"{facts.latent} →", made))


def _level(run: RunModel, at: int | None) -> Picture | None:
    """How large the images of growing networks are."""
    series = run.store.series.get("level")
    if series is None or not series.count or (run.started is not None and "phases" not in run.started.has):
        return None
    place = series.at(series.x[-1] if at is None else at)
    if place is None or not np.isfinite(place):
        return None
    level = int(np.ceil(place - 1e-6))
    fading = f"{1 - (level - place):.0%} faded in" if level - place > 1e-6 else "fully grown in"
    return Words((f"{4 << min(level, 10)} px", fading))


def _scores(seen: Mapping[str, v.View], theme: Theme) -> Picture | None:
    """The mean of what D says of real and of generated samples; of logits, how real it calls them."""
    said = _said(seen)
    if said is None:
        return None
    kind, real, fake = said
    if kind == "logit":
        real, fake = (1 / (1 + np.exp(-np.clip(scores, -50, 50))) for scores in (real, fake))
    rows = [(name, float(scores[np.isfinite(scores)].mean()), colour)
            for name, scores, colour in (("real", real, theme.real), ("generated", fake, theme.generated))
            if np.isfinite(scores).any()]
    return Bars(tuple(rows), percent=kind == "logit")


def _said(seen: Mapping[str, v.View]) -> tuple[str, Floats, Floats] | None:
    """The kind of D's scores, and its scores of real and of generated samples."""
    balance, landscape, points, line = (seen.get(name) for name in ("balance", "landscape", "points", "line"))
    if isinstance(balance, v.Balance):
        return balance.kind, balance.real.doubles(), balance.fake.doubles()
    if isinstance(landscape, v.Landscape) and isinstance(points, v.Points):
        real, fake = (_read_off(landscape, cloud.doubles()) for cloud in (points.real, points.fake))
        return landscape.kind, real, fake
    if isinstance(line, v.Line):
        return line.kind, _weighted(line.score.doubles(), line.data.doubles()), _weighted(
            line.score.doubles(), line.generator.doubles())
    return None


def _read_off(landscape: v.Landscape, cloud: Floats) -> Floats:
    """The landscape's scores at the nearest cells of points ``(n, 2)``; those outside it are left out."""
    values = landscape.values.doubles()
    side = len(values)
    with np.errstate(all="ignore"):
        share = (cloud - landscape.low) / (landscape.high - landscape.low)
    inside = share[((share >= 0) & (share < 1)).all(1)]  # what is not finite is outside
    column, row = (inside * side).astype(int).T
    scores: Floats = values[row, column]
    return scores


def _weighted(score: Floats, density: Floats) -> Floats:
    """The mean score under a density on the same grid, as an array of one number; empty if there is no mass."""
    good = np.isfinite(score) & np.isfinite(density)
    mass = float(density[good].sum())
    return np.array([float((score[good] * density[good]).sum()) / mass]) if mass > 0 else np.zeros(0)


def _terms(run: RunModel, player: str, at: int | None, theme: Theme) -> Picture | None:
    """The terms of a player's loss, as means over its last updates."""
    colours = {"discriminator": theme.discriminator, "generator": theme.generator}
    rows = []
    for name, series in run.store.series.items():
        end = series.count if at is None else int(np.searchsorted(series.x, at, side="right"))
        if run.store.player_of[name] == player and end:
            last = series.y[max(end - UPDATES, 0) : end]
            finite = last[np.isfinite(last)]
            value = float(finite.mean()) if np.isfinite(last[-1]) else float(last[-1])
            rows.append((name, value, colours.get(player, theme.others[0])))
    return Bars(tuple(rows)) if rows else None
