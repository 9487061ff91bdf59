"""Qt as the running Krita brings it: PyQt5 with Krita 5, PyQt6 with Krita 6.

Krita 5 refuses to load PyQt6, so the order matters. Enumerations are written with their
scope and dialogs are opened without `exec_`, which both versions understand.
"""

from __future__ import annotations

from typing import Any

try:
    from PyQt5 import QtCore, QtGui, QtWidgets, sip
except ImportError:
    from PyQt6 import QtCore, QtGui, QtWidgets, sip

__all__ = ["QtCore", "QtGui", "QtWidgets", "alive", "sip"]


def alive(wrapped: Any) -> bool:
    """Whether a Qt object can be used: its owner may have destroyed it, a window its dialogs say.

    Args:
        wrapped: What Python holds of it, or None.

    Returns:
        False for None, too.
    """
    return wrapped is not None and not sip.isdeleted(wrapped)
