"""Networks that are told something beside a latent: shapes, what they refuse, and the papers' own sizes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from small_games import NETWORKS, narrow
from torch import Tensor, nn

from ganstudio.core.control import validated
from ganstudio.core.dataset import DataShape
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.training.resolve_spec import resolved

TOLD = [name for name, leaf in NETWORKS.items() if leaf.needs]
every_one = pytest.mark.parametrize("name", TOLD)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def data_of(name: str, side: int = 16) -> DataShape:
    needs, maps = NETWORKS[name].needs, name in ("u-net", "spade")
    attributes = () if "attributes" not in needs else (3,) if name == "style-translator" else (3, 2)
    return DataShape(x=(3, side, side), source=(5 if maps else 3, side, side) if "source" in needs else (),
                     attributes=attributes, place=14 if "place" in needs else 0)


def modules_of(name: str, side: int = 16, seed: int = 0, **values: Any) -> dict[str, nn.Module]:
    network: Any = NETWORKS[name]()
    controls = validated(network.controls_type(), {**narrow(name, side), **values})
    drawn = {"count": 0}

    def purpose(_: str) -> torch.Generator:
        drawn["count"] += 1
        return rng(100 * seed + drawn["count"])

    modules: dict[str, nn.Module] = network.modules(controls, data_of(name, side), purpose)
    return modules


def made_by(name: str, modules: dict[str, nn.Module], n: int = 4, side: int = 16) -> tuple[Tensor, Tensor]:
    """Images and their scores."""
    data = data_of(name, side)
    source = torch.rand(n, *(data.source or (3, side, side)), generator=rng(1)) * 2 - 1
    labels = torch.arange(n)[:, None].expand(n, 2) % 2
    place = torch.tensor([[0.2, 0.3, 0.7, 0.9, *[0.5] * 10]] * n)
    latent: int = validated(NETWORKS[name].controls_type(), {}).latent_dim
    z = torch.randn(n, latent, generator=rng(2))
    D = modules.get("D", modules.get("D_B"))
    G = modules.get("G", modules.get("G_AB"))
    assert D is not None and G is not None
    match name:
        case "u-net":
            image = G(source)
            return image, D(torch.cat([source, image], 1))
        case "spade":
            image = G(z, source)
            return image, D(torch.cat([source, image], 1))
        case "attributes":
            image = G(source, labels)
            return image, D(image)
        case "style-translator":
            image = G(source, modules["M"](z, labels[:, 0]))
            return image, D(image, labels[:, 0])
        case "word-place":
            image = G(z, labels, place)
            return image, D(image, labels, place)
        case _:
            image = G(source)
            return image, D(image)


@every_one
@pytest.mark.parametrize("side", [16, 32, 64])
def test_images_have_the_size_of_the_data_and_every_image_a_score(name: str, side: int) -> None:
    images, scores = made_by(name, modules_of(name, side), side=side)
    assert images.shape == (4, 3, side, side) and images.isfinite().all()
    assert scores.shape[0] == 4 and scores.isfinite().all() and scores[0].numel() >= 1


@every_one
def test_the_seed_decides_all_first_weights(name: str) -> None:
    def weights(seed: int, of_torch: int) -> Tensor:
        torch.manual_seed(of_torch)
        return torch.cat([p.detach().flatten() for _, module in sorted(modules_of(name, seed=seed).items())
                          for p in module.parameters()])

    assert torch.equal(weights(0, 1), weights(0, 2))
    assert not torch.equal(weights(0, 1), weights(1, 1))


@every_one
def test_a_network_that_needs_more_than_the_variant_gives_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(BadInput, match=rf"^network {name} needs .+, and variant gan gives none to its players$"):
        resolved(Spec(variant="gan", data="digits", network=name, data_controls={"count": 100}, device="cpu"))


@pytest.mark.parametrize(("name", "values"), [
    ("u-net", {"patch_layers": 3}), ("translator", {"patch_layers": 3}), ("spade", {"patch_layers": 3}),
    ("attributes", {"layers_d": 6}), ("style-translator", {"steps_down": 4}),
])
def test_layers_for_which_images_are_too_small_are_refused(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=rf"{next(iter(values))} = {next(iter(values.values()))} is too many"):
        modules_of(name, **values)


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_cyclegans_translator_and_pix2pixs_nets_have_the_papers_sizes() -> None:
    """Counted by hand from the papers' layers: 7 x 7 and 3 x 3 convolutions without biases where a norm follows."""
    c = {"width": 64, "width_d": 64, "patch_layers": 3}
    translator = modules_of("translator", 64, **c, steps_down=2, blocks=9)
    ends = 7 * 7 * 3 * 64 + 7 * 7 * 64 * 3 + 3
    steps = 2 * 9 * (64 * 128 + 128 * 256)
    assert count(translator["G_AB"]) == ends + steps + 9 * 2 * 9 * 256 * 256
    patch = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512) + 64 + 1
    assert count(translator["D_B"]) == patch  # instance norm has no weights
    u_net = modules_of("u-net", 256, **c, widest=8)
    widths = [64, 128, 256, 512, 512, 512, 512]  # down to 2 px
    down = 16 * (5 * 64 + sum(a * b for a, b in itertools.pairwise(widths))) + widths[0] + widths[-1]
    joined = sum(2 * a * b for a, b in itertools.pairwise(widths[-2::-1]))  # each map of the way down comes beside
    up = 16 * (512 * 512 + joined + 2 * 64 * 3) + 3
    norms = 2 * (sum(widths[1:-1]) + sum(widths[:-1]))
    assert count(u_net["G"]) == down + up + norms


def test_spectral_norm_is_where_the_authors_have_it_and_nowhere_else() -> None:
    modules = modules_of("spade", 32)
    held = {kind: [name for name, layer in module.named_modules() if type(layer).__name__ == "SpectralNorm"]
            for kind, module in modules.items()}
    assert held["G"] and not [name for name in held["G"] if ".seen." in name or ".scale." in name or ".shift." in name]
    assert held["D"] and not [name for name in held["D"] if ".blocks.0." in name or name.startswith("last")]


def norms(module: nn.Module) -> int:
    return sum(isinstance(layer, nn.InstanceNorm2d) for layer in module.modules())


@pytest.mark.parametrize("name", ["attributes", "style-translator"])
def test_without_a_norm_g_has_biases_and_sees_a_colour_that_lies_on_the_whole_image(name: str) -> None:
    """Instance norm takes each channel's mean away: a colour over the whole image is then seen at its rim alone."""
    heard = {}
    for norm in ("none", "instance"):
        G: Any = modules_of(name, norm=norm, width=16)["G"]
        assert (norms(G) > 0) is (norm == "instance")
        if name == "attributes":
            assert all((conv.bias is not None) is (norm == "none") for conv in G.layers if isinstance(conv, nn.Conv2d))
            first = G.layers[: 1 + next(at for at, layer in enumerate(G.layers) if isinstance(layer, nn.ReLU))]
        else:
            first = nn.Sequential(G.first, G.down[0].norms[0], nn.LeakyReLU(0.2))
        codes = first[0].in_channels - 3
        x = torch.rand(2, 3, 16, 16, generator=rng(3)) - 0.5
        told = torch.cat([x, torch.zeros(2, codes, 16, 16)], 1), torch.cat([x + 0.4, torch.zeros(2, codes, 16, 16)], 1)
        with torch.no_grad():
            plain, tinted = (first(image)[..., 4:-4, 4:-4] for image in told)
        heard[norm] = float((plain - tinted).abs().mean() / plain.abs().mean())
    assert heard["none"] > 2 * heard["instance"]


@pytest.mark.parametrize("name", ["attributes", "style-translator"])
@pytest.mark.parametrize("norm", ["none", "instance"])
def test_the_residual_form_begins_at_almost_nothing(name: str, norm: str) -> None:
    modules = modules_of(name, 32, norm=norm, width=16)
    source = torch.rand(4, 3, 32, 32, generator=rng(1)) * 2 - 1
    labels = torch.zeros(4, 2, dtype=torch.long)
    with torch.no_grad():
        if name == "attributes":
            made = modules["G"](source, labels)
        else:
            made = modules["G"](source, modules["M"](torch.randn(4, 16, generator=rng(2)), labels[:, 0]))
    assert 0 < (made - source).abs().mean() < 0.2


def test_words_begin_as_loud_as_the_latent_beside_them() -> None:
    """With N(0, .02) for them as well they would be some twenty times quieter, and are not learnt."""
    modules = modules_of("word-place", 32)
    code = torch.eye(4)  # three values of one attribute, and one of another
    for player in modules.values():
        words: Any = player.words
        assert words[0](code[:, : words[0].in_features]).std() > 0.2
    others = [layer.weight.std() for module in modules.values() for name, layer in module.named_modules()
              if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.weight.numel() > 200]
    assert others and all(0.015 < sd < 0.025 for sd in others)


def test_instance_norm_of_a_u_net_is_batch_norm_of_batches_of_one_and_needs_no_running_means() -> None:
    """The paper normalises a test image by its own statistics; running means made another picture of it."""
    batch, instance = (modules_of("u-net", dropout=0.0, norm=norm) for norm in ("batch", "instance"))
    source = torch.rand(1, *data_of("u-net").source, generator=rng(3)) * 2 - 1
    trained = batch["G"].train()(source)
    assert torch.allclose(trained, instance["G"].train()(source), atol=1e-5)
    assert torch.allclose(trained, instance["G"].eval()(source), atol=1e-5)
    assert (trained - batch["G"].eval()(source)).abs().max() > 1e-3
    pair = torch.cat([source, made_by("u-net", batch, n=1)[0]], dim=1)
    assert torch.allclose(batch["D"].train()(pair), instance["D"].eval()(pair), atol=1e-5)
