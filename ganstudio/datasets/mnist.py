"""MNIST: handwritten digits."""

from __future__ import annotations

from ganstudio.datasets.parts.idx_images import IdxImages


class Mnist(IdxImages):
    """60,000 digits written by clerks and pupils, 28 px, padded to 32.

    Source: LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition.
    """

    name = "mnist"
    title = "MNIST"
    help = ("60,000 handwritten digits, 32 px, with labels. Fetched from the internet once (10 MB), or read from your "
            "folder.")
    source = "LeCun, Bottou, Bengio and Haffner 1998"
    torchvision_class = "MNIST"
    other_names = "fashion|kmnist|emnist|qmnist|kuzushiji"
    classes = list("0123456789")
