"""The commands by the names of their procedures, and how an error of theirs is told."""

from __future__ import annotations

from typing import Any, Callable, Dict

from gi.repository import Gimp, GLib

from localmatte_bridge import BridgeError
from localmatte_bridge.setup import offered

from .. import engine
from ..document import layers
from ..document.situation import unreported
from ..words import _
from . import edges_again, finishing, models, refinement, removal
from .call import Call

COMMANDS: Dict[str, Callable[[Call], bool]] = {
    removal.NAME: removal.run,
    "localmatte-remove-background-again": removal.again,
    "localmatte-edges-again": edges_again.run,
    "localmatte-refine-inside-selection": refinement.run,
    "localmatte-finish-painted-edges": finishing.run,
    "localmatte-keep-selected": finishing.keep_selected,
    "localmatte-remove-selected": finishing.remove_selected,
    "localmatte-models": models.run,
}
"""What each procedure does, and whether it did so: False where the user closed its dialog."""

RETURNS: Dict[str, Callable[[], Any]] = {"localmatte-models": models.present}
"""What procedures return beside their status."""


def run(procedure: Gimp.Procedure, *arguments: Any) -> Gimp.ValueArray:
    """Run a procedure as GIMP asks for it.

    Args:
        procedure: One of COMMANDS.
        arguments: What GIMP hands to the procedure's run function.

    Returns:
        The status, with the message and hint of what went wrong; and what the procedure returns.
    """
    name = procedure.get_name()
    call = Call.of(procedure, *arguments)
    try:
        done = _done(name, call)
        value = RETURNS[name]() if name in RETURNS else None
    except BridgeError as error:
        hint = error.hint
        if error.code == "model-missing" and not call.from_script:
            hint = _("Download it with Filters > Remove Background > Models…")
        text = "\n".join(filter(None, (error.message, hint)))
        failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)
    status = Gimp.PDBStatusType.SUCCESS if done else Gimp.PDBStatusType.CANCEL
    answer = procedure.new_return_values(status, None)
    if value is not None:
        answer.remove(1)
        answer.insert(1, value)
    return answer


def _done(name: str, call: Call) -> bool:
    """Run a command; where it finds no engine, offer to set one up, and run it again."""
    try:
        return _run(name, call)
    except BridgeError as error:
        offer = None if call.from_script else offered(engine.PLUG_IN_FOLDER, error)
        if not offer:
            raise
    # It needs a display.
    from ..ui import setup_window

    return setup_window.set_up(name, offer) and _run(name, call)


def _run(name: str, call: Call) -> bool:
    """Run a command; where the image was closed meanwhile, that is why it failed."""
    with unreported():
        try:
            return COMMANDS[name](call)
        except Exception:
            if call.image is not None and not call.image.is_valid():
                raise layers.gone() from None
            raise
