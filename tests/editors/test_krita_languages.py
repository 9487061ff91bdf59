"""Krita's menu and docker speak the language that Krita's own window speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors import languages
from tests.editors.docked_krita import running
from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import Krita
from tests.editors.screen import Screen

pytestmark = pytest.mark.krita

TITLES = {"fr": "Supprimer l’arrière-plan", "ja": "背景の削除"}


def test_a_german_krita_has_a_german_menu_and_docker(
    engine: InstalledEngine, suite: str, editor_workspace: Path, photo: Path
) -> None:
    screen = Screen(engine.machine)
    krita = Krita(engine, screen, suite, editor_workspace / "krita-german")
    krita.env.update(languages.variables(engine.machine, editor_workspace, "de"))
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    with running(krita) as live:
        live.open_beside_the_docker(photo)
        shown = live.call("krita_words.shown")
        assert shown["docker"] == shown["entry"] == "Hintergrund entfernen"
        assert "mit Transparenzmasken verbergen" in shown["tip"]
        assert "Alles bleibt auf diesem Computer." in live.state["texts"]
        assert "Ausführen" in live.state["offers"]
        screen.shoot(pictures / "krita-docker-de.png")
        live.press("Ausführen")
        live.eventually("krita_words.masks", lambda names: names == ["Hintergrund entfernen"])
        # One that was made in an English Krita makes way as well.
        live.call("krita_words.rename", name="Remove Background")
        live.wait_for(lambda state: "Ausführen" in state["offers"])
        live.press("Ausführen")
        live.eventually("krita_words.masks", lambda names: names == ["Hintergrund entfernen"])
        live.quit()
    screen.close()


@pytest.mark.parametrize("language", TITLES)
def test_krita_s_own_choice_of_a_language_goes_before_the_system_s(
    language: str, engine: InstalledEngine, suite: str, editor_workspace: Path
) -> None:
    """Settings ▸ Switch Application Language… writes the choice down in a file of its own."""
    screen = Screen(engine.machine)
    krita = Krita(engine, screen, suite, editor_workspace / "krita-switched")
    krita.env.update(languages.variables(engine.machine, editor_workspace, "de"))
    choice = krita.folder / ".config" / "klanguageoverridesrc"
    choice.write_text(f"[Language]\nkrita={language}\n")
    with running(krita) as live:
        shown = live.call("krita_words.shown")
        assert shown["docker"] == shown["entry"] == TITLES[language]
        live.quit()
    screen.close()
