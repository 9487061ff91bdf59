"""Languages for the editors, on machines that have no locales installed."""

from __future__ import annotations

from pathlib import Path

from tests.editors.machine import Machine, run

TERRITORIES = {"de": "de_DE", "fr": "fr_FR", "ja": "ja_JP"}
BASE = "/usr/lib/locale/C.utf8"


def variables(machine: Machine, folder: Path, language: str) -> dict[str, str]:
    """The variables of a user who reads that language.

    Nothing is translated under the locale "C". One of the wanted name is all that gettext and
    Qt ask for, so a copy of "C" serves.

    Args:
        machine: Where the editors run.
        folder: Where the locale is put; the machine sees it at the same path.
        language: A key of TERRITORIES.
    """
    name = TERRITORIES[language]
    place = folder / "locales" / f"{name}.utf8"
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        done = run(machine, ["cp", "-r", BASE, str(place)], {})
        assert done.returncode == 0, done.stderr
    return {"LANG": f"{name}.UTF-8", "LOCPATH": str(place.parent)}
