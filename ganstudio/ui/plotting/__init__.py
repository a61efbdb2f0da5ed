"""Plots and what lies on them: the only room that sees pyqtgraph."""
