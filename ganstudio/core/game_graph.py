"""The game as a graph: what goes into the networks, what they make, what is said of it, and the gradients back.

It is derived from who plays and from what flows where in the players' updates, so it is right for any cast: labels and
sources, an autoencoder as critic, growing or stacked networks, a single player, two pairs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ganstudio.core.protocol.flow import DATA, INPUTS, LABEL, LATENT, LOSS, NOISE, SOURCE, Flow
from ganstudio.core.protocol.spec import PlayerInfo

Role = Literal["latent", "label", "source", "noise", "data", "network", "maker", "made", "judge", "scores", "loss"]
MAKER, JUDGE = "generator", "discriminator"  # the players whose modules make and judge samples
_COLUMN_OF: dict[str, float] = {  # networks that are neither lie between the inputs and the makers
    "latent": 0, "label": 0, "source": 0, "noise": 0, "network": 1, "maker": 2, "made": 3, "data": 3, "judge": 4,
    "scores": 5, "loss": 6,
}


@dataclass(frozen=True)
class Node:
    """A part of the game."""

    name: str  # "latent", "G", "made.G", "scores.D", "loss.generator"
    role: Role
    column: int  # from the left, beginning with 0
    row: float  # its place in the column: the middle of the first of n is 1 / 2n
    module: str = ""  # that it is, that made it, or whose scores it holds
    owner: str = ""  # the player whose module or loss it is
    players: frozenset[str] = frozenset()  # in whose updates it is at work
    count: int = 1  # modules that are drawn as this one: the scales of a stack


@dataclass(frozen=True)
class Edge:
    """Something goes from one part to another; of a gradient, from ``target`` back to ``origin``."""

    origin: str
    target: str
    players: frozenset[str]  # in whose updates it does
    gradient: bool = False


@dataclass(frozen=True)
class GameGraph:
    """Parts and what goes between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def columns(self) -> int:
        """How many columns the parts lie in."""
        return 1 + max((node.column for node in self.nodes), default=-1)

    def node(self, name: str) -> Node:
        """The part of that name; KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)


def game_graph(players: Sequence[PlayerInfo], flows: Sequence[Flow], has: Iterable[str] = ()) -> GameGraph:
    """The graph of a game.

    Args:
        players: Who plays, with the modules of each.
        flows: What flows where; if there are none, those of the usual game are assumed.
        has: What a run of an older version has, of `core.leaves.ABILITIES`; used only if there are no flows.
    """
    flows = list(flows) or usual_flows(players, frozenset(has))
    members = _families([*(name for flow in flows for name in (flow.origin, flow.target)),
                         *(module for player in players for module in modules_of(player))])
    flows = [Flow(flow.player, members[flow.origin], members[flow.target]) for flow in flows]
    owners = {members.get(module, module): player.name for player in players for module in modules_of(player)}
    parts = _Parts(flows, owners)
    links = parts.links()
    there = {name: None for link in links for name in link[:2]}
    names = dict.fromkeys([*(name for name in owners if name in there), *there])  # modules as their players have them
    roles = {name: parts.role(name) for name in names}
    order = _placed(list(names), roles, links)
    at_work: dict[str, set[str]] = {name: set() for name in names}
    for origin, target, player in links:
        at_work[origin].add(player)
        at_work[target].add(player)
    sizes = Counter(family for family in members.values() if family not in (*INPUTS, LOSS))
    nodes = tuple(
        Node(name, roles[name], column, row, parts.module(name), parts.owner(name), frozenset(at_work[name]),
             max(sizes.get(name, 1), 1))
        for name, (column, row) in order.items())
    return GameGraph(nodes, (*_forward(links), *_backward(links, owners)))


def modules_of(player: PlayerInfo) -> list[str]:
    """The modules of a player; in older files, one that has its letter."""
    return player.modules or [player.letter]


def usual_flows(players: Sequence[PlayerInfo], has: frozenset[str]) -> list[Flow]:
    """What flows in a game of one generator and one discriminator; any other player learns from the data alone."""
    inputs = [name for name in (LATENT, LABEL, SOURCE) if name in has]
    names = {player.name: modules_of(player) for player in players}
    makers, judges = names.get(MAKER, []), names.get(JUDGE, [])
    flows: list[Flow] = []
    for player in players:
        made = [Flow(player.name, origin, maker) for maker in makers for origin in inputs]
        judged = [Flow(player.name, maker, judge) for judge in judges for maker in makers]
        asked = [Flow(player.name, LABEL, judge) for judge in judges if LABEL in inputs]
        ends = [Flow(player.name, judge, LOSS) for judge in judges]
        if player.name == JUDGE:
            flows += [*made, *(Flow(JUDGE, DATA, judge) for judge in judges), *judged, *asked, *ends]
        elif player.name == MAKER:
            flows += [*made, *judged, *asked, *ends] if judges else [
                *made, *(Flow(MAKER, DATA, LOSS) for _ in makers[:1]), *(Flow(MAKER, maker, LOSS) for maker in makers)]
        else:
            for module in names[player.name]:
                flows += [Flow(player.name, DATA, module), Flow(player.name, module, LOSS)]
    return flows


Link = tuple[str, str, str]
"""Origin, target, and the player in whose update it is."""


class _Parts:
    """Turns flows between modules into links between parts: what a maker makes, and what a judge says, are parts."""

    def __init__(self, flows: list[Flow], owners: dict[str, str]) -> None:
        self._flows, self._owners = flows, owners
        self._judges = {name for name, owner in owners.items() if owner == JUDGE}
        feeding = {flow.origin for flow in flows if flow.target in self._judges}
        makers = {name for name, owner in owners.items() if owner == MAKER}
        # Without a judge, whatever the generator has makes the samples.
        self._makers = (makers & feeding) or (makers if not self._judges else set())

    def links(self) -> list[Link]:
        """What goes where, each once."""
        found: dict[Link, None] = {}
        latent = {flow.target for flow in self._flows if flow.origin == LATENT}
        for flow in self._flows:
            if flow.origin == flow.target:
                continue
            if flow.origin == NOISE and (flow.target not in self._makers or flow.target in latent):
                continue  # a draw inside the terms, as for a penalty between the samples
            if flow.target == LOSS and not self._counts(flow):
                continue
            origin, player = flow.origin, flow.player
            if origin in self._makers:
                found[origin, f"made.{origin}", player] = None
                origin = f"made.{origin}"
            elif origin in self._judges and flow.target == LOSS:
                found[origin, f"scores.{origin}", player] = None
                origin = f"scores.{origin}"
            target = f"loss.{player}" if flow.target == LOSS else flow.target
            found[origin, target, player] = None
        return list(found)

    def _counts(self, flow: Flow) -> bool:
        """Whether what reaches a loss is drawn: scores, what was made, and what that is compared with."""
        if flow.origin in self._judges or flow.origin in self._makers:
            return True
        into = {other.origin for other in self._flows if other.player == flow.player and other.target == LOSS}
        if flow.origin in (DATA, SOURCE):
            return bool(into & self._makers)
        return flow.origin in self._owners and not into & (self._judges | self._makers)

    def role(self, name: str) -> Role:
        """What a part is."""
        for prefix, role in (("made.", "made"), ("scores.", "scores"), ("loss.", "loss")):
            if name.startswith(prefix):
                return role  # type: ignore[return-value]
        if name in INPUTS:
            return name  # type: ignore[return-value]
        return "judge" if name in self._judges else "maker" if name in self._makers else "network"

    def module(self, name: str) -> str:
        """The module that a part is, that made it, or whose scores it holds; empty if none."""
        before, dot, after = name.partition(".")
        return "" if name in INPUTS or before == "loss" else after if dot else name

    def owner(self, name: str) -> str:
        """The player whose module or loss a part is; empty if none."""
        before, _, after = name.partition(".")
        return after if before == "loss" else self._owners.get(self.module(name), "")


def _families(names: Iterable[str]) -> dict[str, str]:
    """Modules that differ by a number at their end are drawn as one: G0, G1, G2 are G."""
    stems: dict[str, set[str]] = {}
    for name in names:
        found = re.fullmatch(r"(.*[A-Za-z])_?\d+", name)
        stems.setdefault(found[1] if found and name not in INPUTS else name, set()).add(name)
    return {name: stem if len(members) > 1 or name == stem else name
            for stem, members in stems.items() for name in members}


def _placed(names: list[str], roles: dict[str, Role], links: list[Link]) -> dict[str, tuple[int, float]]:
    """The column and row of each part: from the inputs to the losses, with what belongs together in one row."""
    inner = {name for name in names if roles[name] in ("network", "maker")}
    early = any(origin == DATA and target in inner for origin, target, _ in links)
    networks = [name for name in names if roles[name] == "network"]
    places = {name: _COLUMN_OF[roles[name]] for name in names}
    for depth, name in enumerate(networks):
        places[name] = 1 + depth / (len(networks) + 1)
    if early and DATA in places:
        places[DATA] = 0
    columns = {place: index for index, place in enumerate(sorted(set(places.values())))}
    makers = [name for name in names if roles[name] == "maker"]
    ranks: dict[str, float] = {}
    for index, name in enumerate(makers):
        ranks[name] = ranks[f"made.{name}"] = float(index)
    for name in names:
        if roles[name] == "judge":
            ranks[name] = ranks[f"scores.{name}"] = min(
                [ranks[origin] for origin, target, _ in links if target == name and origin in ranks], default=0.0)
        elif roles[name] == "loss":
            ranks[name] = {f"loss.{MAKER}": 0.0, f"loss.{JUDGE}": 1.0}.get(name, 2.0)
        elif name == DATA:
            ranks[name] = 99.0  # below what is made
    order = list(INPUTS)
    placed: dict[str, tuple[int, float]] = {}
    for place, column in columns.items():
        here = [name for name in names if places[name] == place]
        here.sort(key=lambda name: (ranks.get(name, order.index(name) if name in order else 0.0), names.index(name)))
        for index, name in enumerate(here):
            placed[name] = (column, (index + 0.5) / len(here))
    return placed


def _forward(links: list[Link]) -> list[Edge]:
    players: dict[tuple[str, str], set[str]] = {}
    for origin, target, player in links:
        players.setdefault((origin, target), set()).add(player)
    return [Edge(origin, target, frozenset(who)) for (origin, target), who in players.items()]


def _backward(links: list[Link], owners: dict[str, str]) -> list[Edge]:
    """The ways that the gradient of each player's loss goes back to its own modules."""
    edges: list[Edge] = []
    for player in dict.fromkeys(player for _, _, player in links):
        own = {name for name, owner in owners.items() if owner == player}
        way = [(origin, target) for origin, target, mover in links if mover == player]
        after = _reached(own, way)
        before = _reached({f"loss.{player}"}, [(target, origin) for origin, target in way])
        edges += [Edge(origin, target, frozenset({player}), gradient=True)
                  for origin, target in way if origin in after and target in before]
    return edges


def _reached(start: set[str], way: list[tuple[str, str]]) -> set[str]:
    """All that can be reached from some parts, with these."""
    found = set(start)
    while True:
        further = {target for origin, target in way if origin in found} - found
        if not further:
            return found
        found |= further
