"""Starts the worker as a process of its own that outlives the editor's plug-in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any, Dict, List, Mapping, Optional, Sequence

from . import plain_file
from .errors import BridgeError
from .installation import Installation
from .words import _

HOST_VARIABLES = re.compile(
    r"(PYTHON|QT_|QML|GIO_|GTK_|GDK_PIXBUF|GI_TYPELIB_PATH|GEGL_|BABL_)|(APPDIR|APPIMAGE|ARGV0)$"
)
"""What the engine does not need, and what would confuse its Python."""

SHARED_VARIABLES = re.compile(r"(LD_|DYLD_)|(XDG_DATA_DIRS|SSL_CERT_FILE|SSL_CERT_DIR)$")
"""What an editor sets for its own libraries, and a user for theirs: paths in the editor's own
package are left out."""

SYSTEM_FOLDERS = ("/", "/usr", "/usr/local", "/opt", "/opt/homebrew")
"""Prefixes of a Python that belongs to the system and not to a package of the editor."""

# For glibc's allocator, others ignore it: pixels go back to the system when they are no longer
# needed, and threads share one heap. The worker's peak at 12 megapixels falls by a tenth.
FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(8 * 1024 * 1024)}


def clean_environment(
    environment: Mapping[str, str], packages: Optional[Sequence[str]] = None
) -> Dict[str, str]:
    """The editor's environment without what belongs to the editor alone.

    Args:
        environment: Variables and their values.
        packages: The folders of the editor's own package; None finds them.

    Returns:
        The variables to keep and their values.
    """
    folders = own_packages(environment) if packages is None else packages
    cleaned = {}
    for name, value in environment.items():
        if SHARED_VARIABLES.match(name):
            value = os.pathsep.join(_outside(value, folders))
            if value:
                cleaned[name] = value
        elif not HOST_VARIABLES.match(name):
            cleaned[name] = value
    return cleaned


def own_packages(environment: Mapping[str, str]) -> List[str]:
    """The folders of the editor that runs this; none where it is a part of the system.

    Args:
        environment: The editor's: an AppImage's and a snap's name their folders.
    """
    folders = [environment.get("APPDIR", ""), environment.get("SNAP", "")]
    if environment.get("FLATPAK_ID"):
        folders.append("/app")
    # macOS: /Applications/GIMP.app/Contents/MacOS/…; Windows: C:\Program Files\GIMP 3\bin\…
    bundle, inside, _rest = sys.executable.partition(".app" + os.sep)
    folders.append(bundle + ".app" if inside else sys.prefix)
    known = (os.path.normpath(folder) for folder in folders if folder)
    return [folder for folder in known if folder not in SYSTEM_FOLDERS]


def _outside(value: str, folders: Sequence[str]) -> List[str]:
    """The paths of a variable's value that lie in none of the folders."""
    paths = [path for path in value.split(os.pathsep) if path]
    return [path for path in paths if not any(lies_in(path, folder) for folder in folders)]


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is a folder's or that of something in it.

    Args:
        path: Absolute.
        folder: Absolute and normal.

    Returns:
        True where it is.
    """
    normal = os.path.normpath(path)
    return normal == folder or normal.startswith(folder.rstrip(os.sep) + os.sep)


def start(engine: Installation) -> subprocess.Popen[bytes]:
    """Start the worker; it makes its socket when it is ready.

    Args:
        engine: Where the engine is installed.

    Raises:
        BridgeError: The engine's Python cannot be run ("engine-missing"), or the run
            folder cannot be written ("storage").
    """
    environment = dict(FRUGAL, **clean_environment(os.environ))
    if engine.home:
        environment["LOCALMATTE_HOME"] = engine.home
    try:
        os.makedirs(engine.run, mode=0o700, exist_ok=True)
        log = os.fdopen(
            plain_file.own(engine.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab"
        )
    except OSError as error:
        raise BridgeError(
            "storage",
            _("Cannot write to the folder {folder}: {reason}.").format(
                folder=engine.run, reason=error.strerror
            ),
            _("Make it writable, or set LOCALMATTE_HOME to another folder."),
        ) from None
    with log:
        try:
            return subprocess.Popen(
                [engine.python, "-I", "-X", "utf8", "-m", "localmatte", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
                **_detached(),
            )
        except OSError as error:
            raise BridgeError(
                "engine-missing",
                _("Cannot start localmatte's engine: {reason}.").format(reason=error.strerror),
                _("Run localmatte's installer again ('python3 install' in its folder)."),
            ) from None


def _detached() -> Dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True}
