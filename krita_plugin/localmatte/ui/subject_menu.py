"""The menu of the subjects that were found, for those who do not click in the preview."""

from __future__ import annotations

from typing import Any

from ..bridge import Subject
from ..messages import guarded
from ..qt import QtCore, QtGui, QtWidgets
from ..tasks.preview import Frame
from ..words import _
from . import widgets
from .preview_view import PreviewView

SIDE = 32
"""The longer side of a subject's picture, in logical pixels."""


class SubjectMenu:
    """A button that opens the menu; it is there where there is something to choose.

    Args:
        view: Shows which one the user thinks about, and is told which one is meant.

    Attributes:
        button: To be put into a window.
    """

    def __init__(self, view: PreviewView) -> None:
        self._view = view
        self._frame = Frame()
        self.button = widgets.tool(
            _("Choose Subject"), _("Keep one of the subjects that were found")
        )
        icon = QtWidgets.QStyle.StandardPixmap.SP_FileDialogListView
        self.button.setIcon(self.button.style().standardIcon(icon))
        self.button.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QtWidgets.QMenu(self.button)
        self._menu.setObjectName("localmatte_subjects")
        self._menu.aboutToShow.connect(self._fill)
        self._menu.aboutToHide.connect(self._point_at_none)
        self.button.setMenu(self._menu)
        self.button.setVisible(False)

    def offer(self, frame: Frame) -> None:
        """Offer the subjects of what is drawn.

        Args:
            frame: What is drawn.
        """
        self._frame = frame
        self.button.setVisible(len(frame.subjects.found) > 1)

    @guarded
    def _fill(self) -> None:
        self._menu.clear()
        for number, subject in enumerate(self._frame.subjects.found, 1):
            self._add(number, self._frame.subjects.label(number)).setIcon(self._pictured(subject))
        self._menu.addSeparator()
        self._add(0, _("All Subjects"))

    @guarded
    def _point_at_none(self) -> None:
        self._view.highlight(0)

    def _add(self, number: int, label: str) -> Any:
        action = self._menu.addAction(label)
        action.triggered.connect(lambda: self._view.choose(number))
        action.hovered.connect(lambda: self._view.highlight(number))
        return action

    def _pictured(self, subject: Subject) -> Any:
        side = round(SIDE * self.button.devicePixelRatioF())
        part = self._frame.picture.copy(*subject.box)
        keeping = QtCore.Qt.AspectRatioMode.KeepAspectRatio
        smooth = QtCore.Qt.TransformationMode.SmoothTransformation
        return QtGui.QIcon(QtGui.QPixmap.fromImage(part.scaled(side, side, keeping, smooth)))
