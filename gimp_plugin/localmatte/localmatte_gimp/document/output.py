"""What is made of mattes: masks, new layers with masks, or a selection."""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple

from gi.repository import Gegl, Gimp

from ..words import N_, _
from . import colours, mask, pixels


class Cut(NamedTuple):
    """A layer and what was found on it.

    Attributes:
        layer: The layer; it keeps its pixels.
        mask: A mask of its size that no layer has.
        colours: Its clean colours, three bytes a pixel; empty where none were asked for.
    """

    layer: Gimp.Layer
    mask: Gimp.LayerMask
    colours: memoryview = memoryview(b"")


class Output(NamedTuple):
    """One of the choices.

    Attributes:
        label: What the user reads.
        make: Makes it of the cuts, and of what becomes of the masks that the layers have.
        colours: Whether it needs clean colours.
    """

    label: str
    make: Callable[[List[Cut], str], None]
    colours: bool = False


def make(output: str, cuts: List[Cut], existing: str) -> None:
    """Make what was chosen, all in one undo step.

    Args:
        output: A key of OUTPUTS.
        cuts: Of layers of one image.
        existing: What becomes of a mask that a layer has, a key of mask.EXISTING.
    """
    image = cuts[0].layer.get_image()
    image.undo_group_start()
    try:
        OUTPUTS[output].make(cuts, existing)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()


def _masks(cuts: List[Cut], existing: str) -> None:
    for cut in cuts:
        mask.attach(cut.layer, cut.mask, existing)


def _new_layers(cuts: List[Cut], existing: str) -> None:
    _above(cuts, [cut.layer.copy() for cut in cuts], existing)


def _clean_layers(cuts: List[Cut], existing: str) -> None:
    copies = [_pixels_of(cut.layer) for cut in cuts]
    for cut, copy in zip(cuts, copies):  # noqa: B905  # strict needs Python 3.10
        # GIMP ends a plug-in that writes into what is locked.
        copy.set_lock_content(False)
        colours.clean(copy, cut.mask, cut.colours)
        copy.set_lock_content(cut.layer.get_lock_content())
    _above(cuts, copies, existing)


def _pixels_of(layer: Gimp.Layer) -> Gimp.Layer:
    """A copy of a layer that has pixels of its own, whatever the layer makes its pixels of."""
    if type(layer) is Gimp.Layer:
        return layer.copy()
    size = layer.get_width(), layer.get_height()
    look = layer.get_opacity(), layer.get_mode()
    copy = Gimp.Layer.new(layer.get_image(), None, *size, layer.type(), *look)
    _known, x, y = layer.get_offsets()
    copy.set_offsets(x, y)
    pixels.write(copy, pixels.exact_format(layer)[0], layer)
    return copy


def _above(cuts: List[Cut], copies: List[Gimp.Layer], existing: str) -> None:
    """Put copies of the layers above them, with the masks."""
    image = cuts[0].layer.get_image()
    for cut, copy in zip(cuts, copies):  # noqa: B905  # strict needs Python 3.10
        copy.set_name(_("{layer} cut out").format(layer=cut.layer.get_name()))
        position = image.get_item_position(cut.layer)
        image.insert_layer(copy, cut.layer.get_parent(), position)
    # Selecting layers afterwards would make them the paint target instead of their masks.
    image.set_selected_layers(copies)
    for cut, copy in zip(cuts, copies):  # noqa: B905  # strict needs Python 3.10
        mask.attach(copy, cut.mask, existing)


def _selection(cuts: List[Cut], existing: str) -> None:
    image = cuts[0].layer.get_image()
    size = image.get_width(), image.get_height()
    # What is selected over several layers is what any of them shows.
    foreground = Gimp.Channel.new(image, "Foreground", *size, 100, Gegl.Color.new("black"))
    for cut in cuts:
        _known, x, y = cut.layer.get_offsets()
        foreground.combine_masks(cut.mask, Gimp.ChannelOps.ADD, x, y)
        cut.mask.delete()
    # GIMP selects only items that the image holds, and 3.2 forgets the layers after one came and
    # went. So all is selected, which can be undone, and reduced to the foreground.
    Gimp.Selection.all(image)
    image.get_selection().combine_masks(foreground, Gimp.ChannelOps.INTERSECT, 0, 0)
    foreground.delete()


OUTPUTS: Dict[str, Output] = {
    "mask": Output(N_("Layer mask"), _masks),
    "layer": Output(N_("New layer with mask"), _new_layers),
    "colours": Output(N_("New layer with clean colours"), _clean_layers, colours=True),
    "selection": Output(N_("Selection"), _selection),
}
