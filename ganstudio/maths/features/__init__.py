"""Feature nets, and measures of image quality computed from their features."""
