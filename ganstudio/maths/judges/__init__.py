"""Judges: small nets that read what is in an image, trained on images that no game sees."""
