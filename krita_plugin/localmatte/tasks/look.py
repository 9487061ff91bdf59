"""What the engine is sent of a layer, and what is to be seen of the layer then."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union

from ..bridge import SURROUNDINGS, BridgeError, Client, Origin, Progress, Result, history
from ..document import kept, mask
from ..document.layer import Layer
from ..document.new_layer import bgra
from ..document.pixels import (
    LAYOUT,
    is_drawn_late,
    read,
    read_exactly,
    read_unconverted,
    sources,
)
from ..document.plane import DARKER, NOTHING, Plane, Rect, combined
from ..words import N_, _
from .target import Target

Event = Union[Progress, Result]


class Cut(NamedTuple):
    """A layer and what was found on it.

    Attributes:
        layer: The layer.
        shown: Opaque where the layer is to be seen.
        found: The matte that this was made of, as the engine found it.
        looked_at: How far what is shown says something of the layer.
        made: What the mask is made of.
        colours: Clean colours over the same place where they were asked for, BGRA in sRGB.
    """

    layer: Layer
    shown: Plane
    found: Plane
    looked_at: Rect
    made: kept.Made
    colours: bytes = b""


class Look(ABC):
    """A look at one layer, which is read at once.

    Attributes:
        needs_model: Whether a network looks at it.
        done: What the user is told then; empty for what is usual.

    Args:
        target: The layer.
        selected: What the user selected, where that counts.
        colours: Whether clean colours are wanted, too.

    Raises:
        BridgeError: There is nothing to look at.
    """

    needs_model = True
    done = ""

    @abstractmethod
    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None: ...

    def _read(self, target: Target, part: Optional[Rect] = None, exactly: bool = False) -> None:
        """Read a layer, or no more than a part of it, and note how it and its mask are now."""
        document, layer = target.document, target.layer
        self._target = target
        found = read_exactly(document, layer, part) if part and exactly else None
        self._rect, self._pixels, self._unconverted = found or read(document, layer, part)
        self._bands: Tuple[int, ...] = ()
        self._bounds = layer.bounds
        self._sums = _sums(sources(document, layer)) if is_drawn_late(layer) else None
        self._covered = self._rect.united(document.canvas)
        self._masks = _masks(layer, self._covered)

    def _sent(self) -> Any:
        """What the engine gets, which is not held any longer; may run in a thread."""
        pixels = self._pixels
        if self._sums is None:
            self._sums = _sums([self._unconverted])
            self._bands = kept.sums_of(self._unconverted, self._rect.height)
        self._pixels = self._unconverted = b""
        return pixels

    def _check_unchanged(self) -> None:
        """See whether the layer and its mask are what they were, but for where they lie.

        Raises:
            BridgeError: One of them is not ("changed").
        """
        self._target.document.wait()
        layer, followed = self._target.layer, self._target.followed
        if not self._is_the_same():
            raise BridgeError(
                "changed",
                _("“{layer}” was changed or deleted in the meantime, so it got no mask.").format(
                    layer=layer.name
                ),
                _("Try again."),
            )
        # Krita's move tool takes masks along; a script's move does not.
        places = self._covered, followed(self._covered)
        if all(_masks(layer, place) != self._masks for place in places):
            raise BridgeError(
                "changed",
                _("The mask was edited in the meantime and was left unchanged."),
                _("Try again."),
            )

    def _is_the_same(self) -> bool:
        document, layer, followed = self._target.document, self._target.layer, self._target.followed
        if is_drawn_late(layer):
            return _sums(sources(document, layer)) == self._sums
        if layer.bounds != followed(self._bounds):
            return False
        return _sums([read_unconverted(document, layer, followed(self._rect))]) == self._sums

    def _made(self, shown: Plane, found: Plane) -> kept.Made:
        """What a mask is made of that takes the place of the layer's."""
        target = self._target
        followed = kept.followed(target.document, target.layer, shown)
        return kept.Made(found.rect, self._bands, *followed)

    @abstractmethod
    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Event]:
        """Send what was read and take what comes back; may run in a thread.

        Args:
            client: The connection.
            options: Of the request, as the user chose them.

        Yields:
            What the engine says, the result at the end.

        Raises:
            BridgeError: The engine has no result.
        """

    @abstractmethod
    def cut(self) -> Cut:
        """What is to be seen of the layer, wherever it has been moved meanwhile.

        Raises:
            BridgeError: The layer, or its mask, is not what it was ("changed").
        """


class WholeLayer(Look):
    """A look at all of a layer; what is not selected is hidden."""

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None:
        self._read(target)
        self._selected = selected
        if selected and not selected.rect.intersected(self._rect).area:
            raise _apart()
        self._asked = {"colours": colours, "raw": not colours}
        self._origin: Optional[Origin] = None
        self._matte = self._shown = b""
        self._colours = b""

    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Event]:
        """Send the layer, and keep what comes back for `cut`; once, as its pixels are let go.

        Args:
            client: The connection.
            options: Of the request, as the user chose them.

        Yields:
            What the engine says, the result at the end.

        Raises:
            BridgeError: The engine has no result.
        """
        rect, count = self._rect, self._rect.area
        options = {**options, **self._asked}
        if self._selected:
            x, y, *size = self._selected.rect
            options["selection"] = [x - rect.x, y - rect.y, *size]
        for event in client.matte([self._sent()], rect.width, rect.height, LAYOUT, **options):
            if isinstance(event, Result):
                view = memoryview(event.payload)
                colours = view[count : len(view) - len(event.raw)]
                self._matte, self._colours = bytes(view[:count]), bgra(colours)
                self._shown = self._limited()
                fixed = history.limited(self._limit().pixels) if self._selected else b""
                self._origin = history.origin(event, options, fixed)
            yield event

    def cut(self) -> Cut:
        """The matte, as far as the layer and the canvas reach."""
        self._check_unchanged()
        target, limited = self._target, self._selected is not None
        found = Plane(target.followed(self._rect), self._matte)
        shown = Plane(found.rect, self._shown)
        whole = mask.whole(target.document, target.layer, shown, limited)
        made = kept.Made(found.rect, self._bands, found.rect, self._origin)
        return Cut(target.layer, whole, found, found.rect, made, self._colours)

    def _limited(self) -> Any:
        """The matte where it is selected; made in the thread, since the window waits for `cut`."""
        if self._selected is None:
            return self._matte
        return combined(Plane(self._rect, self._matte), self._limit(), DARKER).pixels

    def _limit(self) -> Plane:
        """How far each pixel is selected, where anything is."""
        assert self._selected
        return self._selected.clipped(self._rect).spread(self._rect, NOTHING)


class InsideSelection(Look):
    """A closer look at the selected part of a layer, put into the mask that it has."""

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None:
        if selected is None:
            raise BridgeError(
                "selection",
                _("There is no selection."),
                _("Select the part of the layer to refine."),
            )
        self._read(target, _around(selected.rect))
        rect = self._rect
        inside = selected.clipped(rect)
        if not inside.rect.area:
            raise _apart()
        self._box = [inside.rect.x - rect.x, inside.rect.y - rect.y, *inside.rect[2:]]
        self._selected = inside.spread(rect, NOTHING)
        self._existing = mask.shown_by_existing(target.layer, rect)
        self._matte = b""

    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Event]:
        """Send that part of the layer and of its mask, and keep what comes back for `cut`; once.

        Args:
            client: The connection.
            options: Of the request, as the user chose them.

        Yields:
            What the engine says, the result at the end.

        Raises:
            BridgeError: The engine has no result.
        """
        for event in client.matte(
            [self._sent()],
            self._rect.width,
            self._rect.height,
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
        """The layer's mask with what was found inside of it."""
        self._check_unchanged()
        target = self._target
        found = Plane(target.followed(self._rect), self._matte)
        reach = mask.reach(target.document, target.layer, found.rect)
        shown = mask.shown_by_existing(target.layer, reach).with_part(found)
        return Cut(target.layer, shown, found, reach, self._made(shown, found))


class _Mask(Look):
    """A look at a layer's mask, of which the user said something, and at the whole layer."""

    needs_model = False

    def _read_mask(self, target: Target, part: Optional[Rect] = None) -> None:
        self._read(target, part, exactly=True)
        self._existing = mask.shown_by_existing(target.layer, self._rect)
        self._said: Dict[str, Any] = {}
        self._found = b""

    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Event]:
        """Send the layer and its mask, and keep what comes back for `cut`; once.

        Args:
            client: The connection.
            options: None; no network is asked.

        Yields:
            What the engine says, the result at the end.

        Raises:
            BridgeError: The engine has no result.
        """
        size = self._rect.width, self._rect.height
        for event in client.finish(
            [self._sent()], *size, LAYOUT, mask=[self._existing.pixels], **self._said
        ):
            if isinstance(event, Result):
                self._found = bytes(event.payload)
            yield event

    def cut(self) -> Cut:
        """The layer's mask with its new edges."""
        self._check_unchanged()
        target = self._target
        found = Plane(target.followed(self._rect), self._found)
        reach = mask.reach(target.document, target.layer, found.rect)
        shown = mask.shown_by_existing(target.layer, reach).with_part(found)
        return Cut(target.layer, shown, found, reach, self._made(shown, found))


class PaintedMask(_Mask):
    """A look at a mask on which the user painted."""

    done = N_("The painted edges are finished.")

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None:
        masks = mask.existing(target.layer)
        if not masks:
            raise kept.missing(target.layer)
        self._read_mask(target)
        if len(masks) > 1:
            return
        before = kept.before(target.document, masks[0], target.layer, self._rect)
        if before and before.shown:
            self._said = {"before": [before.shown.pixels], "levels": before.levels}
        elif before:
            self._said = {"turned": True}


class _Selected(_Mask):
    """A look at a mask with what is selected for a part of the subject, or of the background."""

    meaning = ""

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None:
        if selected is None:
            raise BridgeError(
                "selection",
                _("There is no selection."),
                _("Select part of the layer, and try again."),
            )
        self._read_mask(target)
        inside = selected.clipped(self._rect)
        if not inside.rect.area:
            raise _apart()
        over = inside.spread(self._rect, NOTHING)
        self._said = {"selected": [over.pixels], "selected_as": self.meaning}


class KeptSelection(_Selected):
    """A look at a mask that is to show what is selected."""

    meaning = "subject"
    done = N_("What is selected is shown.")


class RemovedSelection(_Selected):
    """A look at a mask that is to hide what is selected."""

    meaning = "background"
    done = N_("What is selected is hidden.")


class OtherEdges(_Mask):
    """A look at a mask that localmatte made, for other edges of what was found then."""

    done = N_("The edges have been adjusted.")

    def __init__(self, target: Target, selected: Optional[Plane], colours: bool) -> None:
        self._found_before = kept.found(target.document, target.layer)
        self._read_mask(target, self._found_before.rect)
        self._edges: Dict[str, float] = {}

    def ask(self, client: Client, options: Dict[str, Any]) -> Iterator[Event]:
        """Send the layer, its mask and what was found, and keep what comes back for `cut`; once.

        Args:
            client: The connection.
            options: "edges": the controls that do something.

        Yields:
            What the engine says, the result at the end.

        Raises:
            BridgeError: The engine has no result.
        """
        self._edges = options["edges"]
        opened, size = self._found_before.opened, (self._rect.width, self._rect.height)
        for event in client.refine(
            [self._sent()],
            *size,
            LAYOUT,
            [self._existing.pixels],
            opened.origin.raw,
            held=[opened.held] if opened.held else None,
            edges=self._edges,
        ):
            if isinstance(event, Result):
                self._found = bytes(event.payload)
            yield event

    def _made(self, shown: Plane, found: Plane) -> kept.Made:
        opened = self._found_before.opened
        origin = opened.origin.with_edges(self._edges, opened.held)
        return kept.Made(found.rect, self._bands, found.rect, origin)


def _masks(layer: Layer, place: Rect) -> List[int]:
    """A checksum of each mask of an earlier removal."""
    return _sums(old.pixels(place) for old in mask.existing(layer))


def _sums(pixels: Iterable[Any]) -> List[int]:
    # At 24 megapixels the window waits half as long for it as for a cryptographic hash.
    return [zlib.crc32(memoryview(part)) for part in pixels]


def _apart() -> BridgeError:
    return BridgeError(
        "picture",
        _("The selection doesn't overlap the layer."),
        _("Select part of the layer, or clear the selection, and try again."),
    )


def _around(rect: Rect) -> Rect:
    margin = round(max(rect.width, rect.height) * SURROUNDINGS)
    return Rect(rect.x - margin, rect.y - margin, rect.width + 2 * margin, rect.height + 2 * margin)
