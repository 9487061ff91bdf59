"""The window of Edges Again: the edge controls, and what comes of them."""

from __future__ import annotations

from typing import Any

from ..messages import guarded
from ..qt import QtCore, QtWidgets
from ..tasks.edges_again import EdgesAgain, EdgesPreview
from ..tasks.remover import Remover
from ..words import _
from . import widgets
from .edges_section import EdgeControls, PresetRow
from .preview_pane import PreviewPane

USUAL = (760, 460)
"""Its width and height, in logical pixels."""


class EdgesWindow(QtWidgets.QDialog):  # type: ignore[misc]
    """A window that does not hold Krita up.

    Args:
        parent: The main window.
        again: What it is about.
        remover: What does the work.
    """

    def __init__(self, parent: Any, again: EdgesAgain, remover: Remover) -> None:
        super().__init__(parent)
        self._again, self._remover = again, remover
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(_("Edges Again"))
        self._preview = EdgesPreview(remover, again)
        self._controls = EdgeControls()
        self._controls.show_values(again.edges)
        self._presets = PresetRow(lambda: self._controls.values)
        self._presets.show_choices()
        self._controls.moved.connect(self._move)
        self._presets.chosen.connect(self._take_preset)
        controls = widgets.column(self._presets, self._controls)
        controls.layout().addStretch(1)
        kinds = QtWidgets.QDialogButtonBox.StandardButton
        buttons = QtWidgets.QDialogButtonBox(kinds.Ok | kinds.Cancel)
        buttons.accepted.connect(self._apply)
        buttons.rejected.connect(self.reject)
        parts = widgets.row(PreviewPane(self._preview), controls)
        parts.layout().setStretch(0, 1)
        both = QtWidgets.QVBoxLayout(self)
        both.addWidget(parts, 1)
        both.addWidget(buttons)
        self.resize(*USUAL)
        self.finished.connect(self._end)

    @guarded
    def _move(self) -> None:
        self._again.edges = self._controls.values
        self._presets.show_choices()
        self._preview.look()

    @guarded
    def _take_preset(self) -> None:
        self._controls.show_values(self._presets.edges)
        self._move()

    @guarded
    def _apply(self) -> None:
        self._again.apply(self._remover)
        self.accept()

    @guarded
    def _end(self) -> None:
        self._preview.end()
