"""Where a layer's pixels and its mask lie, and the layer as a picture of that size.

A group reaches as far as its layers and their effects do, and `get_width()` may say less. GIMP
ends a plug-in that reads a group by the wrong size, or anything whose image was closed. So what is
read is a copy in an image that nobody sees, and nobody can close.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, NamedTuple

from gi.repository import Gimp

from . import pixels
from .done import done

BASE_TYPES = {True: Gimp.ImageBaseType.GRAY, False: Gimp.ImageBaseType.RGB}
"""Of an image, by whether it is gray; an indexed group is read as RGB."""


LAYER_TYPES = {
    Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAY_IMAGE,
    Gimp.ImageBaseType.RGB: Gimp.ImageType.RGB_IMAGE,
}
"""Of a layer, by the base type of its image."""


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
    image, mask = layer.get_image(), layer.create_mask(Gimp.AddMaskType.WHITE)
    size = mask.get_width(), mask.get_height()
    let_go(mask, image)
    return Extent(x, y, *size)


def let_go(mask: Gimp.LayerMask, image: Gimp.Image) -> bool:
    """Delete a mask that no layer has.

    Args:
        mask: The mask.
        image: Its image; where that was closed, GIMP would crash, so that the mask stays.

    Returns:
        Whether it was deleted.
    """
    # Nothing may come between the two.
    return bool(image.is_valid() and mask.delete())


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


def black(scratch: Gimp.Image, width: int, height: int) -> Gimp.LayerMask:
    """Make a mask that hides all, on a layer that is there for it alone.

    Args:
        scratch: The image that it goes with.
        width: In pixels.
        height: In pixels.

    Returns:
        A mask, exact as those of images of the scratch image's precision are.
    """
    kind = LAYER_TYPES[scratch.get_base_type()]
    layer = Gimp.Layer.new(scratch, None, width, height, kind, 100, Gimp.LayerMode.NORMAL)
    done(scratch.insert_layer(layer, None, 0))
    mask = layer.create_mask(Gimp.AddMaskType.BLACK)
    done(layer.add_mask(mask))
    return mask


def copied_mask(mask: Gimp.Channel, scratch: Gimp.Image, width: int, height: int) -> Gimp.LayerMask:
    """Copy a mask's exact values into a scratch image.

    Args:
        mask: A layer's mask, one that GIMP made for it, or such a copy.
        scratch: The image, of the precision of the mask's.
        width: Of the copy, in pixels; effects in a group may have grown since the mask was made.
        height: Likewise.

    Returns:
        A mask with black at its right and at its bottom where the mask is smaller.
    """
    copy = black(scratch, width, height)
    done(copy.combine_masks(mask, Gimp.ChannelOps.ADD, 0, 0))
    return copy


def values(mask: Gimp.Channel, layer: Gimp.Layer, extent: Extent, babl_format: str) -> bytes:
    """A mask's values over a layer.

    Args:
        mask: As for `copied_mask`.
        layer: The layer.
        extent: Its extent.
        babl_format: Babl's name for the format that they are converted to.

    Returns:
        As many rows and columns as the extent has.
    """
    with scratch(layer, extent) as image:
        copy = copied_mask(mask, image, extent.width, extent.height)
        return b"".join(pixels.strips(copy, babl_format))


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
