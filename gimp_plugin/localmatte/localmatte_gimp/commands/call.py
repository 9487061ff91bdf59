"""What GIMP hands to a procedure that runs, and what it kept of the last run's dialog."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence

from gi.repository import Gimp


class Call(NamedTuple):
    """One run of a procedure.

    Attributes:
        procedure: What runs.
        config: Its arguments.
        run_mode: A Gimp.RunMode; newer bindings give a plain int.
        image: The image that it runs on; None for a procedure that needs none.
        drawables: What is selected in that image, or what a script names.
    """

    procedure: Gimp.Procedure
    config: Gimp.ProcedureConfig
    run_mode: Gimp.RunMode
    image: Optional[Gimp.Image] = None
    drawables: Sequence[Gimp.Drawable] = ()

    @classmethod
    def of(cls, procedure: Gimp.Procedure, *arguments: Any) -> Call:
        """The call behind the arguments of a run function.

        Args:
            procedure: What runs.
            arguments: A Gimp.ImageProcedure's run mode, image and drawables; and for every
                procedure the config and the data of its run function.
        """
        *of_the_image, config, _data = arguments
        if of_the_image:
            return cls(procedure, config, *of_the_image)
        return cls(procedure, config, config.get_property("run-mode"))

    @property
    def from_script(self) -> bool:
        """Whether no user waits for it."""
        return int(self.run_mode) == int(Gimp.RunMode.NONINTERACTIVE)

    @property
    def with_dialog(self) -> bool:
        """Whether the user is to be asked first."""
        return int(self.run_mode) == int(Gimp.RunMode.INTERACTIVE)

    def last_settings(self, name: str) -> Gimp.ProcedureConfig:
        """The arguments of the procedure of that name as its dialog left them, or its defaults.

        GIMP reads them for a procedure that runs with its last values; so one runs, in this very
        process, and does nothing but take them.
        """
        found = []

        def take(procedure: Gimp.Procedure, *arguments: Any) -> Gimp.ValueArray:
            found.append(Call.of(procedure, *arguments).config)
            return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)

        plug_in: Any = Gimp.get_plug_in()  # a Localmatte, whose file must not be imported
        procedure = plug_in.procedure(name, take)
        config = procedure.create_config()
        config.set_property("run-mode", Gimp.RunMode.WITH_LAST_VALS)
        config.set_property("image", self.image)
        config.set_core_object_array("drawables", list(self.drawables))
        procedure.run(config)
        return found[0]
