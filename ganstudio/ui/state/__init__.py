"""What the window knows and asks: QtCore only, no widget and nothing painted."""
