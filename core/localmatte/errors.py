"""The errors that localmatte raises on purpose: one sentence, and what to do about it."""

from __future__ import annotations

import re

from localmatte_bridge.words import N_

# ONNX Runtime puts a code, its own source line and the failed check before what it has to say.
_RUNTIME_PREFIX = re.compile(
    r".*\[ONNXRuntimeError\] : \d+ : \w+ : (\S+\.(cc|h):\d+ .* was false\. )?"
)

_NO_MEMORY = re.compile(
    r"bad_alloc|(Failed to allocate|[Cc]annot allocate) memory|[Aa]lloc failed|[Oo]ut of memory"
    r"|pthread_create failed"
)


def reason(error: Exception) -> str:
    """What an error of another library says, in one line and without its internals."""
    if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
        return N_("not enough memory")
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return _RUNTIME_PREFIX.sub("", lines[0]).rstrip(".")


class LocalmatteError(Exception):
    """Something went wrong that the user can mend.

    Args:
        message: One sentence that says what is wrong.
        hint: One sentence that says what to do; may be empty.
    """

    code = "failed"
    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(LocalmatteError):
    """The caller asked for something that does not exist or makes no sense."""

    code = "usage"
    exit_status = 2


class PictureError(LocalmatteError):
    """The picture cannot be read, or there is nothing in it to cut out."""

    code = "picture"


class ModelError(LocalmatteError):
    """A model is damaged, unusable or cannot be fetched."""

    code = "model"


class ModelMissingError(ModelError):
    """A model is not on this computer yet."""

    code = "model-missing"


class LicenceError(ModelError):
    """A model's licence has to be accepted first."""

    code = "licence"


class OfflineError(ModelError):
    """Something would need the network, which is switched off or out of reach."""

    code = "offline"


class ProviderError(LocalmatteError):
    """An execution provider is unknown, not installed, or failed."""

    code = "provider"


class StorageError(LocalmatteError):
    """A folder cannot be written, or the disk is full."""

    code = "storage"


class MemoryShortError(LocalmatteError):
    """There is not enough memory."""

    code = "memory"


class UnexpectedError(LocalmatteError):
    """A mistake in localmatte, or in a library that it uses."""

    code = "internal"


class CancelledError(LocalmatteError):
    """The caller cancelled; nothing was changed."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("Cancelled.")
