"""Runs inside GIMP: a document for a row of the table of documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gimp_kinds  # type: ignore[import-not-found]  # lies beside us
from gi.repository import Gimp, Gio

CANVAS = (64, 48)
SIZE = (30, 24)
LARGE = (100, 80)

MODES = {
    "RGB": (Gimp.ImageBaseType.RGB, Gimp.Precision.U8_NON_LINEAR),
    "gray": (Gimp.ImageBaseType.GRAY, Gimp.Precision.U8_NON_LINEAR),
    "indexed": (Gimp.ImageBaseType.RGB, Gimp.Precision.U8_NON_LINEAR),
    "16 bits": (Gimp.ImageBaseType.RGB, Gimp.Precision.U16_NON_LINEAR),
    "linear": (Gimp.ImageBaseType.RGB, Gimp.Precision.FLOAT_LINEAR),
}
PLACES = {
    "inside": (8, 6),
    "partly outside": (50, -10),
    "wholly outside": (200, 300),
    "larger than the canvas": (-20, -16),
    "far away": (250_000, 0),
}
EFFECTS = {"growing": "gegl:dropshadow", "same size": "gegl:invert-gamma"}


def make(row: dict[str, str]) -> dict[str, Any]:
    """The document; returns the ids of the image and of the layer that is meant."""
    base_type, precision = MODES[row["mode"]]
    image = Gimp.Image.new_with_precision(*CANVAS, base_type, precision)
    _painted(image, None, CANVAS, (0, 0)).set_name("below")
    size = LARGE if row["place"] == "larger than the canvas" else SIZE
    layer = KINDS[row["kind"]](image, size)
    layer.set_offsets(*PLACES[row["place"]])
    if row["mode"] == "indexed":
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 64, False, False, ""
        )
    _add_effect(layer, row["effect"])
    STATES[row["state"]](layer)
    _select(image, row["selection"])
    image.set_selected_layers([layer])
    return {"image": image.get_id(), "layer": layer.get_id()}


def _painted(
    image: Gimp.Image,
    parent: Gimp.GroupLayer | None,
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
    operation = EFFECTS.get(effect, EFFECTS["growing"])
    owner.append_filter(Gimp.DrawableFilter.new(owner, operation, effect))


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
    "locked pixels": lambda layer: layer.set_lock_content(True),
    "locked position": lambda layer: layer.set_lock_position(True),
    "locked alpha": lambda layer: layer.set_lock_alpha(True),
    "locked visibility": lambda layer: layer.set_lock_visibility(True),
    "hidden": lambda layer: layer.set_visible(False),
    "masked": _mask,
    "mask disabled": _disabled,
    "mask shown": _shown,
    "mask edited": _edited,
}


def _select(image: Gimp.Image, selection: str) -> None:
    if selection in ("inside", "feathered"):
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 8, 20, 15)
    if selection == "feathered":
        Gimp.Selection.feather(image, 5)
    if selection == "outside":
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 2, 42, 4, 4)
