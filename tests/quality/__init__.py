"""How near mattes come to the truth: `python3 tests/quality`."""
