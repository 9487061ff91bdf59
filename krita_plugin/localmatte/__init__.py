"""Remove Background: hides a layer's background behind a transparency mask, locally."""

from __future__ import annotations

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .tasks.remover import Remover
from .ui.docker import DOCKER, Docker, docker_in_sight
from .ui.extension import RemoveBackground
from .ui.progress import ProgressWindow

_app = Krita.instance()
_remover = Remover(docker_in_sight)
_progress = ProgressWindow(_remover)
_app.addExtension(RemoveBackground(_app, _remover))
# Krita keeps a docker hidden until the user asks for it in Settings ▸ Dockers.
_app.addDockWidgetFactory(
    DockWidgetFactory(
        DOCKER, DockWidgetFactoryBase.DockPosition.DockRight, lambda: Docker(_remover)
    )
)
