"""What the overview says: one sentence that is true now, and what each part of the game is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ganstudio.core.control import Value
from ganstudio.core.game_graph import JUDGE, MAKER, GameGraph, Node
from ganstudio.core.protocol.messages import LastUpdate
from ganstudio.core.protocol.spec import PlayerInfo
from ganstudio.core.system.wording import counted

THINGS = {"plane": "point", "line": "number", "image": "image"}
SHOWN_BY: dict[str, tuple[str, ...]] = {  # the panels that show a part in full, the best one first
    "latent": ("manifold", "interpolation", "line"), "label": ("samples", "points"), "source": ("samples",),
    "noise": ("theory",), "data": ("points", "line", "samples"), "network": ("gradients", "theory"),
    "maker": ("manifold", "line", "progressive", "interpolation", "samples"), "made": ("points", "line", "samples"),
    "judge": ("landscape", "line", "balance", "gradients"), "scores": ("balance", "landscape", "line"),
    "loss": ("curves",),
}


@dataclass(frozen=True)
class Facts:
    """What is known of the run that the sentences speak of."""

    kind: str
    data: str  # what the data is called
    latent: int  # random numbers in one latent
    batch: int
    classes: int
    players: Sequence[PlayerInfo]
    losses: Mapping[str, Sequence[str]]  # player -> its terms, as far as there was one
    redraws: bool = False  # whether D is an autoencoder

    @property
    def thing(self) -> str:
        """What a sample is."""
        return THINGS.get(self.kind, "sample")

    def player(self, name: str) -> PlayerInfo:
        """A player by its name."""
        return next((each for each in self.players if each.name == name),
                    PlayerInfo(name=name, letter=name[:1].upper(), word=name))


def titles(node: Node, facts: Facts) -> tuple[str, ...]:
    """What stands on a part, from the longest to the shortest."""
    module = node.module
    match node.role:
        case "latent":
            return "latent z", "z"
        case "label":
            return ("class y", "y") if facts.classes else ("asked for", "asked", "y")
        case "data":
            return f"real {facts.thing}s x", "real x", "real"
        case "made":
            return f"generated {facts.thing}s", "generated", "fake"
        case "judge" | "maker" | "network":
            word = facts.player(node.owner).word if node.owner and node.role != "network" else "network"
            several = f" × {node.count}" if node.count > 1 else ""
            return f"{word} {module}{several}", f"{module}{several}", module
        case "scores":
            return f"what {module} says", f"{module} says", f"{module}(x)"
        case "loss":
            letter = facts.player(node.owner).letter
            return f"loss of {letter}", f"loss {letter}", f"L {letter}"
    return node.role, node.role[:1]


def describe(node: Node, graph: GameGraph, facts: Facts) -> str:
    """One plain sentence, or two, on a part."""
    thing, module = facts.thing, node.module
    into = [edge.origin for edge in graph.edges if edge.target == node.name and not edge.gradient]
    match node.role:
        case "latent":
            return (f"The latent z is {counted(facts.latent, 'random number')} for each sample, drawn again for every "
                    f"batch. G turns it into one {thing}.")
        case "label":
            judges = [edge.target for edge in graph.edges if edge.origin == node.name
                      and graph.node(edge.target).role == "judge"]
            what = "it" if facts.classes else "them"
            seen = f" {' and '.join(judges)} is told {what} too." if judges else f" D is not told {what}."
            if not facts.classes:
                return f"Attributes of the {thing}, or its place: what G is asked for.{seen}"
            return f"The class y is what G is asked for, one of {facts.classes:,}.{seen}"
        case "source":
            return f"The source is the {thing} that G starts from, one for each sample."
        case "noise":
            return "Random numbers that are drawn inside the game, again at every update."
        case "data":
            return f"Real {thing}s: {facts.data}. Each update that uses them draws {counted(facts.batch, thing)}."
        case "network":
            return f"{module} is a network of the {facts.player(node.owner).word}, moved by its optimiser."
        case "maker":
            blind = MAKER not in _players_of(graph, "data") and not any(
                edge.target == f"loss.{MAKER}" and edge.origin in ("data", "source") for edge in graph.edges)
            scales = f" It is {counted(node.count, 'network')}, one on top of the other." if node.count > 1 else ""
            never = " It never sees the data: it learns from D alone." if blind and _has_judge(graph) else ""
            return f"{module}, the generator, makes {thing}s from {_listed(into)}.{scales}{never}"
        case "made":
            return f"What {module} makes now. In every picture it is made from the same latents." if (
                "latent" in _names(graph)) else f"What {module} makes now."
        case "judge":
            how = "redraws each image; the better it can, the higher its score" if facts.redraws else (
                f"gives each {thing} a score; it sees {_listed(into)}")
            return f"{module}, the {facts.player(node.owner).word}, {how}."
        case "scores":
            return f"What {module} says of real and of generated {thing}s now, on average."
        case "loss":
            player = facts.player(node.owner)
            terms = facts.losses.get(node.owner, ())
            of = f", the sum of {' and '.join(terms)}," if len(terms) > 1 else ""
            return (f"What the {player.word} {player.letter} lowers{of} as a mean of its last 50 updates. Its gradient "
                    "goes back along the dashed arrows.")


def _names(graph: GameGraph) -> set[str]:
    return {node.name for node in graph.nodes}


def _has_judge(graph: GameGraph) -> bool:
    return any(node.role == "judge" for node in graph.nodes)


def _players_of(graph: GameGraph, name: str) -> frozenset[str]:
    return graph.node(name).players if name in _names(graph) else frozenset()


def _listed(names: Sequence[str]) -> str:
    """What goes into a part, in words."""
    known = {"latent": "z", "label": "its class y", "source": "a source", "data": "real samples", "noise": "noise"}
    said = [f"what {name[5:]} makes" if name.startswith("made.") else known.get(name, name) for name in names]
    return f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else "".join(said) or "nothing"


def did(made: LastUpdate, graph: GameGraph, facts: Facts) -> str:
    """What an update did, without a full stop."""
    player = facts.player(made.player)
    own = [node for node in graph.nodes if node.owner == made.player]
    number = f"{made.batch:,}"
    things = f"{facts.thing}{'' if made.batch == 1 else 's'}"
    if any(node.role == "judge" for node in own):
        return f"{player.letter} was just trained to tell {number} real from {number} generated {things} apart"
    if any(node.role == "maker" for node in own) and _has_judge(graph):
        return f"{player.letter} was just trained by what D says of {number} generated {things}"
    return f"{player.letter} was just trained on {number} {things}"


def words(graph: GameGraph, facts: Facts, settings: Mapping[str, Value], *, playing: bool,
          made: LastUpdate | None, next_: str) -> str:
    """What is going on.

    Args:
        graph: The game.
        facts: What is known of the run.
        settings: The controls as they are.
        playing: Whether the run plays.
        made: The last update, if single updates are known: in single steps and in slow motion.
        next_: The player that makes the next update; empty if that is not known.
    """
    follows = f"{facts.player(next_).letter} moves next" if next_ else ""
    if made is not None:
        return f"{did(made, graph, facts)}; {facts.player(made.next).letter} moves next."
    if not playing:
        return f"Paused. {follows}." if follows else "Paused."
    return each_step(graph, facts, settings)


def each_step(graph: GameGraph, facts: Facts, settings: Mapping[str, Value]) -> str:
    """What happens in each step of a run that plays."""
    judges, makers = settings.get("critic_steps"), settings.get("generator_steps")
    usual = {player.name for player in facts.players} == {MAKER, JUDGE} and _has_judge(graph)
    if not usual or not isinstance(judges, int) or not isinstance(makers, int):
        letters = [player.letter for player in facts.players]
        return f"In each step these are updated in turn: {', '.join(letters)}."
    d, g = facts.player(JUDGE).letter, facts.player(MAKER).letter
    each = f"{facts.batch:,} real from {facts.batch:,} generated {facts.thing}s"
    times = "" if judges == 1 else f", {judges:,} times a step"
    if settings.get("warm_up"):
        times = ", several times a step"  # a warm-up has longer steps at first
    if makers == 0:
        return f"{d} learns to tell {each} apart{times}. {g} is frozen."
    again = "" if makers == 1 else f", {makers:,} times"
    if judges == 0:
        return f"{g} learns from what {d} says of {facts.batch:,} generated {facts.thing}s{again}. {d} is frozen."
    return f"{d} learns to tell {each} apart{times}; then {g} learns from what {d} says{again}."
