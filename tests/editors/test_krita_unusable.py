"""A plug-in that Krita cannot use says why, in Krita's menu and to `localmatte doctor`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors import absent
from tests.editors.docked_krita import running
from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import Krita
from tests.editors.machine import RootFs
from tests.editors.screen import Screen

pytestmark = pytest.mark.krita

SOURCE = "This is localmatte's source code, which Krita cannot run. Install it with "
OLD = "localmatte needs Krita 5.2 or newer; this is Krita 5.1.5. Update Krita."
DAMAGED = "The plug-in is damaged and cannot be loaded. Install it again, then restart Krita."
FAILURE = "Krita could not load it: ModuleNotFoundError: No module named 'nowhere'"


def test_a_damaged_plugin_an_old_krita_and_source_code_are_told_in_sentences(
    engine: InstalledEngine, suite: str, editor_workspace: Path
) -> None:
    screen = Screen(engine.machine)
    krita = Krita(engine, screen, suite, editor_workspace / "krita-damaged")
    plugin = krita.folder / ".local/share/krita/pykrita/localmatte"
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    module = plugin / "tasks/remover.py"
    whole = module.read_text()
    module.write_text(f"{whole}\nimport nowhere\n")
    with running(krita) as live:
        version = live.call("krita_unusable.version")
        if isinstance(engine.machine, RootFs):
            assert version.startswith(f"{engine.machine.recipe.krita}.")
        live.call("krita_unusable.choose")
        live.eventually("krita_docker.message", DAMAGED.__eq__)
        screen.shoot(pictures / "krita-unusable.png")
        live.call("krita_unusable.dismiss")
        refusals = {
            kind: live.call("krita_unusable.refusal", version=version, folder=str(folder))
            for kind, version, folder in (
                ("fits", version, plugin),
                ("old", "5.1.5", plugin),
                ("source", version, engine.user),
            )
        }
        live.quit()
    assert (refusals["fits"], refusals["old"]) == ("", OLD)
    assert refusals["source"].startswith(SOURCE)
    assert absent.reasons(engine, krita.env)["krita"].startswith(FAILURE)
    module.write_text(whole)
    with running(krita) as live:
        assert live.call("krita_docker.is_loaded")
        live.quit()
    assert absent.reasons(engine, krita.env)["krita"] == ""
    screen.close()
