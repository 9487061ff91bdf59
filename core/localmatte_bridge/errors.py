"""The one error that the bridge raises."""

from __future__ import annotations


class BridgeError(Exception):
    """The engine could not do what was asked.

    Args:
        code: A short name that does not change, for example "model-missing" or "cancelled".
        message: One sentence that says what is wrong.
        hint: One sentence that says what to do; may be empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return "{} {}".format(self.message, self.hint).rstrip()


LONG = 60
"""Characters of what stands in brackets that a person need not read first."""


def summary(message: str) -> str:
    """A message without the causes that it ends with, where they are long.

    Args:
        message: One sentence; e.g. "Could not download it (address: no answer; pip: …)."

    Returns:
        The sentence; the very same where it has no such ending.
    """
    start = message.find(" (")
    if start < 0 or not message.endswith(").") or len(message) - start < LONG:
        return message
    return message[:start] + "."
