"""Runs inside GIMP: makes documents of every kind."""

from __future__ import annotations

from typing import Any

from gi.repository import Gegl, Gimp

CANVAS = (32, 24)
# Larger than the canvas on every side, so that every case shows that offsets are kept.
LAYER = (40, 30)
OFFSET = (-4, -3)

BASE_TYPES = {
    Gimp.ImageType.RGB_IMAGE: Gimp.ImageBaseType.RGB,
    Gimp.ImageType.RGBA_IMAGE: Gimp.ImageBaseType.RGB,
    Gimp.ImageType.GRAY_IMAGE: Gimp.ImageBaseType.GRAY,
    Gimp.ImageType.GRAYA_IMAGE: Gimp.ImageBaseType.GRAY,
}

PROFILES = {
    Gimp.ImageBaseType.RGB: Gimp.ColorProfile.new_rgb_adobe,
    Gimp.ImageBaseType.GRAY: Gimp.ColorProfile.new_d50_gray_lab_trc,
}


def make(
    layer_type: str,
    precision: str = "u8-non-linear",
    indexed: bool = False,
    own_profile: bool = False,
) -> list[int]:
    """A document with one opaque layer whose colours differ from pixel to pixel.

    Args:
        layer_type: A nick of Gimp.ImageType, e.g. "rgba-image".
        precision: A nick of Gimp.Precision.
        indexed: Whether to reduce it to a palette.
        own_profile: Whether its colours are Adobe RGB's, or a gray of even lightness, not sRGB's.

    Returns:
        The image's and the layer's id.
    """
    kind = _by_nick(Gimp.ImageType, layer_type)
    image = Gimp.Image.new_with_precision(
        *CANVAS, BASE_TYPES[kind], _by_nick(Gimp.Precision, precision)
    )
    if own_profile:
        image.set_color_profile(PROFILES[image.get_base_type()]())
    layer = Gimp.Layer.new(image, "kind", *LAYER, kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.set_offsets(*OFFSET)
    paint(layer)
    if indexed:
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 64, False, False, ""
        )
    return [image.get_id(), layer.get_id()]


def paint(layer: Gimp.Layer) -> None:
    """Fill a layer with colours that differ from pixel to pixel, in straight sRGB."""
    width, height = layer.get_width(), layer.get_height()
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            pixels += bytes((x * 6 % 256, y * 8 % 256, (x + y) * 3 % 256, 255))
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), "R'G'B'A u8", bytes(pixels))
    buffer.flush()


def make_group() -> list[int]:
    """A group around the usual layer."""
    image, layer = make("rgba-image")
    group = Gimp.GroupLayer.new(Gimp.Image.get_by_id(image), "group")
    Gimp.Image.get_by_id(image).insert_layer(group, None, 0)
    Gimp.Image.get_by_id(image).reorder_item(Gimp.Layer.get_by_id(layer), group, 0)
    return [image, group.get_id()]


def make_floating() -> list[int]:
    """A document with a floating selection."""
    image, layer = make("rgba-image")
    drawable = Gimp.Layer.get_by_id(layer)
    select(image, 2, 2, 10, 8)
    floating = Gimp.Selection.float(Gimp.Image.get_by_id(image), [drawable], 1, 1)
    return [image, floating.get_id()]


def make_channel() -> list[int]:
    image, _ = make("rgb-image")
    channel = Gimp.Channel.new(
        Gimp.Image.get_by_id(image), "channel", *CANVAS, 50, Gimp.context_get_foreground()
    )
    Gimp.Image.get_by_id(image).insert_channel(channel, None, 0)
    return [image, channel.get_id()]


def select(image: int, x: int, y: int, width: int, height: int) -> Any:
    Gimp.Image.get_by_id(image).select_rectangle(Gimp.ChannelOps.REPLACE, x, y, width, height)


def select_ellipse(image: int, x: int, y: int, width: int, height: int) -> Any:
    document = Gimp.Image.get_by_id(image)
    return document.select_ellipse(Gimp.ChannelOps.REPLACE, x, y, width, height)


def select_nothing(image: int) -> Any:
    return Gimp.Selection.none(Gimp.Image.get_by_id(image))


def scale(layer: int, width: int, height: int) -> Any:
    return Gimp.Layer.get_by_id(layer).scale(width, height, True)


def grey(image: int) -> Any:
    return Gimp.Image.get_by_id(image).convert_grayscale()


def give_other_look(layer: int) -> None:
    """Change what of a layer is no matter of its pixels: name, opacity, visibility."""
    changed = Gimp.Layer.get_by_id(layer)
    changed.set_name("other")
    changed.set_opacity(30)
    changed.set_visible(False)


def feather(image: int, radius: float) -> Any:
    return Gimp.Selection.feather(Gimp.Image.get_by_id(image), radius)


def move(layer: int, x: int, y: int) -> Any:
    return Gimp.Layer.get_by_id(layer).set_offsets(x, y)


def add_mask(layer: int) -> Any:
    """Give a layer a black mask that is shown and not applied; returns its id."""
    mask = add_plain_mask(layer)
    owner = Gimp.Layer.get_by_id(layer)
    owner.set_show_mask(True)
    owner.set_apply_mask(False)
    return mask


def add_plain_mask(layer: int) -> Any:
    """Give a layer a black mask that hides all of it; returns its id."""
    owner = Gimp.Layer.get_by_id(layer)
    mask = owner.create_mask(Gimp.AddMaskType.BLACK)
    owner.add_mask(mask)
    return mask.get_id()


def add_copy(layer: int) -> Any:
    """Put a copy of a layer beside it and select both; returns the copy's id."""
    original = Gimp.Layer.get_by_id(layer)
    image = original.get_image()
    copy = original.copy()
    image.insert_layer(copy, None, 0)
    image.set_selected_layers([original, copy])
    Gimp.displays_flush()
    return copy.get_id()


def turn_mask(layer: int) -> None:
    """Turn a layer's mask upside down, so that it differs from the one that was made."""
    mask = Gimp.Layer.get_by_id(layer).get_mask()
    mask.transform_rotate_simple(Gimp.RotationType.DEGREES180, True, 0, 0)


def flip(layer: int) -> None:
    """Mirror a layer, which keeps its size and place."""
    flipped = Gimp.Layer.get_by_id(layer)
    flipped.transform_flip_simple(Gimp.OrientationType.HORIZONTAL, True, 0)
    Gimp.displays_flush()


def repaint(layer: int) -> None:
    """Change one pixel of a layer."""
    buffer = Gimp.Layer.get_by_id(layer).get_buffer()
    buffer.set(Gegl.Rectangle.new(7, 9, 1, 1), "R'G'B' u8", b"\x01\x02\x03")
    buffer.flush()


def repaint_mask(layer: int) -> None:
    """Change one pixel of a layer's mask."""
    buffer = Gimp.Layer.get_by_id(layer).get_mask().get_buffer()
    buffer.set(Gegl.Rectangle.new(7, 9, 1, 1), "Y u8", b"\x55")
    buffer.flush()


def paint_mask(layer: int, x: int, y: int, width: int, height: int, value: int) -> None:
    """Fill a rectangle of a layer's mask, as with a hard brush, but for the undo step."""
    mask = Gimp.Layer.get_by_id(layer).get_mask()
    buffer = mask.get_buffer()
    area = Gegl.Rectangle.new(x, y, width, height)
    buffer.set(area, "Y u8", bytes([value]) * (width * height))
    buffer.flush()
    mask.update(x, y, width, height)
    Gimp.displays_flush()


def clear(layer: int) -> None:
    """Make all of a layer transparent."""
    Gimp.Layer.get_by_id(layer).fill(Gimp.FillType.TRANSPARENT)


def remove_mask(layer: int) -> None:
    Gimp.Layer.get_by_id(layer).remove_mask(Gimp.MaskApplyMode.DISCARD)


def renew_mask(layer: int) -> None:
    """Put a mask that GIMP made itself in the place of a layer's mask."""
    remove_mask(layer)
    add_plain_mask(layer)


def parasites(layer: int) -> dict[str, int]:
    """How many bytes are kept with a layer's mask, by their names."""
    mask = Gimp.Layer.get_by_id(layer).get_mask()
    return {name: len(mask.get_parasite(name).get_data()) for name in mask.get_parasite_list()}


def shift(layer: int) -> None:
    Gimp.Layer.get_by_id(layer).set_offsets(10, 20)


def remove(layer: int) -> None:
    """Take a layer out of its image; undo could bring it back."""
    gone = Gimp.Layer.get_by_id(layer)
    gone.get_image().remove_layer(gone)
    Gimp.displays_flush()


def convert(image: int, precision: str) -> Any:
    return Gimp.Image.get_by_id(image).convert_precision(_by_nick(Gimp.Precision, precision))


def size(layer: int) -> list[int]:
    found = Gimp.Layer.get_by_id(layer)
    return [found.get_width(), found.get_height()]


def _by_nick(enum: Any, nick: str) -> Any:
    found = [value for value in vars(enum).values() if getattr(value, "value_nick", None) == nick]
    return found[0]


def has_quick_mask(image: int) -> bool:
    return Gimp.Image.get_by_id(image).get_channel_by_name("Qmask") is not None


def paint_quick_mask(image: int, x: int, y: int, width: int, height: int) -> None:
    """Paint a soft-edged rectangle on the quick mask, and nothing else."""
    document = Gimp.Image.get_by_id(image)
    mask = document.get_channel_by_name("Qmask")
    columns, rows = document.get_width(), document.get_height()
    edge = (0, 90, 140, 190, 255)
    values = bytes(
        edge[max(0, min(4, column - x, x + width - column, row - y, y + height - row))]
        for row in range(rows)
        for column in range(columns)
    )
    buffer = mask.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, columns, rows), "Y u8", values)
    buffer.flush()
    mask.update(0, 0, columns, rows)
    Gimp.displays_flush()


def selected_bytes(layer: int) -> str:
    """What of a layer is selected, as GIMP makes a mask of it, as hexadecimal digits.

    After the quick mask was used, a plug-in that reads the selection itself reads other values.
    """
    mask = Gimp.Layer.get_by_id(layer).create_mask(Gimp.AddMaskType.SELECTION)
    area = Gegl.Rectangle.new(0, 0, mask.get_width(), mask.get_height())
    values: str = mask.get_buffer().get(area, 1.0, "Y u8", Gegl.AbyssPolicy.NONE).hex()
    mask.delete()
    return values
