"""What the probe of parallel lines says of lines, of clouds, and of D's loss."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.core.protocol.spec import Spec
from ganstudio.probes.parallel_lines import ParallelLinesProbe
from ganstudio.training.trainer import Trainer


def trainer_of(variant: str, network: str, **network_controls: float) -> Trainer:
    return Trainer(Spec(variant=variant, data="lines", network=network, seed=2, device="cpu", threads=1,
                        network_controls={"width": 8, "depth": 1, **network_controls}))


def test_a_line_has_its_place_to_the_last_bit_and_no_spread() -> None:
    view = ParallelLinesProbe().look(trainer_of("wgan", "line", start=0.3).view, 8)
    assert (view.theta, view.position, view.spread, view.jsd_read) == (0.5, float(torch.tensor(0.3)), 0.0, None)


def test_a_cloud_has_a_middle_and_a_spread() -> None:
    trainer = trainer_of("gan", "mlp")
    view = ParallelLinesProbe().look(trainer.view, 8)
    x = trainer.view.generate(trainer.view.latents)[:, 0].double().numpy()
    assert view.position == pytest.approx(x.mean())
    assert view.spread == pytest.approx(x.std())
    assert view.spread > 0


@pytest.mark.parametrize("sureness", [0.0, 1.0, 40.0])
def test_what_d_reads_is_log_2_less_half_its_loss(sureness: float) -> None:
    """A D that is sure of the right side reads log 2, one that never knows reads 0."""
    trainer = trainer_of("gan", "line")
    D = trainer.game.modules["D"]
    first, last = [module for module in D.modules() if isinstance(module, torch.nn.Linear)]
    with torch.no_grad():
        for parameter in D.parameters():
            parameter.zero_()
        first.weight[0, 0], first.bias[0] = 2.0, -0.5  # relu(2 x - 1/2): 0 at x = 0, 1/2 at x = 1/2
        last.weight[0, 0], last.bias[0] = 4 * sureness, -sureness  # -s at the generated line, s at the real one
    view = ParallelLinesProbe().look(trainer.view, 8)
    assert view.jsd_read == pytest.approx(math.log(2) - math.log1p(math.exp(-sureness)), abs=1e-6)
