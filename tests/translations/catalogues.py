"""Gathers the texts from the sources, and keeps the catalogues in step with them."""

from __future__ import annotations

import configparser
import gettext
import io
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

CHECKOUT = Path(__file__).parents[2]
DOMAIN = "localmatte"
LANGUAGES = ("de", "fr", "ja")
FOLDER = CHECKOUT / "core/localmatte_bridge/locale"
TEMPLATE = FOLDER / f"{DOMAIN}.pot"

SOURCES = ("core", "gimp_plugin", "krita_plugin")
MODELS = "core/localmatte/models/catalogue.toml"
ACTIONS = "krita_plugin/localmatte.action"
DESKTOP = "krita_plugin/localmatte.desktop"
DESKTOP_TEXTS = ("Name", "Comment")
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "Sentence": (1,)}
NOTES = ("Translators:",)
"""What a comment begins with that tells translators about the text below it."""

WIDTH = 95


def po_file(language: str) -> Path:
    """Where a language's texts are written down."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def mo_file(language: str) -> Path:
    """Where they are for the editors to read."""
    return po_file(language).with_suffix(".mo")


def gathered() -> Catalog:
    """The texts as they stand in the sources now."""
    catalog = empty()
    for path, text, notes in [*_of_the_code(), *_of_the_models(), *_of_krita_s_files()]:
        catalog.add(text, locations=[(path, 1)], auto_comments=notes)
    return catalog


def empty(language: str | None = None) -> Catalog:
    """A template, or a language's catalogue, without any text."""
    return Catalog(
        language,
        project=DOMAIN,
        version="",
        header_comment="# The texts that localmatte shows in GIMP and Krita.",
        msgid_bugs_address="The localmatte authors",
        last_translator="The localmatte authors",
        language_team="",
        charset="utf-8",
        fuzzy=False,
    )


def read(path: Path) -> Catalog:
    """A template, or a language's catalogue."""
    with path.open("rb") as file:
        return read_po(file)


def written(catalog: Catalog) -> bytes:
    """A catalogue as the content of its file."""
    stream = io.BytesIO()
    # Lines are left out: every edit of a source would change them.
    write_po(stream, catalog, WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return stream.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """A language's catalogue as the editors read it."""
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def texts_in(mo: bytes) -> dict[str, str]:
    """What a compiled catalogue says, but for its header, which names whoever compiled it."""
    catalog: dict[str, str] = vars(gettext.GNUTranslations(io.BytesIO(mo)))["_catalog"]
    return {text: translation for text, translation in catalog.items() if text}


def texts(catalog: Catalog) -> dict[str, tuple[list[str], list[str]]]:
    """A catalogue's texts, each with the notes on it and the files that it stands in."""
    return {
        str(message.id): (
            list(message.auto_comments),
            sorted({path for path, _ in message.locations}),
        )
        for message in catalog
        if message.id
    }


def _of_the_code() -> Iterator[tuple[str, str, list[str]]]:
    for folder in SOURCES:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            found = extract_from_file(
                "python", path, KEYWORDS, NOTES, {"encoding": "utf-8"}, strip_comment_tags=True
            )
            for _, text, notes, _ in found:
                assert isinstance(text, str), f"{path}: {text}"
                yield str(path.relative_to(CHECKOUT)), text, notes


def _of_the_models() -> Iterator[tuple[str, str, list[str]]]:
    """What the catalogue says about models in words."""
    rows = tomllib.loads((CHECKOUT / MODELS).read_text(encoding="utf-8"))
    tiers = {model["tier"] for model in rows["model"]}
    titles = {model[key] for model in rows["model"] for key in ("title", "good_at")}
    licences = {licence["name"] for licence in rows["licence"].values()}
    for text in sorted(tiers | {text for text in titles | licences if not _is_name(text)}):
        yield MODELS, text, []


def _of_krita_s_files() -> Iterator[tuple[str, str, list[str]]]:
    """What Krita shows of the plug-in without running it, and the entries' tips."""
    actions = ElementTree.parse(CHECKOUT / ACTIONS)
    for tip in sorted({str(found.text) for found in actions.iter("statusTip")}):
        yield ACTIONS, tip, []
    for key in DESKTOP_TEXTS:
        yield DESKTOP, desktop_entry()[key], []


def desktop_entry() -> configparser.SectionProxy:
    """The lines by which Krita's list of plug-ins describes this one."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # the keys' own case
    parser.read(CHECKOUT / DESKTOP, encoding="utf-8")
    return parser["Desktop Entry"]


def _is_name(text: str) -> bool:
    """Whether a text is the same in all languages: "BiRefNet", "CC BY-NC 4.0, Bria"."""
    return not any(word[0].islower() for word in text.split())
