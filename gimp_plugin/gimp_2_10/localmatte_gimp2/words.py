"""The words that the user reads, in the language of the GIMP that runs."""

from __future__ import unicode_literals

import gettext
import os

DOMAIN = "localmatte"
CATALOGUES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), b"locale")

_catalogue = gettext.translation(DOMAIN, CATALOGUES, fallback=True)


def N_(text):
    """Mark a text in a table; it is translated by `_` when it is shown."""
    return text


def _(text):
    """The text in the user's language, or as it is where no catalogue has it."""
    # The empty text is the name of a catalogue's own header.
    return _catalogue.ugettext(text) if text else text


class RemovalError(Exception):
    """What was asked for cannot be done.

    Args:
        message: One sentence that says what is wrong.
        hint: One sentence that says what to do; may be empty.
    """

    def __init__(self, message, hint=""):
        super(RemovalError, self).__init__(message.encode("utf-8"))
        self.text = "\n".join(filter(None, (message, hint)))
