"""Runs inside GIMP: documents whose layers are of every kind.

A maker returns the ids of the image, of the drawables that the command gets, and of the layers
that should have a mask afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gimp_kinds  # type: ignore[import-not-found]  # lies beside us
from gi.repository import Gegl, Gimp, Gio

Made = dict[str, Any]


def smaller() -> Made:
    return _of(_layer(_image(), size=(12, 9), offset=(5, 4)))


def partly_beside_the_canvas() -> Made:
    return _of(_layer(_image(), size=(20, 16), offset=(22, -7)))


def beside_the_canvas() -> Made:
    return _of(_layer(_image(), size=(20, 16), offset=(-40, 50)))


def one_pixel() -> Made:
    return _of(_layer(_image(), size=(1, 1), offset=(7, 8)))


def one_row() -> Made:
    return _of(_layer(_image(), size=(32, 1), offset=(0, 23)))


def with_holes() -> Made:
    """Alpha from nothing to everything over the layer's columns, with colours everywhere."""
    layer = _layer(_image())
    width, height = layer.get_width(), layer.get_height()
    pixels = b"".join(bytes((x * 6 % 256, 90, 30, x * 255 // (width - 1))) for x in range(width))
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), "R'G'B'A u8", pixels * height)
    buffer.flush()
    return _of(layer)


def veiled() -> Made:
    """All of it is seen by a third."""
    layer = _layer(_image())
    size = layer.get_width(), layer.get_height()
    buffer = layer.get_buffer()
    area = Gegl.Rectangle.new(0, 0, *size)
    buffer.set(area, "R'G'B'A u8", bytes((200, 90, 30, 85)) * (size[0] * size[1]))
    buffer.flush()
    return _of(layer)


def half_opaque() -> Made:
    layer = _layer(_image())
    layer.set_opacity(40)
    return _of(layer)


def with_a_filter() -> Made:
    layer = _layer(_image())
    layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "Invert"))
    return _of(layer)


def filters(layer: int) -> list[str]:
    """The names of a layer's effects."""
    return [effect.get_name() for effect in Gimp.Layer.get_by_id(layer).get_filters()]


def pixels(layer: int) -> str:
    """A layer's own pixels, without its effects."""
    drawable = Gimp.Layer.get_by_id(layer)
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    read: bytes = buffer.get(area, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    return read.hex()


def hidden() -> Made:
    layer = _layer(_image())
    layer.set_visible(False)
    return _of(layer)


def with_locked_content() -> Made:
    layer = _layer(_image())
    layer.set_lock_content(True)
    return _of(layer)


def with_locked_position() -> Made:
    layer = _layer(_image())
    layer.set_lock_position(True)
    return _of(layer)


def with_locked_alpha() -> Made:
    layer = _layer(_image())
    layer.set_lock_alpha(True)
    return _of(layer)


def with_locked_visibility() -> Made:
    layer = _layer(_image())
    layer.set_lock_visibility(True)
    return _of(layer)


def with_all_locks_and_hidden() -> Made:
    layer = _layer(_image())
    layer.set_visible(False)
    layer.set_lock_alpha(True)
    layer.set_lock_position(True)
    layer.set_lock_visibility(True)
    layer.set_lock_content(True)
    return _of(layer)


def text() -> Made:
    image = _image()
    layer = Gimp.TextLayer.new(image, "Text", Gimp.context_get_font(), 14, Gimp.Unit.pixel())
    image.insert_layer(layer, None, 0)
    return _of(layer)


def link() -> Made:
    """A layer that shows a file, from GIMP 3.2 on."""
    image = _image()
    path = Path(Gimp.temp_file("png"))
    source = _layer(_image(), size=(18, 14), offset=(0, 0)).get_image()
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, source, Gio.File.new_for_path(str(path)), None)
    layer = Gimp.LinkLayer.new(image, Gio.File.new_for_path(str(path)))
    image.insert_layer(layer, None, 0)
    return _of(layer)


def vector() -> Made:
    """A layer that shows a path, from GIMP 3.2 on."""
    image = _image()
    path = Gimp.Path.new(image, "triangle")
    image.insert_path(path, None, 0)
    corners = [corner for corner in ((3, 2), (29, 9), (12, 21)) for _ in range(3)]
    points = [float(value) for corner in corners for value in corner]
    path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, points, True)
    layer = Gimp.VectorLayer.new(image, path)
    image.insert_layer(layer, None, 0)
    layer.refresh()
    return _of(layer)


def group() -> Made:
    image = _image()
    holder = _group(image)
    _layer(image, holder, size=(12, 9), offset=(3, 2))
    _layer(image, holder, size=(9, 12), offset=(9, 9))
    return _of(holder)


def group_in_a_group() -> Made:
    image = _image()
    inner = _group(image, _group(image))
    _layer(image, inner)
    return _of(inner)


def group_that_passes_through() -> Made:
    image = _image()
    holder = _group(image)
    holder.set_mode(Gimp.LayerMode.PASS_THROUGH)
    _layer(image, holder, size=(12, 9), offset=(3, 2))
    return _of(holder)


def group_with_an_empty_one() -> Made:
    image = _image()
    holder = _group(image)
    _group(image, holder)
    _layer(image, holder)
    return _of(holder)


def group_with_an_effect_in_it() -> Made:
    """A group that reaches farther than it says, by the shadow of a layer in it."""
    return _with_shadow(on_group=False)


def group_with_an_effect() -> Made:
    return _with_shadow(on_group=True)


def _with_shadow(on_group: bool) -> Made:
    image = Gimp.Image.new(512, 512, Gimp.ImageBaseType.RGB)
    holder = _group(image)
    layer = _layer(image, holder, size=(250, 250), offset=(128, 128))
    owner = holder if on_group else layer
    owner.append_filter(Gimp.DrawableFilter.new(owner, "gegl:dropshadow", "Shadow"))
    return _of(holder)


def group_that_passes_through_and_blends() -> Made:
    """Two layers over each other that multiply, in a group through which they meet a white one."""
    image = Gimp.Image.new(256, 256, Gimp.ImageBaseType.RGB)
    white = _layer(image, size=(256, 256), offset=(0, 0))
    white.fill(Gimp.FillType.WHITE)
    holder = _group(image)
    for step in (0, 1):
        layer = _layer(image, holder, size=(100, 100), offset=(110 + 30 * step, 120))
        layer.set_mode(Gimp.LayerMode.MULTIPLY)
    holder.set_mode(Gimp.LayerMode.PASS_THROUGH)
    return _of(holder)


def layer_in_a_group() -> Made:
    image = _image()
    holder = _group(image)
    _layer(image, holder, size=(12, 9), offset=(20, 20))
    return _of(_layer(image, holder))


def group_and_a_layer_in_it() -> Made:
    image = _image()
    holder = _group(image)
    return _of(holder, _layer(image, holder))


def several() -> Made:
    """A small layer, a hidden one and a group, all of other sizes."""
    image = _image()
    small = _layer(image, size=(12, 9), offset=(5, 4))
    concealed = _layer(image)
    concealed.set_visible(False)
    holder = _group(image)
    _layer(image, holder, size=(14, 10), offset=(2, 2))
    return _of(small, concealed, holder)


def one_twice() -> Made:
    layer = _layer(_image())
    made = _of(layer)
    return {**made, "drawables": made["drawables"] * 2}


def mask_as_drawable() -> Made:
    layer = _layer(_image())
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    return {**_of(layer), "drawables": [layer.get_mask().get_id()]}


def empty_group() -> Made:
    return _refused(_group(_image()))


def group_of_empty_groups() -> Made:
    image = _image()
    holder = _group(image)
    _group(image, holder)
    _group(image, holder)
    return _refused(holder)


def channel() -> Made:
    image = gimp_kinds.make_channel()[0]
    return _refused(Gimp.Image.get_by_id(image).get_channels()[0])


def floating_selection() -> Made:
    return _refused(Gimp.Item.get_by_id(gimp_kinds.make_floating()[1]))


def layer_and_empty_group() -> Made:
    image = _image()
    return _refused(_layer(image), _group(image))


def huge(width: int, height: int) -> Made:
    """A layer of one colour; its window would only cost time."""
    image = Gimp.Image.new(width, height, Gimp.ImageBaseType.GRAY)
    layer = Gimp.Layer.new(
        image, "huge", width, height, Gimp.ImageType.GRAY_IMAGE, 100, Gimp.LayerMode.NORMAL
    )
    image.insert_layer(layer, None, 0)
    layer.fill(Gimp.FillType.WHITE)
    return _of(layer)


def mask_digest(layer: int, rows: int) -> str:
    """A hash of the mask's values, read in strips of so many rows."""
    mask = Gimp.Layer.get_by_id(layer).get_mask()
    width, height = mask.get_width(), mask.get_height()
    buffer, found = mask.get_buffer(), hashlib.sha256()
    for top in range(0, height, rows):
        area = Gegl.Rectangle.new(0, top, width, min(rows, height - top))
        found.update(buffer.get(area, 1.0, "Y u8", Gegl.AbyssPolicy.NONE))
    return found.hexdigest()


def export_corner(image: int, side: int, path: str) -> None:
    """Save the last rows and columns as PNG, with their alpha."""
    copy = Gimp.Image.get_by_id(image).duplicate()
    copy.crop(side, side, copy.get_width() - side, copy.get_height() - side)
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, copy, Gio.File.new_for_path(path), None)
    copy.delete()


def hide(layer: int) -> None:
    Gimp.Layer.get_by_id(layer).set_visible(False)
    Gimp.displays_flush()


def paths(image: int) -> list[str]:
    return [path.get_name() for path in Gimp.Image.get_by_id(image).get_paths()]


def mask_size(layer: int) -> list[int]:
    """Of the mask that a layer has, or of one that GIMP would give it."""
    owner = Gimp.Layer.get_by_id(layer)
    mask = owner.get_mask() or owner.create_mask(Gimp.AddMaskType.WHITE)
    return [mask.get_width(), mask.get_height()]


def visible_alpha(image: int) -> str:
    """The alpha of what an image shows on its canvas, a byte each, as hexadecimal digits."""
    owner = Gimp.Image.get_by_id(image)
    seen = Gimp.Layer.new_from_visible(owner, owner, None)
    area = Gegl.Rectangle.new(0, 0, seen.get_width(), seen.get_height())
    rgba = seen.get_buffer().get(area, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    seen.delete()
    return bytes(rgba[3::4]).hex()


def offset(layer: int) -> list[int]:
    return list(Gimp.Layer.get_by_id(layer).get_offsets())[1:]


def knows(kind: str) -> bool:
    """Whether this GIMP has such layers: "LinkLayer" or "VectorLayer"."""
    return hasattr(Gimp, kind)


def export_alone(image: int, layer: int, path: str) -> None:
    """Save as PNG what one layer shows on the canvas, through its own mask alone, seen or not."""
    original = Gimp.Image.get_by_id(image)
    copy = original.duplicate()
    place = [found.get_id() for found in _all(original.get_layers())].index(layer)
    wanted = list(_all(copy.get_layers()))[place]
    related = {found.get_id() for found in [wanted, *_above(wanted), *_all(_children(wanted))]}
    for found in _all(copy.get_layers()):
        found.set_lock_visibility(False)
        found.set_visible(found.get_id() in related)
        if found != wanted and found.get_mask():
            found.set_apply_mask(False)
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, copy, Gio.File.new_for_path(path), None)
    copy.delete()


def _image() -> Gimp.Image:
    return Gimp.Image.new(*gimp_kinds.CANVAS, Gimp.ImageBaseType.RGB)


def _layer(
    image: Gimp.Image,
    parent: Gimp.Layer | None = None,
    size: tuple[int, int] = gimp_kinds.LAYER,
    offset: tuple[int, int] = gimp_kinds.OFFSET,
) -> Gimp.Layer:
    layer = Gimp.Layer.new(
        image, "layer", *size, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL
    )
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(*offset)
    gimp_kinds.paint(layer)
    return layer


def _group(image: Gimp.Image, parent: Gimp.Layer | None = None) -> Gimp.Layer:
    holder = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(holder, parent, 0)
    return holder


def _of(*layers: Gimp.Drawable) -> Made:
    ids = [layer.get_id() for layer in layers]
    return {"image": layers[0].get_image().get_id(), "drawables": ids, "layers": ids}


def _refused(*drawables: Gimp.Drawable) -> Made:
    return {**_of(*drawables), "layers": []}


def _children(layer: Gimp.Layer) -> list[Gimp.Layer]:
    found: list[Gimp.Layer] = layer.get_children() if layer.is_group() else []
    return found


def _all(layers: Iterable[Gimp.Layer]) -> Iterable[Gimp.Layer]:
    for layer in layers:
        yield layer
        yield from _all(_children(layer))


def _above(layer: Gimp.Layer) -> Iterable[Gimp.Layer]:
    parent = layer.get_parent()
    if parent:
        yield parent
        yield from _above(parent)
