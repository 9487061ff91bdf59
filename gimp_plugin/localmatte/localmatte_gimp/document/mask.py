"""Makes masks of mattes, and puts them onto layers."""

from __future__ import annotations

import itertools
import re
from typing import Callable, Dict, Iterator, NamedTuple, Optional, Tuple

from gi.repository import Gegl, Gimp

from localmatte_bridge import BridgeError, history, kept_mask
from localmatte_bridge.history import Opened, Origin

from ..words import N_, _
from . import extent, pixels
from .done import done
from .layers import Source
from .selection import Limit


class Existing(NamedTuple):
    """A choice what becomes of a mask that a layer has.

    Attributes:
        label: What the user reads.
        operation: How it is combined with the new mask; None where it goes.
    """

    label: str
    operation: Optional[Gimp.ChannelOps]


EXISTING: Dict[str, Existing] = {
    "replace": Existing(N_("Replace"), None),
    "intersect": Existing(N_("Intersect"), Gimp.ChannelOps.INTERSECT),
    "add": Existing(N_("Add"), Gimp.ChannelOps.ADD),
}
"""The choices: the new mask alone, the darker of the two, or their sum up to white."""

UNCHANGED: Dict[str, Callable[[bytes], bytes]] = {
    "intersect": history.limited,
    "add": history.covered,
}
"""Where a mask is not what was found, by how an existing mask is combined with it."""

CLEAR = re.compile(rb"[\x80-\xff]")
"""A pixel that an 8-bit mask shows by half or more."""

MENUS_CHANGE_LAYERS = Gimp.version().startswith("3.0")
"""Whether GIMP's own menus give a layer its mask's visibility and locks as soon as that is the
paint target: a hidden layer would be shown then, and a locked one unlocked."""


def made(
    source: Source, matte: bytes, limit: Optional[Limit], combined: str, scratch: Gimp.Image
) -> Gimp.Channel:
    """A mask for a layer, not yet attached: filled before, it comes and goes whole by undo.

    Args:
        source: The layer that was looked at.
        matte: As many rows and columns as its extent has, of its depth.
        limit: What of the layer is selected; the matte hides the rest, and what is selected in
            part it shows in part at most.
        combined: How the mask that the layer has is combined with that, a key of EXISTING.
        scratch: The image that it goes with, of the precision of the layer's.

    Returns:
        A channel of the size of the layer's extent.
    """
    width, height = source.extent.width, source.extent.height
    mask = extent.black(scratch, width, height)
    buffer = mask.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), source.look.depth.format, matte)
    buffer.flush()
    if limit:
        done(mask.combine_masks(limit.mask, Gimp.ChannelOps.INTERSECT, 0, 0))
    old, operation = source.layer.get_mask(), EXISTING[combined].operation
    if old and operation is not None:
        done(mask.combine_masks(old, operation, 0, 0))
    return mask


def existing(source: Source) -> Iterator[bytes]:
    """The mask that a layer has.

    Args:
        source: A layer with a mask.

    Yields:
        As many rows and columns as its extent has, of its depth.
    """
    yield over(source, _own(source), source.look.depth)


def existing_or_white(source: Source) -> Iterator[bytes]:
    """The mask that a layer has, or one that shows all of it.

    Args:
        source: A layer.

    Yields:
        As many rows and columns as its extent has, of its depth.
    """
    if not source.layer.get_mask():
        area, white = source.extent, source.look.depth.white
        yield from itertools.repeat(white * area.width, area.height)
        return
    yield from existing(source)


def kept(source: Source) -> Optional[kept_mask.Kept]:
    """The mask as localmatte made it, before anybody painted on it.

    Args:
        source: A layer with a mask.

    Returns:
        It; None where localmatte did not make the mask, or its document was saved without it.
    """
    area = source.extent
    return kept_mask.unpack(_held(source.layer, kept_mask.NAME), area.width, area.height)


def opened(source: Source) -> Opened:
    """What the mask that a layer has was made of, and what of it stays.

    Args:
        source: A layer.

    Raises:
        BridgeError: It has no mask, or that is not known ("layer").
    """
    area = source.extent
    if not source.layer.get_mask():
        raise missing(source)
    size = area.width, area.height
    known = _origin(source), kept(source)
    return history.opened(source.name, *known, existing_bytes(source), size)


def followed(source: Source, mask: Gimp.Channel) -> Optional[Origin]:
    """What a mask is made of that takes the place of the one that a layer has.

    Args:
        source: The layer.
        mask: The new mask.

    Returns:
        It; None where that of the one that it has is not known.
    """
    if not source.layer.get_mask():
        return None
    return history.followed(_origin(source), kept(source), over(source, mask, pixels.EIGHT_BITS))


def fixed(source: Source, limit: Optional[Limit], combined: str) -> bytes:
    """Where a mask is not what was found, as `made` makes it.

    Args:
        source: The layer.
        limit: What of it is selected; None for all of it.
        combined: How the mask that it has is combined with that, a key of EXISTING.

    Returns:
        A byte for each pixel, 255 there; empty where it is nowhere.
    """
    planes = []
    if limit:
        planes.append(history.limited(over(source, limit.mask, pixels.EIGHT_BITS)))
    if source.layer.get_mask() and combined in UNCHANGED:
        planes.append(UNCHANGED[combined](existing_bytes(source)))
    return history.union(*planes)


def existing_bytes(source: Source) -> bytes:
    """The mask that a layer has, a byte for each pixel of its extent.

    Args:
        source: A layer with a mask.
    """
    return over(source, _own(source), pixels.EIGHT_BITS)


def missing(source: Source) -> BridgeError:
    """What is wrong where a layer has no mask ("layer").

    Args:
        source: The layer.
    """
    return BridgeError(
        "layer",
        _("“{layer}” has no layer mask.").format(layer=source.name),
        _("Remove the background first."),
    )


def _origin(source: Source) -> Optional[Origin]:
    """What the mask that a layer has was made of, where that is known."""
    area = source.extent
    return history.unpack(_held(source.layer, history.NAME), area.width, area.height)


def _held(layer: Gimp.Layer, name: str) -> bytes:
    """What is kept with the mask of a layer; empty where there is nothing."""
    mask = layer.get_mask()
    parasite = mask.get_parasite(name) if mask else None
    return bytes(byte & 255 for byte in parasite.get_data()) if parasite else b""


def over(source: Source, mask: Gimp.Channel, depth: pixels.Depth) -> bytes:
    """A mask's values over a layer.

    Args:
        source: The layer.
        mask: One that GIMP made for it, now or then.
        depth: How they travel.

    Returns:
        As many rows and columns as the layer's extent has.
    """
    return extent.values(mask, source.layer, source.extent, depth.format)


def _own(source: Source) -> Gimp.LayerMask:
    """The mask that a layer has.

    Raises:
        BridgeError: The mask was deleted meanwhile ("layer").
    """
    mask = source.layer.get_mask()
    if mask is None:
        raise source.changed()
    return mask


def shows_something(layer: Gimp.Layer, mask: Gimp.Channel) -> bool:
    """Look for a pixel of a layer that is clearly shown through a mask.

    Args:
        layer: The layer.
        mask: What was `made` for it.

    Returns:
        Whether there is one that the mask shows by half or more; and the layer's alpha as well,
        where it has any.
    """
    if not _is_clear(mask) or not layer.has_alpha():
        return _is_clear(mask)
    scratch = mask.get_image()
    alpha = extent.copied(layer, scratch).create_mask(Gimp.AddMaskType.ALPHA)
    shown = extent.copied_mask(mask, scratch, mask.get_width(), mask.get_height())
    done(shown.combine_masks(alpha, Gimp.ChannelOps.INTERSECT, 0, 0))
    alpha.delete()
    return _is_clear(shown)


def attach(layer: Gimp.Layer, values: Gimp.Channel, origin: Optional[Origin] = None) -> None:
    """Give a layer a mask that is its paint target; the layer keeps its pixels.

    In GIMP 3.0 the mask of a hidden or locked layer becomes no paint target, so that the layer
    stays hidden or locked.

    Args:
        layer: The layer; a mask that it has goes.
        values: What the mask shall hold: what was `made` for the layer.
        origin: What it was made of, where that is known.

    Raises:
        BridgeError: GIMP did not take it ("gimp").
    """
    image, mask = layer.get_image(), layer.create_mask(Gimp.AddMaskType.BLACK)
    # GIMP would crash where it is to change a mask that no layer has and whose image was closed.
    done(image.is_valid() and mask.combine_masks(values, Gimp.ChannelOps.ADD, 0, 0))
    for parasite in _parasites(values, (mask.get_width(), mask.get_height()), origin):
        done(image.is_valid() and mask.attach_parasite(parasite))
    if layer.get_mask():
        done(layer.remove_mask(Gimp.MaskApplyMode.DISCARD))
    done(layer.add_mask(mask))
    done(layer.set_edit_mask(not MENUS_CHANGE_LAYERS or _is_as_its_mask(layer)))


def _parasites(
    values: Gimp.Channel, size: Tuple[int, int], origin: Optional[Origin]
) -> Iterator[Gimp.Parasite]:
    """What is kept with a mask: what it is now, and of what; GIMP saves that in XCF files alone.

    Args:
        values: What the mask holds.
        size: The mask's width and height, which GIMP may want otherwise than they were.
        origin: What it was made of, where that is known.
    """
    copy = extent.copied_mask(values, values.get_image(), *size)
    held = b"".join(pixels.strips(copy, pixels.EIGHT_BITS.format))
    record = history.pack(origin) if origin else b""
    packed = kept_mask.pack(held, *size, len(record))
    for name, data in ((kept_mask.NAME, packed), (history.NAME, record)):
        if data:
            # Bytes are signed to GIMP.
            signed = memoryview(data).cast("b").tolist()
            yield Gimp.Parasite.new(name, Gimp.PARASITE_PERSISTENT, signed)


def _is_clear(mask: Gimp.Channel) -> bool:
    return any(map(CLEAR.search, pixels.strips(mask, "Y u8")))


def _is_as_its_mask(layer: Gimp.Layer) -> bool:
    locked = layer.get_lock_content() or layer.get_lock_position()
    return bool(layer.get_visible() and not locked)
