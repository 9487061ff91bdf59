"""The bridge to the engine, which the installer copies into this folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localmatte_bridge import (
        SURROUNDINGS,
        BridgeError,
        Client,
        Installation,
        Progress,
        Result,
        device,
        history,
        kept_mask,
        words,
    )
    from localmatte_bridge.edge_controls import CONTROLS, Control, changed, scaled
    from localmatte_bridge.errors import summary
    from localmatte_bridge.history import Opened, Origin
    from localmatte_bridge.installation import beside
    from localmatte_bridge.kept_mask import Kept as KeptMask
    from localmatte_bridge.models import Model, for_people, from_rows, missing, size, space_used
    from localmatte_bridge.presets import Presets
    from localmatte_bridge.preview import Asked, Detail, Need, same_choice
    from localmatte_bridge.preview import State as PreviewState
    from localmatte_bridge.prompts import BOX, KEEP, REMOVE, Mark, Prompts, spanned
    from localmatte_bridge.setup import Offer, offered
    from localmatte_bridge.setup.task import SetUp
    from localmatte_bridge.subjects import NONE_FOUND, Subject, Subjects
    from localmatte_bridge.suggestion import Suggestion
    from localmatte_bridge.suggestion import from_answer as suggested
    from localmatte_bridge.viewport import Part, Viewport
else:
    from .localmatte_bridge import (
        SURROUNDINGS,
        BridgeError,
        Client,
        Installation,
        Progress,
        Result,
        device,
        history,
        kept_mask,
        words,
    )
    from .localmatte_bridge.edge_controls import CONTROLS, Control, changed, scaled
    from .localmatte_bridge.errors import summary
    from .localmatte_bridge.history import Opened, Origin
    from .localmatte_bridge.installation import beside
    from .localmatte_bridge.kept_mask import Kept as KeptMask
    from .localmatte_bridge.models import Model, for_people, from_rows, missing, size, space_used
    from .localmatte_bridge.presets import Presets
    from .localmatte_bridge.preview import Asked, Detail, Need, same_choice
    from .localmatte_bridge.preview import State as PreviewState
    from .localmatte_bridge.prompts import BOX, KEEP, REMOVE, Mark, Prompts, spanned
    from .localmatte_bridge.setup import Offer, offered
    from .localmatte_bridge.subjects import NONE_FOUND, Subject, Subjects
    from .localmatte_bridge.suggestion import Suggestion
    from .localmatte_bridge.suggestion import from_answer as suggested
    from .localmatte_bridge.viewport import Part, Viewport

__all__ = [
    "BOX",
    "CONTROLS",
    "KEEP",
    "NONE_FOUND",
    "REMOVE",
    "SURROUNDINGS",
    "Asked",
    "BridgeError",
    "Client",
    "Control",
    "Detail",
    "Installation",
    "KeptMask",
    "Mark",
    "Model",
    "Need",
    "Offer",
    "Opened",
    "Origin",
    "Part",
    "Presets",
    "PreviewState",
    "Progress",
    "Prompts",
    "Result",
    "Subject",
    "Subjects",
    "Suggestion",
    "Viewport",
    "changed",
    "device",
    "for_people",
    "from_rows",
    "history",
    "installed",
    "kept_mask",
    "missing",
    "offered",
    "plug_in_folder",
    "same_choice",
    "scaled",
    "set_up",
    "size",
    "space_used",
    "spanned",
    "suggested",
    "summary",
    "words",
]


def installed() -> Installation:
    """Where the engine lies.

    Returns:
        What the installer wrote beside this file.

    Raises:
        BridgeError: It wrote nothing that can be read, and no engine was set up
            ("engine-missing").
    """
    return beside(plug_in_folder())


def plug_in_folder() -> str:
    """Where this plug-in lies, with what a set-up needs where it came as a zip."""
    return os.path.dirname(os.path.abspath(__file__))


def set_up() -> SetUp:
    """A set-up of the engine that has not begun; its modules take long to import."""
    if not TYPE_CHECKING:
        from .localmatte_bridge.setup.task import SetUp
    return SetUp(plug_in_folder())
