"""Where a layer's pixels and its mask lie, and the layer as a picture of that size.

A group reaches as far as its layers and their effects do, and `get_width()` may say less. GIMP
ends a plug-in that reads a group by the wrong size, so a group is read through a copy.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, NamedTuple

from gi.repository import Gimp

BASE_TYPES = {True: Gimp.ImageBaseType.GRAY, False: Gimp.ImageBaseType.RGB}
"""Of an image, by whether it is gray; an indexed group is read as RGB."""


class Extent(NamedTuple):
    """What a mask of a layer covers.

    Attributes:
        x: From the canvas's left edge, in pixels.
        y: From its top, in pixels.
        width: In pixels; parts beyond the canvas count.
        height: In pixels.
    """

    x: int
    y: int
    width: int
    height: int


def of(layer: Gimp.Layer) -> Extent:
    """The extent of a layer as it is now; GIMP 3.2 changes a group's when it has drawn it.

    Args:
        layer: A layer of an image, or one that no image holds.
    """
    _known, x, y = layer.get_offsets()
    if not layer.is_group():
        return Extent(x, y, layer.get_width(), layer.get_height())
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    size = mask.get_width(), mask.get_height()
    mask.delete()
    return Extent(x, y, *size)


@contextmanager
def picture(layer: Gimp.Layer, extent: Extent) -> Iterator[Gimp.Layer]:
    """A layer to read pixels from, while the block runs.

    Args:
        layer: The layer.
        extent: Its extent, as `of` gave it.

    Yields:
        The layer itself; of a group, what it shows without its own mask, opacity and effects, and
        of a layer with effects, what it shows with them, without its mask and opacity: as a layer
        of its extent's size in an image that nobody sees.
    """
    if not layer.is_group() and not has_effects(layer):
        yield layer
        return
    with scratch(layer, extent) as image:
        yield read_from(layer, image)


def has_effects(layer: Gimp.Layer) -> bool:
    """Whether non-destructive filters change how a layer looks.

    Args:
        layer: The layer.
    """
    return any(effect.get_visible() for effect in layer.get_filters())


@contextmanager
def scratch(layer: Gimp.Layer, extent: Extent) -> Iterator[Gimp.Image]:
    """An image that nobody sees, for copies of a layer; it goes when the block ends.

    Args:
        layer: Whose kind of colours it has.
        extent: The layer's, whose size it has.

    Yields:
        The image.
    """
    image = layer.get_image()
    base_type = BASE_TYPES[bool(layer.is_gray())]
    scratch = Gimp.Image.new_with_precision(
        extent.width, extent.height, base_type, image.get_precision()
    )
    try:
        scratch.undo_disable()
        profile = image.get_color_profile()
        if profile:
            scratch.set_color_profile(profile)
        yield scratch
    finally:
        scratch.delete()


def copied(drawable: Gimp.Drawable, scratch: Gimp.Image) -> Gimp.Layer:
    """Copy a drawable into a scratch image, where it outlives the image that it is of.

    Args:
        drawable: A layer, a mask or a channel.
        scratch: The image.

    Returns:
        A layer of the drawable's size.
    """
    copy = Gimp.Layer.new_from_drawable(drawable, scratch)
    scratch.insert_layer(copy, None, 0)
    return copy


def read_from(layer: Gimp.Layer, scratch: Gimp.Image) -> Gimp.Layer:
    """Copy a layer into a scratch image, to read its pixels from.

    Args:
        layer: The layer.
        scratch: The image; of what it holds already, a group's copy and that of a layer with
            effects would show something.

    Returns:
        The copy, with the layer's effects; of a group, what it shows without its own mask, opacity
        and effects.
    """
    copy = copied(layer, scratch)
    if not layer.is_group() and not has_effects(layer):
        return copy
    _show_plainly(copy)
    shown = Gimp.Layer.new_from_visible(scratch, scratch, None)
    scratch.insert_layer(shown, None, 0)
    return shown


def _show_plainly(layer: Gimp.Layer) -> None:
    if layer.get_mode() == Gimp.LayerMode.PASS_THROUGH:
        # Alone, a layer that blends with what lies below it would show nothing beside the others.
        for child in layer.get_children():
            child.set_composite_mode(Gimp.LayerCompositeMode.UNION)
    if layer.get_mask():
        layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
    if layer.is_group():
        for effect in layer.get_filters():
            effect.set_visible(False)
    layer.set_mode(Gimp.LayerMode.NORMAL)
    layer.set_opacity(100)
    layer.set_lock_visibility(False)
    layer.set_visible(True)
    layer.set_lock_position(False)
    layer.set_offsets(0, 0)
