"""Finds the docker of the window that the user works in."""

from __future__ import annotations

from typing import Any, Optional

from .messages import main_window
from .qt import QtWidgets
from .widgets import scroll_to

DOCKER = "localmatte_docker"
MODELS, SETTINGS = "localmatte_models", "localmatte_settings"
"""The names of the widgets with which the models and the other choices begin."""


def docker_in_sight() -> bool:
    """Whether the user sees the docker; behind another one's tab they do not."""
    docker = _docker()
    return docker is not None and not docker.visibleRegion().isEmpty()


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
        scroll_to(widget)
        widget.setFocus()


def _docker() -> Optional[Any]:
    window = main_window()
    return window.findChild(QtWidgets.QDockWidget, DOCKER) if window else None
