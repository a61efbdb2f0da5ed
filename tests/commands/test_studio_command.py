"""``ganstudio`` and ``ganstudio shoot`` as they are typed: what is refused, what opens, what is written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ganstudio.cli import main
from ganstudio.commands.studio import keep_catalog, kept_catalog, opening
from ganstudio.core.system.errors import BadInput
from ganstudio.training.build_catalog import catalogue

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


def environment(home: Path, *, platform: str | None = "offscreen", **more: str) -> dict[str, str]:
    """Of somebody without a screen."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return {**kept, "GANSTUDIO_HOME": str(home), **({"QT_QPA_PLATFORM": platform} if platform else {}), **more}


def typed(home: Path, *words: str, platform: str | None = "offscreen") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ganstudio.cli", *words], capture_output=True, text=True, cwd=ROOT,
                          timeout=PATIENCE_S, env=environment(home, platform=platform), check=False)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence with which words are refused."""
    capsys.readouterr()
    assert main(list(words)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ganstudio: ")
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The studio was open before: it knows what there is."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    keep_catalog(catalogue())


# Opening -----------------------------------------------------------------------------------------------------------


def test_without_a_display_there_is_one_sentence_and_a_way_out(tmp_path: Path) -> None:
    done = typed(tmp_path, platform=None)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "`make demo`" in done.stderr
    assert "DISPLAY" in done.stderr


def test_what_is_said_of_a_missing_display_comes_at_once(tmp_path: Path) -> None:
    """Neither torch nor Qt is loaded for it."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from ganstudio.cli import main; status = main([]); "
         "heavy = {'torch', 'PySide6', 'numpy'} & set(sys.modules); print(status, heavy)"],
        capture_output=True, text=True, cwd=ROOT, env=environment(tmp_path, platform=None), check=True,
    )
    assert done.stdout.split(maxsplit=1)[0] == "2"
    assert "torch" not in done.stdout
    assert "PySide6" not in done.stdout


@pytest.mark.parametrize(("words", "said"), [
    (["wgan-pg"], "did you mean 'wgan-gp'"),
    (["wgan-gp/tony"], "did you mean 'toy'"),
    (["wgan-gp@rign"], "did you mean 'ring'"),
    (["trian"], "trian"),
    (["nowhere.ganrun"], "nowhere.ganrun"),
    (["--engine", "thraed"], "did you mean 'thread'"),
    (["--engnie", "thread"], "--engnie"),
    (["wgan-gp", "ring"], "ring"),
    ([""" ' " """], "variant"),
])
@pytest.mark.usefixtures("known")
def test_words_that_mean_nothing_are_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(ROOT)
    assert said in refused(capsys, *words)


def test_a_file_that_is_no_run_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, content in (("empty.ganrun", b""), ("text.ganrun", b"hello"), ("text.csv", b"1,2\n")):
        path = tmp_path / name
        path.write_bytes(content)
        assert name in refused(capsys, str(path))
        assert path.read_bytes() == content


@pytest.mark.usefixtures("known")
def test_words_say_what_is_played_at_first() -> None:
    assert opening("")[0].variant == "wgan-gp"
    spec, file = opening("wgan/momentum@moons")
    assert (spec.variant, spec.preset, spec.data, file) == ("wgan", "momentum", "moons", "")
    assert opening("ns-gan")[0].data == "ring"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("what", "said"), [
    ("a.ganrn", "run file a.ganrn is not there: did you mean 'a.ganrun'?"),
    ("other.ganrun", "run file other.ganrun is not there"),
    ("runs/mine", "run file runs/mine is not there"),
    ("folder", "folder is a folder: a run is a file"),
    ("wgan-pg/toy", "unknown command, run file or variant 'wgan-pg': did you mean 'wgan-gp'?"),
])
def test_what_looks_like_a_file_is_taken_for_one(
    what: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.ganrun").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "wgan").mkdir()
    with pytest.raises(BadInput) as fault:
        opening(what)
    assert said in str(fault.value)
    assert opening("wgan")[1] == "", "a folder of a variant's name does not stand in its way"


def test_a_name_that_does_not_exist_is_refused_at_the_first_start_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No catalogue has been kept yet."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    assert kept_catalog() is None
    with pytest.raises(BadInput, match="wgan-gp"):
        opening("wgan-pg")
    assert opening("wgan-gp")[0].variant == "wgan-gp"


def test_a_kept_catalogue_that_is_damaged_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    keep_catalog(catalogue())
    assert kept_catalog() == catalogue()
    kept = next((tmp_path / "cache").glob("catalog-*.json"))
    kept.write_text(kept.read_text()[:1000])
    assert kept_catalog() is None


SCRIPT = """
import asyncio, json, sys, threading
from ganstudio.commands.studio import FIRST, link_maker
from ganstudio.ui.application import open_studio

async def script(studio):
    async with asyncio.timeout(40):
        while studio.window.scheduler.pictures < 3 or studio.run.last_measured is None:
            await asyncio.sleep(0.01)
    print(json.dumps({"steps": studio.window.scheduler.shown_steps, "process": studio.session.process_id}))
    return 7

status = open_studio(link_maker("thread"), None, FIRST, script=script)
assert [thread.name for thread in threading.enumerate() if thread.name == "training"] == []
sys.exit(status)
"""


def test_the_engine_can_be_a_thread_of_the_window(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT,
                          timeout=PATIENCE_S, env=environment(tmp_path), check=False)
    assert done.returncode == 7, done.stderr
    told = json.loads(done.stdout)
    assert told["steps"] >= 0
    assert told["process"] is None


HELD = """
import sys
from PySide6.QtCore import QTimer
from ganstudio.commands.studio import FIRST, link_maker
from ganstudio.ui.application import open_studio

def prepare(window):
    window.run.began.connect(lambda _: window.commands.play(False))
    quiet = QTimer(window, singleShot=True, interval=1000)
    quiet.timeout.connect(lambda: print(window.session.process_id, flush=True))
    window.run.progressed.connect(lambda progress: None if progress.playing else quiet.start())

sys.exit(open_studio(link_maker("process"), None, FIRST, prepare=prepare))
"""


def test_a_studio_that_is_asked_to_end_takes_its_engine_with_it(tmp_path: Path) -> None:
    """Ctrl+C in the terminal, while the run is held and Qt waits for nothing but a hand."""
    studio = subprocess.Popen([sys.executable, "-c", HELD], cwd=ROOT, env=environment(tmp_path),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert studio.stdout is not None
    try:
        engine = psutil.Process(int(studio.stdout.readline()))
        studio.send_signal(signal.SIGINT)
        _, said = studio.communicate(timeout=3.0)
        assert not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE
        assert "Traceback" not in said
        assert studio.returncode == 0
    finally:
        if studio.poll() is None:
            studio.kill()
            studio.communicate()


# Pictures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "said"), [
    (["--layout", "sphere"], "plane, line"),
    (["--theme", "drak"], "did you mean 'dark'"),
    (["--state", "trainign"], "did you mean 'training'"),
    (["--size", "big"], "WIDTHxHEIGHT"),
    (["--size", "10x10"], "width"),
    (["--size", "1600x99999"], "height"),
    (["--size", "1600x-1"], "height"),
    (["--steps", "many"], "--steps"),
    (["--steps", "-1"], "--steps"),
    (["--seed", "-1"], "--seed"),
    (["--set", "gp_weight"], "NAME=VALUE"),
    (["nowhere.ganrun"], "nowhere.ganrun"),
])
def test_a_picture_of_nonsense_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], said: str
) -> None:
    out = tmp_path / "shot.png"
    assert said in refused(capsys, "shoot", *words, "--out", str(out))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("out", "said"), [
    ("shot.jpg", ".jpg"), ("nowhere/shot.png", "nowhere"), ("folder.png", "folder"), ("shot", "ending"),
])
def test_a_picture_that_cannot_be_written_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, out: str, said: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    assert said in refused(capsys, "shoot", "--out", str(tmp_path / out))
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_a_picture_needs_a_place_to_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--out" in refused(capsys, "shoot")


def test_a_picture_of_what_the_engine_does_not_know_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "shot.png"
    done = typed(tmp_path, "shoot", "--variant", "wgan-pg", "--out", str(out))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, "what the plugin without a screen says is nobody's business"
    assert done.stderr.startswith("ganstudio: ") and "did you mean 'wgan-gp'" in done.stderr
    assert not out.exists()


def test_a_layout_that_does_not_go_with_the_data_is_refused(tmp_path: Path) -> None:
    done = typed(tmp_path, "shoot", "--data", "mixture", "--layout", "plane", "--out", str(tmp_path / "shot.png"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ganstudio: --layout plane shows data of kind plane, and this is line: allowed is line\n"
    assert not (tmp_path / "shot.png").exists()


def test_of_all_that_qt_says_only_the_one_sentence_is_dropped() -> None:
    from PySide6.QtCore import qInstallMessageHandler, qWarning

    from ganstudio.commands.qt_messages import IDLE, without_idle_words

    heard: list[str] = []
    before = qInstallMessageHandler(lambda kind, context, words: heard.append(words))
    try:
        with without_idle_words():
            qWarning(IDLE)
            qWarning("something is wrong")
        qWarning(IDLE)
    finally:
        qInstallMessageHandler(before)
    assert heard == ["something is wrong", IDLE]


@pytest.mark.parametrize(("words", "size", "light"), [
    (["--size", "1366x768", "--steps", "20"], (1366, 768), False),
    (["--size", "1600x1000", "--steps", "20", "--theme", "light", "--variant", "ns-gan", "--data", "mixture"],
     (1600, 1000), True),
], ids=["plane", "line"])
def test_a_picture_has_the_size_and_palette_asked_for(
    tmp_path: Path, words: list[str], size: tuple[int, int], light: bool
) -> None:
    out = tmp_path / "shot.png"
    shots = []
    for _ in range(1 if light else 2):
        done = typed(tmp_path, "shoot", *words, "--out", str(out))
        assert (done.returncode, done.stderr) == (0, "")
        shots.append(out.read_bytes())
    assert shots[0] == shots[-1], "the same command, the same picture"
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.size == size
        grey = image.convert("L").resize((64, 40))
        assert (sum(grey.tobytes()) / (64 * 40) > 128) is light
        colours = image.convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 200
    assert not (tmp_path / "studio.ini").exists()  # a picture leaves the user's own settings alone
