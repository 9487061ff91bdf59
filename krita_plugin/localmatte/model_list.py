"""The list of the models, the smallest tier first, each tier under its name."""

from __future__ import annotations

from typing import Optional, Sequence

from .bridge import Model
from .qt import QtWidgets
from .widgets import narrow


class ModelList(QtWidgets.QComboBox):  # type: ignore[misc]
    """What the list holds beside each text is the model's id; a tier's name has none."""

    def __init__(self) -> None:
        super().__init__()
        narrow(self)

    @property
    def chosen(self) -> str:
        """The id of the model that is chosen; empty while none is listed."""
        return self.currentData() or ""

    def show_models(self, models: Sequence[Model], current: Optional[Model]) -> None:
        """List the models, with one of them chosen."""
        self.clear()
        tier = ""
        for model in models:
            if model.tier != tier:
                tier = model.tier
                self.addItem(tier)
                self.model().item(self.count() - 1).setEnabled(False)
            self.addItem(model.label, model.id)
        # The list that drops down may be wider than the docker.
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0))
        if current:
            self.setCurrentIndex(self.findData(current.id))
