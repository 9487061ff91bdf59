"""Asks whether the user accepts a model's terms, in a box that does not hold Krita up."""

from __future__ import annotations

import html
from typing import Callable

from .bridge import Model, size
from .guard import guarded
from .messages import main_window
from .models import linked
from .qt import QtCore, QtWidgets
from .words import _


class LicenceQuestion:
    """A model's terms, with a button that accepts them.

    Args:
        model: The model.
        on_accept: Called when the user accepts.
        on_refuse: Called when the user does not, or closes the box.
    """

    def __init__(
        self, model: Model, on_accept: Callable[[], None], on_refuse: Callable[[], None]
    ) -> None:
        self._on_accept = on_accept
        self._on_refuse = on_refuse
        self._box = box = QtWidgets.QMessageBox(main_window())
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QtWidgets.QMessageBox.Icon.Question)
        box.setWindowTitle(_("Licence"))
        box.setText(_("{model} has terms that you have to accept.").format(model=model.title))
        link = linked(model.licence_link, model.licence_link)
        terms = _("Its licence is {terms}.").format(terms=model.terms)
        box.setInformativeText(f"{html.escape(terms)}<br>{link}")
        roles = QtWidgets.QMessageBox.ButtonRole
        accept = _("Accept and Download {size}").format(size=size(model.bytes))
        self._accept = box.addButton(accept, roles.AcceptRole)
        box.setDefaultButton(box.addButton(QtWidgets.QMessageBox.StandardButton.Cancel))
        box.setModal(False)
        box.finished.connect(self._answer)
        box.show()

    def raise_(self) -> None:
        """Bring it to the front."""
        self._box.raise_()
        self._box.activateWindow()

    def close(self) -> None:
        """Take it away; nobody is told of an answer."""
        self._box.finished.disconnect()
        self._box.close()

    @guarded
    def _answer(self) -> None:
        accepted = self._box.clickedButton() == self._accept
        (self._on_accept if accepted else self._on_refuse)()
