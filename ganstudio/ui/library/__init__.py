"""Runs on disk: their dialog, table, thumbnails and trash; no live run is known here."""
