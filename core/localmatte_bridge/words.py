"""The words that the user reads, in the language of the editor that runs.

English is what stands in the sources and what the engine answers; an editor's adapter says
through `use` or `speak` what language it is shown in. What the engine says with values in it is
a `Sentence`, which travels as its pattern and its values and so can still be translated.
"""

from __future__ import annotations

import functools
import gettext
import glob
import itertools
import os
from typing import Any, Callable, Dict, FrozenSet, Iterable, Tuple

DOMAIN = "localmatte"
CATALOGUES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locale")


def _english(text: str) -> str:
    return text


_translate: Callable[[str], str] = _english


def _(text: str) -> str:
    """The text, or Sentence, in the user's language, or as it is where no catalogue has it."""
    if isinstance(text, Sentence):
        return _(text.pattern).format(**{name: _(value) for name, value in text.values.items()})
    # The empty text is the name of a catalogue's own header.
    return _translate(text) if text else text


def every(text: str) -> FrozenSet[str]:
    """A text in all the languages that there are: what was named by it in any of them.

    Args:
        text: In English.
    """
    found = {text}
    for path in glob.glob(os.path.join(CATALOGUES, "*", "LC_MESSAGES", DOMAIN + ".mo")):
        with open(path, "rb") as file:
            found.add(gettext.GNUTranslations(file).gettext(text))
    return frozenset(found)


def N_(text: str) -> str:  # noqa: N802  # gettext's own name
    """Mark a text in a table; it is translated by `_` when it is shown."""
    return text


class Sentence(str):
    """A text with values in it that can still be translated.

    Args:
        pattern: The text with the values' names in braces.
        values: The values, texts too.
    """

    def __new__(cls, pattern: str, **values: str) -> Sentence:
        """The text as it is in English."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern = pattern
        made.values = values
        return made

    def __getnewargs_ex__(self) -> Tuple[Tuple[str], Dict[str, str]]:
        """What makes the same text in another process."""
        return (self.pattern,), self.values

    pattern: str
    values: Dict[str, str]


def packed(text: str) -> Any:
    """A text as it travels: a Sentence as its pattern and its values, any other as it is.

    Args:
        text: With all its values.
    """
    if not isinstance(text, Sentence):
        return text
    values = {name: packed(value) for name, value in text.values.items()}
    return {"pattern": text.pattern, "values": values}


def unpacked(travelled: Any) -> str:
    """The text that `packed` has sent on its way.

    Args:
        travelled: What came of JSON.
    """
    if isinstance(travelled, str):
        return travelled
    pattern, values = travelled["pattern"], travelled["values"]
    return Sentence(pattern, **{name: unpacked(value) for name, value in values.items()})


def together(sentences: Iterable[str]) -> str:
    """Sentences one after the other, still to be translated; empty where there are none.

    Args:
        sentences: In their order.
    """
    return functools.reduce(_followed, sentences, "")


def _followed(first: str, second: str) -> str:
    return Sentence("{first} {second}", first=first, second=second) if first else second


def use(translate: Callable[[str], str]) -> None:
    """Translate with the editor's own gettext from now on.

    Args:
        translate: Gives the text in the user's language.
    """
    global _translate
    _translate = translate


def speak(languages: Iterable[str]) -> None:
    """Translate with the catalogues beside this file from now on.

    Args:
        languages: The user's languages, the most wanted first; e.g. "de_AT", "fr".
    """
    # There is no catalogue for English, which must not make way for a later language.
    wanted = itertools.takewhile(lambda language: not language.startswith("en"), languages)
    use(gettext.translation(DOMAIN, CATALOGUES, list(wanted), fallback=True).gettext)
