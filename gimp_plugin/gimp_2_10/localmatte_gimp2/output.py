"""What is made of a matte: a mask, a new layer with one, or a selection."""

from __future__ import unicode_literals

import gimpcolor
from gimpenums import (
    ADD_BLACK_MASK,
    CHANNEL_OP_ADD,
    CHANNEL_OP_INTERSECT,
    HISTOGRAM_VALUE,
    MASK_DISCARD,
)
from gimpfu import pdb

from .words import RemovalError, _

EXISTING = {"replace": None, "intersect": CHANNEL_OP_INTERSECT, "add": CHANNEL_OP_ADD}
"""How a mask that a layer has is combined with the new one; None where it goes."""


def combined(layer, mask, limit, existing):
    """Have a mask show only what is selected, then combine it with the one that the layer has.

    Args:
        layer: The layer.
        mask: A mask of its size that no layer has; changed.
        limit: Another one that shows what is selected; None for no limit.
        existing: A key of EXISTING.
    """
    if limit is not None:
        pdb.gimp_channel_combine_masks(mask, limit, CHANNEL_OP_INTERSECT, 0, 0)
    if layer.mask and EXISTING[existing] is not None:
        pdb.gimp_channel_combine_masks(mask, layer.mask, EXISTING[existing], 0, 0)


def nothing_left(layer):
    """Whether nothing of a layer is clearly visible through its mask.

    Args:
        layer: A layer with a mask.
    """
    shown = pdb.gimp_drawable_histogram(layer.mask, HISTOGRAM_VALUE, 0.5, 1.0)
    return shown[4] == 0


def as_mask(source, mask):
    """Make a mask the layer's mask and paint target.

    Args:
        source: The layer.
        mask: A mask that no layer has.

    Returns:
        The layer that has it.
    """
    return _attached(source.layer, mask)


def as_layer(source, mask):
    """Put a copy of the layer above it, with the mask.

    Args:
        source: The layer.
        mask: A mask that no layer has.

    Returns:
        The copy.
    """
    layer, image = source.layer, source.image
    copy = layer.copy()
    copy.name = _("{layer} cut out").format(layer=source.name).encode("utf-8")
    position = pdb.gimp_image_get_item_position(image, layer)
    pdb.gimp_image_insert_layer(image, copy, layer.parent, position)
    return _attached(copy, mask)


def _attached(layer, mask):
    """A layer with a mask that takes the place of its own, and is the paint target."""
    if layer.mask:
        layer.remove_mask(MASK_DISCARD)
    layer.add_mask(mask)
    layer.edit_mask = True
    return layer


def as_selection(source, mask):
    """Select what the mask shows.

    Args:
        source: The layer.
        mask: A mask that no layer has; it goes.

    Returns:
        None: no layer has it.
    """
    image = source.image
    black = gimpcolor.RGB(0.0, 0.0, 0.0)
    shown = pdb.gimp_channel_new(image, image.width, image.height, b"Foreground", 100, black)
    x, y = source.place[:2]
    pdb.gimp_channel_combine_masks(shown, mask, CHANNEL_OP_ADD, x, y)
    # GIMP selects only items that the image holds: all is selected, and reduced to this.
    pdb.gimp_selection_all(image)
    pdb.gimp_channel_combine_masks(image.selection, shown, CHANNEL_OP_INTERSECT, 0, 0)
    pdb.gimp_item_delete(shown)
    pdb.gimp_item_delete(mask)


OUTPUTS = {"mask": as_mask, "layer": as_layer, "selection": as_selection}
"""What makes each of them; in one undo step where the caller groups them."""


def check(name, value, choices):
    """Make sure that an argument names one of the choices.

    Args:
        name: The argument's.
        value: What it is.
        choices: What it can be.

    Raises:
        RemovalError: It is none of them.
    """
    if value not in choices:
        raise RemovalError(
            _('The argument "{name}" cannot be "{value}".').format(name=name, value=value),
            _("Use one of {choices}.").format(choices=", ".join(sorted(choices))),
        )


def new_mask(layer):
    """A black mask of a layer's size that it does not have yet.

    Args:
        layer: The layer.
    """
    return layer.create_mask(ADD_BLACK_MASK)
