"""Stand-ins for editors that cannot be had here, beside the tests that drive real ones."""
