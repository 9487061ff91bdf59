"""Shares of a batch, for several processes or computers that know nothing of one another."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath

from localmatte.errors import UsageError

WRITTEN = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True)
class Shard:
    """One share of all images.

    Attributes:
        number: Which one, from 1.
        count: How many there are.
    """

    number: int = 1
    count: int = 1

    @classmethod
    def of(cls, text: str) -> Shard:
        """A share as the command line names it: I/N.

        Raises:
            UsageError: There is no such share.
        """
        written = WRITTEN.fullmatch(text)
        number, count = map(int, written.groups()) if written else (0, 0)
        if not 1 <= number <= count:
            raise UsageError(
                f'There is no shard "{text}".', "Use I/N with I from 1 to N, such as --shard 2/8."
            )
        return cls(number, count)

    def holds(self, place: PurePath) -> bool:
        """Whether an image is in this share; each is in exactly one, the same on all systems.

        Args:
            place: Its path within the folder that was named.
        """
        # A Mac's file system may write "é" as two characters.
        name = unicodedata.normalize("NFC", place.as_posix())
        hashed = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(hashed[:8], "big") % self.count == self.number - 1
