"""Puts mattes onto layers as their masks."""

from __future__ import annotations

from itertools import repeat
from typing import List

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


def attach(layers: List[Gimp.Layer], mattes: List[bytes], babl_format: str, existing: str) -> None:
    """Make each matte its layer's mask and paint target, all in one undo step.

    Args:
        layers: Layers of one image; they keep their pixels.
        mattes: For each of them as many rows and columns as it has.
        babl_format: The mattes' format, linear; for example "Y u8".
        existing: What becomes of a mask that a layer has: "replace" or a combination.
    """
    masks = list(map(_mask, layers, mattes, repeat(babl_format), repeat(existing)))
    image = layers[0].get_image()
    image.undo_group_start()
    try:
        for layer, mask in zip(layers, masks):  # noqa: B905  # strict needs Python 3.10
            if layer.get_mask():
                layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
            layer.add_mask(mask)
            layer.set_edit_mask(True)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()


def _mask(layer: Gimp.Layer, matte: bytes, babl_format: str, existing: str) -> Gimp.LayerMask:
    """A new mask, not yet attached: filled before, it comes and goes whole by undo and redo."""
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    buffer = mask.get_buffer()
    buffer.set(area, babl_format, matte)
    buffer.flush()
    old = layer.get_mask()
    if old and existing in COMBINATIONS:
        mask.combine_masks(old, COMBINATIONS[existing], 0, 0)
    return mask
