"""``ganstudio translate``: a run's generator over pictures of the user's."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.commands import arguments, terminal
from ganstudio.commands.device_check import tell_device
from ganstudio.commands.progress_display import show_bar, show_spinner
from ganstudio.commands.run_at import AT, moment, trainer_at
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted

if TYPE_CHECKING:
    from ganstudio.training.trainer import Trainer

LARGEST = 2048  # px
EPILOG = """\
Each picture is cut to a square as the run's data is, or in its middle, and scaled to the run's size. What is made of it
is written as NAME.png below FOLDER, whole or not at all; a file of that name is replaced, but no picture of the input,
and FOLDER may not be inside the input folder. Pictures that cannot be read are skipped and listed.

  pix2pix    from sources to images
  cyclegan   --direction ab from sources to images, ba from images to sources
  spade      from label maps to images; so does pix2pix trained on scenes. A picture is read as a
             label map: each pixel is of the class whose brush has the nearest colour
  stargan    --set NAME=VALUE for each attribute to change; all others stay as D reads them.
             VALUE is the value's words, one of them, or its index
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declares the command's words."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("run", metavar="RUN", help="a .ganrun file; if its device is not here, the CPU is used")
    parser.add_argument("--input", required=True, metavar="PATH", help="a picture, or a folder of pictures")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a folder; it is made if it is not there")
    parser.add_argument("--at", default=None, metavar="STEP", help=AT)
    parser.add_argument("--size", default=None, metavar="PX",
                        help="side of the pictures that are given and made, if the network takes other sizes "
                             "(default: that of the run)")
    parser.add_argument("--direction", choices=("ab", "ba"), default=None, help="for cyclegan (default: ab)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="for stargan: the value of an attribute, as hair=red; may be given several times")
    parser.add_argument("--attributes", default="", metavar="NAME=VALUE,…",
                        help="for stargan: several of them in one word")
    parser.add_argument("--seed", default="0", metavar="S", help="seed of the latent and of dropout (default: 0)")
    arguments.add_data_path(parser)


def run(args: argparse.Namespace) -> int:
    """Translates."""
    seed, path, at = arguments.seed(args.seed), arguments.run_file(args.run), moment(args.at)
    side = None if args.size is None else arguments.whole("--size", args.size, 4, LARGEST)
    given = arguments.pairs("--set", [*filter(None, args.attributes.split(",")), *args.set])

    from ganstudio.export.translated_files import Ask, asked_values, check_translates, tasks_of, translate_files
    from ganstudio.files.image_folder import skipped_sentence

    for option, given_path in (("--input", args.input), ("--out", args.out)):
        if not given_path:  # which would be the folder of the shell
            raise BadInput(f"{option} takes a path, not ''")
    tasks, skipped = tasks_of(Path(args.input), Path(args.out))
    tell_device(path)
    with show_spinner(f"reading {path.name}"):
        trainer = trainer_at(path, at)
    _check_words(trainer, given, args.direction)
    data, needs = trainer.game.data, trainer.game.variant.needs
    ask = Ask(back=args.direction == "ba", side=side or (data.source_shape or (0,))[-1], seed=seed,
              attributes=asked_values(given, data.attribute_values) if "attributes" in needs else ())
    check_translates(trainer, ask)
    with show_bar("translating", len(tasks)) as far:
        done = translate_files(trainer, tasks, ask, far)
    if said := skipped_sentence(sorted([*skipped, *done.skipped])):
        terminal.remark(f"note: {said}")
    if not done.written:
        raise BadInput(f"--input {args.input} holds no picture that can be translated")
    if done.off_brush is not None:
        brushes = ", ".join(f"{name} #{bytes(brush).hex()}"
                            for name, brush in zip(data.classes_of_maps, data.brushes, strict=True))
        terminal.remark(f"note: the pictures were read as label maps, each pixel as the class of the nearest brush "
                        f"({brushes}); {done.off_brush:.1%} of the pixels have no brush's own colour")
    terminal.say(f"{counted(len(done.written), 'picture')} by the generator of step {trainer.game.steps:,} in "
                 f"{args.out}")
    return 0


def _check_words(trainer: Trainer, given: dict[str, str], direction: str | None) -> None:
    """Raises BadInput if an option is for another variant, or one is missing."""
    variant, data = trainer.game.variant, trainer.game.data
    takes_attributes = {"attributes", "source"} <= variant.needs
    if given and not takes_attributes:
        raise BadInput(f"--set {next(iter(given))} is for variants that change attributes of an image, as stargan: "
                       f"{variant.name} does not")
    if takes_attributes and not given:
        allowed = "; ".join(f"{name}: {', '.join(values)}" for name, values in data.attribute_values.items())
        raise BadInput(f"variant {variant.name} needs --set NAME=VALUE, what is to change: known are {allowed}")
    if direction == "ba" and takes_attributes:
        raise BadInput(f"--direction ba is for variants with a way back, and {variant.name} has none: use --set")
