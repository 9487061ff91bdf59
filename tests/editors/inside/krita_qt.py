"""Qt as the running Krita brings it: PyQt5 with Krita 5, PyQt6 with Krita 6."""

from __future__ import annotations

try:
    from PyQt5 import QtCore, QtGui, QtWidgets, sip
    from PyQt5.QtWidgets import QAction
except ImportError:
    from PyQt6 import QtCore, QtGui, QtWidgets, sip
    from PyQt6.QtGui import QAction

__all__ = ["MAJOR", "QAction", "QtCore", "QtGui", "QtWidgets", "sip"]

MAJOR = int(QtCore.qVersion().partition(".")[0])
"""Qt's own version: 5 or 6."""
