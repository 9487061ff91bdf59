"""The engine's models in the words that the editors show."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .errors import BridgeError
from .words import N_, _

COMMERCIAL = {
    "yes": N_("commercial use allowed"),
    "no": N_("not for commercial use"),
    "unclear": N_("commercial use unclear"),
}

NAMES = {
    (True, True): N_("{title} (recommended)"),
    (True, False): N_("{title} (recommended, untested)"),
    (False, False): N_("{title} (untested)"),
}
"""What a model is called, by whether it is recommended and whether it was ever run."""

WITHOUT_TERMINAL = {
    "pull": N_("Check the network connection, or import the file with Models > Import."),
    "import": N_("Choose the ONNX file of a background removal model."),
}
"""What helps where a model could not be brought here, by the kind of the request."""

IN_WORDS = ("title", "good_at", "tier", "licence")
"""What of a row is text for people, in English, and is translated."""


class Model(NamedTuple):
    """A row of the engine's catalogue, as `localmatte models list --json` has it.

    Attributes:
        id: What the engine calls it.
        title: What people call it.
        good_at: What it is for.
        tier: The name of its size class.
        bytes: The size of its file.
        memory_mb: The memory that it needs on the CPU, in megabytes; 0 where unknown.
        card_mb: The same on a graphics card.
        seconds: How long it took the last time on this computer; 0 where it never ran here.
        licence: The licence's name.
        licence_link: Where its terms are.
        commercial: A key of COMMERCIAL.
        accept: Whether the terms have yet to be accepted before it may be fetched.
        tested: Whether localmatte's own tests run it.
        present: Whether it is on this computer.
        refines: Whether it refines the edges of what another one finds, and finds no subject.
        default: Whether it is taken where nobody chose.
        tier_default: Whether it is the recommended one of its tier.
    """

    id: str
    title: str
    good_at: str
    tier: str
    bytes: int
    memory_mb: int
    card_mb: int
    seconds: float
    licence: str
    licence_link: str
    commercial: str
    accept: bool
    tested: bool
    present: bool
    refines: bool
    default: bool
    tier_default: bool

    @property
    def name(self) -> str:
        """Its title, with a word where it is recommended, or was never run."""
        named = NAMES.get((self.tier_default, self.tested))
        return _(named).format(title=self.title) if named else self.title

    @property
    def label(self) -> str:
        """What a list says, under the tier or after it."""
        here = _("downloaded") if self.present else _("not downloaded")
        return _("{title} – {size}, {here} – {terms}").format(
            title=self.name, size=size(self.bytes), here=here, terms=self.terms
        )

    @property
    def needs(self) -> str:
        """How much memory it needs, as a sentence; empty where unknown."""
        if not self.memory_mb:
            return ""
        if not self.card_mb:
            return _("Needs about {memory} of memory.").format(memory=memory(self.memory_mb))
        return _("Needs about {memory} of memory; {card} on a graphics card.").format(
            memory=memory(self.memory_mb), card=memory(self.card_mb)
        )

    @property
    def pace(self) -> str:
        """How long it takes here, as a sentence; empty where unknown."""
        if not self.seconds:
            return ""
        return _("Takes about {time} on this computer.").format(time=duration(self.seconds))

    @property
    def costs(self) -> str:
        """The memory and the time that it takes, in a line; empty where neither is known."""
        return " ".join(filter(None, (self.needs, self.pace)))

    @property
    def absence(self) -> str:
        """That it is not on this computer, as a sentence."""
        text = (
            _("Best edges needs {model}, which is not downloaded.")
            if self.refines
            else _("{model} is not downloaded.")
        )
        return text.format(model=self.title)

    @property
    def terms(self) -> str:
        """What its licence is and allows."""
        return _("{licence}, {commercial}").format(
            licence=self.licence, commercial=_(COMMERCIAL[self.commercial])
        )


def from_rows(rows: Sequence[Dict[str, Any]]) -> List[Model]:
    """The models that the rows of the engine's answer describe, in the user's language.

    Args:
        rows: As `localmatte models list --json` has them.
    """
    return [_from_row(row) for row in rows]


def _from_row(row: Dict[str, Any]) -> Model:
    fields: Dict[str, Any] = {name: row[name] for name in Model._fields}
    fields.update({name: _(row[name]) for name in IN_WORDS})
    return Model(**fields)


def missing(models: Sequence[Model], model: str, best_edges: bool) -> Optional[Model]:
    """What has to be downloaded first.

    Args:
        models: All that the engine knows.
        model: The id of the chosen one.
        best_edges: Whether edges are refined by the one for that.

    Returns:
        The chosen one, or that for best edges; None where all that is needed is here.
    """
    needed = (each for each in models if each.id == model or (best_edges and each.refines))
    return next((each for each in needed if not each.present), None)


def space_used(models: Sequence[Model]) -> str:
    """How much of the disk the models on this computer take, as a sentence.

    Args:
        models: All that the engine knows.
    """
    used = sum(model.bytes for model in models if model.present)
    return _("Space used: {size}").format(size=size(used))


def for_people(error: BridgeError, kind: str) -> BridgeError:
    """Give an error of a request about models a way out for those who have no terminal open.

    Args:
        error: What the engine said.
        kind: The request's: "pull", "import" or "remove".

    Returns:
        The error, with another hint where the engine's is a command.
    """
    if kind in WITHOUT_TERMINAL and "localmatte models" in error.hint:
        return BridgeError(error.code, error.message, _(WITHOUT_TERMINAL[kind]))
    return error


def size(count: int) -> str:
    """Bytes for people; e.g. "4.6 MB", "176 MB", "1.02 GB".

    Args:
        count: In bytes.
    """
    if count < 1e9:
        return _("{number} MB").format(number=_number(count / 1e6, 1 if count < 100e6 else 0))
    return _("{number} GB").format(number=_number(count / 1e9, 2))


def memory(megabytes: float) -> str:
    """An amount of memory for people, rounded; e.g. "300 MB", "2.7 GB", "5 GB".

    Args:
        megabytes: In megabytes.
    """
    if megabytes < 950:
        return _("{number} MB").format(number=_number(round(megabytes, -1), 0))
    tenths = round(megabytes / 100)
    return _("{number} GB").format(number=_number(tenths / 10, 1 if tenths % 10 else 0))


def duration(seconds: float) -> str:
    """How long something takes, for people, rounded; e.g. "0.06 s", "0.5 s", "12 s", "3 min".

    Args:
        seconds: In seconds.
    """
    if seconds >= 99.5:
        return _("{number} min").format(number=_number(seconds / 60, 0))
    digits = next((digits for least, digits in ((9.95, 0), (0.095, 1)) if seconds >= least), 2)
    return _("{number} s").format(number=_number(max(seconds, 0.01), digits))


def _number(value: float, digits: int) -> str:
    # Translators: the mark between the whole of a number and its fraction, as in 4.6 MB.
    return "{:.{}f}".format(value, digits).replace(".", _("."))
