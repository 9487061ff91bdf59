"""Offers to take back a result in which nothing clear is left to be seen."""

from __future__ import annotations

from typing import Any, List, Sequence

from ..document.document import Document
from ..document.layer import Node
from ..messages import TITLE, guarded, later, new_box, show_note
from ..qt import QtWidgets
from ..words import _

PATIENCE = 50
TURN_MS = 20
"""So often, and at such distances, Krita is asked whether a step has been taken back."""


class Offer:
    """A box that says which layers nothing is left of, with a button that takes all back.

    Args:
        document: The layers' document.
        layers: Their names.
        made: What was put into the document, in one undo step each; nothing where a selection was
            made instead.
        selection: Krita's own of before that, or None.
    """

    def __init__(
        self, document: Document, layers: Sequence[str], made: Sequence[Node], selection: Any
    ) -> None:
        self._document = document
        self._made: List[Any] = [node.id for node in made]
        self._selection = selection
        box = new_box(_(TITLE), QtWidgets.QMessageBox.Icon.Warning)
        if box is None:
            return
        sentence = _("Nothing of “{layer}” is clearly visible in the result.")
        box.setText(sentence.format(layer="”, “".join(layers)))
        box.setInformativeText(_("Undo restores the image as it was before."))
        undo = box.addButton(_("Undo"), QtWidgets.QMessageBox.ButtonRole.ActionRole)
        box.setDefaultButton(box.addButton(_("Keep"), QtWidgets.QMessageBox.ButtonRole.RejectRole))
        # A bound method alone would not keep this object alive.
        undo.clicked.connect(lambda: self._take_back())
        box.show()

    @guarded
    def _take_back(self) -> None:
        if not self._made:
            self._document.restore_selection(self._selection)
        elif not self._document.is_active or not all(map(self._document.find, self._made)):
            self._refuse()
        else:
            self._undo(len(self._made))

    def _undo(self, left: int) -> None:
        if left:
            self._document.undo()
            later(lambda: self._undo(left - 1))
        else:
            self._look(PATIENCE)

    def _look(self, patience: int) -> None:
        """See whether the right steps were taken back: the user may have taken others since."""
        if not any(map(self._document.find, self._made)):
            return
        if patience:
            later(lambda: self._look(patience - 1), TURN_MS)
            return
        for _made in self._made:
            self._document.redo()
        self._refuse()

    def _refuse(self) -> None:
        show_note(_("The image has changed since then. Use Edit ▸ Undo instead."))
