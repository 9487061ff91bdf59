"""Models…: what is on this computer, as a window, or as a script asks."""

from __future__ import annotations

from typing import Callable, Dict

from gi.repository import Gimp, GObject

from localmatte_bridge import BridgeError

from .. import engine
from ..words import _
from .call import Call


def run(call: Call) -> bool:
    """Show the models, or do with one of them what a script asks.

    Returns:
        True: it was done, or the window was closed.

    Raises:
        BridgeError: It could not be done.
    """
    if call.from_script:
        _do(call.config)
    else:
        # It needs a display, which a script need not have.
        from ..ui import models_window

        models_window.open_alone(call.procedure.get_name(), engine.models())
    return True


def present() -> GObject.Value:
    """What the procedure returns.

    Returns:
        The ids of the models that are on this computer.

    Raises:
        BridgeError: There is no engine.
    """
    ids = [model.id for model in engine.models() if model.present]
    return GObject.Value(GObject.TYPE_STRV, ids)


def _do(config: Gimp.ProcedureConfig) -> None:
    action = config.get_property("action")
    if action not in ACTIONS:
        raise BridgeError(
            "usage",
            _('The argument "{name}" cannot be "{value}".').format(name="action", value=action),
            _("Use one of {choices}.").format(choices=", ".join(ACTIONS)),
        )
    ACTIONS[action](config)


def _list(config: Gimp.ProcedureConfig) -> None:
    """Nothing is done; what is here is returned anyway."""


def _download(config: Gimp.ProcedureConfig) -> None:
    model = config.get_property("model")
    engine.pull(model, model, config.get_property("accept-licence"))


def _remove(config: Gimp.ProcedureConfig) -> None:
    engine.remove(config.get_property("model"))


ACTIONS: Dict[str, Callable[[Gimp.ProcedureConfig], None]] = {
    "list": _list,
    "download": _download,
    "remove": _remove,
}
