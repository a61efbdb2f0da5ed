"""Contracts, messages, spec and run file: standard library, numpy and msgspec only."""
