"""Inception v3 as a feature net: the classic FID and IS, if torchvision's weights are on this machine.

Nothing is downloaded. The weights are those that torchvision publishes: trained in TensorFlow by the net's
authors and converted. The FID of papers uses an older export of the same net, with another pooling in its
last blocks: numbers are of the same size, not the same to the digit.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ganstudio.core.measure import Features
from ganstudio.core.system.errors import BadInput
from ganstudio.files.torchvision_import import import_torchvision

FILE = "inception_v3_google-0cc3c7bd.pth"
HASH = "0cc3c7bd"  # its SHA-256 begins so: torch.hub's habit, checked before a byte is interpreted
SIDE = 299  # px
BATCH = 20


def weights_at_hand() -> Path:
    """The file in which torchvision keeps downloaded weights.

    Raises:
        BadInput: They are not there.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / FILE
    if not path.is_file():
        raise BadInput(f"the weights of Inception v3 are not on this machine: {FILE} is looked for in {path.parent}")
    return path


class Inception:
    """2048 pooled features and 1000 class probabilities. Some 5 images a second and core: minutes a measurement."""

    name = "Inception v3 (torchvision)"
    description = ("Inception v3, trained on a million photographs of ImageNet: the classic FID and IS, to a few "
                   "percent. It is made for photographs, so of drawings and digits it says less.")

    def __init__(self, path: Path) -> None:
        """Reads the weights.

        Args:
            path: torchvision's own file, recognised by its hash.

        Raises:
            BadInput: It is another file, or it cannot be read.
        """
        self._net = _built(path)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._net.to(self._device)

    def features(self, images: NDArray[np.uint8]) -> Features:
        """Features ``(n, 2048)`` and probabilities ``(n, 1000)`` of images ``(n, c, h, h)``, c 1 or 3."""
        parts = [self._seen(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
        if not parts:
            return Features(net=self.name, values=np.zeros((0, 2048)), probabilities=np.zeros((0, 1000)))
        return Features(
            net=self.name, values=torch.cat([values for values, _ in parts]).double().numpy(),
            probabilities=F.softmax(torch.cat([logits for _, logits in parts]).double(), dim=1).numpy())

    @torch.no_grad()
    def _seen(self, images: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        x = torch.from_numpy(np.ascontiguousarray(images)).to(self._device).float().div_(127.5).sub_(1)
        x = F.interpolate(x, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        pooled: list[Tensor] = []
        hook = self._net.avgpool.register_forward_hook(lambda _, __, out: pooled.append(out.flatten(1)))
        try:
            logits = self._net(x.expand(-1, 3, -1, -1))
        finally:
            hook.remove()
        return pooled[0].cpu(), logits.cpu()


def _built(path: Path) -> Any:
    """The net in evaluation mode, fed with values from -1 to 1, as its weights expect."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"the weights of Inception v3 at {path} cannot be read: {fault.strerror}") from None
    if not hashlib.sha256(content).hexdigest().startswith(HASH):
        raise BadInput(f"{path} is not torchvision's {FILE}: its SHA-256 does not begin with {HASH}")
    del content
    try:
        models = import_torchvision().models
    except ImportError as fault:
        raise BadInput(f"Inception v3 needs torchvision, which does not load here: {fault}") from None
    with torch.device("meta"):  # built without a draw from the global generator
        net = models.inception_v3(weights=None, init_weights=False, transform_input=False)
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), assign=True)
    return net.eval()
