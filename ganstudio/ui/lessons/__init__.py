"""A lesson beside the panels: its prose, its claims, and the way from step to step."""
