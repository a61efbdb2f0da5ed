"""Leaves of other packages train and are recorded; those that cannot be used cost nothing but themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ganstudio.cli import main
from ganstudio.core import leaves as leaves_file
from ganstudio.core.leaves import BrokenLeaf, broken_leaves
from ganstudio.core.panel_catalog import panels
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.training.resolve_spec import broken, resolved
from ganstudio.ui.panel import Panel

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--net-set", "width=8", "--net-set", "depth=1", "--set", "batch_size=16", "--device", "cpu", "--steps", "4"]

VARIANT = """
from ganstudio.variants.wgan_gp import WGANGP
class Tilted(WGANGP):
    name = "tilted-gan"
    title = "Tilted GAN"
class Impostor(WGANGP):
    name = "wgan-gp"
    title = "Not ours"
    critic_steps = 99
"""
DATA = """
from ganstudio.datasets.ring import Ring
class Tilted(Ring):
    name = "tilted-ring"
    title = "Tilted ring"
"""
PANEL = """
import torch  # the catalogue must not run this
class Tilted:
    name = "tilted"
    title = "Tilted"
    kinds = ("plane",)
    help = "A panel of another package."
"""
DECLARED = """
[ganstudio.variants]
tilted-gan = tilted.variant:Tilted
wgan-gp = tilted.variant:Impostor
faulty-gan = tilted.faulty:Faulty
other-name = tilted.variant:Tilted
no-leaf = tilted.variant:__name__
[ganstudio.datasets]
tilted-ring = tilted.data:Tilted
[ganstudio.panels]
tilted = tilted.panel:Tilted
points = tilted.panel:Tilted
nowhere = tilted.nowhere:Tilted
"""


def install(folder: Path, name: str = "Tilted_Leaves", version: str = "1.0", declared: str = DECLARED,
            module: str = "tilted") -> Path:
    """A package as pip would lay it, in a folder of its own."""
    site = folder / f"site-{name}-{version}"
    (site / module).mkdir(parents=True)
    files = {"__init__": "", "variant": VARIANT, "data": DATA, "panel": PANEL, "faulty": "import not_installed_here\n"}
    for file, text in files.items():
        (site / module / f"{file}.py").write_text(text)
    about = site / f"{name}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-').lower()}\n"
                                    f"Version: {version}\n")
    (about / "entry_points.txt").write_text(declared)
    return site


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Walks the folders again, with these sites on the path."""
    def walk(*sites: Path) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(leaves_file, "_KNOWN", {})
        monkeypatch.setattr("ganstudio.commands.train.SAMPLES", 120)
        for name in [name for name in sys.modules if name.partition(".")[0] in ("tilted", "twin")]:
            monkeypatch.delitem(sys.modules, name)
        for site in sites:
            monkeypatch.syspath_prepend(site)

    return walk


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 2
    return capsys.readouterr().err


def test_the_catalogue_shows_outside_leaves_and_those_that_cannot_be_used(
    tmp_path: Path, fresh: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    fresh(install(tmp_path))
    found = printed(capsys, "catalog")
    assert "Tilted GAN" in {variant["title"] for variant in found["variants"]}
    assert next(data for data in found["data"] if data["name"] == "tilted-ring")["kind"] == "plane"
    assert next(v for v in found["variants"] if v["name"] == "wgan-gp")["title"] != "Not ours"
    assert "tilted" in {panel["name"] for panel in found["panels"]}
    assert {panel["title"] for panel in found["panels"] if panel["name"] == "points"} != {"Tilted"}
    faults = {(leaf["folder"], leaf["name"]): leaf["fault"] for leaf in found["broken"]}
    assert {leaf["package"] for leaf in found["broken"]} == {"tilted-leaves 1.0"}
    assert faults[("variants", "wgan-gp")] == (
        "wgan-gp is a name of GAN Studio's own: a leaf from another package cannot take its place")
    assert faults[("variants", "faulty-gan")] == (
        "it cannot be imported: ModuleNotFoundError: No module named 'not_installed_here' (faulty.py, line 1)")
    assert "is declared as other-name" in faults[("variants", "other-name")]
    assert "is not a subclass of Variant" in faults[("variants", "no-leaf")]
    assert "a name of GAN Studio's own" in faults[("panels", "points")]
    assert faults[("panels", "nowhere")] == "there is no module tilted.nowhere"
    assert len(faults) == 6
    assert main(["catalog"]) == 0
    table = capsys.readouterr().out
    assert "Cannot be used" in table and "faulty-gan" in table and "not_installed_here" in table.replace("\n", "")
    assert "cannot be used: it cannot be imported" in refused(
        capsys, "train", "--variant", "faulty-gan", "--data", "ring")


def test_an_outside_leaf_trains_and_its_run_says_which_package_is_missing(
    tmp_path: Path, fresh: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.ganrun"
    site = install(tmp_path)
    fresh(site)
    made = printed(capsys, "train", "--variant", "tilted-gan", "--data", "tilted-ring", *SMALL, "--run", str(path))
    assert (made["variant"], made["steps"]) == ("tilted-gan", 4)
    assert printed(capsys, "train", "--resume", str(path), "--steps", "2")["steps"] == 6
    assert printed(capsys, "replay", str(path))["identical"]
    fresh()
    for words in (["train", "--resume", str(path)], ["measure", str(path)], ["replay", str(path)]):
        assert refused(capsys, *words) == (
            "ganstudio: variant tilted-gan is from the package tilted-leaves 1.0, which is not installed here: "
            "install it to use this run\n")


def test_a_process_of_its_own_finds_what_is_installed(tmp_path: Path) -> None:
    site, path = install(tmp_path), tmp_path / "x.ganrun"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(site)])}

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "ganstudio", *words], capture_output=True, text=True, cwd=ROOT,
                              env=environment, check=False, timeout=100)

    done = ran("train", "--variant", "tilted-gan", "--data", "ring", *SMALL, "--run", str(path), "--json")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(site)
    done = ran("train", "--resume", str(path), "--json")
    assert done.returncode == 2
    assert "from the package tilted-leaves 1.0, which is not installed here" in done.stderr


def test_the_spec_says_where_outside_leaves_come_from_and_nothing_without_any(
    tmp_path: Path, fresh: Callable[..., None]
) -> None:
    fresh(install(tmp_path))
    spec = resolved(Spec(variant="tilted-gan", device="cpu")).spec
    assert spec.packages == {"variants/tilted-gan": "tilted-leaves 1.0"}
    assert msgspec.json.decode(msgspec.json.encode(spec), type=Spec) == spec
    ours = resolved(msgspec.structs.replace(spec, variant="wgan-gp")).spec
    assert b"packages" not in msgspec.json.encode(ours), "another variant was chosen since"
    assert b"packages" not in msgspec.msgpack.encode(Spec())


def test_another_version_warns_and_another_package_is_refused(tmp_path: Path, fresh: Callable[..., None]) -> None:
    fresh(install(tmp_path))
    spec = resolved(Spec(variant="tilted-gan", device="cpu")).spec
    fresh(install(tmp_path, version="1.1"))
    parts = resolved(spec)
    assert parts.warnings == ["This run was made with tilted-leaves 1.0; tilted-leaves 1.1 is installed here, "
                              "so the results may differ."]
    assert parts.spec.packages == {"variants/tilted-gan": "tilted-leaves 1.1"}
    fresh(install(tmp_path, name="other"))
    with pytest.raises(BadInput, match=r"is from the package tilted-leaves 1\.0, and the one here is from "
                                       r"other 1\.0: they are not the same"):
        resolved(spec)


def test_of_two_packages_with_one_name_the_first_by_its_own_name_has_it(
    tmp_path: Path, fresh: Callable[..., None]
) -> None:
    declared = "[ganstudio.variants]\ntilted-gan = {}.variant:Tilted\n"
    first = install(tmp_path, name="a_first", declared=declared.format("twin"), module="twin")
    second = install(tmp_path, name="b_second", declared=declared.format("tilted"))
    fresh(first, second)  # the second comes first on the path
    assert resolved(Spec(variant="tilted-gan", device="cpu")).spec.packages == {"variants/tilted-gan": "a-first 1.0"}
    assert broken() == [BrokenLeaf(
        name="tilted-gan", folder="variants", package="b-second 1.0",
        fault="a-first 1.0 has a leaf called tilted-gan already, and comes first by its name")]


def test_no_outside_measure_has_a_number_of_ours(tmp_path: Path, fresh: Callable[..., None]) -> None:
    site = install(tmp_path, declared="[ganstudio.measures]\ntilted-modes = tilted.measure:Tilted\n")
    (site / "tilted" / "measure.py").write_text(
        "from ganstudio.core.measure import Measure, MetricInfo\n"
        "class Tilted(Measure):\n"
        "    name, title, kinds = 'tilted-modes', 'Tilted modes', ('plane',)\n"
        "    numbers = {'w1': MetricInfo(title='W1', help='Of the wrong kind')}\n"
        "    def compute(self, evidence): return {'w1': 0.0}\n")
    fresh(site)
    assert [leaf.fault for leaf in broken()] == [
        "w1 is a name of GAN Studio's own: a leaf from another package cannot take its place"]


def test_one_of_ours_that_cannot_be_imported_costs_itself_alone(
    tmp_path: Path, fresh: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other package takes its place."""
    site = install(tmp_path, declared="[ganstudio.datasets]\nceleba = tilted.data:Tilted\n")
    fresh(site)
    monkeypatch.setitem(sys.modules, "ganstudio.datasets.celeba", None)
    found = printed(capsys, "catalog")
    assert "celeba" not in {data["name"] for data in found["data"]}
    assert [(leaf["name"], leaf["package"]) for leaf in found["broken"]] == [
        ("celeba", ""), ("celeba", "tilted-leaves 1.0")]
    assert "it cannot be imported: ModuleNotFoundError" in found["broken"][0]["fault"]
    assert printed(capsys, "train", "--variant", "gan", "--data", "ring", *SMALL)["steps"] == 4
    assert "data set celeba cannot be used: it cannot be imported" in refused(
        capsys, "train", "--variant", "dcgan", "--data", "celeba")


def test_every_leaf_of_ours_can_be_used() -> None:
    assert broken() == []
    assert panels()[1] == []
    assert broken_leaves("ganstudio.ui.panels", Panel) == []
