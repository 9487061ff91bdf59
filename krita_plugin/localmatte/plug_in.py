"""The plug-in as a whole: what it puts into Krita's menu and among its dockers."""

from __future__ import annotations

from typing import TYPE_CHECKING, List

from krita import DockWidgetFactory, DockWidgetFactoryBase

from .tasks.remover import Remover
from .ui.docker import DOCKER, Docker, docker_in_sight
from .ui.extension import RemoveBackground
from .ui.progress import ProgressWindow

if TYPE_CHECKING:
    from krita import Krita

_kept: List[ProgressWindow] = []
"""What nothing in Krita holds."""


def start(app: Krita) -> None:
    """Put the plug-in into a Krita that starts.

    Args:
        app: Krita.
    """
    remover = Remover(docker_in_sight)
    _kept.append(ProgressWindow(remover))
    app.addExtension(RemoveBackground(app, remover))
    # Krita keeps a docker hidden until the user asks for it in Settings ▸ Dockers.
    app.addDockWidgetFactory(
        DockWidgetFactory(
            DOCKER, DockWidgetFactoryBase.DockPosition.DockRight, lambda: Docker(remover)
        )
    )
