"""The game, one run of it, and what is kept of it."""
