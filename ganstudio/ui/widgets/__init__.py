"""Qt widgets that know no run and no session."""
