"""Penalties, transport, divergences and optimisers: pure functions on tensors and arrays."""
