"""Asks the engine for mattes and models, and shows in GIMP how far it is."""

from __future__ import annotations

import os
from typing import List

from gi.repository import Gimp

from localmatte_bridge import Client, Progress, Result, places

from .models import Model
from .pixels import Depth, Source

PLUG_IN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def connect() -> Client:
    """Connect to the engine that this plug-in was installed with.

    Raises:
        BridgeError: There is none.
    """
    return Client.connect(places.beside(PLUG_IN_FOLDER))


def pull(model: Model) -> None:
    """Have the engine fetch a model whose terms are accepted, with the progress in GIMP's bar.

    GIMP's cancel button ends this process; the engine then stops, and keeps what came so far.

    Raises:
        BridgeError: It could not be fetched; "offline" where that is forbidden.
    """
    Gimp.progress_init("Downloading {}".format(model.title))
    request = {"kind": "pull", "model": model.id, "accept_licence": model.accept}
    try:
        with connect() as client:
            for event in client.request(request):
                if isinstance(event, Progress):
                    _show(event.stage, event.fraction)
    finally:
        Gimp.progress_end()


def mattes(
    client: Client, sources: List[Source], depth: Depth, model: str, refine: bool
) -> List[Result]:
    """Have the layers' mattes made, with the progress over all in GIMP's own bar.

    GIMP's cancel button ends this process; the engine then stops, as its peer is gone.

    Returns:
        The results, each payload one value of `depth.layout` a pixel.

    Raises:
        BridgeError: The engine answered with an error, or ended.
    """
    results = []
    for done, source in enumerate(sources):
        events = client.matte(
            source.strips(),
            source.width,
            source.height,
            source.layout,
            mask_layout=depth.layout,
            model=model,
            refine=refine,
        )
        for event in events:
            if isinstance(event, Result):
                results.append(event)
            else:
                _show(event.stage, (done + event.fraction) / len(sources))
    return results


def _show(stage: str, fraction: float) -> None:
    Gimp.progress_set_text(stage)
    Gimp.progress_update(fraction)
