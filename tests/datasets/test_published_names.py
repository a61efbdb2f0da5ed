"""Published sets are found by what is inside: renamed, nested, unpacked, or packed once more."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.celeba import Celeba
from ganstudio.datasets.cifar10 import Cifar10
from ganstudio.datasets.fashion_mnist import FashionMnist
from ganstudio.datasets.mnist import Mnist
from ganstudio.datasets.parts.images import ImageDataset
from ganstudio.files import unpacking

RNG = np.random.default_rng(3)
Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))


def made(leaf: type[ImageDataset[Any]], path: Path, **controls: str) -> ImageDataset[Any]:
    return leaf(validated(leaf.controls_type(), {"path": str(path), **controls}, of=f"data set {leaf.name}"))


def idx(values: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + b"".join(n.to_bytes(4, "big") for n in values.shape) + values.tobytes()


def digits(count: int) -> tuple[bytes, bytes, np.ndarray[Any, np.dtype[np.uint8]]]:
    images = RNG.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return idx(images), idx(np.arange(count, dtype=np.uint8) % 10), images


def lay(folder: Path, files: Files) -> None:
    for name, held in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(held)


def zipped(files: Files) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return held.getvalue()


def tarred(files: Files) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, body in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(body)
            archive.addfile(about, io.BytesIO(body))
    return held.getvalue()


WAYS: dict[str, Callable[[Files], Files]] = {
    "as they are": lambda files: files,
    "nested": lambda files: {f"archive (1)/data/{name}": body for name, body in files.items()},
    "a folder of each": lambda files: {f"{name}/{name}": body for name, body in files.items()},
    "gzipped": lambda files: {f"{name}.gz": gzip.compress(body) for name, body in files.items()},
    "a copy of a download": lambda files: {f"{name} (1).gz": gzip.compress(body) for name, body in files.items()},
    "unpacked by a browser": lambda files: {f"{name}.gz": body for name, body in files.items()},
    "bzip2 and xz": lambda files: {
        f"{name}{'.xz' * (n % 2)}": (lzma.compress if n % 2 else bz2.compress)(body)
        for n, (name, body) in enumerate(files.items())},
    "a zip": lambda files: {"archive.zip": zipped(files)},
    "a zip with no ending": lambda files: {"download": zipped({f"x/{name}": body for name, body in files.items()})},
    "a tar": lambda files: {"set.tar": tarred(files)},
    "a tar gzipped": lambda files: {"set.tgz": gzip.compress(tarred(files))},
    "zip in zip": lambda files: {"outer.zip": zipped({"inner.zip": zipped(files), "readme": b"x"})},
    "gzipped in a zip": lambda files: {
        "outer.zip": zipped({f"{name}.gz": gzip.compress(body) for name, body in files.items()})},
    "a tar gzipped in a zip in a tar": lambda files: {
        "o.tar": tarred({"m.zip": zipped({"i.tar.gz": gzip.compress(tarred(files))})})},
    "beside strangers": lambda files: {
        **files, "notes.txt": b"train", "odd.gz": b"\x1f\x8bno", "odd.zip": b"PK\x03\x04"},
}
OF_SINGLE_FILES = ("a folder of each", "gzipped", "a copy of a download", "unpacked by a browser", "bzip2 and xz",
                   "gzipped in a zip")  # nobody does that to 200,000 faces
EACH_WAY = pytest.mark.parametrize("way", WAYS)


@EACH_WAY
def test_mnist_under_any_name(tmp_path: Path, way: str) -> None:
    images, labels, values = digits(9)
    test_images, test_labels, _ = digits(12)
    lay(tmp_path, WAYS[way]({"train-images.idx3-ubyte": images, "train-labels.idx1-ubyte": labels,
                             "t10k-images.idx3-ubyte": test_images, "t10k-labels.idx1-ubyte": test_labels}))
    data = made(Mnist, tmp_path)
    np.testing.assert_array_equal(data.pixels.images[:, 0, 2:-2, 2:-2], values)
    assert data.labels is not None and data.labels.tolist() == list(range(9))


def test_sets_of_one_form_are_told_apart_by_where_they_lie(tmp_path: Path) -> None:
    images, labels, values = digits(9)
    clothes, kinds, others = digits(8)
    lay(tmp_path, {"MNIST/a-images": images, "MNIST/a-labels": labels,
                   "Fashion.zip": zipped({"a-images": clothes, "a-labels": kinds})})
    np.testing.assert_array_equal(made(Mnist, tmp_path).pixels.images[:, 0, 2:-2, 2:-2], values)
    np.testing.assert_array_equal(made(FashionMnist, tmp_path).pixels.images[:, 0, 2:-2, 2:-2], others)
    (tmp_path / "Fashion.zip").unlink()
    with pytest.raises(BadInput, match="does not contain"):
        made(FashionMnist, tmp_path)


def test_the_images_to_test_with_are_not_learnt_from(tmp_path: Path) -> None:
    images, labels, _ = digits(9)
    lay(tmp_path, {"t10k-images.idx3-ubyte": images, "t10k-labels.idx1-ubyte": labels})
    with pytest.raises(BadInput, match=r"the images to test with alone .*t10k-images"):
        made(Mnist, tmp_path)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    images, labels, _ = digits(300)
    lay(tmp_path, {"pictures.gz": gzip.compress(images)[:-5000], "numbers": labels})
    with pytest.raises(BadInput, match=r"does not hold mnist: '.*pictures.*' is damaged or cut short"):
        made(Mnist, tmp_path)


PHOTOS = RNG.integers(0, 256, (10, 3, 32, 32)).astype(np.uint8)


@EACH_WAY
def test_cifar_under_any_name(tmp_path: Path, way: str) -> None:
    batches = {f"data_batch_{at + 1}.bin": b"".join(bytes([n]) + PHOTOS[n].tobytes() for n in (2 * at, 2 * at + 1))
               for at in (3, 1, 0, 2, 4)}
    lay(tmp_path, WAYS[way]({**batches, "test_batch.bin": batches["data_batch_1.bin"], "batches.meta.txt": b"cat"}))
    data = made(Cifar10, tmp_path)
    np.testing.assert_array_equal(data.pixels.images, PHOTOS)
    assert data.labels is not None and data.labels.tolist() == list(range(10))


@pytest.mark.parametrize("way", [way for way in WAYS if way not in OF_SINGLE_FILES])
def test_faces_under_any_name(tmp_path: Path, way: str) -> None:
    faces: Files = {}
    for n in range(4):
        held = io.BytesIO()
        face = Image.new("RGB", (178, 218))
        face.paste((50 * n, 200, 100), (0, 20, 178, 198))
        face.save(held, "JPEG", quality=95)
        faces[f"img_align/img_align/{n + 1:06}.jpg"] = held.getvalue()
        faces[f"img_celeba/{n + 1:06}.jpg"] = held.getvalue()[::-1]  # whole photographs, which are not learnt from
    rows = ["image_id,Male,Smiling", *(f"{n + 1:06}.jpg,{2 * (n % 2) - 1},1" for n in range(4))]
    lay(tmp_path, WAYS[way]({**faces, "list_attr_celeba.csv": "\n".join(rows).encode()}))
    data = made(Celeba, tmp_path, resolution="32")
    assert data.shape == (3, 32, 32) and len(data.pixels.images) == 4
    assert abs(data.pixels.images[:, :, 16, 16].astype(int)[:, 0] - 50 * np.arange(4)).max() <= 4
    assert data.labels is not None and data.labels.tolist() == [0, 1, 0, 1]


# Hostile ------------------------------------------------------------------------------------------------------------


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)
    zeros = bytes(1 << 22)
    for name, body in (("a.zip", zipped({"b.zip": zipped({"c": zeros}) + bytes(2 << 20)})),
                       ("a.tgz", gzip.compress(tarred({"c": zeros})))):
        lay(tmp_path / name, {name: body})
        with pytest.raises(BadInput, match="unpack to more than"):
            made(Mnist, tmp_path / name)


def test_an_idx_header_that_promises_too_much_costs_nothing(tmp_path: Path) -> None:
    lay(tmp_path, {"x": bytes((0, 0, 8, 3)) + b"\xff\xff\xff\xff" + (28).to_bytes(4, "big") * 2, "y": b""})
    with pytest.raises(BadInput, match="does not contain"):
        made(Mnist, tmp_path)


def test_archives_without_end_are_left(tmp_path: Path) -> None:
    body = digits(3)[0]
    for _ in range(9):
        body = zipped({"a": body})
    lay(tmp_path, {"a": body})
    with pytest.raises(BadInput, match="does not contain"):
        made(Mnist, tmp_path)


def test_a_folder_of_everything_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_FILES", 20)
    lay(tmp_path, {f"{n}.txt": b"" for n in range(30)})
    with pytest.raises(BadInput, match="more than 20 files"):
        made(Mnist, tmp_path)
    lay(tmp_path / "z", {"z.zip": zipped({f"{n}.txt": b"" for n in range(30)})})
    with pytest.raises(BadInput, match="hold more than 20 files"):
        made(Cifar10, tmp_path / "z")
