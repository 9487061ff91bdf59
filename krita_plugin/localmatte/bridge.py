"""The bridge to the engine, which the installer copies into this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localmatte_bridge import BridgeError, Client, Engine, Progress, Result
    from localmatte_bridge.places import beside
else:
    from .localmatte_bridge import BridgeError, Client, Engine, Progress, Result
    from .localmatte_bridge.places import beside

__all__ = ["BridgeError", "Client", "Engine", "Progress", "Result", "beside"]
