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
