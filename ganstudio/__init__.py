"""GAN Studio: watch a GAN learn, and change it while it does."""

__version__ = "0.1.0"
