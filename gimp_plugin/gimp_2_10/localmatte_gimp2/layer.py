# -*- coding: utf-8 -*-
"""Finds the layer that is meant, reads it, and knows whether it changed since."""

from __future__ import unicode_literals

import hashlib

import gimp
from gimpfu import pdb

from . import pixels
from .words import RemovalError, _


class Source(object):
    """A layer as a source of pixels: its own, without mask or opacity.

    Args:
        drawable: What is active; a layer mask stands for the layer that it belongs to.

    Attributes:
        image: The layer's image.
        name: What the layer was called then.
        place: Where it lay on the canvas then: x, y, width, height.
        layout: In which its pixels are sent.
        mask_layout: In which its matte is wanted.

    Raises:
        RemovalError: It is no layer that can carry a mask.
    """

    def __init__(self, drawable):
        pixels.use_own_precision()
        layer = _layer(gimp._id2drawable(drawable.ID))
        self._id = layer.ID
        self.image = layer.image
        self.name = layer.name.decode("utf-8")
        self.place = _place(layer)
        self.layout = pixels.layout(layer)
        self.mask_layout = pixels.mask_layout(layer)
        self._mask = _hash_of_mask(layer)
        self._seen = hashlib.sha1()

    @property
    def layer(self):
        """The layer as it is now; None where it is gone."""
        return gimp._id2drawable(self._id)

    def request(self):
        """What the engine needs to know of the layer."""
        _x, _y, width, height = self.place
        return {
            "width": width,
            "height": height,
            "layout": self.layout,
            "mask_layout": self.mask_layout,
            "bytes": width * height * pixels.BYTES[self.layout],
        }

    def strips(self):
        """Read its pixels, once.

        Yields:
            Strings of whole rows.
        """
        layer = self.layer
        as_they_are = pixels.sent_as_they_are(layer)
        for strip in pixels.strips(layer):
            self._seen.update(strip)
            if as_they_are:
                yield strip
        if not as_they_are:
            for strip in pixels.converted(layer):
                yield strip

    def check_unchanged(self):
        """Make sure that the layer and its mask are what they were when they were read.

        Raises:
            RemovalError: One of them has changed.
        """
        layer = self.layer
        if (
            layer is None
            or _place(layer) != self.place
            or pixels.layout(layer) != self.layout
            or pixels.mask_layout(layer) != self.mask_layout
            or _hash_of_mask(layer) != self._mask
            or _hash(layer) != self._seen.digest()
        ):
            raise RemovalError(
                _("“{layer}” was changed or deleted in the meantime, so it got no mask.").format(
                    layer=self.name
                ),
                _("Run the command again."),
            )


def _layer(drawable):
    found = drawable
    if pdb.gimp_item_is_layer_mask(drawable):
        found = pdb.gimp_layer_from_mask(drawable)
    if not pdb.gimp_item_is_layer(found):
        raise RemovalError(
            _("A channel is selected, not a layer."), _("Select a layer in the Layers dialog.")
        )
    if found.is_floating_sel:
        raise RemovalError(
            _("A floating selection cannot have a layer mask."),
            _("Anchor it, or turn it into a layer with Layer > To New Layer."),
        )
    if _empty(found):
        raise RemovalError(
            _("The layer group is empty."), _("Add layers to it, or select another layer.")
        )
    return found


def _empty(layer):
    return bool(pdb.gimp_item_is_group(layer)) and all(map(_empty, layer.children))


def _place(layer):
    return layer.offsets + (layer.width, layer.height)


def _hash_of_mask(layer):
    return _hash(layer.mask) if layer.mask else b""


def _hash(drawable):
    seen = hashlib.sha1()
    for strip in pixels.strips(drawable):
        seen.update(strip)
    return seen.digest()
