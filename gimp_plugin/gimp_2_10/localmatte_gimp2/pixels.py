"""Reads and writes drawables in strips of whole rows, in the image's own precision."""

from __future__ import unicode_literals

import gimp
from gimpenums import GRAY, RGB
from gimpfu import pdb

STRIP_ROWS = 256
"""A whole number of GIMP's tiles."""

LAYOUTS = {
    b"R'G'B' u8": "rgb8",
    b"R'G'B'A u8": "rgba8",
    b"Y' u8": "y8",
    b"Y'A u8": "ya8",
}
"""The wire's names for the formats, by Babl's names, in which pixels are sent."""

BYTES = {"y8": 1, "ya8": 2, "rgb8": 3, "rgba8": 4}
"""Of a pixel that is sent."""

MASKS = {b"u16": "y16", b"u32": "y32", b"half": "yh", b"float": "yf", b"double": "yd"}
"""The wire's names for masks, by the last word of Babl's name for their image's format; y8 for any
other, as an indexed image's."""


def use_own_precision():
    """Read and write drawables as they are from now on.

    Without it, GIMP reads all as eight bits, and bends the values of a mask that is written.
    Objects for drawables must be made anew then.
    """
    pdb.gimp_plugin_enable_precision()


def layout(layer):
    """The wire's name for the layout in which a layer is sent.

    Args:
        layer: The layer.
    """
    return ("y8", "ya8", "rgb8", "rgba8")[2 * (not layer.is_gray) + bool(layer.has_alpha)]


def mask_layout(layer):
    """The wire's name for the samples of a layer's mask.

    Args:
        layer: The layer.
    """
    return MASKS.get(pdb.gimp_drawable_get_format(layer).rpartition(b" ")[2], "y8")


def sent_as_they_are(layer):
    """Whether a layer's pixels are eight bits of sRGB, which is what the networks see.

    Args:
        layer: The layer.
    """
    profile_bytes, _profile = pdb.gimp_image_get_color_profile(layer.image)
    return not profile_bytes and pdb.gimp_drawable_get_format(layer) in LAYOUTS


def converted(layer):
    """A layer's pixels as eight bits of sRGB.

    Args:
        layer: The layer.

    Returns:
        Strings of whole rows, in the layout that layout() names.
    """
    image = gimp.Image(layer.width, layer.height, GRAY if layer.is_gray else RGB)
    try:
        copy = pdb.gimp_layer_new_from_drawable(layer, image)
        # A group is drawn only where it is in an image.
        pdb.gimp_image_insert_layer(image, copy, None, 0)
        # GIMP ends a plug-in that is cancelled at once, which would leave the copy behind.
        return list(strips(copy))
    finally:
        gimp.delete(image)


def strips(drawable):
    """Read a drawable as it is.

    Args:
        drawable: A layer or a mask.

    Yields:
        Strings of whole rows, from the top to the bottom.
    """
    width, height = drawable.width, drawable.height
    region = drawable.get_pixel_rgn(0, 0, width, height, False, False)
    for top in range(0, height, STRIP_ROWS):
        yield region[0:width, top : min(height, top + STRIP_ROWS)]


def fill(mask, values):
    """Fill a mask that no layer has yet.

    Args:
        mask: The mask.
        values: Its rows in a string, as it holds them.
    """
    width, height = mask.width, mask.height
    region = mask.get_pixel_rgn(0, 0, width, height, True, False)
    row = width * mask.bpp
    for top in range(0, height, STRIP_ROWS):
        bottom = min(height, top + STRIP_ROWS)
        region[0:width, top:bottom] = values[top * row : bottom * row]
    mask.flush()
    mask.update(0, 0, width, height)
