"""Sets the engine up from inside an editor, for a user who has nothing but a plug-in's zip.

Beside the plug-in lies `engine.zip`, the sources of the engine and of its installer. What is here
finds a Python for them, or has uv bring one, and unpacks them; the installer does the rest. Nothing
reaches the network before the user has agreed, and `download` alone has network code. That takes
long to import and what some editors' Pythons lack, so `task` is imported when it is needed.
"""

from __future__ import annotations

from .offer import Offer, offered

__all__ = ["Offer", "offered"]
