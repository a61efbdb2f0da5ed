"""Preset files: a run's settings and the look of the window in a small text that can be read, sent and typed."""
