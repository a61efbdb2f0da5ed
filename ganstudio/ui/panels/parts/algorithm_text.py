"""What the algorithm panel says: one sentence for each moment of an update, with the numbers of that update."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ganstudio.core.algorithm_box import BoxLine, Moment
from ganstudio.core.protocol.messages import LastUpdate
from ganstudio.core.protocol.spec import PlayerInfo
from ganstudio.core.system.wording import counted, figure

OPTIMISERS = {"sgd": "SGD", "rmsprop": "RMSprop", "rmsprop-tf": "RMSprop (TensorFlow's constants)", "adam": "Adam",
              "optimistic-adam": "Optimistic Adam", "extragradient": "Extragradient", "extra-adam": "Extra-Adam"}
IDLE = "Press N, or one of the step buttons, to make one update and go through it line by line."
FAST = ("The run is too fast to follow its lines. N pauses it and goes through one update; slow motion (speed at its "
        "left end) runs through the lines by itself.")
PAST = "A recorded moment is shown. The numbers of single updates are known of the live run only."


def called(player: str, players: Sequence[PlayerInfo]) -> str:
    """A player in a sentence: its letter and its word."""
    info = next((each for each in players if each.name == player), None)
    return f"the {info.word} {info.letter}" if info is not None else player


def letter(player: str, players: Sequence[PlayerInfo]) -> str:
    """A player's letter."""
    return next((each.letter for each in players if each.name == player), player)


def headline(made: LastUpdate, players: Sequence[PlayerInfo], moment: int, moments: int, waiting: int = 0) -> str:
    """Which update the numbers are of, and how far the walk through it is."""
    who = letter(made.player, players)
    more = f" {counted(waiting, 'further update')} of this step to come." if waiting else ""
    return f"Update {made.update:,} of {who}, as it was made: {moment + 1} of {moments}.{more}"


def sentence(moment: Moment, lines: Sequence[BoxLine], made: LastUpdate, players: Sequence[PlayerInfo]) -> str:
    """What happens at a moment, with this update's numbers.

    Args:
        moment: The moment.
        lines: The box.
        made: The numbers of the update.
        players: Who plays.
    """
    who = letter(made.player, players)
    match moment.phase:
        case "turn":
            turn = f"{called(made.player, players)} is updated"
            share = f", {made.place:,} of {made.places:,} in this step" if 0 < made.place <= made.places else ""
            return f"{turn[:1].upper()}{turn[1:]}: its update {made.update:,}{share}."
        case "draw":
            return _drawn(made, who)
        case "meaning":
            return "This is worked out for the line below or above that uses it; no weight changes."
        case "terms":
            maximised = 0 <= moment.line < len(lines) and lines[moment.line].maximised
            what = "The negative of this line, its loss" if maximised else f"The loss of {who}"
            return f"{what}, on this batch: {summed(made.terms)}."
        case "gradient":
            return (f"The gradient of this loss, over all {counted(made.weights, 'weight')} of {who}, has length "
                    f"{figure(made.gradient)}.")
        case "step":
            share = f", {made.rate_share:.0%} of the control by the schedule" if made.rate_share < 1 else ""
            name = OPTIMISERS.get(made.optimiser, made.optimiser)
            return (f"{name} moves the weights of {who} by {figure(made.moved)} in length (rate {figure(made.rate)}"
                    f"{share}). Here {who} changes.")
        case "after":
            return _after(made, who)


def _drawn(made: LastUpdate, who: str) -> str:
    """What the update asked for."""
    noise = f"{counted(made.latents, 'fresh latent')} for G" if made.latents else ""
    real = counted(made.batch, "real sample") if made.drew else ""
    both = " and ".join(part for part in (real, noise) if part)
    if not both:
        return "Nothing is drawn."
    verb = "is" if (made.batch if made.drew else made.latents) == 1 and not (real and noise) else "are"
    return f"{both[:1].upper()}{both[1:]} {verb} drawn{'' if made.drew else f'; {who} sees no data'}."


def _after(made: LastUpdate, who: str) -> str:
    """What the variant did once the optimiser had moved the weights."""
    parts = []
    if made.set_after:
        parts.append(f"{made.set_after:,} of {made.weights:,} weights of {who} were changed by this line")
    if made.readings:
        parts.append(", ".join(f"{name} is {figure(value)}" for name, value in made.readings.items()) + " now")
    said = "; ".join(parts) or f"No weight of {who} was changed by this line"
    return f"{said[:1].upper()}{said[1:]}."


def summed(terms: Mapping[str, float]) -> str:
    """Terms and their sum: critic −0.83 + penalty 0.12 = −0.71."""
    parts = [f"{name} {figure(value)}" if index == 0 else f"{'−' if value < 0 else '+'} {name} {figure(abs(value))}"
             for index, (name, value) in enumerate(terms.items())]
    total = f" = {figure(math.fsum(terms.values()))}" if len(terms) > 1 and _finite(terms) else ""
    return f"{' '.join(parts)}{total}"


def _finite(terms: Mapping[str, float]) -> bool:
    return all(math.isfinite(value) for value in terms.values())
