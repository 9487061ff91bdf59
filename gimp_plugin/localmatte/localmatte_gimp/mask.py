"""Puts a matte onto a layer as its mask."""

from __future__ import annotations

from gi.repository import Gegl, Gimp


def attach(layer: Gimp.Layer, matte: bytes, babl_format: str) -> None:
    """Make the matte the layer's mask and the paint target, in one undo step.

    Args:
        layer: Keeps its pixels; a mask that it has is replaced.
        matte: As many rows and columns as the layer has.
        babl_format: The matte's format, linear; for example "Y u8".
    """
    image = layer.get_image()
    # Filled before it is attached, the mask comes and goes with its pixels by undo and redo.
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    buffer = mask.get_buffer()
    buffer.set(area, babl_format, matte)
    buffer.flush()
    image.undo_group_start()
    try:
        if layer.get_mask():
            layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
        layer.add_mask(mask)
        layer.set_edit_mask(True)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()
