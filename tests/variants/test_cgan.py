"""Conditional GAN and R3GAN: their terms against their papers' equations, and what cannot be asked of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_games import VARIANTS, small
from torch.nn.functional import logsigmoid

from ganstudio.cli import main
from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Landscape, Points
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.live_views import LiveViews
from ganstudio.networks.parts.conditional import ConditionalBatchNorm, ProjectionDiscriminator
from ganstudio.networks.parts.spectral import SpectralNorm
from ganstudio.probes.landscape import LandscapeProbe
from ganstudio.training.build_catalog import catalogue
from ganstudio.training.game_view import ReadOnlyGame
from ganstudio.training.measuring import compute_measures, copied_points
from ganstudio.training.run_description import describe_run
from ganstudio.training.trainer import Trainer
from ganstudio.ui.panels.parts.landscape_text import words
from ganstudio.variants.r3gan import R3GAN, R3GANControls


def trainer_of(variant: str = "cgan", data: str = "ring", **controls: Any) -> Trainer:
    return Trainer(Spec(variant=variant, data=data, seed=1, device="cpu", threads=1,
                        controls={"batch_size": 32, **controls}, network_controls={"width": 16, "depth": 2}))


@pytest.mark.parametrize("conditioning", ["concat", "projection", "none"])
def test_the_terms_are_those_of_the_log_loss_with_labels(conditioning: str) -> None:
    trainer, other = (trainer_of(conditioning=conditioning, gamma=0.0) for _ in range(2))
    terms = trainer.game.terms_of("discriminator")
    turn = other.game.turn("discriminator")
    x, y = turn.batch.x, turn.batch.label
    with torch.no_grad():
        fake = other.game.modules["G"](turn.latent(), y)
    D = other.game.modules["D"]
    torch.testing.assert_close(terms["real"], -logsigmoid(D(x, y)).mean())
    torch.testing.assert_close(terms["fake"], -logsigmoid(-D(fake, y)).mean())


def test_labels_of_generated_samples_follow_the_datas_frequencies() -> None:
    trainer = Trainer(Spec(variant="cgan", data="gaussians", seed=0, device="cpu", threads=1,
                           controls={"batch_size": 4000},
                           data_controls={"centres": "listed", "xs": [-1.0, 1.0], "ys": [0.0, 0.0], "sds": [0.1],
                                          "weights": [0.9, 0.1]},
                           network_controls={"width": 4, "depth": 1}))
    asked = trainer.game.turn("generator").labels()
    assert float((asked == 0).double().mean()) == pytest.approx(0.9, abs=0.02)


def test_a_blind_d_scores_the_same_whatever_the_label() -> None:
    view = trainer_of(conditioning="none").view
    x = torch.randn(6, 2)
    assert torch.equal(view.score(x, torch.zeros(6, dtype=torch.int64)), view.score(x, torch.arange(6)))


@pytest.mark.parametrize(("data", "network", "said"), [
    ("swiss-roll", "", "needs a label with each sample, and data set swiss-roll gives none"),
    ("digits", "resnet", "network resnet gives no labels to its players"),
])
def test_what_gives_no_labels_is_refused_in_one_sentence(data: str, network: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Trainer(Spec(variant="cgan", data=data, network=network, device="cpu"))


def test_packs_do_not_go_with_labels() -> None:
    with pytest.raises(BadInput, match=r"packing = 2 is not possible here: allowed is 1\. D scores each sample"):
        trainer_of(packing=2)
    assert "packing" not in {control.name for control in catalogue().variant("cgan").controls}, "nothing to choose"


def test_label_right_counts_what_was_asked_for() -> None:
    """Of an untrained generator some 1/8 is right; the floor of the data is 1."""
    measured = compute_measures(copied_points(trainer_of(), 800))
    right = measured.measures["label_right"]
    assert right is not None and right < 0.4
    assert measured.floors["label_right"] == 1.0
    assert [one.label for one in measured.classes] == list(range(8))


def test_one_class_can_be_drawn_from_a_kept_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, out = tmp_path / "c.ganrun", tmp_path / "s.npz"
    assert main(["train", "--variant", "cgan", "--data", "ring", "--steps", "2", "--net-set", "width=4", "--run",
                 str(run)]) == 0
    assert main(["sample", str(run), "--n", "9", "--label", "3", "--out", str(out)]) == 0
    with np.load(out, allow_pickle=False) as stored:
        assert stored["labels"].tolist() == [3] * 9
        assert stored["samples"].shape == (9, 2)
    table = tmp_path / "s.csv"
    assert main(["sample", str(run), "--n", "9", "--label", "3", "--out", str(table)]) == 0
    lines = table.read_text().splitlines()
    assert lines[0] == "x,y,label" and [row.rsplit(",", 1)[1] for row in lines[1:]] == ["3"] * 9
    for wrong in ("8", "0" * 5000):
        assert main(["sample", str(run), "--label", wrong, "--out", str(tmp_path / "t.npz")]) == 2
        said = capsys.readouterr().err
        assert "allowed is 0 to 7" in said and len(said) < 200
    assert not (tmp_path / "t.npz").exists()


def test_r3gans_terms_are_the_relativistic_pairs() -> None:
    variant, c = R3GAN(), R3GANControls(gamma=0.5)
    on_real, on_fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 0.5])
    expected = torch.log1p(torch.exp(on_fake - on_real)).mean()
    torch.testing.assert_close(variant.score_terms(on_real, on_fake, c)["pairs"], expected)


def test_r3gan_holds_the_slope_at_both_kinds_of_samples() -> None:
    """D(x) = |x|^2 / 2 has the slope |x|."""
    class Bowl:
        def __call__(self, x: torch.Tensor, *given: torch.Tensor) -> torch.Tensor:
            return x.square().sum(1) / 2

        def both(
            self, real: torch.Tensor, fake: torch.Tensor, *given: torch.Tensor,
        ) -> tuple[torch.Tensor, torch.Tensor]:
            return self(real), self(fake)

    real, fake = torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 2.0]])
    terms = R3GAN().discriminator_terms(Bowl(), real, fake, R3GANControls(gamma=0.5), torch.Generator())
    assert float(terms["R1"].detach()) == pytest.approx(0.25 * 25)
    assert float(terms["R2"].detach()) == pytest.approx(0.25 * 4)


def test_r3gans_generator_sees_real_samples() -> None:
    trainer = trainer_of("r3gan")
    turn = trainer.game.turn("generator")
    trainer.game.variant.terms(turn, trainer.game.controls)
    assert turn.drew


@pytest.mark.parametrize(("conditioning", "label"), [("concat", "0"), ("projection", "0"), ("none", "")])
def test_the_landscape_names_the_class_that_d_is_asked_about(conditioning: str, label: str) -> None:
    view = LandscapeProbe().look(ReadOnlyGame(trainer_of(conditioning=conditioning).game, 0), 8)
    assert view.label == label
    said = words(1.0, "discriminator", dashed=False, logit=True, label=view.label)
    assert said.startswith("Green: D says real; purple: D says fake")
    assert ("asked about class 0" in said) == bool(label)
    assert "4 copies of each point packed together" in words(1.0, "discriminator", dashed=False, logit=True, packing=4)


def test_the_landscape_is_of_the_class_that_was_asked_for() -> None:
    trainer = trainer_of()
    look = SnapshotRequest(run=1, views=["landscape", "points"], label=5)
    assert describe_run(trainer).classes == [str(label) for label in range(8)]
    shown = LiveViews(trainer).snapshot(1, look, look.views, playing=False).views
    landscape, points = shown["landscape"], shown["points"]
    assert isinstance(landscape, Landscape)
    assert isinstance(points, Points)
    assert landscape.label == "5"
    game, at = trainer.view, trainer.view.latents[:96]
    fives = torch.full((96,), 5)
    assert torch.equal(torch.tensor(landscape.at.numpy()), game.generate(at, fives)), "arrows are at points of class 5"
    low, high = game.data.extent.low, game.data.extent.high
    corner = torch.full((1, 2), low + (high - low) / 80)
    assert float(landscape.values.numpy()[0, 0]) == pytest.approx(float(game.score(corner, fives[:1])), rel=1e-5)
    assert game.labels is not None
    assert points.labels is not None
    assert points.labels.numpy().tolist() == game.labels.tolist()


@pytest.mark.parametrize("label", [-1, 8, 10**9])
def test_a_class_that_there_is_not_is_shown_as_the_first(label: int) -> None:
    look = SnapshotRequest(run=1, views=["landscape"], label=label)
    view = LiveViews(trainer_of()).snapshot(1, look, look.views, playing=False).views["landscape"]
    assert isinstance(view, Landscape)
    assert view.label == "0"


def test_of_many_classes_ten_have_a_row() -> None:
    view = Trainer(Spec(variant="cgan", data="avatars", device="cpu", threads=1, data_controls={"label": "hair"},
                        controls={"batch_size": 4}, network_controls={"width": 4, "latent_dim": 4})).view
    assert view.class_names == [str(label) for label in range(10)]
    assert view.columns == 6
    assert view.labels is not None
    assert view.labels[:60].tolist() == [label for label in range(10) for _ in range(6)]
    real = view.real_labels(60)
    assert real is not None
    assert real.tolist() == view.labels[:60].tolist()


@pytest.mark.parametrize("conditioning", ["concat", "projection", "none"])
def test_images_are_conditioned_in_bfloat16_too(conditioning: str) -> None:
    trainer = Trainer(Spec(
        variant="cgan", data="digits", device="cpu", threads=1, dtype="bfloat16", data_controls={"count": 100},
        controls={"batch_size": 3, "conditioning": conditioning}, network_controls={"width": 2, "latent_dim": 4}))
    trainer.step()
    assert trainer.divergence is None


def on_digits(conditioning: str = "projection", **network: Any) -> Trainer:
    return Trainer(Spec(
        variant="cgan", data="digits", network="dcgan", seed=3, device="cpu", threads=1, dtype="float32",
        memory="contiguous", data_controls={"count": 100}, controls={"batch_size": 8, "conditioning": conditioning},
        network_controls={"width": 2, "latent_dim": 4, "resolution": 16, **network}))


def test_a_digit_alone_is_the_digit_that_it_is_among_other_classes() -> None:
    """Statistics are shared by all classes: in evaluation mode a batch of one class is no other batch."""
    trainer = on_digits()
    for _ in range(3):
        trainer.step()
    view = trainer.view
    z, label = view.latents[:6], torch.tensor([0, 1, 2, 3, 3, 9])
    with view.looked_at():
        together = view.generate(z, label)
        alone = torch.cat([view.generate(z[i : i + 1], label[i : i + 1]) for i in range(6)])
        of_a_class = torch.cat([view.generate(z, label[i].expand(6))[i : i + 1] for i in range(6)])
    torch.testing.assert_close(alone, together, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(of_a_class, together, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
@pytest.mark.parametrize("conditioning", ["concat", "projection"])
def test_no_norm_of_d_takes_the_label_away(conditioning: str, norm: str) -> None:
    """A constant plane at the input would be gone after instance norm."""
    trainer = on_digits(conditioning, norm_d=norm)
    D: Any = trainer.game.modules["D"]
    assert not [layer for layer in D.modules() if isinstance(layer, ConditionalBatchNorm)], "in D it is not the paper's"
    x = trainer.view.batch.x[:10]
    with torch.no_grad():
        scores = torch.stack([D(x, torch.full((10,), label)) for label in range(10)])
    apart = scores.std(0).mean() / scores.std(1).mean()  # by the label, over by the image
    assert apart > 0.05


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_no_norm_of_g_takes_the_label_away(norm: str) -> None:
    trainer = on_digits(norm_g=norm)
    view = trainer.view
    z = view.latents[:1].expand(10, -1)
    images = view.generate(z, torch.arange(10))
    assert images.std(0).mean() > 0.01 * images.std()


def test_no_trunk_is_under_spectral_norm_while_its_embedding_is_not() -> None:
    """The label's part of the score would grow without a bound: games that name labels norm nothing of D."""
    for name, leaf in VARIANTS.items():
        if "label" in leaf.needs:
            trainer = Trainer(small(name, "digits"))
            layers = list(trainer.game.modules["D"].modules())
            assert any(isinstance(layer, ProjectionDiscriminator) for layer in layers)
            assert not any(isinstance(layer, SpectralNorm) for layer in layers)
