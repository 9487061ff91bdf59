"""`localmatte doctor` names why a real GIMP passes over the plug-in."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.editors import absent
from tests.editors.engine import InstalledEngine
from tests.editors.machine import run

pytestmark = pytest.mark.gimp

PROCEDURES = """
names = Gimp.get_pdb().query_procedures("localmatte", "", "", "", "", "", "", "")
print("FOUND", *names)
"""
BATCH = ("-i", "-d", "-f", "--batch-interpreter", "python-fu-eval", "-b", PROCEDURES, "--quit")
LAST = "localmatte-models"
ROW = re.compile(rf'^    "{LAST}": .*\n', re.MULTILINE)


@pytest.fixture
def account(engine: InstalledEngine, editor_workspace: Path) -> Iterator[InstalledEngine]:
    """An account of its own, whose GIMP has met the plug-in."""
    user = editor_workspace / "gimp-absent"
    shutil.rmtree(user, ignore_errors=True)
    (user / "run").mkdir(parents=True, mode=0o700)
    shutil.copytree(engine.user / ".config/GIMP", user / ".config/GIMP")
    yield replace(engine, user=user)
    shutil.rmtree(user)


def registered(account: InstalledEngine) -> list[str]:
    """The procedures of ours that a fresh start of GIMP knows."""
    done = run(account.machine, ["gimp-console", *BATCH], account.user_env)
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("FOUND")[2].split()


def reason(account: InstalledEngine) -> str:
    return absent.reasons(account, account.user_env)["gimp"]


def test_doctor_names_why_gimp_passes_over_the_plugin(account: InstalledEngine) -> None:
    (profile,) = (account.user / ".config/GIMP").glob("3.*")
    main = profile / "plug-ins/localmatte/localmatte.py"
    whole = main.read_text()
    assert LAST in registered(account)
    assert reason(account) == ""

    main.chmod(0o644)
    assert registered(account) == []
    assert "localmatte.py is not executable, so GIMP ignores it" in reason(account)
    main.chmod(0o755)

    main.write_text(whole.replace("import gi\n", "import gi\nimport nowhere\n", 1))
    assert registered(account) == []
    said = "GIMP could not load it: ModuleNotFoundError: No module named 'nowhere'"
    assert reason(account).startswith(said)

    # A newer version that has the date of an older one, which GIMP has met.
    for content in (ROW.sub("", whole), whole):
        main.write_text(content)
        os.utime(main, (1_000_000_000,) * 2)
        assert LAST not in registered(account)
    assert reason(account).startswith("GIMP remembers an older version of it: delete ")
    (profile / "pluginrc").unlink()
    assert LAST in registered(account)

    main.parent.rename(main.parent.with_name("localmatte-0.1.0"))
    assert registered(account) == []
    assert "plug-ins/localmatte-0.1.0, but must be in " in reason(account)
