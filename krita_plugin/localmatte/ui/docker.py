"""The docker: the choices, Run and Cancel, and how far the task is."""

from __future__ import annotations

from typing import Any, Optional

from krita import DockWidget

from .. import settings
from ..document.mask import EXISTING
from ..messages import TITLE, guarded
from ..qt import QtWidgets
from ..tasks.output import OUTPUTS
from ..tasks.preview import Preview
from ..tasks.remover import Remover
from ..windows import main_window
from ..words import N_, _
from . import widgets
from .edges_section import EdgesSection
from .models_section import ModelsSection
from .preview_pane import PreviewPane

DOCKER = "localmatte_docker"
SETTINGS = "localmatte_settings"
"""The name of the widget with which the choices other than the model begin."""

PROMISE = N_("Everything stays on this computer.")


class Docker(DockWidget):
    """A window's docker; all of them show and change the same choices.

    Args:
        remover: What it shows, and what does the work.
    """

    def __init__(self, remover: Remover) -> None:
        super().__init__()
        self._remover = remover
        self.setWindowTitle(_(TITLE))
        self._models = ModelsSection(remover, self._choose)
        self._refine = widgets.check_box(_("Refine edges"), self._choose)
        self._refine.setObjectName(SETTINGS)
        self._best = widgets.check_box(_("Best edges"), self._choose)
        what = _("Have the model ViTMatte refine the edges as well, which is slow")
        widgets.named(self._best, _("Best edges"), what)
        self._run = widgets.button(_("Run"), remover.run)
        self._cancel = widgets.button(_("Cancel"), remover.cancel)
        self._bar = QtWidgets.QProgressBar()
        self._bar.setRange(0, widgets.STEPS)
        self._bar.setTextVisible(False)
        self._stage = widgets.text()
        self._inside = widgets.check_box(_("Only inside the selection"), self._choose)
        self._output = widgets.choice(
            {key: output.label for key, output in OUTPUTS.items()}, self._choose
        )
        self._existing = widgets.choice(EXISTING, self._choose)
        self._pane = PreviewPane(Preview(remover))
        self._edges = EdgesSection(self._pane.preview)
        self._provider = widgets.text()
        choices = widgets.column(
            self._edges,
            self._models,
            self._refine,
            self._best,
            self._inside,
            widgets.form(
                (_("Output:"), self._output),
                (_("Existing mask:"), self._existing),
            ),
            self._provider,
            widgets.text(_(PROMISE)),
        )
        # At the bottom, Cancel stays under the pointer while what is above it comes and goes.
        buttons = widgets.row(self._run, self._cancel)
        work = widgets.column(self._bar, self._stage, buttons)
        both = widgets.column(widgets.split(self._pane, choices), work)
        both.layout().setStretch(0, 1)
        both.layout().setContentsMargins(0, 0, 0, 0)
        both.layout().setSpacing(0)
        # Krita's window must be able to become as low as it is without the docker.
        self.setWidget(widgets.Scrolled(both, 0))
        remover.listed.connect(self._show_choices)
        remover.advanced.connect(self._show_progress)
        remover.ended.connect(self._list_again)
        self._show_choices()
        self._show_progress()

    def canvasChanged(self, canvas: Any) -> None:
        """Krita tells of another picture; an engine that did not start gets another chance."""
        self._pane.preview.look()
        if self._remover.problem:
            self._list_again()

    def showEvent(self, event: Any) -> None:
        """Look again which models are here, now that somebody looks at them."""
        self._remover.list_models()
        super().showEvent(event)

    @guarded
    def _list_again(self) -> None:
        """A download may have come; one that nobody sees asks when it comes into sight."""
        if _in_sight(self):
            self._remover.list_models()

    @guarded
    def _choose(self) -> None:
        before = settings.read()
        self._remover.choose(
            before._replace(
                model=self._models.chosen or before.model,
                refine=self._refine.isChecked(),
                best_edges=self._best.isChecked(),
                inside_selection=self._inside.isChecked(),
                output=self._output.currentData(),
                existing=self._existing.currentData(),
            )
        )

    @guarded
    def _show_choices(self) -> None:
        self._models.show_choices()
        choices = settings.read()
        self._refine.setChecked(choices.refine)
        self._best.setChecked(choices.best_edges)
        self._best.setEnabled(choices.refine)
        self._inside.setChecked(choices.inside_selection)
        self._output.setCurrentIndex(max(self._output.findData(choices.output), 0))
        self._existing.setCurrentIndex(max(self._existing.findData(choices.existing), 0))
        self._edges.show_choices()
        self._show_progress()

    @guarded
    def _show_progress(self) -> None:
        remover = self._remover
        progress = remover.progress
        self._models.show_what_can_be_done()
        self._run.setEnabled(not remover.busy)
        self._cancel.setEnabled(remover.busy)
        self._provider.setText(remover.provider)
        self._provider.setVisible(bool(remover.provider))
        begins = progress is not None and self._bar.isHidden()
        self._bar.setVisible(progress is not None)
        self._stage.setVisible(progress is not None)
        if progress:
            self._bar.setValue(round(progress.fraction * widgets.STEPS))
            self._stage.setText(_("{stage}…").format(stage=progress.stage))
        if begins:
            # In a low docker it takes the room of the buttons.
            widgets.bring_into_sight(self._cancel)
            widgets.bring_into_sight(self._bar)


def docker_in_sight() -> bool:
    """Whether the user sees the docker; behind another one's tab they do not."""
    docker = _docker()
    return docker is not None and _in_sight(docker)


def show_docker(part: str) -> None:
    """Bring the docker of the active window to the user's eyes.

    Args:
        part: The name of the widget that comes to the top and gets the keyboard.
    """
    docker = _docker()
    if docker:
        docker.show()
        docker.raise_()
        widget = docker.findChild(QtWidgets.QWidget, part)
        widgets.scroll_to(widget)
        widget.setFocus()


def _in_sight(docker: Any) -> bool:
    return not docker.visibleRegion().isEmpty()


def _docker() -> Optional[Any]:
    window = main_window()
    return window.findChild(QtWidgets.QDockWidget, DOCKER) if window else None
