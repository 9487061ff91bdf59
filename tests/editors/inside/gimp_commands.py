"""Runs inside GIMP: runs the plug-in's procedures as a script does."""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp


def remove_background(layer: int, **arguments: Any) -> dict[str, str]:
    """Run the command on a layer (or its mask, by id); returns the status and the error."""
    procedure = Gimp.get_pdb().lookup_procedure("localmatte-remove-background")
    drawable = Gimp.Item.get_by_id(layer)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", drawable.get_image())
    config.set_core_object_array("drawables", [drawable])
    for name, value in arguments.items():
        config.set_property(name, value)
    result = procedure.run(config)
    status = Gimp.PDBStatusType(result.index(0))
    error = result.index(1) if result.length() > 1 else Gimp.get_pdb().get_last_error()
    return {"status": status.value_nick, "error": str(error)}


def handle_messages(by: str) -> None:
    """Choose where GIMP's messages go: a name of Gimp.MessageHandlerType."""
    Gimp.message_set_handler(getattr(Gimp.MessageHandlerType, by))
