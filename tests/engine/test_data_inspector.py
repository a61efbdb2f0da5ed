"""What a path is as data: answered beside the training, the last question alone, and always with one sentence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image

from ganstudio.core.protocol.messages import DataInspected, InspectData, Refused, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput, DataMissing
from ganstudio.core.system.progress import report
from ganstudio.engine.data_inspector import DataInspector, data_set_of
from ganstudio.engine.training_thread import TrainingThread


def test_a_thread_that_is_busy_answers(tmp_path: Path) -> None:
    """The training thread is not even started: a look waits for no update of it."""
    (tmp_path / "p.csv").write_text("1,2\n3,4\n")
    came, said = threading.Event(), []

    def publish(event: object) -> None:
        said.append(event)
        came.set()

    thread = TrainingThread(publish)
    thread.post(InspectData(id=3, path=str(tmp_path / "p.csv")))
    assert came.wait(20)
    thread._inspector.close()
    (answer,) = said
    assert isinstance(answer, DataInspected)
    assert (answer.id, answer.refusal) == (3, "")
    assert answer.found is not None
    assert (answer.found.data, answer.found.kind) == ("points", "plane")


def test_an_older_question_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[DataInspected] = []
    inspector = DataInspector(said.append)
    under_way, go_on = threading.Event(), threading.Event()

    def slow(command: InspectData) -> object:
        if command.id == 1:
            under_way.set()
            go_on.wait(20)
            report("reading images", 1, 2)  # where a look asks whether it is still wanted
        raise BadInput(f"question {command.id}")

    monkeypatch.setattr(inspector, "_inspected", slow)
    inspector.ask(InspectData(id=1, path="a"))
    assert under_way.wait(20)
    inspector.ask(InspectData(id=2, path="b"))
    go_on.set()
    inspector._executor.shutdown(wait=True)
    assert [(answer.id, answer.refusal) for answer in said] == [(2, "question 2")]


@pytest.mark.parametrize(("name", "data", "path"), [
    ("x.csv", "points", "x.csv"), ("x.NPZ", "points", "x.NPZ"), ("x.jpg", "folder", ""), ("x.zip", "folder", "x.zip"),
    ("train-images-idx3-ubyte.gz", "mnist", ""), ("train-labels.idx1-ubyte", "mnist", ""),
    ("cifar-10-binary.tar.gz", "cifar10", ""), ("img_align_celeba.zip", "celeba", ""),
])
def test_files_are_told_by_their_names(tmp_path: Path, name: str, data: str, path: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert data_set_of(tmp_path / name) == (data, tmp_path / path if path else tmp_path)
    if data not in ("points", "folder"):
        assert data_set_of(tmp_path) == (data, tmp_path), "and the folder that holds it"


def test_fashion_mnist_is_told_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte").write_bytes(b"x")
    assert data_set_of(folder) == ("fashion-mnist", folder)


@pytest.mark.parametrize("path", ["/no/such/file.csv", "a\0b", "~nobody-of-that-name/x.csv"])
def test_what_is_not_there_is_said(path: str) -> None:
    said: list[DataInspected] = []
    inspector = DataInspector(said.append)
    inspector.ask(InspectData(id=0, path=path))
    inspector._executor.shutdown(wait=True)
    assert "does not exist" in said[0].refusal


def test_a_resolution_that_is_none_is_bad_input(tmp_path: Path) -> None:
    for at in range(2):
        Image.new("L", (9, 9)).save(tmp_path / f"{at}.png")
    said: list[DataInspected] = []
    inspector = DataInspector(said.append)
    inspector.ask(InspectData(id=0, path=str(tmp_path), data="folder", data_controls={"resolution": "7"}))
    inspector._executor.shutdown(wait=True)
    assert "resolution" in said[0].refusal


def test_a_refusal_names_the_set_whose_files_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise DataMissing("mnist is not on this machine", "mnist")

    monkeypatch.setattr("ganstudio.engine.training_thread.Trainer", missing)
    said: list[object] = []
    thread = TrainingThread(said.append)
    thread.post(Start(run=1, spec=Spec(data="mnist")))
    thread.run_once()
    assert said == [Refused(run=1, reason="mnist is not on this machine", missing="mnist")]
    thread._inspector.close()
