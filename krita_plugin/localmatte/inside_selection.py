"""A closer look at the selected part of a layer, put into the mask that it has."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Optional, Union

from . import mask
from .bridge import SURROUNDINGS, BridgeError, Client, Progress, Result
from .output import Cut
from .picture import LAYOUT, look
from .plane import NOTHING, Plane
from .rect import Rect
from .target import Target
from .words import _


class InsideSelection:
    """What the engine is sent of a layer and of its mask, and the mask that comes of it.

    Args:
        target: The layer, which is read now.
        selected: What the user selected.

    Raises:
        BridgeError: Nothing is selected ("selection"), or nothing of the layer.
    """

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool = False) -> None:
        if selected is None:
            raise BridgeError(
                "selection",
                _("Nothing is selected."),
                _("Select the part of the layer that is to be looked at again."),
            )
        self._target = target
        self._picture = look(target.document, target.node, _around(selected.rect))
        rect = self._picture.rect
        inside = selected.clipped(rect)
        if not inside.rect.area:
            raise BridgeError(
                "picture",
                _("The selection does not meet the layer."),
                _("Select a part of the layer, or nothing, then try again."),
            )
        self._box = [inside.rect.x - rect.x, inside.rect.y - rect.y, *inside.rect[2:]]
        self._selected = inside.spread(rect, NOTHING)
        self._existing = mask.current(target.node, rect)
        self._matte = b""

    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Union[Progress, Result]]:
        """Send that part of the layer and take what comes back; may run in a thread."""
        rect, pixels = self._picture
        self._picture = self._picture._replace(pixels=b"")
        for event in client.matte(
            [pixels],
            rect.width,
            rect.height,
            LAYOUT,
            existing=[self._existing.pixels],
            selected=[self._selected.pixels],
            selection=self._box,
            **options,
        ):
            if isinstance(event, Result):
                self._matte = bytes(event.payload)
            yield event

    def cut(self) -> Cut:
        """The layer's mask with what was found inside of it.

        Raises:
            BridgeError: The mask is not what it was ("changed").
        """
        target = self._target
        found = Plane(target.followed(self._picture.rect), self._matte)
        reach = mask.reach(target.document, target.node, found.rect)
        shown = mask.current(target.node, reach)
        if bytes(shown.clipped(found.rect).pixels) != bytes(self._existing.pixels):
            raise BridgeError(
                "changed", _("The mask was changed meanwhile; it stays as it is."), _("Try again.")
            )
        return Cut(target.node, shown.with_part(found), found)


def _around(rect: Rect) -> Rect:
    margin = round(max(rect.width, rect.height) * SURROUNDINGS)
    return Rect(rect.x - margin, rect.y - margin, rect.width + 2 * margin, rect.height + 2 * margin)
