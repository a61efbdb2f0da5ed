"""Widgets made from a control's description."""
