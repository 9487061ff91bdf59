"""Runs inside GIMP: opens, inspects and exports documents."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import process_use  # type: ignore[import-not-found]  # lies beside us
from gi.repository import Gegl, Gimp, Gio


def version() -> Any:
    return Gimp.version()


def used() -> tuple[float, int]:
    """GIMP's memory in megabytes, and how many files it has open."""
    found: tuple[float, int] = process_use.held(os.getppid())
    return found


def open_file(path: str) -> list[int]:
    """Open a file with a window of its own; returns the image's and its first layer's ids."""
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    return [image.get_id(), image.get_layers()[0].get_id()]


def show(image: int) -> Any:
    display = Gimp.Display.new(Gimp.Image.get_by_id(image))
    Gimp.displays_flush()
    return display.get_id()


def close(display: int) -> Any:
    return Gimp.Display.get_by_id(display).delete()


def delete(image: int) -> Any:
    return Gimp.Image.get_by_id(image).delete()


def export(image: int, path: str) -> Any:
    """Save a flattened-to-one-layer copy as PNG or what the suffix says; exact for XCF."""
    return Gimp.file_save(
        Gimp.RunMode.NONINTERACTIVE,
        Gimp.Image.get_by_id(image),
        Gio.File.new_for_path(path),
        None,
    )


def state(image: int) -> dict[str, Any]:
    """All that must not change, as JSON: every layer's pixels, masks, the selection, flags."""
    document = Gimp.Image.get_by_id(image)
    return {
        "size": [document.get_width(), document.get_height()],
        "selection": digest(document.get_selection()),
        "selected": [layer.get_name() for layer in document.get_selected_drawables()],
        "layers": [layer_state(layer) for layer in document.get_layers()],
    }


def layer_state(layer: Gimp.Layer) -> dict[str, Any]:
    mask = layer.get_mask()
    state = {
        "name": layer.get_name(),
        "offsets": list(layer.get_offsets())[1:],
        "visible": layer.get_visible(),
        "locks": [
            layer.get_lock_content(),
            layer.get_lock_position(),
            layer.get_lock_visibility(),
            layer.get_lock_alpha(),
        ],
        "pixels": digest(layer),
        "mask": digest(mask) if mask else None,
        "edits_mask": bool(mask and layer.get_edit_mask()),
        "shows_mask": bool(mask and layer.get_show_mask()),
        "applies_mask": bool(mask and layer.get_apply_mask()),
    }
    if layer.is_group():
        state["children"] = [layer_state(child) for child in layer.get_children()]
    return state


def digest(drawable: Gimp.Drawable) -> str:
    """A hash of the drawable's own bytes, in its own format; of a group's look in small.

    GIMP ends a plug-in that reads a group to its end where that reaches farther than it says.
    """
    if isinstance(drawable, Gimp.Layer) and drawable.is_group():
        return hashlib.sha256(drawable.get_thumbnail_data(256, 256)[0].get_data()).hexdigest()
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    if buffer is None:
        return "gone meanwhile"
    data = buffer.get(area, 1.0, None, Gegl.AbyssPolicy.NONE)
    return hashlib.sha256(data).hexdigest()


def mask_bytes(layer: int, babl_format: str) -> Any:
    """The mask's values, as hexadecimal digits."""
    mask = Gimp.Layer.get_by_id(layer).get_mask()
    area = Gegl.Rectangle.new(0, 0, mask.get_width(), mask.get_height())
    return mask.get_buffer().get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE).hex()


def layer_bytes(layer: int, babl_format: str) -> Any:
    """The layer's own pixels, as hexadecimal digits."""
    found = Gimp.Layer.get_by_id(layer)
    area = Gegl.Rectangle.new(0, 0, found.get_width(), found.get_height())
    return found.get_buffer().get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE).hex()


def selection_bytes(image: int, babl_format: str) -> Any:
    """The selection's values over the canvas, as hexadecimal digits."""
    selection = Gimp.Image.get_by_id(image).get_selection()
    area = Gegl.Rectangle.new(0, 0, selection.get_width(), selection.get_height())
    return selection.get_buffer().get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE).hex()


def layer_ids(image: int, group: int | None = None) -> list[int]:
    """The ids of an image's layers, or of a group's, from the top."""
    holder = Gimp.Image.get_by_id(image)
    layers = Gimp.Layer.get_by_id(group).get_children() if group else holder.get_layers()
    return [layer.get_id() for layer in layers]


def export_composite(image: int, path: str) -> None:
    """Save what the document shows as PNG, with its alpha, by way of a copy in RGB or gray."""
    copy = Gimp.Image.get_by_id(image).duplicate()
    if copy.get_base_type() == Gimp.ImageBaseType.INDEXED:
        copy.convert_rgb()  # a palette in a PNG would round alpha to two levels
    export(copy.get_id(), path)
    copy.delete()


def reload(image: int, path: str) -> Any:
    """Save as XCF, load it again, and return the loaded image's id."""
    export(image, path)
    loaded = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    return loaded.get_id()
