"""Runs inside GIMP: what a walk of random steps does to a document, and what it looks at.

Every change is one undo step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gimp_documents  # type: ignore[import-not-found]  # lies beside us
import gimp_kinds  # type: ignore[import-not-found]
from gi.repository import Gimp

MENUS_CHANGE_LAYERS = Gimp.version().startswith("3.0")
"""Whether GIMP's own menus change what is hidden or locked back after an undo or a redo."""

GROUP_MODES = (Gimp.LayerMode.NORMAL, Gimp.LayerMode.PASS_THROUGH, Gimp.LayerMode.MULTIPLY)

TYPES = {
    Gimp.ImageBaseType.RGB: (Gimp.ImageType.RGB_IMAGE, Gimp.ImageType.RGBA_IMAGE),
    Gimp.ImageBaseType.GRAY: (Gimp.ImageType.GRAY_IMAGE, Gimp.ImageType.GRAYA_IMAGE),
}


def look(image: int) -> dict[str, Any]:
    """What undo must bring back, every painted layer's pixels by id, and the ids of all layers.

    Which layer is selected, and which of layer and mask is painted on, is no matter of undo.
    """
    document = gimp_documents.state(image)
    layers = list(_all(Gimp.Image.get_by_id(image).get_layers()))
    return {
        "state": [document["selection"], list(map(_lasting, document["layers"]))],
        "pixels": {
            layer.get_id(): gimp_documents.digest(layer) for layer in layers if not layer.is_group()
        },
        "layers": [layer.get_id() for layer in layers],
    }


def change(image: int, kind: str, layer: int, numbers: list[float]) -> None:
    """Make a change of a kind of CHANGES; the numbers, in 0..1, say which one."""
    document = Gimp.Image.get_by_id(image)
    with _one_step(document):
        CHANGES[kind](document, Gimp.Layer.get_by_id(layer), *numbers)
    Gimp.displays_flush()


def change_meanwhile(layer: int, mask: bool, flip: bool) -> None:
    """What a user does, in one step, to a layer or to its mask while the engine works."""
    owner = Gimp.Layer.get_by_id(layer)
    drawable = owner.get_mask() if mask and owner.get_mask() else owner
    with _one_step(owner.get_image()):
        # A locked layer stays as it is otherwise.
        owner.set_opacity(10 + owner.get_opacity() / 2)
        if flip:
            drawable.transform_flip_simple(Gimp.OrientationType.VERTICAL, True, 0)
        else:
            drawable.invert(False)
    Gimp.displays_flush()


def forget_undo(image: int) -> None:
    """Begin with nothing to undo."""
    document = Gimp.Image.get_by_id(image)
    document.undo_disable()
    document.undo_enable()


def choose(image: int, layers: list[int]) -> None:
    """Make layers the selected ones."""
    chosen = [Gimp.Layer.get_by_id(layer) for layer in layers]
    Gimp.Image.get_by_id(image).set_selected_layers(chosen)
    Gimp.displays_flush()


def _add_layer(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    _add_painted(image, layer.get_parent(), a, b)


def _add_group(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    group.set_mode(GROUP_MODES[int(b * len(GROUP_MODES))])
    if a < 0.8:
        _add_painted(image, group, a, b)


def _add_painted(image: Gimp.Image, parent: Gimp.Layer | None, a: float, b: float) -> None:
    kind = TYPES[image.get_base_type()][int(a * 2)]
    width, height = 2 + int(a * 60), 2 + int(b * 40)
    new = Gimp.Layer.new(image, "painted", width, height, kind, 100, Gimp.LayerMode.NORMAL)
    gimp_kinds.paint(new)
    if not MENUS_CHANGE_LAYERS:
        new.set_lock_content(a < 0.2)
        new.set_lock_alpha(b < 0.2)
    image.insert_layer(new, parent, 0)
    new.set_offsets(int(b * 30) - 20, int(a * 20) - 10)


def _add_text(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    font, size = Gimp.context_get_font(), 6 + int(10 * b)
    image.insert_layer(Gimp.TextLayer.new(image, "Text", font, size, Gimp.Unit.pixel()), None, 0)


def _activate_another(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    """Add a path or a channel, which is selected then."""
    if a < 0.5:
        path = Gimp.Path.new(image, "path")
        image.insert_path(path, None, 0)
        image.set_selected_paths([path])
    else:
        size = image.get_width(), image.get_height()
        colour = Gimp.context_get_foreground()
        channel = Gimp.Channel.new(image, ["Qmask", "channel"][int(2 * b)], *size, 50, colour)
        image.insert_channel(channel, None, 0)
        image.set_selected_channels([channel])


def _add_or_delete_a_mask(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    if layer.get_mask():
        layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
    else:
        layer.add_mask(
            layer.create_mask([Gimp.AddMaskType.BLACK, Gimp.AddMaskType.COPY][int(2 * a)])
        )


def _delete(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    if len(image.get_layers()) > 1:
        image.remove_layer(layer)
    else:
        _add_text(image, layer, a, b)


def _move(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    layer.set_offsets(int(40 * a) - 20, int(30 * b) - 15)


def _hide_or_lock(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    if MENUS_CHANGE_LAYERS:
        _move(image, layer, a, b)
        return
    layer.set_visible(not layer.get_visible())
    layer.set_lock_alpha(not layer.get_lock_alpha())
    if a < 0.5:
        layer.set_lock_content(not layer.get_lock_content())
    if b < 0.5:
        layer.set_lock_position(not layer.get_lock_position())


def _select(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    select = image.select_ellipse if a < 0.5 else image.select_rectangle
    select(Gimp.ChannelOps.REPLACE, int(20 * a), int(16 * b), 12, 9)
    if b < 0.5:
        Gimp.Selection.feather(image, 4)


def _select_nothing(image: Gimp.Image, layer: Gimp.Layer, a: float, b: float) -> None:
    Gimp.Selection.all(image)
    Gimp.Selection.none(image)


CHANGES: dict[str, Callable[[Gimp.Image, Gimp.Layer, float, float], None]] = {
    "add a layer": _add_layer,
    "add a group": _add_group,
    "add text": _add_text,
    "activate another": _activate_another,
    "add or delete a mask": _add_or_delete_a_mask,
    "delete": _delete,
    "move": _move,
    "hide or lock": _hide_or_lock,
    "select": _select,
    "select nothing": _select_nothing,
}


@contextmanager
def _one_step(image: Gimp.Image) -> Iterator[None]:
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


def _lasting(layer: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in layer.items() if name not in ("edits_mask", "pixels")}
    return {**kept, "children": list(map(_lasting, layer.get("children", [])))}


def _all(layers: list[Gimp.Layer]) -> Iterator[Gimp.Layer]:
    for layer in layers:
        yield layer
        yield from _all(layer.get_children() if layer.is_group() else [])
