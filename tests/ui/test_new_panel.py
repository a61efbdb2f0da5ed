"""A panel on a quantity that the studio does not know, by three new files alone: a view, a probe and a panel.

It runs in a process of its own, in which the three folders of leaves have a second place each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

VIEW = """
from typing import Annotated
from ganstudio.core.protocol.views import Array, Shape, View

class Spread(View, frozen=True, kw_only=True, tag="spread"):
    sd: Annotated[Array, Shape("n")]
    best: float

    def consistent(self, lengths):
        return self.best > 0
"""

PROBE = """
from ganstudio.core.probe import Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.spread import Spread

class SpreadProbe(Probe):
    name = "spread"
    title = "Spread"
    kinds = ("plane",)
    priority = "front"
    needs = frozenset({"latent"})

    def look(self, game, size):
        fake = game.generate(game.latents)
        return Spread(sd=Array.of(fake.std(dim=0).cpu().numpy()), best=1.0)
"""

PANEL = """
from PySide6.QtWidgets import QLabel
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.views.spread import Spread

class SpreadPanel(Panel):
    name = "spread"
    title = "Spread"
    kinds = ("plane",)
    help = "How far the generated points spread along each axis."
    views = ("spread",)
    pictures = True
    place = {"plane": Place("lower", column=2)}
    needs = frozenset({"latent"})

    def __init__(self, run, commands):
        super().__init__(run, commands)
        self.label = QLabel()
        self.set_body(self.label)

    def show_snapshot(self, snapshot):
        view = snapshot.views.get("spread")
        if isinstance(view, Spread):
            self.label.setText(", ".join(f"{sd:.3f}" for sd in view.sd.numpy()))
"""

STORY = """
import sys
from pathlib import Path

import ganstudio.probes, ganstudio.ui.panels, ganstudio.views
here = Path(sys.argv[1])
ganstudio.views.__path__.append(str(here / "views"))
ganstudio.probes.__path__.append(str(here / "probes"))
ganstudio.ui.panels.__path__.append(str(here / "panels"))

import msgspec
from PySide6.QtWidgets import QApplication
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.runs.view_frames import packed, unpacked
from ganstudio.training.trainer import Trainer
from ganstudio.training import view_recording
from ganstudio.training.view_recording import probes_of

# Computed and recorded.
trainer = Trainer(Spec(variant="wgan-gp", data="ring", device="cpu", threads=1))
assert "spread" in probes_of(trainer), "not recorded"
recorder = next(kind for kind in vars(view_recording).values()
                if isinstance(kind, type) and hasattr(kind, "moment") and hasattr(kind, "due"))(trainer)
frames = {frame.name: frame for frame in recorder.moment()}
kept = unpacked(packed(frames["spread"]))
assert type(kept.view).__name__ == "Spread" and kept.view == frames["spread"].view
try:
    unpacked(packed(msgspec.structs.replace(frames["spread"], view=msgspec.structs.replace(kept.view, best=-1.0))))
except ValueError:
    pass
else:
    raise AssertionError("a view that cannot be was accepted")

# Sent.
sent = m.Snapshot(run=1, position=Position(steps=1), views={"spread": kept.view}, seconds=0.0)
(received,) = [m.event_of(msgspec.msgpack.encode(sent))]
assert received.views["spread"] == kept.view

# Offered, placed and drawn.
app = QApplication([])
from studio_kit import Stage, layouts, snapshot
from ganstudio.core.leaves import leaves
from ganstudio.ui.panel import Panel
assert layouts()["plane"].lower[-1] == ("spread",)
assert "spread" not in layouts()["image"].names
panel_type = leaves("ganstudio.ui.panels", Panel)["spread"]
assert panel_type.fits("plane", ["latent"]) and not panel_type.fits("plane", ["source"])
stage = Stage()
panel = panel_type(stage.run, stage.commands)
panel.resize(300, 200)
panel.show()
stage.run.snapshot_came.connect(panel.show_snapshot)
run = stage.begin()
stage.link.say(snapshot(run, ("spread", received.views["spread"])))
assert panel.label.text().count(",") == 1 and panel.label.text()[0].isdigit(), panel.label.text()
panel.hide()
print("seen")
"""


def test_three_new_files_make_a_panel_on_a_new_quantity(tmp_path: Path) -> None:
    for folder, text in (("views", VIEW), ("probes", PROBE), ("panels", PANEL)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "spread.py").write_text(text)
    story = tmp_path / "story.py"
    story.write_text(STORY)
    room = Path(__file__).parent
    paths = os.pathsep.join([str(room.parents[1]), str(room), os.environ.get("PYTHONPATH", "")])
    home = str(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, str(story), str(tmp_path)], capture_output=True, text=True, timeout=110, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen", "GANSTUDIO_HOME": home},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("seen")
