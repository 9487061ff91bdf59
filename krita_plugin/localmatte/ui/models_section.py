"""The part of the docker about models: which one is used, and how they come and go."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence

from ..bridge import Model, space_used
from ..messages import guarded
from ..qt import QtCore, QtWidgets
from ..tasks.models import about
from ..tasks.remover import Remover
from ..words import _
from . import widgets
from .suggestion_box import SuggestionBox

MODELS = "localmatte_models"
"""The name of the list."""


class ModelsSection(QtWidgets.QWidget):  # type: ignore[misc]
    """The list of the models, what is said of the chosen one, and what can be done about it.

    Args:
        remover: What knows the models, and does the work.
        on_choice: Called when the user has chosen another model.
    """

    def __init__(self, remover: Remover, on_choice: Callable[..., None]) -> None:
        super().__init__()
        self._remover = remover
        self._files: Any = None
        self._list = ModelList()
        self._list.setObjectName(MODELS)
        self._list.activated.connect(on_choice)
        self._suggestion = SuggestionBox(remover)
        self._about = widgets.text()
        self._about.setOpenExternalLinks(True)
        self._download = widgets.button(_("Download"), remover.download)
        self._remove = widgets.button(_("Remove…"), remover.remove_model)
        self._import = widgets.button(_("Import…"), self._ask_file)
        self._space = widgets.text()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (
            widgets.form((_("Model:"), self._list)),
            self._suggestion,
            self._about,
            self._download,
            self._remove,
            self._import,
            self._space,
        ):
            column.addWidget(part)
        for button, help_ in (
            (self._download, _("Download this model")),
            (self._remove, _("Delete this model from this computer")),
            (self._import, _("Copy a model file to localmatte's models")),
        ):
            widgets.named(button, button.text(), help_)

    @property
    def chosen(self) -> str:
        """The id of the model that is chosen; empty while none is listed."""
        return self._list.chosen

    def show_choices(self) -> None:
        """Show the models, and which one is chosen."""
        remover = self._remover
        model = remover.model
        self._list.show_models(remover.models, model)
        lacking = remover.missing
        lines = [about(model)] if model else []
        if lacking and lacking.refines:
            lines.append(widgets.escaped(lacking.absence))
        self._about.setText(widgets.escaped(remover.problem) or "<br>".join(lines))
        self._space.setText(space_used(remover.models) if remover.models else "")
        self.show_what_can_be_done()

    def show_what_can_be_done(self) -> None:
        """Let only those buttons be pressed that do something."""
        model, busy = self._remover.model, self._remover.busy
        self._download.setVisible(self._remover.missing is not None)
        self._remove.setVisible(model is not None and model.present)
        for button in (self._download, self._remove, self._import):
            button.setEnabled(not busy)
        self._suggestion.show_suggestion()

    @guarded
    def _ask_file(self) -> None:
        self._files = dialog = QtWidgets.QFileDialog(self.window(), _("Import Model"))
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"{_('ONNX models')} (*.onnx)", f"{_('All files')} (*)"])
        dialog.accepted.connect(self._bring)
        dialog.show()

    @guarded
    def _bring(self) -> None:
        for path in self._files.selectedFiles()[:1]:
            self._remover.import_model(path)


class ModelList(widgets.List):
    """What the list holds beside each text is the model's id; a tier's name has none."""

    def __init__(self) -> None:
        super().__init__()
        self._titles: Dict[str, str] = {}

    @property
    def said(self) -> str:
        """The title of the chosen model: the rest of its line is in the list and below it."""
        return self._titles.get(self.chosen, "")

    @property
    def chosen(self) -> str:
        """The id of the model that is chosen; empty while none is listed."""
        return self.currentData() or ""

    def show_models(self, models: Sequence[Model], current: Optional[Model]) -> None:
        """List the models, with one of them chosen.

        Args:
            models: What the engine knows.
            current: The chosen one, if it is known.
        """
        self.clear()
        self._titles = {model.id: model.name for model in models}
        tier = ""
        for model in models:
            if model.refines:
                continue
            if model.tier != tier:
                tier = model.tier
                self.addItem(tier)
                self.model().item(self.count() - 1).setEnabled(False)
            self.addItem(model.label, model.id)
        if current:
            self.setCurrentIndex(self.findData(current.id))
