"""Why the plug-in is not in the editors' menus, as `localmatte doctor` says it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.editors.engine import InstalledEngine
from tests.editors.machine import run

ASK = """
import json
from localmatte.cli import doctor
print(json.dumps(doctor.CHECKS["editors"]()))
"""


def reasons(engine: InstalledEngine, env: Mapping[str, str]) -> dict[str, str]:
    """The reason for each editor that is found, "gimp" or "krita"; empty where it is in the menu.

    Args:
        engine: Whose doctor.
        env: What tells the account.
    """
    command = [str(engine.python), "-I", "-c", ASK]
    done = run(engine.machine, command, {**env, "LOCALMATTE_HOME": str(engine.home)})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {name.split()[0].lower(): each["absent_because"] for name, each in found.items()}
