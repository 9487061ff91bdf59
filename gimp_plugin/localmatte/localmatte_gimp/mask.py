"""Puts a matte onto a layer as its mask."""

from __future__ import annotations

from gi.repository import Gegl, Gimp

from localmatte_bridge import BridgeError

REPLACE = "replace"

COMBINATIONS = {
    "intersect": Gimp.ChannelOps.INTERSECT,
    "add": Gimp.ChannelOps.ADD,
}
"""How the new mask can meet an old one: the darker of the two, or their sum up to white."""


def check_choice(existing: str) -> None:
    """Refuse what the argument "existing-mask" does not know.

    Raises:
        BridgeError: It is neither "replace" nor a combination ("usage").
    """
    if existing != REPLACE and existing not in COMBINATIONS:
        raise BridgeError(
            "usage",
            'The argument "existing-mask" is "{}".'.format(existing),
            "It can be {}.".format(", ".join((REPLACE, *COMBINATIONS))),
        )


def attach(layer: Gimp.Layer, matte: bytes, babl_format: str, existing: str) -> None:
    """Make the matte the layer's mask and the paint target, in one undo step.

    Args:
        layer: Keeps its pixels.
        matte: As many rows and columns as the layer has.
        babl_format: The matte's format, linear; for example "Y u8".
        existing: What becomes of a mask that the layer has: "replace" or a combination.
    """
    image = layer.get_image()
    # Filled before it is attached, the mask comes and goes with its pixels by undo and redo.
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    buffer = mask.get_buffer()
    buffer.set(area, babl_format, matte)
    buffer.flush()
    old = layer.get_mask()
    if old and existing in COMBINATIONS:
        mask.combine_masks(old, COMBINATIONS[existing], 0, 0)
    image.undo_group_start()
    try:
        if old:
            layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
        layer.add_mask(mask)
        layer.set_edit_mask(True)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()
