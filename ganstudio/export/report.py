"""A report of a run: one HTML file that says what was run and what came of it, and opens without a network."""

from __future__ import annotations

import base64
import functools
import io
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import jinja2
import msgspec
import numpy as np
from markupsafe import Markup

import ganstudio
from ganstudio.core.command_line import as_command
from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.dataset import Floats
from ganstudio.core.images import Bytes, columns_for, enlarged, grid, pixels
from ganstudio.core.measured_rows import shown_rows
from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.messages import Applied
from ganstudio.core.protocol.spec import OF_DATA, Change, LogEntry, Parent, SingleStep, Spec, data_name
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.wording import counted, format_measure
from ganstudio.export.curves import Curve, curves, first_not_finite, read_batches
from ganstudio.export.nan_message import why_not_finite
from ganstudio.export.report_page import PAGE
from ganstudio.export.svg_charts import curve_chart, densities, number, scatter, shortened, steps
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.measuring import SCORED, compute_measures, copy_for_measuring
from ganstudio.training.trainer import Trainer

MOST_CHARTS = 24
MOST_CHANGES = 300
LAST = 100  # updates whose mean is a curve's final value
IMAGES = 64  # of each kind
GAP = 2  # px between two images
SMALL_PX = 48  # images up to half of that are enlarged
LONGEST_VALUE = 200  # characters of a value in a table; the command has it whole
EM = 20.0  # px, size of formulas
BETTER = {"high": "higher", "low": "lower", "floor": "near the perfect one"}


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Many images in one."""

    png: str  # base64
    caption: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A measure."""

    title: str
    value: str
    floor: str
    better: str
    help: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A curve and what is to be said of it."""

    drawing: Markup
    title: str
    caption: str


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the user did."""

    number: int
    at: str
    what: str
    to: str


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A control as the run began with it."""

    title: str
    value: str
    unit: str
    help: str
    usual: str  # a sentence if it is not the default


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that belong together."""

    title: str
    rows: list[Setting]


class FormulaShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a player minimises."""

    title: str
    latex: str
    drawing: Markup | None  # None if it cannot be typeset


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is on the page; a ``str`` may come from an unknown source and is escaped."""

    version: str
    title: str
    subtitle: str
    notices: list[str]
    facts: list[tuple[str, str]]
    pictures: list[Picture]
    drawing: Markup | None
    drawing_caption: str
    truth: str
    measures: list[Row]
    measures_caption: str
    charts: list[Chart]
    curves_caption: str
    changes: list[ChangeRow]
    changes_left: str
    command: str
    command_caption: str
    formulas: list[FormulaShown]
    reference: str
    settings: list[Group]
    settings_caption: str
    footer: str


def write_report(path: Path, out: Path, samples: int = 2500, at: int | None = None) -> int:
    """Writes the report of a run; returns the step that it is of.

    Args:
        path: The run file, which is only read.
        out: The page.
        samples: Of each kind that measures look at, as in ``ganstudio measure``.
        at: Once how many steps were done; None for the last checkpoint.

    Raises:
        BadInput: The run cannot be read, does not reach so far, or the page cannot be written.
    """
    trainer = restore(path) if at is None else rebuild(path, at).trainer
    page = rendered(reported(path, trainer, samples))
    with atomic_write(out) as (part,):
        part.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    return trainer.game.steps


def rendered(report: Report) -> str:
    """The page."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(PAGE).render(r=report)


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the file itself says."""

    spec: Spec
    log: list[LogEntry]
    batches: list[ScalarBatch]
    parent: Parent | None
    changed: datetime


def _kept(path: Path) -> _Kept:
    reader = RunReader(path)
    try:
        spec, log, parent = reader.spec(), reader.log(), reader.parent()
    finally:
        reader.close()
    changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return _Kept(spec=spec, log=log, batches=read_batches(path), parent=parent, changed=changed)


def reported(path: Path, trainer: Trainer, samples: int) -> Report:
    """What there is to say of a run, and of the generator at the trainer's moment."""
    kept, known = _kept(path), catalogue()
    spec, game = trainer.spec, trainer.game
    variant, data = known.variant(spec.variant), known.data_set(spec.data)
    preset = next(preset.title for preset in variant.presets if preset.name == spec.preset)
    found = curves(kept.batches)
    pictures, drawing, drawing_caption, truth = _samples(trainer)
    why = why_not_finite(path, trainer)
    caption, measured = _measures(known, trainer, samples, why)
    changes = [_change_row(index, entry, known, spec) for index, entry in enumerate(kept.log, start=1)]
    left = len(changes) - MOST_CHANGES
    return Report(
        version=ganstudio.__version__,
        title=f"{variant.title} on {data_name(spec, data.title)}",
        subtitle=f"{known.network(spec.network).title} network, preset {preset}, seed {spec.seed}, "
                 f"{counted(game.steps, 'step')}",
        notices=_notices(found, game.steps, lost=bool(why)),
        facts=_facts(path, kept, trainer),
        pictures=pictures, drawing=drawing, drawing_caption=drawing_caption, truth=truth,
        measures=measured, measures_caption=caption,
        charts=_charts(found, kept.log), curves_caption=_curves_caption(found, kept.log),
        changes=changes[:MOST_CHANGES], changes_left=f"And {left:,} more." if left > 0 else "",
        command=_command(known, trainer), command_caption=_command_caption(trainer),
        formulas=[
            FormulaShown(title=title.capitalize(), latex=latex, drawing=typeset(latex))
            for title, latex in ((variant.discriminator_word, variant.discriminator_formula),
                                 ("generator", variant.generator_formula))
        ],
        reference=variant.reference,
        settings=_settings(known, trainer),
        settings_caption=f"The settings at the start of the run. Those with a mark differ from the preset {preset}, "
                        "or from the defaults of network and data set.",
        footer=f"Written by GAN Studio {ganstudio.__version__} on {_when(datetime.now().astimezone())}. "
               "This file contains everything that it shows.",
    )


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M %Z")


def _facts(path: Path, kept: _Kept, trainer: Trainer) -> list[tuple[str, str]]:
    spec, position = trainer.spec, trainer.position
    facts = [
        ("run", path.name),
        ("last written", _when(kept.changed)),
        ("updates", ", ".join(f"{position.of(player.name):,} of the {player.name}"
                              for player in trainer.game.variant.player_info())),
        ("real samples seen", f"{trainer.game.images_seen:,}"),
        ("computed on", f"{spec.device}, {counted(spec.threads, 'thread')}, {spec.dtype}"),
        ("trained with", f"GAN Studio {kept.spec.version or '(version unknown)'}, "
                         f"torch {kept.spec.torch or '(version unknown)'}"),
        ("SHA-256 of the weights", trainer.game.weights_hash()),
    ]
    if kept.parent is not None:
        facts.insert(1, ("branched off from", f"{kept.parent.file} at step {kept.parent.position.steps:,}"))
    if trainer.game.data.units:
        facts.append(("units", f"the file's; in losses and penalties {trainer.game.data.units}"))
    return facts


def _notices(found: Sequence[Curve], reached: int, *, lost: bool) -> list[str]:
    notices = []
    bad = first_not_finite(found)
    if bad is not None:
        notices.append(f"This run diverged: {bad.player} {shortened(bad.name)} was {bad.value} at step "
                       f"{steps(bad.at)}.")
    if lost:
        notices.append("What its generator makes is not finite: no sample can be shown or measured.")
    end = max((float(curve.at.max()) for curve in found if len(curve.at)), default=0.0)
    if end > reached + 1:
        notices.append(f"The curves reach step {steps(end)}; samples, measures, the command and the hash are of step "
                       f"{reached:,}.")
    return notices


# Samples and measures -------------------------------------------------------------------------------------------------


def _samples(trainer: Trainer) -> tuple[list[Picture], Markup | None, str, str]:
    """Pictures of images, or a drawing of points, what is to be said of it, and what its dashed lines are."""
    game, view = trainer.game, trainer.view
    if game.data.kind == "image":
        z = view.latents[:IMAGES]
        averaged = view.average(z)
        made = view.generate(z) if averaged is None else averaged
        whose = "" if averaged is None else ", by the running average of the generator's weights"
        high, wide = made.shape[-2:]
        size = f"{wide} px" if high == wide else f"{wide} x {high} px"
        real_images = view.real[: 1 if "one image" in game.data.abilities else IMAGES]
        return [
            Picture(png=_png(pixels(images.cpu().numpy())),
                    caption=f"{counted(len(images), f'{kind} image')} of {size}{more}")
            for images, kind, more in ((made, "generated", whose), (real_images, "real", ""))
        ], None, "", ""
    real, fake = view.real.cpu().numpy(), view.generate(view.latents).cpu().numpy()
    if game.data.kind == "line":
        def density(x: Floats) -> Floats | None:
            log = game.data.log_density(x[:, None])
            return None if log is None else np.exp(log)

        drawing, outside = densities(real[:, 0], fake[:, 0], game.data.extent, density, game.data.user_units)
        truth = "the data's density" if game.data.log_density(np.zeros((1, 1))) is not None else ""
    else:
        drawing, outside = scatter(real, fake, game.data.extent, game.data.modes, game.data.user_units)
        truth = "3 sd around each mode" if game.data.modes is not None else ""
    caption = f"{len(real):,} real and {len(fake):,} generated samples, in the data's units"
    lost = len(fake) - int(np.isfinite(fake).all(axis=1).sum())
    caption += f"; {outside - lost:,} generated ones are outside" if outside > lost else ""
    caption += f"; {lost:,} generated ones are not finite, and not drawn." if lost else "."
    return [], drawing, caption, truth


def _png(images: Bytes) -> str:
    """A grid of images with clear gaps, as base64; those of few pixels larger, for programs that would blur them."""
    from PIL import Image

    factor = max(1, SMALL_PX // max(images.shape[1], 1))
    large = np.stack([enlarged(image, factor) for image in images])
    columns = columns_for(len(large), 1, 1, large.shape[2] / large.shape[1])
    sheet, seen = (grid(part, columns, GAP) for part in (large, np.full_like(large[..., :1], 255)))
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate([sheet, seen[..., :1]], axis=2)).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def _measures(known: Catalog, trainer: Trainer, samples: int, why: str) -> tuple[str, list[Row]]:
    """What is said above the table, and its rows; ``why``: the generator makes nothing that could be measured."""
    if why:
        return f"Nothing could be measured: {why}.", []
    measured = compute_measures(copy_for_measuring(trainer, samples, scored=SCORED))
    infos = {info.name: info for info in known.measures}
    shown = shown_rows(infos, measured.measures, measured.floors, reads_w1=trainer.game.variant.reads_w1)
    samples = measured.samples  # fewer than were asked for if no more are known
    caption = (f"From {counted(samples, 'sample')} of each kind. Beside each number is its floor: what a perfect "
            "generator scores at this sample size (measured with new real samples). No generator can be expected "
            "to be better.")
    if measured.net:
        caption += f" Features are those of the {measured.net}."
    return caption, [
        Row(title=info.title, value=format_measure(value, info.format), floor=format_measure(floor, info.format),
            better=_better(info.better, floor), help=_at_size(info.help, samples))
        for info, value, floor in shown
    ]


def _better(way: str, floor: float | None) -> str:
    """Which way is better; a dash for a number that is only better near a floor, and has none."""
    return "–" if way == "floor" and floor is None else BETTER[way]


def _at_size(help: str, samples: int) -> str:
    """A measure's help, with its thresholds, given for the usual number of samples, at the number that was used."""
    def scaled(found: re.Match[str]) -> str:
        usual = int(found[2].replace(",", ""))
        return f"{max(math.ceil(int(found[1]) * samples / usual), 1):,} of {samples:,} samples"

    return re.sub(r"(\d+) of ([\d,]+) samples", scaled, help)


# Curves and changes ---------------------------------------------------------------------------------------------------


def _charts(found: Sequence[Curve], log: Sequence[LogEntry]) -> list[Chart]:
    end = max((float(curve.at.max()) for curve in found if len(curve.at)), default=1.0)
    changes = [_at(entry) for entry in log][:MOST_CHANGES]
    return [
        Chart(drawing=curve_chart(curve, end, changes), title=f"{curve.player}: {shortened(curve.name)}",
              caption=_curve_caption(curve))
        for curve in found[:MOST_CHARTS]
    ]


def _curve_caption(curve: Curve) -> str:
    finite = np.isfinite(curve.values)
    if not finite.any():
        return "never finite"
    at, values = curve.at[finite], curve.values[finite].astype(np.float64)
    last = values[-LAST:]
    low, high = int(values.argmin()), int(values.argmax())
    caption = (f"ends at {number(float(last.mean()))} (mean of its last {counted(len(last), 'update')}); lowest "
            f"{number(float(values[low]))} at step {steps(float(at[low]))}, highest {number(float(values[high]))} "
            f"at step {steps(float(at[high]))}")
    lost = int((~finite).sum())
    return caption + (f"; {lost:,} of {len(finite):,} values not finite" if lost else "")


def _curves_caption(found: Sequence[Curve], log: Sequence[LogEntry]) -> str:
    caption = ("Every term of both players, with all updates. The thin line shows the lowest and highest values of "
            "each stretch, the thick one the mean.")
    if log:
        caption += " Dotted vertical lines are your changes, numbered as in the table below."
    if len(found) > MOST_CHARTS:
        caption += f" The first {MOST_CHARTS} of {len(found)} terms are drawn."
    return caption


def _at(entry: LogEntry) -> float:
    return float(entry.position.steps)


def _change_row(index: int, entry: LogEntry, known: Catalog, spec: Spec) -> ChangeRow:
    match entry.command:
        case Change(name=name, value=value):
            owner = known.data_set(spec.data) if name.startswith(OF_DATA) else known.variant(spec.variant)
            own = name.removeprefix(OF_DATA)
            info = next((info for info in owner.controls if info.name == own), None)
            unit = f" {info.unit}" if info is not None and info.unit else ""
            what, to = (name if info is None else _title(info)), _value(value) + unit
        case SingleStep(player=player):
            what, to = f"a single step of the {player}", ""
        case _:
            what, to = "you made the networks grow", ""
    return ChangeRow(number=index, at=f"{entry.position.steps:,}", what=_cut(what), to=to)


# Settings and command -------------------------------------------------------------------------------------------------


def _usual(known: Catalog, trainer: Trainer) -> dict[str, dict[str, Value]]:
    """The default of each control, by part of the spec."""
    spec, preset = trainer.spec, trainer.preset
    parts: list[tuple[str, list[ControlInfo], Mapping[str, Value]]] = [
        ("controls", known.variant(spec.variant).controls, preset.controls),
        ("network_controls", known.network(spec.network).controls, preset.network),
        ("data_controls", known.data_set(spec.data).controls, {}),
    ]
    return {part: {**{info.name: info.default for info in infos}, **over} for part, infos, over in parts}


def _command(known: Catalog, trainer: Trainer) -> str:
    changes = [
        Applied(run=0, id=0, name=entry.command.name, value=entry.command.value, position=entry.position)
        for entry in trainer.log if isinstance(entry.command, Change)
    ]
    return as_command(trainer.spec, trainer.game.steps, changes, _usual(known, trainer))


def _command_caption(trainer: Trainer) -> str:
    caption = "It ends with the same weights, bit for bit, on the same CPU with the same build of torch."
    if any(not isinstance(entry.command, Change) for entry in trainer.log):
        caption += (" Single steps of one player and growing by hand cannot be given on the command line. "
                    "This command leaves them out; `ganstudio replay` repeats them from the run file.")
    elif any(entry.position.place for entry in trainer.log):
        caption += (" A change was made in the middle of a step. The command makes it at the beginning of the step, "
                 "`ganstudio replay` where it was.")
    return caption


MOVED = {"controls": "", "data_controls": OF_DATA}
"""Part of the spec -> what the names of its controls begin with in a change."""


def _settings(known: Catalog, trainer: Trainer) -> list[Group]:
    spec = trainer.spec
    usual = _usual(known, trainer)
    variant, network, data = known.variant(spec.variant), known.network(spec.network), known.data_set(spec.data)
    kind = trainer.game.data.kind
    moved = {entry.command.name for entry in trainer.log if isinstance(entry.command, Change)}
    groups: dict[str, list[Setting]] = {}
    parts: list[tuple[str, list[ControlInfo], dict[str, Value], str]] = [
        (variant.title, variant.controls, spec.controls, "controls"),
        (f"{network.title} network", network.controls, spec.network_controls, "network_controls"),
        (data.title, data.controls, spec.data_controls, "data_controls"),
    ]
    for owner, infos, values, part in parts:
        for info in infos:
            if info.kinds and kind not in info.kinds:
                continue
            value, normal = values[info.name], usual[part][info.name]
            remark = f"Usual: {_value(normal)}." if value != normal else ""
            if MOVED.get(part, "?") + info.name in moved:
                info = msgspec.structs.replace(info, help=f"{info.help.rstrip('.')}. You changed it later on.")
            title = owner if part != "controls" else f"{owner}: {info.group}"
            groups.setdefault(title, []).append(Setting(
                title=_title(info), value=_value(value), unit=info.unit, help=info.help, usual=remark))
    first = [title for title in groups if title.endswith(": objective")]
    return [Group(title=title, rows=groups[title]) for title in dict.fromkeys([*first, *groups])]


def _title(info: ControlInfo) -> str:
    """Label and symbol; what follows an underscore in a symbol is a subscript."""
    if not info.symbol or info.symbol in info.label:
        return info.label
    symbol, _, below = info.symbol.partition("_")
    return Markup("{} {}").format(info.label, Markup("{}<sub>{}</sub>").format(symbol, below) if below else symbol)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return _cut(", ".join(_value(one) for one in value))
    if isinstance(value, str):
        return _cut(value) or "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}".replace("-", "−")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


# Formulas -------------------------------------------------------------------------------------------------------------


@functools.cache
def typeset(latex: str) -> Markup | None:
    """A catalogue's LaTeX as SVG in the colour of its surroundings; None if it cannot be set."""
    with warnings.catch_warnings():
        # WORKAROUND ziamath 0.13: it finds its font by importlib.resources.path, deprecated in Python 3.11 and 3.12.
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.config import config
        from ziamath.zmath import Latex
    config.svg2 = False  # symbols with names would clash if a page holds several formulas
    if not latex.strip():
        return None
    try:
        drawn = Latex(latex, size=EM, color="currentColor")
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError):
        return None
    box = drawn.node.bbox
    if not (math.isfinite(box.xmax - box.xmin) and box.xmax > box.xmin):
        return None
    opening = Markup('<svg role="img" aria-label="{}" ').format(latex)
    return Markup(drawn.svg().replace("<svg ", opening, 1))
