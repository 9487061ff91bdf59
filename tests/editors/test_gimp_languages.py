"""GIMP's dialog, menu and messages speak the language that GIMP's own window speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.editors import languages
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.machine import run
from tests.editors.screen import Screen

pytestmark = pytest.mark.gimp

BLURB = {
    "fr": "Supprimer l’arrière-plan des calques sélectionnés avec des masques de calque",
    "ja": "選択したレイヤーの背景をレイヤーマスクで削除します",
}
ASK = """
from gi.repository import Gimp
procedure = Gimp.get_pdb().lookup_procedure("localmatte-remove-background")
print("blurb:", procedure.get_blurb())
"""


@pytest.fixture
def german(engine: InstalledEngine, editor_workspace: Path) -> Iterator[Gimp]:
    """A live GIMP of a user who reads German, on a screen of its own."""
    speaking = languages.variables(engine.machine, editor_workspace, "de")
    screen = Screen(engine.machine)
    gimp = Gimp(replace(engine, language=speaking), screen)
    yield gimp
    gimp.close()
    screen.close()


def test_a_german_gimp_has_a_german_menu_dialog_and_error(
    german: Gimp, photo: Path, editor_workspace: Path
) -> None:
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    opened = OpenPhoto(german, photo)
    german.screen.keys("alt+r", "h")
    german.screen.shoot(pictures / "gimp-menu-de.png")
    german.screen.keys("h")
    dialog = german.screen.wait_for("Hintergrund entfernen")
    german.screen.shoot(pictures / "gimp-dialog-de.png", dialog)
    german.screen.keys("Escape")
    eventually(lambda: not german.plug_in_runs())

    opened.close()

    empty = editor_workspace / "transparent.png"
    Image.new("RGBA", (64, 64)).save(empty)
    image, layer = german.call("gimp_documents.open_file", path=str(empty))
    answer = german.call("gimp_commands.remove_background", layer=layer)
    german.call("gimp_documents.delete", image=image)
    assert "Alle Pixel sind durchsichtig; es gibt nichts freizustellen." in answer["error"]
    assert "Wählen Sie eine Ebene mit sichtbarem Inhalt aus." in answer["error"]


@pytest.mark.parametrize("language", BLURB)
def test_gimp_documents_the_command_in_the_language_of_its_window(
    language: str, engine: InstalledEngine, editor_workspace: Path
) -> None:
    assert f"blurb: {BLURB[language]}" in documentation(engine, editor_workspace, language)


def test_a_copy_that_lost_its_catalogues_stays_and_speaks_english(
    engine: InstalledEngine, editor_workspace: Path
) -> None:
    (plug_in,) = (engine.user / ".config/GIMP").glob("3.*/plug-ins/localmatte")
    catalogues = plug_in / "localmatte_bridge" / "locale"
    aside = catalogues.rename(catalogues.with_name("locale.lost"))
    try:
        # GIMP asks a plug-in anew only where its file looks newer.
        (plug_in / "localmatte.py").touch()
        said = documentation(engine, editor_workspace, "de")
    finally:
        aside.rename(catalogues)
    assert "blurb: Remove the background of the selected layers with layer masks" in said


def documentation(engine: InstalledEngine, workspace: Path, language: str) -> str:
    """What GIMP without a window prints of the command, for a user of that language."""
    speaking = languages.variables(engine.machine, workspace, language)
    command = ["gimp-console", "-i", "-d", "--batch-interpreter=python-fu-eval"]
    command += [f"--batch={ASK}", "--quit"]
    done = run(engine.machine, command, replace(engine, language=speaking).user_env)
    return done.stdout + done.stderr
