"""One quantity a file: one number of a run at a moment, or one that needs no run."""
