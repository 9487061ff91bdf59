"""What gimp_host asks of GIMP itself."""

import gimpenums
from gimpfu import pdb


def handle_messages(by):
    """Have GIMP show its messages in windows, or write them to its error output."""
    pdb.gimp_message_set_handler(getattr(gimpenums, by))
