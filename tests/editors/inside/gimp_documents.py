"""Runs inside GIMP: opens, inspects and exports documents."""

import hashlib

from gi.repository import Gegl, Gimp, Gio

# Each type of layer with the format that reads it without any conversion.
PLAIN = {Gimp.Precision.U8_NON_LINEAR: "u8"}


def version():
    return Gimp.version()


def open_file(path):
    """Open a file with a window of its own; returns the image's and its first layer's ids."""
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    return [image.get_id(), image.get_layers()[0].get_id()]


def show(image):
    display = Gimp.Display.new(Gimp.Image.get_by_id(image))
    Gimp.displays_flush()
    return display.get_id()


def close(display):
    return Gimp.Display.get_by_id(display).delete()


def delete(image):
    return Gimp.Image.get_by_id(image).delete()


def export(image, path):
    """Save a flattened-to-one-layer copy as PNG or what the suffix says; exact for XCF."""
    return Gimp.file_save(
        Gimp.RunMode.NONINTERACTIVE,
        Gimp.Image.get_by_id(image),
        Gio.File.new_for_path(path),
        None,
    )


def state(image):
    """All that must not change, as JSON: every layer's pixels, masks, the selection, flags."""
    image = Gimp.Image.get_by_id(image)
    return {
        "size": [image.get_width(), image.get_height()],
        "selection": digest(image.get_selection()),
        "selected": [layer.get_name() for layer in image.get_selected_drawables()],
        "layers": [layer_state(layer) for layer in image.get_layers()],
    }


def layer_state(layer):
    mask = layer.get_mask()
    state = {
        "name": layer.get_name(),
        "offsets": list(layer.get_offsets())[1:],
        "pixels": digest(layer),
        "mask": digest(mask) if mask else None,
        "edits_mask": bool(mask and layer.get_edit_mask()),
        "shows_mask": bool(mask and layer.get_show_mask()),
        "applies_mask": bool(mask and layer.get_apply_mask()),
    }
    if layer.is_group():
        state["children"] = [layer_state(child) for child in layer.get_children()]
    return state


def digest(drawable):
    """A hash of the drawable's own bytes, in its own format."""
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    data = buffer.get(area, 1.0, None, Gegl.AbyssPolicy.NONE)
    return hashlib.sha256(data).hexdigest()


def mask_bytes(layer, babl_format):
    """The mask's values, as hexadecimal digits."""
    mask = Gimp.Layer.get_by_id(layer).get_mask()
    area = Gegl.Rectangle.new(0, 0, mask.get_width(), mask.get_height())
    return mask.get_buffer().get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE).hex()
