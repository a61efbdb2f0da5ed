"""f-divergences: known ones, and those that the user types in the workshop."""
