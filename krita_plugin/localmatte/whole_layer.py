"""A look at all of a layer, or at what of it is selected."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Optional, Union

from . import mask
from .bridge import BridgeError, Client, Progress, Result
from .colours import bgra
from .output import Cut
from .picture import LAYOUT, look
from .plane import DARKER, NOTHING, Plane, combined
from .target import Target
from .words import _


class WholeLayer:
    """What the engine is sent of a layer, and what is to be seen of the layer then.

    Args:
        target: The layer, which is read now.
        selected: What the user selected, where that limits what is shown.
        colours: Whether clean colours are wanted, too.

    Raises:
        BridgeError: The layer has nothing to cut out.
    """

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None:
        self._target = target
        self._selected = selected
        self._rect, self._pixels = look(target.document, target.node)
        if selected and not selected.rect.intersected(self._rect).area:
            raise BridgeError(
                "picture",
                _("The selection does not meet the layer."),
                _("Select a part of the layer, or nothing, then try again."),
            )
        self._clean = {"colours": True} if colours else {}
        self._matte = self._shown = b""
        self._colours = b""

    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Union[Progress, Result]]:
        """Send the layer and take what comes back; may run in a thread."""
        rect, count = self._rect, self._rect.area
        options = {**options, **self._clean}
        if self._selected:
            x, y, *size = self._selected.rect
            options["selection"] = [x - rect.x, y - rect.y, *size]
        pixels, self._pixels = self._pixels, b""
        for event in client.matte([pixels], rect.width, rect.height, LAYOUT, **options):
            if isinstance(event, Result):
                view = memoryview(event.payload)
                self._matte, self._colours = bytes(view[:count]), bgra(view[count:])
                self._shown = self._limited()
            yield event

    def cut(self) -> Cut:
        """What is to be seen of the layer, wherever it has been moved meanwhile."""
        target, limited = self._target, self._selected is not None
        found = Plane(target.followed(self._rect), self._matte)
        shown = Plane(found.rect, self._shown)
        whole = mask.whole(target.document, target.node, shown, limited)
        return Cut(target.node, whole, found, self._colours)

    def _limited(self) -> Any:
        """The matte where it is selected; made in the thread, since the window waits for `cut`."""
        if self._selected is None:
            return self._matte
        limit = self._selected.clipped(self._rect).spread(self._rect, NOTHING)
        return combined(Plane(self._rect, self._matte), limit, DARKER).pixels
