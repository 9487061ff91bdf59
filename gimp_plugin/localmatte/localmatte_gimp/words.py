"""The words that the user reads, in the language of GIMP's own interface.

GIMP has bound the catalogues to the domain before it runs anything of the plug-in, as
`Localmatte.do_set_i18n` asks it to. The bridge translates through the same.
"""

from __future__ import annotations

from gi.repository import GLib

from localmatte_bridge import words


def _translated(text: str) -> str:
    return str(GLib.dgettext(words.DOMAIN, text))


words.use(_translated)
_ = words._
N_ = words.N_
