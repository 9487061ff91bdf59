"""Hostile input and sudden death, in large numbers: `python3 tests --only fire`."""
