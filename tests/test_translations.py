"""The catalogues are in step with the sources, whole, and as the editors read them."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog

from localmatte_bridge import words
from localmatte_bridge.words import Sentence, packed, together, unpacked
from tests.translations.catalogues import (
    CHECKOUT,
    DESKTOP_TEXTS,
    LANGUAGES,
    TEMPLATE,
    compiled,
    desktop_entry,
    gathered,
    mo_file,
    po_file,
    read,
    texts,
    texts_in,
)

SHOWN_TOGETHER = {
    "the submenu": (
        "_Remove Background…",
        "Repeat with _Last Settings",
        "Refine _Inside Selection",
        "_Finish Painted Edges",
        "_Keep What Is Selected",
        "Remove _What Is Selected",
        "_Edges Again…",
        "_Models…",
    ),
    "the dialog": (
        "_Model:",
        "Outp_ut:",
        "E_xisting mask:",
        "Refine _edges",
        "Best ed_ges",
        "Only _inside the selection",
        "Do_wnload {size}",
        "Use I_t",
        "Dow_nload It ({size})",
        "Mo_dels…",
        "_Presets…",
        "Choose Su_bject",
        "_Help",
    ),
    "a preset": ("_Name:", "_Cancel", "_Save"),
    "a file": ("_Cancel", "_Import"),
    "the models": ("_Download", "Ca_ncel Download", "_Import…", "_Remove", "_Close"),
    "the licence": ("_Cancel", "_Accept and Download {size}"),
    "a set-up": ("_Cancel", "_Set Up"),
    "a set-up that failed": ("_Cancel", "_Try Again"),
    "nothing left": ("_Cancel", "_Apply Anyway"),
}
"""Texts in GIMP whose keys a user can press in the same moment."""

ELSEWHERE = {"Remove Bac_kground", "_Model", "Outp_ut", "E_xisting mask", "_Details"}
"""A submenu beside GIMP's own, the names of arguments, and what opens below a message."""

GIMP_S_OWN = {"en": "ocrls", "de": "oczgs", "fr": "vnrcs", "ja": "ocrls"}
"""The keys of the buttons that GIMP puts into every plug-in's dialog, but for Help's."""

MNEMONIC = re.compile(r"_(\w)")
VARIABLES = re.compile(r"[A-Z]+(_[A-Z]+)+")
"""Names with underscores that mark no key."""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def catalog(language: str) -> Catalog:
    return read(po_file(language))


def test_the_template_holds_what_stands_in_the_sources() -> None:
    assert texts(read(TEMPLATE)) == texts(gathered()), "run: python3 tests/translations"


def test_no_text_holds_marks_that_no_window_draws() -> None:
    assert [text for text in texts(gathered()) if "`" in text or "**" in text] == []


def test_a_language_holds_what_the_template_holds(catalog: Catalog) -> None:
    assert texts(catalog) == texts(read(TEMPLATE)), "run: python3 tests/translations"


def test_every_text_is_translated(catalog: Catalog) -> None:
    assert [m.id for m in catalog if m.id and (m.fuzzy or not m.string)] == []


def test_a_translation_names_the_values_that_the_text_names(catalog: Catalog) -> None:
    wrong = {m.id: m.string for m in catalog if m.id and _values(m.id) != _values(m.string)}
    assert wrong == {}


def test_a_translation_has_a_key_where_the_text_has_one(catalog: Catalog) -> None:
    wrong = {m.id: m.string for m in catalog if m.id and len(_keys(m.id)) != len(_keys(m.string))}
    assert wrong == {}


@pytest.mark.parametrize("place", SHOWN_TOGETHER)
def test_no_two_texts_that_are_shown_together_have_the_same_key(language: str, place: str) -> None:
    translated = texts_in(mo_file(language).read_bytes())
    for speaking, said in (("en", {}), (language, translated)):
        keys = [_keys(said.get(text, text)) for text in SHOWN_TOGETHER[place]]
        assert {len(found) for found in keys} == {1}
        own = [[key] for key in GIMP_S_OWN[speaking]] if place == "the dialog" else []
        pressed = Counter(key.lower() for found in keys + own for key in found)
        assert max(pressed.values()) == 1, pressed


def test_every_text_with_a_key_is_known_to_stand_somewhere() -> None:
    with_keys = {str(m.id) for m in read(TEMPLATE) if m.id and _keys(m.id)}
    assert with_keys == ELSEWHERE.union(*SHOWN_TOGETHER.values())


def test_what_the_editors_read_says_what_the_catalogue_says(language: str) -> None:
    expected = texts_in(compiled(read(po_file(language))))
    assert expected
    assert texts_in(mo_file(language).read_bytes()) == expected, "run: python3 tests/translations"


def test_krita_s_list_of_plugins_says_what_the_catalogue_says(language: str) -> None:
    entry, translated = desktop_entry(), texts_in(mo_file(language).read_bytes())
    for key in DESKTOP_TEXTS:
        assert entry[f"{key}[{language}]"] == translated[entry[key]]
    manual = CHECKOUT / "krita_plugin/localmatte" / entry[f"X-Krita-Manual[{language}]"]
    assert f"<h3>{translated[entry['Name']]}</h3>" in manual.read_text(encoding="utf-8")


def test_krita_s_manual_tells_of_every_entry(language: str) -> None:
    extension = (CHECKOUT / "krita_plugin/localmatte/ui/extension.py").read_text(encoding="utf-8")
    entries = re.findall(r'"localmatte_\w+",\s+_\("(.+)"\)', extension)
    assert len(entries) > 4
    translated = texts_in(mo_file(language).read_bytes())
    for folder, said in (("manual.html", {}), (f"manual.{language}.html", translated)):
        manual = (CHECKOUT / "krita_plugin/localmatte" / folder).read_text(encoding="utf-8")
        told = " ".join(manual.split())
        assert [
            said.get(entry, entry)
            for entry in entries
            if f"<b>{said.get(entry, entry)}</b>" not in told
        ] == []


@pytest.fixture
def in_english() -> Iterator[None]:
    """Whatever a test speaks, the next one hears English."""
    yield
    words.use(words.N_)


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (["de_AT", "de"], "Abgebrochen."),
        (["pt_BR", "fr_CA"], "Annulé."),
        (["ja"], "キャンセルしました。"),
        (["en_GB", "de"], "Cancelled."),
        (["pt_BR"], "Cancelled."),
        ([], "Cancelled."),
    ],
)
def test_the_first_language_that_is_known_is_spoken(languages: list[str], expected: str) -> None:
    words.speak(languages)
    assert words._("Cancelled.") == expected


def test_what_was_named_in_any_language_is_known() -> None:
    names = {"Remove Background", "Hintergrund entfernen", "Supprimer l’arrière-plan", "背景の削除"}
    assert words.every("Remove Background") == names


@pytest.mark.usefixtures("in_english")
def test_a_sentence_is_translated_with_all_that_is_in_it() -> None:
    duration = Sentence("{minutes} min", minutes="3")
    doing = Sentence("Downloading {done} of {total} MB", done="1.0", total="4.6")
    sentence = Sentence("{doing}, {rate} MB/s, {time} left", doing=doing, rate="2", time=duration)
    assert sentence == "Downloading 1.0 of 4.6 MB, 2 MB/s, 3 min left"
    travelled = json.loads(json.dumps(packed(sentence)))
    assert unpacked(travelled) == sentence
    words.speak(["ja"])
    assert words._(unpacked(travelled)) == "ダウンロード中: 1.0 / 4.6 MB、2 MB/秒、残り 3 分"


@pytest.mark.usefixtures("in_english")
def test_sentences_together_are_translated_each() -> None:
    slow = Sentence("{provider} is slower than the CPU on this computer.", provider="WebGPU")
    said = together([slow, "Using the CPU instead."])
    assert said == "WebGPU is slower than the CPU on this computer. Using the CPU instead."
    words.speak(["de"])
    assert (
        words._(said)
        == "WebGPU ist auf diesem Computer langsamer als der Prozessor. Stattdessen wird der "
        "Prozessor verwendet."
    )
    assert together([]) == ""


def _values(text: object) -> Counter[str | None]:
    return Counter(
        name for _, name, _, _ in string.Formatter().parse(str(text)) if name is not None
    )


def _keys(text: object) -> list[str]:
    return MNEMONIC.findall(VARIABLES.sub("", str(text)))
