"""The edge settings that the user keeps by name."""

from __future__ import annotations

from .. import settings
from ..bridge import Presets, installed


def presets() -> Presets:
    """Those that GIMP's dialog has as well; what Krita's settings held before is moved there.

    Raises:
        BridgeError: There is no engine, or the presets cannot be moved.
    """
    found = Presets(installed().presets_file)
    old = settings.old_presets()
    if old:
        found.take_over(old)
        settings.forget_old_presets()
    return found
