"""What the stand-in worker answers, known inside and outside of the editors."""

from __future__ import annotations

CLEAN = 200, 40, 20
"""The clean colour of every pixel: red, green, blue."""
