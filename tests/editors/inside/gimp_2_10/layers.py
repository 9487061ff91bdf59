"""Layers for the tests in GIMP 2.10: made, handed to localmatte, looked at."""

import base64
import hashlib
import os

import gimp
import gimpcolor
import gimpenums
from gimpfu import pdb

pdb.gimp_plugin_enable_precision()

CALL = "python-fu-localmatte-remove-background"
FLOATS = 500
"""Precisions from this one on; their bytes cannot be just any."""

DEFAULTS = {
    "model": "u2netp",
    "refine": True,
    "inside_selection": True,
    "output": "mask",
    "existing_mask": "replace",
}


def make(kind="RGB", alpha=False, precision=150, size=(64, 48), offset=(0, 0), canvas=(64, 48)):
    """An image with one layer, of noise where that is possible; gives the ids of both."""
    base = gimpenums.GRAY if kind == "GRAY" else gimpenums.RGB
    image = pdb.gimp_image_new_with_precision(canvas[0], canvas[1], base, precision)
    name = ("GRAY" if kind == "GRAY" else "RGB") + "A" * alpha + "_IMAGE"
    layer = gimp.Layer(image, "subject", size[0], size[1], getattr(gimpenums, name), 100, 0)
    image.add_layer(layer)
    layer.set_offsets(*offset)
    if precision < FLOATS:
        _write(layer, os.urandom(size[0] * size[1] * layer.bpp))
    else:
        pdb.gimp_context_set_foreground((0.8, 0.5, 0.2))
        layer.fill(gimpenums.FOREGROUND_FILL)
    if kind == "INDEXED":
        pdb.gimp_image_convert_indexed(image, 0, 0, 16, False, False, "")
    return [image.ID, image.layers[0].ID]


def load(path):
    """Open a PNG file; gives the ids of the image and its layer."""
    image = pdb.file_png_load(path, path)
    return [image.ID, image.layers[0].ID]


def channel():
    """An image whose active drawable is a channel; gives the ids of both."""
    image, _layer = make()
    black = gimpcolor.RGB(0.0, 0.0, 0.0)
    made = pdb.gimp_channel_new(gimp._id2image(image), 64, 48, "channel", 100, black)
    gimp._id2image(image).add_channel(made)
    return [image, made.ID]


def empty_group():
    """An image with a group that holds an empty group; gives the ids of image and group."""
    image = gimp._id2image(make()[0])
    outer, inner = pdb.gimp_layer_group_new(image), pdb.gimp_layer_group_new(image)
    pdb.gimp_image_insert_layer(image, outer, None, 0)
    pdb.gimp_image_insert_layer(image, inner, outer, 0)
    return [image.ID, outer.ID]


def floating_selection():
    """An image with a floating selection; gives the ids of both."""
    image, layer = make()
    select(image, 10, 10, 20, 20)
    pdb.gimp_edit_copy(gimp._id2drawable(layer))
    floating = pdb.gimp_edit_paste(gimp._id2drawable(layer), False)
    return [image, floating.ID]


def as_rgba(drawable):
    """A layer's pixels, four bytes each, as GIMP itself reads them one by one."""
    layer = gimp._id2drawable(drawable)
    copy = pdb.gimp_image_duplicate(layer.image)
    if copy.base_type != gimpenums.RGB:
        pdb.gimp_image_convert_rgb(copy)
    copied = copy.layers[0]
    copied.remove_mask(gimpenums.MASK_DISCARD)
    if not copied.has_alpha:
        copied.add_alpha()
    read = _read(gimp._id2drawable(copied.ID))
    gimp.delete(copy)
    return read


def show(image):
    """Open a window for an image."""
    display = gimp.Display(gimp._id2image(image))
    gimp.displays_flush()
    return display.ID


def close(display):
    """Close a window, and with it its image."""
    gimp.delete(gimp._id2display(display))


def remove(image, drawable, **chosen):
    """Have localmatte remove a layer's background; gives what GIMP says went wrong, or nothing."""
    values = dict(DEFAULTS, **chosen)
    try:
        pdb[CALL](
            gimp._id2image(image),
            gimp._id2drawable(drawable),
            values["model"],
            values["refine"],
            values["inside_selection"],
            values["output"],
            values["existing_mask"],
        )
    except RuntimeError as error:
        return str(error)
    return ""


def look(image):
    """What is to be seen of an image: its layers and what is selected."""
    image = gimp._id2image(image)
    return {
        "layers": [_looked_at(layer) for layer in image.layers],
        "selection": _read(image.selection),
    }


def add_mask(drawable, values):
    """Give a layer a mask of these values."""
    layer = gimp._id2drawable(drawable)
    mask = layer.create_mask(gimpenums.ADD_BLACK_MASK)
    _write(mask, base64.b64decode(values))
    layer.add_mask(mask)


def select(image, x, y, width, height):
    """Select an ellipse, with soft edges."""
    replace = gimpenums.CHANNEL_OP_REPLACE
    image = gimp._id2image(image)
    pdb.gimp_image_select_ellipse(image, replace, x, y, width, height)


def mask_id(drawable):
    """The id of a layer's mask."""
    return gimp._id2drawable(drawable).mask.ID


def export(image, path):
    """Save an image's first layer, with its mask applied, as a PNG file."""
    copy = pdb.gimp_image_duplicate(gimp._id2image(image))
    layer = copy.layers[0]
    layer.remove_mask(gimpenums.MASK_APPLY)
    pdb.file_png_save(copy, copy.layers[0], path, path, 0, 1, 0, 0, 0, 0, 0)
    gimp.delete(copy)


def _looked_at(layer):
    return {
        "name": layer.name,
        "pixels": hashlib.sha1(base64.b64decode(_read(layer))).hexdigest(),
        "mask": _read(layer.mask) if layer.mask else None,
        "edits_mask": bool(layer.mask and layer.edit_mask),
        "offsets": layer.offsets,
    }


def _read(drawable):
    width, height = drawable.width, drawable.height
    region = drawable.get_pixel_rgn(0, 0, width, height, False, False)
    return base64.b64encode(region[0:width, 0:height])


def _write(drawable, values):
    width, height = drawable.width, drawable.height
    region = drawable.get_pixel_rgn(0, 0, width, height, True, False)
    region[0:width, 0:height] = values
    drawable.flush()
    drawable.update(0, 0, width, height)
