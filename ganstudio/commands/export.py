"""``ganstudio export``: takes a run out of the studio, as curves, a generator, a TensorBoard log or a report."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganstudio.commands import arguments, terminal
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_spinner
from ganstudio.commands.run_at import AT, moment, trainer_at
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted

SUFFIXES = (".csv", ".safetensors", ".onnx", ".html")
MOMENTS = (".safetensors", ".onnx", ".html")  # which are of one moment of a run
GENERATORS = (".safetensors", ".onnx")
EPILOG = """\
what is written, by the ending of FILE:

  .csv          the curves: a row for each update of a player, in the order of the game. Columns:
                step (the j-th of the k updates of both players in a step is at j / k of it),
                player (whose update it was), and one for each term, as discriminator.penalty. A
                cell is empty if the update was not that player's or had no such term. nan, inf and
                -inf are values of the run. Read as float32, the numbers are those of the run, bit
                for bit.
  .safetensors  the generator's weights, the running average if there is one, and beside it a .json
                with the latent law, shape, units and range of the samples, the position, the hash
                and the whole spec. ganstudio.export.generator.read_generator rebuilds it.
  .onnx         the generator as ONNX in float32: z (n, latent size) in, samples (n, ...) out, with
                n free. A conditional generator has more inputs: label, source, attributes, place,
                and z only if it has a latent; the file's metadata describe each. If a layer draws
                noise, it draws each time. Needs the extra onnx: pip install onnx onnxscript
  .html         a report in one file that opens without a network: settings, the command that
                repeats the run, your changes, curves, samples, and measures beside what a
                perfect generator scores

--psi P truncates w in the generator of a run with styles: the .json notes it and read_generator
applies it, an .onnx has it baked in.

--tensorboard FOLDER writes a log for TensorBoard: every term at whole steps (the mean of a step's
updates; past 10,000 steps the mean of several steps), the spec as text and as hyperparameters, and
samples at the run's checkpoints. Needs the extra tensorboard: pip install tensorboard

An existing file is replaced once the new one is complete, but never a folder, a run, or a .json
that does not describe a generator. A log goes into a folder that does not exist yet, or is empty.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("run", metavar="RUN",
                        help="a .ganrun file; it is only read; if its device is not here, the CPU is used")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", metavar="FILE", help=f"a file with one of the endings {', '.join(SUFFIXES)}")
    where.add_argument("--tensorboard", metavar="FOLDER", help="a folder that does not exist yet, or is empty")
    parser.add_argument("--at", default=None, metavar="STEP", help=f"for a generator or a report: {AT}")
    parser.add_argument("--samples", default=None, metavar="N",
                        help="number of samples of each kind for a report's measures (default: 2500)")
    parser.add_argument("--psi", default=None, metavar="P",
                        help="for the generator of a run with styles: truncation, 0 to 2; w is drawn towards its mean "
                             "(default: 1, none)")
    arguments.add_data_path(parser)
    parser.add_argument("--json", action="store_true", help="prints one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Writes."""
    path, at = arguments.run_file(args.run), moment(args.at)
    samples = 2500 if args.samples is None else arguments.whole("--samples", args.samples, 100, 100_000)
    out = Path(args.tensorboard) if args.out is None else arguments.output(args.out, SUFFIXES, path)
    if args.samples is not None and out.suffix.lower() != ".html":
        raise BadInput(f"--samples {args.samples} is for a report: it goes with --out FILE.html")
    psi = 1.0 if args.psi is None else arguments.number("--psi", args.psi, 0, 2)
    if args.psi is not None and out.suffix.lower() not in GENERATORS:
        raise BadInput(f"--psi {args.psi} is for a generator: it goes with --out FILE and one of the endings "
                       f"{', '.join(GENERATORS)}")
    if at is not None and out.suffix.lower() not in MOMENTS:
        raise BadInput(f"--at {at} is for an export of one moment: it goes with --out FILE and one of the endings "
                       f"{', '.join(MOMENTS)}")
    if out.suffix.lower() != ".csv":  # curves are only read
        tell_device(path)
    with show_spinner(f"reading {path.name}"):
        what, files = _tensorboard(path, out) if args.out is None else _file(path, out, samples, at, psi)
    if args.json:
        arguments.print_json({"run": args.run, "what": what, "files": [str(file) for file in files]})
    else:
        terminal.say(f"{what} in {' and '.join(map(str, files))}")
    return 0


def _file(path: Path, out: Path, samples: int, at: int | None, psi: float) -> tuple[str, list[Path]]:
    """What was written and its paths, in words."""
    suffix = out.suffix.lower()
    if suffix == ".csv":
        from ganstudio.export.curves import read_batches, write_curves

        return f"terms of {counted(write_curves(read_batches(path), out), 'update')}", [out]
    if suffix == ".html":
        from ganstudio.export.report import write_report

        return f"a report of step {write_report(path, out, samples, at):,}", [out]

    trainer = trainer_at(path, at)
    what = f"the generator of step {trainer.game.steps:,}"
    if suffix == ".onnx":
        from ganstudio.export.onnx import write_onnx

        write_onnx(trainer, out, psi)
        return what, [out]
    from ganstudio.export.generator import write_generator

    return what, [out, write_generator(trainer, out, psi)]


def _tensorboard(path: Path, folder: Path) -> tuple[str, list[Path]]:
    from ganstudio.export.tensorboard import write_tensorboard

    write_tensorboard(path, folder)
    return "a TensorBoard log", [folder]
