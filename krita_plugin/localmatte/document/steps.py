"""How often the documents of Krita's windows were changed, by the model of its undo history."""

from __future__ import annotations

from typing import Any, List

from ..qt import QtWidgets
from ..windows import main_window

HISTORY = "History"
MODEL = "KisUndoModel"


class Steps:
    """Counts steps, also those that were taken back or done again.

    Krita tells plug-ins of no change of a layer. Its docker for the undo history is there in each
    window, seen or not, and its model is reset at each step.
    """

    def __init__(self) -> None:
        self.count = 0
        self._models: List[Any] = []

    def watch(self) -> None:
        """Count the steps of the active window, too."""
        window = main_window()
        history = window.findChild(QtWidgets.QDockWidget, HISTORY) if window else None
        if history is None:
            return
        for view in history.findChildren(QtWidgets.QAbstractItemView):
            model = view.model()
            known = model is None or any(model is other for other in self._models)
            if not known and model.metaObject().className() == MODEL:
                self._models.append(model)
                model.modelReset.connect(self._count)
                model.destroyed.connect(lambda: self._models.clear())

    def _count(self) -> None:
        self.count += 1


steps = Steps()
"""Of all windows."""
