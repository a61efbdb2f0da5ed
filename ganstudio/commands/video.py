"""``ganstudio video``: a film of a run's panels, of several runs side by side, or of a walk through latents."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganstudio.commands import arguments, terminal, video_comparison
from ganstudio.commands.device_check import need_device, tell_device
from ganstudio.commands.progress_display import show_bar
from ganstudio.core.runs.history import Past
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.shutdown_signals import defer_signals
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from ganstudio.ui.panel import Panel

ENDINGS = (".mp4", ".webm", ".gif", ".png")
LONGEST_S = 3600
EPILOG = """\
The ending of FILE decides: .mp4 (H.264), .webm (VP9), .gif, or .png for a numbered sequence
(x.png becomes x-00001.png, x-00002.png, ...). An existing file is replaced once the film is complete,
but never a folder or a run. A sequence is not begun if pictures of its name exist.

A film is made of what was recorded while the run trained: densely at first, then ever more seldom,
and at its end. If that is too little for the film's length, standard error says so. With --smooth the
run is repeated from its log instead, and every frame shows another moment; the corner of the picture
says so. That takes about as long as the training did, so it is done only if you ask for it. It needs
the kind of device that the run was trained on: on another device the result would differ.
With --interpolate the CPU is used, if --to is at a checkpoint.

Two to six runs are filmed side by side, at the same step: a cell for each, with the same panel, axes and colours, and
their curves over each other below. --layout then names the panel of all cells, and which curves: loss, distance,
quality. FOLDER is one that holds these runs and no others, such as `train --compare ... --run FOLDER` fills. Run files
keep steps and no clock, so a film goes by steps. A run that ended earlier stays as it was, and says so.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("runs", metavar="RUN", nargs="+",
                        help="a .ganrun file, or two to six that are filmed side by side, or a folder with these; "
                             "they are only read")
    parser.add_argument("--out", required=True, metavar="FILE", help=f"a file with the ending {', '.join(ENDINGS)}")
    parser.add_argument("--layout", default="", metavar="L",
                        help="panels by name, with commas between them; or 'whole' for all that the window shows at "
                             "first (default: those of its two rows)")
    parser.add_argument("--fps", default="30", metavar="N", help="frames per second (default: 30)")
    parser.add_argument("--seconds", default="10", metavar="S", help="length of the film (default: 10)")
    parser.add_argument("--size", default="1280x720", metavar="WxH", help="size of the picture in pixels (default: "
                                                                          "1280x720)")
    parser.add_argument("--from", dest="first", default=None, metavar="A", help="first step (default: the run's first)")
    parser.add_argument("--to", dest="last", default=None, metavar="B", help="last step (default: the run's last)")
    parser.add_argument("--pace", default="steps", metavar="steps|log",
                        help="log: as long on steps 10 to 100 as on 100 to 1,000 (default: steps)")
    parser.add_argument("--theme", default="dark", metavar="dark|light|contrast", help="palette (default: dark)")
    parser.add_argument("--smooth", action="store_true", help="repeat the run and render every frame again")
    parser.add_argument("--interpolate", action="store_true",
                        help="of images: a walk through the latents of the generator at --to")
    parser.add_argument("--space", default="z", metavar="z|w",
                        help="of --interpolate: through the latents, or straight through W, what a generator of styles "
                             "maps them to (default: z)")
    arguments.add_data_path(parser)
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Makes the film."""
    paths = video_comparison.run_files(args.runs)
    for path in paths:
        out = arguments.output(args.out, ENDINGS, path)
    fps = arguments.whole("--fps", args.fps, 1, 120)
    seconds = arguments.number("--seconds", args.seconds, 0.1, LONGEST_S)
    size = arguments.size(args.size)
    theme = arguments.one_of("theme", args.theme, ["dark", "light", "contrast"])
    pace = arguments.one_of("pace", args.pace, ["steps", "log"])
    space = arguments.one_of("space", args.space, ["z", "w"])
    frames = max(round(fps * seconds), 1)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    if space == "w" and not args.interpolate:
        raise BadInput("--space w is for a walk through the latents: it goes with --interpolate")
    if args.interpolate:
        if len(paths) > 1:
            raise BadInput(f"--interpolate films a walk through the latents of one run, and {len(paths)} are given")
        if args.smooth or args.layout or args.first is not None:
            raise BadInput("--interpolate films one moment: it goes with neither --smooth, --layout nor --from")
        at = None if args.last is None else arguments.whole("--to", args.last, 0, arguments.MAX_STEPS)
        shown = _interpolation(path, out, size, fps, frames, theme, at, "w" if space == "w" else "z")
    elif len(paths) > 1:
        shown = video_comparison.film(args, paths, out, size, fps, frames, theme, pace == "log")
    else:
        shown = _panels(args, path, out, size, fps, frames, theme, pace == "log")
    of = {"run": args.runs[0]} if len(paths) == 1 else {"runs": [str(each) for each in paths]}
    if args.json:
        arguments.print_json({**of, "out": str(out), "frames": frames, "fps": fps, "width": size[0],
                              "height": size[1], "moments": shown})
    else:
        runs = f" of {len(paths)} runs" if len(paths) > 1 else ""
        terminal.say(f"{counted(frames, 'frame')} of {counted(shown, 'moment')}{runs} in {out}")
    return 0


def _panels(
    args: argparse.Namespace, path: Path, out: Path, size: tuple[int, int], fps: int, frames: int, theme: str,
    log: bool,
) -> int:
    """Films panels; returns the number of moments shown."""
    from ganstudio.core.leaves import leaves
    from ganstudio.export.film_formats import open_film
    from ganstudio.export.panel_sheet import Screen
    from ganstudio.export.video import paced, recorded, replayed, shoot, sparse, story_of
    from ganstudio.ui.application import application
    from ganstudio.ui.panel import Panel
    from ganstudio.ui.theme import THEMES

    if args.smooth:
        need_device(path, "--smooth repeats the run, and on another device the result differs; without it the "
                          "recorded moments are filmed")
    past = Past(path)
    past.refresh()
    catalog = video_comparison.known_catalog()
    story = story_of(path, catalog)
    first, last = video_comparison.span(args, story.end)
    known = leaves("ganstudio.ui.panels", Panel)
    variant = next((info for info in catalog.variants if info.name == story.scene.spec.variant), None)
    names = _chosen(args.layout, story.scene.kind, variant.panel if variant is not None else "", known)
    if not args.layout:  # a panel without its numbers would be empty
        numbers = {name for one in story.measured for name, value in one.measures.items()
                   if value is not None and math.isfinite(value)}
        names = [name for name in names if not known[name].measured or known[name].measured in numbers]
        if not args.smooth and past.recorded:  # nor one whose views are recorded only while they are seen
            names = [name for name in names if not known[name].views or past.recorded & set(known[name].views)]
    targets = paced(first, last, frames, log=log)
    there = [steps for steps in past.moments if first <= steps <= last]
    if not args.smooth and past.moments and (gaps := sparse(targets, past.moments)):
        terminal.remark(f"note: {gaps}; --smooth repeats the run and renders every frame again")
    film = open_film(out, *size, fps, path.stem)
    with film:
        application()
        note = "repeated" if args.smooth else ""
        with defer_signals():
            screen = Screen(story, known, names, size, THEMES[theme], note, fps)
        try:
            moments = replayed(path, targets, screen.views, past) if args.smooth else recorded(past, targets)
            with show_bar("filming", frames) as show:
                shoot(film, screen, moments, frames, show)
        finally:
            screen.close()
    return len(set(targets)) if args.smooth else max(len(there), 1)


def _chosen(layout: str, kind: str, brought: str, known: dict[str, type[Panel]]) -> list[str]:
    """The panels of a layout's name, or those that are named; ``brought``: what the variant brings to the front."""
    from ganstudio.ui.panel import layout_of

    rows = layout_of(kind, known)
    if layout in ("", "whole"):
        stacks = (*rows.upper, *rows.lower) if not layout else rows.stacks
        front = [brought if brought in stack else stack[0] for stack in stacks]
        return [name for name in front if not known[name].interactive]
    words = [name.strip() for name in layout.split(",")]
    if "whole" in words:
        raise BadInput(f"--layout {layout[:200]} is not possible: 'whole' is all that the window shows at first, and "
                       "is given alone")
    names = [arguments.one_of("panel", name, ["whole", *sorted(known)]) for name in words]
    for name in names:
        if kind not in known[name].kinds or known[name].interactive:
            allowed = sorted(n for n, panel in known.items() if kind in panel.kinds and not panel.interactive)
            raise BadInput(f"panel '{name}' cannot be filmed for {kind} data: allowed are {', '.join(allowed)}, or "
                           "'whole'")
    return list(dict.fromkeys(names))


def _interpolation(
    path: Path, out: Path, size: tuple[int, int], fps: int, frames: int, theme: str, at: int | None,
    space: Literal["z", "w"],
) -> int:
    """Films a walk through the latents, or through W."""
    from ganstudio.export.film_formats import open_film
    from ganstudio.export.latent_walk_film import Walking, WalkSheet
    from ganstudio.ui.application import application
    from ganstudio.ui.theme import THEMES

    tell_device(path, "and its latents are others")
    walking = Walking(path, at, space)
    film = open_film(out, *size, fps, path.stem)
    red, green, blue = (int(THEMES[theme].window[at : at + 2], 16) for at in (1, 3, 5))
    with film:
        application()
        sheet = WalkSheet(walking.title, size, THEMES[theme])
        with show_bar("filming", frames) as show:
            for frame in range(frames):
                film.add(sheet.show(walking.images(frame / frames, (red, green, blue))))
                show(frame + 1, frames)
            film.finish(lambda written, _: show(written, frames))
    return frames
