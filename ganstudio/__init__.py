"""GAN Studio: watch a GAN learn, and put a hand in while it does."""

__version__ = "0.1.0"
