"""The published image sets, from tiny files in their formats; and fetching, from a server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import pickle
import socket
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.core.control import validated
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, listening
from ganstudio.datasets import celeba, cifar10, mnist
from ganstudio.datasets.celeba import Celeba
from ganstudio.datasets.cifar10 import Cifar10
from ganstudio.datasets.fashion_mnist import FashionMnist
from ganstudio.datasets.mnist import Mnist
from ganstudio.datasets.parts import idx_images, published
from ganstudio.datasets.parts.images import ImageDataset
from ganstudio.files import download
from ganstudio.files.download import NotFetched, Published, fetch
from ganstudio.files.torchvision_import import import_torchvision

RNG = np.random.default_rng(3)
DIGITS = RNG.integers(0, 256, (7, 28, 28)).astype(np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks another machine: only names of this one are resolved."""
    really = socket.getaddrinfo

    def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(-2, "Name or service not known")
        return really(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def made(leaf: type[ImageDataset[Any]], **controls: str) -> ImageDataset[Any]:
    return leaf(validated(leaf.controls_type(), controls, of=f"data set {leaf.name}"))


# MNIST --------------------------------------------------------------------------------------------------------------


def idx(values: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    header = bytes((0, 0, 8, values.ndim)) + b"".join(n.to_bytes(4, "big") for n in values.shape)
    return header + values.tobytes()


def lay_mnist(folder: Path, packed: bool = True, images: bytes | None = None, labels: bytes | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stem, held in ((idx_images.IMAGES, images or idx(DIGITS)), (idx_images.LABELS, labels or idx(LABELS))):
        (folder / (stem + ".gz" * packed)).write_bytes(gzip.compress(held) if packed else held)


@pytest.mark.parametrize("leaf", [Mnist, FashionMnist])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("below", ["", "raw"])
def test_idx_files_are_read_where_they_lie(tmp_path: Path, leaf: type[Mnist], packed: bool, below: str) -> None:
    lay_mnist(tmp_path / below, packed)
    data = made(leaf, path=str(tmp_path))
    assert data.shape == (1, 32, 32) and data.kind == "image"
    np.testing.assert_array_equal(data.pixels.images[:, 0, 2:-2, 2:-2], DIGITS)
    assert data.pixels.images.sum() == DIGITS.sum()  # the rest is black
    assert data.labels is not None and data.labels.tolist() == LABELS.tolist()
    drawn = data.draw(50, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(
        data.gather(drawn)[:, 0, 2:-2, 2:-2].numpy(), DIGITS[drawn.numpy()] / 127.5 - 1, atol=1e-6)
    assert len(leaf.classes) == 10


def test_files_put_into_the_own_folder_need_no_path() -> None:
    lay_mnist(published.own_folder("mnist"))
    assert len(made(Mnist).pixels.images) == 7


@pytest.mark.parametrize(("images", "labels", "words"), [
    (b"text", None, "not an IDX file of bytes with 3 axes"),
    (idx(DIGITS)[:-5], None, "cut short: it holds 5,483 bytes, and its header promises 5,488"),
    (bytes((0, 0, 8, 3)) + b"\xff" * 12, None, "allowed are 1,073,741,824"),
    (idx(DIGITS[:, :14]), None, "7 images of 14 x 28 px: allowed are two or more of 28 x 28"),
    (idx(DIGITS[:1]), idx(LABELS[:1]), "1 images of 28 x 28 px"),
    (None, idx(LABELS[:-1]), "does not hold a label from 0 to 9 for each of 7 images"),
    (None, idx(LABELS + 6), "does not hold a label from 0 to 9"),
    (None, idx(DIGITS), "not an IDX file of bytes with 1 axes"),
])
def test_faulty_idx_files_are_one_sentence(tmp_path: Path, images: bytes | None, labels: bytes | None, words: str
                                           ) -> None:
    lay_mnist(tmp_path, images=images, labels=labels)
    with pytest.raises(BadInput, match=words):
        made(Mnist, path=str(tmp_path))


def test_a_damaged_gzip_is_one_sentence(tmp_path: Path) -> None:
    lay_mnist(tmp_path)
    file = tmp_path / f"{idx_images.IMAGES}.gz"
    whole = file.read_bytes()
    for held, words in ((whole[:-40], "damaged or cut short"), (b"no gzip", "cannot be read"),
                        (whole[:99] + b"\xff" * 40 + whole[139:], r"damaged or cut short|CRC check failed")):
        file.write_bytes(held)
        with pytest.raises(BadInput, match=words):
            made(Mnist, path=str(tmp_path))


@pytest.mark.parametrize("leaf", [Mnist, FashionMnist, Cifar10, Celeba])
def test_a_folder_without_the_files_asks_nobody(tmp_path: Path, leaf: type[ImageDataset[Any]]) -> None:
    with pytest.raises(BadInput, match=r"contain.*: give the folder that does"):
        made(leaf, path=str(tmp_path))
    with pytest.raises(BadInput, match="does not exist: give the folder that holds its files"):
        made(leaf, path=str(tmp_path / "none"))
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="is a file: give the folder"):
        made(leaf, path=str(tmp_path / "file"))


@pytest.mark.parametrize(("leaf", "named"), [
    (Mnist, "train-images-idx3-ubyte.gz and train-labels"), (FashionMnist, "train-images-idx3-ubyte.gz"),
    (Cifar10, "cifar-10-binary.tar.gz"),
])
def test_without_internet_it_says_what_to_put_where(leaf: type[ImageDataset[Any]], named: str) -> None:
    with pytest.raises(BadInput, match=f"{leaf.name} needs the internet once, but could not be fetched") as caught:
        made(leaf)
    said = str(caught.value)
    assert "(name not resolved)" in said and str(published.own_folder(leaf.name)) in said
    assert f"a folder with {named}" in said and "use digits" in said
    assert "path=FOLDER" in said and "\n" not in said


# CIFAR-10 -----------------------------------------------------------------------------------------------------------

PHOTOS = RNG.integers(0, 256, (10, 3, 32, 32)).astype(np.uint8)
KINDS = np.arange(10, dtype=np.uint8)[::-1]


def batches() -> dict[str, bytes]:
    """Two photographs a batch."""
    return {name: b"".join(bytes([KINDS[n]]) + PHOTOS[n].tobytes() for n in (2 * at, 2 * at + 1))
            for at, name in enumerate(cifar10.BATCHES)}


def archive(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as packed:
        for name, held in members.items():
            about = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            about.size = len(held)
            packed.addfile(about, io.BytesIO(held))


@pytest.mark.parametrize("laid", ["files", "folder", "archive"])
def test_cifar_is_read_from_its_binary_version(tmp_path: Path, laid: str) -> None:
    if laid == "archive":
        archive(tmp_path / cifar10.ARCHIVE, {"readme.html": b"<p>", **dict(reversed(batches().items()))})
    else:
        folder = tmp_path / (cifar10.FOLDER if laid == "folder" else "")
        folder.mkdir(exist_ok=True)
        for name, held in batches().items():
            (folder / name).write_bytes(held)
    data = made(Cifar10, path=str(tmp_path))
    np.testing.assert_array_equal(data.pixels.images, PHOTOS)
    assert data.labels is not None and data.labels.tolist() == KINDS.tolist()
    assert data.pixels.images.flags.c_contiguous


def test_faulty_cifar_is_one_sentence(tmp_path: Path) -> None:
    whole = batches()
    first = cifar10.BATCHES[0]
    path = tmp_path / cifar10.ARCHIVE
    for members, words in (
        ({**whole, first: whole[first][:-1]}, "holds 6,145 bytes: allowed are records of 3,073"),
        ({**whole, first: b""}, "holds 0 bytes"),
        ({**whole, first: b"\x0b" + whole[first][1:]}, "labels beyond 9"),
        ({first: whole[first]}, "does not hold data_batch_1.bin to data_batch_5.bin"),
    ):
        archive(path, members)
        with pytest.raises(BadInput, match=words):
            made(Cifar10, path=str(tmp_path))
    archive(path, whole)
    for held in (path.read_bytes()[:-3000], b"no archive"):
        path.write_bytes(held)
        with pytest.raises(BadInput, match=r"cannot be read|damaged or cut short"):
            made(Cifar10, path=str(tmp_path))


class Trap:
    """Unpickling it would leave a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self.trace),)


def test_the_pickled_version_is_never_read(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for n in range(1, 6):
        (folder / f"data_batch_{n}").write_bytes(pickle.dumps(Trap(tmp_path / "trace")))
        (tmp_path / f"data_batch_{n}.bin").write_bytes(pickle.dumps(Trap(tmp_path / "trace")))
    with pytest.raises(BadInput, match="allowed are records of 3,073"):
        made(Cifar10, path=str(tmp_path))
    with pytest.raises(BadInput, match="the Python version is pickled, and is not read"):
        made(Cifar10, path=str(folder))
    assert not (tmp_path / "trace").exists()


# CelebA -------------------------------------------------------------------------------------------------------------


def faces(count: int = 4) -> dict[str, bytes]:
    """178 x 218 px: the middle square of one colour, what is cut away black."""
    held: dict[str, bytes] = {}
    for n in range(count):
        face = Image.new("RGB", (178, 218))
        face.paste((50 * n, 200, 100), (0, 20, 178, 198))
        buffer = io.BytesIO()
        face.save(buffer, "JPEG", quality=95)
        held[f"{n + 1:06}.jpg"] = buffer.getvalue()
    return held


def lay_attributes(folder: Path, count: int = 4) -> None:
    rows = [f"{n + 1:06}.jpg {'1' if n % 2 else '-1'} {'-1' if n % 2 else '1'}" for n in range(count)]
    (folder / celeba.ATTRIBUTES).write_text("\n".join([str(count), "Male Smiling", *rows]))


@pytest.mark.parametrize("laid", ["zip", "folder", "itself", "torchvision"])
def test_faces_are_cut_from_the_middle(tmp_path: Path, laid: str) -> None:
    base = {"zip": "", "folder": celeba.FOLDER, "itself": "", "torchvision": f"celeba/{celeba.FOLDER}"}[laid]
    (tmp_path / base).mkdir(parents=True, exist_ok=True)
    if laid == "zip":
        with zipfile.ZipFile(tmp_path / celeba.ARCHIVE, "w") as packed:
            for name, held in faces().items():
                packed.writestr(f"{celeba.FOLDER}/{name}", held)
            packed.writestr(f"{celeba.FOLDER}/000009.jpg", b"no picture")
    else:
        for name, held in faces().items():
            (tmp_path / base / name).write_bytes(held)
    lay_attributes(tmp_path)
    data = made(Celeba, path=str(tmp_path), resolution="32")
    assert data.shape == (3, 32, 32) and len(data.pixels.images) == 4
    inner = data.pixels.images[:, :, 1:-1, 1:-1].astype(int)
    for n, face in enumerate(inner):
        assert abs(face - np.array([50 * n, 200, 100])[:, None, None]).max() <= 4
    assert data.labels is not None and data.labels.tolist() == [0, 1, 0, 1]
    smiling = made(Celeba, path=str(tmp_path), resolution="32", label="Smiling")
    assert smiling.labels is not None and smiling.labels.tolist() == [1, 0, 1, 0]
    assert made(Celeba, path=str(tmp_path), resolution="32", label="none").labels is None
    assert bool(data.warnings) == (laid == "zip")


def test_attributes_that_do_not_fit(tmp_path: Path) -> None:
    for name, held in faces().items():
        (tmp_path / name).write_bytes(held)
    assert made(Celeba, path=str(tmp_path)).labels is None
    lay_attributes(tmp_path, 3)
    assert made(Celeba, path=str(tmp_path)).labels is None
    with pytest.raises(BadInput, match="holds no attribute Bald"):
        made(Celeba, path=str(tmp_path), label="Bald")


def test_an_archive_that_is_none(tmp_path: Path) -> None:
    (tmp_path / celeba.ARCHIVE).write_bytes(b"no archive")
    with pytest.raises(BadInput, match="is not a ZIP archive"):
        made(Celeba, path=str(tmp_path))


def test_faces_are_fetched_through_gdown_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"takes the package gdown, which is not installed: put img_align_celeba\.zip"):
        made(Celeba)
    monkeypatch.undo()
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name, held in faces().items():
            packed.writestr(f"{celeba.FOLDER}/{name}", held)
    (tmp_path / "gdown.py").write_text(
        "import pathlib, shutil\n"
        f"def download(id, output, quiet):\n    shutil.copy({str(tmp_path / 'a.zip')!r}, output)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    others = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: object() if name == "gdown" else others(name, *rest))
    with pytest.raises(BadInput, match="its checksum differs"):
        made(Celeba)
    md5 = hashlib.md5((tmp_path / "a.zip").read_bytes()).hexdigest()
    table = SimpleNamespace(CelebA=SimpleNamespace(file_list=[("number", md5, celeba.ARCHIVE)]),
                            utils=import_torchvision().datasets.utils)
    monkeypatch.setattr(celeba, "import_torchvision", lambda: SimpleNamespace(datasets=table))
    with pytest.raises(Cancelled), listening(lambda *_: False):
        made(Celeba)
    assert not list(published.own_folder("celeba").iterdir())
    assert len(made(Celeba).pixels.images) == 4
    assert [file.name for file in published.own_folder("celeba").iterdir()] == [celeba.ARCHIVE]
    (tmp_path / "gdown.py").write_text("def download(**_):\n    raise RuntimeError('too many have asked')\n")
    (published.own_folder("celeba") / celeba.ARCHIVE).unlink()
    with pytest.raises(BadInput, match="too many have asked"):
        made(Celeba)


# Fetching -----------------------------------------------------------------------------------------------------------

HELD = bytes(range(256)) * 5000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/absent":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(HELD)))
        self.end_headers()
        self.wfile.write(HELD[: len(HELD) // 2] if self.path == "/half" else HELD)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def whole(*addresses: str, held: bytes = HELD) -> Published:
    return Published("file.bin", list(addresses), hashlib.md5(held).hexdigest())


def test_a_file_is_fetched_with_progress(tmp_path: Path, server: str) -> None:
    heard: list[tuple[str, int, int]] = []

    def listen(what: str, done: int, total: int) -> bool:
        heard.append((what, done, total))
        return True

    with listening(listen):
        path = fetch(whole(f"{server}/absent", f"{server}/there"), tmp_path / "new")
    assert path.read_bytes() == HELD and [file.name for file in (tmp_path / "new").iterdir()] == ["file.bin"]
    assert heard[-1] == ("fetching file.bin", len(HELD), len(HELD)) and len(heard) > 3


@pytest.mark.parametrize(("path", "held", "words"), [
    ("/absent", HELD, r"127\.0\.0\.1 \(the server says 404 Not Found\)"),
    ("/half", HELD, "the connection ended after 640,000 of 1,280,000 bytes"),
    ("/there", b"other", "its checksum differs"),
])
def test_what_is_not_fetched_leaves_nothing(tmp_path: Path, server: str, path: str, held: bytes, words: str) -> None:
    with pytest.raises(NotFetched, match=words):
        fetch(whole(server + path, held=held), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_fetch_can_be_ended(tmp_path: Path, server: str) -> None:
    with pytest.raises(Cancelled), listening(lambda _, done, __: done < 300_000):
        fetch(whole(f"{server}/there"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_servers_that_do_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotFetched, match="no answer within"):
            fetch(whole(f"http://127.0.0.1:{port}/"), tmp_path)
    with pytest.raises(NotFetched, match="refused"):
        fetch(whole(f"http://127.0.0.1:{port}/"), tmp_path)
    with pytest.raises(NotFetched, match=r"a\.example \(name not resolved\) nor from b\.example"):
        fetch(whole("http://a.example/", "http://b.example/"), tmp_path)
    asleep = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: asleep.wait(20))
    with pytest.raises(NotFetched, match="name not resolved"):
        fetch(whole("http://a.example/"), tmp_path)
    asleep.set()


def test_a_fetched_mnist_is_kept(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for held, stem in ((idx(DIGITS), idx_images.IMAGES), (idx(LABELS), idx_images.LABELS)):
        packed = gzip.compress(held)
        monkeypatch.setattr(Handler, "do_GET", lambda self, packed=packed: (
            self.send_response(200), self.end_headers(), self.wfile.write(packed)))
        fetch(Published(f"{stem}.gz", [server], hashlib.md5(packed).hexdigest()), published.own_folder("mnist"))
    assert len(made(Mnist).pixels.images) == 7


# torchvision --------------------------------------------------------------------------------------------------------


def test_torchvision_is_imported_and_knows_the_sets() -> None:
    """In a process of its own: here it may have been imported already."""
    code = ("import warnings; warnings.simplefilter('error')\n"
            "from ganstudio.files.torchvision_import import import_torchvision\n"
            "vision = import_torchvision()\n"
            "import torch, torchvision\n"
            "assert torchvision is vision is import_torchvision()\n"
            "vision.datasets.MNIST.mirrors, vision.models.inception_v3\n"
            "print(vision.utils.make_grid(torch.zeros(4, 3, 8, 8)).shape[0])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.stdout.strip() == "3", done.stderr


@pytest.mark.parametrize("name", [idx_images.IMAGES, idx_images.LABELS])
def test_addresses_and_checksums_are_torchvisions(name: str) -> None:
    source = mnist.Mnist._published(mnist.Mnist.__new__(mnist.Mnist), f"{name}.gz")
    assert len(source.addresses) >= 1 and all(address.endswith(f"/{name}.gz") for address in source.addresses)
    assert len(source.md5) == 32
    assert cifar10._published().addresses[0].endswith("/cifar-10-binary.tar.gz")
