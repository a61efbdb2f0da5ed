"""Where docks are and how large; no run is known here."""
