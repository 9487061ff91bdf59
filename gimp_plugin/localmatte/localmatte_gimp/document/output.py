"""What is made of mattes: masks, new layers with masks, or a selection."""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple, Optional

from gi.repository import Gimp

from localmatte_bridge.history import Origin

from ..words import N_, _
from . import colours, extent, mask, pixels
from .done import done


class Cut(NamedTuple):
    """A layer and what was found on it.

    Attributes:
        layer: The layer; it keeps its pixels.
        mask: What its mask holds: a channel of the size of its extent, in a scratch image.
        colours: Its clean colours, three bytes a pixel; empty where none were asked for.
        origin: What the mask was made of, where that is known.
    """

    layer: Gimp.Layer
    mask: Gimp.Channel
    colours: memoryview = memoryview(b"")
    origin: Optional[Origin] = None


class Output(NamedTuple):
    """One of the choices.

    Attributes:
        label: What the user reads.
        make: Makes it of the cuts.
        colours: Whether it needs clean colours, and has none where the mask hides all: nothing can
            be shown again there.
        combined: Whether a mask that a layer has is combined with the new one.
    """

    label: str
    make: Callable[[List[Cut]], None]
    colours: bool = False
    combined: bool = True


def make(output: str, cuts: List[Cut]) -> None:
    """Make what was chosen, all in one undo step.

    Args:
        output: A key of OUTPUTS.
        cuts: Of layers of one image.

    Raises:
        BridgeError: GIMP did not do what it was asked for ("gimp").
    """
    image = cuts[0].layer.get_image()
    image.undo_group_start()
    try:
        OUTPUTS[output].make(cuts)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()


def _masks(cuts: List[Cut]) -> None:
    for cut in cuts:
        mask.attach(cut.layer, cut.mask, cut.origin)


def _new_layers(cuts: List[Cut]) -> None:
    _above(cuts, [_copy(cut.layer) for cut in cuts])


def _clean_layers(cuts: List[Cut]) -> None:
    copies = [_pixels_of(cut.layer) for cut in cuts]
    for cut, copy in zip(cuts, copies):  # noqa: B905  # strict needs Python 3.10
        # GIMP ends a plug-in that writes into what is locked.
        copy.set_lock_content(False)
        colours.clean(copy, cut.mask, cut.colours)
        copy.set_lock_content(cut.layer.get_lock_content())
    _above(cuts, copies)


def _copy(layer: Gimp.Layer) -> Gimp.Layer:
    return _pixels_of(layer) if _holds_path(layer) else layer.copy()


def _holds_path(layer: Gimp.Layer) -> bool:
    """Whether a copy of a layer would put another path into the image, which undo leaves there."""
    if layer.is_group():
        return any(map(_holds_path, layer.get_children()))
    return type(layer).__name__ == "VectorLayer"


def _pixels_of(layer: Gimp.Layer) -> Gimp.Layer:
    """A copy of a layer that has pixels of its own, whatever the layer makes its pixels of."""
    if type(layer) is Gimp.Layer and not extent.has_effects(layer):
        return layer.copy()
    area = extent.of(layer)
    mode = layer.get_mode()
    if mode == Gimp.LayerMode.PASS_THROUGH:
        mode = Gimp.LayerMode.NORMAL
    look = layer.get_opacity(), mode
    copy = Gimp.Layer.new(layer.get_image(), None, area.width, area.height, layer.type(), *look)
    done(copy.set_offsets(area.x, area.y))
    with extent.picture(layer, area) as picture:
        pixels.write(copy, pixels.exact_format(layer)[0], picture)
    return copy


def _above(cuts: List[Cut], copies: List[Gimp.Layer]) -> None:
    """Put copies of the layers above them, with the masks."""
    image = cuts[0].layer.get_image()
    for cut, copy in zip(cuts, copies):  # noqa: B905  # strict needs Python 3.10
        done(copy.set_name(_("{layer} cut out").format(layer=cut.layer.get_name())))
        position = image.get_item_position(cut.layer)
        done(image.insert_layer(copy, cut.layer.get_parent(), position))
    # Selecting layers afterwards would make them the paint target instead of their masks.
    done(image.set_selected_layers(copies))
    for cut, copy in zip(cuts, copies):  # noqa: B905  # strict needs Python 3.10
        mask.attach(copy, cut.mask, cut.origin)


def _selection(cuts: List[Cut]) -> None:
    image = cuts[0].layer.get_image()
    size = image.get_width(), image.get_height()
    # What is selected over several layers is what any of them shows.
    foreground = extent.black(cuts[0].mask.get_image(), *size)
    for cut in cuts:
        _known, x, y = cut.layer.get_offsets()
        done(foreground.combine_masks(cut.mask, Gimp.ChannelOps.ADD, x, y))
    # GIMP selects only items that the image holds, and 3.2 forgets the layers after one came and
    # went. So all is selected, which can be undone, and reduced to the foreground.
    done(Gimp.Selection.all(image))
    done(image.get_selection().combine_masks(foreground, Gimp.ChannelOps.INTERSECT, 0, 0))


OUTPUTS: Dict[str, Output] = {
    "mask": Output(N_("Layer mask"), _masks),
    "layer": Output(N_("New layer with mask"), _new_layers),
    "colours": Output(N_("New layer with clean colours"), _clean_layers, colours=True),
    "selection": Output(N_("Selection"), _selection, combined=False),
}
