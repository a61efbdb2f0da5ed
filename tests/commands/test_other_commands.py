"""``catalog``, ``measure``, ``sample`` and the door to all commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

import ganstudio
from ganstudio.cli import COMMANDS, main
from ganstudio.commands.shoot import _bring_forward, _look_back, _Refusal, looks_at
from ganstudio.core.leaves import Leaf, leaves
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.checkpoint import restore
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.ui.main.window import Window

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--net-set", "width=8", "--net-set", "depth=1", "--set", "batch_size=16", "--device", "cpu", "--steps", "10"]


def made(folder: Path, name: str, data: str, *words: str) -> Path:
    """A run file of a short run."""
    path = folder / f"{name}.ganrun"
    command = ["train", "--variant", "wgan-gp", "--data", data, *SMALL, "--run", str(path), "--json", *words]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganstudio.commands.train.SAMPLES", 120)
        assert main(command) == 0
    return path


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("plane"), "plane", "ring")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("line"), "line", "mixture")


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence with which a command is refused."""
    capsys.readouterr()
    assert main(list(words)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ganstudio: ")
    assert captured.err.count("\n") == 1
    return captured.err


# Catalog -----------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_the_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert captured.err == ""
    for key, folder in (("variants", "variants"), ("networks", "networks"), ("data", "datasets")):
        assert {one["name"] for one in found[key]} == set(leaves(f"ganstudio.{folder}", Leaf))
        for one in found[key]:
            assert one["title"]
            for control in one["controls"]:
                assert {"name", "kind", "default", "low", "high", "scale", "choices", "live", "help"} <= set(control)
                assert (control["kind"] == "choice") == bool(control["choices"])
                if control["kind"] in ("slider", "integer"):
                    assert control["low"] <= control["default"] <= control["high"]
                    assert control["scale"] in ("linear", "log")
    for variant in found["variants"]:
        assert variant["reference"]
        assert {preset["name"] for preset in variant["presets"]} >= {"paper", "toy"}
    assert {"w1", "modes", "mean"} <= {measure["name"] for measure in found["measures"]}
    assert isinstance(found["panels"], list)
    assert found["version"] == ganstudio.__version__


def test_each_thing_has_a_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert all(isinstance(one["reference"], str) for key in ("variants", "data", "networks") for one in found[key])


def test_the_catalogue_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog"]) == 0
    printed = capsys.readouterr().out
    for word in ("Variants", "wgan-gp", "Networks", "mlp", "Data sets", "ring", "Measures", "w1"):
        assert word in printed


# Measure -----------------------------------------------------------------------------------------------------------


def test_measure_prints_numbers_beside_their_floors(plane: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["measure", str(plane), "--samples", "200", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run"], found["steps"], found["samples"]) == (str(plane), 10, 200)
    assert set(found["measures"]) == set(found["floors"]) >= {"modes", "w1", "critic_gap"}
    assert found["hash"] == restore(plane).game.weights_hash()
    assert main(["measure", str(plane), "--samples", "200", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found, "the same numbers again"


def test_measure_as_a_table(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(line), "--samples", "200"]) == 0
    printed = capsys.readouterr().out
    assert "step 10" in printed and "perfect generator" in printed and "JSD" in printed


def test_train_and_measure_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made(tmp_path, "x", "ring")
    trained = json.loads(capsys.readouterr().out)
    assert main(["measure", str(path), "--samples", "120", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["measures"] == trained["measures"]
    assert measured["floors"] == trained["floors"]


def test_measure_refuses_in_one_sentence(plane: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.ganrun is not there" in refused(capsys, "measure", str(tmp_path / "none.ganrun"))
    assert "--samples = 5 is out of range: allowed is 100" in refused(capsys, "measure", str(plane), "--samples", "5")
    assert "'many'" in refused(capsys, "measure", str(plane), "--samples", "many")
    assert "required" in refused(capsys, "measure")
    text = tmp_path / "x.ganrun"
    text.write_text("no run", encoding="utf-8")
    assert "not a GAN Studio run" in refused(capsys, "measure", str(text))


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose generator went to NaN after its first step."""
    path = tmp_path_factory.mktemp("lost") / "lost.ganrun"
    trainer = Trainer(Spec(variant="wgan-gp", data="ring", device="cpu", threads=1,
                           controls={"batch_size": 8, "critic_steps": 3}, network_controls={"width": 4, "depth": 1}))
    recorder = Recorder(path, trainer)
    trainer.step()
    with torch.no_grad():
        trainer.game.players["generator"].flat.fill_(float("nan"))
    trainer.step()
    recorder.note(trainer.flush())
    recorder.close()
    return path


def test_a_run_that_diverged_is_measured_with_a_sentence(lost: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(lost), "--samples", "120", "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["measures"]["w1"] is None and found["floors"]["w1"] is not None
    assert err == ("note: no sample can be measured: what the generator makes is not finite since the run diverged at "
                   "step 1.25, where discriminator.critic was nan\n")
    assert main(["measure", str(lost), "--samples", "120"]) == 0
    out, err = capsys.readouterr()
    assert "diverged at step 1.25" in err and "–" in out.splitlines()[-1]


def test_samples_that_are_not_finite_are_told_of(
    lost: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sample", str(lost), "--n", "5", "--out", str(tmp_path / "x.png")]) == 0
    assert "5 of 5 samples cannot be drawn, the picture shows only real points" in capsys.readouterr().err
    assert main(["sample", str(lost), "--n", "1", "--at", "1", "--out", str(tmp_path / "x.png")]) == 0
    out, err = capsys.readouterr()
    assert err == "" and out.startswith("1 sample of step 1 in ")


def test_any_moment_can_be_looked_at(plane: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It equals a run that ended there."""
    capsys.readouterr()
    short = made(tmp_path, "short", "ring", "--steps", "6")
    then = json.loads(capsys.readouterr().out)["hash"]
    assert main(["measure", str(plane), "--samples", "120", "--at", "6", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["steps"], found["hash"]) == (6, then)
    for path, words in ((plane, ["--at", "6"]), (short, [])):
        assert main(["sample", str(path), *words, "--out", str(tmp_path / f"{path.stem}.csv")]) == 0
    assert (tmp_path / "plane.csv").read_text() == (tmp_path / "short.csv").read_text()
    assert "step 11 is past the end" in refused(capsys, "sample", str(plane), "--at", "11", "--out", "x.csv")
    assert "--at takes a whole number" in refused(capsys, "measure", str(plane), "--at", "end")


@pytest.mark.parametrize("command", ["measure", "sample", "export", "video", "replay", "branch"])
def test_what_is_no_run_is_said_to_be_none(
    command: str, plane: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    more = {"sample": ["--out", "x.csv"], "export": ["--out", "x.csv"], "video": ["--out", "x.gif"],
            "branch": ["--at", "1", "--run", "y.ganrun"]}.get(command, [])
    (tmp_path / "folder.ganrun").mkdir()
    for folder in (".", "folder.ganrun"):
        assert f"ganstudio: {folder} is a folder: a run is a file" in refused(capsys, command, folder, *more)
    (tmp_path / "-mine.ganrun").write_bytes(plane.read_bytes())
    assert "a name that begins with a dash is written ./-mine.ganrun" in refused(
        capsys, command, "-mine.ganrun", *more)
    assert "did you mean '-mine.ganrun'?" in refused(capsys, command, "./-mne.ganrun", *more)


@pytest.mark.parametrize("ending", [".csv", ".png"])
def test_no_run_is_written_over(
    ending: str, plane: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it is named; anything else is replaced, as often as one likes."""
    other = tmp_path / f"other{ending}"
    other.write_bytes(plane.read_bytes())
    assert "is a run or another SQLite file" in refused(capsys, "sample", str(plane), "--out", str(other))
    assert "is the run itself" in refused(capsys, "sample", str(other), "--out", str(other))
    assert other.read_bytes() == plane.read_bytes()
    for _ in range(2):
        assert main(["sample", str(plane), "--n", "3", "--out", str(tmp_path / f"mine{ending}")]) == 0


def test_a_name_that_the_library_does_not_list_is_told_of(
    plane: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["branch", str(plane), "--at", "3", "--run", str(tmp_path / "b2")]) == 0
    assert "b2 does not end in .ganrun: every command reads it" in capsys.readouterr().err
    assert "exists already" in refused(capsys, "branch", str(plane), "--at", "3", "--run", str(tmp_path / "b2"))


def test_a_name_that_is_too_long(capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "measure", "x" * 300)


# Sample ------------------------------------------------------------------------------------------------------------


def test_samples_as_a_table(plane: Path, line: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    assert main(["sample", str(plane), "--n", "17", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").splitlines()[0] == "x,y"
    assert np.loadtxt(out, delimiter=",", skiprows=1).shape == (17, 2)
    assert main(["sample", str(line), "--n", "5", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").splitlines()[0] == "x"
    assert np.loadtxt(out, delimiter=",", skiprows=1).shape == (5,)


def test_samples_as_an_archive(plane: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.npz"
    assert main(["sample", str(plane), "--n", "9", "--out", str(out)]) == 0
    with np.load(out, allow_pickle=False) as archive:
        assert set(archive.files) == {"samples", "latents"}
        assert archive["samples"].shape == (9, 2) and archive["latents"].shape == (9, 2)
        samples = archive["samples"]
    table = tmp_path / "x.csv"
    assert main(["sample", str(plane), "--n", "9", "--out", str(table)]) == 0
    np.testing.assert_allclose(np.loadtxt(table, delimiter=",", skiprows=1), samples, rtol=1e-5)


@pytest.mark.parametrize("which", ["plane", "line"])
def test_samples_as_a_picture(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    assert main(["sample", str(request.getfixturevalue(which)), "--n", "50", "--out", str(out)]) == 0
    with Image.open(out) as image:
        assert image.size == (720, 720)
        colours = {colour for _, colour in image.getcolors(720 * 720) or []}
    assert len(colours) > 2


def test_the_seed_of_a_sample_decides(plane: Path, tmp_path: Path) -> None:
    def drawn(seed: int) -> str:
        assert main(["sample", str(plane), "--seed", str(seed), "--out", str(tmp_path / "x.csv")]) == 0
        return (tmp_path / "x.csv").read_text(encoding="utf-8")

    assert drawn(0) == drawn(0) != drawn(1)


def test_samples_are_in_the_users_units(tmp_path: Path) -> None:
    """User points far from the origin come back where they were."""
    table = tmp_path / "far.csv"
    rng = np.random.default_rng(0)
    np.savetxt(table, rng.normal([1000.0, -500.0], [20.0, 20.0], (300, 2)), delimiter=",")
    path = made(tmp_path, "far", "points", "--data-set", f"file={table}")
    assert main(["sample", str(path), "--out", str(tmp_path / "x.csv")]) == 0
    samples = np.loadtxt(tmp_path / "x.csv", delimiter=",", skiprows=1)
    assert np.abs(samples.mean(0) - [1000, -500]).max() < 200


def test_sample_refuses_in_one_sentence(plane: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "x.csv")
    assert "'.bmp': known are .png, .csv, .npz" in refused(capsys, "sample", str(plane), "--out", "x.bmp")
    assert "--n = 0 is out of range" in refused(capsys, "sample", str(plane), "--n", "0", "--out", out)
    assert "--seed = -1" in refused(capsys, "sample", str(plane), "--seed", "-1", "--out", out)
    assert "does not exist" in refused(capsys, "sample", str(plane), "--out", str(tmp_path / "no" / "x.csv"))
    folder = tmp_path / "folder.png"
    folder.mkdir()
    assert "is a folder" in refused(capsys, "sample", str(plane), "--out", str(folder))
    assert "--out" in refused(capsys, "sample", str(plane))
    assert "is not there" in refused(capsys, "sample", str(tmp_path / "none.ganrun"), "--out", out)
    assert not Path(out).exists()


@pytest.mark.parametrize("ending", [".CSV", ".NPZ"])
def test_an_ending_in_capitals(plane: Path, tmp_path: Path, ending: str) -> None:
    assert main(["sample", str(plane), "--out", str(tmp_path / f"x{ending}")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"x{ending}"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_file_that_cannot_be_written(plane: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "sample", str(plane), "--out", "/proc/x.csv")


# Shoot -------------------------------------------------------------------------------------------------------------


def test_a_picture_is_of_the_network_and_the_text_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The studio is only asked for; what it would play is looked at."""
    asked: list[tuple[Spec, int]] = []

    def opened(make_link: object, link: object, spec: Spec, *, until: int, **rest: object) -> int:
        asked.append((spec, until))
        return 0

    monkeypatch.setattr("ganstudio.ui.application.open_studio", opened)
    assert main(["shoot", "--variant", "f-gan", "--data", "mixture", "--network", "affine", "--net-set",
                 "latent_prior=gaussian", "--set", "divergence=kl", "--data-set", "means=-1,2", "--steps", "7",
                 "--text", "150", "--show", "gradients", "--show", "theory", "--out", str(tmp_path / "x.png")]) == 0
    ((spec, until),) = asked
    assert (spec.variant, spec.data, spec.network, until) == ("f-gan", "mixture", "affine", 1)  # the first look
    assert spec.network_controls == {"latent_prior": "gaussian"}
    assert (spec.controls, spec.data_controls) == ({"divergence": "kl"}, {"means": "-1,2"})


@pytest.mark.parametrize(("steps", "looks"), [
    (0, [0]), (1, [1]), (5, [1, 2, 3, 4, 5]), (1200, [100 * n for n in range(1, 13)]),
])
def test_a_run_is_looked_at_at_the_same_steps_each_time(steps: int, looks: list[int]) -> None:
    assert looks_at(steps) == looks


@pytest.mark.parametrize(("words", "said"), [
    (["--show", "lanscape"], "did you mean 'landscape'"),
    (["--show", "points", "--show", "nothing"], "unknown panel 'nothing'"),
    (["--text", "20"], "--text = 20 is out of range"),
    (["--text", "large"], "--text"),
    (["--net-set", "width"], "--net-set takes NAME=VALUE"),
    (["--at", "10"], "--at 10 is a moment of a run that was kept"),
    (["a.ganrun", "--variant", "gan"], "a.ganrun and --variant do not go together"),
    (["a.ganrun", "--net-set", "width=8"], "a.ganrun and --net-set do not go together"),
    (["a.ganrun", "--steps", "10"], "a.ganrun and --steps do not go together"),
])
def test_shoot_refuses_in_one_sentence(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(capsys, "shoot", *words, "--out", str(tmp_path / "x.png"))
    assert not list(tmp_path.iterdir())


class _Hall(QMainWindow):
    """Two panels on one place, of which the first lies on top."""

    def __init__(self) -> None:
        super().__init__()
        self.panels = {name: SimpleNamespace(kinds=kinds) for name, kinds in (("a", ("plane",)), ("b", ("line",)))}
        self.docks = {name: QDockWidget(name, self) for name in self.panels}
        for dock in self.docks.values():
            dock.setWidget(QLabel("x"))
            self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self.tabifyDockWidget(self.docks["a"], self.docks["b"])
        self.docks["a"].raise_()
        self.resize(300, 200)
        self.show()


def test_a_moment_of_a_run_is_looked_back_at(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[int] = []
    past = SimpleNamespace(end=20, at=None, refresh=lambda: None, to=asked.append)
    hall = cast(Window, SimpleNamespace(history=past))
    with pytest.raises(_Refusal, match="--at 21 is past the run's end: it was recorded up to step 20"):
        _look_back(hall, 21)
    with pytest.raises(_Refusal, match="this run has no recorded moments"):
        _look_back(hall, 7)
    past.at = 5
    _look_back(hall, 7)
    assert asked == [7, 7]
    assert capsys.readouterr().err == "note: step 5 is shown, the last that was recorded by step 7\n"
    _look_back(hall, 0)
    assert capsys.readouterr().err == "note: step 5 is shown, the first that was recorded\n"


def test_a_panel_is_brought_to_the_front_of_its_stack(qtbot: QtBot) -> None:
    hall = _Hall()
    qtbot.addWidget(hall)
    behind = hall.docks["b"]
    qtbot.waitUntil(lambda: behind.visibleRegion().isEmpty())
    _bring_forward(cast(Window, hall), ["b"], "line")
    qtbot.waitUntil(lambda: not behind.visibleRegion().isEmpty())
    behind.close()
    _bring_forward(cast(Window, hall), ["b"], "line")
    qtbot.waitUntil(lambda: not behind.visibleRegion().isEmpty())
    with pytest.raises(_Refusal, match="--show a: that panel is for data of kind plane, and this is line"):
        _bring_forward(cast(Window, hall), ["a"], "line")


# The door ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["catalog", "train", "measure", "sample", "doctor"])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: ganstudio {name}")
    assert COMMANDS[name] in re.sub(r"\s+", " ", printed)


@pytest.mark.parametrize("name", ["catalog", "train", "measure", "sample"])
def test_an_unknown_word_is_bad_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, name, "--nonsense")


def test_without_qt_the_terminals_commands_work(tmp_path: Path) -> None:
    """catalog, train, measure, sample and doctor on a machine without Qt, in a process of their own."""
    path = tmp_path / "x.ganrun"
    words = ["--variant", "gan", "--data", "ring", *SMALL[:-1], "3", "--run", str(path), "--json"]
    code = (
        "import sys\n"
        "for name in ('PySide6', 'pyqtgraph', 'qasync', 'shiboken6'): sys.modules[name] = None\n"
        "import ganstudio.commands.train as train\n"
        "train.SAMPLES = 120\n"
        "from ganstudio.cli import main\n"
        "assert main(['catalog', '--json']) == 0\n"
        f"assert main(['train', *{words!r}]) == 0\n"
        f"assert main(['measure', {str(path)!r}, '--samples', '120']) == 0\n"
        f"assert main(['sample', {str(path)!r}, '--out', {str(tmp_path / 'x.csv')!r}]) == 0\n"
        "main(['doctor', '--json'])\n"
        "print([name for name in sys.modules if name.startswith('PySide6') and sys.modules[name] is not None],"
        " file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False,
                          timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_door_opens_without_torch_or_qt() -> None:
    code = ("import sys\nfrom ganstudio.cli import main\n"
            "assert main(['train', '--variant', 'gan', '--data', 'ring', '--seed', '-1']) == 2\n"
            "print([name for name in ('torch', 'PySide6', 'numpy', 'rich') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]", "a mistyped word is told at once"
    assert done.stderr == "ganstudio: --seed = -1 is out of range: allowed is 0 to 9223372036854775807\n"
