"""One view a file, computed on the training thread from a GameView."""
