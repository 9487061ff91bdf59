"""The part of the docker that suggests a more accurate model."""

from __future__ import annotations

from ..bridge import size
from ..qt import QtWidgets
from ..tasks.remover import Remover
from ..words import _
from . import widgets


class SuggestionBox(QtWidgets.QWidget):  # type: ignore[misc]
    """A sentence, a button that takes the model, and one that takes the sentence away.

    Args:
        remover: What knows of the model, and fetches it.
    """

    def __init__(self, remover: Remover) -> None:
        super().__init__()
        self._remover = remover
        self._sentence = widgets.text()
        self._take = widgets.button(_("Use It"), remover.take_suggestion)
        self._hide = widgets.button(_("Hide"), remover.forget_suggestion)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self._sentence, self._take, self._hide):
            column.addWidget(part)

    def show_suggestion(self) -> None:
        """Show what is suggested now, or nothing."""
        suggestion = self._remover.suggestion
        self.setVisible(suggestion is not None)
        if suggestion:
            model = suggestion.model
            wanted = _("Use It") if model.present else _("Download It ({size})")
            self._sentence.setText(widgets.escaped(suggestion.sentence))
            widgets.relabel(self._take, wanted.format(size=size(model.bytes)))
            widgets.named(self._take, self._take.text(), model.title)
            self._take.setEnabled(not self._remover.busy)
