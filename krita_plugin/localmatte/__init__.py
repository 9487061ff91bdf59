"""Remove Background: hides a layer's background behind a transparency mask, locally."""

from __future__ import annotations

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .docker import Docker
from .docking import DOCKER
from .extension import RemoveBackground
from .remover import Remover

_app = Krita.instance()
_remover = Remover()
_app.addExtension(RemoveBackground(_app, _remover))
# Krita keeps a docker hidden until the user asks for it in Settings ▸ Dockers.
_app.addDockWidgetFactory(
    DockWidgetFactory(
        DOCKER, DockWidgetFactoryBase.DockPosition.DockRight, lambda: Docker(_remover)
    )
)
