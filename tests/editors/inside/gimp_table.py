"""Runs inside GIMP: a document for a row of the table of documents."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gimp_kinds  # type: ignore[import-not-found]  # lies beside us
from gi.repository import Gegl, Gimp, Gio

CANVAS = (64, 48)
SIZE = (30, 24)
LARGE = (100, 80)

MODES = {
    "RGB": (Gimp.ImageBaseType.RGB, Gimp.Precision.U8_NON_LINEAR),
    "gray": (Gimp.ImageBaseType.GRAY, Gimp.Precision.U8_NON_LINEAR),
    "indexed": (Gimp.ImageBaseType.RGB, Gimp.Precision.U8_NON_LINEAR),
    "16 bits": (Gimp.ImageBaseType.RGB, Gimp.Precision.U16_NON_LINEAR),
    "linear": (Gimp.ImageBaseType.RGB, Gimp.Precision.FLOAT_LINEAR),
    "no numbers": (Gimp.ImageBaseType.RGB, Gimp.Precision.FLOAT_PERCEPTUAL),
}
PLACES = {
    "inside": (8, 6),
    "partly outside": (50, -10),
    "wholly outside": (200, 300),
    "larger than the canvas": (-20, -16),
    "far away": (250_000, 0),
}
EFFECTS = {
    "same size": "gegl:invert-gamma",
    "shadow": "gegl:dropshadow",
    "long shadow": "gegl:long-shadow",
    "blur": "gegl:gaussian-blur",
    "emboss": "gegl:emboss",
}
GROUPS = {
    "group": Gimp.LayerMode.NORMAL,
    "pass-through group": Gimp.LayerMode.PASS_THROUGH,
    "group that multiplies": Gimp.LayerMode.MULTIPLY,
}
ODD = struct.pack("=4f", math.nan, math.inf, -math.inf, 1.0)


def make(row: dict[str, str]) -> dict[str, Any]:
    """The document; returns the ids of the image and of the layer that is meant."""
    base_type, precision = MODES[row["mode"]]
    image = Gimp.Image.new_with_precision(*CANVAS, base_type, precision)
    below = _painted(image, None, CANVAS, (0, 0))
    below.set_name("below")
    size = LARGE if row["place"] == "larger than the canvas" else SIZE
    layer = KINDS[row["kind"]](image, size)
    layer.set_offsets(*PLACES[row["place"]])
    if row["mode"] == "indexed":
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 64, False, False, ""
        )
    if row["mode"] == "no numbers" and row["kind"] == "paint":
        _write(layer, "R'G'B'A float", ODD)
    _put_into(layer, row["parent"])
    _add_effect(layer, row["effect"])
    STATES[row["state"]](layer)
    _select(image, row["selection"])
    image.set_selected_layers([layer])
    BESIDE.get(row["meanwhile"], lambda image, below: None)(image, below)
    return {"image": image.get_id(), "layer": layer.get_id()}


def change(layer: int, how: str) -> None:
    """What somebody does to a layer while the engine works on it."""
    MEANWHILE[how](Gimp.Layer.get_by_id(layer))
    Gimp.displays_flush()


def end_undo_group(image: int) -> None:
    """What another plug-in began before is over."""
    Gimp.Image.get_by_id(image).undo_group_end()


def _put_into(layer: Gimp.Layer, parent: str) -> None:
    if parent == "none":
        return
    image = layer.get_image()
    group = Gimp.GroupLayer.new(image, "around")
    image.insert_layer(group, None, 0)
    image.reorder_item(layer, group, 0)
    group.set_mode(GROUPS.get(parent, Gimp.LayerMode.NORMAL))
    if parent == "group with a shadow":
        _add_effect(group, "shadow")


def _painted(
    image: Gimp.Image,
    parent: Gimp.Layer | None,
    size: tuple[int, int],
    offset: tuple[int, int],
) -> Gimp.Layer:
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, "painted", *size, kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(*offset)
    gimp_kinds.paint(layer)
    return layer


def _paint(image: Gimp.Image, size: tuple[int, int]) -> Gimp.Layer:
    return _painted(image, None, size, (0, 0))


def _group(image: Gimp.Image, size: tuple[int, int]) -> Gimp.Layer:
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    width, height = size
    _painted(image, group, (width * 2 // 3, height), (0, 0))
    upper = _painted(image, group, (width * 2 // 3, height // 2), (width // 3, height // 4))
    upper.set_mode(Gimp.LayerMode.MULTIPLY)
    return group


def _pass_through(image: Gimp.Image, size: tuple[int, int]) -> Gimp.Layer:
    group = _group(image, size)
    group.set_mode(Gimp.LayerMode.PASS_THROUGH)
    return group


def _text(image: Gimp.Image, size: tuple[int, int]) -> Gimp.Layer:
    layer = Gimp.TextLayer.new(
        image, "Text", Gimp.context_get_font(), size[1] / 2, Gimp.Unit.pixel()
    )
    image.insert_layer(layer, None, 0)
    return layer


def _link(image: Gimp.Image, size: tuple[int, int]) -> Gimp.Layer:
    file = Gio.File.new_for_path(str(Path(Gimp.temp_file("png"))))
    source = Gimp.Image.new(*size, Gimp.ImageBaseType.RGB)
    _painted(source, None, size, (0, 0))
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, source, file, None)
    layer = Gimp.LinkLayer.new(image, file)
    image.insert_layer(layer, None, 0)
    return layer


def _vector(image: Gimp.Image, size: tuple[int, int]) -> Gimp.Layer:
    path = Gimp.Path.new(image, "triangle")
    image.insert_path(path, None, 0)
    width, height = size
    corners = ((0, 0), (width, height / 3), (width / 3, height))
    points = [float(value) for corner in corners for _ in range(3) for value in corner]
    path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, points, True)
    layer = Gimp.VectorLayer.new(image, path)
    image.insert_layer(layer, None, 0)
    layer.refresh()
    return layer


KINDS: dict[str, Callable[[Gimp.Image, tuple[int, int]], Gimp.Layer]] = {
    "paint": _paint,
    "group": _group,
    "pass-through group": _pass_through,
    "text": _text,
    "link": _link,
    "vector": _vector,
}


def _add_effect(layer: Gimp.Layer, effect: str) -> None:
    if effect == "none":
        return
    on_child = effect == "on a child" and layer.is_group()
    owner = layer.get_children()[0] if on_child else layer
    operation = EFFECTS.get(effect, EFFECTS["shadow"])
    owner.append_filter(Gimp.DrawableFilter.new(owner, operation, effect))


def _locked(layer: Gimp.Layer) -> None:
    layer.set_lock_content(True)
    layer.set_lock_position(True)
    layer.set_lock_visibility(True)


def _mask(layer: Gimp.Layer) -> None:
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.ALPHA))


def _disabled(layer: Gimp.Layer) -> None:
    _mask(layer)
    layer.set_apply_mask(False)


def _shown(layer: Gimp.Layer) -> None:
    _mask(layer)
    layer.set_show_mask(True)


def _edited(layer: Gimp.Layer) -> None:
    _mask(layer)
    layer.set_edit_mask(True)


STATES: dict[str, Callable[[Gimp.Layer], object]] = {
    "plain": lambda layer: None,
    "locked": _locked,
    "locked alpha": lambda layer: layer.set_lock_alpha(True),
    "hidden": lambda layer: layer.set_visible(False),
    "masked": _mask,
    "mask disabled": _disabled,
    "mask shown": _shown,
    "mask edited": _edited,
}


def _start_undo_group(image: Gimp.Image, below: Gimp.Layer) -> None:
    """Another plug-in is in the middle of something."""
    image.undo_group_start()
    below.set_opacity(90)


def _activate_path(image: Gimp.Image, below: Gimp.Layer) -> None:
    path = Gimp.Path.new(image, "path")
    image.insert_path(path, None, 0)
    image.set_selected_paths([path])


def _activate_quick_mask(image: Gimp.Image, below: Gimp.Layer) -> None:
    channel = Gimp.Channel.new(image, "Qmask", *CANVAS, 50, Gimp.context_get_foreground())
    image.insert_channel(channel, None, 0)
    image.set_selected_channels([channel])


def _float(image: Gimp.Image, below: Gimp.Layer) -> None:
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 3, 3, 9, 9)
    Gimp.Selection.float(image, [below], 2, 2)


def _make_namesake(image: Gimp.Image, below: Gimp.Layer) -> None:
    """Both are "[Untitled]"."""
    gimp_kinds.make("rgb-image")


BESIDE: dict[str, Callable[[Gimp.Image, Gimp.Layer], object]] = {
    "undo group": _start_undo_group,
    "two views": lambda image, below: Gimp.Display.new(image),
    "a namesake": _make_namesake,
    "path active": _activate_path,
    "quick mask": _activate_quick_mask,
    "floating selection": _float,
}
"""What there is beside the layer before the run."""


def _paint_on(layer: Gimp.Layer) -> None:
    # GIMP ends a plug-in that writes into what is locked, or in a group that is.
    locked = layer.get_lock_content()
    layer.set_lock_content(False)
    if layer.is_group():
        _paint_on(layer.get_children()[0])
    else:
        gimp_kinds.repaint(layer.get_id())
    layer.set_lock_content(locked)


MEANWHILE: dict[str, Callable[[Gimp.Layer], object]] = {
    "painted": _paint_on,
    "mask painted": lambda layer: gimp_kinds.repaint_mask(layer.get_id()),
    "flipped": lambda layer: gimp_kinds.flip(layer.get_id()),
    "moved": lambda layer: gimp_kinds.shift(layer.get_id()),
    "deleted": lambda layer: gimp_kinds.remove(layer.get_id()),
}


def _write(layer: Gimp.Layer, babl_format: str, pixel: bytes) -> None:
    """Write one pixel."""
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(3, 3, 1, 1), babl_format, pixel)
    buffer.flush()


def _select(image: Gimp.Image, selection: str) -> None:
    if selection in ("inside", "feathered"):
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 8, 20, 15)
    if selection == "feathered":
        Gimp.Selection.feather(image, 5)
    if selection == "outside":
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 2, 42, 4, 4)
