"""Trains several runs step by step together, and says of what they were given whether it was the same.

Runs of one seed whose batches are of one size draw the same real samples at D's j-th update and the same latents at
D's and G's j-th, whatever their objectives and however often each player moves in a step: each player has streams of
its own (docs/decisions/016). Each run is, bit for bit, what it would be alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from ganstudio.core.protocol.spec import Planned
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.system.wording import counted
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer
from ganstudio.training.witness import FIRST, What, Witness


class SharedDraws(msgspec.Struct, frozen=True, kw_only=True):
    """SHA-256 of what the first updates of all runs drew; None if it was not the same."""

    data: str | None  # real samples of D's updates
    latent_discriminator: str | None
    latent_generator: str | None


DRAWS: dict[str, tuple[str, What]] = {
    "data": ("discriminator", "data"),
    "latent_discriminator": ("discriminator", "latent"),
    "latent_generator": ("generator", "latent"),
}
"""Field of ``SharedDraws`` -> the player and what its updates drew."""

WORDS = {"data": "real samples", "latent_discriminator": "D's noise", "latent_generator": "G's noise"}


class Partner:
    """One run of a comparison.

    Attributes:
        trainer: The run.
        name: What it is called beside the others.
        terms: The last value of each term that was read.
        seconds: How long its updates took.
    """

    def __init__(self, name: str, trainer: Trainer, changes: Sequence[Planned] = ()) -> None:
        """``changes``: controls that are changed on the way, in the order of their steps."""
        self.name = name
        self.trainer = trainer
        self.terms: dict[str, float] = {}
        self.seconds = 0.0
        self._waiting = list(changes)

    def update(self) -> None:
        """Makes the changes that are due, and one update."""
        began = time.perf_counter()
        self.trainer.activate()
        while self._waiting and self.trainer.game.steps >= self._waiting[0].steps and not self.trainer.game.in_step:
            self.trainer.apply(self._waiting.pop(0).change)
        self.trainer.update()
        self.seconds += time.perf_counter() - began

    def flush(self) -> list[ScalarBatch]:
        """Reads the terms noted so far."""
        began = time.perf_counter()
        batches = self.trainer.flush()
        for batch in batches:
            values = batch.values.numpy()
            self.terms.update({name: float(values[-1, column]) for column, name in enumerate(batch.names)})
        self.seconds += time.perf_counter() - began
        return batches


class Lockstep:
    """Two runs or more that are trained together. One that diverges stops; the others go on."""

    def __init__(self, partners: Sequence[Partner], first: int = FIRST) -> None:
        """Prepares runs that have made no update yet.

        Args:
            partners: The runs.
            first: Of how many updates of each player the draws are hashed.
        """
        self.partners = list(partners)
        self._first = first
        self.heard: Callable[[Partner, list[ScalarBatch]], None] | None = None  # told what terms were read
        for partner in self.partners:
            partner.trainer.game.witness = Witness(first)

    def due(self, steps: int) -> Partner | None:
        """The run that makes the next update: the first of those with the fewest steps; None if all have ``steps``."""
        going = [one for one in self.partners if one.trainer.divergence is None and one.trainer.game.steps < steps]
        return min(going, key=lambda one: one.trainer.game.steps, default=None)

    def update(self, steps: int) -> Partner | None:
        """Makes one update of the run that is due, and reads its terms now and then.

        Returns:
            The run; None if all have made ``steps`` steps or have diverged.
        """
        partner = self.due(steps)
        if partner is not None:
            partner.update()
            if partner.trainer.waiting_scalars >= FLUSH_UPDATES:  # by number alone: where a run stops does not depend
                self.read(partner)  # on how fast the machine is
        return partner

    def read(self, partner: Partner) -> None:
        """Reads the terms of a run that were not read yet."""
        batches = partner.flush()
        if self.heard is not None:
            self.heard(partner, batches)

    def read_all(self) -> None:
        """Reads the terms of all runs that were not read yet."""
        for partner in self.partners:
            self.read(partner)

    def compared(self, player: str) -> int:
        """Of how many updates of a player the draws are compared: of as many as every run has made."""
        made = (partner.trainer.game.updates_of.get(player, 0) for partner in self.partners)
        return min(self._first, *made)

    def drawn(self, partner: Partner) -> dict[str, str | None]:
        """SHA-256 of what a run's first updates drew, by the fields of ``SharedDraws``; None if they drew nothing."""
        return {name: _digest(partner, name, self.compared(player)) for name, (player, _) in DRAWS.items()}

    def shared(self) -> SharedDraws:
        """What all runs drew alike, as it was drawn."""
        found = [self.drawn(partner) for partner in self.partners]
        return SharedDraws(**{name: found[0][name] if len({each[name] for each in found}) == 1 else None
                              for name in DRAWS})

    def why_not_shared(self) -> list[str]:
        """A sentence for each thing that the runs did not draw alike, with the reason."""
        shared = msgspec.structs.asdict(self.shared())
        by_reason: dict[str, list[str]] = {}
        for name, digest in shared.items():
            if digest is None:
                by_reason.setdefault(self._reason(name), []).append(WORDS[name])
        return [f"{' and '.join(things)} {'is' if things[-1].endswith('noise') and len(things) == 1 else 'are'} not "
                f"shared: {reason}" for reason, things in by_reason.items()]

    def _reason(self, name: str) -> str:
        """Why the runs did not draw the same."""
        player, what = DRAWS[name]
        if idle := [one.name for one in self.partners if _digest(one, name, self._first) is None]:
            of = "real samples" if what == "data" else "latents"
            return f"{' and '.join(idle)} drew no {of} at {player[0].upper()}'s updates"
        if what == "latent":
            laws = {one.name: _law(one.trainer) for one in self.partners}
            if len(set(laws.values())) > 1:
                return f"latents differ in size or law ({_listed(laws)})"
        sizes = {one.name: counted(one.trainer.game.controls.batch_size, "sample") for one in self.partners}
        if len(set(sizes.values())) > 1:
            return f"batches differ in size ({_listed(sizes)})"
        if what == "data":
            shapes = {one.name: "×".join(map(str, one.trainer.game.data.shape)) for one in self.partners}
            if len(set(shapes.values())) > 1:
                return f"samples differ in size ({_listed(shapes)})"
        return "their first updates drew different ones"


def _digest(partner: Partner, name: str, updates: int) -> str | None:
    """The hash of a field of ``SharedDraws`` after so many updates of a run; None if it drew nothing of the kind."""
    witness = partner.trainer.game.witness
    return None if witness is None else witness.digest(*DRAWS[name], updates)


def _law(trainer: Trainer) -> str:
    c = trainer.game.network_controls
    return f"{c.latent_dim} {c.latent}" if trainer.game.network.has_latent else "none"


def _listed(values: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items())
