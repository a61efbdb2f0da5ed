"""Fashion-MNIST: clothes in MNIST's form."""

from __future__ import annotations

from ganstudio.datasets.parts.idx_images import IdxImages


class FashionMnist(IdxImages):
    """60,000 pictures of clothes and shoes, 28 px of grey, padded to 32.

    Source: Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747.
    """

    name = "fashion-mnist"
    title = "Fashion-MNIST"
    help = ("60,000 pictures of clothes in ten classes, 32 px, with labels. Fetched from the internet once (30 MB), "
            "or read from your folder.")
    source = "Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747"
    torchvision_class = "FashionMNIST"
    own_names = "fashion"
    other_names = "mnist|kuzushiji"
    classes = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
