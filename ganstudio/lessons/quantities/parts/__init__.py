"""What quantities share."""
