"""Asks the engine for mattes and models, and shows in GIMP how far it is."""

from __future__ import annotations

import os
import traceback
from typing import Any, Dict, Iterator, List, Optional, Tuple

from gi.repository import Gimp

from localmatte_bridge import BridgeError, Client, Progress, Result, installation
from localmatte_bridge.client import Event
from localmatte_bridge.models import Model, from_rows
from localmatte_bridge.presets import Presets
from localmatte_bridge.suggestion import Suggestion, from_answer

from .words import _

Share = Tuple[float, float]
"""A part of GIMP's progress bar: where it begins and its length, of 1."""

OLD_PRESETS = "localmatte-presets.json"
"""Where the presets were kept before, in GIMP's own folder of the user's settings."""

PLUG_IN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def connect() -> Client:
    """Connect to the engine that this plug-in was installed with.

    Raises:
        BridgeError: There is none.
    """
    return Client.connect(installation.beside(PLUG_IN_FOLDER))


def presets() -> Presets:
    """The edge settings that the user keeps by name, in Krita as well.

    Raises:
        BridgeError: There is no engine, or those that GIMP's own folder held before cannot be
            moved.
    """
    found = Presets(installation.beside(PLUG_IN_FOLDER).presets_file)
    found.take_over_file(os.path.join(Gimp.directory(), OLD_PRESETS))
    return found


def models() -> List[Model]:
    """What the engine knows.

    Raises:
        BridgeError: There is no engine.
    """
    with connect() as client:
        return from_rows(client.ask("models").header["models"])


def models_and_suggestion(chosen: str) -> Tuple[List[Model], Optional[Suggestion]]:
    """What the engine knows, and a more accurate model than the chosen one, which it says once.

    Args:
        chosen: The chosen model's id.

    Returns:
        The models, and the one of them that the user is to be told of now; None for none.

    Raises:
        BridgeError: There is no engine.
    """
    with connect() as client:
        answer = client.ask("models", model=chosen).header
    known = from_rows(answer["models"])
    return known, from_answer(answer, known)


def remove(model: str) -> None:
    """Remove a model's file from this computer.

    Args:
        model: Its id.

    Raises:
        BridgeError: There is no such model, or its file is the user's own.
    """
    with connect() as client:
        client.ask("remove", model=model)


def pull_request(model: str, accept_licence: bool) -> Dict[str, Any]:
    """Ask the engine to fetch a model.

    Args:
        model: Its id.
        accept_licence: Whether the user accepts its terms.

    Returns:
        The header for `Client.request`.
    """
    return {"kind": "pull", "model": model, "accept_licence": accept_licence}


def import_request(path: str) -> Dict[str, Any]:
    """Ask the engine to copy a model file of the user's.

    Args:
        path: The file.

    Returns:
        The header for `Client.request`.
    """
    return {"kind": "import", "path": path}


def pull(model: str, title: str, accept_licence: bool) -> None:
    """Have the engine fetch a model, with the progress in GIMP's bar.

    GIMP's cancel button ends this process; the engine then stops, and keeps what came so far.

    Args:
        model: Its id.
        title: What people call it.
        accept_licence: Whether the user accepts its terms.

    Raises:
        BridgeError: It could not be fetched; "offline" where that is forbidden.
    """
    Gimp.progress_init(_("Downloading {model}").format(model=title))
    try:
        with connect() as client:
            for event in client.request(pull_request(model, accept_licence)):
                if isinstance(event, Progress):
                    _show(event.stage, event.fraction)
    finally:
        Gimp.progress_end()


def unexpected(error: Exception) -> BridgeError:
    """What the user reads of an error that nobody foresaw; it goes to GIMP's log as well.

    Args:
        error: The error, while it is handled.
    """
    traceback.print_exc()
    return BridgeError(
        "internal",
        _("An unexpected error occurred: {error}").format(error=error or type(error).__name__),
        _(
            "Try again. If it happens again, please report it with the output of 'localmatte "
            "doctor'."
        ),
    )


def answer(events: Iterator[Event], share: Share) -> Result:
    """Wait for a layer's matte, with the progress in GIMP's own bar.

    GIMP's cancel button ends this process; the engine then stops, as its peer is gone.

    Args:
        events: Of `Client.matte`, or `Client.finish`.
        share: Where in the bar the layer's progress begins, and how much of it it fills.

    Returns:
        The result; its payload is the matte, width × height pixels of the mask layout, and after
        it, where they were asked for, the colours as "rgb8".

    Raises:
        BridgeError: The engine answered with an error, or ended.
    """
    start, length = share
    for event in events:
        if isinstance(event, Result):
            return event
        _show(event.stage, start + length * event.fraction)
    raise AssertionError("a request ends with a result or an error")


def _show(stage: str, fraction: float) -> None:
    Gimp.progress_set_text(stage)
    Gimp.progress_update(fraction)
