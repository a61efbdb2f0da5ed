"""What leaves the studio, one kind a file: films, curves, generators, reports; whole or not at all."""
