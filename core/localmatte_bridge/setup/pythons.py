"""Finds a Python on this computer that the engine can be installed with."""

from __future__ import annotations

import glob
import os
import shutil
import sys
from typing import Dict, Iterator, List, Mapping, Optional

from ..launch import clean_environment, lies_in, own_packages
from .child import answer

VERSIONS = ((3, 11), (3, 12), (3, 13), (3, 14))
"""Those that the locked packages have wheels for."""

REQUEST = ">={}.{},<{}.{}".format(*VERSIONS[0], VERSIONS[-1][0], VERSIONS[-1][1] + 1)
"""The same in the words of uv."""

# MinGW's Pythons, 32-bit ones, PyPy and builds without the GIL load none of the wheels; Debian's
# need not be able to make an environment; Microsoft Store's would keep it where nobody finds it.
PROBE = """\
import ctypes, ensurepip, ssl, sys, sysconfig, venv
fits = (
    sys.version_info[:2] in {versions}
    and sys.implementation.name == "cpython"
    and sys.maxsize > 2**32
    and not sysconfig.get_platform().startswith("mingw")
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
    and "WindowsApps" not in sys.executable
)
print(sys.executable if fits else "")
""".format(versions=VERSIONS)

FOLDER = "python"
"""Under localmatte's own: the Python that uv has brought."""

NAMES = ["python{}.{}".format(*version) for version in reversed(VERSIONS)] + ["python3", "python"]

FOLDERS = (
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/Library/Frameworks/Python.framework/Versions/*/bin",
)
"""Where a Mac's Pythons lie; a program that was not started in a terminal has no PATH to them."""

ASKS_TO_INSTALL = "/usr/bin"
"""A Mac's own python3 there opens a window that offers developer tools."""


def find(environment: Mapping[str, str]) -> Optional[str]:
    """The first Python that fits.

    Args:
        environment: What it is started with; its PATH is searched.

    Returns:
        Its program; None where there is none.
    """
    for python in _candidates(environment):
        found = fit(python, environment)
        if found:
            return found
    return None


def fit(python: str, environment: Mapping[str, str]) -> Optional[str]:
    """Ask a Python whether it fits.

    Args:
        python: Its program, or what starts it.
        environment: What it is started with.

    Returns:
        Its program; None where it does not, or cannot be run.
    """
    return answer([python, "-I", "-c", PROBE], environment).strip() or None


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    path = os.pathsep.join(_folders(environment))
    found: Dict[str, None] = {}
    for name in NAMES:
        program = shutil.which(name, path=path)
        if program:
            found.setdefault(program)
    launcher = shutil.which("py", path=path) if sys.platform == "win32" else None
    yield from found
    if launcher:
        yield launcher


def _folders(environment: Mapping[str, str]) -> List[str]:
    """Those of PATH, less the editor's own: its Python moves and goes with it."""
    packages = own_packages(environment)
    folders = environment.get("PATH", "").split(os.pathsep)
    if sys.platform == "darwin":
        folders = [folder for folder in folders if folder.rstrip("/") != ASKS_TO_INSTALL]
        for pattern in FOLDERS:
            folders += sorted(glob.glob(pattern), reverse=True)
    return [
        folder
        for folder in folders
        if folder
        and "WindowsApps" not in folder
        and not any(lies_in(folder, package) for package in packages)
    ]


def managed(folder: str, environment: Mapping[str, str]) -> Optional[str]:
    """The Python that a former set-up has brought.

    Args:
        folder: Where it would lie.
        environment: The user's variables.

    Returns:
        Its program; None where there is none, or it does not run.
    """
    program = "python.exe" if sys.platform == "win32" else os.path.join("bin", "python3")
    for python in sorted(glob.glob(os.path.join(glob.escape(folder), "cpython-*", program))):
        found = fit(python, clean_environment(environment))
        if found:
            return found
    return None
