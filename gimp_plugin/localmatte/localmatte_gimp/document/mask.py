"""Makes masks of mattes, and puts them onto layers."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

from gi.repository import Gegl, Gimp

from ..words import N_
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

MENUS_CHANGE_LAYERS = Gimp.version().startswith("3.0")
"""Whether GIMP's own menus give a layer its mask's visibility and locks as soon as that is the
paint target: a hidden layer would be shown then, and a locked one unlocked."""


def made(
    layer: Gimp.Layer, matte: bytes, babl_format: str, limit: Optional[Limit]
) -> Gimp.LayerMask:
    """A mask for a layer, not yet attached: filled before, it comes and goes whole by undo.

    Args:
        layer: The layer that was looked at.
        matte: As many rows and columns as it has.
        babl_format: The matte's format, linear; for example "Y u8".
        limit: What of the layer is selected; the mask hides the rest, and what is selected in
            part it shows in part at most.

    Returns:
        The mask, of the layer's size.
    """
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    buffer = mask.get_buffer()
    buffer.set(area, babl_format, matte)
    buffer.flush()
    if limit:
        mask.combine_masks(limit.mask, Gimp.ChannelOps.INTERSECT, 0, 0)
    return mask


def attach(layer: Gimp.Layer, mask: Gimp.LayerMask, existing: str) -> None:
    """Make a mask the layer's mask and paint target; the layer keeps its pixels.

    In GIMP 3.0 the mask of a hidden or locked layer becomes no paint target, so that the layer
    stays hidden or locked.

    Args:
        layer: The layer.
        mask: A mask of the layer's size that no layer has.
        existing: What becomes of the mask that the layer has, a key of EXISTING.
    """
    old = layer.get_mask()
    if old:
        operation = EXISTING[existing].operation
        if operation is not None:
            mask.combine_masks(old, operation, 0, 0)
        layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
    layer.add_mask(mask)
    layer.set_edit_mask(not MENUS_CHANGE_LAYERS or _is_as_its_mask(layer))


def _is_as_its_mask(layer: Gimp.Layer) -> bool:
    locked = layer.get_lock_content() or layer.get_lock_position()
    return bool(layer.get_visible() and not locked)
