"""What every room needs of the machine: errors, signals, files written whole, words."""
