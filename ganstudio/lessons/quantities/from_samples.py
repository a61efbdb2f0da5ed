"""From samples: a number of a measure from another number of samples than the usual 2,500."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.control import Controls, Integer, Text, Toggle
from ganstudio.core.measured_rows import info_of
from ganstudio.core.system.errors import unknown
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.resolve_spec import measures
from ganstudio.training.trainer import Trainer


class SamplesParams(Controls, frozen=True, kw_only=True):
    """Which number, from how many samples."""

    number: Annotated[str, Text(help="The number of a measure, as the catalogue names it")] = "fid"
    samples: Annotated[int, Integer(20, 20_000, unit="samples", help="How many real and how many generated samples"
                                    )] = 250
    floor: Annotated[bool, Toggle(help="Whether it is that of a perfect generator instead")] = False


class FromSamples(Quantity[SamplesParams]):
    """What a measure says if it is given fewer samples, or more."""

    name = "from-samples"
    title = "number from another number of samples"
    help = "A number of a measure from as many real and generated samples as are asked for. Undefined where the " \
           "measure is."

    def compute(self, trainer: Trainer | None, params: SamplesParams) -> float | None:
        assert trainer is not None
        known = {name: info for measure in measures().values() for name, info in measure.infos().items()}
        if info_of(known, params.number) is None:
            raise unknown("number of a measure", params.number, known)
        measured = compute_measures(copy_for_measuring(trainer, params.samples), None if params.floor else {},
                                    which=lambda kind: info_of(kind.infos(), params.number) is not None)
        return (measured.floors if params.floor else measured.measures).get(params.number)
