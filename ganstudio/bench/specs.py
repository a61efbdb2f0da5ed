"""The runs that benchmarks measure; no torch here, so that window processes may name them."""

from __future__ import annotations

from ganstudio.core.protocol.spec import Spec

COUNT = 500  # images of drawn data: as many as are needed to train for a moment


def ganlab_spec() -> Spec:
    """GAN Lab's: 2-8-8-2 against 2-8-8-1, batch 150, SGD .1, two D updates to one of G, log loss."""
    return Spec(
        variant="ns-gan", data="ring",
        controls={"critic_steps": 2, "batch_size": 150, "optimiser_d": "sgd", "optimiser_g": "sgd", "beta1_d": 0.0,
                  "beta1_g": 0.0, "learning_rate_d": 0.1, "learning_rate_g": 0.1},
        network_controls={"width": 8, "depth": 2},
    )


def wgan_gp_spec(width: int, batch: int, k: int) -> Spec:
    """WGAN-GP with three hidden layers."""
    return Spec(variant="wgan-gp", data="ring", controls={"critic_steps": k, "batch_size": batch},
                network_controls={"width": width, "depth": 3})


def dcgan_spec(px: int, width: int, batch: int) -> Spec:
    """DCGAN on the avatars, 32 or 64 px: at 64 px and width 64 the channels are 100-512-256-128-64-3."""
    return Spec(variant="dcgan", data="avatars", network="dcgan", controls={"batch_size": batch},
                network_controls={"width": width, "resolution": px})


def spade_spec() -> Spec:
    """SPADE's toy on label maps of 32 px."""
    return Spec(variant="spade", data="scenes", data_controls={"count": COUNT})


def gawwn_spec(place: str) -> Spec:
    """GAWWN's toy on faces of 32 px, by a ``box`` or by ``keypoints``."""
    return Spec(variant="gawwn", data="faces", data_controls={"count": COUNT, "attributes": "all", "anywhere": True},
                network_controls={"place": place})


def cyclegan_spec() -> Spec:
    """CycleGAN's toy on seasons of 32 px."""
    return Spec(variant="cyclegan", data="seasons", data_controls={"count": COUNT})
