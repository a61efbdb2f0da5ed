"""What panels share, and the texts of one that are long enough for a file."""
