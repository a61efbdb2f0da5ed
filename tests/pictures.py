"""Makes the pictures of the window in docs/pictures again, with the program as it is now.

    python tests/pictures.py             all of them: some ten minutes on two quiet cores
    python tests/pictures.py line lk-gan these
    python tests/pictures.py launch      the first 20 seconds of the default launch, by the clock: on a quiet machine

Make them again when words on the screen have changed, and look at each before it is kept.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganstudio.ui.application import Studio

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
# What `ganstudio` is asked for; "{run}" is a run file, "{out}" the picture.
COMMANDS: dict[str, list[str]] = {
    "studio": ["shoot --variant wgan-gp --data ring --steps 1500 --out {out}"],
    "collapse": ["shoot --variant ns-gan --preset collapse --steps 1500 --out {out}"],
    "line": ["shoot --variant gan --data mixture --steps 1500 --out {out}"],
    "panels": ["shoot --variant r1-gan --steps 900 --show manifold --show gradients --show theory --show workshop "
               "--out {out}"],
    "images": ["shoot --variant dcgan --data digits --steps 400 --out {out}"],
    "comparison": ["shoot --compare gan,wgan,wgan-gp --data lines --steps 600 --out {out}"],
    "timeline": ["train --variant wgan-gp --data ring --steps 800 --at 200:gp_weight=1 --run {run}",
                 "shoot {run} --at 103 --out {out}"],
    "lk-gan": ["train --variant lk-gan --data ring --seed 1 --run {run}", "shoot {run} --out {out}"],
}


def make(name: str) -> None:
    """Makes a picture."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if name == "lk-gan":
            _install_example(home)
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "GANSTUDIO_HOME": str(home / "home"),
               "PYTHONPATH": os.pathsep.join([folder, str(ROOT)])}
        for command in COMMANDS[name]:
            words = [word.format(run=home / f"{name}.ganrun", out=PICTURES / f"{name}.png") for word in command.split()]
            subprocess.run([sys.executable, "-m", "ganstudio", *words], check=True, env=env, cwd=folder)


def _install_example(folder: Path) -> None:
    """The variant of CONTRIBUTING.md's example, as a package of its own."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    variant = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    (folder / "lk_gan.py").write_text(variant, encoding="utf-8")
    about = folder / "lk_gan-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lk-gan\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ganstudio.variants]\nlk-gan = lk_gan:LkGAN\n")


def launch(seconds: tuple[int, ...] = (2, 5, 10, 20), size: tuple[int, int] = (1366, 768)) -> None:
    """Takes four pictures of the window, at these seconds after it was shown, and puts them side by side in one."""
    from PIL import Image

    from ganstudio.bench import driving

    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{at}.png" for at in seconds]

        async def look(studio: Studio) -> dict[str, float]:
            began = time.perf_counter()
            for at, file in zip(seconds, files, strict=True):
                await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
                studio.window.grab().save(str(file))
            return {}

        os.environ.update(QT_QPA_PLATFORM="offscreen", GANSTUDIO_HOME=str(Path(folder) / "home"))
        driving.SCRIPTS["launch"], sys.argv = look, ["pictures", "launch", "{}"]
        vars(driving)["SIZE"] = size
        driving.main()
        sheet = Image.new("RGB", (2 * size[0], 2 * size[1]))
        for place, file in enumerate(files):
            sheet.paste(Image.open(file), (place % 2 * size[0], place // 2 * size[1]))
    small = sheet.resize((1920, 1080), Image.Resampling.LANCZOS)
    small.save(PICTURES / "live" / "launch.png", optimize=True)


if __name__ == "__main__":
    for each in sys.argv[1:] or COMMANDS:
        print(each, flush=True)
        if each == "launch":
            launch()
        else:
            make(each)
