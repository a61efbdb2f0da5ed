"""The command that is copied from a run builds the same run."""

from __future__ import annotations

import argparse
import shlex

import pytest

from ganstudio.commands import arguments, train
from ganstudio.core.command_line import as_command
from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Applied
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.resolve_spec import resolved


def read(command: str) -> argparse.Namespace:
    words = shlex.split(command)
    assert words[:2] == ["ganstudio", "train"]
    parser = arguments.Parser(prog="ganstudio train")
    train.add(parser)
    return parser.parse_args(words[2:])


@pytest.mark.parametrize("spec", [
    Spec(variant="wgan-gp", data="ring", device="cpu", threads=1),
    Spec(variant="sn-gan", data="grid", preset="paper", seed=2**63 - 1, device="cpu", threads=2,
         controls={"batch_size": 17, "learning_rate_d": 3.3e-6}, network_controls={"width": 33}),
    Spec(variant="f-gan", data="mixture", network="affine", device="cpu", threads=1,
         controls={"divergence": "custom", "f": "u*log(u) - (u + 1)*log((u + 1)/2)"},
         data_controls={"weights": [0.1, 0.9], "means": [-1.0, 2.5], "sds": [0.3, 1.0]}),
    Spec(variant="began", data="digits", device="cpu", threads=1, dtype="float32", memory="contiguous",
         network_controls={"resolution": 8, "width": 4}),
    Spec(variant="gan", data="ring", device="cpu", threads=1, streams=1),
    Spec(variant="r3gan", data="ring", device="cpu", threads=1, streams=2),
], ids=lambda spec: str(spec.variant))
@pytest.mark.parametrize("knows_usual", [True, False])
def test_the_command_builds_the_same_run(spec: Spec, knows_usual: bool) -> None:
    whole = resolved(spec).spec
    known = catalogue()
    usual: dict[str, dict[str, Value]] = {}
    if knows_usual:
        usual = {"data_controls": {c.name: c.default for c in known.data_set(whole.data).controls}}
    command = as_command(whole, 10, [], usual)
    assert resolved(train.spec_of(read(command))).spec == whole
    assert read(command).steps == "10"


def test_what_a_hand_did_is_said() -> None:
    spec = resolved(Spec(variant="wgan-gp", data="ring", device="cpu", threads=1)).spec
    changes = [Applied(run=1, id=1, name="gp_weight", value=0.5, position=Position(steps=7)),
               Applied(run=1, id=2, name="gp_sides", value="one", position=Position(steps=30))]
    args = read(as_command(spec, 30, changes, {}))
    assert arguments.moments(args.at) == [(7, "gp_weight", "0.5")]  # at step 30 it would change nothing any more


def test_streams_are_said_of_a_run_with_fewer_than_a_new_one() -> None:
    one, two, three = (
        resolved(Spec(variant="gan", data="ring", device="cpu", threads=1, streams=n)).spec for n in (1, 2, 3))
    assert "--streams 1" in as_command(one, 5, [], {})
    assert "--streams 2" in as_command(two, 5, [], {})
    assert "--streams" not in as_command(three, 5, [], {})


def test_what_is_as_usual_is_left_unsaid() -> None:
    spec = resolved(Spec(variant="wgan-gp", data="ring", device="cpu", threads=1, controls={"gp_weight": 2.0})).spec
    usual = {"controls": {**spec.controls, "gp_weight": 10.0}, "network_controls": spec.network_controls,
             "data_controls": spec.data_controls}
    command = as_command(spec, 5, [], usual)
    assert command.count("--set") == 1 and "gp_weight=2.0" in command and "--net-set" not in command
