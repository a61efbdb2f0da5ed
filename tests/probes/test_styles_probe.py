"""Styles: sources bit for bit at both ends of the crossover, one picture at ψ = 0, noise, and directions of W."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from style_kit import StyleGame, generator

from ganstudio.core.images import images_of, pixels
from ganstudio.core.protocol.asks import Mix
from ganstudio.core.runs.view_shapes import check
from ganstudio.networks.parts.style_look import StyleLook
from ganstudio.probes.parts.style_pages import COLUMNS, DIRECTIONS, ROWS, usual_crossover
from ganstudio.probes.styles import StylesProbe
from ganstudio.probes.styles_hand import StylesHandProbe
from ganstudio.views.styles import MixedStyles, Styles


def answer(game: StyleGame, mix: Mix | None, probe: StylesHandProbe | None = None) -> Styles:
    view: Any = game
    game.asks = [] if mix is None else [mix]
    found = (probe or StylesHandProbe()).look(view, 36)
    check(found)
    return found


def grid(view: Styles) -> tuple[np.ndarray[Any, Any], MixedStyles]:
    assert view.mixing is not None
    mixed = images_of(view.mixing.mixed)
    return mixed.reshape(ROWS, COLUMNS, *mixed.shape[1:]), view.mixing


def test_at_its_ends_the_crossover_gives_the_sources_bit_for_bit() -> None:
    """As images and as numbers: before they are bytes, too."""
    game = StyleGame()
    all_b, of_b = grid(answer(game, Mix(crossover=0)))
    all_a, of_a = grid(answer(game, Mix(crossover=6)))
    assert np.array_equal(all_b, np.broadcast_to(images_of(of_b.of_b), all_b.shape))
    assert np.array_equal(all_a, np.broadcast_to(images_of(of_a.of_a)[:, None], all_a.shape))
    between, _ = grid(answer(game, Mix(crossover=2)))
    assert not np.array_equal(between, all_a) and not np.array_equal(between, all_b)


def test_the_grid_that_nobody_asked_for_is_the_one_of_a_third_of_the_layers() -> None:
    game: Any = StyleGame()
    plain = StylesProbe().look(game, 36)
    check(plain)
    assert plain.mix == Mix(crossover=2) and usual_crossover(6) == 2 and usual_crossover(8) == 2
    assert [usual_crossover(layers) for layers in (1, 2, 3, 14)] == [0, 1, 1, 4]
    assert plain.layers[0] == "4 px" and len(plain.layers) == 6 and plain.noisy == [4, 8, 8, 16, 16]
    assert np.array_equal(grid(plain)[0], grid(answer(game, Mix(crossover=2)))[0])
    nothing = answer(game, None)
    assert [nothing.mixing, nothing.noise, nothing.directions] == [None, None, None]


def test_mixed_images_are_those_of_the_generator_itself() -> None:
    game = StyleGame(generator(noise=0.0))
    mixed, _ = grid(answer(game, Mix(crossover=3)))
    G: Any = game.G
    with torch.no_grad():
        w = G.mapping(game.latents[: ROWS + COLUMNS])
        ws = w[:, None].repeat(1, 6, 1)
        by_hand = G.synthesis(torch.cat([ws[1:2, :3], ws[ROWS + 2 : ROWS + 3, 3:]], 1))
    assert np.abs(mixed[1, 2].astype(int) - pixels(by_hand.numpy())[0]).max() <= 1


def test_at_psi_0_all_are_one_picture_and_psi_draws_them_together() -> None:
    game = StyleGame()
    none, of_none = grid(answer(game, Mix(psi=0.0, noise=7)))
    everything = [none.reshape(-1, *none.shape[2:]), *map(images_of, (of_none.mean, of_none.of_a, of_none.of_b))]
    assert all((part == images_of(of_none.mean)).all() for part in everything)
    spreads = [float(images_of(grid(answer(game, Mix(psi=psi)))[1].of_b).std(0).mean()) for psi in (0.3, 0.7, 1.0)]
    assert 0 < spreads[0] < spreads[1] < spreads[2]


def test_noise_that_is_off_changes_nothing_and_that_of_a_layer_is_its_own() -> None:
    game = StyleGame()
    page = answer(game, Mix(show="noise")).noise
    assert page is not None and page.share > 0.01
    shares = page.layers.numpy()
    assert shares.shape == (5,) and (shares > 0).all()
    draws = images_of(page.redrawn).reshape(-1, ROWS, 16, 16, 3)
    assert not np.array_equal(draws[0], draws[1])
    assert float(page.differs.numpy().max()) > 0
    off = answer(game, Mix(show="noise", silent=[0, 1, 2, 3, 4])).noise
    assert off is not None and off.share == 0 and not off.layers.numpy().any() and not off.differs.numpy().any()
    assert np.array_equal(images_of(off.redrawn).reshape(-1, ROWS, 16, 16, 3)[0], images_of(off.smooth))
    assert np.array_equal(images_of(page.smooth), images_of(off.smooth))
    without_last = answer(game, Mix(show="noise", silent=[4])).noise
    assert without_last is not None and without_last.layers.numpy()[4] == 0
    without: Any = StyleGame(generator(noise=0.0))
    still = answer(without, Mix(show="noise")).noise
    assert still is not None and still.share == 0


def test_other_noise_is_drawn_for_another_number_and_the_same_for_the_same() -> None:
    game = StyleGame()
    first, again, other = (grid(answer(game, Mix(noise=draw)))[0] for draw in (0, 0, 16))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_w_is_moved_along_its_principal_directions_in_one_layer_or_in_all() -> None:
    game, probe = StyleGame(generator(noise=0.0)), StylesHandProbe()
    still = answer(game, Mix(show="directions"), probe).directions
    assert still is not None and np.array_equal(images_of(still.before), images_of(still.after))
    shares = still.variances.numpy()
    assert len(shares) == DIRECTIONS and (np.diff(shares) <= 0).all() and 0 < shares.sum() <= 1
    both = [answer(game, Mix(show="directions", moved=[2.0], layer=layer), probe).directions for layer in (-1, 0, 5)]
    apart = [float(np.abs(images_of(each.after).astype(int) - images_of(each.before)).mean())
             for each in both if each is not None]
    assert len(apart) == 3 and apart[0] > apart[1] > 0 and apart[2] > 0
    with torch.no_grad():
        look = StyleLook(game.G)
        assert probe._found is not None
        principal = probe._found[1]
        w = look.w(game.latents[:ROWS]) + 2 * principal.sds[0] * principal.directions[0]
        by_hand = pixels(look.images(w).numpy())
    assert both[0] is not None and np.abs(images_of(both[0].after).astype(int) - by_hand).max() <= 1


def test_directions_are_found_again_only_if_the_mapping_has_changed() -> None:
    game, probe = StyleGame(), StylesHandProbe()
    for moved in ([1.0], [2.0], []):
        answer(game, Mix(show="directions", moved=moved), probe)
    assert game.asked_many == 1
    with torch.no_grad():
        game.G.map.layers[0].bias.add_(0.5)  # type: ignore[union-attr, index]
    answer(game, Mix(show="directions"), probe)
    assert game.asked_many == 2
    answer(game, Mix(), probe)
    assert game.asked_many == 2  # only the page needs them


def test_a_look_leaves_buffers_streams_and_hooks_as_they_were() -> None:
    game = StyleGame()
    G: Any = game.G
    for layer in G.noise_layers:
        layer.noise_rng = torch.Generator().manual_seed(1)
    before = {name: tensor.clone() for name, tensor in G.state_dict().items()}
    for mix in (Mix(psi=0.5), Mix(show="noise"), Mix(show="directions", moved=[1.0])):
        answer(game, mix)
    assert all(torch.equal(tensor, before[name]) for name, tensor in G.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in G.modules())
    assert not any(isinstance(tensor, torch.Tensor) and tensor.requires_grad for tensor in G.buffers())


@pytest.mark.parametrize("mix", [Mix(crossover=64), Mix(layer=64, show="directions", moved=[1.0] * 16),
                                 Mix(silent=[63], show="noise")])
def test_what_no_generator_has_is_left_out(mix: Mix) -> None:
    mix.check()
    view = answer(StyleGame(), mix)
    assert view.mix.crossover <= 6 and view.mix.layer <= 5
