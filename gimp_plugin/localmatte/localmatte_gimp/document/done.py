"""What GIMP says of a change that it was asked for."""

from __future__ import annotations

from gi.repository import Gimp

from localmatte_bridge import BridgeError

from ..words import _


def done(changed: bool) -> None:
    """Make sure that GIMP did what it was asked for.

    Args:
        changed: What its call returned.

    Raises:
        BridgeError: It was False; the text has GIMP's reason ("gimp").
    """
    if not changed:
        reason = Gimp.get_pdb().get_last_error() or ""
        raise BridgeError(
            "gimp",
            _("GIMP could not change the image. {reason}").format(reason=reason).strip(),
            _("If something was already changed, use Edit > Undo."),
        )
