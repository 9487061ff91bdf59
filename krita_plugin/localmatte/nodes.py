"""Handles of several nodes at once, which Krita 5.2 does not let go of by itself."""

from __future__ import annotations

from typing import Any, List, Sequence

from .qt import sip


def owned(nodes: Sequence[Any]) -> List[Any]:
    """A list of Krita's whose handles end when Python is done with them.

    Krita hands a single node over to Python; one in a list only from 5.3 on. Krita 5.2 keeps
    that handle for good, and with it the layer's pixels, even when its document is closed.
    """
    for node in nodes:
        sip.transferback(node)
    return list(nodes)


def children(parent: Any) -> List[Any]:
    """The layers in a group, or the masks on a layer, the lowest first."""
    return owned(parent.childNodes())
