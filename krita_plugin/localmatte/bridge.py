"""The bridge to the engine, which the installer copies into this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localmatte_bridge import (
        SURROUNDINGS,
        BridgeError,
        Client,
        Engine,
        Progress,
        Result,
        device,
        words,
    )
    from localmatte_bridge.edges import CONTROLS, Control, changed, scaled
    from localmatte_bridge.models import Model, from_rows, size
    from localmatte_bridge.places import beside
else:
    from .localmatte_bridge import (
        SURROUNDINGS,
        BridgeError,
        Client,
        Engine,
        Progress,
        Result,
        device,
        words,
    )
    from .localmatte_bridge.edges import CONTROLS, Control, changed, scaled
    from .localmatte_bridge.models import Model, from_rows, size
    from .localmatte_bridge.places import beside

__all__ = [
    "CONTROLS",
    "SURROUNDINGS",
    "BridgeError",
    "Client",
    "Control",
    "Engine",
    "Model",
    "Progress",
    "Result",
    "beside",
    "changed",
    "device",
    "from_rows",
    "scaled",
    "size",
    "words",
]
