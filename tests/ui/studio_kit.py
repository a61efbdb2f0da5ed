"""What the window's tests share: an engine that only remembers, and events made by hand."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import shiboken6
from numpy.typing import NDArray

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.catalog import Catalog, DataInfo, NetworkInfo, VariantInfo
from ganstudio.core.protocol.messages import (
    Applied,
    Command,
    Event,
    MeasuredNow,
    Progress,
    Scalars,
    Snapshot,
    Start,
    Started,
    Welcome,
)
from ganstudio.core.protocol.spec import OF_DATA, Position, Spec
from ganstudio.core.protocol.views import Array, Landscape, Line, ModeCount, Points, ScalarBatch, View
from ganstudio.training.build_catalog import catalogue
from ganstudio.ui.docks.layouts import FRAMES, Layout
from ganstudio.ui.main.window import Window
from ganstudio.ui.panel import USUAL, Panel, layout_of
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.session import Session

C = TypeVar("C", bound=Command)
RING = np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4], dtype=np.float32)


@functools.cache
def real_catalog() -> Catalog:
    """The catalogue that an engine sends."""
    return catalogue()


@functools.cache
def layouts() -> dict[str, Layout]:
    """By kind of data, how all panels lie at first."""
    return {kind: layout_of(kind, leaves("ganstudio.ui.panels", Panel)) for kind in FRAMES}


def offered(kind: str, *abilities: str) -> set[str]:
    """The panels that are shown at first of a run that has the usual abilities, and those."""
    panels = leaves("ganstudio.ui.panels", Panel)
    return {name for name in layouts()[kind].names if panels[name].fits(kind, {*USUAL, *abilities})}


def variant_info(name: str) -> VariantInfo:
    return real_catalog().variant(name)


def data_info(name: str) -> DataInfo:
    return real_catalog().data_set(name)


class FakeLink:
    """An engine that remembers what it is told and says what a test wants."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.say: Callable[[Event], None] = lambda _: None
        self.lose: Callable[[str], None] = lambda _: None
        self.closed = False

    async def open(self, on_event: Callable[[Event], None], on_lost: Callable[[str], None]) -> None:
        self.say, self.lose = on_event, on_lost

    def send(self, command: Command) -> None:
        self.sent.append(command)

    async def close(self) -> None:
        self.closed = True

    def told(self, kind: type[C]) -> list[C]:
        """The commands of a kind, in their order."""
        return [command for command in self.sent if isinstance(command, kind)]


class Stage:
    """A session whose engine is played by the test."""

    def __init__(self, *, welcomed: bool = True) -> None:
        self.links: list[FakeLink] = []
        self.kept: list[object] = []  # widgets, until Qt has deleted them: collecting half of a plot crashes
        self.session = Session(self._another)
        self.commands = RunCommands(self.session)
        self.run = self.commands.run
        self.next_run = self.commands.next_run
        self.open()
        if welcomed:
            self.welcome()

    def _another(self) -> FakeLink:
        self.links.append(FakeLink())
        return self.links[-1]

    def open(self, act: Callable[[], None] | None = None) -> None:
        """Opens a link, as the studio does at its start or as ``act`` does."""

        async def opening() -> None:
            (act or self.session.open)()
            await asyncio.sleep(0)

        asyncio.run(opening())

    @property
    def link(self) -> FakeLink:
        return self.links[-1]

    def welcome(self) -> None:
        self.link.say(Welcome(catalog=real_catalog(), device="CPU", devices=["auto", "cpu"], torch="2"))

    def begin(self, spec: Spec | None = None, **settings: Value) -> int:
        """Asks for a run and lets it stand; its number."""
        self.commands.next_run.start(spec or Spec())
        return self.stand(**settings)

    def stand(self, **settings: Value) -> int:
        """Lets the run that was asked for last stand, as an engine would: with its whole spec."""
        asked = self.link.told(Start)[-1]
        self.link.say(started(asked.run, asked.spec, **settings))
        return asked.run


def end(window: Window) -> None:
    """Deletes a window now, with what would still look at it: whatever is left is dressed anew with each palette."""
    window.scheduler._next.timeout.disconnect()
    window.scheduler._patience.timeout.disconnect()
    window.close()
    shiboken6.delete(window)


def started(run: int, spec: Spec, **settings: Value) -> Started:
    """An engine's answer to a start."""
    variant, data = variant_info(spec.variant), data_info(spec.data)
    preset = next((p for p in variant.presets if p.name == spec.preset), variant.presets[0])
    controls = {**{c.name: c.default for c in variant.controls}, **preset.controls, **spec.controls, **settings}
    network = {**{c.name: c.default for c in real_catalog().network("mlp").controls}, **preset.network,
               **spec.network_controls}
    of_data = {**{c.name: c.default for c in data.controls}, **spec.data_controls}
    live = {f"{OF_DATA}{c.name}": of_data[c.name] for c in data.controls if c.live}
    whole = Spec(
        variant=spec.variant, data=spec.data, network=spec.network or "mlp", preset=preset.name, seed=spec.seed,
        controls=controls,
        network_controls=network, data_controls=of_data,
        device="cpu", threads=1,
    )
    return Started(
        run=run, spec=whole, settings={**live, **controls}, kind=data.kind or "plane", low=-2.0, high=2.0, units="",
        preset_steps=1000, device_title="CPU", position=Position(), playing=True, preset_controls=preset.controls,
        preset_network=preset.network,
        has=sorted({*USUAL, "parallel lines"}) if spec.data == "lines" else [],
    )


def snapshot(run: int, *views: tuple[str, View], steps: int = 1) -> Snapshot:
    return Snapshot(run=run, position=Position(steps=steps), views=dict(views), seconds=0.001)


def progress(run: int, steps: int, *, place: int = 0, playing: bool = True) -> Progress:
    return Progress(run=run, position=Position(steps=steps, place=place), seen=steps * 64,
                    steps_per_second=100.0 * playing, playing=playing)


def applied(run: int, id_: int, name: str, value: Value, steps: int = 1, place: int = 0) -> Applied:
    return Applied(run=run, id=id_, name=name, value=value, position=Position(steps=steps, place=place))


def measured(run: int, steps: int, measures: dict[str, float | None], floors: dict[str, float | None]) -> MeasuredNow:
    return MeasuredNow(run=run, steps=steps, samples=500, measures=measures, floors=floors)


def scalars(run: int, player: str, at: NDArray[np.float64], **terms: NDArray[np.float64]) -> Scalars:
    """Terms of one player over its updates."""
    values = np.stack(list(terms.values()), axis=1).astype(np.float32)
    batch = ScalarBatch(player=player, names=list(terms), at=Array.of(at), values=Array.of(values))
    return Scalars(run=run, batches=[batch])


def floats(values: object) -> Array:
    return Array.of(np.asarray(values, dtype=np.float32))


def points_view(fake: object, *, real: object = RING, modes: ModeCount | None = None) -> tuple[str, Points]:
    return "points", Points(real=floats(real), fake=floats(fake), modes=modes)


def mode_count(
    nearest: object, *, share: object = None, found: int | None = None, high_quality: float = 0.9
) -> ModeCount:
    """How points fall on the ring's eight modes."""
    shares = np.asarray(nearest if share is None else share, dtype=np.float32)
    return ModeCount(
        centres=floats(RING), radius=floats(np.full(8, 0.06)), share=floats(shares), nearest=floats(nearest),
        needed=floats(np.full(8, 0.008)),
        found=int((shares >= 0.008).sum()) if found is None else found, high_quality=high_quality,
    )


def landscape_view(values: object, gradient: object, *, kind: str = "value") -> tuple[str, Landscape]:
    """A grid over the square from -2 to 2, with gradients at as many points of the ring."""
    slopes = np.asarray(gradient, dtype=np.float32)
    return "landscape", Landscape(low=-2.0, high=2.0, values=floats(values), kind=kind,
                                  at=floats(RING[: len(slopes)]), gradient=floats(slopes))


def line_view(data: object, generator: object, score: object, *, kind: str = "value") -> tuple[str, Line]:
    count = len(np.asarray(data))
    return "line", Line(x=floats(np.linspace(-2, 2, count)), data=floats(data), exact=True,
                        generator=floats(generator), score=floats(score), kind=kind)


@functools.cache
def every_control() -> list[tuple[str, ControlInfo]]:
    """Each control of the catalogue, with the first that has it: a learning rate is many variants', and one control."""
    catalog = real_catalog()
    owners: list[VariantInfo | NetworkInfo | DataInfo] = [*catalog.variants, *catalog.networks, *catalog.data]
    found: list[tuple[str, ControlInfo]] = []
    for owner in owners:
        met = [info for _, info in found]
        found += [(owner.name, info) for info in owner.controls if info not in met]
    return found
