"""What several variants share."""
