"""One image: the landscape that is drawn, and pictures of the user's, of any shape and kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.core.control import Value, validated
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.format import KeptData
from ganstudio.core.runs.reader import are_images
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.one_image import OneImage, OneImageControls
from ganstudio.files.data_identity import change_of
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.resolve_spec import resolved
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer


def made(**controls: Any) -> OneImage:
    return OneImage(validated(OneImageControls, controls))


def test_the_landscape_is_the_same_each_time_and_at_each_size() -> None:
    small, again, large = made(), made(), made(longest_side=192)
    assert small.shape == (3, 36, 48) and large.shape == (3, 144, 192)
    assert np.array_equal(small.pixels.images, again.pixels.images)
    blocks = large.pixels.images[0].reshape(3, 36, 4, 48, 4).mean((2, 4))
    assert np.abs(blocks - small.pixels.images[0]).mean() < 1.5  # one formula; edges are sampled more finely
    assert small.identity() is None and small.has == frozenset() and small.abilities == {"one image"}


def test_the_landscape_has_a_sky_hills_a_ground_and_nine_balloons() -> None:
    from scipy import ndimage

    image = made(longest_side=240).pixels.images[0].astype(int)
    red, _, blue = image
    assert (blue[0] > red[0]).mean() > 0.9 and (red[-1] > blue[-1]).all()
    sky = image[:, :80]
    plain = (sky[2] > sky[1]) & (sky[1] > sky[0]) & (sky[2] > 190)
    balloons, count = ndimage.label(~plain)
    sizes = ndimage.sum_labels(~plain, balloons, range(1, count + 1))
    assert int((sizes > 60).sum()) == 9


def test_every_sample_is_the_image() -> None:
    data = made()
    x = data.sample(3, torch.Generator().manual_seed(1))
    expected = torch.from_numpy(data.pixels.images[0]).float() / 127.5 - 1
    torch.testing.assert_close(x, expected.expand(3, -1, -1, -1))


@pytest.mark.parametrize(("size", "ending", "mode", "shape"), [
    ((400, 300), "jpg", "RGB", (3, 36, 48)), ((300, 400), "jpg", "RGB", (3, 48, 36)),
    ((400, 400), "png", "RGBA", (3, 48, 48)), ((97, 31), "png", "L", (3, 15, 48)),
    ((40, 20), "bmp", "RGB", (3, 24, 48)),
])
def test_a_picture_keeps_its_shape_and_its_colours(
    tmp_path: Path, size: tuple[int, int], ending: str, mode: str, shape: tuple[int, ...],
) -> None:
    plain = Image.new("RGB", size, (200, 40, 90) if mode != "L" else (120, 120, 120)).convert(mode)
    plain.save(tmp_path / f"picture.{ending}")
    data = made(path=str(tmp_path / f"picture.{ending}"))
    assert data.shape == shape
    expected = np.array((120, 120, 120) if mode == "L" else (200, 40, 90))
    assert np.abs(data.pixels.images[0].reshape(3, -1).T - expected).max() <= 3


def test_a_picture_is_put_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 200), "white")
    image.paste("black", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter to the right when it is shown
    image.save(tmp_path / "turned.jpg", exif=exif)
    pixels = made(path=str(tmp_path / "turned.jpg")).pixels.images[0]
    assert pixels.shape == (3, 48, 24)
    assert pixels[:, :20].max() < 40 and pixels[:, 28:].min() > 215


@pytest.mark.parametrize(("name", "content", "said"), [
    ("none.png", None, r"none\.png' cannot be opened"), ("text.jpg", b"no picture", "text.jpg' is not an image"),
    ("empty.png", b"", "empty.png' is empty")])
def test_what_is_no_picture_is_said(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        made(path=str(tmp_path / name))


def test_a_run_notices_another_picture_of_any_shape(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new("RGB", (40, 30), "red").save(path)
    kept = made(path=str(path)).identity()
    assert kept is not None and kept.shape == [3, 36, 48] and kept.count == 1 and are_images(kept)
    Image.new("RGB", (40, 30), "blue").save(path)
    other = made(path=str(path)).identity()
    assert other is not None and other.sha256 != kept.sha256
    assert not are_images(KeptData(count=1, sha256=kept.sha256, shape=[3, 0, 48]))
    assert change_of(tmp_path / "a.ganrun", kept, made(path=str(path))).endswith("a.ganrun was trained on it")


def test_its_game_needs_one_image_and_says_so() -> None:
    with pytest.raises(BadInput, match="singan needs data of one image, and digits is none such: use one-image"):
        resolved(Spec(variant="singan", data="digits", data_controls={"count": 100}))
    with pytest.raises(BadInput, match="network singan has modules of a game of its own"):
        resolved(Spec(variant="ns-gan", data="one-image", network="singan"))


@pytest.mark.parametrize(("variant", "network", "said"), [
    ("wgan-gp", {}, "images of 48×36 px do not suit the dcgan network: .* px a side, as wide as high$"),
    ("stylegan2", {"resolution": 16}, "resolution = 16 does not fit images of 48×36 px: only square ones are scaled"),
    ("stylegan2", {"resolution": 12}, "resolution = 12"),
])
def test_a_picture_that_is_not_square_is_not_scaled_to_a_square(
    variant: str, network: dict[str, Value], said: str,
) -> None:
    with pytest.raises(BadInput, match=said):
        Trainer(Spec(variant=variant, data="one-image", network_controls=network))


def test_a_height_that_the_resolution_divides_does_not_make_it_square(tmp_path: Path) -> None:
    Image.new("RGB", (64, 32), "white").save(tmp_path / "wide.png")
    with pytest.raises(BadInput, match="does not fit images of 64×32 px"):
        made(path=str(tmp_path / "wide.png"), longest_side=64).resized(16)


def test_another_game_of_a_square_picture_has_none_of_what_is_learnt_scale_by_scale(tmp_path: Path) -> None:
    Image.effect_noise((16, 16), 60).save(tmp_path / "square.png")
    run = Trainer(Spec(
        variant="stylegan2", data="one-image", device="cpu", threads=1, dtype="float32", memory="contiguous",
        data_controls={"path": str(tmp_path / "square.png"), "longest_side": 16}, controls={"batch_size": 2},
        network_controls={"resolution": 16, "width": 4, "latent_dim": 4, "w_dim": 4}))
    assert not {"one image", "scales"} & abilities(run.game)
    numbers = compute_measures(copy_for_measuring(run, 100)).measures
    assert "peak_over_rms" in numbers and not any(name.startswith("reconstruction_rmse") for name in numbers)
