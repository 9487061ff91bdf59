"""Runs inside GIMP: runs the plug-in's procedures as a script does."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from gi.repository import GdkPixbuf, Gimp, Gio


def remove_background(layer: int, **arguments: Any) -> dict[str, str]:
    """Run the command on a layer (or its mask, by id); returns the status and the error."""
    return run("localmatte-remove-background", layer, **arguments)


def timed(layer: int) -> float:
    """Run the command on a layer; returns when it was called, by time.monotonic."""
    called = time.monotonic()
    remove_background(layer)
    return called


def run(name: str, layer: int, **arguments: Any) -> dict[str, str]:
    """Run a procedure on a layer (or its mask, by id); returns the status and the error."""
    return run_on_several(name, [layer], **arguments)


def run_on_several(name: str, drawables: list[int], **arguments: Any) -> dict[str, str]:
    """Run a procedure on drawables of one image, by id; returns the status and the error."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    items = [Gimp.Item.get_by_id(drawable) for drawable in drawables]
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", items[0].get_image())
    config.set_core_object_array("drawables", items)
    for argument, value in arguments.items():
        config.set_property(argument, value)
    return _outcome(procedure.run(config))


def models(**arguments: Any) -> dict[str, Any]:
    """Run the procedure for models; returns the status, the error, and what is present."""
    procedure = Gimp.get_pdb().lookup_procedure("localmatte-models")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    for argument, value in arguments.items():
        config.set_property(argument, value)
    result = procedure.run(config)
    outcome = _outcome(result)
    present = result.index(1) if outcome["status"] == "success" else None
    return {**outcome, "present": present}


def script_fu(script: str) -> dict[str, str]:
    """Evaluate a script as `gimp --batch` does; returns the status and the error."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-script-fu-eval")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("script", script)
    return _outcome(procedure.run(config))


def _outcome(result: Gimp.ValueArray) -> dict[str, str]:
    status = Gimp.PDBStatusType(result.index(0))
    error = result.index(1) if result.length() > 1 else Gimp.get_pdb().get_last_error()
    return {"status": status.value_nick, "error": str(error)}


def documentation(name: str) -> dict[str, Any]:
    """What the procedure browser shows of a command, and its own arguments' defaults."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    shared = ("run-mode", "image", "drawables")
    return {
        "blurb": procedure.get_blurb(),
        "help": procedure.get_help(),
        "arguments": {
            argument.name: [argument.nick, argument.blurb, argument.get_default_value()]
            for argument in procedure.get_arguments()
            if argument.name not in shared
        },
    }


def icon(name: str, size: int) -> list[int]:
    """How opaque the pixels of a command's icon are, as GIMP draws it at that size."""
    noted = Path(Gimp.directory(), "pluginrc").read_text(errors="replace")
    [uri] = re.findall(rf'proc-def "{name}"(?:(?!proc-def).)*?image-file -1 "(.+?)"', noted, re.S)
    path = Gio.File.new_for_uri(uri).get_path()
    drawn = GdkPixbuf.Pixbuf.new_from_file_at_size(path, size, size)
    assert drawn.get_has_alpha()
    return list(drawn.get_pixels()[3 :: drawn.get_n_channels()])


def handle_messages(by: str) -> None:
    """Choose where GIMP's messages go: a name of Gimp.MessageHandlerType."""
    Gimp.message_set_handler(getattr(Gimp.MessageHandlerType, by))
