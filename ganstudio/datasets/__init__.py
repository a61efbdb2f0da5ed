"""One distribution a file, with what is known to be true about it."""
