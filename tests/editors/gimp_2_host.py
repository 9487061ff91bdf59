"""A live GIMP 2.10 with Python-Fu, as gimp_host has a live GIMP 3."""

from __future__ import annotations

from pathlib import Path

from tests.editors import gimp_host
from tests.editors.gimp_host import Version
from tests.editors.machine import Machine, run

GIMPRC = """
(plug-in-path "${{gimp_dir}}/plug-ins:{python_fu}/plug-ins")
(environ-path "${{gimp_dir}}/environ")
(interpreter-path "${{gimp_dir}}/interpreters")
(save-session-info no)
(check-updates no)
(confirm-on-close no)
"""
INTERPRETERS = """
python=/usr/bin/python2.7
python2=/usr/bin/python2.7
:Python:E::py::/usr/bin/python2.7:
"""


def version(python_fu: Path) -> Version:
    """What Gimp needs to know of this GIMP.

    Args:
        python_fu: What pygimp.built() gave.
    """
    gimprc = GIMPRC.format(python_fu=python_fu)
    return Version("2.10", gimprc, gimp_host.INSIDE / "gimp_2_10")


def first_start(machine: Machine, user: Path, python_fu: Path) -> None:
    """Have GIMP make its folder, with the list of plug-ins by which the installer knows Python.

    Args:
        machine: Where it runs.
        user: The user's home folder.
        python_fu: What pygimp.built() gave.
    """
    profile = user / ".config" / "GIMP" / "2.10"
    for folder in ("environ", "interpreters"):
        (profile / folder).mkdir(parents=True, exist_ok=True)
    (profile / "environ/pygimp.env").write_text(f"PYTHONPATH={python_fu}/python\n")
    (profile / "interpreters/pygimp.interp").write_text(INTERPRETERS)
    (profile / "gimprc").write_text(version(python_fu).gimprc)
    env = {"HOME": str(user), "LANG": "C.UTF-8"}
    command = ["gimp-console", "-i", "-d", "-f", "--batch-interpreter=python-fu-eval"]
    done = run(machine, [*command, "--batch=pdb.gimp_quit(1)"], env)
    assert b"python-fu-eval" in (profile / "pluginrc").read_bytes(), done.stderr
