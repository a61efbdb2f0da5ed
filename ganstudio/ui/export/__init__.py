"""What the Export menu does: it starts commands and draws nothing live."""
