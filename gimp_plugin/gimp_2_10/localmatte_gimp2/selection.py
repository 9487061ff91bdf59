"""Takes down what the user selected, before the engine is asked: it may change meanwhile."""

from __future__ import unicode_literals

from gimpenums import ADD_SELECTION_MASK
from gimpfu import pdb

from .words import RemovalError, _


def limit(source):
    """What of a layer is selected.

    Args:
        source: The layer.

    Returns:
        The selection's bounds in the layer's own pixels, x, y, width and height, and a mask that
        shows it and belongs to no layer; None and None where nothing is selected.

    Raises:
        RemovalError: The selection does not meet the layer.
    """
    exists, left, top, right, bottom = pdb.gimp_selection_bounds(source.image)
    if not exists:
        return None, None
    x, y, width, height = source.place
    if min(right, x + width) <= max(left, x) or min(bottom, y + height) <= max(top, y):
        raise RemovalError(
            _("The selection doesn't overlap the layer."),
            _("Select part of the layer, or clear the selection, and try again."),
        )
    mask = source.layer.create_mask(ADD_SELECTION_MASK)
    return [left - x, top - y, right - left, bottom - top], mask
