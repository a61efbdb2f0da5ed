"""The window's furniture: it knows panels as ``Panel``, never one by name."""
