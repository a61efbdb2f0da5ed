"""The game, a run of it, its checkpoints and its record."""
