"""``ganstudio video A B …``: which runs are filmed side by side, and the film of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.commands import arguments, terminal
from ganstudio.commands.device_check import need_device
from ganstudio.commands.progress_display import show_bar
from ganstudio.core.runs.format import SUFFIX, short, there
from ganstudio.core.runs.history import Past
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import defer_signals
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from ganstudio.core.protocol.catalog import Catalog
    from ganstudio.export.run_story import Story

MOST = 6  # runs
KINDS = {"plane": "points on the plane", "line": "points on the line", "image": "images"}


def run_files(words: Sequence[str]) -> list[Path]:
    """The runs that are named, in their order, or those of the one folder that is.

    Raises:
        BadInput: There are too many, or one of them twice.
    """
    first = Path(words[0])
    if len(words) == 1 and there(first) and first.is_dir():
        return _of_folder(first)
    paths = [arguments.run_file(word) for word in words]
    if len(paths) > MOST:
        raise BadInput(f"{len(paths)} runs are given: a film shows one run, or 2 to {MOST} side by side")
    known: dict[Path, Path] = {}
    for path in paths:
        if (same := known.setdefault(_resolved(path), path)) is not path:
            called = "" if same == path else f", also as {short(same)}"
            raise BadInput(f"run file {short(path)} is given twice{called}: each cell of the film shows another run")
    return paths


def _resolved(path: Path) -> Path:
    """A name by which one finds that two files are the same; of a name that cannot be, itself."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return path


def _of_folder(folder: Path) -> list[Path]:
    """The runs of a folder, by their names."""
    found = sorted((path for path in folder.iterdir() if path.name.endswith(SUFFIX)), key=lambda path: path.name)
    if not 2 <= len(found) <= MOST:
        raise BadInput(f"folder {short(folder)} holds {counted(len(found), 'run')}: a folder is filmed that holds 2 to "
                       f"{MOST}; name the runs themselves")
    return found


def known_catalog() -> Catalog:
    """The catalogue that was kept, or a new one, which is kept then."""
    from ganstudio.commands.studio import keep_catalog, kept_catalog

    catalog = kept_catalog()
    if catalog is None:
        from ganstudio.training.build_catalog import catalogue

        catalog = catalogue()
        keep_catalog(catalog)
    return catalog


def span(args: argparse.Namespace, end: int) -> tuple[int, int]:
    """The first and the last step of the film; ``end``: the last that there is."""
    first = 0 if args.first is None else arguments.whole("--from", args.first, 0, end)
    last = end if args.last is None else arguments.whole("--to", args.last, 0, end)
    if last < first:
        raise BadInput(f"--to {last} is before --from {first}: a film goes from --from to --to")
    return first, last


def film(
    args: argparse.Namespace, paths: Sequence[Path], out: Path, size: tuple[int, int], fps: int, frames: int,
    theme: str, log: bool,
) -> int:
    """Films runs side by side; returns the number of moments shown."""
    from ganstudio.core.leaves import leaves
    from ganstudio.export.comparison_sheet import ComparisonScreen
    from ganstudio.export.film_formats import open_film
    from ganstudio.export.video import paced, recorded, replayed, seen_at, shoot, side_by_side, story_of
    from ganstudio.ui.application import application
    from ganstudio.ui.panel import Panel
    from ganstudio.ui.theme import THEMES

    if args.smooth:
        for path in paths:
            need_device(path, "--smooth repeats the runs, and on another device the result differs; without it the "
                              "recorded moments are filmed")
    catalog = known_catalog()
    stories = [story_of(path, catalog) for path in paths]
    _need_one_kind(paths, stories)
    first, last = span(args, max(story.end for story in stories))
    targets = paced(first, last, frames, log=log)
    each = [[min(step, story.end) for step in targets] for story in stories]  # one that ended earlier stays there
    pasts = [Past(path) for path in paths]
    for past in pasts:
        past.refresh()
    shown = each if args.smooth else [seen_at(past, steps).tolist() for past, steps in zip(pasts, each, strict=True)]
    apart = any(len({steps[frame] for steps, story in zip(shown, stories, strict=True) if steps[frame] < story.end}) > 1
                for frame in range(frames))
    film = open_film(out, *size, fps, ", ".join(path.stem for path in paths))
    with film:
        application()
        with defer_signals():
            screen = ComparisonScreen(stories, leaves("ganstudio.ui.panels", Panel), args.layout, size, THEMES[theme],
                                      "repeated" if args.smooth else "", fps, apart=apart)
        try:
            if not args.smooth:
                _tell_sparse(paths, each, pasts)
            runs = [replayed(path, steps, screen.views, past) if args.smooth else recorded(past, steps)
                    for path, steps, past in zip(paths, each, pasts, strict=True)]
            with show_bar("filming", frames) as show:
                shoot(film, screen, side_by_side(runs), frames, show)
        finally:
            screen.close()
    return len(set(zip(*shown, strict=True)))


def _need_one_kind(paths: Sequence[Path], stories: Sequence[Story]) -> None:
    """Raises BadInput if not all runs are on data of one kind."""
    for path, story in zip(paths, stories, strict=True):
        kind, usual = story.scene.kind, stories[0].scene.kind
        if kind != usual:
            raise BadInput(f"{short(paths[0])} is a run on {KINDS[usual]} and {short(path)} one on {KINDS[kind]}: runs "
                           "that are filmed side by side are on data of one kind")


def _tell_sparse(paths: Sequence[Path], targets: Sequence[Sequence[int]], pasts: Sequence[Past]) -> None:
    """Says of which run the fewest moments were recorded, if they are too few for the film."""
    from ganstudio.export.video import sparse

    gaps = [(len(past.moments), path, why) for path, steps, past in zip(paths, targets, pasts, strict=True)
            if (why := sparse(steps, past.moments))]
    if gaps:
        _, path, why = min(gaps, key=lambda gap: gap[0])
        others = f" (and so do {len(gaps) - 1} of the other runs)" if len(gaps) > 1 else ""
        terminal.remark(f"note: {short(path)}: {why}{others}; --smooth repeats the runs and renders every frame again")
