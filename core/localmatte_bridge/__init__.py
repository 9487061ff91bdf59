"""The wire between an editor's adapter and the engine's worker.

Standard library only, Python 3.8 or newer: this package runs inside the editors' own
Pythons, and the installer copies it beside each adapter.
"""

from __future__ import annotations

from .client import SURROUNDINGS, Client, Progress, Result
from .errors import BridgeError
from .installation import VERSION, Installation

__version__ = VERSION

__all__ = [
    "SURROUNDINGS",
    "BridgeError",
    "Client",
    "Installation",
    "Progress",
    "Result",
    "__version__",
]
