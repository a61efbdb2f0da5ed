"""Lessons played without a window: their runs, their prepared states, and the quantities that claims measure."""
