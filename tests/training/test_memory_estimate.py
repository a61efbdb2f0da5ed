"""What a run will take, against bytes added up by hand, and what is said where there is less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.core.control import validated
from ganstudio.core.dataset import DataShape
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.training import memory_estimate as module
from ganstudio.training.memory_estimate import ALLOCATOR, Footprint, Plan, check, explained, footprint, free
from ganstudio.training.precision import Precision
from ganstudio.training.resolve_spec import networks, variants
from ganstudio.training.trainer import Trainer

CPU = torch.device("cpu")


def plan(variant: str = "dcgan", network: str = "dcgan", *, px: int = 32, bfloat16: bool = False,
         batch_size: int = 64, beside: dict[str, Any] | None = None, **of_network: Any) -> Plan:
    variant_type, network_type = variants()[variant], networks()[network]
    return Plan(
        variant=variant_type, controls=validated(variant_type.controls_type(), {"batch_size": batch_size}),
        network=network_type, network_controls=validated(network_type.controls_type(), of_network),
        data=DataShape(x=(3, px, px), **beside or {}), precision=Precision("cpu", bfloat16, False),
    )


def weights(p: Plan) -> tuple[int, int]:
    """Bytes of G's and of D's parameters, built in earnest."""
    rng, network = torch.Generator(), p.network()
    players = (network.generator(p.network_controls, p.data.x, rng),
               network.discriminator(p.network_controls, p.data.x, rng))
    of_g, of_d = (sum(w.nbytes for w in player.parameters()) for player in players)
    return of_g, of_d


def test_at_rest_there_are_weights_three_vectors_of_adam_and_the_average() -> None:
    p = plan(width=16)
    of_g, of_d = weights(p)
    # Adam's mean, square and scratch; the average of G. Buffers of batch norm are next to nothing.
    assert footprint(p).lasting / ALLOCATOR == pytest.approx(of_g * 5 + of_d * 4, rel=0.01)


def test_an_image_costs_what_its_layers_keep() -> None:
    """At a large batch nothing counts but what a G update keeps: at least each layer's output, at most thrice that."""
    p = plan(width=16, norm_d="none", norm_g="none")
    G, D = (player(p.network_controls, p.data.x, torch.Generator()) for player in
            (p.network().generator, p.network().discriminator))
    outputs: list[int] = []
    for layer in [*G.modules(), *D.modules()]:
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.ReLU | nn.LeakyReLU):
            layer.register_forward_hook(lambda _, __, made: outputs.append(made.nbytes))
    D(G(torch.zeros(1, 100)))
    slope = (footprint(p).of(1 << 16) - footprint(p).of(1 << 15)) / (1 << 15)
    assert sum(outputs) < slope < 3 * sum(outputs)


def test_it_grows_with_the_batch_and_the_width_and_falls_with_bfloat16() -> None:
    small = footprint(plan(width=16))
    assert small.of(256) > 2 * small.of(64) - small.of(1)
    assert footprint(plan(width=32)).of(64) > 1.8 * small.of(64)
    assert 0.45 < footprint(plan(width=16, bfloat16=True)).of(1024) / small.of(1024) < 0.75


@pytest.mark.parametrize(("variant", "network", "of_network"), [
    ("wgan-gp", "dcgan", {"norm_d": "none", "width": 8}),
    ("sn-gan", "resnet", {"width": 8}),
    ("began", "autoencoder", {"width": 8}),
    ("progan", "progressive", {"width": 8}),
    ("hinge-gan", "mlp", {"width": 16}),
])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_every_network_can_be_rehearsed(
    variant: str, network: str, of_network: dict[str, Any], bfloat16: bool,
) -> None:
    of = footprint(plan(variant, network, bfloat16=bfloat16, **of_network))
    assert 0 < of.lasting < of.of(2) < of.of(256)


@pytest.mark.parametrize(("variant", "beside"), [
    ("pix2pix", {"source": (5, 32, 32)}), ("cyclegan", {"source": (3, 32, 32)}), ("spade", {"source": (5, 32, 32)}),
    ("stargan", {"source": (3, 32, 32), "attributes": (5, 2, 2)}),
    ("stargan-v2", {"source": (3, 32, 32), "attributes": (3,)}), ("gawwn", {"attributes": (5, 2), "place": 14}),
])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_every_game_that_is_told_something_can_be_rehearsed(
    variant: str, beside: dict[str, Any], bfloat16: bool,
) -> None:
    of = footprint(plan(variant, variants()[variant].networks[0], bfloat16=bfloat16, beside=beside, width=8))
    assert 0 < of.lasting < of.of(2) < of.of(256)
    wider = footprint(plan(variant, variants()[variant].networks[0], bfloat16=bfloat16, beside=beside, width=16))
    assert wider.lasting > 1.5 * of.lasting and wider.of(64) > of.of(64)


def test_a_pool_is_counted_as_full() -> None:
    beside = {"source": (3, 32, 32)}
    of = [footprint(Plan(**{**{field: getattr(p, field) for field in p.__struct_fields__},
                            "controls": validated(type(p.controls), {"pool_size": size})}))
          for p in [plan("cyclegan", "translator", beside=beside, width=8)] for size in (0, 50)]
    pools = 2 * 50 * 3 * 32 * 32 * 4
    assert (of[1].lasting - of[0].lasting) / ALLOCATOR == pytest.approx(pools, rel=1e-6)


def test_images_may_be_larger_than_they_are_first_drawn() -> None:
    """The size is checked with what the network is told beside the images: a translator has a source at any size."""
    spec = Spec(variant="pix2pix", data="scenes", device="cpu", threads=1, dtype="float32",
                data_controls={"count": 100}, network_controls={"width": 2, "width_d": 2, "resolution": 64},
                controls={"batch_size": 2})
    game = Trainer(spec).game
    assert game.data.shape == (3, 64, 64) and game.data.source_shape == (5, 64, 64)


def test_a_penalty_on_the_slope_keeps_more() -> None:
    without = footprint(plan("wgan", width=8, norm_d="none")).of(1024)
    assert footprint(plan("wgan-gp", width=8, norm_d="none")).of(1024) > 1.2 * without


def test_a_network_too_large_for_any_machine_is_told_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free", lambda _: 20_000_000_000)
    with pytest.raises(BadInput, match=r"^a batch of 64 images of 256 px needs about \d+ GB of memory and 20 GB are "
                                       r"free: try a smaller width or resolution$"):
        check(plan(px=256, width=512), CPU)


def test_the_batch_that_is_proposed_fits_and_twice_as_many_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    p, available = plan(width=16, batch_size=8192), 1_000_000_000
    monkeypatch.setattr(module, "free", lambda _: available)
    with pytest.raises(BadInput) as refused:
        check(p, CPU)
    proposed = int(str(refused.value).rsplit(" ", 1)[1])
    assert proposed & (proposed - 1) == 0
    assert footprint(p).of(proposed) <= available < footprint(p).of(2 * proposed)
    check(plan(width=16, batch_size=proposed), CPU)


def test_wide_networks_on_points_are_checked_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free", lambda _: 2_000_000_000)
    wide = Spec(variant="wgan-gp", data="ring", network_controls={"width": 4096, "depth": 16})
    made: list[object] = []
    monkeypatch.setattr("ganstudio.training.trainer.Game", lambda *_, **__: made.append(1))
    with pytest.raises(BadInput, match=r"^a batch of 128 points needs about 1\d GB of memory and 2.0 GB are free: try "
                                       r"a smaller width or depth$"):
        Trainer(wide)
    assert not made


def test_a_run_that_is_there_already_counts_its_players_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    p = plan(width=16)
    of = footprint(p)
    monkeypatch.setattr(module, "free", lambda _: of.of(64) - int(of.lasting) // 2)
    check(p, CPU, running=True)
    with pytest.raises(BadInput):
        check(p, CPU)


def test_where_the_system_does_not_say_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free", lambda _: None)
    check(plan(px=256, width=512), CPU)


def test_a_batch_that_moves_is_not_rehearsed_again() -> None:
    assert footprint(plan(width=8, batch_size=16)) is footprint(plan(width=8, batch_size=300))


def test_the_peak_is_that_of_the_moment_that_takes_most() -> None:
    of = Footprint(0.0, (100.0, 10.0), (1.0, 5.0))
    assert [of.of(n) for n in (1, 22, 23, 100)] == [101, 122, 125, 510]
    assert [of.batch_that_fits(n) for n in (101, 102, 400)] == [0, 2, 64]


def test_only_moments_that_can_be_the_peak_are_kept() -> None:
    moments = [(float(a), float(b)) for a in range(-6, 7) for b in range(-6, 7) if a * a + b * b <= 36]
    kept = module._peaks(moments)
    assert kept == sorted({(a, b) for a, b in moments if not any(
        c >= a and d >= b and (c, d) != (a, b) for c, d in moments)}, reverse=True)
    of, ofall = (Footprint(0.0, *(tuple(each) for each in zip(*found, strict=True))) for found in (kept, moments))
    assert [of.of(n) for n in range(20)] == [ofall.of(n) for n in range(20)]


def test_rehearsing_leaves_nothing_behind() -> None:
    before = torch.random.get_rng_state()
    footprint(plan(width=12))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.empty(1).device == CPU


# How much is free ----------------------------------------------------------------------------------------------------


def group(folder: Path, limit: str, current: int, cached: int) -> Path:
    for name, text in (("memory.max", limit), ("memory.current", str(current)),
                       ("memory.stat", f"anon 5\ninactive_file {cached}\nfile 9")):
        (folder / name).write_text(f"{text}\n")
    return folder


def test_free_is_the_lower_of_the_systems_and_the_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  900 kB\nMemFree:  1 kB\nMemAvailable:    700 kB\n")
    monkeypatch.setattr(module, "MEMINFO", meminfo)
    monkeypatch.setattr(module, "GROUPS", group(tmp_path, "max", 400_000, 0))
    assert free(CPU) == 700 * 1024
    group(tmp_path, "500000", 400_000, 50_000)
    assert free(CPU) == 150_000
    group(tmp_path, "9000000", 400_000, 50_000)
    assert free(CPU) == 700 * 1024
    monkeypatch.setattr(module, "GROUPS", tmp_path / "none")
    assert free(CPU) == 700 * 1024


# Faults --------------------------------------------------------------------------------------------------------------


def test_torchs_fault_on_the_cpu_is_explained() -> None:
    with pytest.raises(RuntimeError) as fault:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert explained(fault.value) == (
        "out of memory: 1152922 TB more were needed at once: try a smaller batch_size, width or resolution")


def test_numpys_fault_is_explained() -> None:
    with pytest.raises(MemoryError) as fault:
        np.empty(1 << 59, dtype=np.uint8)
    assert explained(fault.value).startswith("out of memory: 576461 TB more were needed at once: try")


@pytest.mark.parametrize(("fault", "words"), [
    (MemoryError(), "out of memory: try a smaller batch_size, width or resolution"),
    (torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 12.00 GiB. GPU 0 has a total capacity of 23.65 GiB of which 3.50 GiB is "
        "free. Including non-PyTorch memory, this process has 20.00 GiB memory in use."),
     "out of memory: 13 GB more were needed at once and 3.8 GB were free: try a smaller batch_size, "
     "width or resolution"),
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
     "out of memory: 21 MB more were needed at once: try a smaller batch_size, width or resolution"),
    (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ""),
    (ValueError("can't allocate memory"), ""),
])
def test_faults_are_told_apart(fault: Exception, words: str) -> None:
    assert explained(fault) == words


def test_a_plan_is_made_of_what_is_frozen() -> None:
    assert hash(plan()) == hash(plan())
