"""The engine's models in the words that the dialogs show."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

COMMERCIAL = {
    "yes": "commercial use allowed",
    "no": "not for commercial use",
    "unclear": "commercial use unclear",
}


class Model(NamedTuple):
    """A row of the engine's catalogue, as `localmatte models list --json` has it.

    Attributes:
        id: What the engine calls it.
        title: What people call it.
        tier: The name of its size class.
        bytes: The size of its file.
        licence: The licence's name.
        licence_link: Where its terms are.
        commercial: A key of COMMERCIAL.
        accept: Whether the terms have yet to be accepted before it may be fetched.
        tested: Whether localmatte's own tests run it.
        present: Whether it is on this computer.
    """

    id: str
    title: str
    tier: str
    bytes: int
    licence: str
    licence_link: str
    commercial: str
    accept: bool
    tested: bool
    present: bool

    @classmethod
    def from_row(cls, row: Dict[str, Any]) -> Model:
        """The model that a row of the engine's answer describes."""
        return cls(**{name: row[name] for name in cls._fields})

    @property
    def label(self) -> str:
        """All of it in one line."""
        title = self.title if self.tested else "{} (untested)".format(self.title)
        here = "here" if self.present else "to be downloaded"
        return "{}: {} \u2013 {}, {} \u2013 {}, {}".format(
            self.tier, title, size(self.bytes), here, self.licence, COMMERCIAL[self.commercial]
        )


def size(count: int) -> str:
    """Bytes for people; e.g. "4.6 MB", "176 MB", "1.02 GB"."""
    if count < 100e6:
        return "{:.1f} MB".format(count / 1e6)
    return "{:.0f} MB".format(count / 1e6) if count < 1e9 else "{:.2f} GB".format(count / 1e9)
