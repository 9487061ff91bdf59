"""What a set-up would do, for the user to agree to."""

from __future__ import annotations

import os
from typing import List, Mapping, NamedTuple, Optional

from .. import installation
from ..errors import BridgeError
from ..installation import ENGINE_ZIP
from ..launch import clean_environment
from ..words import _
from . import index, pythons

PACKAGES_MB = 65
"""The locked wheels and the default model, for the system whose wheels are the largest."""

PYTHON_MB = 50
"""uv's wheel, and about what a Python takes."""

PYTHONS_SERVER = "github.com"
MODELS_SERVER = "github.com"
PYTHONS_VARIABLES = ("UV_PYTHON_DOWNLOADS_JSON_URL", "UV_PYTHON_INSTALL_MIRROR")


class Offer(NamedTuple):
    """What the user is asked.

    Attributes:
        message: What is wrong, in a sentence.
        details: What is downloaded, from where, and where it goes, in sentences.
    """

    message: str
    details: str


def offered(
    adapter: str, error: BridgeError, environment: Mapping[str, str] = os.environ
) -> Optional[Offer]:
    """Offer to set the engine up where that would help.

    Args:
        adapter: The folder of the plug-in.
        error: Why there was no answer.
        environment: The editor's variables.

    Returns:
        What to ask the user; None where a set-up is of no use, or has nothing to work with.
    """
    if error.code != "engine-missing" or not os.path.isfile(os.path.join(adapter, ENGINE_ZIP)):
        return None
    folder = installation.own(environment).folder
    with_python = not pythons.find(clean_environment(environment)) and not pythons.managed(
        os.path.join(folder, pythons.FOLDER), environment
    )
    sentences = [
        _("localmatte can download it now: about {size} MB from {servers}.").format(
            size=PACKAGES_MB + (PYTHON_MB if with_python else 0),
            servers=", ".join(_servers(environment, with_python)),
        ),
        _("It will be installed in {folder}.").format(folder=folder),
    ]
    if with_python:
        sentences.insert(1, _("This includes Python, because none was found on this computer."))
    return Offer(error.message, " ".join(sentences))


def _servers(environment: Mapping[str, str], with_python: bool) -> List[str]:
    mirror = environment.get("LOCALMATTE_MIRROR")
    models = index.host(mirror) if mirror else MODELS_SERVER
    found = {index.host(index.address(environment)): None, models: None}
    if with_python:
        chosen = [environment[name] for name in PYTHONS_VARIABLES if environment.get(name)]
        found[index.host(chosen[0]) if chosen else PYTHONS_SERVER] = None
    return list(found)
