"""Two translators and two PatchGANs: G_AB turns sources into images, G_BA images into sources; D_A, D_B judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from torch import Generator, nn

from ganstudio.core.control import Integer
from ganstudio.core.dataset import DataShape
from ganstudio.core.network import Network, SourceControls
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.image_heads import num_upsamplings
from ganstudio.networks.parts.patch_discriminator import PatchDiscriminator, map_side
from ganstudio.networks.parts.residual_translator import ResidualTranslator, init_weights

SMALLEST, LARGEST = 16, 256  # px


class TranslatorControls(SourceControls, frozen=True, kw_only=True):
    """Width 64, two steps down, six blocks at 128 px and nine at 256 px, and a PatchGAN of 70 px in the paper."""

    width: Annotated[int, Integer(
        1, 256, scale="log", live=False, unit="channels",
        help="Channels of the translators' largest maps. They double as the side halves.")] = 16
    width_d: Annotated[int, Integer(
        1, 256, scale="log", live=False, unit="channels", label="D width",
        help="Channels of the discriminators' first layer. They double with each layer.")] = 24
    steps_down: Annotated[int, Integer(
        0, 3, live=False, label="steps down", help="How many times a translator halves the side before it doubles it "
                                                   "again")] = 1
    blocks: Annotated[int, Integer(
        1, 12, live=False, help="Residual blocks at the smallest side")] = 3
    patch_layers: Annotated[int, Integer(
        0, 5, live=False, symbol="n", label="patch layers",
        help="Layers of stride 2 in each D: one score sees 1, 16, 34, 70, 142 px a side for n = 0, 1, 2, 3, 4")] = 1


class Translator(Network[TranslatorControls]):
    """Instance norm without scale, reflect padding; for images of 16 to 256 px."""

    name = "translator"
    title = "Translator"
    kinds = ("image",)
    has_latent = False
    needs = frozenset({"source"})
    reference = "Zhu, Park, Isola, Efros 2017, arXiv:1703.10593, section 4 and appendix 7.2"

    def modules(self, c: TranslatorControls, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        if not data.source:
            raise BadInput(f"network {self.name} translates images: its variant must give it a source")
        num_upsamplings(data.x, SMALLEST, LARGEST, self.name)
        if map_side(data.x[1], c.patch_layers) < 1:
            raise BadInput(f"patch_layers = {c.patch_layers} is too many for images of {data.x[1]} px: "
                           f"D would have no score left")
        a, b = data.source[0], data.x[0]
        built = {
            "D_A": PatchDiscriminator(a, c.width_d, c.patch_layers, nn.InstanceNorm2d),
            "D_B": PatchDiscriminator(b, c.width_d, c.patch_layers, nn.InstanceNorm2d),
            "G_AB": ResidualTranslator(a, b, c.width, c.steps_down, c.blocks),
            "G_BA": ResidualTranslator(b, a, c.width, c.steps_down, c.blocks),
        }
        return {name: init_weights(module, rng(name)) for name, module in built.items()}

    def batch_dependence(self, c: TranslatorControls) -> Literal["", "batch norm", "minibatch stddev"]:
        return ""

    def flops(self, c: TranslatorControls, batch_size: int) -> float:
        return max(2e7, 400.0 * batch_size * 1024 * c.width * c.width)
