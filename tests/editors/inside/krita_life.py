"""A document through a session of removals, whatever else happens meanwhile."""

from __future__ import annotations

import hashlib
import os

from tests.editors.inside import krita_changes as changes
from tests.editors.inside import krita_docker as docker
from tests.editors.inside import krita_hand as hand
from tests.editors.inside import process_use


def open_a_photo(path: str) -> None:
    """A real photo, whose only layer is the one that is worked on."""
    document = hand.open_document(path)
    changes.keep(document, document.topLevelNodes()[0])


def run() -> None:
    """Start a removal of the active layer."""
    hand.click()


def pixels() -> dict[str, str]:
    """A digest of each layer's pixels that is still there, by the layers' names."""
    digests = {}
    for name in ("lower", "upper"):
        layer = changes.kept(name)
        # Krita keeps what was removed for its undo; it has no parent any more.
        if layer is not None and layer.parentNode() is not None:
            bounds = layer.bounds()
            rect = bounds.x(), bounds.y(), bounds.width(), bounds.height()
            digests[name] = hashlib.sha256(bytes(layer.pixelData(*rect))).hexdigest()
    return digests


def cancel() -> None:
    """Press Cancel, where there is anything to cancel."""
    if hand.progress() is not None:
        hand.press_cancel()


def over() -> bool:
    """Whether no removal is under way and nothing is waited for."""
    waits = docker.preview()["busy"] if docker.seen(docker.docker()) else ""
    return hand.progress() is None and docker.state()["done"] is None and not waits


def sentence() -> str:
    """What a message box says; closes it."""
    said = hand.message()
    hand.dismiss()
    return said


def masked() -> bool:
    """Whether the active layer has its mask."""
    layer = changes.kept("upper")
    return bool(hand.masked(changes.kept("document"), layer)())


def undo() -> None:
    """Take the last step back."""
    hand.undo(changes.kept("document"))


def bare() -> bool:
    """Whether the layer has no mask and is the active one again."""
    layer = changes.kept("upper")
    document = changes.kept("document")
    return not hand.masks(layer) and bool(hand.chosen(document, layer)())


def used() -> tuple[float, int]:
    """Krita's memory in megabytes, and how many files it has open."""
    return process_use.held(os.getpid())


def close() -> None:
    """Close every picture."""
    docker.close_all()
