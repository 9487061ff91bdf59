"""The upper part of the docker: the preview, and how it is looked at."""

from __future__ import annotations

from typing import Any

from krita import Krita

from .. import settings
from ..bridge import Prompts
from ..messages import guarded
from ..qt import QtCore, QtGui, QtWidgets
from ..tasks.preview import Preview
from ..words import _
from . import widgets
from .preview_view import PreviewView
from .subject_menu import SubjectMenu
from .views import COLOUR, VIEWS


class PreviewPane(QtWidgets.QWidget):  # type: ignore[misc]
    """Shows what a removal would give, with the list of views and the zooms below it.

    Args:
        preview: What it shows.
    """

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self.preview = preview
        self.view = PreviewView()
        self._said = Prompts()
        self._views = widgets.choice({}, self._choose)
        for name, view in VIEWS.items():
            self._views.addItem(f"{_(view.label)} ({view.key})", name)
        self._views.setObjectName("localmatte_view")
        widgets.named(self._views, _("View"), _("How the preview shows the result"))
        original = widgets.tool(_("Original"), _("Show the layer as it is while this is pressed"))
        icon = Krita.instance().icon("visible")
        if not icon.isNull():
            original.setIcon(icon)
            original.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonIconOnly)
        original.pressed.connect(lambda: self.view.hold_original(True))
        original.released.connect(lambda: self.view.hold_original(False))
        fit = widgets.tool(_("Fit"), _("Show the whole layer (0)"))
        fit.clicked.connect(lambda: self.view.fit())
        pixels = widgets.tool(_("1:1"), _("Show each pixel of the layer as one on the screen (1)"))
        pixels.clicked.connect(lambda: self.view.zoom_to_pixels())
        self._undo = widgets.tool("↶", _("Remove the last click or box (Backspace)"))
        self._undo.setAccessibleName(_("Undo"))
        self._undo.clicked.connect(lambda: self.view.take_back())
        self._undo.setVisible(False)
        self._choice = SubjectMenu(self.view)
        label = widgets.unseen_label(self._views, _("View"))
        bar = widgets.row(
            label, self._views, self._choice.button, self._undo, original, fit, pixels
        )
        bar.layout().setStretch(1, 1)
        bar.layout().setSpacing(0)
        both = QtWidgets.QVBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(2)
        both.addWidget(self.view, 1)
        both.addWidget(bar)
        self.view.resized.connect(self.preview.resize)
        self.view.closer.connect(self._look_closer)
        self.view.view_asked.connect(self._show)
        self.view.meant.connect(self._mean)
        self.preview.changed.connect(self._draw)
        choices = settings.read()
        if QtGui.QColor(choices.backdrop).isValid():
            self.view.backdrop = QtGui.QColor(choices.backdrop)
        self._show(choices.view)

    def showEvent(self, event: Any) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self.preview.begin()

    def hideEvent(self, event: Any) -> None:
        """Nobody looks any more, or the docker goes elsewhere."""
        self.preview.rest()
        super().hideEvent(event)

    @guarded
    def _draw(self) -> None:
        self._undo.setVisible(bool(self.preview.frame.prompts.marks))
        self._choice.offer(self.preview.frame)
        self.view.show_frame(self.preview.frame)

    def _mean(self, prompts: Prompts) -> None:
        self._said = prompts
        self._take()

    @guarded
    def _take(self) -> None:
        self.preview.mean(self._said)

    @guarded
    def _look_closer(self) -> None:
        self.preview.look_closer(self.view.part)

    @guarded
    def _choose(self) -> None:
        name = self._views.currentData()
        self._show(name)
        if name == COLOUR:
            self._ask_colour()

    def _show(self, name: str) -> None:
        name = name if name in VIEWS else next(iter(VIEWS))
        self.view.view = name
        self._views.setCurrentIndex(self._views.findData(name))
        self.view.update()
        choices = settings.read()
        if choices.view != name:
            settings.write(choices._replace(view=name))

    def _ask_colour(self) -> None:
        dialog = QtWidgets.QColorDialog(self.view.backdrop, self.window())
        dialog.setWindowTitle(_("Background colour"))
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.currentColorChanged.connect(self._take_colour)
        dialog.show()

    def _take_colour(self, colour: Any) -> None:
        self.view.backdrop = colour
        self.view.update()
        settings.write(settings.read()._replace(backdrop=colour.name()))
