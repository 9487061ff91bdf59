"""What was chosen in a command's dialog last, as GIMP keeps it."""

from __future__ import annotations

from typing import Any, List

from gi.repository import Gimp


def settings(name: str, image: Gimp.Image, drawables: List[Gimp.Drawable]) -> Gimp.ProcedureConfig:
    """The arguments of the procedure of that name as its dialog left them, or its defaults.

    GIMP reads them for a procedure that runs with its last values; so one runs, in this very
    process, and does nothing but take them.
    """
    found = []

    def take(procedure: Gimp.Procedure, *arguments: Any) -> Gimp.ValueArray:
        found.append(arguments[-2])
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)

    procedure = Gimp.get_plug_in().procedure(name, take)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.WITH_LAST_VALS)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    procedure.run(config)
    return found[0]
