"""Written backward passes against autograd: each activation, shape and use, and all variants on points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch
from torch import Generator, Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.core.protocol.spec import Spec
from ganstudio.maths.gradients import input_gradient_norm, r1_penalty
from ganstudio.networks.parts.mlp_body import PIECEWISE_LINEAR, Activation, MLPBody
from ganstudio.training.game import Game
from ganstudio.training.players import PlayedModule, Player
from ganstudio.training.precision import PLAIN
from ganstudio.training.resolve_spec import variants
from ganstudio.training.tape import Tape
from ganstudio.training.trainer import Trainer
from ganstudio.variants.ns_gan import NSGAN

ACTIVATIONS = get_args(Activation)
Loss = Callable[..., list[Tensor]]


def body(sizes: list[int], activation: Activation = "relu", *, squeeze: bool = False, **how: bool) -> MLPBody:
    """A network in float64, so that equality means equal formulas."""
    made = MLPBody(sizes, activation, "he", Generator().manual_seed(3), squeeze=squeeze, **how).double()
    for layer in made.layers:
        bias: Any = layer.bias
        if bias is not None:
            bias.data.normal_(generator=Generator().manual_seed(4))
    if how.get("rescaled"):
        made.shift.fill_(0.3)
        made.scale.fill_(1.7)
    return made


def batch(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=Generator().manual_seed(seed), dtype=torch.float64)


def gradients(D: nn.Module, G: nn.Module, loss: Loss, moving: nn.Module) -> tuple[Tensor, Tensor, Tape]:
    """The gradient of a loss for one player, by autograd alone and with the tape."""
    real, z = batch(7, 2, 0), batch(7, 3, 1)

    def found(tape: Tape | None) -> Tensor:
        player = Player([moving], "sgd")
        played = [PlayedModule(module, PLAIN, together=True, tape=tape) for module in (D, G)]
        if tape is None:
            return player.gradient({str(i): term for i, term in enumerate(loss(*played, real, z))})
        tape.begin()
        terms = loss(*played, real, z)
        tape.end()
        return player.gradient_by(tape, {str(i): term for i, term in enumerate(terms)}).clone()

    tape = Tape()
    return found(None), found(tape), tape


def d_loss(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
    with torch.no_grad():
        fake = G(z)
    on_real, on_fake = D.both(real, fake)
    return [(-on_real).exp().mean(), on_fake.square().mean()]


def penalised(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
    slope = input_gradient_norm(D, real * 0.7)
    return [*d_loss(D, G, real, z), (slope - 1).square().mean(), r1_penalty(D, real)]


def g_loss(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
    fake = G(z)
    return [D(fake).square().mean(), fake.pow(3).mean()]


def both_move(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
    fake = G(z)
    return [D(fake).mean() - D(real).mean() + D(G(2 * z)).square().mean()]


def through_autograd(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
    """What lies between G and D is autograd's, and one term needs no network at all."""
    fake = G(z)
    return [D(fake * 2 + 1).mean(), D(fake).mean() * real.mean(), fake.square().mean()]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("rescaled", [False, True])
@pytest.mark.parametrize("loss", [d_loss, penalised, g_loss, both_move, through_autograd])
def test_the_tape_finds_autograds_gradient(activation: Activation, depth: int, rescaled: bool, loss: Loss) -> None:
    D = body([2, *[5] * depth, 1], activation, squeeze=True, rescaled=rescaled)
    G = body([3, *[4] * depth, 2], activation)
    for moving in (D, G) if loss in (both_move, g_loss, through_autograd) else (D,):
        expected, found, _ = gradients(D, G, loss, moving)
        assert expected.abs().max() > 0
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_no_parameter_is_left_to_autograd_where_a_formula_is(activation: Activation) -> None:
    D, G = body([2, 5, 1], activation, squeeze=True), body([3, 4, 2], activation)
    for loss, moving in ((d_loss, D), (g_loss, G), (penalised, D)):
        *_, tape = gradients(D, G, loss, moving)
        assert tape.alone is (loss is not penalised or activation in PIECEWISE_LINEAR)


def test_networks_without_a_formula_are_autograds() -> None:
    G = body([3, 4, 2])
    for D in (body([2, 5, 1], squeeze=True, normed=True), spectral_norm(body([2, 1], squeeze=True).layers[0]),
              nn.Sequential(nn.Linear(2, 1, dtype=torch.float64), nn.Flatten(0))):
        D.eval()  # a spectral norm moves on at each pass in training
        for loss, moving in ((d_loss, D), (g_loss, G)):
            expected, found, tape = gradients(D, G, loss, moving)
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)
            assert not tape.alone


def test_weights_in_a_term_of_their_own_are_autograds() -> None:
    def decayed(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
        return [D(real).mean(), sum(p.square().sum() for p in D.module.parameters())]

    D = body([2, 5, 1], squeeze=True)
    expected, found, tape = gradients(D, body([3, 4, 2]), decayed, D)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)
    assert not tape.alone


def test_a_term_that_breaks_off_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", device="cpu", threads=1))
    game, whole = trainer.game, trainer.game.variant.terms

    def broken(turn: Any, c: Any) -> Any:
        whole(turn, c)
        raise ZeroDivisionError

    monkeypatch.setattr(game.variant, "terms", broken)
    with pytest.raises(ZeroDivisionError):
        trainer.update()
    D = game.played["D"]
    assert D(torch.zeros(3, 2)).grad_fn is not None
    monkeypatch.undo()
    trainer.update()


def test_where_no_gradient_is_kept_nothing_is_noted() -> None:
    D, tape = body([2, 5, 1], squeeze=True), Tape()
    played = PlayedModule(D, PLAIN, tape=tape)
    tape.begin()
    with torch.no_grad():
        assert not played(batch(7, 2, 0)).requires_grad
    assert not tape.has_passes


GAMES = [(name, data) for name, variant in variants().items() for data, kind in (("ring", "plane"), ("mixture", "line"))
         if kind in variant.kinds]


@pytest.mark.parametrize(("name", "data"), GAMES)
def test_a_run_is_the_same_but_for_rounding(name: str, data: str) -> None:
    """SGD keeps a difference as small as it is; Adam's first steps would make signs of it."""
    weights = []
    for backward in ("written", "autograd"):
        trainer = Trainer(Spec(
            variant=name, data=data, backward=backward, seed=5, device="cpu", threads=1,
            controls={"optimiser_d": "sgd", "optimiser_g": "sgd", "learning_rate_d": 1e-3, "learning_rate_g": 1e-3}))
        for _ in range(4):
            trainer.step()
        weights.append([player.flat.clone() for player in trainer.game.players.values()])
        assert trainer.spec.backward == backward
    for written, autograd in zip(*weights, strict=True):
        torch.testing.assert_close(written, autograd, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("optimiser", ["extragradient", "extra-adam", "optimistic-adam", "adam"])
def test_looking_ahead_has_gradients_of_its_own(optimiser: str) -> None:
    found = []
    for backward in ("written", "autograd"):
        trainer = Trainer(Spec(
            variant="wgan-gp", data="ring", backward=backward, device="cpu", threads=1,
            controls={"optimiser_d": optimiser, "optimiser_g": optimiser}))
        trainer.step()
        found.append(torch.cat([player.flat for player in trainer.game.players.values()]))
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=2e-3)


def test_weights_that_lie_elsewhere_for_a_while_are_those_that_are_used() -> None:
    D = body([2, 5, 1], squeeze=True)
    x = batch(7, 2, 0)
    before = D(x)
    zeros = {name: torch.zeros_like(p) for name, p in D.named_parameters()}
    assert torch.equal(torch.func.functional_call(D, zeros, (x,)), torch.zeros(7, dtype=torch.float64))
    assert torch.equal(D(x), before)


def test_weights_that_were_asked_for_without_a_gradient_are_watched_too() -> None:
    def decayed(D: Any, G: Any, real: Tensor, z: Tensor) -> list[Tensor]:
        with torch.no_grad():
            weights = list(D.module.parameters())
        return [D(real).mean(), torch.stack([p.square().sum() for p in weights]).sum()]

    D = body([2, 5, 1], squeeze=True)
    expected, found, _ = gradients(D, body([3, 4, 2]), decayed, D)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)


def test_a_player_that_shares_a_bias_gets_its_part_alone() -> None:
    D, G = body([2, 2, 1], squeeze=True), body([3, 2, 2])
    D.layers[0].bias = G.layers[0].bias
    for moving in (D, G):
        expected, found, _ = gradients(D, G, g_loss, moving)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)


def test_a_variant_that_takes_gradients_itself_has_autograd() -> None:
    class Sloped(NSGAN):
        takes_gradients = True

        def generator_terms(self, D: Any, fake: Tensor, c: Any) -> Any:
            (slope,) = torch.autograd.grad(D(fake).sum(), fake, create_graph=True)
            return {**super().generator_terms(D, fake, c), "slope": slope.square().mean()}

    game = Trainer(Spec(variant="ns-gan", data="ring", device="cpu", threads=1)).game
    parts = (game.controls, game.network, game.network_controls, game.data, 0, game.device)
    Game(Sloped(), *parts).update("generator")
    Sloped.takes_gradients = False
    with pytest.raises(RuntimeError) as raised:
        Game(Sloped(), *parts).update("generator")
    assert "takes_gradients" in raised.value.__notes__[0]
